"""A picture at which workers die is given up, not tried for ever."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infodiff_widgets.errors import InfodiffError

__all__ = ["MOST_DEATHS", "Attempts"]

MOST_DEATHS = 3


class Attempts:
    """Counts how often a picture was begun and not ended since the driver started.

    Each beginning leaves a line, which names the process, in a file that the end removes; so a file that is
    there, is of a worker that is at the picture or was killed. That the driver itself was killed counts for
    nothing: then the session is another.
    """

    def __init__(self, root: Path, session: str) -> None:
        self._folder = root / "attempts" / session

    def deaths(self, key: str) -> int:
        """Return how many workers have died at a picture; one that is at it now counts as well."""
        try:
            return len((self._folder / key).read_text().splitlines())
        except FileNotFoundError:
            return 0

    @contextmanager
    def at(self, key: str) -> Iterator[None]:
        """Hold while a picture is worked on.

        Raises
        ------
        InfodiffError
            Where workers have died at it too often.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / key
        deaths = self.deaths(key)
        if deaths >= MOST_DEATHS:
            raise InfodiffError(
                f"{deaths} workers died at this picture, as they do for want of memory: try a smaller "
                "batch_size."
            )
        with path.open("a") as file:
            file.write(f"{platform.node()}-{os.getpid()}\n")
        try:
            yield
        finally:  # on an error too: the worker lives
            path.unlink(missing_ok=True)
