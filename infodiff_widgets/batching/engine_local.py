"""One device, in this process, in the order of the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .job import Job, Outcome
from .picture import Picture
from .worker import Worker

__all__ = ["run"]


def run(job: Job, pictures: Iterable[Picture]) -> Iterator[Outcome]:
    """Yield what became of each picture as it ends."""
    yield from Worker(job).outcomes(pictures)
