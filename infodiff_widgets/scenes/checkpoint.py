"""Checkpoints of a training stage as safetensors: weights, their running average, moments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from infodiff_widgets.files import whole

from .optimizer import Optimizer

__all__ = ["Average", "load", "save"]


class Average:
    """Exponential moving average of a module's parameters, with a warm-up of its decay."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.shadow = {name: p.detach().clone() for name, p in module.named_parameters()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move the average towards the parameters after step `step`."""
        weight = 1 - min(self.decay, (1 + step) / (10 + step))
        parameters = dict(module.named_parameters())
        torch._foreach_lerp_(list(self.shadow.values()), [parameters[n] for n in self.shadow], weight)

    @torch.no_grad()
    def copy_to(self, module: nn.Module) -> None:
        """Write the average into a module of the same structure."""
        for name, parameter in module.named_parameters():
            parameter.copy_(self.shadow[name])


def save(path: Path, module: nn.Module, average: Average, optimizer: Optimizer, info: dict[str, Any]) -> None:
    """Write a checkpoint; the file appears only when it is whole."""
    tensors: dict[str, Tensor] = {f"model.{n}": p.detach() for n, p in module.named_parameters()}
    tensors |= {f"average.{n}": p for n, p in average.shadow.items()}
    tensors |= optimizer.state()
    with whole(path) as part:
        save_file({n: t.contiguous() for n, t in tensors.items()}, part, metadata={"info": json.dumps(info)})


@torch.no_grad()
def load(
    path: Path, module: nn.Module, average: Average, optimizer: Optimizer | None = None
) -> dict[str, Any]:
    """Read a checkpoint into what it was made from and return its info."""
    with safe_open(path, framework="pt") as file:
        info = json.loads(file.metadata()["info"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for name, parameter in module.named_parameters():
        parameter.copy_(tensors[f"model.{name}"])
        average.shadow[name].copy_(tensors[f"average.{name}"])
    if optimizer is not None:
        optimizer.restore(tensors, info["step"])
    return info
