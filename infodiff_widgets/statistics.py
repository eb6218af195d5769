"""Standard errors of estimates made with systematic levels and antithetic noise.

The draws of a run come in pairs (+eps, -eps on neighbouring levels) and the pairs in blocks of neighbours.
A block is the unit in which a run proceeds, so that running sums alone give an error for every pixel.
Blocks are visited in a scattered order; what is done at any time is a sample of the blocks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from .errors import ArgumentError
from .numbers import between, with_error

__all__ = [
    "DEFAULT_DRAWS",
    "Estimate",
    "LogScatter",
    "Spread",
    "block_count",
    "block_of",
    "error_of_mean",
    "estimate_of",
    "estimates_of",
    "log_scatter",
    "rough_of",
    "squared_error_of_sample",
]

Key = TypeVar("Key")

DEFAULT_DRAWS = 64
"""Noise draws of a run of which nothing else is said: few totals are rough after so many."""
LARGEST_LOG_VARIANCE = 4.0
"""Of a pair's contribution; beyond it draws that are nearly nothing would make the number."""
WIDEST = 0.5
"""Half a 95% interval, as a part of the number: beyond it few draws are told as the reason."""
SLIGHT = 0.1
"""Of the largest number of its kind: what an interval may span without harm, however small its number."""


class LogScatter(NamedTuple):
    """How far a mean of positive contributions may be from the truth, by the scatter of their logarithms.

    Attributes
    ----------
    error
        Standard error over the mean, as if the contributions were log-normal about a smooth curve.
    freedom
        Degrees of freedom of the error.
    """

    error: float
    freedom: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its uncertainty.

    Attributes
    ----------
    value
        In nats.
    standard_error
        In nats; NaN while too few draws are done to tell.
    degrees_of_freedom
        Of the Student t distribution for intervals.
    positive
        Whether the quantity cannot be negative: then its intervals are built on the logarithm.
    skewness
        Of the estimate about the truth. A few draws often miss the rare large values that make a mean, so
        intervals reach further to that side.
    scatter
        Of the logarithms of what draws bring, for a quantity that cannot be negative: a run that has met none
        of the rare draws that bring much knows of them by the others' scatter alone. Intervals reach as far
        as it says.

    Examples
    --------
    >>> total = result.total("red")
    >>> print(total)
    1.02 ± 0.089 nats
    >>> low, high = total.interval(0.95)
    >>> round(low, 2), round(high, 2)
    (0.81, 1.3)
    """

    value: float
    standard_error: float
    degrees_of_freedom: float
    positive: bool = False
    skewness: float = 0.0
    scatter: LogScatter | None = None

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the bounds (nats) that cover the truth with the given probability.

        Those of Student's t, moved outwards where the correction of Johnson (1978) for skewness,
        ``SE skewness (1 + 2 t^2) / 6``, moves them outwards.

        Parameters
        ----------
        level
            Between 0 and 1.
        """
        if not isinstance(level, Real) or not 0 < float(level) < 1:
            raise ArgumentError(f"level={level!r} is no probability between 0 and 1: 0.95 is usual.")
        t = float(stdtrit(self.degrees_of_freedom, 0.5 + level / 2))
        reach = t * self.standard_error
        shift = self.standard_error * self.skewness * (1 + 2 * t**2) / 6
        low, high = self.value - reach + min(shift, 0.0), self.value + reach + max(shift, 0.0)
        if self.positive and self.value > 0 and math.isfinite(reach):
            reach /= self.value
            if self.scatter is not None:
                t = float(stdtrit(self.scatter.freedom, 0.5 + level / 2))
                reach = max(reach, t * self.scatter.error)
            factor = math.exp(min(reach, 700.0))
            return self.value / factor, max(self.value * factor, high)
        return low, high

    @property
    def is_wide(self) -> bool:
        """Whether the 95% interval is so wide that it looks like a fault: by more than half to each side.

        Whatever the number of draws: it takes in the scatter of this picture, and how little few draws tell
        about it. Where the error is not known, so it is. Of several words at once: `rough_of`.
        """
        low, high = self.interval()
        return not high - low <= 2 * WIDEST * abs(self.value)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(str(self))  # in a notebook's cell; repr has the rest

    def __str__(self) -> str:
        said = f"{with_error(self.value, self.standard_error)} nats"
        if self.is_wide and math.isfinite(self.standard_error):
            # A standard error of few degrees of freedom reads as more than it is.
            return f"{said} (95%: {between(*self.interval())})"
        return said


