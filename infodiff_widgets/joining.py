"""Two results of one question, from independent draws, put together as one."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from .errors import ArgumentError, NotReadyError
from .result import Result
from .statistics import error_of_mean

__all__ = ["FEWEST", "joined", "runs_of", "start_of", "target_of"]

FEWEST = 8
"""Draws that can be added, at least: maps need two blocks for their error."""

_GOLDEN = (math.sqrt(5) - 1) / 2

# Means over draws, with their standard errors; and what there is for each draw.
_MEANS = (
    "maps",
    "full_map",
    "band_maps",
    "band_full_map",
    "swap_maps",
    "swap_band_maps",
    "pair_maps",
    "pair_band_maps",
)
_ERRORS = ("maps_error", "full_map_error", "swap_maps_error", "pair_maps_error")
_DRAWS = ("draw_log_snr", "draw_density", "draw_totals", "draw_full", "draw_swaps", "draw_pairs")
_COSTS = ("evaluations", "pilot_evaluations", "seconds")


def joined(first: Result, second: Result) -> Result:
    """Return what two whole results with different seeds say together: every draw counts alike.

    With n and m draws, a mean is ``(n a + m b) / (n + m)``; the squared error of a map is
    ``(n^2 s^2 + m^2 t^2) / (n + m)^2``, and that of a total comes from all pairs of draws in the order of
    their levels, as for one run. Draws keep their densities, so a total is again the mean over them.
    Weights by precision would be larger where a run happened to see little, and so be biased.

    Parameters
    ----------
    first, second
        Of the same picture, prompt, words, quantities and range, from other seeds.

    Raises
    ------
    ArgumentError
        For a run that is not whole: what it has seen is not spread evenly over the levels.
    """
    for result in (first, second):
        if result.draws != result.draws_planned:
            raise ArgumentError(
                f"A run of {result.draws} of {result.draws_planned} draws cannot be joined: let it end first."
            )
    one, other = first.data, second.data
    n, m = first.draws, second.draws
    # Only what both have: attention, say, may have been added to the first.
    values: dict[str, Any] = {}
    for name in (*_MEANS, *_ERRORS, *_DRAWS):
        if name not in one or name not in other:
            continue
        a, b = one[name], other[name]
        if name in _MEANS:
            values[name] = (a.dims, _like(a, (n * a.values + m * b.values) / (n + m)))
        elif name in _ERRORS:
            values[name] = (a.dims, _like(a, np.hypot(n * a.values, m * b.values) / (n + m)))
        else:
            values[name] = (a.dims, np.concatenate([a.values, b.values], a.get_axis_num("draw")))
    order = _by_level(values["draw_log_snr"][1])
    for name in _DRAWS:
        if name in values:
            values[name] = (values[name][0], values[name][1][..., order])
    density = values["draw_density"][1]
    for total, halves in (("totals", "draw_totals"), ("full_total", "draw_full")):
        contributions = values[halves][1] / density
        error = error_of_mean(contributions, np.arange(n + m), n + m).error
        values[total] = (one[total].dims, contributions.mean(-1))
        values[f"{total}_error"] = (one[total].dims, error)
    kept = one.drop_vars([*values, "draw", "draw_order"], errors="ignore")  # made by several runs in turn
    data = kept.assign(values)
    data = data.assign_coords(draw=("draw", np.arange(n + m)))
    return Result(
        data.assign_attrs(
            draws_done=n + m,
            draws_planned=n + m,
            complete=1,
            provenance=json.dumps(_provenance(first, second), ensure_ascii=False),
        )
    )


def target_of(result: Result, more: int | None, *, running: bool) -> int:
    """Return how many draws there are to be in all.

    Parameters
    ----------
    result
        What is there.
    more
        How many to add; None for the rest of a run that was cancelled, else for as many again.
    running
        Whether the run of the result can go on.

    Raises
    ------
    ArgumentError
        For a number of draws that cannot be added.
    NotReadyError
        For part of a run that cannot go on.
    """
    left = result.draws_planned - result.draws
    if left and not running:
        raise NotReadyError(
            f"This result holds {result.draws} of the {result.draws_planned} draws of a run that is gone: "
            "only a whole one can be added to: estimate again; a run with checkpoint= goes on where it was."
        )
    if more is None:
        return result.draws + (left if left and not result.complete else result.draws)
    if not isinstance(more, int | np.integer) or more < FEWEST or more % 2:
        raise ArgumentError(
            f"draws={more!r}: give an even number of at least {FEWEST}. Draws come in pairs, and the maps of "
            "fewer would have no standard errors to add."
        )
    return result.draws + int(more)


def _like(array: xr.DataArray, values: NDArray) -> NDArray:
    return values.astype(array.dtype)


def _by_level(log_snr: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the order of the draws by log-SNR in which the two draws of a pair stay together."""
    pairs = np.argsort(log_snr.reshape(-1, 2).mean(1), kind="stable")
    return (2 * pairs[:, None] + np.arange(2)).ravel()


def _provenance(first: Result, second: Result) -> dict[str, Any]:
    one, other = first.provenance, second.provenance
    runs = [*runs_of(first), *runs_of(second)]
    costs = {name: one[name] + other[name] for name in _COSTS if name in one and name in other}
    # Of a run in half precision and one in float32, the one whose rounding has to be told.
    rounded = other if one.get("dtype") == "float32" else one
    precision = {name: rounded[name] for name in ("dtype", "floor") if name in rounded}
    draws = first.draws + second.draws
    return {**one, **costs, **precision, "draws": draws, "runs": runs, "accurate": None}


def runs_of(result: Result) -> list[dict[str, int]]:
    """Return seed and draws of each run that a result is made of."""
    given = result.provenance
    return given.get("runs") or [{"seed": given["seed"], "draws": result.draws}]


def start_of(first: int, number: int) -> float:
    """Return where the levels of the n-th run that joins one begin, whose seed is `first`.

    By the golden ratio, so that all together are even.
    """
    return (np.random.default_rng(first).random() + number * _GOLDEN) % 1.0
