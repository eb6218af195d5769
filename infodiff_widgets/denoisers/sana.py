"""Sana: a linear transformer over latents of a deterministic autoencoder; Gemma 2 reads the prompt."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from .pipeline import PipelineDenoiser
from .reading import Reader, window_of

__all__ = ["SanaDenoiser"]


class SanaDenoiser(PipelineDenoiser):
    """Sana: an instruction, which the network does not see, goes before every prompt but the empty one."""

    def told(self, timesteps: Tensor) -> Tensor:
        """Scaled as the transformer has it."""
        return timesteps * self.network.config.timestep_scale

    def latents(self, pixels: Tensor) -> Tensor:
        """Encode without a posterior: there is none."""
        vae = self.pipeline.vae
        return vae.encode(pixels).latent.float() * vae.config.scaling_factor

    def pixels(self, latents: Tensor) -> Tensor:
        """Undo `latents`."""
        vae = self.pipeline.vae
        return vae.decode((latents / vae.config.scaling_factor).to(vae.dtype)).sample

    def readers(self) -> Sequence[Reader]:
        """Count without the instruction, but its last token and the first of all, which are kept."""
        pipeline = self.pipeline
        parameters = inspect.signature(type(pipeline).__call__).parameters
        instruction = "\n".join(parameters["complex_human_instruction"].default)
        before = len(pipeline.tokenizer.encode(instruction)) - 2

        def tokens(prompt: str) -> int:
            text = instruction + pipeline._text_preprocessing(prompt, clean_caption=False)[0]
            return len(pipeline.tokenizer(text, truncation=False, verbose=False).input_ids) - before

        return [Reader(tokens, window_of(pipeline))]

    def unconditional(self) -> Mapping[str, Any] | None:
        """Return an empty prompt without the instruction."""
        _, _, embeds, mask = self.pipeline.encode_prompt("")
        return {"prompt_embeds": embeds, "prompt_attention_mask": mask}
