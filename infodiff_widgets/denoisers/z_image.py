"""Z-Image: a rectified flow told the time from noise to picture; it takes lists; Qwen3 reads the prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from .pipeline import PipelineDenoiser
from .reading import Reader, readers_of

__all__ = ["ZImageDenoiser"]


class ZImageDenoiser(PipelineDenoiser):
    """Z-Image."""

    timestep_name = "t"
    output_sign = -1

    @property
    def latent_patch(self) -> int:
        """Of the transformer as the pipeline calls it."""
        return 2

    @property
    def trained_side(self) -> int:
        """As the pipeline's call has it."""
        return 1024

    def extra_arguments(self, count: int, size: tuple[int, int]) -> Mapping[str, Any]:  # noqa: ARG002
        """Set the guidance to what stands for none here."""
        return {"guidance_scale": 0.0}

    def told(self, timesteps: Tensor) -> Tensor:
        """From 0 (noise) to 1 (picture)."""
        return (1000 - timesteps) / 1000

    def pack(self, x: Tensor) -> list[Tensor]:
        """Make a list of videos of one frame."""
        return list(x.unsqueeze(2).unbind())

    def unpack(self, output: Any, like: Tensor) -> Tensor:  # noqa: ARG002
        """Undo `pack`."""
        return torch.stack(output).squeeze(2)

    def readers(self) -> Sequence[Reader]:
        """Count the chat template too."""
        template = self.pipeline.tokenizer.apply_chat_template

        def wrap(prompt: str) -> str:
            messages = [{"role": "user", "content": prompt}]
            return template(messages, tokenize=False, add_generation_prompt=True, enable_thinking=True)

        return readers_of(self.pipeline, wrap)
