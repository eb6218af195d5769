"""What the commands share: arguments, the pipeline, the range of noise, and how a report is handed over."""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from infodiff_widgets.errors import ArgumentError, InfodiffError, InterruptedWarning
from infodiff_widgets.naming import named_word, resolve_words
from infodiff_widgets.words import Word

from . import INTERRUPTED

if TYPE_CHECKING:
    from infodiff_widgets.analyses.tables import Clock, Report, Statement
    from infodiff_widgets.denoisers import Denoiser

__all__ = [
    "PLACE",
    "SCENES_SEED",
    "add_analysis_arguments",
    "add_common_arguments",
    "add_data_arguments",
    "add_default",
    "add_picture_arguments",
    "add_upper_argument",
    "analysis",
    "check_beside",
    "check_heeded",
    "check_prompt",
    "chosen_words",
    "counted",
    "deliver",
    "first_rows",
    "load_denoiser",
    "load_pipeline",
    "make_folder",
    "range_up_to",
    "read_draws",
    "read_share",
    "run_options",
    "statement_of",
    "whole",
]

SCENES_SEED = 1
"""Seed of the held-out scenes of every report."""

PLACE = (
    "a word or phrase of --prompt; one that is there more than once by its name, with its number among the "
    'words from 0 on, such as "a (5)", or by its place START:STOP in characters, such as 0:1'
)
"""What names a word on the command line; see `naming.named_word`."""

_LOG_SNR = (
    "log-SNR: the noise levels that are integrated over, as the logarithm of the signal's power over that of "
    "the noise. A nat is 1.44 bits."
)

Row = TypeVar("Row")


def analysis(run: Callable[[argparse.Namespace], None]) -> Callable[[argparse.Namespace], int]:
    """Have the `run` of a command say in a line on standard error what an interrupt left, and return 130.

    The analyses say it by a warning, which Python would print with a place in the code. What is left is
    written as ever; then the status is `INTERRUPTED`, and else 0.
    """

    @wraps(run)
    def told(options: argparse.Namespace) -> int:
        status = 0
        with warnings.catch_warnings():
            show = warnings.showwarning

            def say(message: Warning | str, kind: type[Warning], *where: Any) -> None:
                nonlocal status
                if issubclass(kind, InterruptedWarning):
                    status = INTERRUPTED
                    print(message, file=sys.stderr)  # noqa: T201
                else:
                    show(message, kind, *where)

            warnings.showwarning = say
            warnings.simplefilter("always", InterruptedWarning)
            there = options.out.exists()
            try:
                run(options)
            finally:
                if not there and options.out.is_dir() and not any(options.out.iterdir()):
                    options.out.rmdir()  # an interrupt or an error came before there was anything to write
        return status

    return told


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every command has."""
    add = parser.add_argument
    add(
        "--pipeline",
        default="scenes",
        help="a folder or Hub id of a diffusers pipeline; by default 'scenes', the package's own small "
        "network, which knows only its own world",
    )
    add("--device", help="a torch device; the GPU where there is one")
    add(
        "--dtype",
        choices=("float32", "float16", "bfloat16"),
        default="float32",
        help="of its weights (float32)",
    )
    add("--seed", type=whole(0), default=0, help="of the noise (0)")
    add("--quiet", action="store_true", help="no progress bars")


def add_analysis_arguments(
    parser: argparse.ArgumentParser, *, draws: int, count: int, of_what: str = "pictures ({count})"
) -> None:
    """Add the arguments that every analysis has, those of `add_common_arguments` among them.

    Parameters
    ----------
    draws, count
        What they are by default.
    of_what
        What ``--count`` counts; with its default.
    """
    add = parser.add_argument
    add("--count", type=whole(1), help=of_what.format(count=count))
    add_default(parser, "count", count)
    add("--draws", type=read_draws, default=draws, help=f"most noise draws per picture ({draws})")
    add("--out", type=Path, default=Path("infodiff-out"), help="a folder for the output (infodiff-out)")
    add("--format", choices=("csv", "parquet"), default="csv", help="of the numbers (csv)")
    add_common_arguments(parser)


def add_data_arguments(
    parser: argparse.ArgumentParser,
    sets: Sequence[str],
    purpose: str,
    files: str = "the folder of COCO: a table, val2017, annotations",
) -> None:
    """Add ``--data``, of some sets, the scenes by default, and ``--root``, where its files are."""
    parser.add_argument("--data", choices=sets, help=f"{purpose} (scenes)")
    add_default(parser, "data", "scenes")
    parser.add_argument("--root", type=Path, help=files)


def add_default(parser: argparse.ArgumentParser, name: str, value: Any) -> None:
    """Say what an option is where it is not given: `check_heeded`, which asks whether it is, fills it in."""
    parser.set_defaults(otherwise={**(parser.get_default("otherwise") or {}), name: value})


def add_picture_arguments(
    parser: argparse.ArgumentParser, and_then: str = "", *, words: bool = False
) -> None:
    """Add ``--image``, ``--prompt`` and perhaps ``--word``, for a picture of one's own."""
    parser.add_argument("--image", type=Path, help=f"a picture of your own, with --prompt{and_then}")
    parser.add_argument("--prompt", help="what --image shows")
    if words:
        parser.add_argument("--word", action="append", help=f"{PLACE}; again for more; all words by default")


