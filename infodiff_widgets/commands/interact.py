"""``infodiff interact``: what pairs of words say together, on scenes, a picture of one's own, or a probe."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from infodiff_widgets.errors import InfodiffError
from infodiff_widgets.naming import names_of
from infodiff_widgets.numbers import with_error
from infodiff_widgets.words import Word

from .shared import (
    SCENES_SEED,
    add_analysis_arguments,
    add_picture_arguments,
    add_upper_argument,
    analysis,
    check_heeded,
    check_prompt,
    chosen_words,
    counted,
    deliver,
    load_denoiser,
    load_pipeline,
    range_up_to,
    run_options,
    statement_of,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_picture_arguments(parser, ": the matrix of its words", words=True)
    parser.add_argument(
        "--first", action="append", help="a word to probe, such as an occupation, again for more"
    )
    parser.add_argument("--second", action="append", help="a word to probe it with, again for more")
    parser.add_argument("--template", help="of the probe, such as 'a photo of a {second} {first}'")
    add_upper_argument(parser, "-1 for scenes, below which the world's own nats lie")
    add_analysis_arguments(
        parser, draws=32, count=40, of_what="objects of each group, or pictures per word ({count})"
    )


@analysis
def run(options: argparse.Namespace) -> None:
    """Estimate, print and write."""
    check_heeded(options, own=("prompt", "word"), others=("first", "second", "template", "count"))
    if options.image:
        _matrix(options)
    elif options.template or options.first or options.second:
        _probe(options)
    else:
        _half_implied(options)


def _half_implied(options: argparse.Namespace) -> None:
    from infodiff_widgets.analyses.interact_figure import half_implied_figure
    from infodiff_widgets.analyses.interact_scenes import GROUPS, half_implied, half_implied_cases
    from infodiff_widgets.analyses.interrupts import left_off
    from infodiff_widgets.analyses.tables import Report, stopwatch
    from infodiff_widgets.scenes.evaluate import NOISY_BELOW

    denoiser = load_denoiser(options)
    ends = range_up_to(denoiser, NOISY_BELOW if options.upper is None else options.upper)
    cases = [case for group in GROUPS for case in half_implied_cases(group, options.count, SCENES_SEED)]
    with stopwatch() as clock:
        rows, clock.evaluations = half_implied(denoiser, cases, log_snr_range=ends, **run_options(options))
    report = Report(
        name="interact",
        title="What does a colour word say beside its noun?",
        table=_readable(rows),
        numbers=rows,
        statement=statement_of(
            options,
            denoiser,
            f"{counted(options.count, 'object')} of held-out scenes in each group, scene seed {SCENES_SEED}",
            left_off("objects", len(rows), len(cases)) | {"draws": options.draws, "log-SNR": ends},
            clock,
        ),
        remarks=[_REMARK],
    )
    deliver(report, options, {"interact.png": half_implied_figure(rows, report.statement.origin)})


_REMARK = (
    "Nats, standard form, with the standard error over scenes, and the world's own number after the slash. "
    "MI: the noun is not said; CMI: it is; redundancy with the noun: their difference, the co-information. "
    "The last column sums the maps of the orthogonal form, which is never negative."
)
_GROUP_TITLES = {
    "own": "noun with its own colour (red heart, green leaf, yellow sun)",
    "other": "noun with another colour (a blue heart)",
    "shape": "shape (circle, star, ...)",
}


def _readable(rows: pd.DataFrame) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    table = []
    for group, part in rows.groupby("group", sort=False):
        row: dict[str, Any] = {"object": _GROUP_TITLES[str(group)], "cases": len(part)}
        for name, title in (("mi", "MI"), ("cmi", "CMI"), ("co_information", "redundancy with the noun")):
            values, truth = part[name].to_numpy(float), part[f"{name}_truth"].mean()
            error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
            row[title] = f"{with_error(values.mean(), error)} / {truth:.2f}"
        row["redundancy of the maps"] = f"{part['redundancy'].mean():.2f}"
        table.append(row)
    return pd.DataFrame(table)


_REMARK_PAIRS = (
    "What two words say given the rest of the prompt, cell by cell. Redundancy: what either says alone, the "
    "smaller of the two; unique to first, unique to second: what that word says beyond it; synergy: what "
    "they say together beyond the larger of the two. The parts are sums of maps of the orthogonal form, "
    "which is how much words change the network's prediction, right or wrong. Co-information is redundancy "
    "less synergy, ± its standard error over draws: first of the same form, then of the standard one, which "
    "is a matter of likelihoods; for a real network the two differ. A negative synergy means that both "
    "words together move the prediction less than one of them alone, as where the one corrects what the "
    "network guesses from the other."
)


def _readable_pairs(table: pd.DataFrame, prompt: str) -> pd.DataFrame:
    """Return the table of pairs for readers; each co-information has its form and its error beside it."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for name in ("first", "second"):
        named = zip(table[name], table[f"{name}_start"], strict=True)
        words = [Word(text, start, start + len(text)) for text, start in named]
        columns[name] = names_of(prompt, words)
    for name in ("redundancy", "unique_first", "unique_second", "synergy"):
        columns[name.replace("unique_", "unique to ")] = table[name].map("{:.3f}".format)
    for name, title in (
        ("co_information", "co-information"),
        ("co_information_standard", "co-information, standard form"),
    ):
        pairs = zip(table[name], table[f"{name}_error"], strict=True)
        columns[title] = [with_error(value, error) for value, error in pairs]
    return pd.DataFrame(columns)


