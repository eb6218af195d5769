"""`batch`: many pictures, through one engine or another, to tables and maps."""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from inspect import signature
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, get_args

from tqdm.auto import tqdm

from infodiff_widgets.errors import ArgumentError, BatchError
from infodiff_widgets.estimator import estimate
from infodiff_widgets.extras import require
from infodiff_widgets.files import as_path
from infodiff_widgets.listing import listed
from infodiff_widgets.loading import DTYPES
from infodiff_widgets.options import check_kinds
from infodiff_widgets.sampling import LevelDensity
from infodiff_widgets.stopping import Stop

from . import engine_local
from .folder import BatchFolder, plain
from .inputs import read_pictures
from .job import Job, ModelSource, Outcome
from .picture import Picture
from .starting import Told
from .summary import Summary

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Engine", "MapType", "batch", "check_installed"]

Engine = Literal["auto", "local", "ray"]
MapType = Literal["float16", "float32"]

_NOT_SHARED = {"model", "image", "prompt", "words", "seed", "swaps", "pairs"}
"""Parameters of `estimate` that are each picture's own."""

_NOT_HERE = {"max_seconds", "checkpoint", "progress", "devices"}
"""Those that would make results depend on the clock, or that a batch has in its own way."""

_FIRST = 100


def batch(
    pipeline: Any,
    pictures: str | os.PathLike[str] | pd.DataFrame,
    out: str | os.PathLike[str],
    *,
    engine: Engine = "auto",
    workers: int | None = None,
    address: str | None = None,
    device: str | None = None,
    dtype: str = "float32",
    seed: int = 0,
    maps: MapType = "float16",
    together: int | None = None,
    results: bool = True,
    figures: bool = False,
    progress: bool = True,
    start_timeout: float = 600,
    **options: Any,
) -> Summary:
    """Estimate all pictures of a table, and write per-word totals, maps and errors.

    Killed at any moment and called again in the same way, it goes on: what is finished is not computed again,
    what was half-written is not kept, and the tables are those of a run that nothing happened to, to the byte
    (on the same kind of device, with as many threads). Pictures that failed are tried again.

    Parameters
    ----------
    pipeline
        A folder or Hub id of a diffusers pipeline, or "scenes"; or a function that returns the model, given
        the device; or, on one device, the model itself.
    pictures
        A table or folder; see `batching.inputs.read_pictures`.
    out
        A folder, new or that of the same batch; see `batching.folder.BatchFolder` for what comes there.
    engine
        "local" works in this process, on one device, in order; "ray" on all devices of this machine or of a
        cluster, one worker for each. "auto" takes Ray for more than one device, `workers` or an `address`.
    workers
        None for one a GPU; without GPUs, one for two CPUs.
    address
        Of a Ray cluster, such as "auto" or "ray://head:10001"; None is this machine. Its machines share `out`
        and the pictures.
    device, dtype
        Where and in which precision a pipeline that is named is loaded.
    seed
        Each picture's own is made from it and from what its row says, whatever the order.
    maps
        Data type of the maps in ``maps.zarr``. The files in ``results`` have float32.
    together
        Pictures that share calls of the network on each device, so that these are full; None for 1 on a CPU
        and 4 on a GPU. Those numbers differ in the last digits from those of one picture at a time.
    results
        Keep the whole result of each picture, a file each; the explorer needs it.
    figures
        Draw each picture with its maps, a PNG for each.
    progress
        Whether there is a bar.
    start_timeout
        Seconds after which a cluster on which no worker has begun is given up, with a reason.
    **options
        Those of `estimate`: draws, quantities, until, max_evaluations, bands (None unless given), ...

    Returns
    -------
    Summary
        What was done and what failed.

    Raises
    ------
    ArgumentError
        For an option that cannot be meant, before anything is loaded or written.
    DatasetError
        Where there is no such table, or it has no such columns.
    BatchError
        Where the folder holds another batch, or no worker can begin or go on.
    KeyboardInterrupt
        On an interrupt, with how many pictures are done.

    Examples
    --------
    >>> table = pd.DataFrame({"image": ["picture.png"], "prompt": [prompt]})
    >>> summary = batch(pipeline, table, "out", draws=8)  # killed and called again, it goes on
    >>> words = pd.read_parquet("out/words.parquet")
    >>> gallery = Gallery("out")
    """
    check_installed()
    from .merge import merge  # not before: it imports both

    chosen = _checked(options)
    check_kinds({**options, "seed": seed})
    for name, number in (("together", together), ("workers", workers)):
        _check_count(name, number)
    for name, value, usual in (
        ("engine", engine, get_args(Engine)),
        ("dtype", dtype, DTYPES),
        ("maps", maps, get_args(MapType)),
    ):
        if value not in usual:
            raise ArgumentError(f"{name}={value!r}: give {listed(map(repr, usual), 'or')}.")
    found, repeated = read_pictures(pictures)
    source = ModelSource(pipeline, device, dtype)
    folder = BatchFolder(as_path(out, "out").resolve())  # workers are elsewhere
    with ExitStack() as stack:
        stack.enter_context(folder.locked())
        asked = {"model": source.name, "dtype": dtype, "seed": seed, "maps": maps, "options": chosen}
        asked |= {} if together is None else {"together": together}
        others = folder.manifest(asked, alike=_alike)
        if others and progress:
            changed = ", ".join(others)
            tqdm.write(f"{out}: begun anew, with other {changed}; no picture was done yet", file=sys.stderr)
        job = Job(
            model=source,
            folder=folder,
            options=chosen,
            seed=seed,
            maps=maps,
            together=together,
            results=results,
            figures=figures,
            first=tuple(found[:_FIRST]),
            session=uuid.uuid4().hex[:8],
        )
        stack.enter_context(_counting_what_is_done(job, found))
        left = [picture for picture in found if not job.is_done(picture)]
        began = time.perf_counter()
        start, devices = _engine(job, left, engine, workers, address, start_timeout, stack)
        (evaluations, prepared), failures = _follow(start, len(found), len(found) - len(left), progress)
        seconds = time.perf_counter() - began
        cut = merge(folder, found, failures, maps, progress=progress)
        summary = Summary(
            folder=folder.root,
            model=source.name,
            pictures=len(found),
            finished=len(found) - len(failures),
            failed=len(failures),
            before=len(found) - len(left),
            evaluations=evaluations,
            prepared=prepared,
            seconds=seconds,
            devices=devices,
            failures=tuple(
                (one.name, f"{one.place}: {failures[one.name]}") for one in found if one.name in failures
            ),
            cut=cut,
        )
        folder.write_json("summary.json", {**summary.to_dict(), "repeated_rows": repeated})
    return summary


