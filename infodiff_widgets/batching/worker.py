"""What one device does: it holds the model, and takes pictures, one or several at a time."""

from __future__ import annotations

import threading
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from infodiff_widgets import dataset
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.denoisers.identity import apart_from_place
from infodiff_widgets.errors import BatchError, ImageError, InfodiffError, PromptError
from infodiff_widgets.estimator import estimate
from infodiff_widgets.options import Options
from infodiff_widgets.result import Result
from infodiff_widgets.run import Run
from infodiff_widgets.versions import versions

from .attempts import Attempts
from .containers import read_embedded
from .folder import plain
from .job import Job, Outcome
from .part import Part
from .picture import Picture
from .starting import Told
from .together import Counted, SharedDenoiser, at_a_time, is_indifferent

__all__ = ["MOST_UNEXPECTED", "Worker"]

MOST_UNEXPECTED = 5
"""Errors on end that are no fault of a picture, before a worker gives up: its device is broken."""

_DEFAULTS = {
    name: one.default
    for name, one in signature(estimate).parameters.items()
    if one.default is not Parameter.empty and name not in ("seed", "progress")
}


@dataclass(frozen=True)
class _Settled:
    """What all pictures have in common, so that none depends on which of them came first."""

    density: Any
    precision: str
    calls: int | None  # inputs of every call of the network, where pictures share them


