"""A region of the picture: a polygon in fractions of its sides, and the cells whose centres lie inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ArgumentError

__all__ = ["cells_inside", "corners_of"]


def corners_of(region: Iterable[Any] | None) -> list[tuple[float, float]]:
    """Return the corners of a region that a user gave; none where there is no region.

    Parameters
    ----------
    region
        (x, y) each, in parts of the width and the height of the picture: two that are opposite in a box, or
        those of a polygon in order; None, as an empty list, for no region.

    Raises
    ------
    ArgumentError
        Where these are no corners, or enclose nothing.

    Examples
    --------
    >>> corners_of([(0.1, 0.2), (0.5, 0.7)])
    [(0.1, 0.2), (0.5, 0.2), (0.5, 0.7), (0.1, 0.7)]
    """
    try:
        corners = [(float(x), float(y)) for x, y in ([] if region is None else region)]
    except (TypeError, ValueError):
        corners = [(np.nan, np.nan)]
    if len(corners) == 2:
        (left, top), (right, bottom) = corners
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    inside = all(0 <= edge <= 1 for corner in corners for edge in corner)
    if corners and not (inside and abs(_area(corners)) > 1e-9):
        raise ArgumentError(
            f"region={region!r}: give its corners, (x, y) each, in parts of width and height, 0 to 1: two "
            "that are opposite in a box, or three and more."
        )
    return corners


def _area(corners: Sequence[tuple[float, float]]) -> float:
    """Return the area of a polygon, as a part of the picture; its sign is which way round it goes."""
    ends = zip(corners, [*corners[1:], *corners[:1]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in ends) / 2


def cells_inside(corners: Sequence[tuple[float, float]], grid: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which cells have their centre inside a polygon, by the even-odd rule, as js/src/region.js does.

    Of a region that is smaller than a cell, it is the cell at the middle of its corners.

    Parameters
    ----------
    corners
        (x, y) in parts of the width and the height of the picture; none enclose nothing.
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
    if len(corners) and not inside.any():
        x_middle, y_middle = np.mean(np.asarray(corners), axis=0)
        inside[min(int(y_middle * grid[0]), grid[0] - 1), min(int(x_middle * grid[1]), grid[1] - 1)] = True
    return inside
