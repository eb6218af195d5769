"""Calling the network: draws times prompts, in batches that fit into memory, checked for NaN."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import torch
from torch import Tensor

from .channel import noised
from .denoisers.base import Denoiser
from .errors import NumericalError

__all__ = ["Evaluator"]

_logger = logging.getLogger(__name__)
_DEFAULT_BATCH = {"cpu": 24}
_DEFAULT_BATCH_ON_GPU = 32


class Evaluator:
    """Noise predictions of one picture under a set of prompts.

    Parameters
    ----------
    denoiser
        The network.
    texts
        The prompts: encoded once, here.
    latents : (C, h, w)
        The picture.
    batch_size
        Most inputs per call of the network; None for a usual number. It halves itself, for good, where
        memory does not suffice.

    Attributes
    ----------
    count
        Inputs that the network has seen.
    """

    def __init__(
        self, denoiser: Denoiser, texts: Sequence[str], latents: Tensor, batch_size: int | None = None
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise ValueError(f"batch_size={batch_size}: give 1 or more, or None.")
        self.denoiser = denoiser
        self.texts = tuple(texts)
        self.latents = latents
        self.batch_size = batch_size or _DEFAULT_BATCH.get(latents.device.type, _DEFAULT_BATCH_ON_GPU)
        self.count = 0
        self._conditions = denoiser.encode_prompts(self.texts)
        self._log_snr = torch.as_tensor(denoiser.schedule.log_snr.copy())

    @torch.inference_mode()
    def __call__(self, levels: Tensor, epsilon: Tensor) -> Tensor:
        """Predict the noise of each draw under each prompt; all prompts see the same noised picture.

        Parameters
        ----------
        levels : (draws,)
            Indices into the schedule, on the CPU.
        epsilon : (draws, C, h, w)
            On the device of the latents.

        Returns
        -------
        (draws, prompts, C, h, w)
            float32.

        Raises
        ------
        NumericalError
            Where a prediction is NaN or infinite.
        """
        z = noised(self.latents, epsilon, self._log_snr[levels].to(epsilon.device))
        jobs = len(levels) * len(self.texts)
        outputs = torch.empty((jobs, *z.shape[1:]), dtype=torch.float32, device=z.device)
        start = 0
        while start < jobs:
            # Batches of one size, rather than full ones and a remainder.
            stop = start + -(-(jobs - start) // -(-(jobs - start) // self.batch_size))
            job = torch.arange(start, stop)
            draw, text = job // len(self.texts), job % len(self.texts)
            try:
                outputs[start:stop] = self.denoiser.epsilon(
                    z[draw.to(z.device)], levels[draw], self._conditions.select(text.tolist())
                )
            except (RuntimeError, MemoryError) as error:
                if not _out_of_memory(error) or self.batch_size == 1:
                    raise
                self.batch_size = max(1, (stop - start) // 2)
                _logger.warning("out of memory: the batch size is now %d", self.batch_size)
                _free(z.device)
                continue
            self.count += stop - start
            start = stop
        self._check(outputs, levels)
        return outputs.view(len(levels), len(self.texts), *z.shape[1:])

    def _check(self, outputs: Tensor, levels: Tensor) -> None:
        finite = outputs.flatten(1).isfinite().all(1)
        if bool(finite.all()):
            return
        job = int((~finite).nonzero()[0])
        level, text = int(levels[job // len(self.texts)]), self.texts[job % len(self.texts)]
        schedule = self.denoiser.schedule
        raise NumericalError(
            f"The network returned NaN or infinity at timestep {schedule.timesteps[level]:g} (log-SNR "
            f"{schedule.log_snr[level]:.2f}) for the prompt {text!r}: run it in float32, "
            "pipeline.to(torch.float32)."
        )


def _out_of_memory(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return "out of memory" in text or "can't allocate memory" in text


def _free(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
