"""Half precision, and leaving it for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

__all__ = ["half_of", "in_float32", "own_dtype"]

_HALF = (torch.float16, torch.bfloat16)
_held: WeakKeyDictionary[nn.Module, torch.dtype] = WeakKeyDictionary()


def half_of(network: nn.Module) -> str | None:
    """Return "float16" or "bfloat16" where all large weights of a network are that, else None.

    Quantised weights are left alone, and so are those that are kept elsewhere while not in use.
    """
    tensors = list(network.parameters())
    found = {tensor.dtype for tensor in tensors if tensor.ndim > 1}
    meta = any(tensor.is_meta for tensor in tensors)
    if meta or not found or not found <= {*_HALF, torch.float32} or found == {torch.float32}:
        return None
    return str(next(dtype for dtype in found if dtype in _HALF)).removeprefix("torch.")


def own_dtype(network: Any, now: torch.dtype | None = None) -> torch.dtype:
    """Return the data type of a network, also while `in_float32` holds it in another.

    Parameters
    ----------
    network
        One of diffusers.
    now
        Its ``dtype``, where that has been asked for already: it looks through all modules.
    """
    return _held.get(network) or now or network.dtype


@contextmanager
def in_float32(network: nn.Module) -> Iterator[None]:
    """Hold a network's half-precision weights in float32; leaving is exact, since every half is a float32."""
    tensors: list[Tensor] = [*network.parameters(), *network.buffers()]
    halves = [(tensor, tensor.dtype) for tensor in tensors if tensor.dtype in _HALF]
    try:
        if halves:
            _held[network] = getattr(network, "dtype", halves[0][1])
        for tensor, _ in halves:
            tensor.data = tensor.data.float()
        yield
    finally:
        for tensor, dtype in halves:
            tensor.data = tensor.data.to(dtype)
        if halves:
            _held.pop(network, None)
