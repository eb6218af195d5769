"""Ray Data: one actor for each device, which holds the model; pictures stream to whichever is free.

What travels is where a picture is and what became of it; the pictures themselves are read, and results
written, by the actors, so that the folder has to be one that all machines share. Results are whole files, so
an actor that dies takes nothing with it but the picture it was at; Ray starts another and gives it that one.
"""

from __future__ import annotations

import json
import logging
import queue
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np
import ray
import ray.data

from infodiff_widgets.errors import BatchError

from .job import Job, Outcome
from .picture import Picture
from .starting import Starting, Told
from .together import at_a_time
from .worker import Worker

__all__ = ["Actor", "Cluster", "connected", "run"]

MOST_BLOCKS = 10_000
"""Pictures travel in so many lots at most: small ones let a busy device give to a free one."""


class Actor:
    """A worker as Ray Data calls it: with a lot of pictures, as text."""

    def __init__(self, job: Job) -> None:
        self._worker = Worker(job, Starting(job.folder, job.session).tell)

    def __call__(self, lot: dict[str, Any]) -> dict[str, Any]:
        """Estimate the pictures of a lot."""
        outcomes = self._worker.outcomes(Picture.from_json(str(text)) for text in lot["picture"])
        return {"outcome": np.array([json.dumps(asdict(outcome)) for outcome in outcomes])}


class Cluster:
    """The devices that there are, and what each actor is given of them.

    Actors that together claim every CPU would starve the task that hands pictures out, and Ray Data would
    wait for ever; so CPUs are divided, and one is left.
    """

    def __init__(self, workers: int | None, device: str | None) -> None:
        there = ray.cluster_resources()
        self.cpus, self.gpus = float(there.get("CPU", 0)), int(there.get("GPU", 0))
        on_gpu = self.gpus > 0 and not (device or "cuda").startswith("cpu")
        self.workers = workers or (self.gpus if on_gpu else max(1, int(self.cpus) // 2))
        if on_gpu and self.workers > self.gpus:
            raise BatchError(f"workers={self.workers}: this cluster has {self.gpus} GPUs; ask for no more.")
        self.num_gpus = 1 if on_gpu else 0
        free = self.cpus - 1 if self.cpus > 1 else 0.5 * self.cpus
        self.num_cpus = int(min(1.0, free / self.workers) * 1000) / 1000


@contextmanager
def connected(address: str | None, start_timeout: float) -> Iterator[None]:
    """Join a cluster, or start one on this machine; one that was there before stays."""
    if ray.is_initialized():
        yield
        return
    _connect(address, time.monotonic() + (0 if address else start_timeout))
    try:
        yield
    except KeyboardInterrupt:
        _hush()
        raise
    finally:
        ray.shutdown()


def _hush() -> None:
    """Keep to Ray's own files what its threads say, with tracebacks, of what an interrupt takes from them."""
    for name in ("ray", "ray.data"):
        for handler in logging.getLogger(name).handlers:
            if not isinstance(handler, logging.FileHandler):
                handler.setLevel(logging.CRITICAL + 1)


def _connect(address: str | None, until: float) -> None:
    """Connect; Ray gives itself half a minute to start, and needs more where the machine is busy."""
    try:
        ray.init(address=address, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # a plain Exception, where it does not start in time
        ray.shutdown()
        if time.monotonic() < until:
            _connect(address, until)
            return
        where = f"No Ray cluster answers at {address}" if address else "Ray does not start on this machine"
        raise BatchError(f"{where}: {error}") from error


def run(
    job: Job, pictures: Sequence[Picture], cluster: Cluster, start_timeout: float, told: Told
) -> Iterator[Outcome]:
    """Yield what became of each picture as it ends, in no order; `told` hears what comes before the first.

    Raises
    ------
    BatchError
        Where no worker has begun after `start_timeout` seconds, or a worker gave up.
    """
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    rows = [{"picture": picture.to_json()} for picture in pictures]
    lot = at_a_time(job.together, cluster.num_gpus > 0)
    lots = ray.data.from_items(rows, override_num_blocks=min(-(-len(rows) // lot), MOST_BLOCKS))
    outcomes = lots.map_batches(
        Actor,
        fn_constructor_args=(job,),
        batch_size=lot,
        concurrency=cluster.workers,
        num_cpus=cluster.num_cpus,
        num_gpus=cluster.num_gpus,
    )
    told("loading", 0, 0)
    yield from _watched(iter(outcomes.iter_rows()), job, cluster, start_timeout, told)


def _watched(
    rows: Iterator[dict[str, Any]], job: Job, cluster: Cluster, start_timeout: float, told: Told
) -> Iterator[Outcome]:
    """Pass outcomes on, and give up where nothing begins: Ray Data itself would wait in silence."""
    arrived: queue.Queue[dict[str, Any] | BaseException | None] = queue.Queue()

    def pump() -> None:
        try:
            for row in rows:
                arrived.put(row)
            arrived.put(None)
        except BaseException as error:
            arrived.put(error)

    threading.Thread(target=pump, name="infodiff-batch", daemon=True).start()
    starting = Starting(job.folder, job.session)
    until = time.monotonic() + start_timeout
    stage = ""
    while True:
        try:
            row = arrived.get(timeout=0.5)
        except queue.Empty:
            if stage != "estimating" and (found := starting.furthest()):
                stage = found[0]
                told(*found)
            if not stage and time.monotonic() > until:
                raise BatchError(_idle(cluster, start_timeout)) from None
            continue
        if row is None:
            return
        if isinstance(row, BaseException):
            raise _plain_error(row) from row
        if stage != "estimating":
            stage = "estimating"
            told(stage, 0, 0)
        yield Outcome(**json.loads(row["outcome"]))


def _idle(cluster: Cluster, seconds: float) -> str:
    free = ", ".join(f"{name} {value:g}" for name, value in sorted(ray.available_resources().items())[:6])
    return (
        f"No worker has begun after {seconds:g} seconds. {cluster.workers} workers of {cluster.num_cpus:g} "
        f"CPUs and {cluster.num_gpus} GPUs each were asked for; free in the cluster: {free}. Give fewer "
        "workers, free the cluster, or a longer start_timeout where loading the model takes longer."
    )


def _plain_error(error: BaseException) -> BaseException:
    """Return the worker's own error out of those that Ray puts around it."""
    seen: BaseException | None = error
    while seen is not None:
        cause = getattr(seen, "cause", None)
        for one in (seen, cause):
            if isinstance(one, BatchError):
                return BatchError(str(one).strip().splitlines()[-1])
        seen = seen.__cause__
    # Where a worker cannot even begin, its error is there as text alone, at the end of a traceback.
    said = re.findall(r"^(?:\w+\.)*\w*(?:Error|Exception): (.+)$", str(error), re.MULTILINE)
    return BatchError(f"A worker ended: {said[-1]}" if said else f"Ray stopped: {error}")
