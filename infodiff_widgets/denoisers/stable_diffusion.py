"""Stable Diffusion 1.x and 2.x and whatever shares their classes: a UNet, one text encoder, a VAE."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img import (
    StableDiffusionImg2ImgPipeline,
)
from PIL import Image
from torch import Tensor

from infodiff_widgets.channel import NoiseSchedule, to_epsilon
from infodiff_widgets.errors import PromptError, UnsupportedPipelineError
from infodiff_widgets.images import ImageRule
from infodiff_widgets.words import split_words

__all__ = ["SUPPORTED", "StableDiffusionDenoiser", "TextConditions"]

SUPPORTED = (StableDiffusionPipeline, StableDiffusionImg2ImgPipeline)
_PREDICTIONS = ("epsilon", "v_prediction", "sample")
_TEXTS_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class TextConditions:
    """Text embeddings, (prompts, tokens, width), in the network's dtype and on its device."""

    embeddings: Tensor

    def __len__(self) -> int:
        return self.embeddings.shape[0]

    def select(self, indices: Sequence[int]) -> TextConditions:
        """Return the prompts at these places."""
        return TextConditions(self.embeddings[list(indices)])


class StableDiffusionDenoiser:
    """A Stable Diffusion pipeline as a denoiser; its modules are used as they are, in evaluation mode.

    Parameters
    ----------
    pipeline
        On the device and in the dtype in which it is to run.

    Raises
    ------
    UnsupportedPipelineError
        Where its scheduler has no diffusion schedule or its UNet takes more than noised latents and text.
    """

    def __init__(self, pipeline: Any) -> None:
        unet, scheduler = pipeline.unet, pipeline.scheduler
        alphas = getattr(scheduler, "alphas_cumprod", None)
        if alphas is None:
            raise UnsupportedPipelineError(
                f"The scheduler {type(scheduler).__name__} has no alphas_cumprod, so its levels are unknown: "
                "use the diffusion scheduler that came with the model, such as DDIMScheduler."
            )
        self.prediction_type = str(scheduler.config.prediction_type)
        if self.prediction_type not in _PREDICTIONS:
            raise UnsupportedPipelineError(
                f"The scheduler's prediction_type is {self.prediction_type!r}, none of {_PREDICTIONS}."
            )
        if unet.config.in_channels != pipeline.vae.config.latent_channels:
            raise UnsupportedPipelineError(
                f"The UNet takes {unet.config.in_channels} channels and the latents have "
                f"{pipeline.vae.config.latent_channels} (an inpainting or depth model?): "
                "load a text-to-image model."
            )
        for module in (unet, pipeline.vae, pipeline.text_encoder):
            module.eval()
        self.pipeline = pipeline
        self.schedule = NoiseSchedule.from_alphas_cumprod(torch.as_tensor(alphas).double().cpu().numpy())
        self._timesteps = torch.as_tensor(self.schedule.timesteps).long()
        self._log_snr = torch.as_tensor(self.schedule.log_snr)

    @property
    def image_rule(self) -> ImageRule:
        """The UNet's sample size and the VAE's factor."""
        factor = int(self.pipeline.vae_scale_factor)
        cells = self.pipeline.unet.config.sample_size
        return ImageRule(factor * int(cells if isinstance(cells, int) else min(cells)), factor)

    @property
    def identity(self) -> dict[str, Any]:
        """Names, and hashes of the configurations and of a sample of the weights."""
        return self._identity

    @cached_property
    def _identity(self) -> dict[str, Any]:
        pipeline, unet = self.pipeline, self.pipeline.unet
        # The first and last layers tell checkpoints of one architecture apart without reading them all.
        ends = b"".join(
            layer.weight.detach().float().cpu().numpy().tobytes() for layer in (unet.conv_in, unet.conv_out)
        )
        return {
            "pipeline": type(pipeline).__name__,
            "model": str(
                getattr(unet.config, "_name_or_path", "") or pipeline.config.get("_name_or_path", "")
            ),
            "network": type(unet).__name__,
            "network_config": _digest(_plain(unet.config)),
            "network_weights": hashlib.sha256(ends).hexdigest()[:16],
            "scheduler": type(pipeline.scheduler).__name__,
            "schedule": _digest([round(float(a), 6) for a in self.schedule.log_snr]),
            "prediction_type": self.prediction_type,
            "dtype": str(unet.dtype).removeprefix("torch."),
        }

    @torch.inference_mode()
    def encode_image(self, image: Image.Image) -> Tensor:
        """Return the scaled posterior mean of the VAE, (C, h, w) float32."""
        vae, config = self.pipeline.vae, self.pipeline.vae.config
        pixels = self.pipeline.image_processor.preprocess(image)
        mean = vae.encode(pixels.to(self._device, vae.dtype)).latent_dist.mean.float()
        shift = getattr(config, "shift_factor", None) or 0.0
        return ((mean - shift) * config.scaling_factor)[0]

    @torch.inference_mode()
    def encode_prompts(self, prompts: Sequence[str]) -> TextConditions:
        """Encode texts with the pipeline's own method.

        Raises
        ------
        PromptError
            Where a text is longer than the encoder's window; it names the words that would fall away.
        """
        for prompt in prompts:
            self._check_length(prompt)
        parts = []
        for start in range(0, len(prompts), _TEXTS_AT_ONCE):
            texts = list(prompts[start : start + _TEXTS_AT_ONCE])
            parts.append(self.pipeline.encode_prompt(texts, self._device, 1, False)[0])
        return TextConditions(torch.cat(parts).to(self._device, self.pipeline.unet.dtype))

    @torch.inference_mode()
    def epsilon(self, z: Tensor, levels: Tensor, conditions: TextConditions) -> Tensor:
        """Predict the noise; see `Denoiser.epsilon`."""
        unet = self.pipeline.unet
        levels = levels.cpu()
        output = unet(
            z.to(unet.dtype),
            self._timesteps[levels].to(z.device),
            encoder_hidden_states=conditions.embeddings,
            return_dict=False,
        )[0]
        return to_epsilon(output.float(), z, self._log_snr[levels].to(z.device), self.prediction_type)

    @property
    def _device(self) -> torch.device:
        return self.pipeline._execution_device

    def _check_length(self, prompt: str) -> None:
        tokenizer = self.pipeline.tokenizer
        window = min(tokenizer.model_max_length, self.pipeline.text_encoder.config.max_position_embeddings)

        def length(text: str) -> int:
            return len(tokenizer(text, truncation=False, verbose=False).input_ids)

        if length(prompt) > window:
            lost = [word.text for word in split_words(prompt) if length(prompt[: word.stop]) > window]
            raise PromptError(
                f"The prompt has {length(prompt)} tokens and the text encoder reads {window}: shorten it. "
                f"It would not see {_enumerate(lost) or 'its end'}."
            )


def _enumerate(words: Sequence[str], limit: int = 12) -> str:
    more = f" and {len(words) - limit} more words" if len(words) > limit else ""
    return ", ".join(repr(word) for word in words[:limit]) + more


def _plain(config: Any) -> dict[str, Any]:
    return {key: value for key, value in dict(config).items() if not key.startswith("_")}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
