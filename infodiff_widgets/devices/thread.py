"""A GPU of this machine, kept busy by a thread of its own."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch

from .station import Station

__all__ = ["ThreadMember"]


class ThreadMember:
    """A station whose methods run in a thread.

    Parameters
    ----------
    station
        Its network is on the device.
    """

    def __init__(self, station: Station) -> None:
        device = station.evaluator.latents.device
        self._station = station
        self._pool = ThreadPoolExecutor(1, f"infodiff-{device}", _enter, (device,))
        self._future: Future[Any] | None = None
        self.batch_size = station.evaluator.batch_size

    @property
    def settled(self) -> bool:
        """Whether all its predictions are known to be finite."""
        return self._station.evaluator.settled

    def begin(self, name: str, *arguments: Any) -> None:
        """Have a method of the station called."""
        self._future = self._pool.submit(getattr(self._station, name), *arguments)

    def finish(self) -> Any:
        """Wait for the method; on a GPU, until all of it is on its way."""
        assert self._future is not None
        try:
            return self._future.result()
        finally:
            self.batch_size = self._station.evaluator.batch_size

    def close(self) -> None:
        """Let the thread end with what it is at, and the precision be what it was."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._station.leave_float32()


def _enter(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.set_device(device)
