"""Tensors on their way to a device, without waiting for it."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["sent", "widest"]


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a tensor on a device; where that is a GPU, the call returns before the copy is made.

    A plain ``tensor.to(device)`` waits until all that the GPU was given to do is done. Not for tensors that
    are on their way from a GPU to the CPU, which may be read before they are there.
    """
    if tensor.device == device:
        return tensor
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()  # else the copy is not asynchronous
    # Apple's GPUs may read memory that has changed in the meantime.
    return tensor.to(device, non_blocking=device.type not in ("cpu", "mps"))


def widest(device: torch.device) -> torch.dtype:
    """Return the floating-point type of most digits that a device has: Apple's GPUs have no float64."""
    return torch.float32 if device.type == "mps" else torch.float64
