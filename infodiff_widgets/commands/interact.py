"""``infodiff interact``: what pairs of words say together, on scenes, a picture of one's own, or a probe."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infodiff_widgets.errors import InfodiffError

from .shared import add_shared_arguments, check_count, deliver, load_denoiser, load_model, range_up_to

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_arguments", "run"]

#: Seed of the scenes.
SCENES_SEED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--image", type=Path, help="a picture of your own, with --prompt: the matrix of its words"
    )
    parser.add_argument("--prompt", help="what --image shows")
    parser.add_argument("--word", action="append", help="a word of --prompt, again for more; all by default")
    parser.add_argument(
        "--first", action="append", help="a word to probe, such as an occupation, again for more"
    )
    parser.add_argument("--second", action="append", help="a word to probe it with, again for more")
    parser.add_argument("--template", help="of the probe, such as 'a photo of a {second} {first}'")
    parser.add_argument(
        "--count", type=int, default=40, help="objects of each group, or pictures per word (40)"
    )
    parser.add_argument(
        "--upper",
        type=float,
        help="upper end of the log-SNR range: by default -1 for scenes, below which the world's own nats "
        "lie, and 1 for other data",
    )
    add_shared_arguments(parser, draws=32)


def run(options: argparse.Namespace) -> None:
    """Estimate, print and write."""
    check_count(options)
    if options.image:
        _matrix(options)
    elif options.template or options.first or options.second:
        _probe(options)
    else:
        _half_implied(options)


def _half_implied(options: argparse.Namespace) -> None:
    from infodiff_widgets.analyses.interact_figure import half_implied_figure
    from infodiff_widgets.analyses.interact_scenes import GROUPS, half_implied, half_implied_cases
    from infodiff_widgets.analyses.tables import Report, Statement, stopwatch
    from infodiff_widgets.scenes.evaluate import NOISY_BELOW

    denoiser = load_denoiser(options)
    ends = range_up_to(denoiser, NOISY_BELOW if options.upper is None else options.upper)
    cases = [case for group in GROUPS for case in half_implied_cases(group, options.count, SCENES_SEED)]
    with stopwatch() as clock:
        rows, evaluations = half_implied(
            denoiser,
            cases,
            draws=options.draws,
            seed=options.seed,
            log_snr_range=ends,
            progress=not options.quiet,
        )
    report = Report(
        name="interact",
        title="What does a colour word say beside its noun?",
        table=_readable(rows),
        numbers=rows,
        statement=Statement(
            model=denoiser.identity,
            data=f"{options.count} objects of held-out scenes in each group, scene seed {SCENES_SEED}",
            settings={"draws": options.draws, "log-SNR": ends, "seed": options.seed},
            seconds=clock.seconds,
            evaluations=evaluations,
        ),
        remarks=[_REMARK],
    )
    deliver(report, options, {"interact.png": half_implied_figure(rows)})


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
            error = part[name].std(ddof=1) / np.sqrt(len(part)) if len(part) > 1 else np.nan
            row[title] = f"{part[name].mean():.2f} ± {error:.2f} / {part[name + '_truth'].mean():.2f}"
        row["redundancy of the maps"] = f"{part['redundancy'].mean():.2f}"
        table.append(row)
    return pd.DataFrame(table)


def _matrix(options: argparse.Namespace) -> None:
    if not options.prompt:
        raise InfodiffError("--image: say what it shows, --prompt 'a red heart on sand'.")
    from infodiff_widgets.analyses.interact import interact
    from infodiff_widgets.analyses.interact_view import matrix_figure
    from infodiff_widgets.analyses.tables import Report, Statement

    denoiser = load_denoiser(options)
    found = interact(
        denoiser,
        options.image,
        options.prompt,
        words=options.word,
        draws=options.draws,
        seed=options.seed,
        log_snr_range=_ends(denoiser, options),
        progress=not options.quiet,
    )
    table, told = found.table(), found.result.provenance
    report = Report(
        name="interact",
        title=f"What pairs of words of “{options.prompt}” say together, in nats",
        table=table.round(3),
        numbers=table,
        statement=Statement(
            model=denoiser.identity,
            data=options.image.name,
            settings={"draws": options.draws, "log-SNR": found.result.log_snr_range, "seed": options.seed},
            seconds=told["seconds"],
            evaluations=told["evaluations"],
        ),
    )
    figures = {f"interact-{part}.html": matrix_figure(found, part) for part in ("redundancy", "synergy")}
    deliver(report, options, figures)


def _probe(options: argparse.Namespace) -> None:
    if not (options.template and options.first and options.second):
        raise InfodiffError("A probe needs --template, and --first and --second once or more each.")
    from infodiff_widgets.analyses.probe import probe, summary
    from infodiff_widgets.analyses.tables import Report, Statement, stopwatch
    from infodiff_widgets.denoisers import as_denoiser

    pipeline = load_model(options)
    denoiser = as_denoiser(pipeline)
    ends = _ends(denoiser, options) or denoiser.schedule.quadrature(None)
    ends = ends if isinstance(ends, tuple) else (ends.low, ends.high)
    with stopwatch() as clock:
        rows = probe(
            pipeline,
            options.first,
            options.second,
            options.template,
            count=options.count,
            draws=options.draws,
            seed=options.seed,
            log_snr_range=ends,
            progress=not options.quiet,
        )
    report = Report(
        name="interact",
        title=f"Redundancy in “{options.template}”, nats, the orthogonal maps summed",
        table=summary(rows).reset_index().round(3),
        numbers=rows,
        statement=Statement(
            model=denoiser.identity,
            data=f"{options.count} pictures drawn for each of {len(options.first)} words",
            settings={"draws": options.draws, "log-SNR": ends, "seed": options.seed},
            seconds=clock.seconds,
            evaluations=sum(rows["evaluations"]),
        ),
    )
    deliver(report, options)


def _ends(denoiser: Any, options: argparse.Namespace) -> tuple[float, float] | None:
    return None if options.upper is None else range_up_to(denoiser, options.upper)
