"""Analyses that an interrupt ends: what was done is kept, and says how far it came."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from infodiff_widgets.errors import InterruptedWarning
from infodiff_widgets.progress import Progress, reporter

if TYPE_CHECKING:
    from infodiff_widgets.result import Result

__all__ = ["Part", "draws_of", "each", "left_off", "reached"]

Case = TypeVar("Case")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Part:
    """So many of what was planned: how far it came until an interrupt."""

    done: int
    planned: int

    def __str__(self) -> str:
        return f"{self.done} of {self.planned} (interrupted)"

    def of(self, noun: str) -> str:
        """Return it with what is counted: "8 of 64 draws (interrupted)"."""
        return f"{self.done} of {self.planned} {noun} (interrupted)"


def reached(done: int, planned: int) -> int | Part:
    """Return how many there are, with how many were planned where these are more."""
    return Part(done, planned) if done < planned else done


def draws_of(result: Result) -> int | Part:
    """Return the draws of a result, of how many where it was interrupted."""
    return result.draws if result.complete else Part(result.draws, result.draws_planned)


def left_off(noun: str, done: int, planned: int) -> dict[str, Part]:
    """Return what the settings of a `Statement` have to say of an interrupt: nothing where all is done."""
    return {noun: Part(done, planned)} if done < planned else {}


def each(
    cases: Iterable[Case],
    work: Callable[[Case], Outcome],
    total: int,
    progress: Progress,
    stage: str,
    unit: str,
) -> list[Outcome]:
    """Work on one case after the other until an interrupt, which ends them all, with a warning.

    Functions that estimate keep an interrupt to themselves, return what they have, and warn. That is what is
    wanted of a single case; of several, the one that was cut short is left out.

    Parameters
    ----------
    cases
        So many as `total` says.
    work
        Returns what there is to keep of a case.
    progress, stage, unit
        See `progress.reporter`.

    Returns
    -------
    list
        Of the cases that are finished; fewer than `total` after an interrupt.

    Raises
    ------
    KeyboardInterrupt
        Where no case is finished.
    """
    found: list[Outcome] = []
    interrupted = False
    with warnings.catch_warnings(), reporter(progress, stage, total, unit) as report:
        if total > 1:
            # Not asked of the result: where the interrupt came after the last draw, that is complete.
            warnings.simplefilter("error", InterruptedWarning)
        try:
            for case in cases:
                found.append(work(case))
                report(len(found))
        except (KeyboardInterrupt, InterruptedWarning):
            if not found:
                raise KeyboardInterrupt from None
            interrupted = True
    if interrupted:
        text = f"Interrupted: {len(found)} of {total} {unit}s are finished; the others are left out."
        warnings.warn(text, InterruptedWarning, stacklevel=3)
    return found
