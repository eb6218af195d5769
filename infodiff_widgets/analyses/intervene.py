"""Whether the information of a word predicts where the picture changes when the word does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from infodiff_widgets.channel import RangeLike
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.estimator import estimate
from infodiff_widgets.images import cell_means
from infodiff_widgets.options import DensityLike
from infodiff_widgets.progress import Progress

from .attention import attention_maps
from .interrupts import Part, draws_of, each, left_off
from .intervene_cases import Change, InterveneCase
from .intervene_edit import edit
from .intervene_effect import PREDICTORS, Effect, correlations
from .inversion import Solver
from .tables import Statement, origin_of, stopwatch

if TYPE_CHECKING:
    import pandas as pd

    from infodiff_widgets.figure import InfoFigure
    from infodiff_widgets.result import Result

    from .intervene_view import InterventionView
    from .tables import Report

__all__ = ["PREDICTORS", "Interventions", "Outcome", "correlations", "intervene", "predicted"]


class Outcome(Effect):
    """An `Effect` that shows itself: a change, what it did, and what was predicted."""

    def figure(self) -> InfoFigure:
        """Draw before, after, predicted and actual."""
        from .intervene_figure import outcome_figure

        return outcome_figure(self)

    def view(self, **display: Any) -> InterventionView:
        """Show before, after, predicted and actual in a notebook; see `InterventionView`."""
        from .intervene_view import InterventionView

        return InterventionView([self], **display)


@dataclass(frozen=True, eq=False)
class Interventions:
    """The outcome of `intervene`.

    Attributes
    ----------
    outcomes
        One for each case.
    statement
        Model, data, settings, seconds and evaluations.
    """

    outcomes: Sequence[Outcome]
    statement: Statement

    @property
    def table(self) -> pd.DataFrame:
        """Correlations by kind of change and predictor, with intervals over pictures."""
        from .intervene_table import correlation_table

        return correlation_table(self.outcomes)

    @property
    def numbers(self) -> pd.DataFrame:
        """A row for each case."""
        from .intervene_table import to_dataframe

        return to_dataframe(self.outcomes)

    def figure(self, most: int = 4) -> InfoFigure:
        """Draw before, after, predicted and actual of the first cases."""
        from .intervene_figure import outcomes_figure

        return outcomes_figure(self.outcomes[:most])

    def view(self, most: int = 24, **display: Any) -> InterventionView:
        """Show before, after, predicted and actual of the first cases in a notebook, one at a time.

        Parameters
        ----------
        most
            Cases; each weighs up to half a megabyte.
        **display
            See `InterventionView`.
        """
        from .intervene_view import InterventionView

        return InterventionView(self.outcomes[:most], **display)

    def report(self) -> Report:
        """Return it as the command prints it."""
        from .intervene_table import report_of

        return report_of(self.outcomes, self.statement)


def intervene(
    model: Any,
    cases: Sequence[InterveneCase],
    *,
    predictors: Sequence[str] = PREDICTORS,
    steps: int = 15,
    solver: Solver = "heun",
    draws: int = 64,
    seed: int = 0,
    log_snr_range: RangeLike = None,
    density: DensityLike = None,
    data: str = "",
    progress: Progress = True,
) -> Interventions:
    """Change words of the prompts of real pictures, and compare where pictures change with predictions.

    An interrupt ends it, with a warning; the statement says so. The outcome holds the changes that are
    finished; where there is but one, its information is that of the draws done, and it is still made.

    Parameters
    ----------
    model
        A pipeline, or a denoiser with ``decode_latents``; attention needs a pipeline.
    cases
        See `intervene_cases`.
    predictors
        Of `PREDICTORS`.
    steps, solver
        Of the ODE; see `inversion.trajectory`.
    draws, seed, log_snr_range, density
        Of the estimate; see `estimator.estimate`.
    data
        What the cases are, for the statement.
    progress
        As in `estimator.estimate`; counts cases.

    Raises
    ------
    ArgumentError
        For another predictor.

    Examples
    --------
    >>> from infodiff_widgets.analyses.intervene_cases import InterveneCase, omit
    >>> case = InterveneCase("circle", picture, omit(prompt, "red"))
    >>> found = intervene(pipeline, [case], predictors=["information"], steps=2, draws=8)
    >>> len(found.outcomes)
    1
    """
    unknown = [name for name in predictors if name not in PREDICTORS]
    if unknown:
        raise ArgumentError(f"predictors: {unknown[0]!r} is none of {', '.join(map(repr, PREDICTORS))}.")
    denoiser = as_denoiser(model)

    def change(case: InterveneCase) -> tuple[Outcome, int | Part]:
        result = predicted(
            denoiser, case.picture, case.change, draws, seed, log_snr_range=log_snr_range, density=density
        )
        outcome = _outcome(denoiser, case, result, predictors, steps, solver)
        return outcome, draws_of(result)

    with stopwatch() as clock:
        found = each(cases, change, len(cases), progress, "intervening", "change")
    outcomes = [outcome for outcome, _ in found]
    quadrature = denoiser.schedule.quadrature(log_snr_range)
    statement = Statement(
        model=denoiser.identity,
        data=data or f"{len(cases)} changes",
        settings={
            **left_off("changes", len(found), len(cases)),
            "draws": found[0][1] if len(cases) == 1 else draws,
            "log-SNR": (quadrature.low, quadrature.high),
            "solver": f"{solver}, {steps} Karras levels",
            "seed": seed,
        },
        seconds=clock.seconds,
        evaluations=sum(outcome.evaluations for outcome in outcomes),
    )
    return Interventions(outcomes, statement)


def predicted(
    model: Any,
    picture: Any,
    change: Change,
    draws: int = 64,
    seed: int = 0,
    *,
    log_snr_range: RangeLike = None,
    density: DensityLike = None,
) -> Result:
    """Estimate the information that a change is about.

    For "omit" the CMI of the word, for "add" its CMI in the longer prompt, for "swap" also quantity "swap".
    """
    return estimate(
        model,
        picture,
        change.after if change.kind == "add" else change.before,
        words=[change.word],
        quantities=("cmi",),
        placeholder=change.placeholder,
        swaps={change.word: change.text} if change.kind == "swap" else None,
        draws=draws,
        seed=seed,
        bands=None,
        log_snr_range=log_snr_range,
        density=density,
        progress=False,
    )


def _outcome(
    denoiser: Any,
    case: InterveneCase,
    result: Result,
    predictors: Sequence[str],
    steps: int,
    solver: Solver,
) -> Outcome:
    change = case.change
    quantity = "swap" if change.kind == "swap" else "cmi"
    maps = {"information": result.map(0, quantity).values.astype(np.float64)}
    evaluations = result.provenance["evaluations"]
    if "attention" in predictors:
        attention = attention_maps(denoiser, result)
        maps["attention"] = attention.values[0]
        evaluations += attention.attrs["evaluations"]
    # The unchanged prompt has no word yet that is to be added.
    attend = "regeneration" in predictors and change.kind != "add"
    done = edit(denoiser, case.picture, change, steps=steps, solver=solver, attend=attend)
    if done.attention is not None:
        maps["regeneration"] = done.attention
    maps = {name: maps[name] for name in predictors if name in maps}
    found = {name: correlations(values, done.moved) for name, values in maps.items()}
    masks = case.located().fitted_masks(denoiser.image_rule)
    return Outcome(
        case=case,
        edit=done,
        maps=maps,
        pearson={name: values[0] for name, values in found.items()},
        spearman={name: values[1] for name, values in found.items()},
        mask=cell_means(masks[0], done.moved.shape) > 0.5 if masks else None,
        obeyed=case.obeyed(done.after) if case.obeyed else None,
        evaluations=evaluations + done.evaluations,
        origin=origin_of(denoiser.identity, draws_of(result), result.log_snr_range),
    )
