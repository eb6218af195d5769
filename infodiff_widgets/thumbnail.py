"""Small still pictures for readers without a kernel: GitHub, nbviewer, nbconvert."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .colour import lay_over, shared_top
from .dataset import QUANTITY_NAMES
from .naming import names_of

if TYPE_CHECKING:
    from .result import Result

__all__ = ["picture_only", "png_of", "shrunk", "still", "tagged", "thumbnail", "tiled", "with_still"]

# The picture travels twice, as image/png and inside text/html, in base64: 200 kB in all.
LARGEST_BYTES = 70_000
WORDS = 4
GAP = 6
LABEL = 20


def thumbnail(result: Result) -> tuple[str, str]:
    """Draw the picture beside the maps of the words that say most, and return it twice.

    Returns
    -------
    png, tag
        The PNG in base64, and an ``<img>`` element with the same in it and the totals as its ``alt``.
    """
    quantity = result.quantities[0]
    totals = result.data["totals"].sel(quantity=quantity, form="orthogonal").values
    best = [int(index) for index in np.argsort(-totals, kind="stable")[:WORDS]]
    names = names_of(result.prompt, result.words)
    said = ", ".join(f"{names[index]} {totals[index]:.3g} nats" for index in best)
    alt = f"Picture of “{result.prompt}”; {QUANTITY_NAMES[quantity]}: {said}"
    return still(lambda side: _draw(result, quantity, best, side), alt)


def picture_only(picture: bytes, prompt: str) -> tuple[str, str]:
    """Return a picture, the bytes of a file, small and twice, as `thumbnail` does."""
    image = Image.open(io.BytesIO(picture))
    return still(lambda side: Image.fromarray(shrunk(image, side)), f"Picture of “{prompt}”")


def still(draw: Callable[[int], Image.Image], alt: str) -> tuple[str, str]:
    """Encode a drawing as small as it must be.

    Parameters
    ----------
    draw
        Takes the longer side of a tile, in pixels.
    alt
        What is said in its place.

    Returns
    -------
    png, tag
        The PNG in base64, and an ``<img>`` element with the same in it.
    """
    png = b""
    for side, colours in ((176, 0), (144, 0), (144, 256), (112, 256), (88, 128), (64, 64)):
        png = png_of(draw(side), colours)
        if len(png) <= LARGEST_BYTES:
            break
    return tagged(png, alt)


def png_of(picture: Image.Image, colours: int) -> bytes:
    """Encode with a palette of so many colours; 0 for all of them."""
    stream = io.BytesIO()
    (picture.quantize(colours) if colours else picture).save(stream, "PNG", compress_level=6)
    return stream.getvalue()


def tagged(png: bytes, alt: str) -> tuple[str, str]:
    """Return a PNG in base64, and an ``<img>`` element with the same in it and what is said in its place."""
    text = base64.b64encode(png).decode()
    return text, f'<img alt="{escape(alt, quote=True)}" src="data:image/png;base64,{text}">'


def with_still(bundle: Any, png: str, tag: str, caption: str) -> Any:
    """Add a picture and its caption to what a notebook is given by ``_repr_mimebundle_``.

    Readers without a kernel, and of a notebook that is not trusted, see these: a picture, no script.
    """
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    text = f"<figure>{tag}<figcaption>{escape(caption, quote=False)}</figcaption></figure>"
    return {**data, "image/png": png, "text/html": text}, metadata


def shrunk(image: Image.Image, side: int) -> NDArray[np.uint8]:
    """Return a picture whose longer side has so many pixels, (height, width, 3)."""
    picture = image.convert("RGB")
    scale = side / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def tiled(tiles: Sequence[tuple[NDArray[np.uint8], str]]) -> Image.Image:
    """Return pictures of one size side by side, each with a label below."""
    height, width = tiles[0][0].shape[:2]
    sheet = Image.new("RGB", (len(tiles) * (width + GAP) - GAP, height + LABEL), "white")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for place, (tile, label) in enumerate(tiles):
        left = place * (width + GAP)
        sheet.paste(Image.fromarray(tile), (left, 0))
        pen.text((left, height + 2), label[:24], fill="#333", font=font)
    return sheet


def _draw(result: Result, quantity: str, words: list[int], side: int) -> Image.Image:
    small = shrunk(result.image, side)
    maps = result.data["maps"].sel(quantity=quantity, form="orthogonal").values
    end, signed = shared_top(maps), quantity == "shapley"
    names = names_of(result.prompt, result.words)
    tiles = [(small, "")]
    tiles += [(lay_over(small, maps[index], end, signed=signed), names[index]) for index in words]
    return tiled(tiles)