def rough_of(totals: Mapping[Key, Estimate]) -> list[Key]:
    """Return the keys of those totals, of one kind, for which draws were too few.

    Their intervals are wide, and span more than `SLIGHT` of the largest total: of a word that says next to
    nothing beside the others, and of signed ones about 0, no number of draws tells more than that.

    Examples
    --------
    >>> rough_of({"red": Estimate(3.1, 0.3, 15.0), "on": Estimate(0.05, 0.03, 15.0)})
    []
    >>> rough_of({"red": Estimate(3.1, 0.3, 15.0), "sand": Estimate(0.7, 0.3, 15.0)})
    ['sand']
    """
    least = SLIGHT * max((abs(total.value) for total in totals.values()), default=0.0)
    found = []
    for key, total in totals.items():
        low, high = total.interval()
        if total.is_wide and not high - low <= least:
            found.append(key)
    return found


def block_count(pairs: int) -> int:
    """Return the number of blocks of a run: of two neighbouring pairs, the last of three if they are odd."""
    return max(1, pairs // 2)


def block_of(draw: NDArray[np.integer], planned: int) -> NDArray[np.integer]:
    """Return the block of each draw, from its place in the order of log-SNR among the planned draws."""
    return np.minimum(draw // 4, block_count(planned // 2) - 1)


def squared_error_of_sample(
    between: ArrayLike, blocks: int, planned_blocks: int, complete: ArrayLike
) -> NDArray:
    """Squared error of the mean over some of the blocks of a run.

    Blocks are sampled without replacement, so what they add vanishes as the run completes:
    ``(1 - done/planned) * between / done + complete``.

    Parameters
    ----------
    between
        Variance of block means.
    blocks, planned_blocks
        Done so far, and in all.
    complete
        Squared error that the whole run will have.
    """
    return (1 - blocks / planned_blocks) * np.asarray(between) / blocks + np.asarray(complete)


class Spread(NamedTuple):
    """How far a mean may be from the truth.

    Attributes
    ----------
    error
        Standard error; NaN where fewer than two pairs (of a whole run) or blocks (of part of one) are done.
    freedom
        Degrees of freedom of the error.
    skewness
        Of the mean.
    """

    error: NDArray
    freedom: NDArray
    skewness: NDArray


def error_of_mean(values: ArrayLike, draw: ArrayLike, planned: int) -> Spread:
    """Estimate the standard error of the mean of a run's draws from neighbours in order of log-SNR.

    With the pair means ``u_i`` of a whole run of ``m`` pairs, ``q_i`` is the square of what the curve through
    two neighbours on either side leaves of ``u_i``, over the variance that it has for noise alone:
    ``q_i = (u_(i-2) - 4 u_(i-1) + 6 u_i - 4 u_(i+1) + u_(i+2))^2 / 70``; third differences for the second
    pair and the last but one. ``SE^2 = SUM q / (m (m - 2))`` and
    ``df = clip(8/7 (SUM q)^2 / SUM q^2 - 2, 1, 8/21 (m - 2))``. Lower differences take the slope and the
    curvature of the integrand for noise: on linear models first ones doubled the error. Where there are less
    than six pairs, too few of these remain, and second differences are used:
    ``q_i = (u_(i-1) - 2 u_i + u_(i+1))^2 / 6``, ``df = clip(3/2 (SUM q)^2 / SUM q^2 - 2, 1, (m - 2) / 2)``.

    For part of a run the blocks take the place of the pairs, see `squared_error_of_sample`; they are few, so
    that first differences have to do: ``q_i = (u_(i+1) - u_i)^2 / 2`` and
    ``df = clip(2 (SUM q)^2 / SUM q^2 - 2, 1, 2 (m - 1) / 3)``.

    Parameters
    ----------
    values : (..., draw)
        Each draw's contribution ``f / (2 p)``, nats.
    draw : (draw,)
        Ascending places among the planned draws; whole blocks.
    planned
        Number of draws of the whole run.

    Returns
    -------
    Spread
        Each of shape (...).
    """
    values, draw = np.asarray(values, np.float64), np.asarray(draw)
    pairs = 0.5 * (values[..., 0::2] + values[..., 1::2])
    if draw.size == planned:
        q, each = _residuals(pairs)
        freedom = _degrees_of_freedom(q, each)
        return Spread(np.sqrt(_mean(q) / pairs.shape[-1]), freedom, _skewness(pairs))
    block = block_of(draw[::2], planned)
    starts = np.flatnonzero(np.r_[True, np.diff(block) > 0])
    means = np.add.reduceat(pairs, starts, axis=-1) / np.diff(np.r_[starts, block.size])
    q = 0.5 * np.diff(means) ** 2
    within = 0.5 * np.diff(pairs)[..., np.diff(block) == 0] ** 2
    squared = squared_error_of_sample(
        _mean(q), starts.size, block_count(planned // 2), _mean(within) / (planned // 2)
    )
    return Spread(np.sqrt(squared), _degrees_of_freedom(q, 2), _skewness(means))


def estimates_of(
    values: ArrayLike, draw: ArrayLike, planned: int, *, positive: bool = False
) -> list[Estimate]:
    """Return the means of a run's draws with their uncertainty.

    Parameters
    ----------
    values : (number, draw)
        Each draw's contribution ``f / (2 p)``, nats.
    draw, planned
        As for `error_of_mean`.
    positive
        Whether no contribution can be negative.
    """
    values = np.asarray(values, np.float64)
    spread = error_of_mean(values, draw, planned)
    scatter = [log_scatter(each, draw, planned) if positive else None for each in values]
    columns = (values.mean(-1), *spread)
    return [
        Estimate(value, error, freedom, positive, skewness, each)
        for value, error, freedom, skewness, each in zip(*(c.tolist() for c in columns), scatter, strict=True)
    ]


def estimate_of(values: ArrayLike, draw: ArrayLike, planned: int, *, positive: bool = False) -> Estimate:
    """Return one mean, of values (draw,), as `estimates_of` does."""
    return estimates_of(np.asarray(values, np.float64)[None], draw, planned, positive=positive)[0]


def log_scatter(values: ArrayLike, draw: ArrayLike, planned: int) -> LogScatter | None:
    """Estimate how far the mean of a run's positive draws may be off by the scatter of their logarithms.

    ``s^2``, the mean of the ``q_i`` of `error_of_mean` on the logarithms of pair means, is the variance of a
    logarithm about a smooth curve, and ``exp(s^2) - 1`` the relative variance of a log-normal contribution.
    So ``SE^2 = SUM u_i^2 (1 - exp(-s^2)) / m^2``. A few draws bring most of a word's information, and those
    that a run has not met show in how the logarithms of all others scatter [ours]. For part of a run the
    differences are those within blocks.

    Parameters
    ----------
    values, draw, planned
        As for `error_of_mean`, of one total.

    Returns
    -------
    LogScatter or None
        None where nothing scatters or nothing is there.
    """
    values, draw = np.asarray(values, np.float64), np.asarray(draw)
    pairs = 0.5 * (values[0::2] + values[1::2])
    if pairs.size < 2 or pairs.max() <= 0:
        return None
    logs = np.log(np.maximum(pairs, 1e-6 * pairs.max()))
    if draw.size == planned:
        q, each = _residuals(logs)
    else:
        q, each = 0.5 * np.diff(logs)[np.diff(block_of(draw[::2], planned)) == 0] ** 2, 3.0
    squared = float((pairs**2).sum() * -np.expm1(-min(q.mean(), LARGEST_LOG_VARIANCE)))
    return LogScatter(math.sqrt(squared) / pairs.sum(), max(1.0, each * q.size / 3))


def _residuals(pairs: NDArray) -> tuple[NDArray, float]:
    """Return squares of what neighbours leave of pairs, their variance on average, and what each brings.

    That is three times its degrees of freedom; less than 3, since they overlap.
    """
    count = pairs.shape[-1]
    if count < 3:
        return np.diff(pairs) ** 2 / 2, 2
    if count < 6:
        return np.diff(pairs, n=2) ** 2 / 6, 3 / 2
    third, fourth = np.diff(pairs, n=3) ** 2 / 20, np.diff(pairs, n=4) ** 2 / 70
    return np.concatenate([third[..., :1], fourth, third[..., -1:]], axis=-1), 8 / 7


def _mean(q: NDArray) -> NDArray:
    """Return the mean; NaN of none."""
    return q.mean(-1) if q.shape[-1] else np.full(q.shape[:-1], np.nan)


def _degrees_of_freedom(q: NDArray, each: float) -> NDArray:
    """Return those of a mean of squares of overlapping differences, of which each brings a third of `each`.

    Fewer where few of the squares make the mean.
    """
    total, squares = q.sum(-1), (q**2).sum(-1)
    effective = each * total**2 / np.where(squares > 0, squares, 1) - 2
    return np.clip(effective, 1, max(1.0, each * q.shape[-1] / 3))


def _skewness(units: NDArray) -> NDArray:
    """Estimate the skewness of the mean of independent units along a smooth curve, 0 with fewer than three.

    Each unit less the mean of its neighbours has 3/2 of the variance and 3/4 of the third moment.
    """
    count = units.shape[-1]
    if count < 3:
        return np.zeros(units.shape[:-1])
    rest = units[..., 1:-1] - 0.5 * (units[..., :-2] + units[..., 2:])
    variance, third = (rest**2).mean(-1) / 1.5, (rest**3).mean(-1) / 0.75
    skewness = third / np.where(variance > 0, variance, 1) ** 1.5
    return np.clip(skewness, -4, 4) / math.sqrt(count)
