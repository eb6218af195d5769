"""A picture at which workers die is given up, not tried for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infodiff_widgets.errors import InfodiffError

__all__ = ["MOST_DEATHS", "Attempts"]

MOST_DEATHS = 3


class Attempts:
    """Counts how often a picture was begun and not ended since the driver started.

    Each beginning leaves a line in a file that the end removes; so a file that is there, is of a worker that
    was killed. That the driver itself was killed counts for nothing: then the session is another.
    """

    def __init__(self, root: Path, session: str) -> None:
        self._folder = root / "attempts" / session

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
        deaths = len(path.read_text().splitlines()) if path.exists() else 0
        if deaths >= MOST_DEATHS:
            raise InfodiffError(
                f"{deaths} workers died at this picture, as they do for want of memory: try a smaller "
                "batch_size."
            )
        with path.open("a") as file:
            file.write("begun\n")
        try:
            yield
        finally:  # on an error too: the worker lives
            path.unlink(missing_ok=True)
