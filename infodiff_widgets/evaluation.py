"""Calling the network: draws under prompts, in batches that fit into memory, checked for NaN."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .channel import noised
from .denoisers.base import Denoiser
from .errors import ArgumentError, UnsupportedPipelineError
from .soundness import Watch
from .transfer import sent

__all__ = ["MOST_TEXTS", "Evaluator", "check_batch_size", "out_of_memory"]

MOST_TEXTS = 256

_logger = logging.getLogger(__name__)
_DEFAULT_BATCH = {"cpu": 24}
_DEFAULT_BATCH_ON_GPU = 64  # room for a block of draws: four, of ten words and the prompt, are 44 inputs


class _Encoded(NamedTuple):
    """Prompts that were encoded together, and where each is."""

    conditions: Any
    place: dict[str, int]


class Evaluator:
    """Noise predictions of one picture under prompts.

    Prompts are encoded in sets of at most `MOST_TEXTS`; the first set and the latest are held. So a prompt
    is encoded once, except in long runs over so many that it falls out and is met again.

    Parameters
    ----------
    denoiser
        The network.
    latents : (C, h, w)
        The picture.
    batch_size
        Most inputs per call of the network; None for a usual number. It halves itself, for good, where
        memory does not suffice.

    devices
        Where the network is called, if not where the latents are; see `devices.SpreadEvaluator`.

    Attributes
    ----------
    batch_sizes
        As they are now, one for each of `devices`.
    count
        Inputs that the network has seen.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        latents: Tensor,
        batch_size: int | None = None,
        devices: tuple[torch.device, ...] = (),
    ) -> None:
        check_batch_size(batch_size)
        self.denoiser = denoiser
        self.latents = latents
        self.devices = devices or (latents.device,)
        self.batch_sizes = [
            batch_size or _DEFAULT_BATCH.get(device.type, _DEFAULT_BATCH_ON_GPU) for device in self.devices
        ]
        self.count = 0
        self._sets: list[_Encoded] = []
        self._log_snr = torch.as_tensor(denoiser.schedule.log_snr.copy())
        self._watch = Watch(denoiser.schedule, lambda: denoiser.identity.get("dtype"))

    @property
    def batch_size(self) -> int:
        """Most inputs per call of the network, on all devices together."""
        return sum(self.batch_sizes)

    def at_work(self) -> AbstractContextManager[None]:
        """Hold what calls of the network take; here nothing that is not held already."""
        return nullcontext()

    def in_float32(self) -> AbstractContextManager[None]:
        """Run the network in float32 for a while; one that runs in half precision can."""
        denoiser: Any = self.denoiser
        return denoiser.in_float32()

    def encodes(self, texts: Iterable[str]) -> bool:
        """Whether all of these prompts are held."""
        return all(any(text in encoded.place for encoded in self._sets) for text in texts)

    @property
    def latest_texts(self) -> list[str]:
        """The prompts of the latest set, where it is not the first."""
        return list(self._sets[-1].place) if len(self._sets) > 1 else []

    def encode(self, texts: Iterable[str], at_least: int = 1) -> None:
        """Encode those of the prompts that are not held: the first ones, as many as make a set.

        Parameters
        ----------
        texts
            Read only as far as needed.
        at_least
            How many to take in any case.
        """
        new: dict[str, int] = {}
        for text in texts:
            if text not in new and not self.encodes([text]):
                new[text] = len(new)
                if len(new) == max(MOST_TEXTS, at_least):
                    break
        if new:
            del self._sets[1:]
            self._sets.append(_Encoded(self._encoded(tuple(new)), new))

    def _encoded(self, texts: tuple[str, ...]) -> Any:
        return self.denoiser.encode_prompts(texts)

    def __call__(
        self, levels: Tensor, epsilon: Tensor, draw: NDArray[np.int64], texts: Sequence[str]
    ) -> Tensor:
        """Predict the noise of draws under prompts; all prompts of a draw see the same noised picture.

        Parameters
        ----------
        levels : (draws,)
            Indices into the schedule, on the CPU.
        epsilon : (draws, C, h, w)
            On the device of the latents.
        draw, texts : (jobs,)
            The draw and the prompt of each input.

        Returns
        -------
        (jobs, C, h, w)
            float32.

        Raises
        ------
        NumericalError
            Where a prediction is NaN or infinite.
        """
        outputs = self.ahead(levels, epsilon, draw, texts)
        self.settle()
        return outputs

    @torch.inference_mode()
    def ahead(self, levels: Tensor, epsilon: Tensor, draw: NDArray[np.int64], texts: Sequence[str]) -> Tensor:
        """Predict as a call does, without waiting for the device.

        Raises
        ------
        NumericalError
            Where a prediction, of this call or of one before it, is NaN or infinite. What is not known yet is
            said by the next call or by `settle`; see `soundness.Watch`.
        """
        device = self.latents.device
        z = noised(self.latents, epsilon, self._log_snr[levels])
        outputs = torch.empty((len(texts), *z.shape[1:]), dtype=torch.float32, device=device)
        left = list(range(len(texts)))
        while left:
            for conditions, place in tuple(self._sets):
                held = [job for job in left if texts[job] in place]
                chosen = [place[texts[job]] for job in held]
                self._predict(outputs, z, levels, torch.as_tensor(draw), held, conditions, chosen)
            left = [job for job in left if not self.encodes([texts[job]])]
            self.encode(texts[job] for job in left)
        self._watch.see(outputs, levels[torch.as_tensor(draw)], texts)
        return outputs

    @property
    def settled(self) -> bool:
        """Whether all predictions are known to be finite."""
        return self._watch.settled

    def settle(self) -> None:
        """Wait until all predictions are known to be finite.

        Raises
        ------
        NumericalError
            Where one is not.
        """
        self._watch.settle()

    def _predict(
        self,
        outputs: Tensor,
        z: Tensor,
        levels: Tensor,
        draw: Tensor,
        jobs: list[int],
        conditions: Any,
        chosen: list[int],
    ) -> None:
        """Fill in the outputs of some jobs, given the places of their prompts among the conditions."""
        start = 0
        while start < len(jobs):
            # Batches of one size, rather than full ones and a remainder.
            stop = start + -(-(len(jobs) - start) // -(-(len(jobs) - start) // self.batch_size))
            job = torch.as_tensor(jobs[start:stop])
            try:
                outputs[sent(job, z.device)] = self._predicted(
                    z[sent(draw[job], z.device)], levels[draw[job]], conditions.select(chosen[start:stop])
                )
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error) or self.batch_size == 1:
                    raise
                self.batch_sizes[0] = max(1, (stop - start) // 2)
                _logger.warning("out of memory: the batch size is now %d", self.batch_size)
                _free(z.device)
                continue
            self.count += stop - start
            start = stop

    def _predicted(self, z: Tensor, levels: Tensor, conditions: Any) -> Tensor:
        predicted = self.denoiser.epsilon(z, levels, conditions)
        if predicted.shape != z.shape:  # else it might be stretched in silence
            raise UnsupportedPipelineError(
                f"{type(self.denoiser).__name__}.epsilon returned {tuple(predicted.shape)} for "
                f"{tuple(z.shape)}: return a prediction of the noise of each latent."
            )
        return predicted


def check_batch_size(batch_size: int | None) -> None:
    """Refuse what is no size of a batch.

    Raises
    ------
    ArgumentError
        For less than 1.
    """
    if batch_size is not None and batch_size < 1:
        raise ArgumentError(f"batch_size={batch_size}: give 1 or more, or None.")


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return "out of memory" in text or "can't allocate memory" in text


def _free(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
