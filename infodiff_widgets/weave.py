"""The maps of several words in one picture: the same arithmetic as `weave` in js/src/raster.js.

Blended colours would be new colours that no legend names. Here each word keeps its own: where words overlap,
they share diagonal stripes as they share the information, and words that say much less leave the cell to the
strongest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .colour import DIM, LUMINANCE, ramp, upsample

__all__ = ["rgb", "weave"]

PERIOD = 10
KEPT = 0.4
TINT_FLOOR = 0.3
_LIGHT = np.array([54, 183, 19])


def rgb(colour: str) -> NDArray[np.float64]:
    """Return the three bytes of a colour such as "#e69f00"."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], float)


def weave(
    picture: NDArray[np.uint8],
    maps: Sequence[NDArray[np.floating]],
    ends: Sequence[float],
    colours: Sequence[str],
    *,
    opacity: float = 0.9,
    smooth: bool = True,
    threshold: float = 0.0,
) -> NDArray[np.uint8]:
    """Lay the maps of several words over a picture, each in a colour of its own.

    Parameters
    ----------
    picture
        sRGB bytes (height, width, 3).
    maps
        One (h, w) for each word, in any unit; negative values say nothing.
    ends
        Where the scale of each ends, in the same unit.
    colours
        Of each, as "#e69f00".
    opacity, smooth
        As `colour.lay_over`.
    threshold
        As a part of the scale; where no word reaches it, nothing is laid over.

    Returns
    -------
    numpy.ndarray
        sRGB bytes (height, width, 3).
    """
    height, width = picture.shape[:2]
    base = picture.astype(np.float64)
    scaled = [
        upsample(values, height, width, smooth=smooth) / end if end > 0 else np.zeros((height, width))
        for values, end in zip(maps, ends, strict=True)
    ]
    t = np.clip(np.stack(scaled), 0.0, 1.0)
    most = t.max(0)
    t[t < KEPT * most] = 0.0
    y, x = np.indices((height, width))
    place = t.sum(0) * ((x + y) % PERIOD + 0.5) / PERIOD
    word = np.minimum((np.cumsum(t, 0) <= place).sum(0), len(t) - 1)
    light = (picture.astype(int) @ _LIGHT) >> 8
    tint = np.array([rgb(colour) for colour in colours])[word]
    tint *= (TINT_FLOOR + (1 - TINT_FLOOR) * light / 255)[..., None]
    grey = (base @ np.array(LUMINANCE))[..., None] * DIM
    dim = base + opacity * (grey - base)
    strength = np.where(most < threshold, 0.0, ramp(most))[..., None] * opacity
    return np.round(dim + (tint - dim) * strength).astype(np.uint8)
