"""Colour scales, and how a map is laid over a picture: the same arithmetic as js/src/raster.js.

Three looks for maps that are never negative: ``"light"`` dims and greys the picture where a word says
nothing and leaves it lit where it speaks; ``"inferno"`` and ``"viridis"`` lay a perceptually uniform scale
over it that fades out towards zero. Signed maps (the standard form) always use ``"managua_r"``, diverging and
centred at 0, with negative values hatched as well, so that the sign never rests on hue alone.

``python -m infodiff_widgets.colour js/src/tables.js`` writes the tables for the browser.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import ArgumentError

__all__ = [
    "DIM",
    "LUMINANCE",
    "PINS",
    "SCALES",
    "SIGNED_SCALE",
    "colours_chosen",
    "javascript",
    "lay_over",
    "ramp",
    "shared_top",
    "table",
    "top",
    "upsample",
]

SCALES = ("light", "inferno", "viridis")
SIGNED_SCALE = "managua_r"
# Of pinned words: the palette of Okabe and Ito, which readers with any colour vision can tell apart.
PINS = ("#e69f00", "#56b4e9", "#cc79a7", "#009e73", "#f0e442", "#d55e00")
TABLES = ("inferno", "viridis", SIGNED_SCALE)

# How dark the picture gets where a word says nothing, as a part of its own luminance.
DIM = 0.29
LUMINANCE = (0.2126, 0.7152, 0.0722)
# The legend ends here, so that one speckle does not set the scale for all; larger values saturate.
TOP_QUANTILE = 0.995
HATCH_PERIOD = 6


@cache
def table(name: str) -> NDArray[np.uint8]:
    """Return one colour scale as an array (256, 3) of sRGB bytes."""
    from matplotlib import colormaps

    if name not in TABLES:
        raise ArgumentError(f"Unknown colour table {name!r}; there are {', '.join(TABLES)}.")
    colours = colormaps[name](np.linspace(0.0, 1.0, 256))[:, :3]
    return np.round(colours * 255).astype(np.uint8)


def top(values: NDArray[np.floating]) -> float:
    """Where the legend of one map ends: the 99.5th percentile of its magnitude, in the map's unit."""
    return float(np.quantile(np.abs(values), TOP_QUANTILE)) if values.size else 0.0


def shared_top(maps: NDArray[np.floating]) -> float:
    """Where the legend shared by the maps (word, y, x) ends: the largest of their own ends."""
    return max((top(values) for values in maps), default=0.0)


def ramp(t: NDArray[np.floating]) -> NDArray[np.floating]:
    """How strongly a value t in [0, 1] is laid over the picture: t (2 - t), steep at first, flat at 1."""
    return t * (2.0 - t)


def _along(values: NDArray[np.floating], size: int, axis: int) -> NDArray[np.floating]:
    """Linear interpolation between the centres of cells along one axis, constant beyond the outer centres."""
    cells = values.shape[axis]
    position = np.clip((np.arange(size) + 0.5) * cells / size - 0.5, 0, cells - 1)
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, cells - 1)
    weight = np.expand_dims(position - low, tuple(a for a in range(values.ndim) if a != axis))
    return np.take(values, low, axis) * (1 - weight) + np.take(values, high, axis) * weight


def upsample(
    values: NDArray[np.floating], height: int, width: int, *, smooth: bool = True
) -> NDArray[np.floating]:
    """Return the map (h, w) at (height, width): interpolated values (not colours), or each cell as it is."""
    values = np.asarray(values, dtype=np.float64)
    if smooth:
        return _along(_along(values, height, 0), width, 1)
    rows = (np.arange(height) + 0.5) * values.shape[0] // height
    columns = (np.arange(width) + 0.5) * values.shape[1] // width
    return values[rows.astype(int)][:, columns.astype(int)]


def lay_over(
    picture: NDArray[np.uint8],
    values: NDArray[np.floating],
    end: float,
    *,
    signed: bool = False,
    colour: str = "light",
    opacity: float = 0.9,
    smooth: bool = True,
    threshold: float = 0.0,
) -> NDArray[np.uint8]:
    """Lay a map over a picture.

    Parameters
    ----------
    picture
        sRGB bytes (height, width, 3).
    values
        The map (h, w) in any unit.
    end
        The value, in the same unit, at which the scale ends.
    signed
        Whether the scale is diverging (-end to end) instead of (0 to end).
    colour
        One of `SCALES`; signed maps use `SIGNED_SCALE` whatever is asked.
    opacity
        0 shows the picture alone, 1 the full effect.
    smooth
        Interpolate between cells, or show the cells.
    threshold
        As a part of the scale; below it nothing is laid over.

    Returns
    -------
    numpy.ndarray
        sRGB bytes (height, width, 3).
    """
    if colour not in SCALES:
        raise ArgumentError(f"Unknown colour scale {colour!r}; there are {', '.join(SCALES)}.")
    height, width = picture.shape[:2]
    base = picture.astype(np.float64)
    t = upsample(values, height, width, smooth=smooth) / end if end > 0 else np.zeros((height, width))
    t = np.clip(t, -1.0 if signed else 0.0, 1.0)
    lit = colour == "light" and not signed
    grey = (base @ np.array(LUMINANCE))[..., None] * DIM
    dim = base + opacity * (grey - base)
    strength = np.where(np.abs(t) < threshold, 0.0, ramp(np.abs(t)))[..., None]
    if lit:
        return np.round(dim + (base - dim) * strength).astype(np.uint8)
    index = (t + 1.0) / 2.0 if signed else t
    colours = table(SIGNED_SCALE if signed else colour)[np.round(index * 255).astype(int)].astype(np.float64)
    if signed:
        y, x = np.indices((height, width))
        stripe = ((x + y) % HATCH_PERIOD < HATCH_PERIOD // 3) & (t < 0)
        strength = np.where(stripe[..., None], strength * 0.35, strength)
    return np.round(dim + (colours - dim) * (strength * opacity)).astype(np.uint8)


def javascript() -> str:
    """Return the colour tables as a JavaScript module."""
    lines = [
        "// Generated from matplotlib by `python -m infodiff_widgets.colour js/src/tables.js`; do not edit.",
        "",
        "/** 256 sRGB colours each, as hexadecimal digits. */",
        "export const TABLES = {",
    ]
    lines += [f'  {name}:\n    "{table(name).tobytes().hex()}",' for name in TABLES]
    return "\n".join([*lines, "};", ""])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(javascript(), encoding="utf-8")


def colours_chosen(places: object) -> list[int]:
    """Return the places in `PINS` of the colours of pinned words.

    Raises
    ------
    ArgumentError
        Where these are no such places.
    """
    given = list(places) if isinstance(places, list | tuple) else [None]
    if not all(isinstance(place, int) and 0 <= place < len(PINS) for place in given):
        raise ArgumentError(
            f"pin_colours={places!r}: give a list of places in colour.PINS, 0 to {len(PINS) - 1}."
        )
    return [int(place) for place in given if place is not None]
