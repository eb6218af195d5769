"""Lumina Image 2.0: a rectified flow told the time from noise to picture; Gemma 2 reads the prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from .pipeline import PipelineDenoiser
from .reading import Reader, readers_of

__all__ = ["Lumina2Denoiser"]


class Lumina2Denoiser(PipelineDenoiser):
    """Lumina Image 2.0: a system prompt goes before every prompt but the empty one."""

    output_sign = -1

    def told(self, timesteps: Tensor) -> Tensor:
        """From 0 (noise) to 1 (picture)."""
        return 1 - timesteps / self.pipeline.scheduler.config.num_train_timesteps

    def readers(self) -> Sequence[Reader]:
        """Count the system prompt too."""
        return readers_of(
            self.pipeline, lambda prompt: f"{self.pipeline.system_prompt} <Prompt Start> {prompt}"
        )

    def unconditional(self) -> Mapping[str, Any] | None:
        """Return an empty prompt without the system prompt."""
        _, _, embeds, mask = self.pipeline.encode_prompt([""])
        return {"prompt_embeds": embeds, "prompt_attention_mask": mask}
