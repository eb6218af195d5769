"""The table of interventions: correlation of predicted and actual change, with intervals over pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .intervene_effect import Effect, correlations
from .scores_bootstrap import Interval, bootstrap, mean_by_picture
from .tables import Report, Statement

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["correlation_table", "image_level", "lead", "pixel_level", "report_of", "to_dataframe"]

_FEWEST = 4  # a correlation over fewer pictures says nothing
_FAITHFUL = 0.05  # of the mean square of the latents: what may be lost on the way there and back


def pixel_level(outcomes: Sequence[Effect], predictor: str, rank: bool = False) -> Interval:
    """Return the mean over changes of the correlation over cells, with its interval over pictures."""
    values = [_of(outcome, predictor, rank) for outcome in outcomes]
    return mean_by_picture(_pictures(outcomes), values)


def image_level(outcomes: Sequence[Effect], predictor: str, rank: bool = False) -> Interval:
    """Return the correlation over changes of the predicted and the actual totals; NaN for fewer than 4."""
    there = [outcome for outcome in outcomes if predictor in outcome.maps]
    if len(there) < _FEWEST:
        return Interval(np.nan, np.nan, np.nan)
    totals = np.array([outcome.maps[predictor].sum() for outcome in there])
    moved = np.array([outcome.edit.moved.sum() for outcome in there])
    return bootstrap(_pictures(there), _correlation(totals, moved, rank))


def lead(outcomes: Sequence[Effect], first: str, second: str, rank: bool = False) -> Interval:
    """Return how much better one predictor's correlation over cells is than another's, paired by change."""
    values = [_of(outcome, first, rank) - _of(outcome, second, rank) for outcome in outcomes]
    return mean_by_picture(_pictures(outcomes), values)


def correlation_table(outcomes: Sequence[Effect]) -> pd.DataFrame:
    """Return a row for each kind of change and predictor, all as `Interval`.

    Columns
    -------
    pixel r, pixel rho
        Pearson's and Spearman's correlation over cells, mean over changes.
    image r, image rho
        Over changes, of the totals.
    lead in pixel r
        Of information over the predictor, paired by change.
    """
    import pandas as pd

    lines = []
    for kind in dict.fromkeys(outcome.edit.change.kind for outcome in outcomes):
        chosen = [outcome for outcome in outcomes if outcome.edit.change.kind == kind]
        for predictor in dict.fromkeys(name for outcome in chosen for name in outcome.maps):
            lines.append(
                {
                    "change": kind,
                    "predictor": predictor,
                    "pixel r": pixel_level(chosen, predictor),
                    "pixel rho": pixel_level(chosen, predictor, rank=True),
                    "image r": image_level(chosen, predictor),
                    "image rho": image_level(chosen, predictor, rank=True),
                    "lead in pixel r": (
                        Interval(np.nan, np.nan, np.nan)
                        if predictor == "information"
                        else lead(chosen, "information", predictor)
                    ),
                }
            )
    return pd.DataFrame(lines)


def to_dataframe(outcomes: Sequence[Effect]) -> pd.DataFrame:
    """Return a row for each change."""
    import pandas as pd

    lines = []
    for outcome in outcomes:
        done = outcome.edit
        line = {
            "picture": outcome.case.name,
            "change": done.change.kind,
            "word": done.change.name,
            "text": done.change.text,
            "before": done.change.before,
            "after": done.change.after,
            "moved": float(done.moved.sum()),
            "inside": outcome.inside,
            "contrast": outcome.contrast,
            "obeyed": outcome.obeyed,
            "reconstruction_error": done.reconstruction_error,
            "noise_scale": done.noise_scale,
        }
        for predictor, values in outcome.maps.items():
            line[f"{predictor}_total"] = float(values.sum())
            line[f"{predictor}_pearson"] = outcome.pearson[predictor]
            line[f"{predictor}_spearman"] = outcome.spearman[predictor]
        lines.append(line)
    return pd.DataFrame(lines)


def report_of(outcomes: Sequence[Effect], statement: Statement) -> Report:
    """Return interventions as the command prints them."""
    table = correlation_table(outcomes)
    for name in table.columns[2:]:
        table[name] = [str(cell) if np.isfinite(cell.value) else "" for cell in table[name]]
    # Of few changes nothing is known over changes, and information leads nothing where it is alone.
    table = table.drop(columns=[name for name in table.columns[4:] if not any(table[name])])
    return Report(
        name="intervene",
        title="Does the information of a word predict where the picture changes?",
        table=table,
        numbers=to_dataframe(outcomes),
        statement=statement,
        remarks=[*_masks(outcomes), *_returns(outcomes), *_columns(table)],
    )


_PREDICTORS = {
    "information": "of what the word says given the rest of the prompt, or of what its swap changes",
    "attention": "of the network's attention to the word at the same noise",
    "regeneration": "of the attention to it while the picture is made again under the unchanged prompt",
}


def _columns(table: pd.DataFrame) -> list[str]:
    """Explain predictors, and those columns that a printed table has."""
    if table.empty:
        return []
    said = [f"{name}, {_PREDICTORS[name]}" for name in dict.fromkeys(table["predictor"])]
    read = (
        "pixel r and pixel rho: Pearson's r and Spearman's rho of the map with the squared change of the "
        "latents, over their cells, mean of the changes."
    )
    if "image r" in table:
        read += " image r and image rho: the same of the totals of both, over changes"
        few = "" in set(table["image r"])
        read += f"; empty below {_FEWEST} changes of a kind." if few else "."
    if "lead in pixel r" in table:
        read += (
            " lead in pixel r: how far information leads that predictor, its pixel r less that of the row, "
            "paired by change."
        )
    if table.iloc[:, 2:].apply(lambda column: column.str.contains("[", regex=False)).any(axis=None):
        read += " In brackets: 95% intervals by bootstrap over pictures."
    return [f"Predictors are maps: {'; '.join(said)}.", read]


def _masks(outcomes: Sequence[Effect]) -> list[str]:
    sentences = []
    for kind in dict.fromkeys(outcome.edit.change.kind for outcome in outcomes):
        chosen = [o for o in outcomes if o.edit.change.kind == kind and o.mask is not None]
        if not chosen:
            continue
        pictures = _pictures(chosen)
        inside = mean_by_picture(pictures, [outcome.inside for outcome in chosen])
        area = np.mean([outcome.mask.mean() for outcome in chosen if outcome.mask is not None])
        contrast = np.nanmedian([outcome.contrast for outcome in chosen])
        ends = "" if np.isnan(inside.low) else f" [{inside.low:.1%}, {inside.high:.1%}]"
        sentence = (
            f"{kind}: {inside.value:.1%}{ends} of the change lies in the word's object, "
            f"{area:.1%} of the picture; a cell of it changes {contrast:.1f} times as much as one "
            "outside (median)"
        )
        obeyed = [outcome.obeyed for outcome in chosen if outcome.obeyed is not None]
        if obeyed:
            sentence += f"; {sum(obeyed)} of {len(obeyed)} show what was asked for"
        sentences.append(sentence + ".")
    return sentences


def _returns(outcomes: Sequence[Effect]) -> list[str]:
    errors = [outcome.edit.reconstruction_error for outcome in outcomes]
    sentence = (
        "Return to the picture under the unchanged prompt: mean squared error "
        f"{np.median(errors):.1e} of the latents' mean square (median; worst {max(errors):.1e})."
    )
    if np.median(errors) > _FAITHFUL:
        sentence += " That is much: the few steps of the ODE hide what the prompts change. Give more steps."
    return [sentence]


def _of(outcome: Effect, predictor: str, rank: bool) -> float:
    return (outcome.spearman if rank else outcome.pearson).get(predictor, np.nan)


def _pictures(outcomes: Sequence[Effect]) -> list[str]:
    return [outcome.case.name for outcome in outcomes]


def _correlation(first: NDArray, second: NDArray, rank: bool) -> Callable[[NDArray[np.int64]], float]:
    def of(rows: NDArray[np.int64]) -> float:
        return correlations(first[rows], second[rows])[int(rank)]

    return of
