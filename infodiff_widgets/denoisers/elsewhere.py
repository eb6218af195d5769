"""A copy of a denoiser on another device, its weights never twice on the one where they are."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

import torch
from torch import nn

from infodiff_widgets.errors import DeviceError

__all__ = ["copied_to"]

T = TypeVar("T")


def copied_to(denoiser: T, pipeline: Any, device: torch.device) -> T:
    """Return a copy of a denoiser and of the pipeline in it.

    Raises
    ------
    DeviceError
        Where the pipeline moves its parts to and from the device by itself.
    """
    parts = [part for part in pipeline.components.values() if isinstance(part, nn.Module)]
    if getattr(pipeline, "hf_device_map", None) or any(
        hasattr(module, "_hf_hook") for part in parts for module in part.modules()
    ):
        raise DeviceError(
            f"devices: this {type(pipeline).__name__} moves its parts to and from the device by itself "
            "(offloading); load it whole on one device, or leave out devices."
        )
    known: dict[int, Any] = {}
    for part in parts:
        for weight in part.parameters():
            moved = nn.Parameter(weight.detach().to(device, copy=True), weight.requires_grad)
            known[id(weight)] = moved
        known |= {id(buffer): buffer.detach().to(device, copy=True) for buffer in part.buffers()}
    return copy.deepcopy(denoiser, known)
