"""More draws for a result that is there: its run goes on, and after its last planned draw others join it.

A whole run of n draws is no beginning of one of 2n: its levels are spread evenly, and those of the longer run
lie elsewhere. So a whole run is joined by short ones with noise of their own, whose levels fall between those
that were there (see `Design.systematic`); all draws count alike, see `joining.joined`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from .denoisers import Denoiser
from .denoisers.identity import apart_from_place
from .errors import ArgumentError, NumericalError
from .joining import joined, runs_of
from .live import Step, steps_of
from .options import Options
from .result import Result
from .run import Run
from .versions import versions

__all__ = ["go_on", "options_of", "refuse_other", "sizes"]

_USUAL = 16
_GOLDEN = (math.sqrt(5) - 1) / 2

_CALLED = {
    "network": "class of the network",
    "network_config": "configuration of the network",
    "network_weights": "weights of the network",
    "other_weights": "weights of the autoencoder or the text encoders",
    "adapters": "strengths of the adapters",
    "schedule": "noise levels of the scheduler",
    "prediction_type": "what the scheduler says that the network predicts",
    "dtype": "data type",
}
# What two loadings of one network may differ in: schedulers over the same levels ask it the same.
_HARMLESS = ("scheduler", "guidance")


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
        with closing(steps_of(run)) as steps:
            for step in steps:
                if step.done > result.draws:
                    yield step
                if step.done >= draws:
                    break
        if run.draws_done < run.draws:
            # It went further than it was meant to, and is as whole as it was.
            run.stopped = ended_by
            yield Step(run.draws_done, run.result)
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


def refuse_other(result: Result, denoiser: Denoiser) -> None:
    """Raise where a network is not the one that a result is of: draws of two must not count as one's.

    Where its weights lie does not matter, nor in what data type it runs as long as these are the same: a
    float16 is a float32 too, and how much rounding adds is in the result. What a result of an older version
    does not know of its network is not asked.

    Raises
    ------
    ArgumentError
        It says what is not the same.
    """
    before, now = (_plain(identity) for identity in (_network_of(result), denoiser.identity))
    shared = [name for name in now if name in before and name not in _HARMLESS]
    if result.provenance.get("versions", {}).get("diffusers") != versions().get("diffusers"):
        shared = [name for name in shared if name != "network_config"]  # others have other entries
    other = [name for name in shared if before[name] != now[name]]
    if not other or (other == ["dtype"] and "network_weights" in shared):
        return
    place = _network_of(result).get("model")
    made_with = f"the one that it was made with ({place})" if place else "the one that it was made with"
    raise ArgumentError(
        "This result is of another network, which is not the same in: "
        f"{', '.join(_CALLED.get(name, name) for name in other)}. Attach {made_with}, or ask this one anew: "
        "explore(model, result.image, result.prompt)."
    )


def _network_of(result: Result) -> dict[str, Any]:
    return result.provenance.get("denoiser") or {}


def _plain(identity: Mapping[str, Any]) -> dict[str, str]:
    """Return what makes a network's numbers, as it can be compared with what was stored."""
    known = apart_from_place(identity).items()
    return {name: json.dumps(value, sort_keys=True, default=str) for name, value in known}


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
        start=_start_of(given["seed"], len(runs)),
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


def _start_of(first: int, number: int) -> float:
    """Return where the levels of the n-th run begin: by the golden ratio, so that all together are even."""
    return (np.random.default_rng(first).random() + number * _GOLDEN) % 1.0
