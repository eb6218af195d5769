"""FLUX.2: a rectified flow over packed latents that are normalised; a language model reads the prompt."""

from __future__ import annotations

from collections.abc import Sequence

from diffusers.pipelines.flux2.pipeline_flux2 import format_input
from torch import Tensor

from .reading import Reader, readers_of, window_of
from .tokens import PackedDenoiser

__all__ = ["Flux2Denoiser", "Flux2KleinDenoiser"]


class Flux2Denoiser(PackedDenoiser):
    """FLUX.2 [dev]: Mistral reads the prompt in a chat template, after a system message."""

    def latents(self, pixels: Tensor) -> Tensor:
        """Normalise each place of a 2 x 2 patch by its own moments."""
        vae = self.pipeline.vae
        mean = vae.encode(pixels).latent_dist.mean.float()
        centre, spread = self._moments()
        return self.unpack((self.pack(mean) - centre) / spread, mean)

    def pixels(self, latents: Tensor) -> Tensor:
        """Undo `latents`."""
        vae = self.pipeline.vae
        centre, spread = self._moments()
        values = self.unpack(self.pack(latents) * spread + centre, latents)
        return vae.decode(values.to(vae.dtype)).sample

    def _moments(self) -> tuple[Tensor, Tensor]:
        vae = self.pipeline.vae
        variance = vae.bn.running_var.float() + vae.config.batch_norm_eps
        return vae.bn.running_mean.float(), variance.sqrt()

    def readers(self) -> Sequence[Reader]:
        """Count the chat template too."""
        pipeline = self.pipeline

        def tokens(prompt: str) -> int:
            messages = format_input([prompt], pipeline.system_message)
            return len(pipeline.tokenizer.apply_chat_template(messages, return_dict=True)["input_ids"][0])

        return [Reader(tokens, window_of(pipeline))]


class Flux2KleinDenoiser(Flux2Denoiser):
    """FLUX.2 [klein]: Qwen3 reads the prompt in a chat template."""

    def readers(self) -> Sequence[Reader]:
        """Count the chat template too."""
        template = self.pipeline.tokenizer.apply_chat_template

        def wrap(prompt: str) -> str:
            messages = [{"role": "user", "content": prompt}]
            return template(messages, tokenize=False, add_generation_prompt=True, enable_thinking=False)

        return readers_of(self.pipeline, wrap)
