"""What a change did and what was predicted: what tables, figures and views of interventions are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from .intervene_cases import InterveneCase
from .intervene_edit import EditedPicture

__all__ = ["PREDICTORS", "Effect", "correlations"]

PREDICTORS = ("information", "attention", "regeneration")
"""Information of the word (CMI, or of the swap); attention to it at the estimate's noise levels; attention
along the generation under the unchanged prompt, as in the paper."""


@dataclass(frozen=True, eq=False)
class Effect:
    """A change, what it did, and what was predicted.

    Attributes
    ----------
    case, edit
        What was asked, and what came of it.
    maps
        (h, w) by predictor.
    pearson, spearman
        Correlation over cells of each map with `EditedPicture.moved`.
    mask
        Cells that should change, (h, w) bool, more than half of whose pixels are in the case's mask; or None.
    obeyed
        Whether the new picture shows what was asked for; None where nobody knows.
    evaluations
        Of the network.
    origin
        Where the maps come from, for the small print of a figure; see `tables.origin_of`.
    """

    case: InterveneCase
    edit: EditedPicture
    maps: dict[str, NDArray[np.float64]]
    pearson: dict[str, float]
    spearman: dict[str, float]
    mask: NDArray[np.bool_] | None
    obeyed: bool | None
    evaluations: int
    origin: tuple[str, ...] = ()

    @property
    def inside(self) -> float:
        """Share of the change that lies within the mask; NaN without one."""
        moved = self.edit.moved
        return float(moved[self.mask].sum() / moved.sum()) if self.mask is not None else np.nan

    @property
    def contrast(self) -> float:
        """Mean change of a cell within the mask over that of a cell outside; NaN without a mask."""
        if self.mask is None or not self.mask.any():
            return np.nan
        moved = self.edit.moved
        return float(moved[self.mask].mean() / moved[~self.mask].mean())


def correlations(predicted: NDArray, actual: NDArray) -> tuple[float, float]:
    """Return Pearson's and Spearman's correlation over cells; NaN where one of the maps is flat."""
    first, second = np.ravel(predicted), np.ravel(actual)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return np.nan, np.nan
    return float(np.corrcoef(first, second)[0, 1]), float(
        np.corrcoef(rankdata(first), rankdata(second))[0, 1]
    )
