"""Several pictures at a time on one device: their evaluations share calls of the network.

In batches of another size a network rounds differently. So all calls have one size, with the last input again
where there are too few; then, for most networks, an input's output does not depend on what else is in the
batch or where it stands in it, and a picture has the same numbers to the byte whichever others came with it:
in another order, after a kill, on another engine. That a network is so is measured first (`is_indifferent`);
with one that is not, pictures are estimated one after the other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from infodiff_widgets.channel import NoiseSchedule
from infodiff_widgets.denoisers.base import Denoiser
from infodiff_widgets.evaluation import out_of_memory
from infodiff_widgets.images import ImageRule

from .shared_prompts import alike, joined_prompts

__all__ = ["Counted", "SharedDenoiser", "at_a_time", "is_indifferent"]

ON_GPU = 4
"""Pictures at a time on a GPU; a CPU has its hands full with one."""

_logger = logging.getLogger(__name__)


def at_a_time(asked: int | None, on_gpu: bool) -> int:
    """Return how many pictures a device is given at a time."""
    return asked or (ON_GPU if on_gpu else 1)


@dataclass(eq=False)
class _Request:
    """What one run wants to know."""

    z: Tensor
    levels: Tensor
    conditions: Any
    outputs: list[Tensor] = field(default_factory=list)
    asked: int = 0
    error: Exception | None = None

    @property
    def left(self) -> int:
        return len(self.levels) - self.asked

    @property
    def is_done(self) -> bool:
        return self.error is not None or self.left == 0

    def shares_with(self, other: _Request) -> bool:
        size = (self.z.shape[-2], self.z.shape[-1])
        return self.z.shape[1:] == other.z.shape[1:] and alike(self.conditions, other.conditions, size)


class SharedDenoiser:
    """A denoiser for runs in several threads; calls of its network are of one size, and shared.

    A run that asks for noise predictions waits until there are enough inputs for a call, or every run waits.
    Nothing else is done with the model in the meantime. It always runs in its own precision.

    Parameters
    ----------
    denoiser
        Whose network is called.
    size
        Inputs of a call. It halves itself, for good, where memory does not suffice.
    """

    shares_calls = True  # see `turns.turn_of`

    def __init__(self, denoiser: Denoiser, size: int) -> None:
        self._denoiser = denoiser
        self.size = size
        self._changed = threading.Condition(threading.RLock())
        self._waiting: list[_Request] = []
        self._running = 0

    @property
    def schedule(self) -> NoiseSchedule:
        """The trained levels."""
        return self._denoiser.schedule

    @property
    def image_rule(self) -> ImageRule:
        """The sizes of pictures."""
        return self._denoiser.image_rule

    @property
    def identity(self) -> dict[str, Any]:
        """Names, hashes, data type."""
        return self._denoiser.identity

    @property
    def doubt(self) -> str:
        """What its check has found, where it has one."""
        return getattr(self._denoiser, "doubt", "")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold while a run asks for predictions: others wait for it, so that their inputs share a call."""
        with self._changed:
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def encode_image(self, image: Image.Image) -> Tensor:
        """Return the latents of a picture."""
        with self._changed:
            return self._denoiser.encode_image(image)

    def encode_prompts(self, prompts: Sequence[str]) -> Any:
        """Encode texts."""
        with self._changed:
            return self._denoiser.encode_prompts(prompts)

    def shorten(self, prompt: str) -> str:
        """Return as much of a prompt as is read."""
        with self._changed:
            shorten = getattr(self._denoiser, "shorten", None)
            return shorten(prompt) if shorten else prompt

    def epsilon(self, z: Tensor, levels: Tensor, conditions: Any) -> Tensor:
        """Predict the noise; see `Denoiser.epsilon`."""
        request = _Request(z, levels, conditions)
        with self._changed:
            self._waiting.append(request)
            self._changed.notify_all()
            while not request.is_done:
                if sum(one.left for one in self._waiting) >= self.size or len(self._waiting) >= self._running:
                    self._call()
                    self._changed.notify_all()
                else:
                    self._changed.wait()
        if request.error is not None:
            raise request.error
        return torch.cat(request.outputs)

    def _call(self) -> None:
        """Call the network once, for the run that has waited longest and those that can share the call."""
        first, room = self._waiting[0], self.size
        taken: list[tuple[_Request, range]] = []
        for request in self._waiting:
            if room and (request is first or request.shares_with(first)):
                rows = range(request.asked, request.asked + min(room, request.left))
                taken.append((request, rows))
                room -= len(rows)
        try:
            outputs = self._predict(taken, room)
        except Exception as error:  # it is that of every run in the call
            if out_of_memory(error) and self.size > 1:
                self.size //= 2
                _logger.warning("out of memory: calls of the network now have %d inputs", self.size)
                return
            for request, _ in taken:
                request.error = error
        else:
            for (request, rows), output in zip(taken, outputs, strict=True):
                request.outputs.append(output)
                request.asked += len(rows)
        self._waiting = [request for request in self._waiting if not request.is_done]

    def _predict(self, taken: Sequence[tuple[_Request, range]], room: int) -> Sequence[Tensor]:
        # What fills the call up is the last input again.
        lists = [list(rows) for _, rows in taken]
        lists[-1] += [lists[-1][-1]] * room
        z = torch.cat([one.z[rows] for (one, _), rows in zip(taken, lists, strict=True)])
        levels = torch.cat([one.levels[rows] for (one, _), rows in zip(taken, lists, strict=True)])
        conditions = [one.conditions.select(rows) for (one, _), rows in zip(taken, lists, strict=True)]
        output = self._denoiser.epsilon(z, levels, joined_prompts(conditions, (z.shape[-2], z.shape[-1])))
        return output[: self.size - room].split([len(rows) for _, rows in taken])


