"""Recorded arguments of a batch of prompts: told apart by prompt, joined, selected from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from infodiff_widgets.transfer import sent

__all__ = ["Arguments", "RecordedConditions", "Size", "batched", "cast", "join", "rows_of", "select"]

Arguments = Mapping[str, Any]
Size = tuple[int, int]
"""(height, width) in latent cells."""


@dataclass(frozen=True, eq=False)
class RecordedConditions:
    """Prompts, with what the network is told of them at a size.

    Some arguments depend on the size of the picture (positions of tokens, SDXL's sizes). A size is recorded
    when it is first met.

    Attributes
    ----------
    record
        Records all prompts at a size.
    indices
        The prompts chosen of them.
    """

    record: Callable[[Size], Arguments]
    batched: Mapping[str, Any]
    indices: tuple[int, ...]
    recorded: dict[Size, Arguments] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.indices)

    def select(self, indices: Sequence[int]) -> RecordedConditions:
        """Return the prompts at these places."""
        chosen = tuple(self.indices[index] for index in indices)
        return RecordedConditions(self.record, self.batched, chosen, self.recorded)

    def prepare(self, size: Size) -> None:
        """Record the prompts at a size, where that is not done yet."""
        if size not in self.recorded:
            self.recorded[size] = self.record(size)

    def arguments(self, size: Size, dtype: torch.dtype) -> dict[str, Any]:
        """Return the network's arguments for these prompts, one row each, in the network's data type."""
        self.prepare(size)
        return cast(select(self.recorded[size], self.batched, self.indices), self.batched, dtype)


def batched(one: Arguments, two: Arguments) -> dict[str, Any]:
    """Tell the arguments that have a row for each prompt from those that all prompts share.

    Parameters
    ----------
    one, two
        Arguments recorded for one prompt and for two.

    Returns
    -------
    dict
        As the arguments are nested, of booleans.
    """
    found: dict[str, Any] = {}
    for name, value in two.items():
        other = one.get(name)
        if isinstance(value, Mapping):
            found[name] = batched(other or {}, value)
        else:
            # A mask may be missing where there is one prompt, and nothing to pad.
            found[name] = rows_of(value) == 2 and (other is None or rows_of(other) == 1)
    return found


def join(parts: Sequence[Arguments], rows: Mapping[str, Any]) -> dict[str, Any]:
    """Append the rows of several recordings; what all prompts share is taken from the first."""
    joined: dict[str, Any] = {}
    for name, first in parts[0].items():
        values = [part[name] for part in parts]
        if isinstance(first, Mapping):
            joined[name] = join(values, rows.get(name, {}))
        elif rows.get(name) and isinstance(first, Tensor):
            joined[name] = torch.cat(values)
        elif rows.get(name) and isinstance(first, list):
            joined[name] = [row for value in values for row in value]
        else:
            joined[name] = first
    return joined


def select(arguments: Arguments, rows: Mapping[str, Any], indices: Sequence[int]) -> dict[str, Any]:
    """Take rows, which may repeat."""
    places = torch.as_tensor(list(indices))

    def take(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value[sent(places, value.device)]
        return [value[index] for index in indices]

    return _map(arguments, rows, take)


def cast(arguments: Arguments, rows: Mapping[str, Any], dtype: torch.dtype) -> dict[str, Any]:
    """Give embeddings a data type: text encoders are often loaded in another than the network."""

    def convert(value: Any) -> Any:
        if isinstance(value, list):
            return [convert(row) for row in value]
        embeds = isinstance(value, Tensor) and value.ndim > 1 and value.is_floating_point()
        return value.to(dtype) if embeds else value

    return _map(arguments, rows, convert)


def _map(arguments: Arguments, rows: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Change what has a row for each prompt."""
    changed: dict[str, Any] = {}
    for name, value in arguments.items():
        if isinstance(value, Mapping):
            changed[name] = _map(value, rows.get(name, {}), change)
        else:
            told = rows.get(name) and isinstance(value, Tensor | list)
            changed[name] = change(value) if told else value
    return changed


def rows_of(value: Any) -> int | None:
    """Return the length of an argument, None where it has none."""
    if isinstance(value, Tensor):
        return value.shape[0] if value.ndim else None
    return len(value) if isinstance(value, list) else None
