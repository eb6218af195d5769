"""An evaluator that divides its inputs among devices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infodiff_widgets.denoisers.base import Denoiser
from infodiff_widgets.errors import DeviceError
from infodiff_widgets.evaluation import Evaluator
from infodiff_widgets.transfer import sent

from .process import ProcessMember, wrapped
from .station import Member, Station
from .thread import ThreadMember

__all__ = ["SpreadEvaluator", "evaluator_on"]


@runtime_checkable
class _Movable(Protocol):
    """A denoiser of which there can be copies on other devices."""

    def copy_to(self, device: torch.device) -> Self: ...


def evaluator_on(
    devices: tuple[torch.device, ...] | None, denoiser: Denoiser, latents: Tensor, batch_size: int | None
) -> Evaluator:
    """Return an evaluator on devices, of which None are those where the network is."""
    if devices is None or devices == (latents.device,):
        return Evaluator(denoiser, latents, batch_size)
    return SpreadEvaluator(denoiser, latents, batch_size, devices)


class SpreadEvaluator(Evaluator):
    """An evaluator whose inputs go to several devices, contiguous shares of each call.

    It predicts within `at_work`, which holds a copy of the network on each device: in a thread for a GPU,
    in a process for each time that the CPU is named. The GPU on which the network is already has no copy.

    Parameters
    ----------
    denoiser, latents, batch_size
        As for `Evaluator`; `batch_size` is for each device.
    devices
        More than one, or another than that of the latents.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        latents: Tensor,
        batch_size: int | None,
        devices: tuple[torch.device, ...],
    ) -> None:
        super().__init__(denoiser, latents, batch_size, devices)
        self._members: tuple[Member, ...] = ()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Hold a copy of the network on each device.

        Raises
        ------
        DeviceError
            Where a device cannot take it.
        """
        with ExitStack() as stack:
            self._members = self._begun(stack)
            try:
                for held in self._sets:
                    self._together("encode", tuple(held.place))
                yield
            finally:
                self._members = ()

    @contextmanager
    def in_float32(self) -> Iterator[None]:
        """Run all copies in float32 for a while."""
        self._together("enter_float32")
        try:
            yield
        except Exception:
            self._together("leave_float32")
            raise
        # Not where a run is cut short, with a call unanswered: its copies end, the network itself comes back.
        self._together("leave_float32")

    def ahead(self, levels: Tensor, epsilon: Tensor, draw: NDArray[np.int64], texts: Sequence[str]) -> Tensor:
        """Predict as `Evaluator.ahead` does, on all devices."""
        calls, idle = [], []
        for member, size, job in zip(self._members, self.batch_sizes, self._shares(len(texts)), strict=True):
            if job.start == job.stop:
                idle.append(member)
                continue
            own = draw[job]
            first, last = int(own.min()), int(own.max()) + 1
            share = levels[first:last], epsilon[first:last], own - first, tuple(texts[job])
            calls.append((member, (*share, size)))
        outputs = self._each("predict", calls)
        self._settle(idle)  # the others have looked at what they did before
        self.batch_sizes = [member.batch_size for member in self._members]
        self.count += len(texts)
        return torch.cat([sent(part, self.latents.device) for part in outputs])

    @property
    def settled(self) -> bool:
        """Whether all predictions are known to be finite."""
        return all(member.settled for member in self._members)

    def settle(self) -> None:
        """Wait until all predictions are known to be finite."""
        self._settle(self._members)

    def _settle(self, members: Iterable[Member]) -> None:
        self._each("settle", [(member, ()) for member in members if not member.settled])

    def _encoded(self, texts: tuple[str, ...]) -> Any:
        if not self._members:  # before the run: what cannot be encoded is said at once
            return super()._encoded(texts)
        self._together("encode", texts)
        return None

    def _shares(self, count: int) -> list[slice]:
        """Divide inputs by the batch sizes of the devices."""
        ends = np.rint(np.cumsum(self.batch_sizes) / self.batch_size * count).astype(int).tolist()
        return [slice(start, stop) for start, stop in zip([0, *ends], ends, strict=False)]

    def _together(self, name: str, *arguments: Any) -> None:
        self._each(name, [(member, arguments) for member in self._members])

    def _each(self, name: str, calls: Sequence[tuple[Member, tuple[Any, ...]]]) -> list[Any]:
        """Have a method called on several devices; wait for all, then raise what the first has raised."""
        found, failure, begun = [], None, []
        for member, arguments in calls:
            try:
                member.begin(name, *arguments)
                begun.append(member)
            except DeviceError as error:
                failure = failure or error
        for member in begun:
            try:
                found.append(member.finish())
            except Exception as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return found

    def _begun(self, stack: ExitStack) -> tuple[Member, ...]:
        members: list[Member] = []
        processes: list[ProcessMember] = []
        cpus = sum(device.type == "cpu" for device in self.devices)
        for device, size in zip(self.devices, self.batch_sizes, strict=True):
            if device.type == "cpu":
                name = f"{len(processes) + 1} of {cpus} on the CPU"
                member = ProcessMember(name, max(1, torch.get_num_threads() // cpus), size)
                processes.append(member)
            else:
                member = ThreadMember(Station(self._copy(device), sent(self.latents, device), size))
            stack.enter_context(closing(member))
            members.append(member)
        if processes:
            cpu = torch.device("cpu")
            model = wrapped(self._copy(cpu), self.latents.to(cpu))
            for member in processes:  # all are starting by now
                member.load(model)
            for member in processes:
                member.finish()
        return tuple(members)

    def _copy(self, device: torch.device) -> Denoiser:
        if device == self.latents.device:
            return self.denoiser
        if not isinstance(self.denoiser, _Movable):
            raise DeviceError(
                f"devices: {type(self.denoiser).__name__} is on {self.latents.device} and has no method "
                f"copy_to(device), so that it cannot be had on {device}."
            )
        return self.denoiser.copy_to(device)
