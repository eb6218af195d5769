"""From outcomes of changes to what the browser is sent: a header, pictures, and maps of 12 bits a cell.

js/src/decode-intervention.js reads this; js/src/model-intervention.js names the same `SCHEMA_VERSION`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from infodiff_widgets.details import pooled
from infodiff_widgets.images import cell_means
from infodiff_widgets.payload import MapWriter, encode_image

from .intervene_effect import Effect, correlations

__all__ = ["ACTUAL", "SCHEMA_VERSION", "actual_maps", "encode"]

SCHEMA_VERSION = 2
ACTUAL = ("pixels", "latents")
"""Measures of the actual change: see `EditedPicture.changed` and `moved`."""

LARGEST_SIDE = 512
LARGEST_MAP = 256
PICTURE_BYTES = 200_000


def actual_maps(outcome: Effect) -> dict[str, NDArray[np.float64]]:
    """Return where the picture changed, by measure: pixels (H, W), a part of their range; latents (h, w)."""
    return {"pixels": outcome.edit.changed, "latents": outcome.edit.moved}


def encode(outcomes: Sequence[Effect]) -> dict[str, Any]:
    """Return the traits ``_header``, ``_maps`` and ``_pictures`` of `InterventionView`.

    The header has for each change: the name of its picture, the change in short, the prompt in pieces, the
    size of the picture in pixels, the grid of latent cells, where its two pictures and its maps lie in the
    bytes, and, for each pair of a predictor and a measure of the actual change, Pearson's and Spearman's
    correlation over cells; how far the unchanged prompt misses the picture; and whether the new picture shows
    what was asked for. Maps of pixels are sent at most at `LARGEST_MAP` a side, means over what they merge.
    """
    writer, pictures = MapWriter(), _Pictures()
    changes = [_change(outcome, writer, pictures) for outcome in outcomes]
    header = {
        "schema_version": SCHEMA_VERSION,
        "changes": changes,
        "byte_length": writer.length,
        "picture_length": pictures.length,
    }
    return {"_header": header, "_maps": b"".join(writer.blocks), "_pictures": b"".join(pictures.blocks)}


class _Pictures:
    """Puts pictures one after another into a block of bytes."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.length = 0

    def add(self, image: Image.Image) -> list[int]:
        """Return where it begins, and how long it is."""
        block = encode_image(image, LARGEST_SIDE, PICTURE_BYTES)
        place = [self.length, len(block)]
        self.blocks.append(block)
        self.length += len(block)
        return place


def _change(outcome: Effect, writer: MapWriter, pictures: _Pictures) -> dict[str, Any]:
    done, grid = outcome.edit, outcome.edit.moved.shape
    first = len(writer.entries)
    actual = actual_maps(outcome)
    height, width = actual["pixels"].shape
    step = math.ceil(max(height, width) / LARGEST_MAP)
    shown = {**outcome.maps, **actual, "pixels": pooled(actual["pixels"], step)}
    for name, values in shown.items():
        writer.add(values, math.nan, math.nan, quantity=name, form="", word=None, grid=list(values.shape))
    cells = {**actual, "pixels": cell_means(actual["pixels"], grid)}
    return {
        "name": outcome.case.name,
        "title": done.change.title,
        "pieces": [list(piece) for piece in done.change.pieces()],
        "size": [height, width],
        "grid": list(grid),
        "before": pictures.add(done.before),
        "after": pictures.add(done.after),
        "maps": writer.entries[first:],
        "scores": {
            name: {measure: _scores(values, cells[measure]) for measure in ACTUAL}
            for name, values in outcome.maps.items()
        },
        "return_error": done.reconstruction_error,
        "obeyed": outcome.obeyed,
    }


def _scores(values: NDArray[np.float64], actual: NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(score) else score for score in correlations(values, actual)]
