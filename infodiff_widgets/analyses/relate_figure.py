"""At which noise levels captions are told apart: a figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infodiff_widgets.figure import InfoFigure
from infodiff_widgets.sheet import INK, MUTED

from .relate import Decision

__all__ = ["lead_by_level", "lead_figure"]


def lead_by_level(
    decisions: Sequence[Decision], edges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the truth's mean lead over the false captions, by band of log-SNR.

    Parameters
    ----------
    decisions
        All are given the same weight, and within one all false captions.
    edges : (bands + 1,)
        Ascending log-SNRs.

    Returns
    -------
    mean, error : (bands,)
        Nats per band over cases, and the standard error; NaN for a single case.
    """
    rows = []
    for decision in decisions:
        ranking = decision.ranking
        lead = ranking.losses[:-1] - ranking.losses[-1]
        had = ~np.isnan(lead)
        # A caption's draws are spread over the levels like those of a whole run.
        share = (np.where(had, lead, 0) / had.sum(1, keepdims=True)).mean(0)
        band = np.searchsorted(edges, ranking.log_snr, side="right") - 1
        rows.append([share[band == index].sum() for index in range(edges.size - 1)])
    values = np.array(rows)
    error = values.std(0, ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else np.full(edges.size - 1, np.nan)
    return values.mean(0), error


def lead_figure(
    decisions: Sequence[Decision], ends: tuple[float, float], bands: int = 8, origin: Sequence[str] = ()
) -> InfoFigure:
    """Draw the lead of the truth by noise level, in nats per unit of log-SNR, a line for each kind.

    Parameters
    ----------
    decisions
        Of cases of any kinds.
    ends
        Of the range of log-SNR.
    bands
        Points of each line.
    origin
        Where the numbers come from, for the small print; see `tables.origin_of`.
    """
    edges = np.linspace(*ends, bands + 1)
    middle, width = 0.5 * (edges[1:] + edges[:-1]), edges[1] - edges[0]
    figure = InfoFigure(figsize=(4.6, 2.9), layout="constrained")
    axes = figure.add_subplot()
    kinds = list(dict.fromkeys(decision.case.kind for decision in decisions))
    for place, kind in enumerate(kinds):
        of_kind = [decision for decision in decisions if decision.case.kind == kind]
        mean, error = lead_by_level(of_kind, edges)
        axes.errorbar(
            middle + 0.06 * width * (place - (len(kinds) - 1) / 2),
            mean / width,
            error / width,
            label=f"{kind} ({len(of_kind)})",
            marker="os^Dv"[place % 5],
            markersize=4,
            linewidth=1.2,
            capsize=2,
        )
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.set_xlabel("log-SNR (noisy on the left)", color=INK)
    axes.set_ylabel("lead of the true caption\n(nats per unit of log-SNR)", color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=min(len(kinds), 3))
    figure.note("mean ± standard error over cases, whose number is in brackets", "standard form", *origin)
    return figure
