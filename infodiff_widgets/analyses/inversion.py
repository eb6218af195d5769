"""From a picture to noise and back: the probability-flow ODE on any denoiser.

With ``sigma = exp(-a / 2)`` and ``y = z_a / sqrt(s(a)) = x + sigma eps`` the ODE is ``dy / dsigma = e(z_a)``
(Karras et al., 2022; Kong et al., appendix D.2). Along it a picture has one noise, and the noise under
another prompt another picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infodiff_widgets.channel import NoiseSchedule
from infodiff_widgets.denoisers import Denoiser
from infodiff_widgets.errors import ArgumentError, NumericalError
from infodiff_widgets.soundness import remedy_of
from infodiff_widgets.transfer import widest
from infodiff_widgets.turns import turn_of

__all__ = ["Solver", "Trajectory", "invert", "regenerate", "trajectory"]

Solver = Literal["heun", "ddim"]
RHO = 7.0


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Noise levels at which the ODE is solved, from picture to noise.

    Attributes
    ----------
    level : (K,)
        Indices into the schedule: the network is only asked about levels on which it was trained.
    sigma : (K,)
        Ascending.
    solver
        "heun", of second order, two evaluations a step; or "ddim", of first order, one.
    """

    level: NDArray[np.int64]
    sigma: NDArray[np.float64]
    solver: Solver

    @property
    def evaluations(self) -> int:
        """Network evaluations of one way, for one picture under one prompt."""
        return (len(self.level) - 1) * (2 if self.solver == "heun" else 1)


def trajectory(schedule: NoiseSchedule, steps: int = 50, *, solver: Solver = "heun") -> Trajectory:
    """Choose the levels: those of Karras et al. (2022), eq. 5, each moved to the nearest trained one.

    They reach from end to end of what the network was trained on.

    Parameters
    ----------
    schedule
        Of the network.
    steps
        Levels, 2 or more; fewer where several would be the same trained level.
    solver
        See `Trajectory`.

    Raises
    ------
    ArgumentError
        Where the solver or the number of steps is none.
    """
    if solver not in ("heun", "ddim"):
        raise ArgumentError(f"solver={solver!r}: use 'heun', or 'ddim' for half the cost.")
    if steps < 2:
        raise ArgumentError(f"steps={steps}: give 2 or more; 50 is usual.")
    quadrature = schedule.quadrature("trained")
    trained = np.exp(-0.5 * quadrature.log_snr[::-1])  # ascending in sigma
    wanted = np.linspace(trained[0] ** (1 / RHO), trained[-1] ** (1 / RHO), steps) ** RHO
    nearest = np.abs(np.log(trained)[:, None] - np.log(wanted)).argmin(0)
    kept = np.unique(nearest)
    return Trajectory(quadrature.level[::-1][kept], trained[kept], solver)


def invert(denoiser: Denoiser, latents: Tensor, conditions: Any, path: Trajectory) -> Tensor:
    """Bring pictures to the noise from which they come under their prompts.

    Parameters
    ----------
    denoiser
        The network.
    latents : (B, C, h, w)
        From `Denoiser.encode_image`; taken for ``y`` at the cleanest trained level, as in the paper.
    conditions
        B of them.
    path
        From `trajectory`.

    Returns
    -------
    (B, C, h, w)
        float64, ``y`` at the noisiest level.

    Raises
    ------
    NumericalError
        On NaN or infinity.
    """
    return _solve(denoiser, latents, conditions, path, 1)


def regenerate(denoiser: Denoiser, noise: Tensor, conditions: Any, path: Trajectory) -> Tensor:
    """Bring noise from `invert` back to latents of pictures, under other prompts perhaps.

    Parameters are those of `invert`; returns (B, C, h, w) float32.
    """
    return _solve(denoiser, noise, conditions, path, -1).float()


@torch.inference_mode()
def _solve(denoiser: Denoiser, start: Tensor, conditions: Any, path: Trajectory, direction: int) -> Tensor:
    y = start.to(widest(start.device))  # the state is double, as in EDM
    points = list(zip(path.level[::direction].tolist(), path.sigma[::direction].tolist(), strict=True))

    def slope(state: Tensor, level: int, sigma: float) -> Tensor:
        z = (state / (1 + sigma**2) ** 0.5).float()
        levels = torch.full((len(z),), level, dtype=torch.int64)
        return denoiser.epsilon(z, levels, conditions).to(y.dtype)

    for (level, sigma), (next_level, next_sigma) in pairwise(points):
        with turn_of(denoiser):  # estimates on it have theirs between steps
            first = slope(y, level, sigma)
            end = y + (next_sigma - sigma) * first
            if path.solver == "heun":
                second = slope(end, next_level, next_sigma)
                end = y + 0.5 * (next_sigma - sigma) * (first + second)
        y = end
        if not bool(y.isfinite().all()):
            raise NumericalError(
                f"The network returned NaN or infinity at log-SNR {-2 * np.log(sigma):.2f}: "
                f"{remedy_of(denoiser.identity.get('dtype'))}"
            )
    return y
