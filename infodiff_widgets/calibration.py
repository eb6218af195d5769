"""The density of noise levels, fitted to a network by a pilot run and kept in the user's cache."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from . import cache
from .denoisers.base import Denoiser
from .denoisers.identity import apart_from_place
from .evaluation import Evaluator
from .plan import Plan
from .running import half_integrands
from .sampling import Design, LevelDensity

__all__ = ["PILOT_DRAWS", "cache_file", "fit_density", "load_density", "pilot", "save_density"]

PILOT_DRAWS = 64
_VERSION = 2  # raise it when the fit changes, so that older caches are not used
_KNOTS = 49
_UNIFORM_SHARE = 0.2
_TELLING_SHARE = 0.05
_logger = logging.getLogger(__name__)


def pilot(evaluator: Evaluator, plan: Plan, report: Callable[[int], None]) -> LevelDensity:
    """Fit a density with draws spread evenly over all trained levels.

    Parameters
    ----------
    evaluator, plan
        The network, picture and prompts at hand: all comparisons take part.
    report
        Told the number of draws done, of `PILOT_DRAWS`.
    """
    quadrature = evaluator.denoiser.schedule.quadrature("trained")
    design = Design.systematic(quadrature, LevelDensity.uniform(), PILOT_DRAWS, seed=0)
    at_once = 2 * max(1, evaluator.batch_size // (2 * len(plan.texts)))
    scatter: list[Tensor] = []
    maps, last = torch.zeros(()), None
    for start in range(0, PILOT_DRAWS, at_once):
        draws = np.arange(start, min(start + at_once, PILOT_DRAWS))
        epsilon = design.noise(draws, evaluator.latents.shape).to(evaluator.latents.device)
        jobs = plan.jobs(draws, design.seed)
        predictions = evaluator(torch.as_tensor(design.level[draws]), epsilon, jobs.draw, jobs.texts)
        integrands = half_integrands(predictions, epsilon, jobs)[:, 0]
        pairs = 0.5 * (integrands[0::2] + integrands[1::2])
        maps = maps.to(pairs.device) + pairs.sum(0)
        joined = pairs if last is None else torch.cat([last, pairs])
        scatter.append(joined.diff(dim=0).square().sum((-1, -2)).cpu())
        last = pairs[-1:]
        report(int(draws[-1]) + 1)
    middle = 0.5 * (design.log_snr[0::2] + design.log_snr[1::2])
    return fit_density(
        0.5 * (middle[1:] + middle[:-1]),
        torch.cat(scatter).double().numpy(),
        maps.abs().sum((-1, -2)).double().cpu().numpy(),
        maps.square().sum((-1, -2)).double().cpu().numpy(),
    )


def fit_density(
    log_snr: NDArray[np.float64],
    scatter: NDArray[np.float64],
    totals: NDArray[np.float64],
    energies: NDArray[np.float64],
) -> LevelDensity:
    """Fit a density to the scatter of maps over the noise.

    Draws that are systematic in the level leave the scatter at each level, V(a), as the whole error of a map:
    ``1/n INTEGRAL V / p da``, which is least for p as sqrt(V). A trained network has more than one bump, so
    the fit is a smoothed histogram, with a fifth of uniform for what the pilot did not see. The error of the
    maps on one scale, and the relative error of each, count alike.

    Parameters
    ----------
    log_snr : (n,)
        Where neighbouring pairs of draws were compared.
    scatter : (n, comparisons)
        Squared difference of their orthogonal maps, summed over cells.
    totals, energies : (comparisons,)
        Sum and sum of squares over the cells of the maps, up to a factor each.
    """
    telling = totals > _TELLING_SHARE * totals.max()  # the relative errors of the others are nobody's concern
    if not telling.any() or not scatter.any():
        return LevelDensity.uniform()
    one_scale, relative = scatter.sum(1), (scatter[:, telling] / energies[telling]).sum(1)
    variance = one_scale / one_scale.mean() + relative / relative.mean()
    knots = np.linspace(log_snr.min(), log_snr.max(), _KNOTS)
    kernel = np.exp(-0.5 * ((knots[:, None] - log_snr) / (np.ptp(log_snr) / 16)) ** 2)
    height = np.sqrt(kernel @ variance / kernel.sum(1))
    height = (1 - _UNIFORM_SHARE) * height / height.mean() + _UNIFORM_SHARE
    return LevelDensity(tuple(knots.round(4).tolist()), tuple(height.round(4).tolist()))


def cache_file(denoiser: Denoiser) -> Path:
    """Return where the density of a network is kept; wherever its own files are."""
    identity = apart_from_place(denoiser.identity)
    return cache.cache_file("densities", {"identity": identity, "fit": _VERSION})


def load_density(path: Path) -> LevelDensity | None:
    """Read a density from the cache; None where there is none, or only a damaged one."""
    stored = cache.load(path)
    if stored is None:
        return None
    try:
        return LevelDensity.from_dict(stored)
    except (ValueError, KeyError, TypeError) as error:
        _logger.warning("the cached calibration %s cannot be used (%s) and is made anew", path, error)
        return None


def save_density(path: Path, density: LevelDensity) -> None:
    """Keep a density in the cache; where that is not possible the next run calibrates again."""
    cache.save(path, density.to_dict())