def _matrix(options: argparse.Namespace) -> None:
    check_prompt(options)
    words = chosen_words(options)
    from infodiff_widgets.analyses.interact import interact
    from infodiff_widgets.analyses.interact_view import matrix_figure
    from infodiff_widgets.analyses.interrupts import draws_of
    from infodiff_widgets.analyses.tables import Report, stopwatch

    denoiser = load_denoiser(options)
    ends = range_up_to(denoiser, options.upper)
    with stopwatch() as clock:
        found = interact(
            denoiser,
            options.image,
            options.prompt,
            words=words,
            log_snr_range=ends,
            **run_options(options),
        )
    clock.evaluations = found.result.provenance["evaluations"]
    table = found.table()
    report = Report(
        name="interact",
        title=f"What pairs of words of “{options.prompt}” say together, in nats",
        table=_readable_pairs(table, options.prompt),
        numbers=table,
        remarks=[_REMARK_PAIRS],
        statement=statement_of(
            options,
            denoiser,
            options.image.name,
            {"draws": draws_of(found.result), "log-SNR": ends},
            clock,
        ),
    )
    figures = {f"interact-{part}.html": matrix_figure(found, part) for part in ("redundancy", "synergy")}
    deliver(report, options, figures)


def _probe(options: argparse.Namespace) -> None:
    if not (options.template and options.first and options.second):
        raise InfodiffError("A probe needs --template, and --first and --second once or more each.")
    from infodiff_widgets.analyses.interrupts import left_off, reached
    from infodiff_widgets.analyses.probe import fill, probe
    from infodiff_widgets.analyses.tables import Report, stopwatch
    from infodiff_widgets.denoisers import as_denoiser

    pipeline = load_pipeline(options)
    denoiser = as_denoiser(pipeline)
    ends = range_up_to(denoiser, options.upper)
    with stopwatch() as clock:
        rows = probe(
            pipeline,
            options.first,
            options.second,
            options.template,
            count=options.count,
            log_snr_range=ends,
            **run_options(options),
        )
    clock.evaluations = sum(rows["evaluations"])
    planned = options.count * len(set(options.first)) * len(set(options.second))
    probed, _ = fill(options.template, "/".join(options.first), "/".join(options.second))
    report = Report(
        name="interact",
        title=f"Redundancy in “{probed}”, nats, the orthogonal maps summed",
        table=_readable_probe(rows),
        numbers=rows,
        remarks=_REMARKS_PROBE[: 1 if len(set(rows["second"])) < 2 else 2],
        statement=statement_of(
            options,
            denoiser,
            f"{counted(options.count, 'picture')} drawn for {_each_of(options.first)}",
            {
                **left_off("rows", len(rows), planned),
                "draws": reached(min(rows["draws"].tolist()), options.draws),
                "log-SNR": ends,
            },
            clock,
        ),
    )
    deliver(report, options)


_REMARKS_PROBE = [
    "Mean over pictures of what both words of a pair say; pictures are drawn without the second word.",
    "Lead: by how much the foremost is ahead of the next, with the standard error over pictures.",
]


def _readable_probe(rows: pd.DataFrame) -> pd.DataFrame:
    import numpy as np

    from infodiff_widgets.analyses.probe import summary

    table = summary(rows).reset_index()
    numbers = [name for name in table if name in set(rows["second"])]
    shown = table[["first"]].join(table[numbers].map(lambda nats: "" if np.isnan(nats) else f"{nats:.3f}"))
    if "lead" in table:
        shown["foremost"] = table["foremost"]
        leads = zip(table["lead"], table["lead_error"], strict=True)
        shown["lead"] = ["" if np.isnan(lead) else with_error(lead, error) for lead, error in leads]
    return shown


def _each_of(words: list[str]) -> str:
    return f"“{words[0]}”" if len(words) == 1 else f"each of {counted(len(words), 'word')}"
