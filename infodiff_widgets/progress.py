"""Telling how far a run is: a tqdm bar, a function of the caller's, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from tqdm.auto import tqdm

__all__ = ["Progress", "bars", "reporter"]

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


@contextmanager
def bars() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that is told (stage, draws done, draws in all), with a bar for each stage.

    For one who watches what another thread does, and hears of it now and then.
    """
    with ExitStack() as stack:
        shown: tuple[str, int] | None = None
        advance: Callable[[int], None] = lambda _: None  # noqa: E731

        def tell(stage: str, done: int, total: int) -> None:
            nonlocal shown, advance
            if shown != (stage, total):
                stack.close()
                shown, advance = (stage, total), stack.enter_context(reporter(True, stage, total))
            advance(done)

        yield tell
