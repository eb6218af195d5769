"""An estimate that runs while it is watched: one worker, updates at a bounded rate, a way to stop it."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .errors import DeviceError, InfodiffError, NumericalError
from .turns import Turn

if TYPE_CHECKING:
    from .result import Result
    from .run import Run

__all__ = ["WAITING", "Job", "JobProgress", "Step", "reason_of", "steps_of"]

# A view is sent at most so many updates a second; what comes in between is passed over, the last never is.
LARGEST_RATE = 5.0

LONGEST_END = 60.0
"""Seconds that the end of Python waits for the steps that jobs are in."""

WAITING = "waiting for another estimate on this model"
ESTIMATING = "estimating"
"""The stage of `Run.steps` that draws; all others come before the first draw."""

_running: weakref.WeakSet[Job] = weakref.WeakSet()

State = Literal["idle", "running", "cancelled", "done", "failed"]


@dataclass(frozen=True)
class JobProgress:
    """How far a job is, as the browser is told: `Progress` in the JavaScript.

    Attributes
    ----------
    state
        "idle" (nothing was run here), "running", "cancelled", "done" or "failed".
    done, planned
        Noise draws.
    seconds_left
        None while nothing can be said.
    message
        What goes on, or what went wrong.
    """

    state: State = "idle"
    done: int = 0
    planned: int = 0
    seconds_left: float | None = None
    message: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def _stage(stage: str, done: int, total: int) -> str:
    """Return how a stage is told: what comes before the first draw is kept for the network's later runs."""
    if stage == ESTIMATING:
        return f"making the first of {total} noise draws"
    return f"{stage}, once per network: {done} of {total} draws"


def reason_of(error: BaseException) -> str:
    """Return what a reader is told of an error: its kind as well, where it is none of the package's own."""
    return str(error) if isinstance(error, InfodiffError) else f"{type(error).__name__}: {error}"


class Step(NamedTuple):
    """What a job has come to.

    Attributes
    ----------
    done
        Noise draws.
    result
        Returns the result of them, or the one before where they have none yet. Asked for only where somebody
        sees it: the network goes on meanwhile, and a GPU need not be waited for.
    """

    done: int
    result: Callable[[], Result]


def steps_of(run: Run) -> Generator[Step, None, None]:
    """Advance a run."""
    with closing(run.steps()) as steps:
        for done in steps:
            yield Step(done, run.result)


