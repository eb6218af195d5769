"""Latents as tokens of 2 x 2 cells, as FLUX and its relatives have them."""

from __future__ import annotations

from torch import Tensor

from .pipeline import PipelineDenoiser

__all__ = ["PackedDenoiser"]


class PackedDenoiser(PipelineDenoiser):
    """A transformer over tokens of 2 x 2 latent cells, told a time between 0 and 1."""

    @property
    def latent_patch(self) -> int:
        """The cells of a token."""
        return 2

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
