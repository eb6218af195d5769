"""When a run ends before its last draw: it is accurate enough, or has spent what it may."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import ArgumentError
from .statistics import DEFAULT_DRAWS, error_of_mean

__all__ = ["DRAWS_LIMIT", "MOST_DRAWS", "Stop", "UntilLike", "check_limit"]

UntilLike = str | float | None
#: Planned where something else ends the run.
MOST_DRAWS = 1024
#: More than anybody can need; the plan of so many still fits in memory.
DRAWS_LIMIT = 1_000_000
_FEWEST_BLOCKS = 8
_SMALL = 0.1


def check_limit(draws: int) -> None:
    """Raise `ArgumentError` for more draws than can be planned."""
    if draws > DRAWS_LIMIT:
        raise ArgumentError(
            f"draws={draws}: give {DRAWS_LIMIT:,} at most; a few hundred do for most pictures, and "
            "until='5%' ends a run where its errors are that small."
        )


@dataclass(frozen=True, slots=True)
class Stop:
    """What ends a run early; None where nothing does.

    Attributes
    ----------
    relative_error
        Standard error of every total asked for, as a share of the total. A total below a tenth of the
        largest is held to that tenth: a word that says nothing has no relative error.
    evaluations
        Of the network, the pilot's not counted.
    seconds
        Of wall time, from the first draw.
    """

    relative_error: float | None = None
    evaluations: int | None = None
    seconds: float | None = None

    @classmethod
    def given(cls, until: UntilLike, max_evaluations: int | None, max_seconds: float | None) -> Stop:
        """Read what a user gave.

        Raises
        ------
        ArgumentError
            Where one of them cannot be.
        """
        if max_evaluations is not None and max_evaluations < 1:
            raise ArgumentError(f"max_evaluations={max_evaluations}: give 1 or more, or None.")
        if max_seconds is not None and not max_seconds > 0:
            raise ArgumentError(f"max_seconds={max_seconds}: give more than 0, or None.")
        return cls(_share(until), max_evaluations, max_seconds)

    def planned(self, draws: int | None, evaluations_per_draw: int) -> int:
        """Return the number of draws to plan, where `draws` is what the user asked for.

        Raises
        ------
        ArgumentError
            Where `evaluations` do not pay for a pair of draws.
        """
        if self.evaluations is not None and self.evaluations < 2 * evaluations_per_draw:
            raise ArgumentError(
                f"max_evaluations={self.evaluations}: a pair of draws takes {2 * evaluations_per_draw}; give "
                "that many at least, or ask about fewer words and quantities."
            )
        if draws is not None:
            return draws
        if self.relative_error is None and self.seconds is None:
            if self.evaluations is None:
                return DEFAULT_DRAWS
            return min(DRAWS_LIMIT, 2 * (self.evaluations // (2 * evaluations_per_draw)))
        return MOST_DRAWS

    def accurate(self, contributions: NDArray, draw: NDArray[np.integer], planned: int) -> bool:
        """Whether the totals are as accurate as was asked.

        Parameters
        ----------
        contributions : (totals, draw)
            ``f / (2 p)``, nats.
        draw : (draw,)
            Ascending places among the planned draws; whole blocks.
        planned
            Number of draws of the whole run.
        """
        if self.relative_error is None or draw.size < min(4 * _FEWEST_BLOCKS, planned):
            return False
        totals = np.abs(contributions.mean(-1))
        errors = error_of_mean(contributions, draw, planned).error
        return bool(np.all(errors <= self.relative_error * np.maximum(totals, _SMALL * totals.max())))

    def overspent(self, evaluations: int) -> bool:
        """Whether so many evaluations are more than there may be."""
        return self.evaluations is not None and evaluations > self.evaluations

    def late(self, seconds: float, step: float) -> bool:
        """Whether a further step of so many seconds would end too late."""
        return self.seconds is not None and seconds + step > self.seconds


def _share(until: UntilLike) -> float | None:
    if until is None:
        return None
    try:
        percent = isinstance(until, str) and until.strip().endswith("%")
        share = (
            float(until.strip().removesuffix("%")) / (100 if percent else 1)
            if isinstance(until, str)
            else float(until)
        )
    except (TypeError, ValueError):
        share = math.nan
    if not 0 < share < 1:
        raise ArgumentError(f"until={until!r}: give a relative error between 0 and 1, such as '5%' or 0.05.")
    return share
