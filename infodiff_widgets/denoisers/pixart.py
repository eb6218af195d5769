"""PixArt: a diffusion transformer that predicts a variance too; T5 reads the prompt."""

from __future__ import annotations

from .pipeline import PipelineDenoiser

__all__ = ["PixArtDenoiser"]


class PixArtDenoiser(PipelineDenoiser):
    """PixArt-Sigma."""