class Worker:
    """Estimates pictures of a job, with the model that it loads once.

    Parameters
    ----------
    job
        What to do.
    told
        Hears what is done before the first picture.

    Raises
    ------
    InfodiffError
        Where there is no such model.
    """

    def __init__(self, job: Job, told: Told) -> None:
        self._job, self._told = job, told
        self._denoiser = as_denoiser(job.model.load())
        self._prepared = -self._checks  # evaluations for all pictures that no outcome has told of
        told("checking", 0, 0)
        self._attempts = Attempts(job.folder.root, job.session)
        self._unexpected = 0
        self._fault = ""  # of the first picture that cannot be used, where none can
        self._keeping = threading.Lock()
        self._ended = threading.Event()  # nobody waits for pictures any more
        self._shared: SharedDenoiser | None = None
        with _quiet():
            self._settled = self._settle()
        if self._settled is not None and self._settled.calls is not None:
            self._shared = SharedDenoiser(self._denoiser, self._settled.calls)
        told("estimating", 0, 0)

    def outcomes(self, pictures: Iterable[Picture]) -> Iterator[Outcome]:
        """Estimate pictures, unless that is done, keep their results, and say in order what became of each.

        Where calls of the network are shared, several pictures are worked on in threads; but one by one where
        a worker has died at one of them, so that the others are not blamed.
        """
        with _quiet():
            if self._shared is None:
                yield from map(self._outcome, pictures)
                return
            count = at_a_time(self._job.together, on_gpu=True)
            waiting: deque[Future[Outcome]] = deque()
            with ThreadPoolExecutor(count, "infodiff-picture") as pool:
                try:
                    for picture in pictures:
                        if self._attempts.deaths(picture.key):
                            while waiting:
                                yield waiting.popleft().result()
                            yield self._outcome(picture)
                            continue
                        waiting.append(pool.submit(self._outcome, picture))
                        if len(waiting) == 2 * count:
                            yield waiting.popleft().result()
                    while waiting:
                        yield waiting.popleft().result()
                except BaseException:
                    self._ended.set()
                    raise
                finally:
                    pool.shutdown(wait=False, cancel_futures=True)

    def _outcome(self, picture: Picture) -> Outcome:
        began = time.perf_counter()
        try:
            with self._attempts.at(picture.key):
                evaluations, reason = self._keep(picture), ""
            self._unexpected = 0
        except BatchError:
            raise
        except InfodiffError as error:
            evaluations, reason = 0, str(error)
        except Exception as error:  # whatever it is, the other pictures are not to blame
            evaluations, reason = 0, f"{type(error).__name__}: {error}"
            self._unexpected += 1
            if self._unexpected >= MOST_UNEXPECTED:
                raise BatchError(
                    f"{MOST_UNEXPECTED} pictures in a row failed for no reason of their own ({reason}): look "
                    "after the device or the model, and start again; what is finished is kept."
                ) from error
        with self._keeping:
            prepared = self._prepared + self._checks
            self._prepared -= prepared
        return Outcome(picture.name, reason, evaluations, time.perf_counter() - began, prepared)

    @property
    def _checks(self) -> int:
        """Evaluations by which the denoiser itself has checked its network."""
        return getattr(self._denoiser, "checks", 0)

    def _keep(self, picture: Picture) -> int:
        """Write what is wanted of a picture and is not there; the part comes last, and says that all is."""
        job, folder = self._job, self._job.folder
        if job.is_done(picture):
            return 0
        result = folder.stored(picture) if job.results else None
        evaluations = 0
        if result is None:
            result = self._estimate(picture)
            evaluations = int(result.provenance["evaluations"])
        with self._keeping:  # matplotlib is for one thread
            if job.results and evaluations:
                folder.write(folder.result(picture), lambda path: dataset.write(result.data, path))
            if job.figures:
                from infodiff_widgets.figure import grid_figure

                figure = grid_figure(result, quantity=result.quantities[0])
                folder.write(folder.figure(picture), figure.save)
            folder.write(folder.part(picture), Part.of(picture, result, job.maps).save)
        return evaluations

    def _estimate(self, picture: Picture) -> Result:
        if self._settled is None:
            fault = self._fault.rstrip(".")
            raise BatchError(
                f"None of the first {len(self._job.first)} pictures can be used ({fault}), so that the "
                "levels of noise cannot be settled: see that their paths and captions are right."
            )
        return self._run(picture, density=self._settled.density, precision=self._settled.precision)

    def _run(self, picture: Picture, **choices: Any) -> Result:
        shared = self._shared
        run = self._planned(shared or self._denoiser, picture, progress=False, **choices)
        with shared.running() if shared else nullcontext(), closing(run.steps()) as steps:
            for _ in steps:
                if self._ended.is_set():
                    raise InfodiffError("The batch ended before this picture.")
        return run.result()

    def _planned(self, denoiser: Any, picture: Picture, **choices: Any) -> Run:
        if picture.lacks:
            raise PromptError(picture.lacks)
        options = Options(
            **{**_DEFAULTS, **self._job.options, "words": picture.words, **choices},
            seed=picture.seed(self._job.seed),
        )
        return Run(denoiser, _image(picture), picture.prompt, options)

    def _settle(self) -> _Settled | None:
        """Read, or decide on the first usable picture of the table, what all have in common."""
        folder, identity = self._job.folder, self._denoiser.identity
        stored = folder.read_json("settled.json")
        if stored is None:
            began = self._begin()
            if began is None:
                return None
            content = {"identity": identity, "versions": versions(), **self._decide(began)}
            stored = folder.write_json("settled.json", content, first=True)
        if apart_from_place(stored["identity"]) != apart_from_place(plain(identity)):
            raise BatchError(
                f"{folder.root} was begun with another model, {stored['identity']}, and this one is "
                f"{identity}: give another folder, or the model that it was begun with."
            )
        return _Settled(stored["density"], stored["precision"], stored.get("calls"))

    def _begin(self) -> Result | None:
        """Make the first draws of the first picture that can be used; that calibrates."""

        def told(stage: str, done: int, total: int) -> None:
            if stage != "estimating":  # which these draws are not yet
                self._told(stage, done, total)

        choices = {"progress": told, "draws": 4, "until": None, "max_evaluations": None}
        for picture in self._job.first:
            try:
                run = self._planned(self._denoiser, picture, **choices)
                try:
                    with closing(run.steps()) as steps:
                        next(steps, None)
                finally:
                    self._prepared += run.evaluator.count
                return run.result()
            except InfodiffError as error:
                # It is listed when it is its turn.
                self._fault = self._fault or f"{picture.place}: {error}"
        return None

    def _decide(self, began: Result) -> dict[str, Any]:
        """Return density, precision and the size of calls, by the first draws of a picture."""
        said = began.provenance
        precision = self._job.options.get("precision", "auto")
        left_half = said["floor"] is not None and said["dtype"] == "float32"
        if precision == "auto":
            precision = "float32" if left_half else "pipeline"
        together = at_a_time(self._job.together, said["device"].startswith("cuda"))
        # Runs in threads cannot change the precision of a network that they share.
        share = together > 1 and (precision == "pipeline" or getattr(self._denoiser, "half", None) is None)
        if share:
            latents = self._denoiser.encode_image(began.image)
            self._told("checking", 0, 0)
            counted = Counted(self._denoiser)
            share = is_indifferent(counted, latents, said["prompts"], said["batch_size"])
            self._prepared += counted.count
        calls = said["batch_size"] if share else None
        return {"density": said["density"], "precision": precision, "calls": calls}


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold warnings back, for all threads: they are in the results."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _image(picture: Picture) -> Any:
    """Return what `load_image` takes; it would say of a missing file where the driver was begun, too."""
    if picture.inside is not None:
        return read_embedded(picture.image, picture.inside)
    if not Path(picture.image).is_file():
        raise ImageError(
            f"There is no file {picture.image}." if picture.image else "The row names no picture."
        )
    return picture.image
