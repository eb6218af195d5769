"""Figures of interventions: before, after, predicted, actual."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.figure import InfoFigure
from infodiff_widgets.lettering import lines_of
from infodiff_widgets.sheet import INK, MUTED

from .intervene_effect import Effect

__all__ = ["outcome_figure", "outcomes_figure"]


def outcome_figure(outcome: Effect) -> InfoFigure:
    """Draw one change."""
    return outcomes_figure([outcome])


def outcomes_figure(outcomes: Sequence[Effect]) -> InfoFigure:
    """Draw a row for each change: before, after, the maps that predict, and the squared change of latents.

    Each map is on its own scale; r is Pearson's correlation with the change.
    """
    if not outcomes:
        raise ArgumentError("There is nothing to draw: give at least one outcome.")
    predictors = list(dict.fromkeys(name for outcome in outcomes for name in outcome.maps))
    columns = 3 + len(predictors)
    figure = InfoFigure(figsize=(1.4 * columns, 1.75 * len(outcomes)), layout="constrained")
    grid = figure.subplots(len(outcomes), columns, squeeze=False)
    for row, outcome in zip(grid, outcomes, strict=True):
        done = outcome.edit
        for axes in row:
            axes.set_xticks([])
            axes.set_yticks([])
        row[0].imshow(np.asarray(done.before))
        row[1].imshow(np.asarray(done.after))
        row[0].set_title("before", fontsize=8, color=INK)
        change = "\n".join(lines_of(done.change.title.split(), 1.3, 8, most=2))
        row[1].set_title(change, fontsize=8, color=INK, parse_math=False)
        for axes, name in zip(row[2:-1], predictors, strict=True):
            if name in outcome.maps:
                axes.imshow(outcome.maps[name], cmap="magma", vmin=0)
                said = f"{outcome.pearson[name]:.2f}".replace("-", "−")
                axes.set_title(f"{name}, r {said}", fontsize=8, color=INK)
            else:
                axes.set_axis_off()
        row[-1].imshow(done.moved, cmap="magma", vmin=0)
        row[-1].set_title("actual change", fontsize=8, color=MUTED)
    of_r = ["r: correlation with the actual change"] if predictors else []
    form = ["information: orthogonal form"] if "information" in predictors else []
    origin = dict.fromkeys(fact for outcome in outcomes for fact in outcome.origin)
    figure.note("bright: much, each map on its own scale", *of_r, *form, *origin)
    return figure