def add_upper_argument(parser: argparse.ArgumentParser, default: str) -> None:
    """Add ``--upper``, for `range_up_to`; `default` says what it is for scenes, and why."""
    parser.add_argument(
        "--upper",
        type=float,
        help=f"upper end of the log-SNR range: by default {default}, and 1 for other data",
    )


def check_heeded(options: argparse.Namespace, own: Sequence[str], others: Sequence[str]) -> None:
    """Raise `InfodiffError` for an option that would be passed over; fill in those that are not given.

    Parameters
    ----------
    options
        Those of the command.
    own
        Names of what is for a picture of one's own, ``--image``.
    others
        Of what is for anything but that.
    """
    for name in others if options.image else own:
        if getattr(options, name) in (None, [], False):
            continue
        if options.image:
            raise InfodiffError(f"--{name} is not for a picture of your own: leave it out, or --image.")
        raise InfodiffError(f"--{name} is for a picture of your own: say which, --image FILE.")
    for name, value in options.otherwise.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    for name in ("root", "annotations"):
        if getattr(options, name, None) and options.data == "scenes":
            raise InfodiffError(f"--{name} is for a set of pictures on your disk: say which, --data SET.")


def check_beside(options: argparse.Namespace, choice: str, unused: Sequence[str]) -> None:
    """Raise `InfodiffError` for an option that a choice passes over; call it before `check_heeded`.

    Parameters
    ----------
    options
        Those of the command.
    choice
        What was given, as it was: "--scan".
    unused
        Names of options that have no say then; None where they are not given.
    """
    for name in unused:
        if getattr(options, name) is not None:
            raise InfodiffError(f"--{name} has no say with {choice}: leave it out, or {choice}.")


def check_prompt(options: argparse.Namespace) -> None:
    """Raise `InfodiffError` where there is an ``--image`` and no ``--prompt``."""
    if not options.prompt:
        raise InfodiffError("--image needs --prompt, the text that says what it shows.")


def chosen_words(options: argparse.Namespace) -> tuple[Word, ...] | None:
    """Return the words of ``--prompt`` that ``--word`` names; None, for all, where it is not given."""
    if options.word is None:
        return None
    return resolve_words(options.prompt, [named_word(options.prompt, text) for text in options.word])


