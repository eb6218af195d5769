"""``infodiff relate``: is the true caption the most likely one? On scenes, ARO, or a picture of one's own."""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from infodiff_widgets.errors import InfodiffError
from infodiff_widgets.numbers import between, with_error

from .shared import (
    SCENES_SEED,
    add_analysis_arguments,
    add_data_arguments,
    add_default,
    add_upper_argument,
    analysis,
    check_beside,
    check_heeded,
    counted,
    deliver,
    first_rows,
    load_denoiser,
    range_up_to,
    read_share,
    run_options,
    statement_of,
)

if TYPE_CHECKING:
    import pandas as pd

    from infodiff_widgets.analyses.interrupts import Part
    from infodiff_widgets.analyses.ranking import Ranking
    from infodiff_widgets.analyses.relate import Decision
    from infodiff_widgets.analyses.relate_cases import Case
    from infodiff_widgets.analyses.tables import Statement

__all__ = ["add_arguments", "run"]

SETS = ("scenes", "vg-attribution", "vg-relation", "coco-order", "flickr30k-order")
SCAN_SEED = 77
"""Seed of the scenes on which the range is chosen: others than those of the report."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_data_arguments(parser, SETS, "what to rank captions of", "the folder of a set of ARO")
    parser.add_argument("--annotations", type=Path, help="another annotation file of that set")
    parser.add_argument("--image", type=Path, help="a picture of your own, with --caption twice or more")
    parser.add_argument("--caption", action="append", default=[], help="a caption for --image")
    add_upper_argument(parser, "-2 for scenes, where their layout is decided (see --scan)")
    parser.add_argument(
        "--eliminate",
        type=read_share,
        help="p-value below which a caption drops out early; 0 keeps all (0.001)",
    )
    add_default(parser, "eliminate", 0.001)
    parser.add_argument(
        "--scan",
        action="store_true",
        help="the accuracy by upper end of the range, over the whole range, on scenes set aside for that",
    )
    add_analysis_arguments(
        parser,
        draws=64,
        count=100,
        of_what="pictures of each kind ({count}); of scenes a third as many for word order, with its five "
        "captions",
    )


@analysis
def run(options: argparse.Namespace) -> None:
    """Rank, print and write."""
    if options.scan:
        check_beside(options, "--scan", ("upper", "eliminate"))
    check_heeded(options, own=("caption",), others=("data", "root", "annotations", "scan", "count"))
    if options.image:
        _rank_one(options)
        return
    from infodiff_widgets.analyses.interrupts import left_off
    from infodiff_widgets.analyses.relate import DECIDED_BELOW, relate
    from infodiff_widgets.analyses.tables import stopwatch

    cases = _cases(options)
    denoiser = load_denoiser(options)
    upper = DECIDED_BELOW if options.upper is None and options.data == "scenes" else options.upper
    ends = range_up_to(denoiser, denoiser.schedule.trained_range[1] if options.scan else upper)
    eliminate = 0 if options.scan else options.eliminate  # every caption is wanted over the whole range
    with stopwatch() as clock:
        decisions = relate(denoiser, cases, eliminate=eliminate, log_snr_range=ends, **run_options(options))
    clock.evaluations = sum(decision.ranking.evaluations for decision in decisions)
    settings = {
        **left_off("cases", len(decisions), len(cases)),
        "draws at most": _drawn(decisions[0].ranking, options.draws) if len(cases) == 1 else options.draws,
        "log-SNR": ends,
        "eliminate below p": eliminate,
    }
    statement = statement_of(options, denoiser, _data(options, cases), settings, clock)
    _hand_over(options, decisions, statement, ends)


def _drawn(ranking: Ranking, otherwise: int) -> int | Part:
    """Return how many of its draws a ranking has where an interrupt has ended it."""
    from infodiff_widgets.analyses.interrupts import Part

    return otherwise if ranking.complete else Part(ranking.draws, ranking.planned)


def _cases(options: argparse.Namespace) -> list[Case]:
    if options.data == "scenes":
        from infodiff_widgets.analyses.relate_cases import SCENE_KINDS, scene_cases

        seed = SCAN_SEED if options.scan else SCENES_SEED
        few = -(-options.count // 3)
        cases = [scene_cases(kind, few if kind == "order" else options.count, seed) for kind in SCENE_KINDS]
        return list(itertools.chain.from_iterable(cases))
    from infodiff_widgets.analyses.aro import read_aro

    return first_rows(options, partial(read_aro, seed=options.seed, annotations=options.annotations))


def _data(options: argparse.Namespace, cases: list[Case]) -> str:
    if options.data == "scenes":
        seed = SCAN_SEED if options.scan else SCENES_SEED
        counts = Counter(case.kind for case in cases)
        listed = ", ".join(f"{count} for {kind}" for kind, count in counts.items())
        return f"held-out scenes of seed {seed}, {listed}"
    return f"the first {counted(len(cases), 'case')} of {options.data}"


def _hand_over(
    options: argparse.Namespace,
    decisions: list[Decision],
    statement: Statement,
    ends: tuple[float, float],
) -> None:
    import numpy as np

    from infodiff_widgets.analyses.relate import accuracy, accuracy_by_upper_end, to_dataframe
    from infodiff_widgets.analyses.relate_figure import lead_figure
    from infodiff_widgets.analyses.tables import Report

    if options.scan:
        table = accuracy_by_upper_end(decisions, np.arange(np.ceil(ends[0]) + 1, ends[1] + 1).tolist())
        title = "The true caption is the most likely one, by upper end of the log-SNR range"
        table = table.round(3)
    else:
        table = _readable(accuracy(decisions))
        title = "Is the true caption the most likely one?"
    report = Report(
        name="relate-scan" if options.scan else "relate",
        title=title,
        table=table,
        numbers=to_dataframe(decisions),
        statement=statement,
        remarks=[_REMARK] if not options.scan else [],
    )
    deliver(report, options, {f"{report.name}.png": lead_figure(decisions, ends, origin=statement.origin)})


_REMARK = (
    "Accuracy with Wilson's 95% interval, a tie counting as wrong; the orthogonal form on the same draws. "
    "Significant: decided at p < 0.05, which is about this network's preference, not about the truth."
)


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    def share(row: pd.Series, prefix: str = "") -> str:
        ends = f"{row[prefix + 'low']:.1%} to {row[prefix + 'high']:.1%}"
        return f"{row[prefix + 'accuracy']:.1%} ({ends})"

    rows = [
        {
            "captions": row["kind"],
            "cases": row["cases"],
            "chance": f"{1 / row['options']:.0%}",
            "standard form": share(row),
            "orthogonal form": share(row, "orthogonal_"),
            "significant": f"{row['significant']:.0%}",
            "right among them": f"{row['accuracy_significant']:.1%}".replace("nan%", ""),  # none was
            "mean draws": f"{row['draws']:.0f}",
        }
        for _, row in table.iterrows()
    ]
    return pd.DataFrame(rows)


_COLUMNS = {
    "caption": "caption",
    "nats": "nats",
    "orthogonal": "orthogonal form",
    "behind": "behind by",
    "interval": "95% interval",
    "p": "p",
    "draws": "draws",
}
_REMARK_ONE = (
    "Nats ± standard error of the draws. nats: the log-likelihood ratio to the empty prompt (standard form); "
    "orthogonal form: how much the caption changes, right or wrong. behind by: the first caption's "
    "log-likelihood less this one's, on the same noise, with its own error, 95% interval and p. The p-value "
    "is that at which this interval just reaches 0, enlarged for a choice among more than two captions and "
    "for looks before the last draw; the largest is in the title. draws: of noise, until the caption dropped "
    "out (--eliminate), or all."
)


def _readable_ranks(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of a ranking for readers: each number with its error, nothing where there is none."""
    import pandas as pd

    rows = []
    for place, row in enumerate(table.to_dict("records")):
        cells = {"caption": row["caption"]}
        cells |= {name: with_error(row[name], row[f"{name}_error"]) for name in ("nats", "orthogonal")}
        cells |= dict.fromkeys(("behind", "interval", "p"), "")
        if place:
            cells["behind"] = with_error(row["behind"], row["behind_error"])
            cells["interval"] = between(row["behind_low"], row["behind_high"])
            cells["p"] = f"{row['p_value']:.2g}"
        rows.append(cells | {"draws": row["draws"]})
    return pd.DataFrame(rows).rename(columns=_COLUMNS)


def _rank_one(options: argparse.Namespace) -> None:
    if len(options.caption) < 2:
        raise InfodiffError("--image needs --caption twice or more: the texts to choose from.")
    from infodiff_widgets.analyses.ranking_run import rank_captions
    from infodiff_widgets.analyses.tables import Report, stopwatch

    denoiser = load_denoiser(options)
    with stopwatch() as clock:
        ranking = rank_captions(
            denoiser,
            options.image,
            options.caption,
            eliminate=options.eliminate,
            log_snr_range=range_up_to(denoiser, options.upper),
            **run_options(options),
        )
    clock.evaluations = ranking.evaluations
    table = ranking.to_dataframe()
    report = Report(
        name="relate",
        title=f"Captions of {options.image.name}, the most likely first: p = {ranking.p_value:.2g}",
        table=_readable_ranks(table),
        numbers=table,
        remarks=[_REMARK_ONE],
        statement=statement_of(
            options,
            denoiser,
            f"{options.image.name}, {len(options.caption)} captions",
            {"draws": _drawn(ranking, ranking.draws), "log-SNR": ranking.log_snr_range},
            clock,
        ),
    )
    deliver(report, options)
