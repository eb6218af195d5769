"""Half precision, and leaving it for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

__all__ = ["half_of", "in_float32", "is_held", "own_dtype"]

_HALF = (torch.float16, torch.bfloat16)


@dataclass
class _Hold:
    """A network in float32: its data type, the weights that were halves, and how many want it so."""

    dtype: torch.dtype
    halves: list[tuple[Tensor, torch.dtype]]
    users: int = 0


_held: WeakKeyDictionary[nn.Module, _Hold] = WeakKeyDictionary()
_changing = Lock()


def half_of(network: nn.Module) -> str | None:
    """Return "float16" or "bfloat16" where large weights of a network are that, else None.

    Others may be float32, as diffusers keeps some modules. Networks with weights of any other type, quantised
    ones for example, are left alone, and so are those whose weights are elsewhere while not in use.
    """
    tensors = list(network.parameters())
    found = {tensor.dtype for tensor in tensors if tensor.ndim > 1}
    meta = any(tensor.is_meta for tensor in tensors)
    if meta or not found or not found <= {*_HALF, torch.float32} or found == {torch.float32}:
        return None
    return str(next(dtype for dtype in _HALF if dtype in found)).removeprefix("torch.")


def own_dtype(network: Any, now: torch.dtype | None = None) -> torch.dtype:
    """Return the data type of a network, also while `in_float32` holds it in another.

    Parameters
    ----------
    network
        One of diffusers.
    now
        Its ``dtype``, where that has been asked for already: it looks through all modules.
    """
    hold = _held.get(network)
    return hold.dtype if hold else now or network.dtype


def is_held(network: nn.Module) -> bool:
    """Whether somebody holds a network's half-precision weights in float32 now."""
    hold = _held.get(network)
    return hold is not None and bool(hold.halves)


@contextmanager
def in_float32(network: nn.Module) -> Iterator[None]:
    """Hold a network's half-precision weights in float32; leaving is exact, since every half is a float32.

    Several may hold it at a time, an estimate in a notebook's background and one in the next cell, say: the
    last one that leaves lets go.
    """
    with _changing:
        hold = _held.get(network) or _hold(network)
        hold.users += 1
    try:
        yield
    finally:
        with _changing:
            hold.users -= 1
            if not hold.users:
                _let_go(network, hold)


def _hold(network: nn.Module) -> _Hold:
    tensors: list[Tensor] = [*network.parameters(), *network.buffers()]
    halves = [(tensor, tensor.dtype) for tensor in tensors if tensor.dtype in _HALF]
    hold = _Hold(getattr(network, "dtype", halves[0][1] if halves else torch.float32), halves)
    try:
        for tensor, _ in halves:
            tensor.data = tensor.data.float()
    except BaseException:  # no memory for it, or an interrupt
        _let_go(network, hold)
        raise
    _held[network] = hold
    return hold


def _let_go(network: nn.Module, hold: _Hold) -> None:
    for tensor, dtype in hold.halves:
        tensor.data = tensor.data.to(dtype)
    _held.pop(network, None)