def run_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments that the function of every analysis takes, as `estimate` does."""
    return {"draws": options.draws, "seed": options.seed, "progress": not options.quiet}


def range_up_to(denoiser: Denoiser, upper: float | None) -> tuple[float, float]:
    """Return the range of log-SNR from the lowest trained level to ``--upper``; None is the default range.

    Raises
    ------
    InfodiffError
        Where the network was not trained there.
    """
    ends = None if upper is None else (denoiser.schedule.trained_range[0], upper)
    try:
        quadrature = denoiser.schedule.quadrature(ends)
    except ArgumentError as error:
        raise InfodiffError(f"--upper {upper:g}: {error}") from error
    return quadrature.low, quadrature.high


def first_rows(options: argparse.Namespace, read: Callable[[str, Path], Iterable[Row]]) -> list[Row]:
    """Return the first ``--count`` rows of ``--data``, whose files lie in ``--root``.

    Raises
    ------
    InfodiffError
        Where ``--root`` is not given.
    """
    if options.root is None:
        raise InfodiffError(f"--data {options.data}: say where its files are, --root FOLDER.")
    return list(itertools.islice(read(options.data, options.root), options.count))


def load_pipeline(options: argparse.Namespace) -> Any:
    """Return the diffusers pipeline that ``--pipeline`` names; see `loading.load_named`.

    What is wrong with ``--image`` and ``--out`` is said before: loading, and what follows, may take long.
    """
    from infodiff_widgets.images import check_file
    from infodiff_widgets.loading import load_named

    if getattr(options, "image", None):
        check_file(options.image)
    make_folder(options.out)
    return load_named(options.pipeline, options.device, options.dtype, quiet=options.quiet)


def load_denoiser(options: argparse.Namespace) -> Denoiser:
    """Return the denoiser of `load_pipeline`."""
    from infodiff_widgets.denoisers import as_denoiser

    return as_denoiser(load_pipeline(options))


def statement_of(
    options: argparse.Namespace, denoiser: Denoiser, data: str, settings: Mapping[str, Any], clock: Clock
) -> Statement:
    """Return where numbers come from; the seed is added to the settings, as the last of them."""
    from infodiff_widgets.analyses.tables import Statement

    return Statement(
        model=denoiser.identity,
        data=data,
        settings={**settings, "seed": options.seed},
        seconds=clock.seconds,
        evaluations=clock.evaluations,
    )


def counted(number: int, noun: str) -> str:
    """Return so many things in words.

    Examples
    --------
    >>> counted(1, "picture"), counted(2, "picture")
    ('1 picture', '2 pictures')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def deliver(report: Report, options: argparse.Namespace, figures: dict[str, Any] | None = None) -> None:
    """Print a report, write it to ``--out``, and say what was written.

    The range of log-SNR among its settings is explained in a remark.

    Parameters
    ----------
    report
        The outcome.
    options
        Those of `add_analysis_arguments`.
    figures
        File names with matplotlib figures (`InfoFigure`), plotly figures (``write_html``), or functions
        that write to a path.
    """
    if "log-SNR" in report.statement.settings:
        report = replace(report, remarks=[*report.remarks, _LOG_SNR])
    paths = report.write(options.out, options.format)
    for name, figure in (figures or {}).items():
        path = options.out / name
        if hasattr(figure, "write_html"):
            wide = f"min(100%, {figure.layout.width}px)"  # a narrow page would else cut it
            figure.update_layout(width=None)
            figure.write_html(path, include_plotlyjs=True, default_width=wide, config={"responsive": True})
        elif callable(figure):
            figure(path)
        else:
            figure.save(path, dpi=160)
        paths.append(path)
    print(report.text())  # noqa: T201
    print("Written: " + ", ".join(str(path) for path in paths))  # noqa: T201


def make_folder(folder: Path) -> None:
    """Make the folder for the output; raise `InfodiffError` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InfodiffError(f"--out {folder}: no folder can be made there ({error.strerror}).") from error


def read_draws(text: str) -> int:
    """Read ``--draws``; argparse tells the user what is wrong with it."""
    if not text.isdecimal() or int(text) < 2 or int(text) % 2:
        raise argparse.ArgumentTypeError(f"{text!r}: an even number of at least 2, since draws come in pairs")
    return int(text)


def whole(least: int) -> Callable[[str], int]:
    """Return what reads a whole number, `least` or more; argparse tells the user what is wrong with it."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r}: a whole number, {least} or more")
        return int(text)

    return read


def read_share(text: str) -> float:
    """Read a share or a p-value; argparse tells the user what is wrong with it."""
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r}: a number from 0 to 1")
    return share
