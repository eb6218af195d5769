"""How well maps find what words speak of: scores of one map, and the protocols of two papers.

All take maps as real values per pixel and masks as booleans of the same shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

__all__ = [
    "COCO_IT_SHARES",
    "SHARES",
    "CocoIT",
    "ConceptAttention",
    "area_under_curve",
    "average_precision",
    "best_share",
    "coco_it",
    "concept_attention",
    "foreground_iou",
    "mean_iou",
    "min_max",
    "pointing",
    "pooled_accuracy",
    "pooled_mean_iou",
    "share_ious",
]

COCO_IT_SHARES = np.linspace(0.1, 0.5, 50)
"""The thresholds of the COCO-IT protocol, on maps between 0 and 1."""

SHARES = np.linspace(0.02, 0.98, 49)
"""The thresholds of the package's own IoU, which it chooses on pictures that it does not score."""


def foreground_iou(found: ArrayLike, mask: ArrayLike) -> float:
    """Return intersection over union (Jaccard); 1 where both are empty."""
    found, mask = np.asarray(found, bool), np.asarray(mask, bool)
    union = np.count_nonzero(found | mask)
    return np.count_nonzero(found & mask) / union if union else 1.0


def mean_iou(found: ArrayLike, mask: ArrayLike) -> float:
    """Return the mean of the intersections over union of the foreground and of the background."""
    found, mask = np.asarray(found, bool), np.asarray(mask, bool)
    return 0.5 * (foreground_iou(found, mask) + foreground_iou(~found, ~mask))


def average_precision(heat: ArrayLike, mask: ArrayLike) -> float:
    """Return the average precision of the pixels, ranked by the map; NaN where the mask is empty."""
    heat, mask = np.ravel(heat), np.ravel(np.asarray(mask, bool))
    return float(average_precision_score(mask, heat)) if mask.any() else np.nan


def area_under_curve(heat: ArrayLike, mask: ArrayLike) -> float:
    """Return the area under the ROC curve, the chance that a pixel of the mask outranks one outside.

    NaN where there are no such two pixels.
    """
    heat, mask = np.ravel(heat), np.ravel(np.asarray(mask, bool))
    return float(roc_auc_score(mask, heat)) if mask.any() and not mask.all() else np.nan


def pointing(heat: ArrayLike, mask: ArrayLike, tolerance: int = 0) -> bool:
    """Play the pointing game (Zhang et al., 2016): whether the map's maximum hits the mask.

    Parameters
    ----------
    heat, mask : (H, W)
        Of several equal maxima the one nearest to their centre counts.
    tolerance
        Pixels by which it may miss; the original has 15 on pictures of some 500 pixels a side.
    """
    heat, mask = np.asarray(heat), np.asarray(mask, bool)
    tops = np.argwhere(heat == heat.max())
    row, column = tops[np.argmin(((tops - tops.mean(0)) ** 2).sum(1))]
    rows, columns = np.nonzero(mask)
    return bool(((rows - row) ** 2 + (columns - column) ** 2 <= tolerance**2).any())


def min_max(heat: ArrayLike) -> NDArray[np.float64]:
    """Map a map's values to 0..1; a flat map to 0."""
    values = np.asarray(heat, np.float64)
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def share_ious(
    heat: ArrayLike,
    mask: ArrayLike,
    shares: ArrayLike,
    of: Callable[[ArrayLike, ArrayLike], float] = foreground_iou,
) -> NDArray[np.float64]:
    """Return the IoU of a map, scaled to 0..1, above each of several thresholds; or `mean_iou` of it."""
    scaled = min_max(heat)
    return np.array([of(scaled > share, mask) for share in np.ravel(shares)])


def best_share(ious: ArrayLike, shares: ArrayLike) -> float:
    """Return the one threshold that is best on average, for use on other pictures.

    Parameters
    ----------
    ious : (maps, shares)
        From `share_ious`, on pictures set apart for this.
    shares : (shares,)
    """
    return float(np.ravel(shares)[np.argmax(np.mean(np.asarray(ious), axis=0))])


class CocoIT(NamedTuple):
    """Scores of the COCO-IT protocol.

    Attributes
    ----------
    threshold
        Chosen on the same pictures: an oracle.
    ious : (maps,)
        Foreground IoU at it; their mean is the paper's mIoU.
    """

    threshold: float
    ious: NDArray[np.float64]


def coco_it(ious: ArrayLike) -> CocoIT:
    """Score by the protocol of Kong et al. (2024), section 4.2, as their code has it.

    Each map scaled to 0..1, one threshold for all, the best of 50 between 0.1 and 0.5 *on the test set
    itself*; mean foreground IoU over rows. Maps of more than one resolution may be mixed.

    Parameters
    ----------
    ious : (maps, 50)
        From `share_ious`, at `COCO_IT_SHARES`.
    """
    ious = np.asarray(ious)
    best = int(np.argmax(ious.mean(0)))
    return CocoIT(float(COCO_IT_SHARES[best]), ious[:, best])


class ConceptAttention(NamedTuple):
    """What the ConceptAttention protocol counts of a map; sums over maps make the scores.

    Attributes
    ----------
    counts : (6,)
        Pixels: right, all, intersection and union of the foreground, of the background.
    precision
        Average precision over both classes together; its mean over maps is the paper's mAP.
    """

    counts: NDArray[np.int64]
    precision: float


def pooled_accuracy(counts: NDArray[np.int64]) -> float:
    """Return the share of all maps' pixels that are right; `counts` of `ConceptAttention`, (maps, 6)."""
    return float(counts[:, 0].sum() / counts[:, 1].sum())


def pooled_mean_iou(counts: NDArray[np.int64]) -> float:
    """Return the mean over the two classes of the intersections of all maps over the unions of all maps."""
    total = counts.sum(0)
    return float(0.5 * (total[2] / total[3] + total[4] / total[5]))


def concept_attention(heat: ArrayLike, mask: ArrayLike) -> ConceptAttention:
    """Score a map by the protocol of ConceptAttention (Helbling et al., 2025), that of Chefer et al. (2021).

    A pixel is foreground where the map is above its own mean; accuracy and mIoU (foreground and background)
    from pixels pooled over all maps; average precision per map over the scaled map and its complement, as
    scores of the two classes.
    """
    values, inside = np.asarray(heat, np.float64), np.asarray(mask, bool)
    found = values > values.mean()
    both, neither = np.count_nonzero(found & inside), np.count_nonzero(~found & ~inside)
    either, not_both = np.count_nonzero(found | inside), np.count_nonzero(~found | ~inside)
    scaled = min_max(values)
    scores = np.concatenate([(1 - scaled).ravel(), scaled.ravel()])
    classes = np.concatenate([~inside.ravel(), inside.ravel()])
    return ConceptAttention(
        np.array([both + neither, inside.size, both, either, neither, not_both], np.int64),
        float(average_precision_score(classes, scores)),
    )
