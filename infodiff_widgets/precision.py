"""What half precision adds to information, and the precision in which a run is made.

The orthogonal form squares a difference of two predictions, so their rounding errors add to it, everywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from . import cache
from .channel import Quadrature
from .denoisers.identity import apart_from_place
from .doubts import LARGEST_ROUNDING
from .errors import NumericalError
from .evaluation import Evaluator, out_of_memory
from .plan import Jobs, Plan
from .progress import Progress, reporter
from .sampling import Design, LevelDensity

__all__ = ["Floor", "Precision", "floor_of", "measure_floor", "running_in"]

Precision = Literal["auto", "pipeline", "float32"]
_DRAWS = 8
_VERSION = 1
_logger = logging.getLogger(__name__)


@runtime_checkable
class _Halved(Protocol):
    """A denoiser that may run in half precision, and can leave it."""

    @property
    def half(self) -> str | None: ...

    def in_float32(self) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Floor:
    """What rounding adds to the orthogonal information of an average word.

    Attributes
    ----------
    dtype
        The half precision that was measured.
    nats
        ``1/2 INTEGRAL E |delta - delta_32|^2 da`` with delta the difference of two predictions, and delta_32
        that in float32. Infinite where the network overflows.
    share
        Of the information itself.
    """

    dtype: str
    nats: float
    share: float


def floor_of(
    evaluator: Evaluator, plan: Plan, quadrature: Quadrature, progress: Progress = False
) -> Floor | None:
    """Return the floor of a network over a range of log-SNR, measured once and cached.

    None where it does not run in half precision, or where there is no memory for it in float32.
    """
    denoiser = evaluator.denoiser
    if not isinstance(denoiser, _Halved) or denoiser.half is None:
        return None
    over = [round(quadrature.low, 3), round(quadrature.high, 3)]
    identity = apart_from_place(denoiser.identity)
    path = cache.cache_file("floors", {"identity": identity, "over": over, "fit": _VERSION})
    stored = cache.load(path)
    if isinstance(stored, dict) and stored.keys() == {"dtype", "nats", "share"}:
        return Floor(**stored)
    _logger.info("measuring what %s adds for this network, once: %d draws", denoiser.half, _DRAWS)
    try:
        with reporter(progress, f"measuring what {denoiser.half} adds", _DRAWS) as report:
            floor = measure_floor(evaluator, plan, quadrature)
            report(_DRAWS)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        _logger.warning("no memory for float32: what %s adds is not known", denoiser.half)
        return None
    cache.save(path, asdict(floor))
    return floor


def measure_floor(evaluator: Evaluator, plan: Plan, quadrature: Quadrature) -> Floor:
    """Compare a few draws, spread evenly over a range of levels, with the same in float32."""
    denoiser: Any = evaluator.denoiser
    design = Design.systematic(quadrature, LevelDensity.uniform(), _DRAWS, seed=0)
    draws = np.arange(_DRAWS)
    jobs = plan.jobs(draws, design.seed)
    epsilon = design.noise(draws, evaluator.latents.shape).to(evaluator.latents.device)
    levels = torch.as_tensor(design.level)

    def differences() -> Tensor:
        return _differences(evaluator(levels, epsilon, jobs.draw, jobs.texts), jobs)

    half = denoiser.half
    try:
        rounded = differences()
    except NumericalError as error:
        _logger.info("%s overflows: %s", half, error)
        return Floor(half, float("inf"), float("inf"))
    with evaluator.in_float32():
        exact = differences()
    width = quadrature.high - quadrature.low
    nats, information = (
        0.5 * width * float(values.square().sum()) / values.shape[0] / values.shape[1]
        for values in (rounded - exact, exact)
    )
    return Floor(half, nats, nats / information if information else float("inf"))


@contextmanager
def running_in(precision: Precision, evaluator: Evaluator, floor: Floor | None) -> Iterator[str | None]:
    """Hold a network in the precision that was asked for; yield its name where that is known.

    Parameters
    ----------
    precision
        "auto" leaves half precision where its floor is too high.
    evaluator, floor
        The network, and what its half precision adds.
    """
    denoiser = evaluator.denoiser
    half = denoiser.half if isinstance(denoiser, _Halved) else None
    if precision != "pipeline" and getattr(denoiser, "is_held_in_float32", False):
        with evaluator.in_float32():  # together with the other run; else that would end it for this one
            yield "float32"
        return
    leave = precision == "float32" or (
        precision == "auto" and floor is not None and floor.share > LARGEST_ROUNDING
    )
    if half is None or not leave:
        yield half
        return
    with evaluator.in_float32():
        yield "float32"


def _differences(predictions: Tensor, jobs: Jobs) -> Tensor:
    """Return the differences of predictions, (draws, comparisons, C, h, w)."""
    return predictions[torch.as_tensor(jobs.with_)] - predictions[torch.as_tensor(jobs.without)]