class Counted:
    """A denoiser that counts the evaluations of its network."""

    def __init__(self, denoiser: Denoiser) -> None:
        self.count, self.schedule, self.encode_prompts = 0, denoiser.schedule, denoiser.encode_prompts
        self._denoiser = denoiser

    def epsilon(self, z: Tensor, levels: Tensor, conditions: Any) -> Tensor:
        """Predict the noise."""
        self.count += len(z)
        return self._denoiser.epsilon(z, levels, conditions)


@torch.inference_mode()
def is_indifferent(denoiser: Denoiser | Counted, latents: Tensor, prompts: Sequence[str], size: int) -> bool:
    """Whether an output is the same to the byte wherever it is in a batch of a size and whatever is beside.

    Measured on noised copies of a picture at levels from everywhere, under all prompts, in several orders and
    with half of the batch exchanged.

    Parameters
    ----------
    latents : (C, h, w)
        Of a picture.
    prompts
        Two or more, that are encoded together.
    size
        Inputs of a call.
    """
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn((size, *latents.shape), generator=generator).to(latents.device)
    z = latents + noise * torch.linspace(0.1, 3.0, size, device=latents.device).view(-1, 1, 1, 1)
    levels = torch.linspace(0, len(denoiser.schedule.log_snr) - 1, size).long()
    conditions = denoiser.encode_prompts(list(prompts))
    prompt = torch.arange(size) % len(prompts)
    expected = denoiser.epsilon(z, levels, conditions.select(prompt.tolist()))
    for shift in {1, size // 3, size // 2}:
        order = torch.randperm(size, generator=generator).roll(shift)
        there = order.to(z.device)
        output = denoiser.epsilon(z[there], levels[order], conditions.select(prompt[order].tolist()))
        if not torch.equal(output, expected[there]):
            return False
    kept = size - size // 2
    z[kept:], levels[kept:] = z[kept:].flip(0) * 0.5, levels[kept:].flip(0)
    output = denoiser.epsilon(z, levels, conditions.select(prompt.tolist()))
    return torch.equal(output[:kept], expected[:kept])
