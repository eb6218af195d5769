"""The engine of `estimate` and `stream`: one run, advanced block by block."""

from __future__ import annotations

import hashlib
import logging
import platform
import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .calibration import PILOT_DRAWS, cache_file, load_density, pilot, save_density
from .channel import RangeLike
from .dataset import FORMS, assemble
from .denoisers import as_denoiser
from .errors import NumericalError
from .evaluation import Evaluator
from .images import load_image
from .plan import Plan
from .progress import Progress, reporter
from .result import Result
from .running import RunningMaps, half_integrands
from .sampling import Design, LevelDensity, check_draws
from .statistics import block_count
from .words import Word, resolve_words

__all__ = ["DensityLike", "Options", "Run", "WordsLike"]

DensityLike = LevelDensity | Mapping[str, Any] | Literal["uniform"] | None
WordsLike = Iterable[str | tuple[int, int] | Word] | None
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be chosen about a run; see `estimator.estimate`."""

    words: WordsLike
    quantities: Iterable[str]
    draws: int
    seed: int
    placeholder: str | None
    reference: str
    log_snr_range: RangeLike
    density: DensityLike
    resize: bool
    batch_size: int | None
    progress: Progress


@dataclass(frozen=True, slots=True)
class _Done:
    """What is done, replaced as a whole, so that an interrupt leaves no half-added block."""

    maps: RunningMaps = RunningMaps()  # noqa: RUF009 - immutable
    draws: tuple[NDArray[np.int64], ...] = ()
    halves: tuple[Tensor, ...] = ()
    seconds: float = 0.0

    @property
    def count(self) -> int:
        return sum(map(len, self.draws))


class Run:
    """One estimate in progress.

    Everything that a user can get wrong is checked on construction; the network is first called for its
    encoders there, and for noise predictions in `steps`.
    """

    def __init__(self, model: Any, image: Any, prompt: str, options: Options) -> None:
        self.prompt, self.options = prompt, options
        check_draws(options.draws, options.seed)
        self._density = _given_density(options.density)
        words = resolve_words(prompt, options.words)
        self.plan = Plan.build(prompt, words, options.quantities, options.placeholder, options.reference)
        self.denoiser = as_denoiser(model)
        self.quadrature = self.denoiser.schedule.quadrature(options.log_snr_range)
        self.picture = load_image(image, self.denoiser.image_rule, resize=options.resize)
        latents = self.denoiser.encode_image(self.picture)
        if not bool(latents.isfinite().all()):
            raise NumericalError("The picture's latents hold NaN or infinity: run the VAE in float32.")
        self.evaluator = Evaluator(self.denoiser, self.plan.texts, latents, options.batch_size)
        self._design: Design | None = None
        self._pilot_evaluations = 0
        self._done = _Done()

    @property
    def draws_done(self) -> int:
        """Draws that the result would hold now."""
        return self._done.count

    def steps(self) -> Generator[int, None, None]:
        """Advance the run, and yield the number of draws done after each step.

        A step is a block of draws, or as many as fill a batch of the network.
        """
        density = self._density or self._calibrated()
        design = Design.systematic(self.quadrature, density, self.options.draws, self.options.seed)
        self._density, self._design = density, design
        with reporter(self.options.progress, "estimating", self.options.draws) as report:
            blocks = design.blocks
            while blocks:
                at_once = max(1, self.evaluator.batch_size // (len(blocks[0]) * len(self.plan.texts)))
                try:
                    self._advance(design, blocks[:at_once])
                except NumericalError as error:
                    error.partial = self.result() if self.draws_done else None
                    raise
                blocks = blocks[at_once:]
                report(self.draws_done)
                yield self.draws_done

    @torch.inference_mode()
    def _advance(self, design: Design, blocks: tuple[NDArray[np.int64], ...]) -> None:
        started = time.perf_counter()
        draws = np.concatenate(blocks)
        latents = self.evaluator.latents
        epsilon = design.noise(draws, latents.shape).to(latents.device)
        predictions = self.evaluator(torch.as_tensor(design.level[draws]), epsilon)
        maps, halves = self._done.maps, []
        density = torch.as_tensor(design.density[draws], dtype=torch.float32).to(latents.device)
        start = 0
        for block in blocks:
            part = slice(start, start + len(block))
            integrand = half_integrands(predictions[part], epsilon[part], self.plan)
            halves.append(integrand.sum((-1, -2), dtype=_widest(latents.device)))
            maps = maps.plus(integrand / density[part].view(-1, 1, 1, 1, 1))
            start = part.stop
        done = self._done
        seconds = done.seconds + time.perf_counter() - started
        self._done = _Done(maps, (*done.draws, *blocks), (*done.halves, *halves), seconds)

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
        draws = np.concatenate(done.draws)
        order = np.argsort(draws)
        draw = draws[order]
        halves = torch.cat(done.halves).double().cpu().numpy()[order].transpose(1, 2, 0)
        planned = self.options.draws
        maps = done.maps.mean()
        errors = done.maps.standard_error(planned // 2, block_count(planned // 2))
        split = len(plan.quantities), len(plan.words)
        return Result(
            assemble(
                prompt=self.prompt,
                words=plan.words,
                quantities=plan.quantities,
                image=np.asarray(self.picture),
                maps=_by_quantity(maps, *split),
                maps_error=_by_quantity(errors, *split),
                full_map=_of_prompt(maps, plan),
                full_map_error=_of_prompt(errors, plan),
                draw=draw,
                draws_planned=planned,
                draw_log_snr=design.log_snr[draw],
                draw_density=design.density[draw],
                draw_totals=_by_quantity(halves, *split),
                draw_full=_of_prompt(halves, plan),
                log_snr_range=(self.quadrature.low, self.quadrature.high),
                trained_log_snr_range=self.denoiser.schedule.trained_range,
                provenance=self._provenance(),
            )
        )

    def _provenance(self) -> dict[str, Any]:
        options = self.options
        return {
            "denoiser": self.denoiser.identity,
            "scheme": "systematic levels, antithetic pairs",
            "seed": int(options.seed),
            "draws": int(options.draws),
            "quantities": list(self.plan.quantities),
            "placeholder": options.placeholder,
            "reference": options.reference,
            "log_snr_range": [self.quadrature.low, self.quadrature.high],
            "density": self._density.to_dict() if self._density else None,
            "image_sha256": hashlib.sha256(np.asarray(self.picture).tobytes()).hexdigest(),
            "prompts": list(self.plan.texts),
            "evaluations": self.evaluator.count - self._pilot_evaluations,
            "pilot_evaluations": self._pilot_evaluations,
            "seconds": round(self._done.seconds, 3),
            "batch_size": self.evaluator.batch_size,
            "device": str(self.evaluator.latents.device),
            "versions": _versions(),
        }


def _by_quantity(values: NDArray, quantities: int, words: int) -> NDArray:
    """(2, comparisons, ...) -> (quantity, 2, word, ...)."""
    own = values[:, : quantities * words]
    return np.moveaxis(own.reshape(len(FORMS), quantities, words, *values.shape[2:]), 1, 0)


def _of_prompt(values: NDArray, plan: Plan) -> NDArray:
    """(2, comparisons, ...) -> (2, ...) of the whole prompt; NaN where it was not compared."""
    return values[:, -1] if plan.has_full else np.full_like(values[:, 0], np.nan)


def _widest(device: torch.device) -> torch.dtype:
    return torch.float32 if device.type == "mps" else torch.float64  # Apple's GPUs have no float64


def _given_density(density: DensityLike) -> LevelDensity | None:
    if density is None or isinstance(density, LevelDensity):
        return density
    if density == "uniform":
        return LevelDensity.uniform()
    if isinstance(density, Mapping) and density.keys() >= {"log_snr", "height"}:
        return LevelDensity.from_dict(density)
    raise ValueError(f"density={density!r}: give None, 'uniform', a LevelDensity or a provenance's density.")


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in ("infodiff-widgets", "torch", "diffusers", "transformers", "numpy"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
