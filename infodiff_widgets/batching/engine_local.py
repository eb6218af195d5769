"""One device, in this process, in the order of the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .job import Job, Outcome
from .picture import Picture
from .starting import Told
from .worker import Worker

__all__ = ["run"]


def run(job: Job, pictures: Iterable[Picture], told: Told) -> Iterator[Outcome]:
    """Yield what became of each picture as it ends; `told` hears what comes before the first."""
    told("loading", 0, 0)
    yield from Worker(job, told).outcomes(pictures)
