"""The engine of `estimate` and `stream`: one run, advanced block by block."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .assembly import assembled
from .calibration import PILOT_DRAWS, cache_file, load_density, pilot, save_density
from .checkpoint import Checkpoint, load, save
from .devices import evaluator_on
from .done import Done
from .errors import DeviceError, NotReadyError, NumericalError
from .evaluation import Evaluator
from .options import Options
from .precision import Floor, floor_of, running_in
from .progress import reporter
from .question import Question
from .result import Result
from .running import half_integrands
from .sampling import Design, LevelDensity
from .stopping import Stop
from .transfer import sent, widest
from .turns import turn_of

__all__ = ["Run"]

_logger = logging.getLogger(__name__)
_SECONDS_BETWEEN_SAVES = 3.0


class Run:
    """One estimate in progress.

    Everything that a user can get wrong is checked on construction; the network is first called for its
    encoders there, and for noise predictions in `steps`.

    Parameters
    ----------
    model, image, prompt, options
        As the user gave them.
    prepared
        False leaves the encoders, and what only they can find wrong, to `prepare` or `steps`.

    Attributes
    ----------
    question
        What is asked.
    draws
        Planned.
    """

    def __init__(
        self, model: Any, image: Any, prompt: str, options: Options, *, prepared: bool = True
    ) -> None:
        question = Question.of(model, image, prompt, options)
        self.question, self.draws = question, question.draws
        self._turn = turn_of(model)
        if prepared:
            self.prepare()
        self._stop, self._density = question.stop, question.density
        self._design: Design | None = None
        self._pilot_evaluations = 0
        self._floor: Floor | None = None
        self._dtype: str | None = None
        self._done = Done()
        self._sound = self._done  # as far as its predictions are known to be finite
        self._counted = 0  # evaluations for these draws, and for none that an interrupt cut short
        self._kept = 0, 0.0  # draws in the checkpoint, and when it was written
        self.stopped: str | None = None
        """What ended the run before its last draw: "until", "max_evaluations", "max_seconds", or nothing."""

    @cached_property
    def evaluator(self) -> Evaluator:
        """Calls the network; it has read the picture and the prompts."""
        question = self.question
        evaluator = evaluator_on(
            question.devices, question.denoiser, question.latents, question.options.batch_size
        )
        evaluator.encode(question.texts(), at_least=len(question.plan.texts))
        return evaluator

    def prepare(self, tell: Callable[[str], None] | None = None) -> None:
        """Have the picture and the prompts encoded; a pipeline is checked on its first picture.

        Parameters
        ----------
        tell
            Called with what goes on.
        """
        say = tell or (lambda _: None)
        with self._turn:
            say("reading the picture and checking the model")
            _ = self.question.latents
            say("reading the prompts")
            _ = self.evaluator

    @property
    def draws_done(self) -> int:
        """Draws that the result would hold now."""
        return self._done.count

    def steps(self) -> Generator[int, None, None]:
        """Advance the run, and yield the number of draws done after each step.

        A step is a block of draws, or as many as fill a batch of the network. Called again after it was
        closed, it goes on where it was. Other estimates on the same model have their turns between steps.
        """
        steps = self._at_work()
        try:
            while True:
                with self._turn:
                    done = next(steps, None)
                if done is None:
                    return
                yield done
        finally:
            with self._turn:
                steps.close()

    def _at_work(self) -> Generator[int, None, None]:
        question, precision = self.question, self.question.options.precision
        with self.evaluator.at_work():
            if precision != "float32" and not self.draws_done:
                self._floor = floor_of(
                    self.evaluator, question.plan, question.quadrature, question.options.progress
                )
                self._pilot_evaluations = self.evaluator.count
            with running_in(precision, self.evaluator, self._floor) as self._dtype:
                try:
                    yield from self._steps()
                finally:
                    # Cut short, it keeps its last step only if that is sound.
                    with suppress(NumericalError, DeviceError):
                        self._settle()
                    self._keep()

    def lift_limits(self) -> None:
        """Forget what has ended the run early, or would: `steps` then goes on to its last planned draw."""
        self.stopped, self._stop = None, Stop()

    def _steps(self) -> Generator[int, None, None]:
        stored = self._stored() if not self.draws_done else None
        density = self._density or self._calibrated()
        options = self.question.options
        design = Design.systematic(self.question.quadrature, density, self.draws, options.seed, options.start)
        self._density, self._design = density, design
        if stored is not None:
            self._resume(stored, design)
        began = time.monotonic()
        self._kept = self.draws_done, began
        with reporter(options.progress, "estimating", self.draws) as report:
            if self.draws_done:
                report(self.draws_done)
                yield self.draws_done
            while blocks := self._next(design):
                started = time.monotonic()
                self._advance(design, blocks)
                now = time.monotonic()
                self._stopped_by(now - began, now - started)
                ended = self.stopped is not None or self.draws_done == self.draws
                if ended:
                    self._settle()
                if options.checkpoint is not None and (ended or now - self._kept[1] > _SECONDS_BETWEEN_SAVES):
                    self._settle()
                    self._keep()
                report(self.draws_done)
                yield self.draws_done

    def _next(self, design: Design) -> tuple[NDArray[np.int64], ...]:
        """Return the blocks of the next step, none where the run has ended, with their prompts encoded."""
        blocks = design.blocks[len(self._done.draws) :]
        if not blocks or self.stopped is not None:
            return ()
        first = self.question.jobs(blocks[0]).texts
        if self._stop.overspent(self._spent + len(first)):
            self.stopped = "max_evaluations"
            return ()
        if not self.evaluator.encodes(first):
            self.evaluator.encode(text for block in blocks for text in self.question.jobs(block).texts)
        chosen = blocks[: max(1, self.evaluator.batch_size // len(first))]
        while self._stop.overspent(
            self._spent + sum(len(self.question.jobs(block).texts) for block in chosen)
        ):
            chosen = chosen[:-1]
        return chosen

    def _stopped_by(self, elapsed: float, step: float) -> None:
        """Note what ends the run, where something does."""
        if self.draws_done == self.draws:
            return
        if self._stop.late(elapsed, step):
            self.stopped = "max_seconds"
        if self._accurate():
            self.stopped = "until"

    def _accurate(self) -> bool:
        """Whether the totals are as accurate as was asked, where that was."""
        if self._stop.relative_error is None:
            return False
        draw, _, halves = self._done.in_order()
        assert self._design is not None
        return self._stop.accurate(halves[0] / self._design.density[draw], draw, self.draws)

    @property
    def _spent(self) -> int:
        return self.evaluator.count - self._pilot_evaluations

    def _stored(self) -> Checkpoint | None:
        """Read the checkpoint, and the level density of the run that it belongs to."""
        path = self.question.options.checkpoint
        found = (
            load(Path(path), self.question.key, self.evaluator.latents.device) if path is not None else None
        )
        if found is not None:
            self._density = LevelDensity.from_dict(found.state["density"])
        return found

    def _keep(self) -> None:
        """Write the checkpoint, where one is wanted and does not hold what is done."""
        path = self.question.options.checkpoint
        if path is not None and self.draws_done > self._kept[0]:
            save(Path(path), self._checkpoint())
            self._kept = self.draws_done, time.monotonic()

    def _checkpoint(self) -> Checkpoint:
        arrays, done = self._done.stored()
        state = {
            "done": done,
            "density": self._density.to_dict() if self._density else None,
            "evaluations": self._counted,
            "pilot_evaluations": self._pilot_evaluations,
            "batch_sizes": self.evaluator.batch_sizes,
            "texts": self.evaluator.latest_texts,
        }
        return Checkpoint(self.question.key, arrays, state)

    def _resume(self, stored: Checkpoint, design: Design) -> None:
        state = stored.state
        self._done = self._sound = Done.restored(stored.arrays, state["done"], design.blocks)
        self.evaluator.count = self._counted = state["evaluations"]
        self.evaluator.batch_sizes = state["batch_sizes"]
        self._pilot_evaluations = state["pilot_evaluations"]
        self.evaluator.encode(state["texts"], at_least=len(state["texts"]))
        self._stopped_by(0.0, 0.0)

    @torch.inference_mode()
    def _advance(self, design: Design, blocks: tuple[NDArray[np.int64], ...]) -> None:
        """Add blocks; nothing here waits for a GPU."""
        started = time.perf_counter()
        draws = np.concatenate(blocks)
        latents = self.evaluator.latents
        epsilon = sent(design.noise(draws, latents.shape), latents.device)
        jobs = self.question.jobs(draws)
        with self._falling_back():
            predictions = self.evaluator.ahead(
                torch.as_tensor(design.level[draws]), epsilon, jobs.draw, jobs.texts
            )
        self._sound = self._done  # what was not yet known of it, this call has looked at
        maps, halves = self._done.maps, []
        density = sent(torch.as_tensor(design.density[draws], dtype=torch.float32), latents.device)
        draw = job = 0
        for block in blocks:
            own = self.question.jobs(block)
            part, inputs = slice(draw, draw + len(block)), slice(job, job + len(own.texts))
            integrand = half_integrands(predictions[inputs], epsilon[part], own)
            halves.append(integrand.sum((-1, -2), dtype=widest(latents.device)))
            contributions = integrand / density[part].view(-1, 1, 1, 1, 1)
            maps = maps.plus(contributions, *self.question.bands(design.log_snr[block]))
            draw, job = part.stop, inputs.stop
        done = self._done
        seconds = done.seconds + time.perf_counter() - started
        self._done = Done(maps, (*done.draws, *blocks), (*done.halves, *halves), seconds)
        self._counted = self.evaluator.count
        if self.evaluator.settled:
            self._sound = self._done

    def _settle(self) -> None:
        """Make sure that all that is done is finite; this may wait for a GPU."""
        started = time.perf_counter()
        with self._falling_back():
            self.evaluator.settle()
        if self._sound is not self._done:
            seconds = self._done.seconds + time.perf_counter() - started
            self._done = self._sound = replace(self._done, seconds=seconds)

    @contextmanager
    def _falling_back(self) -> Iterator[None]:
        """Where a device or the network fails, keep what is known to be sound, and hand it over."""
        try:
            yield
        except (NumericalError, DeviceError) as error:
            self._done = self._sound
            error.partial = self._assembled() if self.draws_done else None
            raise

    def _calibrated(self) -> LevelDensity:
        path = cache_file(self.question.denoiser)
        density = load_density(path)
        if density is None:
            _logger.info("calibrating the noise levels for this network, once: %d draws", PILOT_DRAWS)
            with reporter(self.question.options.progress, "calibrating", PILOT_DRAWS) as report:
                density = pilot(self.evaluator, self.question.plan, report)
            self._pilot_evaluations = self.evaluator.count
            save_density(path, density)
        return density

    def result(self) -> Result:
        """Return the result of the draws done, at least one block of them.

        Raises
        ------
        NumericalError
            Where the last of them turn out to hold NaN; they are then no longer among those done.
        """
        self._settle()
        return self._assembled()

    def _assembled(self) -> Result:
        question, design = self.question, self._design
        if design is None or not self._done.draws:
            raise NotReadyError("No draw is done yet.")
        return assembled(
            self._done,
            question.plan,
            design,
            bands=question.band_edges,
            stopped=self.stopped is not None,
            prompt=question.prompt,
            image=np.asarray(question.picture),
            log_snr_range=(question.quadrature.low, question.quadrature.high),
            trained_log_snr_range=question.denoiser.schedule.trained_range,
            provenance=self._provenance(),
        )

    def _provenance(self) -> dict[str, Any]:
        """Return what repeats the run, and what it cost."""
        return {
            **self.question.provenance(self._stop),
            "density": self._density.to_dict() if self._density else None,
            "dtype": self._dtype or self.question.denoiser.identity.get("dtype"),
            "floor": asdict(self._floor) if self._floor else None,
            "stopped": self.stopped,
            "accurate": self._accurate() if self._stop.relative_error else None,
            "evaluations": self._spent,
            "pilot_evaluations": self._pilot_evaluations,
            "seconds": round(self._done.seconds, 3),
            "batch_size": self.evaluator.batch_size,
        }