class Job:
    """Goes through steps and shows their results as they come.

    Parameters
    ----------
    show
        Called with a result or None and the progress, by the thread that runs the job, at most
        `LARGEST_RATE` times a second, and once at the end with the last result.
    planned
        Noise draws in all; may be set until it runs.
    turn
        Held during each step; None where nobody else uses the model.
    before
        Draws that were there already; the job is done when it has reached those planned.
    """

    def __init__(
        self,
        show: Callable[[Result | None, JobProgress], None],
        planned: int,
        turn: Turn | None = None,
        before: int = 0,
    ) -> None:
        self._show = show
        self.planned = planned
        self._before = before
        self._turn = turn
        self._stop = threading.Event()
        self._finished = threading.Event()
        self._began = time.monotonic()
        self._shown = -1.0
        self.error: BaseException | None = None
        self.result: Result | None = None
        self._latest: Step | None = None
        self._stage: tuple[str, int, int] | None = None
        self._bar: Callable[[str, int, int], None] | None = None

    @property
    def stage(self) -> tuple[str, int, int] | None:
        """The stage that it is at, draws done and in all, as a bar tells them; None before the first."""
        if self._latest is not None:
            return ESTIMATING, self._latest.done, self.planned
        return self._stage

    @property
    def finished(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._finished.is_set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Ask it to end after the step that it is in; what is computed is kept. Safe from any thread."""
        self._stop.set()

    def say(self, what: str) -> None:
        """Tell what goes on before the first result; always at once, since it may be so for long."""
        self._show(None, JobProgress("running", self._before, self.planned, None, what))

    def report(self, stage: str, done: int, total: int) -> None:
        """Take the estimator's own reports: they say what goes on before the first result."""
        if self._latest is not None or self._finished.is_set():
            return
        self._stage = stage, done, total
        self._advance_bar()
        if done == 0:
            self._began = time.monotonic()
            self.say(_stage(stage, done, total))
        elif stage != ESTIMATING:
            message = _stage(stage, done, total)
            self._tell(JobProgress("running", 0, self.planned, None, message))

    def start(self, steps: Iterator[Step], after: Sequence[Job] = ()) -> None:
        """Run in a thread of its own, which does not keep the process alive, once other jobs have ended."""

        def wait_and_run() -> None:
            while not (self.stopping or all(job.finished for job in after)):
                self._stop.wait(0.05)
            self.run(steps)

        _running.add(self)
        threading.Thread(target=wait_and_run, name="infodiff-estimate", daemon=True).start()

    def run(self, steps: Iterator[Step], tell: Callable[[str, int, int], None] | None = None) -> None:
        """Run here, to the end; errors are kept in `error`, not raised, but a KeyboardInterrupt cancels.

        What `tell` is told is each `stage`.
        """
        self._bar = tell
        state: State = "done"
        message = ""
        try:
            self._began = time.monotonic()
            while not self.stopping and self._advance(steps):
                self._advance_bar()
            self._take()
            if self._stop.is_set() and not self._reached:
                state = "cancelled"
        except KeyboardInterrupt:
            state = "cancelled"
            self._stop.set()
            self._rescue()
        except BaseException as error:  # nothing else would tell of it: the thread ends here
            state, message = "failed", reason_of(error)
            self.error = error
            if isinstance(error, NumericalError | DeviceError) and error.partial is not None:
                self.result = error.partial
            else:
                self._rescue()
        finally:
            close = getattr(steps, "close", None)
            if close is not None:
                close()
            done = self.result.draws if self.result is not None else self._before
            if state == "cancelled" and not message:
                message = "" if done else "stopped before the first draw"
            try:
                self._show(self.result, JobProgress(state, done, self.planned, None, message))
            finally:
                self._finished.set()

    def wait(self, timeout: float | None = None, tell: Callable[[str, int, int], None] | None = None) -> None:
        """Block until the job has ended; an interrupt cancels it.

        Parameters
        ----------
        timeout
            Seconds; None for as long as it takes.
        tell
            Called with each `stage` meanwhile, here, not in the thread of the job.

        Raises
        ------
        TimeoutError
            Where it still runs after `timeout` seconds; it goes on.
        KeyboardInterrupt
            Where it was interrupted before the first draw.
        """
        until = None if timeout is None else time.monotonic() + timeout
        try:
            self._poll(until, tell)
        except KeyboardInterrupt:
            self.cancel()
            self._poll(None)
            if self.result is None:
                raise
        if not self.finished:
            raise TimeoutError(
                f"The estimate still runs after {timeout:g} seconds; wait again, or cancel it."
            )

    def _advance(self, steps: Iterator[Step]) -> bool:
        """Take a step, and show its result where it is time to; False where there is none."""
        if self._turn is not None and self._latest is None and self._turn.taken:
            self.say(WAITING)
        with self._turn or nullcontext():
            step = next(steps, None)
            if step is None:
                return False
            self._latest = step
            if self.stopping or time.monotonic() - self._shown < 1 / LARGEST_RATE:
                return True
            before, self.result = self.result, step.result()
        self._show(self.result if self.result is not before else None, self._progress(step.done))
        self._shown = time.monotonic()
        return True

    def _take(self) -> None:
        """Take the result of all that is done."""
        if self._latest is not None:
            with self._turn or nullcontext():
                self.result = self._latest.result()

    def _rescue(self) -> None:
        """Take it where a step was broken, which may break this as well: then what was shown last is kept."""
        with suppress(Exception, KeyboardInterrupt):
            self._take()

    def _poll(self, until: float | None, tell: Callable[[str, int, int], None] | None = None) -> None:
        # Not Thread.join: an interrupt inside it can mark a living thread as finished (CPython 3.11.7).
        ended = self.finished
        while not ended:
            ended = self._finished.wait(0.1)
            if tell is not None and self.stage is not None:
                tell(*self.stage)
            if until is not None and time.monotonic() >= until:
                return

    def _advance_bar(self) -> None:
        if self._bar is not None and self.stage is not None:
            self._bar(*self.stage)

    @property
    def _reached(self) -> bool:
        if self.result is None:
            return False
        return self.result.complete and (not self._before or self.result.draws >= self.planned)

    def _progress(self, done: int) -> JobProgress:
        elapsed = time.monotonic() - self._began
        new = done - self._before
        left = elapsed / new * max(0, self.planned - done) if new else None
        return JobProgress("running", done, self.planned, left)

    def _tell(self, progress: JobProgress) -> None:
        """Show how far it is, unless something was shown just now."""
        if time.monotonic() - self._shown < 1 / LARGEST_RATE:
            return
        self._show(None, progress)
        self._shown = time.monotonic()


@atexit.register
def _end_all() -> None:
    """End what still runs as Python does: a thread that torch is in would abort the whole process."""
    left = [job for job in _running if not job.finished]
    for job in left:
        job.cancel()
    for job in left:
        job._finished.wait(LONGEST_END)
