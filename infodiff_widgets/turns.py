"""Who may use a model now: of the estimates and analyses on it, one at a time."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakValueDictionary

__all__ = ["Turn", "turn_of"]


class Turn:
    """A lock on a model: of those who use it, one at a time takes a step or encodes a prompt.

    Two calls at once would read each other's conditioning, as when a cell is run again before its first
    estimate has ended, or another cell estimates while an explorer does. A thread may take it again.
    """

    def __init__(self, model: Any) -> None:
        self._model = model  # kept, so that no other model gets its address
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @property
    def taken(self) -> bool:
        """Whether another thread has it, so that this one would have to wait."""
        free = self._lock.acquire(blocking=False)
        if free:
            self._lock.release()
        return not free


_turns: WeakValueDictionary[int, Turn] = WeakValueDictionary()
_turns_lock = threading.Lock()


def turn_of(model: Any) -> Turn:
    """Return the one lock of a pipeline or denoiser.

    A denoiser that makes one call of those of several runs, and says so by `shares_calls`, has one for each
    of them: they wait for one another in it.
    """
    if getattr(model, "shares_calls", False):
        return Turn(model)
    owner = getattr(model, "pipeline", model)
    with _turns_lock:
        return _turns.setdefault(id(owner), Turn(owner))
