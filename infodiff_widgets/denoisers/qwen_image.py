"""Qwen-Image: a rectified flow over packed latents of a video autoencoder; Qwen2.5-VL reads the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import diffusers
from torch import Tensor

from infodiff_widgets.errors import UnsupportedPipelineError

from .reading import Reader, readers_of, window_of
from .tokens import PackedDenoiser

__all__ = ["QwenImageDenoiser"]


class QwenImageDenoiser(PackedDenoiser):
    """Qwen-Image: prompts are put into a template, whose beginning is cut off again.

    Raises
    ------
    UnsupportedPipelineError
        With a diffusers whose network attends to what pads the shorter of two prompts: that would be part of
        the difference of their predictions, which is what is measured.
    """

    texts_at_once = None

    def __init__(self, pipeline: Any) -> None:
        if tuple(map(int, diffusers.__version__.split(".")[:2])) < (0, 37):
            raise UnsupportedPipelineError(
                f"Qwen-Image of diffusers {diffusers.__version__} hears what pads shorter prompts, so that "
                'words cannot be told apart: update it, pip install -U "diffusers>=0.37".'
            )
        super().__init__(pipeline)

    def heard(self, told: Tensor) -> Tensor:
        """Scale it after rounding only."""
        return told

    def latents(self, pixels: Tensor) -> Tensor:
        """Encode a video of one frame, and normalise each channel."""
        vae = self.pipeline.vae
        mean = vae.encode(pixels.unsqueeze(2)).latent_dist.mean.float()[:, :, 0]
        centre, spread = self._moments(mean)
        return (mean - centre) / spread

    def pixels(self, latents: Tensor) -> Tensor:
        """Undo `latents`."""
        vae = self.pipeline.vae
        centre, spread = self._moments(latents)
        video = vae.decode((latents * spread + centre).to(vae.dtype).unsqueeze(2)).sample
        return video[:, :, 0]

    def _moments(self, like: Tensor) -> list[Tensor]:
        config = self.pipeline.vae.config
        return [like.new_tensor(v).view(1, -1, 1, 1) for v in (config.latents_mean, config.latents_std)]

    def readers(self) -> Sequence[Reader]:
        """Count the template's end too."""
        cut = self.pipeline.prompt_template_encode_start_idx
        (reader,) = readers_of(self.pipeline, self.pipeline.prompt_template_encode.format)
        return [Reader(lambda prompt: reader.tokens(prompt) - cut, window_of(self.pipeline))]
