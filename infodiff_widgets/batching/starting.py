"""How far workers are before their first picture; they may be elsewhere, and the folder is what all share."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable

from .folder import BatchFolder

__all__ = ["Starting", "Told"]

Told = Callable[[str, int, int], None]
"""Is told (stage, done, of so many): "loading", "checking", those of `Run`, "estimating"; some 0 of 0."""

_SECONDS_BETWEEN = 0.5


class Starting:
    """Notes of the workers of one start, a file each; one is there as soon as a worker has its network."""

    def __init__(self, folder: BatchFolder, session: str) -> None:
        self._folder, self._name = folder, f"started/{session}"
        self._latest = "", 0.0

    def tell(self, stage: str, done: int, total: int) -> None:
        """Note how far this worker is; not each draw, where they are fast."""
        now = time.monotonic()
        if stage == self._latest[0] and now - self._latest[1] < _SECONDS_BETWEEN:
            return
        self._latest = stage, now
        note = {"stage": stage, "done": done, "total": total}
        self._folder.write_json(f"{self._name}/{platform.node()}-{os.getpid()}.json", note)

    def furthest(self) -> tuple[str, int, int] | None:
        """Return what the worker that is furthest has noted; None while none has begun."""
        names = [path.name for path in (self._folder.root / self._name).glob("[!.]*.json")]
        notes = [self._folder.read_json(f"{self._name}/{name}") for name in names]
        found = [(one["stage"], one["done"], one["total"]) for one in notes if one]
        return max(found, key=lambda one: (_RANKS.get(one[0], 1), one[1]), default=None)


# What rounding adds is told between the first and the second.
_RANKS = {"checking": 0, "calibrating": 2, "estimating": 3}
