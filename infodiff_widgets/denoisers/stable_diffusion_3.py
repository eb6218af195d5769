"""Stable Diffusion 3 and 3.5: a rectified flow on a grid; CLIP twice and T5, which may be left out."""

from __future__ import annotations

from torch import Tensor

from infodiff_widgets.errors import ImageError

from .pipeline import PipelineDenoiser

__all__ = ["StableDiffusion3Denoiser"]


class StableDiffusion3Denoiser(PipelineDenoiser):
    """Stable Diffusion 3 and 3.5."""

    def latents(self, pixels: Tensor) -> Tensor:
        """Refuse what has more patches a side than there are positions."""
        most = self.network.config.pos_embed_max_size * self.factor * self.latent_patch
        if max(pixels.shape[-2:]) > most:
            raise ImageError(
                f"The picture is {pixels.shape[-1]}x{pixels.shape[-2]} pixels and the network takes "
                f"{most} a side: crop it."
            )
        return super().latents(pixels)
