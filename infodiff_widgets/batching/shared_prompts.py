"""Prompts of several pictures as one batch for the network, where what it is told of them is alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from infodiff_widgets.denoisers.conditions import Arguments, RecordedConditions, Size, join, select

__all__ = ["alike", "joined_prompts"]


def alike(one: Any, two: Any, size: Size) -> bool:
    """Whether two batches of prompts can be one: rows of the same shapes, and the same for all beside them.

    Parameters
    ----------
    one, two
        From `Denoiser.encode_prompts`; those that were not recorded from a pipeline are never alike.
    size
        (height, width) in latent cells.
    """
    if not (isinstance(one, RecordedConditions) and isinstance(two, RecordedConditions)):
        return False
    for conditions in (one, two):
        conditions.prepare(size)
    return one.batched == two.batched and _alike(one.recorded[size], two.recorded[size], one.batched)


def joined_prompts(parts: Sequence[Any], size: Size) -> Any:
    """Return batches of prompts on end; they have to be `alike`."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    rows = [select(part.recorded[size], part.batched, part.indices) for part in parts]
    arguments = join(rows, first.batched)
    everything = tuple(range(sum(map(len, parts))))
    return RecordedConditions(first.record, first.batched, everything, {size: arguments})


def _alike(one: Arguments, two: Arguments, rows: Mapping[str, Any]) -> bool:
    if one.keys() != two.keys():
        return False
    return all(_same(value, two[name], rows.get(name)) for name, value in one.items())


def _same(one: Any, two: Any, rows: Any) -> bool:
    if type(one) is not type(two):
        return False
    if isinstance(one, Mapping):
        return _alike(one, two, rows or {})
    if isinstance(one, Tensor):
        kind = one.dtype == two.dtype and one.device == two.device
        return kind and (one.shape[1:] == two.shape[1:] if rows else torch.equal(one, two))
    if isinstance(one, list) and rows:
        return all(_same(row, one[0], False) or _like(row, one[0]) for row in (*one, *two))
    return bool(one == two)


def _like(one: Any, two: Any) -> bool:
    """Whether two rows of a list differ in their values alone."""
    both = isinstance(one, Tensor) and isinstance(two, Tensor)
    return both and one.shape == two.shape and one.dtype == two.dtype
