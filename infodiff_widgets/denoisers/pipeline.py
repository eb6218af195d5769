"""Any diffusers pipeline as a denoiser: its conditioning is recorded, and replayed with our latents."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Any, Self

import torch
from PIL import Image
from torch import Tensor

from infodiff_widgets.channel import NoiseSchedule, network_input, to_epsilon
from infodiff_widgets.errors import UnsupportedPipelineError
from infodiff_widgets.images import ImageRule
from infodiff_widgets.transfer import sent

from .conditions import RecordedConditions
from .elsewhere import copied_to
from .half import half_of, in_float32, is_held, own_dtype
from .identity import digest, identify
from .parametrisation import read_scheduler
from .prompts import PromptRecorder
from .reading import Reader, check_prompts, readers_of, shortened
from .recording import is_distilled
from .verification import verify

__all__ = ["PipelineDenoiser"]


class PipelineDenoiser:
    """A pipeline as a denoiser; its modules are used as they are, in evaluation mode.

    What differs from one family of pipelines to the next is below "the family's part": a subclass overrides
    what is not as usual.

    Parameters
    ----------
    pipeline
        On the device and in the dtype in which it is to run.

    Raises
    ------
    UnsupportedPipelineError
        Where its scheduler has no known schedule, or its network takes more than noised latents and text.
    """

    # The family's part.
    network_name = "transformer"
    timestep_name = "timestep"
    output_sign = 1
    """-1 for a flow whose network points from noise to picture."""
    texts_at_once: int | None = 32
    """Prompts to encode in one call; None for all, where they are padded to the longest."""

    def audible(self, schedule: NoiseSchedule) -> NoiseSchedule:
        """Leave out the levels that the network cannot tell from others."""
        return schedule

    def told(self, timesteps: Tensor) -> Tensor:
        """Turn the scheduler's timesteps into what the network is told."""
        return timesteps

    def pack(self, x: Tensor) -> Any:
        """Turn latents, (B, C, h, w) in the network's dtype, into what the network takes."""
        return x

    def unpack(self, output: Any, like: Tensor) -> Tensor:
        """Turn what the network returns into the grid of the latents `like`."""
        return output[:, : like.shape[1]]  # some predict a variance as well

    def latents(self, pixels: Tensor) -> Tensor:
        """Encode (1, 3, H, W) in -1..1 to the latents of the diffusion, (1, C, h, w) float32."""
        vae, config = self.pipeline.vae, self.pipeline.vae.config
        mean = vae.encode(pixels).latent_dist.mean.float()
        if config.get("latents_mean") is not None and config.get("latents_std") is not None:
            centre, spread = (mean.new_tensor(config[f"latents_{name}"]) for name in ("mean", "std"))
            mean = (mean - centre.view(1, -1, 1, 1)) / spread.view(1, -1, 1, 1)
        shift = config.get("shift_factor") or 0.0
        return (mean - shift) * config.scaling_factor

    def pixels(self, latents: Tensor) -> Tensor:
        """Decode latents of the diffusion, (B, C, h, w) float32, to (B, 3, H, W), about -1..1."""
        vae, config = self.pipeline.vae, self.pipeline.vae.config
        values = latents / config.scaling_factor + (config.get("shift_factor") or 0.0)
        if config.get("latents_mean") is not None and config.get("latents_std") is not None:
            centre, spread = (values.new_tensor(config[f"latents_{name}"]) for name in ("mean", "std"))
            values = values * spread.view(1, -1, 1, 1) + centre.view(1, -1, 1, 1)
        return vae.decode(values.to(vae.dtype)).sample

    def readers(self) -> Sequence[Reader]:
        """Say how much of a prompt is read."""
        return readers_of(self.pipeline)

    def unconditional(self) -> Mapping[str, Any] | None:
        """Return the call's arguments for "", where the pipeline's unconditional is no plain empty prompt."""
        return None

    def extra_arguments(self, count: int, size: tuple[int, int]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return more arguments of the call, for so many prompts and a size (height, width) in pixels."""
        return {}

    @property
    def latent_patch(self) -> int:
        """Both sides of the latents are multiples of this."""
        return int(self.network.config.get("patch_size") or 1)

    @property
    def trained_side(self) -> int:
        """Length of the shorter side of the pictures that it was trained on, in pixels.

        Of the pipeline's sample size, or of the network's where the pipeline has none.
        """
        cells = getattr(self.pipeline, "default_sample_size", None) or self.network.config.sample_size
        return int(cells) * self.factor

    @property
    def factor(self) -> int:
        """Pixels to a latent cell."""
        return int(self.pipeline.vae_scale_factor)

    # What all have in common.
    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        for name in (self.network_name, "vae", "scheduler", *_of_text(pipeline)):
            if getattr(pipeline, name, None) is None:
                raise UnsupportedPipelineError(
                    f"{type(pipeline).__name__} has no {name}: load the whole pipeline."
                )
        self.network = getattr(pipeline, self.network_name)
        self._dtype = own_dtype(self.network)
        schedule, self.prediction_type = read_scheduler(pipeline.scheduler)
        self.schedule = self.audible(schedule)
        for part in pipeline.components.values():
            if isinstance(part, torch.nn.Module):
                part.eval()
        self._timesteps = torch.as_tensor(self.schedule.timesteps.copy())
        self._log_snr = torch.as_tensor(self.schedule.log_snr.copy())
        self._recorder = PromptRecorder(self)
        cells = self.trained_side // self.factor
        self._size = cells, cells  # of the latest picture
        self._mentioned = ""
        self._verified = False
        self.checks = 0
        """Evaluations by which the output was verified: none before the first picture, or if known before."""
        self.doubt = ""
        """What that found, where numbers from this network may mean nothing; results have it as a warning."""

    @property
    def image_rule(self) -> ImageRule:
        """The sizes of pictures: whole latent cells, and multiples of 8, on which diffusers insists."""
        return ImageRule(self.trained_side, math.lcm(self.factor * self.latent_patch, 8))

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Names, and hashes of the configurations and of a sample of the weights."""
        found = {
            **identify(self.pipeline, self.network),
            "schedule": digest([round(float(a), 6) for a in self.schedule.log_snr]),
            "prediction_type": ("-" if self.output_sign < 0 else "") + self.prediction_type,
        }
        if is_distilled(self.network):
            found["guidance"] = "distilled, told 1: conditional densities are approximate"
        return found

    @torch.inference_mode()
    def encode_image(self, image: Image.Image) -> Tensor:
        """Return the scaled posterior mean of the VAE, (C, h, w) float32.

        Raises
        ------
        UnsupportedPipelineError
            Where the network's output contradicts the scheduler; found out on the first picture.
        """
        pixels = self.pipeline.image_processor.preprocess(image)
        with self._sound_vae() as dtype:
            latents = self.latents(pixels.to(self._device, dtype))[0]
        self._size = (latents.shape[-2], latents.shape[-1])
        if not self._verified:
            self.checks, self.doubt = verify(self, latents)
            self._verified = True
        return latents

    @torch.inference_mode()
    def decode_latents(self, latents: Tensor) -> list[Image.Image]:
        """Return the RGB pictures of latents, (B, C, h, w); the way back from `encode_image`."""
        with self._sound_vae():
            pixels = self.pixels(latents.float().to(self._device))
        return self.pipeline.image_processor.postprocess(pixels.float(), output_type="pil")

    @contextmanager
    def _sound_vae(self) -> Iterator[torch.dtype]:
        """Yield the data type in which the VAE then is: some overflow in half precision, and say so."""
        vae = self.pipeline.vae
        dtype = vae.dtype
        upcast = dtype == torch.float16 and vae.config.get("force_upcast", False)
        try:
            if upcast:
                vae.to(torch.float32)
            yield vae.dtype
        finally:
            if upcast:
                vae.to(dtype)

    @torch.inference_mode()
    def encode_prompts(self, prompts: Sequence[str]) -> RecordedConditions:
        """Encode texts by the pipeline's own call.

        Raises
        ------
        PromptError
            Where a text is longer than what the text encoders read; it names the words that would fall away.
        """
        readers = self.readers()
        self._mentioned = check_prompts(prompts, readers, self._mentioned)
        conditions = self._recorder.conditions(tuple(prompts))
        conditions.prepare(self._size)
        return conditions

    def shorten(self, prompt: str) -> str:
        """Return as much of a prompt, from its beginning, as the text encoders read; whole words."""
        return shortened(prompt, self.readers())

    @torch.inference_mode()
    def epsilon(self, z: Tensor, levels: Tensor, conditions: RecordedConditions) -> Tensor:
        """Predict the noise; see `Denoiser.epsilon`."""
        levels = levels.cpu()
        return to_epsilon(self.output(z, levels, conditions), z, self._log_snr[levels], self.prediction_type)

    @property
    def half(self) -> str | None:
        """The half precision in which the network runs, None where it runs in a wider or a narrower type."""
        return half_of(self.network)

    @property
    def is_held_in_float32(self) -> bool:
        """Whether another run has taken the network out of half precision, for as long as it lasts."""
        return is_held(self.network)

    def in_float32(self) -> AbstractContextManager[None]:
        """Run the network in float32 for a while; its half-precision weights come back as they were."""
        return in_float32(self.network)

    def copy_to(self, device: torch.device) -> Self:
        """Return a denoiser of a copy of the pipeline on another device.

        Raises
        ------
        DeviceError
            Where the pipeline moves its parts to and from the device by itself.
        """
        return copied_to(self, self.pipeline, device)

    def output(self, z: Tensor, levels: Tensor, conditions: RecordedConditions) -> Tensor:
        """Call the network; (B, C, h, w) float32, of the sign that the prediction type has.

        Raises
        ------
        UnsupportedPipelineError
            Where its data type is no longer that of which `schedule` and `identity` are.
        """
        dtype = self.network.dtype
        if own_dtype(self.network, dtype) != self._dtype:
            was, now = (str(t).removeprefix("torch.") for t in (self._dtype, own_dtype(self.network)))
            raise UnsupportedPipelineError(
                f"This denoiser was made of a network in {was}, which is in {now} since: make another of the "
                "pipeline, as_denoiser(pipeline), and begin the estimate anew."
            )
        scaled = network_input(z, self._log_snr[levels], self.prediction_type)
        whole = self.prediction_type != "flow_prediction"
        told = self.told(self._timesteps[levels]).to(torch.int64 if whole else torch.float32)
        arguments = {
            **conditions.arguments((z.shape[-2], z.shape[-1]), dtype),
            self._recorder.latents_name: self.pack(scaled.to(dtype)),
            self.timestep_name: sent(told, z.device),
            "return_dict": False,
        }
        return self.output_sign * self.unpack(self.network(**arguments)[0], z).float()

    @property
    def _device(self) -> torch.device:
        return self.pipeline._execution_device


def _of_text(pipeline: Any) -> list[str]:
    """Name the parts by which a pipeline of this class reads prompts, but those that it can do without."""
    # SD3 reads without its T5, as many load it, but does not call that optional.
    optional = {*type(pipeline)._optional_components, "text_encoder_3", "tokenizer_3"}
    return [
        name
        for name in pipeline.components
        if name.startswith(("text_encoder", "tokenizer")) and name not in optional
    ]
