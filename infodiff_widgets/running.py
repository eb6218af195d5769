"""From noise predictions to information: integrands of a block of draws, and running sums of their maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .plan import Jobs
from .statistics import squared_error_of_sample
from .transfer import sent

__all__ = ["RunningMaps", "half_integrands"]


def half_integrands(predictions: Tensor, epsilon: Tensor, jobs: Jobs) -> Tensor:
    """Return half the integrands of both forms at each draw.

    Orthogonal, eq. 5b of Kong et al.: ``(e - e')^2``. Standard, eq. 5a: ``(eps - e)^2 - (eps - e')^2``. With
    e' under the prompt that has the information and e under the one that has not; summed over channels.

    Where the information is part of that of the whole prompt, with its prediction e_F, the orthogonal form is
    ``(e - e_F)^2 - (e' - e_F)^2``: the same where e' is e_F, and a chain of such terms telescopes, cell by
    cell.

    Parameters
    ----------
    predictions : (jobs, C, h, w)
    epsilon : (draws, C, h, w)
    jobs
        The prompts of the predictions, and their comparisons.

    Returns
    -------
    (draws, 2, comparisons, h, w)
        Nats per latent cell and unit of log-SNR; the second axis is (orthogonal, standard).
    """
    device = predictions.device
    draw, without, with_, whole = (
        sent(torch.as_tensor(places), device) for places in (jobs.draw, jobs.without, jobs.with_, jobs.whole)
    )
    halves = []
    for target in (predictions[whole], epsilon):
        distance = (target[draw] - predictions).square().sum(1)
        halves.append(distance[without] - distance[with_])
    for index in jobs.direct:
        one, other = predictions[without[:, index]], predictions[with_[:, index]]
        halves[0][:, index] = (one - other).square().sum(1)
    return 0.5 * torch.stack(halves, 1)


@dataclass(frozen=True, eq=False)
class RunningMaps:
    """Running sums over the blocks of a run; their size does not depend on the number of draws.

    Immutable: `plus` returns a new one, so that an interrupt finds either all of a block in it or nothing.

    Attributes
    ----------
    blocks, pairs
        Done so far.
    total
        Sum over pairs of their mean contributions ``f / (2 p)``.
    centre, scatter
        Mean of the block means, and sum of their squared distances from it (Welford).
    within, differences
        Sum of the squared differences of neighbouring pairs within blocks, and their number.
    bands : (bands, ...)
        Sums over the draws of each band of noise level; None where there are no bands.
    """

    blocks: int = 0
    pairs: int = 0
    total: Tensor | float = 0.0
    centre: Tensor | float = 0.0
    scatter: Tensor | float = 0.0
    within: Tensor | float = 0.0
    differences: int = 0
    bands: Tensor | None = None

    def plus(
        self, contributions: Tensor, band: NDArray[np.int64] | None = None, band_count: int = 0
    ) -> RunningMaps:
        """Add a block.

        Parameters
        ----------
        contributions : (draws, ...)
            ``f / (2 p)`` of its draws, in ascending log-SNR.
        band : (draws,)
            The band of each, where there are bands.
        band_count
            How many there are.
        """
        pairs = 0.5 * (contributions[0::2] + contributions[1::2])
        mean = pairs.mean(0)
        step = mean - self.centre
        centre = self.centre + step / (self.blocks + 1)
        return RunningMaps(
            blocks=self.blocks + 1,
            pairs=self.pairs + len(pairs),
            total=self.total + pairs.sum(0),
            centre=centre,
            scatter=self.scatter + step * (mean - centre),
            within=self.within + pairs.diff(dim=0).square().sum(0),
            differences=self.differences + len(pairs) - 1,
            bands=self._banded(contributions, band, band_count) if band is not None else None,
        )

    def _banded(self, contributions: Tensor, band: NDArray[np.int64], count: int) -> Tensor:
        start = (
            contributions.new_zeros((count, *contributions.shape[1:])) if self.bands is None else self.bands
        )
        bands = start.clone()
        for draw, index in enumerate(band.tolist()):
            bands[index] += contributions[draw]
        return bands

    def mean(self) -> NDArray[np.float32]:
        """Return the maps, nats per latent cell."""
        return _array(self.total / self.pairs)

    def band_means(self) -> NDArray[np.float32] | None:
        """Return the parts of the maps by band, (bands, ...), which add up to `mean`; None without bands."""
        return None if self.bands is None else _array(self.bands / (2 * self.pairs))

    def standard_error(self, planned_pairs: int, planned_blocks: int) -> NDArray[np.float32]:
        """Return the standard errors of `mean`; NaN with one block of several, or with one pair in all.

        Neighbouring pairs within blocks tell the error of the whole run (as in `statistics.error_of_mean`,
        but from every other difference), the scatter of blocks what the blocks still to come add.
        """
        shape = np.shape(self.mean())
        if self.differences == 0:
            return np.full(shape, np.nan, np.float32)
        complete = _array(self.within) / (2 * self.differences) / planned_pairs
        if self.blocks == planned_blocks:
            return np.sqrt(complete)
        if self.blocks == 1:
            return np.full(shape, np.nan, np.float32)
        between = _array(self.scatter) / (self.blocks - 1)
        return np.sqrt(squared_error_of_sample(between, self.blocks, planned_blocks, complete)).astype(
            np.float32
        )


def _array(value: Tensor | float) -> NDArray[np.float32]:
    return torch.as_tensor(value).float().cpu().numpy()
