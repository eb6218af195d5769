"""A process of its own for a copy of the network on the CPU, where threads would wait for each other.

The network travels once, through the pipe by which the process is spoken to, and never to disk. The process
ends with the run; also where the run's own process is killed, since the pipe is closed then.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import torch
from torch import Tensor

from infodiff_widgets.denoisers.base import Denoiser
from infodiff_widgets.errors import DeviceError

from .station import Station

__all__ = ["ProcessMember", "serve", "wrapped"]

_PATIENCE = 5.0


def wrapped(denoiser: Denoiser, latents: Tensor) -> bytes:
    """Return a network and a picture as they are sent to each process.

    Raises
    ------
    DeviceError
        Where it cannot be sent.
    """
    try:
        # Plain pickling, not that of multiprocessing, which would leave the weights in shared memory.
        return pickle.dumps((denoiser, latents), 5)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise DeviceError(
            f"devices: this {type(denoiser).__name__} cannot be sent to another process ({error}): define "
            "its class in a module, keep no functions or open files in it, or leave out devices."
        ) from error


class ProcessMember:
    """A station in a process of its own.

    Parameters
    ----------
    name
        What it is called in errors.
    threads
        Threads that its network may take.
    batch_size
        Most inputs per call of the network.
    """

    settled = True  # on the CPU, predictions are looked at before they are sent

    def __init__(self, name: str, threads: int, batch_size: int) -> None:
        self._name, self.batch_size, self._ready = name, batch_size, False
        context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, threads), name=name, daemon=True)
        try:
            with _no_interrupts():
                self._process.start()
        finally:
            theirs.close()  # so that its end is noticed

    def load(self, model: bytes) -> None:
        """Begin to send the network, as `wrapped` made it; `finish` waits until it is there."""
        self.begin("load", model, self.batch_size)

    def begin(self, name: str, *arguments: Any) -> None:
        """Have a method of the station called."""
        try:
            self._connection.send_bytes(pickle.dumps((name, arguments), 5))
        except OSError as error:
            raise self._ended() from error

    def finish(self) -> Any:
        """Wait for the method."""
        try:
            failed, value, self.batch_size = self._connection.recv()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        if failed:
            raise value
        self._ready = True
        return value

    def close(self) -> None:
        """End the process at once."""
        self._connection.close()
        if self._process.pid is None:
            return
        self._process.terminate()
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()

    def _ended(self) -> DeviceError:
        self._process.join(_PATIENCE)
        code = self._process.exitcode
        how = (
            f"was ended by {signal.Signals(-code).name}" if code and code < 0 else f"ended with status {code}"
        )
        remedy = (
            "perhaps there was no memory for it; give fewer devices"
            if self._ready or code == -signal.SIGKILL
            else "see what it wrote; in a script, estimate below `if __name__ == '__main__':`"
        )
        return DeviceError(f"The process {self._name} {how}: {remedy}.")


def serve(connection: Connection, threads: int) -> None:
    """Do what comes through a connection, until it is closed; what a process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the run, which ends this process
    torch.set_num_threads(threads)
    station: Station | None = None
    while True:
        failed, value = False, None
        try:
            name, arguments = connection.recv()
            if name == "load":
                station = _loaded(*arguments)
            else:
                value = getattr(station, name)(*arguments)
        except (EOFError, ConnectionError):
            return
        except Exception as error:
            failed, value = True, _portable(error)
        size = station.evaluator.batch_size if station is not None else 0
        try:
            connection.send_bytes(pickle.dumps((failed, value, size), 5))
        except ConnectionError:
            return


def _loaded(model: bytes, batch_size: int) -> Station:
    try:
        denoiser, latents = pickle.loads(model)  # noqa: S301 - from the process that began this one
    except (AttributeError, ImportError) as error:
        raise DeviceError(
            f"devices: the network cannot be made in another process ({error}); define its class in a module "
            "that can be imported, or leave out devices."
        ) from error
    return Station(denoiser, latents, batch_size)


def _portable(error: Exception) -> Exception:
    """Return an error that can be sent, with what led to it."""
    told = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - its own
    except Exception:
        error = DeviceError(f"{type(error).__name__}: {error}")
    error.add_note(f"In a process on the CPU:\n{told}")
    return error


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Keep Ctrl-C, which goes to all processes of a terminal, from one that is being started."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
