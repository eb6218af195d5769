"""From what is done of a run to its dataset: which of the comparisons is what."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .additions import with_bands, with_pairs, with_swaps
from .dataset import FORMS, assemble
from .done import Done
from .plan import Plan
from .result import Result
from .sampling import Design
from .statistics import block_count

__all__ = ["assembled"]


def assembled(
    done: Done, plan: Plan, design: Design, *, bands: NDArray[np.float64], stopped: bool, **told: Any
) -> Result:
    """Return the result of the draws done.

    Parameters
    ----------
    done, plan, design
        Of the run; at least one block is done.
    bands
        The edges of the bands of noise level; none where there are no bands.
    stopped
        Whether the run is whole though it has not made all its draws.
    **told
        What `dataset.assemble` takes from elsewhere.
    """
    draw, order, halves = done.in_order()
    planned = design.level.size
    maps = done.maps.mean()
    errors = done.maps.standard_error(planned // 2, block_count(planned // 2))
    own, swaps, pairs = _slices(plan)
    split = len(plan.quantities), len(plan.words)
    data = assemble(
        words=plan.words,
        quantities=plan.quantities,
        maps=_by_quantity(maps[:, own], *split),
        maps_error=_by_quantity(errors[:, own], *split),
        full_map=_of_prompt(maps, plan),
        full_map_error=_of_prompt(errors, plan),
        draw=draw,
        draws_planned=planned,
        complete=draw.size == planned or stopped,
        draw_order=order,
        draw_log_snr=design.log_snr[draw],
        draw_density=design.density[draw],
        draw_totals=_by_quantity(halves[:, own], *split),
        draw_full=_of_prompt(halves, plan),
        **told,
    )
    by_band = done.maps.band_means()
    if by_band is not None:
        own_bands = np.stack([_by_quantity(band[:, own], *split) for band in by_band])
        full_bands = np.stack([_of_prompt(band, plan) for band in by_band])
        data = with_bands(data, bands, own_bands, full_bands)
    if plan.swaps:
        parts = (np.swapaxes(values[:, swaps], 0, 1) for values in (maps, errors, halves))
        swap_bands = None if by_band is None else np.swapaxes(by_band[:, :, swaps], 1, 2)
        data = with_swaps(data, plan.swaps, *parts, band_maps=swap_bands)
    if plan.pairs:
        parts = (_by_pair(values[:, pairs]) for values in (maps, errors, halves))
        pair_bands = None if by_band is None else np.stack([_by_pair(band[:, pairs]) for band in by_band])
        data = with_pairs(data, plan.pairs, *parts, band_maps=pair_bands)
    return Result(data)


def _slices(plan: Plan) -> tuple[slice, slice, slice]:
    """Where the quantities of the words, the swaps and the pairs lie among the comparisons."""
    words = len(plan.quantities) * len(plan.words)
    swaps = words + len(plan.swaps)
    return slice(0, words), slice(words, swaps), slice(swaps, swaps + 3 * len(plan.pairs))


def _by_quantity(values: NDArray, quantities: int, words: int) -> NDArray:
    """(2, quantity * word, ...) -> (quantity, 2, word, ...)."""
    return np.moveaxis(values.reshape(len(FORMS), quantities, words, *values.shape[2:]), 1, 0)


def _by_pair(values: NDArray) -> NDArray:
    """(2, pair * 3, ...) -> (pair, 3, 2, ...)."""
    return np.moveaxis(values.reshape(len(FORMS), -1, 3, *values.shape[2:]), 0, 2)


def _of_prompt(values: NDArray, plan: Plan) -> NDArray:
    """(2, comparisons, ...) -> (2, ...) of the whole prompt; NaN where it was not compared."""
    return values[:, -1] if plan.has_full else np.full_like(values[:, 0], np.nan)
