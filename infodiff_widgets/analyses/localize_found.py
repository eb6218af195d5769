"""How well one map finds one word, by every score: what tables and figures of a localisation are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Found"]


@dataclass(frozen=True, eq=False)
class Found:
    """The scores of one map of one word.

    Attributes
    ----------
    picture, word, kind, method
        Of what; the word by its name, see `naming.names_of`.
    coco_it_ious : (50,)
        At the thresholds of the COCO-IT protocol.
    share_ious, share_mean_ious : (49,)
        Foreground IoU, and mean IoU of both classes, above `SHARES` of the map between its ends.
    concept : (6,)
        Counts of the ConceptAttention protocol; see `scores.ConceptAttention`.
    concept_precision, auroc, precision, pointing, otsu_iou
        See `scores`.
    covered
        Share of the picture that the mask covers: the IoU of taking all of it.
    """

    picture: str
    word: str
    kind: str
    method: str
    coco_it_ious: NDArray[np.float64]
    share_ious: NDArray[np.float64]
    share_mean_ious: NDArray[np.float64]
    concept: NDArray[np.int64]
    concept_precision: float
    auroc: float
    precision: float
    pointing: float
    otsu_iou: float
    covered: float
