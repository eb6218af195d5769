"""FLUX.1: a rectified flow over packed latents."""

from __future__ import annotations

from .tokens import PackedDenoiser

__all__ = ["FluxDenoiser"]


class FluxDenoiser(PackedDenoiser):
    """FLUX.1 [dev] and [schnell]: T5 reads the prompt, CLIP its beginning."""