@contextmanager
def _counting_what_is_done(job: Job, pictures: Sequence[Picture]) -> Iterator[None]:
    """Say with an interrupt, which comes at any moment, how many pictures are done: those are kept."""
    try:
        yield
    except KeyboardInterrupt:
        done = sum(map(job.is_done, pictures))
        raise KeyboardInterrupt(f"{done} of {len(pictures)} pictures are done") from None


def check_installed() -> None:
    """Raise `InfodiffError` where the packages of the extra "batch" are missing."""
    require("batch", "A batch needs", "pyarrow", "zarr")


def _check_count(name: str, number: Any) -> None:
    if number is None:
        return
    if isinstance(number, bool) or not isinstance(number, Integral):
        raise ArgumentError(f"{name}={number!r}: give a whole number, 1 or more, or None.")
    if number < 1:
        raise ArgumentError(f"{name}={number}: give 1 or more, or None.")


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    known = [name for name in signature(estimate).parameters if name not in _NOT_SHARED | _NOT_HERE]
    unknown = [name for name in options if name not in known]
    if unknown:
        raise TypeError(f"Unknown argument {', '.join(unknown)}: batch takes {', '.join(known)}.")
    # What no picture could be estimated with is refused once, not listed for each of them.
    Stop.given(options.get("until"), options.get("max_evaluations"), None)
    density = options.get("density")
    if isinstance(density, LevelDensity):
        options = {**options, "density": density.to_dict()}
    return _without_defaults({"bands": None, **options})


