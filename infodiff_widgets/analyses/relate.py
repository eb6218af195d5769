"""How often the true caption of a picture is the most likely one, by what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from infodiff_widgets.channel import RangeLike
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import PromptError
from infodiff_widgets.options import DensityLike
from infodiff_widgets.progress import Progress

from .interrupts import each
from .ranking import Form, Ranking
from .ranking_run import rank_captions
from .relate_cases import Case
from .tables import wilson

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DECIDED_BELOW", "Decision", "accuracy", "accuracy_by_upper_end", "relate", "to_dataframe"]

DECIDED_BELOW = -2.0
"""Upper end of the log-SNR range in which the scenes' relations and bindings are decided.

Below it the network does not see where things are and the caption tells it; above, the layout shows through
the noise, the true captions' lead stops growing and its scatter goes on to grow. Chosen on scenes of another
seed than those of the report, by ``infodiff relate --scan``.
"""


@dataclass(frozen=True, eq=False)
class Decision:
    """A case and the ranking of its captions, the truth last among them, so that a tie counts as wrong."""

    case: Case
    ranking: Ranking

    @cached_property
    def lead(self) -> float:
        """Nats by which the truth is ahead of the best of the others; negative where it is behind."""
        return min(self.lead_over(index) for index in range(len(self.case.others)))

    def lead_over(self, other: int, form: Form = "standard") -> float:
        """Nats by which the truth is ahead of one of the others, on the draws that both had."""
        return self.ranking.difference(len(self.case.others), other, form).value

    def right(self, form: Form = "standard") -> bool:
        """Whether the truth is first."""
        return self.ranking.order(form)[0] == len(self.case.others)


def relate(
    model: Any,
    cases: Sequence[Case],
    *,
    draws: int = 64,
    seed: int = 0,
    reference: str | None = "",
    eliminate: float = 0.001,
    log_snr_range: RangeLike = None,
    density: DensityLike = "uniform",
    batch_size: int | None = None,
    progress: Progress = True,
) -> list[Decision]:
    """Rank the captions of many pictures; see `rank_captions` for the parameters.

    The noise of case i has the seed ``seed + i``. Cases whose captions are longer than the text encoder's
    window are refused, with their names. An interrupt ends it, with a warning: of several cases those that
    are finished are returned, of one the ranking by the draws done.

    Examples
    --------
    >>> from infodiff_widgets.analyses.relate_cases import scene_cases
    >>> decisions = relate(pipeline, list(scene_cases("attribute", 1)), draws=8)
    >>> accuracy(decisions)["cases"].tolist()
    [1]
    """
    denoiser = as_denoiser(model)

    def decide(numbered: tuple[int, Case]) -> Decision:
        number, case = numbered
        try:
            ranking = rank_captions(
                denoiser,
                case.picture(),
                [*(caption for _, caption in case.others), case.truth],
                draws=draws,
                seed=seed + number,
                reference=reference,
                eliminate=eliminate,
                log_snr_range=log_snr_range,
                density=density,
                batch_size=batch_size,
            )
        except PromptError as error:
            raise PromptError(f"{case.name}: {error}") from error
        return Decision(case, ranking)

    return each(enumerate(cases), decide, len(cases), progress, "relating", "case")


def to_dataframe(decisions: Iterable[Decision]) -> pd.DataFrame:
    """Return a row for each pair of the truth and a false caption."""
    import pandas as pd

    rows = []
    for decision in decisions:
        case, ranking = decision.case, decision.ranking
        truth = len(case.others)
        told = ranking.reference_losses is not None
        for index, (change, caption) in enumerate(case.others):
            lead = ranking.difference(truth, index)
            low, high = lead.interval()
            rows.append(
                {
                    "kind": case.kind,
                    "picture": case.name,
                    "truth": case.truth,
                    "change": change,
                    "other": caption,
                    "lead": lead.value,
                    "standard_error": lead.standard_error,
                    "low": low,
                    "high": high,
                    "lead_orthogonal": decision.lead_over(index, "orthogonal") if told else np.nan,
                    "right": decision.right(),
                    "right_orthogonal": decision.right("orthogonal") if told else None,
                    "p_value": ranking.p_value,
                    "draws": ranking.draws,
                }
            )
    return pd.DataFrame(rows)


def accuracy(decisions: Sequence[Decision], level: float = 0.95, significance: float = 0.05) -> pd.DataFrame:
    """Return the share of right decisions by kind, with Wilson's intervals.

    Returns
    -------
    pandas.DataFrame
        ``kind, cases, options``; ``accuracy, low, high`` of the standard form, and of the orthogonal one
        under ``orthogonal...`` (NaN without a reference); ``significant``, the share of decisions with a
        p-value below the significance, and ``accuracy_significant`` of these; the mean numbers of ``draws``
        and ``evaluations``.
    """
    import pandas as pd

    rows = []
    for kind in dict.fromkeys(decision.case.kind for decision in decisions):
        of_kind = [decision for decision in decisions if decision.case.kind == kind]
        sure = [decision for decision in of_kind if decision.ranking.p_value < significance]
        told = all(decision.ranking.reference_losses is not None for decision in of_kind)
        row: dict[str, Any] = {
            "kind": kind,
            "cases": len(of_kind),
            "options": max(len(decision.case.others) for decision in of_kind) + 1,
        }
        row |= _share("", [decision.right() for decision in of_kind], level)
        row |= _share("orthogonal_", [decision.right("orthogonal") for decision in of_kind if told], level)
        row["significant"] = len(sure) / len(of_kind)
        row["accuracy_significant"] = _mean([decision.right() for decision in sure])
        row["draws"] = _mean([decision.ranking.draws for decision in of_kind])
        row["evaluations"] = _mean([decision.ranking.evaluations for decision in of_kind])
        rows.append(row)
    return pd.DataFrame(rows)


def accuracy_by_upper_end(decisions: Sequence[Decision], ends: Sequence[float]) -> pd.DataFrame:
    """Return what the accuracy would be if the range ended at lower levels, for choosing its upper end.

    Parameters
    ----------
    decisions
        Made over a long range, without elimination.
    ends
        Log-SNRs.

    Returns
    -------
    pandas.DataFrame
        ``kind, upper, accuracy``; ``lead, scatter``, the mean and the standard deviation over cases of the
        truth's lead over the best of the others, in nats.
    """
    import pandas as pd

    rows = []
    for kind in dict.fromkeys(decision.case.kind for decision in decisions):
        of_kind = [decision for decision in decisions if decision.case.kind == kind]
        for end in ends:
            leads = []
            for decision in of_kind:
                losses = np.nan_to_num(decision.ranking.losses[:, decision.ranking.log_snr < end])
                leads.append((losses[:-1].sum(1).min() - losses[-1].sum()) / decision.ranking.draws)
            right = float(np.mean(np.array(leads) > 0))
            spread = float(np.std(leads, ddof=1)) if len(leads) > 1 else np.nan
            rows.append((kind, end, right, float(np.mean(leads)), spread))
    return pd.DataFrame(rows, columns=["kind", "upper", "accuracy", "lead", "scatter"])


def _share(prefix: str, right: Sequence[bool], level: float) -> dict[str, float]:
    low, high = wilson(sum(right), len(right), level)
    return {f"{prefix}accuracy": _mean(right), f"{prefix}low": low, f"{prefix}high": high}


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
