"""A region of the picture: a polygon in fractions of its sides, and the cells whose centres lie inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["cells_inside"]


def cells_inside(corners: Sequence[tuple[float, float]], grid: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which cells have their centre inside a polygon, by the even-odd rule, as js/src/region.js does.

    Parameters
    ----------
    corners
        (x, y) in parts of the width and the height of the picture.
    grid
        Rows and columns.

    Returns
    -------
    (rows, columns)
    """
    y = (np.arange(grid[0]) + 0.5) / grid[0]
    x = (np.arange(grid[1]) + 0.5) / grid[1]
    inside = np.zeros(grid, bool)
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        if y1 == y2:
            continue
        crossed = (y1 > y) != (y2 > y)
        at = x1 + (y - y1) / (y2 - y1) * (x2 - x1)
        inside ^= crossed[:, None] & (at[:, None] <= x)
    return inside
