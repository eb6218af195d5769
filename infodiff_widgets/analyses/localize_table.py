"""The table of a localisation: scores by method and kind of word, with intervals over pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .localize_found import Found
from .scores import SHARES, best_share, coco_it, pooled_accuracy, pooled_mean_iou
from .scores_bootstrap import Interval, bootstrap, mean_by_picture
from .tables import Report, Statement

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cross_validated", "paired", "report_of", "scores_table", "to_dataframe"]


def cross_validated(rows: Sequence[Found]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each row's foreground and mean IoU at the threshold that is best on the other half.

    Pictures are split into halves by turns; the threshold is a share between a map's ends, one for all maps,
    and never chosen on the picture on which it is used.

    Parameters
    ----------
    rows
        Of one method.

    Returns
    -------
    foreground, mean : (rows,)
        NaN where there is but one picture.
    """
    pictures = list(dict.fromkeys(row.picture for row in rows))
    half = np.array([pictures.index(row.picture) % 2 for row in rows])
    foreground, both = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for side in (0, 1):
        other = [row for row, member in zip(rows, half, strict=True) if member != side]
        if not other:
            continue
        shares = (
            best_share([row.share_ious for row in other], SHARES),
            best_share([row.share_mean_ious for row in other], SHARES),
        )
        places = [int(np.argmin(np.abs(SHARES - share))) for share in shares]
        for index in np.flatnonzero(half == side).tolist():
            foreground[index] = rows[index].share_ious[places[0]]
            both[index] = rows[index].share_mean_ious[places[1]]
    return foreground, both


def scores_table(rows: Sequence[Found]) -> pd.DataFrame:
    """Return a row for each kind of word and method, all scores as `Interval`.

    Columns
    -------
    AUROC, AP, pointing
        Of the pixels ranked by the map; see `scores`.
    IoU, mean IoU
        Foreground, and mean of both classes, at a cross-validated threshold.
    Otsu IoU
        Foreground, at Otsu's threshold.
    COCO-IT mIoU
        Foreground at the threshold that is best on these very rows.
    CA accuracy, CA mIoU, CA mAP
        ConceptAttention's protocol.
    """
    import pandas as pd

    lines = []
    for kind, method in dict.fromkeys((row.kind, row.method) for row in rows):
        chosen = [row for row in rows if (row.kind, row.method) == (kind, method)]
        lines.append({"words": kind, "method": method, **_scores(chosen)})
    return pd.DataFrame(lines).sort_values("words", kind="stable", ignore_index=True)


def paired(
    rows: Sequence[Found], first: str, second: str, of: Callable[[Found], float] = lambda row: row.auroc
) -> Interval:
    """Return how much better one method is than another, on the same words, with its interval.

    Parameters
    ----------
    rows
        Of both methods.
    first, second
        Methods.
    of
        The score.
    """
    ours, theirs = ([row for row in rows if row.method == method] for method in (first, second))
    difference = [of(a) - of(b) for a, b in zip(ours, theirs, strict=True)]
    return mean_by_picture([row.picture for row in ours], difference)


def to_dataframe(rows: Sequence[Found]) -> pd.DataFrame:
    """Return all scores that are one number, a row for each word and method."""
    import pandas as pd

    table = pd.DataFrame(
        {
            name: [getattr(row, name) for row in rows]
            for name in (
                *("picture", "word", "kind", "method", "auroc", "precision", "pointing", "otsu_iou"),
                *("concept_precision", "covered"),
            )
        }
    )
    foreground, both = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for kind, method in dict.fromkeys((row.kind, row.method) for row in rows):
        places = [i for i, row in enumerate(rows) if (row.kind, row.method) == (kind, method)]
        foreground[places], both[places] = cross_validated([rows[i] for i in places])
    return table.assign(iou=foreground, mean_iou=both)


def report_of(rows: Sequence[Found], statement: Statement) -> Report:
    """Return a localisation as the command prints it."""
    whole = float(np.mean([row.covered for row in rows]))
    table = scores_table(rows)
    for name in table.columns[2:]:
        # The interval of what is compared most, else the value, or no terminal is wide enough.
        long = name in {"AUROC", "IoU"}
        table[name] = [str(cell) if long else f"{cell.value:.3f}" for cell in table[name]]
    return Report(
        name="localize",
        title="Do maps find the pixels of their word?",
        table=table,
        numbers=to_dataframe(rows),
        statement=statement,
        remarks=[*_comparisons(rows), _REMARK.format(whole)],
    )


_REMARK = (
    "95% intervals by bootstrap over pictures. IoU: of the foreground, mean IoU: the mean of foreground and "
    "background, each at a threshold chosen on the other half of the pictures. COCO-IT mIoU: the protocol of "
    "Kong et al., at the threshold that is best on these very pictures. CA: the protocol of "
    "ConceptAttention, threshold at the mean, pixels of all pictures pooled, foreground and background. "
    "Taking the whole picture for the word has an IoU of {:.3f}."
)


def _comparisons(rows: Sequence[Found]) -> list[str]:
    there = list(dict.fromkeys(row.method for row in rows))
    if "cmi" not in there or len(there) < 2:
        return []
    parts = []
    for name in there:
        if name != "cmi":
            gain = paired(rows, "cmi", name)
            parts.append(f"{name} {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]")
    return ["AUROC of cmi less that of another map, paired by word: " + "; ".join(parts) + "."]


def _scores(rows: Sequence[Found]) -> dict[str, Interval]:
    pictures = [row.picture for row in rows]
    foreground, both = cross_validated(rows)
    counts = np.array([row.concept for row in rows])

    def mean(values: Sequence[float] | NDArray) -> Interval:
        return mean_by_picture(pictures, values)

    return {
        "AUROC": mean([row.auroc for row in rows]),
        "AP": mean([row.precision for row in rows]),
        "pointing": mean([row.pointing for row in rows]),
        "IoU": mean(foreground),
        "mean IoU": mean(both),
        "Otsu IoU": mean([row.otsu_iou for row in rows]),
        "COCO-IT mIoU": mean(coco_it([row.coco_it_ious for row in rows]).ious),
        "CA accuracy": bootstrap(pictures, lambda i: pooled_accuracy(counts[i])),
        "CA mIoU": bootstrap(pictures, lambda i: pooled_mean_iou(counts[i])),
        "CA mAP": mean([row.concept_precision for row in rows]),
    }
