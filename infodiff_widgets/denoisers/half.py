"""Half precision, and leaving it for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

__all__ = ["half_of", "in_float32"]

_HALF = (torch.float16, torch.bfloat16)


def half_of(network: nn.Module) -> str | None:
    """Return "float16" or "bfloat16" where all large weights of a network are that, else None.

    Quantised weights are left alone, and so are those that are kept elsewhere while not in use.
    """
    found = {tensor.dtype for tensor in network.parameters() if tensor.ndim > 1}
    meta = any(tensor.is_meta for tensor in network.parameters())
    if meta or not found or not found <= {*_HALF, torch.float32} or found == {torch.float32}:
        return None
    return str(next(dtype for dtype in found if dtype in _HALF)).removeprefix("torch.")


@contextmanager
def in_float32(network: nn.Module) -> Iterator[None]:
    """Hold a network's half-precision weights in float32; leaving is exact, since every half is a float32."""
    tensors: list[Tensor] = [*network.parameters(), *network.buffers()]
    halves = [(tensor, tensor.dtype) for tensor in tensors if tensor.dtype in _HALF]
    try:
        for tensor, _ in halves:
            tensor.data = tensor.data.float()
        yield
    finally:
        for tensor, dtype in halves:
            tensor.data = tensor.data.to(dtype)
