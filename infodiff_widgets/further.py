"""More draws for a result that is there: its run goes on, and after its last planned draw others join it.

A whole run of n draws is no beginning of one of 2n: its levels are spread evenly, and those of the longer run
lie elsewhere. So a whole run is joined by short ones with noise of their own, whose levels fall between those
that were there (see `Design.systematic`); all draws count alike, see `joining.joined`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from .errors import NumericalError
from .joining import joined, runs_of, start_of
from .live import Step, steps_of
from .options import Options
from .result import Result
from .run import Run

__all__ = ["go_on", "options_of", "sizes"]

_USUAL = 16


def go_on(run: Run | None, result: Result, model: Any, draws: int) -> Iterator[Step]:
    """Go on until there are `draws` in all; runs that join the first bring a result as each ends.

    Parameters
    ----------
    run
        Of the result, where it is still there.
    result
        A whole one where there is no run.
    model
        As `estimate` takes it.
    draws
        Reached, not passed, but for the last step of the run.
    """
    if run is not None and run.draws_done < run.draws:
        ended_by = run.stopped
        run.lift_limits()

        def as_whole() -> Result:
            """Return what is done: a run that had ended by its limit is whole, and stays so beyond it."""
            before, run.stopped = run.stopped, ended_by if run.draws_done < run.draws else None
            try:
                return run.result()
            finally:
                run.stopped = before

        try:
            with closing(steps_of(run)) as steps:
                for step in steps:
                    if step.done > result.draws:
                        yield Step(step.done, as_whole)
                    if step.done >= draws:
                        break
        finally:
            if run.draws_done < run.draws:
                run.stopped = ended_by
        if run.draws_done < run.draws:
            yield Step(run.draws_done, as_whole)
            return
        result = run.result()
    for size in sizes(result.draws, draws - result.draws):
        there = partial(_same, result)
        another = Run(model, result.image, result.prompt, options_of(result, size))
        with closing(another.steps()) as steps:
            try:
                for done in steps:
                    if done < another.draws:
                        yield Step(result.draws + done, there)
            except NumericalError as error:
                error.partial = result  # what the broken run had seen is not spread evenly
                raise
        result = joined(result, another.result())
        yield Step(result.draws, partial(_same, result))


def _same(result: Result) -> Result:
    return result


def sizes(there: int, more: int) -> list[int]:
    """Split further draws into runs: so many that the maps are seen to sharpen, none of them tiny."""
    count = max(1, more // max(_USUAL, there // 8))
    pairs, rest = divmod(more // 2, count)
    return [2 * (pairs + (index < rest)) for index in range(count)] if more > 0 else []


def options_of(result: Result, draws: int) -> Options:
    """Return the options of a run that asks what a result answers, with noise and levels of its own."""
    given = result.provenance
    runs = runs_of(result)
    return Options(
        words=result.words,
        quantities=result.quantities,
        draws=draws,
        seed=_seed_of(given["seed"], len(runs)),
        start=start_of(given["seed"], len(runs)),
        placeholder=given["placeholder"],
        reference=given["reference"],
        swaps=dict[Any, str](result.swaps),
        pairs=result.pairs,
        bands=list(result.band_edges) or None,
        log_snr_range=result.log_snr_range,
        density=given["density"],
        resize=False,  # its picture has the size that it was given
        truncate=False,
        batch_size=given.get("batch_size"),
        devices=None,  # those of the first run may be elsewhere
        precision=given.get("precision", "auto"),
        until=None,
        max_evaluations=None,
        max_seconds=None,
        checkpoint=None,
        progress=False,
    )


def _seed_of(first: int, number: int) -> int:
    """Return the seed of the n-th run that joins one: it depends on nothing but these arguments."""
    return int(np.random.SeedSequence(first, spawn_key=(number, 2)).generate_state(1)[0])
