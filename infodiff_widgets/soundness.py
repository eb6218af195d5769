"""Looking for NaN and infinity in what a network returns, without making the device wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .channel import NoiseSchedule
from .errors import NumericalError

__all__ = ["Watch", "remedy_of"]


def remedy_of(dtype: str | None) -> str:
    """Return what to do about NaN from a network of a data type, None where that is not known."""
    if dtype != "float32":
        return "run it in float32, pipeline.to(torch.float32)."
    return (
        "it runs in float32, so its weights or the encoded prompt hold such values, or it overflows. "
        "See whether pipeline(prompt) makes a picture, and load it anew if not."
    )


@dataclass(frozen=True, slots=True)
class _Call:
    """One that is still to be looked at."""

    finite: Tensor
    """(jobs,); on the CPU where there is an event."""
    event: torch.cuda.Event | None
    """Passed once `finite` has arrived."""
    levels: Tensor
    texts: tuple[str, ...]


class Watch:
    """Predictions of a network, looked at in the order in which they were made.

    On the CPU at once. On other devices when the next predictions are under way, so that there is always work
    for the device and it never is more than a step ahead of what is known. On a CUDA device the answer goes
    to the CPU behind its own step, and is not waited for longer than that.

    Parameters
    ----------
    schedule
        The network's, for what is said.
    dtype
        Returns the network's data type, for what is said.
    """

    def __init__(self, schedule: NoiseSchedule, dtype: Callable[[], str | None] = lambda: None) -> None:
        self._schedule, self._dtype = schedule, dtype
        self._open: deque[_Call] = deque()

    @property
    def settled(self) -> bool:
        """Whether all predictions were looked at."""
        return not self._open

    def see(self, predictions: Tensor, levels: Tensor, texts: Sequence[str]) -> None:
        """Take predictions, and look at those before them.

        Parameters
        ----------
        predictions : (jobs, C, h, w)
        levels : (jobs,)
            Indices into the schedule, on the CPU.
        texts : (jobs,)

        Raises
        ------
        NumericalError
            Where a prediction is NaN or infinite: on the CPU one of these, elsewhere one of an earlier call.
        """
        finite, event = predictions.flatten(1).isfinite().all(1), None
        if finite.is_cuda:
            arriving = torch.empty(finite.shape, dtype=torch.bool, pin_memory=True)
            finite = arriving.copy_(finite, non_blocking=True)
            event = torch.cuda.Event()
            event.record(torch.cuda.current_stream(predictions.device))
        self._open.append(_Call(finite, event, levels, tuple(texts)))
        if _at_once(predictions.device):
            self.settle()
        while len(self._open) > 1:
            self._look()

    def settle(self) -> None:
        """Look at all that is still open, which waits for the device.

        Raises
        ------
        NumericalError
            As `see`.
        """
        while self._open:
            self._look()

    def _look(self) -> None:
        call = self._open[0]
        if call.event is not None:
            call.event.synchronize()
        finite = call.finite.cpu()
        if not bool(finite.all()):
            self._open.clear()  # what comes after it is worth nothing
            job = int((~finite).nonzero()[0])
            level, schedule = int(call.levels[job]), self._schedule
            raise NumericalError(
                f"The network returned NaN or infinity at timestep {schedule.timesteps[level]:g} (log-SNR "
                f"{schedule.log_snr[level]:.2f}) for the prompt {call.texts[job]!r}: "
                f"{remedy_of(self._dtype())}"
            )
        self._open.popleft()


def _at_once(device: torch.device) -> bool:
    return device.type == "cpu"
