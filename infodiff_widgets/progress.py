"""Telling how far a run is: a tqdm bar, a function of the caller's, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

__all__ = ["Progress", "reporter"]

Progress = bool | Callable[[str, int, int], None]
"""True for a bar, False for silence, or a function that is told (stage, draws done, draws in all)."""


@contextmanager
def reporter(
    progress: Progress, stage: str, total: int, unit: str = "draw"
) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with the number of draws (or other units) done; a bar is closed at the end."""
    if callable(progress):
        progress(stage, 0, total)
        yield lambda done: progress(stage, done, total)
        return
    with tqdm(total=total, desc=stage, unit=unit, disable=not progress, leave=False) as bar:

        def advance(done: int) -> None:
            bar.update(done - bar.n)

        yield advance
