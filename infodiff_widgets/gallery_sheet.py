"""A still page of the gallery for readers without a kernel: GitHub, nbviewer, nbconvert."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from .gallery_store import GalleryStore, Selection
from .thumbnail import png_of, tagged

__all__ = ["contact_sheet"]

COLUMNS, ROWS = 6, 2
SIDE, GAP, LABEL = 112, 8, 18


def contact_sheet(store: GalleryStore, selection: Selection) -> tuple[str, str]:
    """Draw the first pictures of a selection, each with its word and nats, and return the sheet twice.

    Returns
    -------
    png, tag
        The PNG in base64, and an ``<img>`` element with the same in it.
    """
    places = selection.place[: COLUMNS * ROWS].tolist()
    rows = max(1, -(-len(places) // COLUMNS))
    size = COLUMNS * (SIDE + GAP) - GAP, rows * (SIDE + LABEL + GAP) - GAP
    sheet = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    called = store.names(places, selection.words[: len(places)])
    said = []
    for index, jpeg in enumerate(store.thumbnails(places)):
        left, top = index % COLUMNS * (SIDE + GAP), index // COLUMNS * (SIDE + LABEL + GAP)
        tile = Image.open(io.BytesIO(jpeg)).convert("RGB")
        tile.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        sheet.paste(tile, (left, top))
        names = " ".join(called[index])
        nats = f"{selection.nats[index]:.3g}{' rough' if selection.rough[index] else ''}"
        while names and font.getlength(f"{names} {nats}") > SIDE:
            names = names[:-1]
        label = f"{names.rstrip()} {nats}"
        pen.text((left, top + SIDE + 2), label, fill="#333", font=font)
        said.append(f"{label} nats")
    return tagged(png_of(sheet, 128), "Pictures with their words: " + ", ".join(said))