def _without_defaults(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that differ from those of `estimate`: a batch is the same whether these are named.

    `bands` stays, of which a batch has a default of its own.
    """
    usual = signature(estimate).parameters
    return {
        name: value
        for name, value in options.items()
        if name == "bands" or name not in usual or plain(value) != plain(usual[name].default)
    }


def _alike(name: str, was: Any, now: Any) -> bool:
    """Say whether two values of a manifest are one choice, however it was named."""
    if name == "options" and isinstance(was, Mapping):
        return _canonical(was) == _canonical(now)
    return was == now


def _canonical(options: Mapping[str, Any]) -> Any:
    """Return options of `estimate` so that equal choices are equal; older folders also name what is usual."""
    given = dict(options)
    if isinstance(given.get("quantities"), str):
        given["quantities"] = [given["quantities"]]
    if given.get("until") is not None:
        given["until"] = Stop.given(given["until"], None, None).relative_error
    return plain(_without_defaults(given))


def _engine(
    job: Job,
    left: Sequence[Picture],
    engine: Engine,
    workers: int | None,
    address: str | None,
    start_timeout: float,
    stack: ExitStack,
) -> tuple[Callable[[Told], Iterator[Outcome]], int]:
    """Return what works on the pictures that are left, and on how many devices."""
    if not left:
        return lambda _: iter(()), 1
    if _use_ray(job, engine, workers, address):
        from . import engine_ray

        if not job.model.loads:
            raise BatchError("On several devices, give the pipeline's name or a function that loads it.")
        stack.enter_context(engine_ray.connected(address, start_timeout))
        cluster = engine_ray.Cluster(workers, job.model.device)
        return partial(engine_ray.run, job, left, cluster, start_timeout), cluster.workers
    return partial(engine_local.run, job, left), 1


def _use_ray(job: Job, engine: Engine, workers: int | None, address: str | None) -> bool:
    many = address is not None or (workers or 1) > 1
    if engine == "local":
        if many:
            raise BatchError("engine='local' works on one device: leave out workers and address, or engine.")
        return False
    wanted = engine == "ray" or many
    if wanted:
        require("cluster", "Several devices need", "ray")
        return True
    return job.model.device is None and job.model.loads and _count_gpus() > 1 and find_spec("ray") is not None


def _count_gpus() -> int:
    import torch

    return torch.cuda.device_count()


def _follow(
    start: Callable[[Told], Iterator[Outcome]], total: int, before: int, progress: bool
) -> tuple[tuple[int, int], dict[str, str]]:
    """Show a bar with the rate, the time left and the failures, to the end; before the first, what is done.

    Returns
    -------
    evaluations, failures
        Of the network, for pictures and for what they have in common; and reasons by the names of pictures.
    """
    failures: dict[str, str] = {}
    evaluations = prepared = 0
    began = time.monotonic()
    with tqdm(total=total, initial=before, desc="pictures", unit="picture", disable=not progress) as bar:

        def told(stage: str, done: int, total: int) -> None:
            if progress:
                bar.set_description_str(_said(stage, done, total))
            if progress and stage == "estimating":
                bar.unpause()  # the time left is that of pictures

        for outcome in start(told):
            evaluations += outcome.evaluations
            prepared += outcome.prepared
            if outcome.reason:
                failures[outcome.name] = outcome.reason
            rate = (evaluations + prepared) / max(time.monotonic() - began, 1e-9)
            bar.set_postfix_str(f"{rate:,.0f} evaluations/s, {len(failures)} failed", refresh=False)
            bar.update()
    return (evaluations, prepared), failures


def _said(stage: str, done: int, total: int) -> str:
    """Return what stands before the bar."""
    if stage == "estimating":
        return "pictures"
    return f"{stage}, once per network: {done} of {total} draws" if total else f"{stage} the network"
