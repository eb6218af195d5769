"""A small still picture of a result for readers without a kernel: GitHub, nbviewer, nbconvert."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .colour import lay_over, shared_top
from .dataset import QUANTITY_NAMES

if TYPE_CHECKING:
    from .result import Result

__all__ = ["thumbnail"]

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
    png = b""
    for side, colours in ((176, 0), (144, 0), (144, 256), (112, 256), (88, 128), (64, 64)):
        png = _png(_draw(result, quantity, best, side), colours)
        if len(png) <= LARGEST_BYTES:
            break
    text = base64.b64encode(png).decode()
    said = ", ".join(f"{result.words[index].text} {totals[index]:.3g} nats" for index in best)
    alt = escape(f"Picture of “{result.prompt}”; {QUANTITY_NAMES[quantity]}: {said}", quote=True)
    return text, f'<img alt="{alt}" src="data:image/png;base64,{text}">'


def _draw(result: Result, quantity: str, words: list[int], side: int) -> Image.Image:
    picture = result.image.convert("RGB")
    scale = side / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = np.asarray(picture.resize(size, Image.Resampling.LANCZOS))
    maps = result.data["maps"].sel(quantity=quantity, form="orthogonal").values
    end, signed = shared_top(maps), quantity == "shapley"
    tiles = [(small, "")]
    tiles += [(lay_over(small, maps[index], end, signed=signed), result.words[index].text) for index in words]
    sheet = Image.new("RGB", (len(tiles) * (size[0] + GAP) - GAP, size[1] + LABEL), "white")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for place, (tile, label) in enumerate(tiles):
        left = place * (size[0] + GAP)
        sheet.paste(Image.fromarray(tile), (left, 0))
        pen.text((left, size[1] + 2), label[:24], fill="#333", font=font)
    return sheet


def _png(sheet: Image.Image, colours: int) -> bytes:
    """Encode with a palette of so many colours; 0 for all of them."""
    stream = io.BytesIO()
    (sheet.quantize(colours) if colours else sheet).save(stream, "PNG", compress_level=6)
    return stream.getvalue()
