"""The density of noise levels, fitted to a network by a pilot run and kept in the user's cache."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from platformdirs import user_cache_path

from .denoisers.base import Denoiser
from .evaluation import Evaluator
from .plan import Plan
from .running import half_integrands
from .sampling import Design, LevelDensity

__all__ = ["PILOT_DRAWS", "cache_file", "fit_density", "load_density", "pilot", "save_density"]

PILOT_DRAWS = 32
_VERSION = 1  # raise it when the fit changes, so that older caches are not used
_KNOTS = 49
_UNIFORM_SHARE = 0.2
_logger = logging.getLogger(__name__)


def pilot(evaluator: Evaluator, plan: Plan, report: Callable[[int], None]) -> LevelDensity:
    """Fit a density with draws spread evenly over all trained levels.

    Parameters
    ----------
    evaluator, plan
        The network, picture and prompts at hand: all words and both forms take part.
    report
        Told the number of draws done, of `PILOT_DRAWS`.
    """
    quadrature = evaluator.denoiser.schedule.quadrature("trained")
    design = Design.systematic(quadrature, LevelDensity.uniform(), PILOT_DRAWS, seed=0)
    halves = np.empty((PILOT_DRAWS, 2, len(plan.compared)))
    done = 0
    for block in design.blocks:
        epsilon = design.noise(block, evaluator.latents.shape).to(evaluator.latents.device)
        jobs = plan.jobs(block, design.seed)
        predictions = evaluator(torch.as_tensor(design.level[block]), epsilon, jobs.draw, jobs.texts)
        halves[block] = half_integrands(predictions, epsilon, jobs).double().sum((-1, -2)).cpu().numpy()
        done += len(block)
        report(done)
    return fit_density(design.log_snr, halves)


def fit_density(log_snr: NDArray[np.float64], halves: NDArray[np.float64]) -> LevelDensity:
    """Fit a density to integrands at evenly spread levels.

    The best density for one integrand f is its root mean square over the noise. Every word counts in
    proportion to its own information, and both forms alike. A trained network has more than one bump, so
    the fit is a smoothed histogram, with a fifth of uniform for what the pilot did not see.

    Parameters
    ----------
    log_snr : (draws,)
    halves : (draws, 2, comparisons)
        Half the integrands, summed over cells; (orthogonal, standard).
    """
    scale = halves[:, 0].mean(0)
    telling = scale > 1e-3 * scale.max()  # the others are rounding errors, or words that say nothing
    if not telling.any():
        return LevelDensity.uniform()
    squares = ((halves[:, :, telling] / scale[telling]) ** 2).mean(2)
    squares = (squares / squares.mean(0)).mean(1)
    knots = np.linspace(log_snr.min(), log_snr.max(), _KNOTS)
    kernel = np.exp(-0.5 * ((knots[:, None] - log_snr) / (np.ptp(log_snr) / 16)) ** 2)
    height = np.sqrt(kernel @ squares / kernel.sum(1))
    height = (1 - _UNIFORM_SHARE) * height / height.mean() + _UNIFORM_SHARE
    return LevelDensity(tuple(knots.round(4).tolist()), tuple(height.round(4).tolist()))


def cache_file(denoiser: Denoiser) -> Path:
    """Return where the density of a network is kept."""
    identity: Mapping[str, Any] = {"identity": denoiser.identity, "fit": _VERSION}
    key = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()[:24]
    return user_cache_path("infodiff-widgets", appauthor=False) / "densities" / f"{key}.json"


def load_density(path: Path) -> LevelDensity | None:
    """Read a density from the cache; None where there is none, or only a damaged one."""
    try:
        return LevelDensity.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _logger.warning("the cached calibration %s cannot be read (%s) and is made anew", path, error)
        return None


def save_density(path: Path, density: LevelDensity) -> None:
    """Keep a density in the cache; where that is not possible the next run calibrates again."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(density.to_dict()), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        _logger.warning(
            "the calibration cannot be kept in %s (%s): the next run repeats it", path.parent, error
        )
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
