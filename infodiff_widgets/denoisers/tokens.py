"""Latents as tokens of 2 x 2 cells, as FLUX and its relatives have them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from infodiff_widgets.channel import NoiseSchedule

from .half import own_dtype
from .pipeline import PipelineDenoiser

__all__ = ["PackedDenoiser"]


class PackedDenoiser(PipelineDenoiser):
    """A transformer over tokens of 2 x 2 latent cells, told a time between 0 and 1."""

    @property
    def latent_patch(self) -> int:
        """The cells of a token."""
        return 2

    def audible(self, schedule: NoiseSchedule) -> NoiseSchedule:
        """Take the times that the network's data type holds: it rounds what it is told.

        In bfloat16, times near 1 are 0.004 apart; noise of a time in between would be off by 0.4 in log-SNR.
        """
        dtype = own_dtype(self.network)
        if dtype.itemsize > 2:
            return schedule
        told = torch.as_tensor(schedule.timesteps / 1000).to(dtype).unique()
        time, first = np.unique(self.heard(told).double().numpy(), return_index=True)
        within = (time > 0) & (time < 1)
        log_snr = 2 * np.log((1 - time[within]) / time[within])
        return NoiseSchedule(log_snr, 1000 * told.double().numpy()[first][within])

    def heard(self, told: Tensor) -> Tensor:
        """Return the times of the network's embedding, in its data type, for what it is told."""
        return (1000 * told).double() / 1000

    def told(self, timesteps: Tensor) -> Tensor:
        """From 0 (picture) to 1 (noise)."""
        return timesteps / 1000

    def pack(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, h w / 4, 4 C), a token's values in the order of (channel, row, column)."""
        batch, channels, height, width = x.shape
        patches = x.reshape(batch, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
        return patches.reshape(batch, height * width // 4, 4 * channels)

    def unpack(self, output: Tensor, like: Tensor) -> Tensor:
        """Undo `pack`."""
        batch, channels, height, width = like.shape
        patches = output.reshape(batch, height // 2, width // 2, channels, 2, 2).permute(0, 3, 1, 4, 2, 5)
        return patches.reshape(like.shape)
