"""What the first picture does not need, sent after it: standard errors of the maps, and their bands.

Finest near zero (codes.py): errors, of which two digits are read, in 8 bits; bands, which are summed, in
12. Where all of it would be too much, bands have 8 as well, then the grid is coarser, bands first; the viewer
says so. js/src/details.js reads this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .codes import coded, packed, packed_size
from .shown import shown_maps

if TYPE_CHECKING:
    from .result import Result

__all__ = ["BUDGET", "Details", "encode_details", "pooled"]

BUDGET = 8_000_000
"""Bytes of details sent to a notebook."""

_Arrays = Sequence[NDArray[np.floating] | None]

# Bits of bands, and how coarse they and errors are, in latent cells, from the finest; None leaves them out.
_STEPS: tuple[tuple[int, int | None, int | None], ...] = (
    (12, 1, 1),
    (8, 1, 1),
    (8, 2, 1),
    (8, 2, 2),
    (8, 4, 2),
    (8, 4, 4),
    (8, 8, 4),
    (8, None, 4),
    (8, None, 8),
    (8, None, None),
)


@dataclass(frozen=True)
class Details:
    """`header` is plain JSON, its lists along the maps of the payload; `data` the bytes it describes."""

    header: dict[str, Any]
    data: bytes


def encode_details(result: Result, budget: int = BUDGET) -> Details:
    """Return errors and bands of the maps, as fine as a number of bytes allows."""
    shown = list(shown_maps(result))
    errors = [one.errors for one in shown]
    bands = [one.bands for one in shown]
    writer = _Writer((result.data.sizes["y"], result.data.sizes["x"]))
    bits, band_step, error_step = next(
        (bits, band_step, error_step)
        for bits, band_step, error_step in _STEPS
        if writer.size(errors, error_step, 8) + writer.size(bands, band_step, bits) <= budget
    )
    header = {"errors": writer.block(errors, error_step, 8), "bands": writer.block(bands, band_step, bits)}
    data = b"".join(writer.pieces)
    return Details({"draws": result.draws, "byte_length": len(data), **header}, data)


def _coarse(grid: tuple[int, int], step: int) -> tuple[int, int]:
    return math.ceil(grid[0] / step), math.ceil(grid[1] / step)


class _Writer:
    def __init__(self, grid: tuple[int, int]) -> None:
        self.grid = grid
        self.pieces: list[bytes] = []
        self.length = 0

    def size(self, arrays: _Arrays, step: int | None, bits: int) -> int:
        """Return how many bytes `block` would write."""
        if step is None:
            return 0
        cells, coarse = math.prod(self.grid), math.prod(_coarse(self.grid, step))
        return sum(packed_size(array.size // cells * coarse, bits) for array in arrays if array is not None)

    def block(self, arrays: _Arrays, step: int | None, bits: int) -> dict[str, Any] | None:
        """Write the arrays (..., y, x) that are there, and return where each is."""
        if step is None or all(array is None for array in arrays):
            return None
        places: list[int | None] = []
        tops: list[float] = []
        signs: list[bool] = []
        for array in arrays:
            coarse = np.zeros(1) if array is None else pooled(np.asarray(array, np.float64), step)
            codes, end, signed = coded(coarse, bits)
            tops.append(end)
            signs.append(signed)
            places.append(None if array is None else self.length)
            if array is not None:
                self.pieces.append(packed(codes, bits))
                self.length += len(self.pieces[-1])
        grid = list(_coarse(self.grid, step))
        return {"grid": grid, "bits": bits, "at": places, "top": tops, "signed": signs}


def pooled(values: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """Return means over step x step cells of the last two axes; the last ones may hold fewer."""
    if step == 1:
        return values
    rows, columns = values.shape[-2:]
    down, right = -rows % step, -columns % step
    edges: Any = [(0, 0)] * (values.ndim - 2) + [(0, down), (0, right)]
    padded = np.pad(values, edges, mode="edge")
    shape = (*values.shape[:-2], (rows + down) // step, step, (columns + right) // step, step)
    return padded.reshape(shape).mean((-3, -1))
