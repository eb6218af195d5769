"""The log-SNR channel: noising, what networks predict of it, and the levels they were trained on.

``a`` is a log-SNR and ``s`` the logistic sigmoid: ``z_a = sqrt(s(a)) x + sqrt(s(-a)) eps``, eq. 1 of
Kong et al., ICLR 2024. High ``a`` is clean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from .errors import ArgumentError
from .transfer import sent

__all__ = [
    "DEFAULT_UPPER_LOG_SNR",
    "NoiseSchedule",
    "Quadrature",
    "RangeLike",
    "network_input",
    "noise_scale",
    "noised",
    "signal_scale",
    "to_epsilon",
]

NARROWEST_RANGE = 0.001
"""Units of log-SNR between the ends of a range, at least."""

DEFAULT_UPPER_LOG_SNR: float | None = 1.0
"""Upper end of the default range; None is the end of the trained range.

Beyond it the picture shows the word by itself, and what is measured is more and more the network's own
imperfection. Chosen by measurement: on the scenes pipeline the maps of words find their objects as well up to
1 as up to any lower end, and worse beyond (``python -m infodiff_widgets.scenes.evaluate``).
"""

RangeLike = None | Literal["trained"] | tuple[float, float]


def signal_scale(log_snr: Tensor) -> Tensor:
    """Return ``sqrt(s(a))``, the factor of the picture."""
    return torch.sigmoid(log_snr.double()).sqrt()


def noise_scale(log_snr: Tensor) -> Tensor:
    """Return ``sqrt(s(-a))``, the factor of the noise."""
    return torch.sigmoid(-log_snr.double()).sqrt()


def noised(x: Tensor, epsilon: Tensor, log_snr: Tensor) -> Tensor:
    """Send a picture through the channel: ``z_a = sqrt(s(a)) x + sqrt(s(-a)) eps``.

    Parameters
    ----------
    x : (C, h, w) or (B, C, h, w)
    epsilon : (B, C, h, w)
        Standard normal.
    log_snr : (B,)
    """
    return _cells(signal_scale(log_snr), x) * x + _cells(noise_scale(log_snr), x) * epsilon


def network_input(z: Tensor, log_snr: Tensor, prediction_type: str) -> Tensor:
    """Scale a noised picture to what the network was trained on.

    A rectified flow sees ``x_t = (1 - t) x + t eps`` at ``t = s(-a / 2)``, which is ``z_a`` times the length
    of ``(1 - t, t)``; every other network sees ``z_a``.
    """
    if prediction_type != "flow_prediction":
        return z
    time = _flow_time(log_snr)
    return _cells(torch.hypot(1 - time, time), z) * z


def to_epsilon(output: Tensor, z: Tensor, log_snr: Tensor, prediction_type: str) -> Tensor:
    """Turn a network's output into a prediction of the noise (Salimans and Ho, 2022, appendix D).

    Parameters
    ----------
    output, z : (B, C, h, w)
        What the network returned, and the noised picture, before `network_input`.
    log_snr : (B,)
    prediction_type
        As diffusers has it: "epsilon"; "v_prediction", ``v = sqrt(s(a)) eps - sqrt(s(-a)) x``, hence
        ``eps = sqrt(s(a)) v + sqrt(s(-a)) z``; "sample", ``eps = (z - sqrt(s(a)) x) / sqrt(s(-a))``; or
        "flow_prediction", ``v = eps - x``, hence ``eps = x_t + (1 - t) v``.
    """
    if prediction_type == "epsilon":
        return output
    if prediction_type == "flow_prediction":
        clean = _cells(1 - _flow_time(log_snr), z)
        return network_input(z, log_snr, prediction_type) + clean * output
    signal, noise = _cells(signal_scale(log_snr), z), _cells(noise_scale(log_snr), z)
    if prediction_type == "v_prediction":
        return signal * output + noise * z
    if prediction_type == "sample":
        return (z - signal * output) / noise
    raise ArgumentError(
        f"prediction_type={prediction_type!r} is none of epsilon, v_prediction, sample, flow_prediction."
    )


def _flow_time(log_snr: Tensor) -> Tensor:
    return torch.sigmoid(-log_snr.double() / 2)


def _cells(scale: Tensor, like: Tensor) -> Tensor:
    return sent(scale.to(like.dtype), like.device).view(-1, 1, 1, 1)


@dataclass(frozen=True, eq=False)
class Quadrature:
    """Trained levels within a range, in ascending log-SNR, with the lengths for which they stand.

    ``SUM_k widths[k] f(log_snr[k])`` is the trapezoid rule for the integral of f over the range.

    Attributes
    ----------
    level : (K,)
        Indices into the schedule.
    log_snr, widths : (K,)
    low, high
        The range; the widths add up to its length.
    """

    level: NDArray[np.int64]
    log_snr: NDArray[np.float64]
    widths: NDArray[np.float64]
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class NoiseSchedule:
    """The noise levels on which a network was trained.

    Attributes
    ----------
    log_snr : (levels,)
        Strictly descending.
    timesteps : (levels,)
        Their names in the units of the scheduler.

    Examples
    --------
    >>> schedule = NoiseSchedule.from_alphas_cumprod(pipeline.scheduler.alphas_cumprod)
    >>> low, high = schedule.trained_range
    >>> round(low, 2), round(high, 2)
    (-5.36, 7.07)
    >>> flow = NoiseSchedule.rectified_flow(shift=3.0)
    """

    log_snr: NDArray[np.float64]
    timesteps: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.log_snr.ndim != 1 or self.log_snr.size < 2 or not np.all(np.diff(self.log_snr) < 0):
            raise ArgumentError(
                "A noise schedule needs two or more levels whose log-SNR falls from each to the next."
            )

    @classmethod
    def from_alphas_cumprod(cls, alphas_cumprod: ArrayLike) -> NoiseSchedule:
        """Build it from a DDPM schedule: ``a_t = log(abar_t / (1 - abar_t))``.

        Levels of no noise or no signal at all (abar of 1 or 0) are left out: nothing is finite there.
        """
        alphas = np.asarray(alphas_cumprod, np.float64)
        kept = np.flatnonzero((alphas > 0) & (alphas < 1))
        return cls(np.log(alphas[kept]) - np.log1p(-alphas[kept]), kept.astype(np.float64))

    @classmethod
    def rectified_flow(cls, num_train_timesteps: int = 1000, shift: float = 1.0) -> NoiseSchedule:
        """Build it for a rectified flow: ``a = 2 log((1 - t) / t)``.

        Such a network hears a continuous time. So the levels lie evenly in log-SNR, between the ends of the
        training grid ``t = 1/n, ..., 1``; the last of these has no signal and is left out. Shifting moves
        the grid towards noise: the range is what the plain and the shifted grid have in common.

        Parameters
        ----------
        num_train_timesteps
            n; also the number of levels.
        shift
            ``t -> shift t / (1 + (shift - 1) t)``.
        """
        n = num_train_timesteps
        # In log-SNR the shift is a displacement by -2 log(shift).
        edge, moved = 2 * np.log(n - 1), 2 * np.log(shift)
        log_snr = np.linspace(edge - max(moved, 0.0), -edge - min(moved, 0.0), n)
        return cls(log_snr, n / (1 + np.exp(log_snr / 2)))

    @cached_property
    def trained_range(self) -> tuple[float, float]:
        """The lowest and the highest log-SNR."""
        return float(self.log_snr[-1]), float(self.log_snr[0])

    @property
    def widths(self) -> NDArray[np.float64]:
        """Trapezoid widths of all levels, in the order of `log_snr`."""
        return self.quadrature("trained").widths[::-1]

    def quadrature(self, log_snr_range: RangeLike = None) -> Quadrature:
        """Return the levels and widths that integrate over a range.

        Parameters
        ----------
        log_snr_range
            None for the default (up to `DEFAULT_UPPER_LOG_SNR`), "trained" for all of it, or (low, high).

        Raises
        ------
        ArgumentError
            Where the range is empty or reaches beyond what the network was trained on.
        """
        low, high = self._resolve(log_snr_range)
        ascending = self.log_snr[::-1]
        edges = np.r_[ascending[0], 0.5 * (ascending[1:] + ascending[:-1]), ascending[-1]]
        widths = np.diff(np.clip(edges, low, high))
        kept = np.flatnonzero(widths > 0)
        level = (self.log_snr.size - 1 - kept).astype(np.int64)
        return Quadrature(level, ascending[kept], widths[kept], low, high)

    def _resolve(self, log_snr_range: RangeLike) -> tuple[float, float]:
        low, high = self.trained_range
        if log_snr_range is None:
            upper = DEFAULT_UPPER_LOG_SNR
            return (low, high) if upper is None or not low < upper < high else (low, upper)
        if isinstance(log_snr_range, str) and log_snr_range == "trained":
            return low, high
        try:
            start, stop = (float(edge) for edge in log_snr_range)
        except (TypeError, ValueError):
            start, stop = math.nan, math.nan
        if not start < stop:
            raise ArgumentError(
                f"log_snr_range={log_snr_range!r}: it is None, 'trained' or a pair (low, high), the lower "
                "end first."
            )
        if stop - start < NARROWEST_RANGE:
            raise ArgumentError(
                f"log_snr_range={log_snr_range!r} is narrower than {NARROWEST_RANGE:g}: choose ends further "
                "apart; levels that hardly differ say nothing that one does not."
            )
        slack = 0.005  # so that ends copied from a printed range are accepted
        if not (low - slack <= start and stop <= high + slack):
            raise ArgumentError(
                f"log_snr_range=({start:g}, {stop:g}) does not lie within the range on which the network was "
                f"trained, {low:.3f} to {high:.3f}: choose ends within it."
            )
        return max(start, low), min(stop, high)
