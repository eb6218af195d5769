"""Confidence intervals over pictures: pictures are drawn anew, with all the words that they have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Interval", "bootstrap", "mean_by_picture"]

RESAMPLES = 2000


class Interval(NamedTuple):
    """A number with its 95% interval (or of another level); the ends are NaN where one picture gives none."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.value):
            return ""
        ends = "" if math.isnan(self.low) else f" [{self.low:.3f}, {self.high:.3f}]"
        return f"{self.value:.3f}{ends}"


def bootstrap(
    pictures: Sequence[object] | NDArray,
    statistic: Callable[[NDArray[np.int64]], float],
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return a statistic with its percentile interval over pictures.

    Parameters
    ----------
    pictures : (rows,)
        Which picture each row belongs to: rows of one picture are drawn together, as they are not
        independent.
    statistic
        Takes the indices of rows, which may repeat; where it returns NaN, the resample is left out.
    level, resamples, seed
        As usual.
    """
    _, member = np.unique(np.asarray(pictures).astype(str), return_inverse=True)
    groups = [np.flatnonzero(member == group) for group in range(member.max() + 1)]
    value = statistic(np.arange(member.size))
    if len(groups) < 2:
        return Interval(value, np.nan, np.nan)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(groups), size=(resamples, len(groups)))
    values = np.array([statistic(np.concatenate([groups[g] for g in draw])) for draw in drawn])
    low, high = np.nanquantile(values, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(float(value), float(low), float(high))


def mean_by_picture(pictures: Sequence[object] | NDArray, values: ArrayLike, seed: int = 0) -> Interval:
    """Return the mean over rows, NaN left out, with its interval over pictures."""
    numbers = np.asarray(values, np.float64)
    known = np.isfinite(numbers)
    if not known.any():
        return Interval(np.nan, np.nan, np.nan)
    kept = numbers[known]
    _, member = np.unique(np.asarray(pictures)[known].astype(str), return_inverse=True)
    total, count = np.bincount(member, weights=kept), np.bincount(member)
    if count.size < 2:
        return Interval(float(kept.mean()), np.nan, np.nan)
    # The same as `bootstrap` of the mean, from sums by picture.
    drawn = np.random.default_rng(seed).integers(count.size, size=(RESAMPLES, count.size))
    low, high = np.quantile(total[drawn].sum(1) / count[drawn].sum(1), [0.025, 0.975])
    return Interval(float(kept.mean()), float(low), float(high))
