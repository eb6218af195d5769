"""Where a run looks: levels drawn systematically from a density, antithetic noise, the order of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .channel import Quadrature
from .errors import ArgumentError
from .statistics import block_count, block_of

__all__ = ["Design", "LevelDensity", "check_draws", "draw_noise", "draw_order"]


@dataclass(frozen=True, slots=True)
class LevelDensity:
    """A density of noise levels over log-SNR, up to a factor; constant beyond its knots.

    Attributes
    ----------
    log_snr
        Ascending knots.
    height
        Positive values there, linear in between.

    Examples
    --------
    >>> uniform = LevelDensity.uniform()
    >>> uniform == LevelDensity.from_dict(uniform.to_dict())
    True
    >>> first = estimate(pipeline, picture, prompt, words=["red"], draws=8)
    >>> fitted = LevelDensity.from_dict(first.provenance["density"])
    """

    log_snr: tuple[float, ...]
    height: tuple[float, ...]

    def __post_init__(self) -> None:
        knots, heights = np.asarray(self.log_snr, float), np.asarray(self.height, float)
        if knots.ndim != 1 or knots.size == 0 or knots.shape != heights.shape:
            raise ArgumentError("A level density needs as many heights as knots, and at least one.")
        if not (np.isfinite(knots).all() and np.isfinite(heights).all() and (heights > 0).all()):
            raise ArgumentError("The knots of a level density must be finite, and its heights positive.")
        if not (np.diff(knots) > 0).all():
            raise ArgumentError("The knots of a level density must ascend.")

    @classmethod
    def uniform(cls) -> LevelDensity:
        """Return the density that prefers no level."""
        return cls((0.0,), (1.0,))

    @classmethod
    def from_dict(cls, stored: Mapping[str, Sequence[float]]) -> LevelDensity:
        """Restore what `to_dict` gave, for example from ``result.provenance["density"]``."""
        return cls(tuple(map(float, stored["log_snr"])), tuple(map(float, stored["height"])))

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists."""
        return {"log_snr": list(self.log_snr), "height": list(self.height)}

    def masses(self, quadrature: Quadrature) -> NDArray[np.float64]:
        """Return the probability of each trained level, proportional to height times width."""
        weight = np.interp(quadrature.log_snr, self.log_snr, self.height) * quadrature.widths
        return weight / weight.sum()


@dataclass(frozen=True, eq=False)
class Design:
    """The noise draws of a run, in ascending log-SNR.

    With ``u0`` uniform, draw k is at the ``(k + u0) / n`` quantile of the density. Draws 2i and 2i + 1 are a
    pair: they share the noise, with opposite signs.

    Attributes
    ----------
    level : (n,)
        Indices into the schedule.
    log_snr : (n,)
    density : (n,)
        Probability of the level over its width: per unit of log-SNR.
    blocks
        Draws in the order in which they are made: blocks of neighbouring pairs, scattered over the levels
        (van der Corput) from a random start, so that each block is as likely as any other to be among the
        first. The mean over those done so far is thus an unbiased estimate at any time.
    seed
        Of the levels and of the noise.
    """

    level: NDArray[np.int64]
    log_snr: NDArray[np.float64]
    density: NDArray[np.float64]
    blocks: tuple[NDArray[np.int64], ...]
    seed: int

    @classmethod
    def systematic(
        cls,
        quadrature: Quadrature,
        density: LevelDensity,
        draws: int,
        seed: int,
        start: float | None = None,
    ) -> Design:
        """Lay out a run.

        Parameters
        ----------
        quadrature
            The levels to choose from.
        density
            How often.
        draws
            Even.
        seed
            Not negative.
        start
            ``u0``, in [0, 1); None takes it from the seed. Runs that add to one another are so given levels
            between one another's.
        """
        check_draws(draws, seed)
        random = np.random.default_rng(seed)
        masses = density.masses(quadrature)
        own = random.random()
        quantiles = (np.arange(draws) + (own if start is None else start)) / draws
        chosen = np.searchsorted(np.cumsum(masses), quantiles, side="right").clip(max=masses.size - 1)
        count = block_count(draws // 2)
        order = (_van_der_corput(count) + random.integers(count)) % count
        place = np.arange(draws)
        blocks = np.split(place, np.flatnonzero(np.diff(block_of(place, draws))) + 1)
        return cls(
            level=quadrature.level[chosen],
            log_snr=quadrature.log_snr[chosen],
            density=masses[chosen] / quadrature.widths[chosen],
            blocks=tuple(blocks[index] for index in order.tolist()),
            seed=int(seed),
        )

    def noise(self, draws: NDArray[np.int64], shape: Sequence[int]) -> Tensor:
        """Return the noise of some draws, (draws, *shape) float32 on the CPU."""
        pairs = {pair: draw_noise(self.seed, pair, shape) for pair in np.unique(draws // 2).tolist()}
        return torch.stack([pairs[draw // 2] * (1 if draw % 2 == 0 else -1) for draw in draws.tolist()])


def check_draws(draws: int, seed: int) -> None:
    """Raise `ArgumentError` for a number of draws or a seed that cannot be used."""
    if not isinstance(draws, int | np.integer) or draws < 2 or draws % 2:
        raise ArgumentError(f"draws={draws!r}: give an even number of at least 2, since draws come in pairs.")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ArgumentError(f"seed={seed!r}: give a whole number, 0 or more.")


def draw_noise(seed: int, pair: int, shape: Sequence[int]) -> Tensor:
    """Return the noise of a pair of draws: it depends on nothing but these arguments."""
    state = np.random.SeedSequence(seed, spawn_key=(pair,)).generate_state(1, np.uint64)[0]
    generator = torch.Generator().manual_seed(int(state >> np.uint64(1)))
    return torch.randn(tuple(shape), generator=generator, dtype=torch.float32)


def draw_order(seed: int, draw: int, count: int) -> list[int]:
    """Return a random order of 0..count-1 for a draw: it depends on nothing but these arguments.

    The two draws of a pair go through one order in opposite directions. Where words say much the same, or
    much only together, this takes most of the scatter away that orders bring.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(draw // 2, 1)))
    order = random.permutation(count).tolist()
    return order if draw % 2 == 0 else order[::-1]


def _van_der_corput(count: int) -> NDArray[np.int64]:
    """Return 0..count-1 with the bits reversed: every beginning of it is spread over the whole."""
    bits = max(1, (count - 1).bit_length())
    reversed_ = [int(f"{index:0{bits}b}"[::-1], 2) for index in range(1 << bits)]
    return np.array([index for index in reversed_ if index < count], dtype=np.int64)
