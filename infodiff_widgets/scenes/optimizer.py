"""The denoiser's optimiser: Muon for hidden matrices and kernels, AdamW for everything else."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Optimizer"]

#: Inputs, outputs and tables, which Muon is not for.
ENDS = ("conv_in", "conv_out", "token_embedding", "position_embedding")


class Optimizer:
    """Steps a module; a convolution's kernel counts as the matrix (out, in x height x width).

    Muon (Jordan et al., 2024) gives every direction of a matrix the same share of a step. Its steps are
    scaled to AdamW's size, so that both share one learning rate. Needs torch 2.9 or newer.
    """

    def __init__(self, module: nn.Module, rate: float) -> None:
        self._parameters = dict(module.named_parameters())
        hidden = {
            name: parameter
            for name, parameter in self._parameters.items()
            if parameter.ndim >= 2 and not any(end in name for end in ENDS)
        }
        # Views on the same memory: what Muon writes, the module reads.
        self._matrices = {name: nn.Parameter(p.data.view(len(p), -1)) for name, p in hidden.items()}
        others = [p for name, p in self._parameters.items() if name not in hidden]
        self._muon = torch.optim.Muon(
            list(self._matrices.values()), lr=rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"
        )
        self._adam = torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.99), weight_decay=0.0)

    def set_rate(self, rate: float) -> None:
        """Set the learning rate of both."""
        for group in (*self._muon.param_groups, *self._adam.param_groups):
            group["lr"] = rate

    def step(self) -> None:
        """Move the parameters along their gradients, and forget these."""
        for name, matrix in self._matrices.items():
            gradient = self._parameters[name].grad
            matrix.grad = None if gradient is None else gradient.reshape(matrix.shape)
        self._muon.step()
        self._adam.step()
        for parameter in (*self._parameters.values(), *self._matrices.values()):
            parameter.grad = None

    def state(self) -> dict[str, Tensor]:
        """Return the moments by name, for a checkpoint."""
        tensors = {}
        for name, parameter in self._parameters.items():
            matrix = self._matrices.get(name)
            state = self._adam.state[parameter] if matrix is None else self._muon.state[matrix]
            tensors |= {f"{key}.{name}": value for key, value in state.items() if value.ndim > 0}
        return tensors

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """Take up the moments of a checkpoint; those that it lacks start from zero."""
        for name, parameter in self._parameters.items():
            if name in self._matrices:
                if f"momentum_buffer.{name}" in tensors:
                    buffer = tensors[f"momentum_buffer.{name}"].clone()
                    self._muon.state[self._matrices[name]] = {"momentum_buffer": buffer}
            elif f"exp_avg.{name}" in tensors:
                self._adam.state[parameter] = {
                    "step": torch.tensor(float(step)),
                    "exp_avg": tensors[f"exp_avg.{name}"].clone(),
                    "exp_avg_sq": tensors[f"exp_avg_sq.{name}"].clone(),
                }
