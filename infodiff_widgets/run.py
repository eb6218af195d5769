"""The engine of `estimate` and `stream`: one run, advanced block by block."""

from __future__ import annotations

import hashlib
import json
import logging
import time
import warnings
from collections.abc import Generator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .additions import with_bands, with_pairs, with_swaps
from .bands import band_edges, band_of
from .calibration import PILOT_DRAWS, cache_file, load_density, pilot, save_density
from .checkpoint import Checkpoint, load, save
from .dataset import FORMS, assemble
from .denoisers import as_denoiser
from .done import Done
from .errors import NumericalError
from .evaluation import Evaluator
from .images import load_image
from .options import Options, given_density, given_pairs, given_swaps
from .plan import Jobs, Plan
from .precision import Floor, floor_of, running_in
from .progress import reporter
from .result import Result
from .running import half_integrands
from .sampling import Design, LevelDensity, check_draws
from .statistics import block_count
from .stopping import Stop
from .versions import versions
from .words import resolve_words, split_words

__all__ = ["Run"]

_logger = logging.getLogger(__name__)
_SECONDS_BETWEEN_SAVES = 3.0


class Run:
    """One estimate in progress.

    Everything that a user can get wrong is checked on construction; the network is first called for its
    encoders there, and for noise predictions in `steps`.
    """

    def __init__(self, model: Any, image: Any, prompt: str, options: Options) -> None:
        self.denoiser = as_denoiser(model)
        prompt = _cut(prompt, self.denoiser) if options.truncate else prompt
        self.prompt, self.options = prompt, options
        self._stop = Stop.given(options.until, options.max_evaluations, options.max_seconds)
        check_draws(2 if options.draws is None else options.draws, options.seed)
        if options.precision not in ("auto", "pipeline", "float32"):
            raise ValueError(f"precision={options.precision!r}: give 'auto', 'pipeline' or 'float32'.")
        self._given_density = self._density = given_density(options.density)
        self.plan = Plan.build(
            prompt,
            resolve_words(prompt, options.words),
            options.quantities,
            options.placeholder,
            options.reference,
            given_swaps(prompt, options.swaps),
            given_pairs(prompt, options.pairs),
        )
        self.draws = self._stop.planned(options.draws, len(self.plan.jobs(np.array([0]), options.seed).texts))
        self.quadrature = self.denoiser.schedule.quadrature(options.log_snr_range)
        self.band_edges = band_edges(options.bands, self.quadrature.low, self.quadrature.high)
        self.picture = load_image(image, self.denoiser.image_rule, resize=options.resize)
        latents = self.denoiser.encode_image(self.picture)
        if not bool(latents.isfinite().all()):
            raise NumericalError("The picture's latents hold NaN or infinity: run the VAE in float32.")
        self.evaluator = Evaluator(self.denoiser, latents, options.batch_size)
        self.evaluator.encode(self._texts(), at_least=len(self.plan.texts))
        self._design: Design | None = None
        self._pilot_evaluations = 0
        self._floor: Floor | None = None
        self._dtype: str | None = None
        self._done = Done()
        self.stopped: str | None = None
        """What ended the run before its last draw: "until", "max_evaluations", "max_seconds", or nothing."""

    @property
    def draws_done(self) -> int:
        """Draws that the result would hold now."""
        return self._done.count

    def steps(self) -> Generator[int, None, None]:
        """Advance the run, and yield the number of draws done after each step.

        A step is a block of draws, or as many as fill a batch of the network. Called again after it was
        closed, it goes on where it was.
        """
        precision = self.options.precision
        if precision != "float32" and not self.draws_done:
            self._floor = floor_of(self.evaluator, self.plan, self.quadrature)
            self._pilot_evaluations = self.evaluator.count
        with running_in(precision, self.denoiser, self._floor) as self._dtype:
            yield from self._steps()

    def lift_limits(self) -> None:
        """Forget what has ended the run early, or would: `steps` then goes on to its last planned draw."""
        self.stopped, self._stop = None, Stop()

    def _steps(self) -> Generator[int, None, None]:
        stored = self._stored() if not self.draws_done else None
        density = self._density or self._calibrated()
        options = self.options
        design = Design.systematic(self.quadrature, density, self.draws, options.seed, options.start)
        self._density, self._design = density, design
        if stored is not None:
            self._resume(stored, design)
        began = saved = time.monotonic()
        with reporter(self.options.progress, "estimating", self.draws) as report:
            if self.draws_done:
                report(self.draws_done)
                yield self.draws_done
            while blocks := self._next(design):
                started = time.monotonic()
                try:
                    self._advance(design, blocks)
                except NumericalError as error:
                    error.partial = self.result() if self.draws_done else None
                    raise
                now = time.monotonic()
                self._stopped_by(now - began, now - started)
                ended = self.stopped is not None or self.draws_done == self.draws
                if self.options.checkpoint is not None and (ended or now - saved > _SECONDS_BETWEEN_SAVES):
                    save(Path(self.options.checkpoint), self._checkpoint())
                    saved = time.monotonic()
                report(self.draws_done)
                yield self.draws_done

    def _next(self, design: Design) -> tuple[NDArray[np.int64], ...]:
        """Return the blocks of the next step, none where the run has ended, with their prompts encoded."""
        blocks = design.blocks[len(self._done.draws) :]
        if not blocks or self.stopped is not None:
            return ()
        first = self._jobs(blocks[0]).texts
        if self._stop.overspent(self._spent + len(first)):
            self.stopped = "max_evaluations"
            return ()
        if not self.evaluator.encodes(first):
            self.evaluator.encode(text for block in blocks for text in self._jobs(block).texts)
        chosen = blocks[: max(1, self.evaluator.batch_size // len(first))]
        while self._stop.overspent(self._spent + sum(len(self._jobs(block).texts) for block in chosen)):
            chosen = chosen[:-1]
        return chosen

    def _stopped_by(self, elapsed: float, step: float) -> None:
        """Note what ends the run, where something does."""
        if self.draws_done == self.draws:
            return
        if self._stop.late(elapsed, step):
            self.stopped = "max_seconds"
        if self._stop.relative_error is not None:
            draw, _, halves = self._done.in_order()
            assert self._design is not None
            if self._stop.accurate(halves[0] / self._design.density[draw], draw, self.draws):
                self.stopped = "until"

    @property
    def _spent(self) -> int:
        return self.evaluator.count - self._pilot_evaluations

    def _stored(self) -> Checkpoint | None:
        """Read the checkpoint, and the level density of the run that it belongs to."""
        path = self.options.checkpoint
        found = load(Path(path), self._key, self.evaluator.latents.device) if path is not None else None
        if found is not None:
            self._density = LevelDensity.from_dict(found.state["density"])
        return found

    def _checkpoint(self) -> Checkpoint:
        arrays, done = self._done.stored()
        state = {
            "done": done,
            "density": self._density.to_dict() if self._density else None,
            "evaluations": self.evaluator.count,
            "pilot_evaluations": self._pilot_evaluations,
            "batch_size": self.evaluator.batch_size,
            "texts": self.evaluator.latest_texts,
        }
        return Checkpoint(self._key, arrays, state)

    def _resume(self, stored: Checkpoint, design: Design) -> None:
        state = stored.state
        self._done = Done.restored(stored.arrays, state["done"], design.blocks)
        self.evaluator.count, self.evaluator.batch_size = state["evaluations"], state["batch_size"]
        self._pilot_evaluations = state["pilot_evaluations"]
        self.evaluator.encode(state["texts"], at_least=len(state["texts"]))
        self._stopped_by(0.0, 0.0)

    @property
    def _key(self) -> str:
        """A digest of all that determines the answer; not of what only ends the run."""
        named = self._provenance(spent=False)
        for name in ("until", "max_evaluations", "max_seconds"):
            del named[name]
        named["batch_size"] = self.options.batch_size
        named["density"] = self._given_density.to_dict() if self._given_density else None
        return hashlib.sha256(json.dumps(named, sort_keys=True, default=str).encode()).hexdigest()

    def _texts(self) -> Iterator[str]:
        """List the prompts of the run: those of every draw, then those that only some draws need."""
        yield from self.plan.texts
        if self.plan.players is not None:
            for draw in range(self.draws):
                yield from self._jobs(np.array([draw])).texts

    def _jobs(self, draws: NDArray[np.int64]) -> Jobs:
        return self.plan.jobs(draws, int(self.options.seed))

    @torch.inference_mode()
    def _advance(self, design: Design, blocks: tuple[NDArray[np.int64], ...]) -> None:
        started = time.perf_counter()
        draws = np.concatenate(blocks)
        latents = self.evaluator.latents
        epsilon = design.noise(draws, latents.shape).to(latents.device)
        jobs = self._jobs(draws)
        predictions = self.evaluator(torch.as_tensor(design.level[draws]), epsilon, jobs.draw, jobs.texts)
        maps, halves = self._done.maps, []
        density = torch.as_tensor(design.density[draws], dtype=torch.float32).to(latents.device)
        draw = job = 0
        for block in blocks:
            own = self._jobs(block)
            part, inputs = slice(draw, draw + len(block)), slice(job, job + len(own.texts))
            integrand = half_integrands(predictions[inputs], epsilon[part], own)
            halves.append(integrand.sum((-1, -2), dtype=_widest(latents.device)))
            contributions = integrand / density[part].view(-1, 1, 1, 1, 1)
            maps = maps.plus(contributions, *self._bands(design.log_snr[block]))
            draw, job = part.stop, inputs.stop
        done = self._done
        seconds = done.seconds + time.perf_counter() - started
        self._done = Done(maps, (*done.draws, *blocks), (*done.halves, *halves), seconds)

    def _bands(self, log_snr: NDArray[np.float64]) -> tuple[NDArray[np.int64] | None, int]:
        if not self.band_edges.size:
            return None, 0
        edges, quadrature = self.band_edges, self.quadrature
        return band_of(log_snr, edges, quadrature.low, quadrature.high), edges.size - 1

    def _calibrated(self) -> LevelDensity:
        path = cache_file(self.denoiser)
        density = load_density(path)
        if density is None:
            _logger.info("calibrating the noise levels for this network, once: %d draws", PILOT_DRAWS)
            with reporter(self.options.progress, "calibrating", PILOT_DRAWS) as report:
                density = pilot(self.evaluator, self.plan, report)
            self._pilot_evaluations = self.evaluator.count
            save_density(path, density)
        return density

    def result(self) -> Result:
        """Return the result of the draws done, at least one block of them."""
        done, design, plan = self._done, self._design, self.plan
        if design is None or not done.draws:
            raise RuntimeError("No draw is done yet.")
        draw, order, halves = self._done.in_order()
        planned = self.draws
        maps = done.maps.mean()
        errors = done.maps.standard_error(planned // 2, block_count(planned // 2))
        own, swaps, pairs = _slices(plan)
        split = len(plan.quantities), len(plan.words)
        data = assemble(
            prompt=self.prompt,
            words=plan.words,
            quantities=plan.quantities,
            image=np.asarray(self.picture),
            maps=_by_quantity(maps[:, own], *split),
            maps_error=_by_quantity(errors[:, own], *split),
            full_map=_of_prompt(maps, plan),
            full_map_error=_of_prompt(errors, plan),
            draw=draw,
            draws_planned=planned,
            complete=draw.size == planned or self.stopped is not None,
            draw_order=order,
            draw_log_snr=design.log_snr[draw],
            draw_density=design.density[draw],
            draw_totals=_by_quantity(halves[:, own], *split),
            draw_full=_of_prompt(halves, plan),
            log_snr_range=(self.quadrature.low, self.quadrature.high),
            trained_log_snr_range=self.denoiser.schedule.trained_range,
            provenance=self._provenance(),
        )
        bands = done.maps.band_means()
        if bands is not None:
            own_bands = np.stack([_by_quantity(band[:, own], *split) for band in bands])
            full_bands = np.stack([_of_prompt(band, plan) for band in bands])
            data = with_bands(data, self.band_edges, own_bands, full_bands)
        if plan.swaps:
            parts = (np.swapaxes(values[:, swaps], 0, 1) for values in (maps, errors, halves))
            by_band = None if bands is None else np.swapaxes(bands[:, :, swaps], 1, 2)
            data = with_swaps(data, plan.swaps, *parts, band_maps=by_band)
        if plan.pairs:
            parts = (_by_pair(values[:, pairs]) for values in (maps, errors, halves))
            by_band = None if bands is None else np.stack([_by_pair(band[:, pairs]) for band in bands])
            data = with_pairs(data, plan.pairs, *parts, band_maps=by_band)
        return Result(data)

    def _provenance(self, spent: bool = True) -> dict[str, Any]:
        """Return what repeats the run; and what it cost, where that is asked for."""
        options = self.options
        asked = {
            "denoiser": self.denoiser.identity,
            "scheme": "systematic levels, antithetic pairs",
            "seed": int(options.seed),
            "draws": int(self.draws),
            "until": self._stop.relative_error,
            "max_evaluations": self._stop.evaluations,
            "max_seconds": self._stop.seconds,
            "quantities": list(self.plan.quantities),
            "placeholder": options.placeholder,
            "reference": options.reference,
            "swaps": [[word.text, word.start, word.stop, text] for word, text in self.plan.swaps],
            "pairs": [[list(word.span) for word in pair] for pair in self.plan.pairs],
            "precision": options.precision,
            "bands": self.band_edges.tolist(),
            "log_snr_range": [self.quadrature.low, self.quadrature.high],
            "image_sha256": hashlib.sha256(np.asarray(self.picture).tobytes()).hexdigest(),
            "prompts": list(self.plan.texts),
            "device": str(self.evaluator.latents.device),
            "versions": versions(),
        }
        if not spent:
            return asked
        return {
            **asked,
            "density": self._density.to_dict() if self._density else None,
            "dtype": self._dtype or self.denoiser.identity.get("dtype"),
            "floor": asdict(self._floor) if self._floor else None,
            "stopped": self.stopped,
            "evaluations": self._spent,
            "pilot_evaluations": self._pilot_evaluations,
            "seconds": round(self._done.seconds, 3),
            "batch_size": self.evaluator.batch_size,
        }


def _cut(prompt: str, denoiser: Any) -> str:
    """Return what a network's text encoders read of a prompt; say which words fall away."""
    kept = denoiser.shorten(prompt) if hasattr(denoiser, "shorten") else prompt
    lost = [word.text for word in split_words(prompt) if word.stop > len(kept)]
    if lost:
        text = f"truncate=True: the prompt is cut to {kept!r}; it loses {', '.join(map(repr, lost))}."
        warnings.warn(text, UserWarning, stacklevel=4)
    return kept


def _slices(plan: Plan) -> tuple[slice, slice, slice]:
    """Where the quantities of the words, the swaps and the pairs lie among the comparisons."""
    words = len(plan.quantities) * len(plan.words)
    swaps = words + len(plan.swaps)
    return slice(0, words), slice(words, swaps), slice(swaps, swaps + 3 * len(plan.pairs))


def _by_quantity(values: NDArray, quantities: int, words: int) -> NDArray:
    """(2, quantity * word, ...) -> (quantity, 2, word, ...)."""
    return np.moveaxis(values.reshape(len(FORMS), quantities, words, *values.shape[2:]), 1, 0)


def _by_pair(values: NDArray) -> NDArray:
    """(2, pair * 3, ...) -> (pair, 3, 2, ...)."""
    return np.moveaxis(values.reshape(len(FORMS), -1, 3, *values.shape[2:]), 0, 2)


def _of_prompt(values: NDArray, plan: Plan) -> NDArray:
    """(2, comparisons, ...) -> (2, ...) of the whole prompt; NaN where it was not compared."""
    return values[:, -1] if plan.has_full else np.full_like(values[:, 0], np.nan)


def _widest(device: torch.device) -> torch.dtype:
    return torch.float32 if device.type == "mps" else torch.float64  # Apple's GPUs have no float64
