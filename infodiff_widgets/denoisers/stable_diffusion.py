"""Stable Diffusion 1.x, 2.x and XL, and whatever shares their classes: a UNet and CLIP text encoders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from infodiff_widgets.errors import UnsupportedPipelineError

from .pipeline import PipelineDenoiser

__all__ = ["StableDiffusionDenoiser", "StableDiffusionXLDenoiser"]


class StableDiffusionDenoiser(PipelineDenoiser):
    """Stable Diffusion 1.x and 2.x, text to image or image to image."""

    network_name = "unet"

    def __init__(self, pipeline: Any) -> None:
        super().__init__(pipeline)
        given, latent = self.network.config.in_channels, pipeline.vae.config.latent_channels
        if given != latent:
            raise UnsupportedPipelineError(
                f"The UNet takes {given} channels and the latents have {latent} "
                "(an inpainting or depth model?): load a text-to-image model."
            )

    @property
    def trained_side(self) -> int:
        """Of the UNet's sample size."""
        cells = self.network.config.sample_size
        return self.factor * int(cells if isinstance(cells, int) else min(cells))

    def extra_arguments(self, count: int, size: tuple[int, int]) -> Mapping[str, Any]:
        """Give image-to-image pipelines an image, all of which is to be replaced."""
        if "Img2Img" not in type(self.pipeline).__name__:
            return {}
        height, width = size
        return {"image": [Image.new("RGB", (width, height))] * count, "strength": 1.0}


class StableDiffusionXLDenoiser(StableDiffusionDenoiser):
    """Stable Diffusion XL: two text encoders, and the size of the picture as a condition."""

    def unconditional(self) -> Mapping[str, Any] | None:
        """Return zeros instead of an encoded "", where the model was trained so."""
        if not self.pipeline.config.get("force_zeros_for_empty_prompt", False):
            return None
        _, embeds, _, pooled = self.pipeline.encode_prompt("")
        return {"prompt_embeds": embeds, "pooled_prompt_embeds": pooled}
