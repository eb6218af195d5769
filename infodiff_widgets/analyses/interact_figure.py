"""Figures of interactions: what was measured beside what the world says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from infodiff_widgets.figure import InfoFigure
from infodiff_widgets.sheet import INK, MUTED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["half_implied_figure"]

_BARS = {"mi": "MI", "cmi": "CMI", "co_information": "redundancy\nwith the noun"}


def half_implied_figure(rows: pd.DataFrame, origin: Sequence[str] = ()) -> InfoFigure:
    """Draw the means of `half_implied` with their standard errors, and the world's own numbers as lines.

    Parameters
    ----------
    rows
        From `interact_scenes.half_implied`.
    origin
        Where the numbers come from, for the small print; see `tables.origin_of`.
    """
    groups = list(dict.fromkeys(rows["group"]))
    figure = InfoFigure(figsize=(5.2, 2.8), layout="constrained")
    axes = figure.add_subplot()
    width = 0.8 / len(groups)
    for place, group in enumerate(groups):
        part = rows[rows["group"] == group]
        at = np.arange(len(_BARS)) + (place - (len(groups) - 1) / 2) * width
        means = [part[name].mean() for name in _BARS]
        errors = [part[name].std(ddof=1) / np.sqrt(len(part)) if len(part) > 1 else 0.0 for name in _BARS]
        label = {"own": "noun, its own colour", "other": "noun, another colour", "shape": "shape"}[group]
        axes.bar(at, means, 0.9 * width, yerr=errors, label=label, capsize=2, alpha=0.85)
        truths = [part[f"{name}_truth"].mean() for name in _BARS]
        axes.hlines(truths, at - 0.45 * width, at + 0.45 * width, color=INK, linewidth=1.6)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.set_xticks(range(len(_BARS)), list(_BARS.values()))
    axes.set_ylabel("nats of the colour word", color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(groups))
    figure.note(
        "bars: mean ± standard error", "lines across: the world's own numbers", "standard form", *origin
    )
    return figure
