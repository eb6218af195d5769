"""How well maps find the pixels of words: information, attention, and both together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infodiff_widgets.channel import RangeLike
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.estimator import estimate
from infodiff_widgets.naming import names_of
from infodiff_widgets.options import DensityLike
from infodiff_widgets.progress import Progress

from .attention import attention_maps, product, rank_mean, regeneration_attention
from .interrupts import Part, draws_of, each, left_off
from .localize_cases import LocalizeCase
from .localize_found import Found
from .masks import Upsampling, threshold, upsample
from .scores import (
    COCO_IT_SHARES,
    SHARES,
    area_under_curve,
    average_precision,
    concept_attention,
    foreground_iou,
    mean_iou,
    pointing,
    share_ious,
)
from .tables import Statement, stopwatch

if TYPE_CHECKING:
    import pandas as pd

    from infodiff_widgets.figure import InfoFigure
    from infodiff_widgets.result import Result

    from .tables import Report

__all__ = ["METHODS", "Found", "Localization", "localize", "maps_of"]

METHODS = ("cmi", "cmi at edges", "mi", "attention", "regeneration", "product", "rank mean")
"""The maps, in the order of the tables.

"cmi" and "mi" are orthogonal information; "cmi at edges" is brought to pixels by `masks.upsample` with
"edges", whatever the others are; "attention" is collected while the real picture is denoised at the
noise levels of the estimate (the paper's "attention + information"), "regeneration" along a generation of the
picture from its own noise; "product" and "rank mean" join cmi and attention without parameters.
"""
_BOTH = ("product", "rank mean")


@dataclass(frozen=True, eq=False)
class Localization:
    """The outcome of `localize`.

    Attributes
    ----------
    rows
        The scores of each map of each word.
    statement
        Model, data, settings, seconds and evaluations.
    """

    rows: Sequence[Found]
    statement: Statement

    @property
    def table(self) -> pd.DataFrame:
        """Scores by kind of word and method, with intervals; see `localize_table.scores_table`."""
        from .localize_table import scores_table

        return scores_table(self.rows)

    @property
    def numbers(self) -> pd.DataFrame:
        """A row for each word and method."""
        from .localize_table import to_dataframe

        return to_dataframe(self.rows)

    def figure(self, score: str = "AUROC") -> InfoFigure:
        """Draw a column of the table."""
        from .localize_figure import scores_figure

        informed = any(row.method not in ("attention", "regeneration") for row in self.rows)
        form = ["information: orthogonal form"] if informed else []
        return scores_figure(self.table, score, (*form, *self.statement.origin))

    def report(self) -> Report:
        """Return it as the command prints it."""
        from .localize_table import report_of

        return report_of(self.rows, self.statement)


def localize(
    model: Any,
    cases: Sequence[LocalizeCase],
    *,
    methods: Sequence[str] = METHODS,
    upsampling: Upsampling = "bilinear",
    draws: int = 64,
    seed: int = 0,
    log_snr_range: RangeLike = None,
    density: DensityLike = None,
    data: str = "",
    progress: Progress = True,
) -> Localization:
    """Score maps of words against the pixels that they speak of.

    An interrupt ends it, with a warning; the statement says so. The outcome holds the pictures that are
    finished; where there is but one, it is made of the draws done.

    Parameters
    ----------
    model
        A pipeline or a denoiser; attention needs a pipeline.
    cases
        With masks.
    methods
        Of `METHODS`.
    upsampling
        See `masks.upsample`.
    draws, seed, log_snr_range, density
        As in `estimator.estimate`.
    data
        What the cases are, for the statement.
    progress
        As in `estimator.estimate`; counts cases.

    Raises
    ------
    ArgumentError
        For another method.

    Examples
    --------
    >>> from infodiff_widgets.analyses.localize_cases import scene_cases
    >>> found = localize(pipeline, scene_cases(1), methods=["cmi"], draws=8)
    >>> found.numbers["word"].tolist()
    ['purple', 'ring (2)', 'green', 'ring (7)']
    """
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        raise ArgumentError(f"methods: {unknown[0]!r} is none of {', '.join(map(repr, METHODS))}.")
    denoiser = as_denoiser(model)
    quadrature = denoiser.schedule.quadrature(log_snr_range)

    def score(case: LocalizeCase) -> tuple[list[Found], int, int | Part]:
        result = estimate(
            denoiser,
            case.picture,
            case.prompt,
            words=case.words,
            quantities=("cmi", "mi") if "mi" in methods else ("cmi",),
            draws=draws,
            seed=seed,
            bands=None,
            log_snr_range=log_snr_range,
            density=density,
            progress=False,
        )
        maps, more = maps_of(denoiser, result, methods)
        scores = list(_scores(case, result, maps, case.fitted_masks(denoiser.image_rule), upsampling))
        evaluations = result.provenance["evaluations"] + more
        return scores, evaluations, draws_of(result)

    with stopwatch() as clock:
        found = each(cases, score, len(cases), progress, "localising", "picture")
    settings = {
        **left_off("pictures", len(found), len(cases)),
        "draws": found[0][2] if len(cases) == 1 else draws,
        "log-SNR": (quadrature.low, quadrature.high),
        "upsampling": upsampling,
        "seed": seed,
    }
    statement = Statement(
        model=denoiser.identity,
        data=data or f"{len(cases)} pictures",
        settings=settings,
        seconds=clock.seconds,
        evaluations=sum(evaluations for _, evaluations, _ in found),
    )
    return Localization([row for rows, _, _ in found for row in rows], statement)


def maps_of(
    model: Any, result: Result, methods: Sequence[str] = METHODS
) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Return the maps of all words of a result by several methods.

    Parameters
    ----------
    model
        The pipeline or denoiser of the result.
    result
        With the quantities that the methods need.
    methods
        Of `METHODS`.

    Returns
    -------
    dict
        (word, y, x) for each method; nats per latent cell, shares of attention, or of no unit.
    int
        Network evaluations beyond those of the result.

    Examples
    --------
    >>> result = estimate(pipeline, picture, prompt, draws=8)
    >>> maps, evaluations = maps_of(pipeline, result, ["cmi", "attention"])
    >>> sorted(maps)
    ['attention', 'cmi']
    """
    found: dict[str, NDArray[np.float64]] = {}
    evaluations = 0
    for quantity in ("cmi", "mi"):
        if quantity in result.quantities:
            chosen = result.data["maps"].sel(quantity=quantity, form="orthogonal")
            found[quantity] = chosen.transpose("word", "y", "x").values.astype(np.float64)
    if "cmi" in found:
        found["cmi at edges"] = found["cmi"]
    if "attention" in methods or any(method in methods for method in _BOTH):
        attention = attention_maps(model, result)
        evaluations += attention.attrs["evaluations"]
        found["attention"] = attention.values
        pairs = list(zip(found["cmi"], attention.values, strict=True))
        found["product"] = np.array([product(cmi, other) for cmi, other in pairs])
        found["rank mean"] = np.array([rank_mean(cmi, other) for cmi, other in pairs])
    if "regeneration" in methods:
        attention = regeneration_attention(model, result)
        evaluations += attention.attrs["evaluations"]
        found["regeneration"] = attention.values
    return {method: found[method] for method in methods}, evaluations


def _scores(
    case: LocalizeCase,
    result: Result,
    maps: Mapping[str, NDArray[np.float64]],
    masks: Sequence[NDArray[np.bool_]],
    upsampling: Upsampling,
) -> Iterator[Found]:
    picture = np.asarray(result.image)
    names = names_of(case.prompt, case.words)
    for index, mask in enumerate(masks):
        for method, values in maps.items():
            way = "edges" if method == "cmi at edges" else upsampling
            heat = upsample(values[index], (mask.shape[0], mask.shape[1]), way, picture)
            yield _scored(case.name, names[index], case.kinds[index], method, heat, mask)


def _scored(
    picture: str, word: str, kind: str, method: str, heat: NDArray[np.float64], mask: NDArray[np.bool_]
) -> Found:
    concept = concept_attention(heat, mask)
    return Found(
        picture=picture,
        word=word,
        kind=kind,
        method=method,
        coco_it_ious=share_ious(heat, mask, COCO_IT_SHARES),
        share_ious=share_ious(heat, mask, SHARES),
        share_mean_ious=share_ious(heat, mask, SHARES, mean_iou),
        concept=concept.counts,
        concept_precision=concept.precision,
        auroc=area_under_curve(heat, mask),
        precision=average_precision(heat, mask),
        pointing=float(pointing(heat, mask)),
        otsu_iou=foreground_iou(heat >= threshold(heat, "otsu"), mask),
        covered=float(mask.mean()),
    )
