"""What the commands share: which model, where the output goes, and how a report is handed over."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from infodiff_widgets.errors import InfodiffError

if TYPE_CHECKING:
    from infodiff_widgets.analyses.tables import Report
    from infodiff_widgets.denoisers import Denoiser

__all__ = [
    "add_shared_arguments",
    "check_count",
    "deliver",
    "first_rows",
    "load_denoiser",
    "load_model",
    "range_up_to",
    "read_draws",
    "read_seed",
]

Row = TypeVar("Row")


def add_shared_arguments(parser: argparse.ArgumentParser, draws: int = 64) -> None:
    """Add the arguments that every command has."""
    parser.add_argument(
        "--model",
        default="scenes",
        help="a folder or Hub id of a diffusers pipeline; 'scenes' is the one that the package brings",
    )
    parser.add_argument("--device", help="a torch device; the GPU where there is one")
    parser.add_argument("--dtype", choices=("float32", "float16", "bfloat16"), default="float32")
    parser.add_argument(
        "--draws", type=read_draws, default=draws, help=f"most noise draws per picture ({draws})"
    )
    parser.add_argument("--seed", type=read_seed, default=0)
    parser.add_argument("--out", type=Path, default=Path("infodiff-out"), help="a folder for the output")
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv", help="of the numbers")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def range_up_to(denoiser: Denoiser, upper: float) -> tuple[float, float]:
    """Return the range of log-SNR from the lowest trained level to ``--upper``.

    Raises
    ------
    InfodiffError
        Where the network was not trained there.
    """
    ends = denoiser.schedule.trained_range[0], upper
    try:
        quadrature = denoiser.schedule.quadrature(ends)
    except ValueError as error:
        raise InfodiffError(f"--upper {upper:g}: {error}") from error
    return quadrature.low, quadrature.high


def check_count(options: argparse.Namespace) -> None:
    """Raise `InfodiffError` for a ``--count`` below 1."""
    if options.count < 1:
        raise InfodiffError(f"--count {options.count}: give 1 or more.")


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


def load_model(options: argparse.Namespace) -> Any:
    """Return the diffusers pipeline that ``--model`` names; see `loading.load_named`."""
    from infodiff_widgets.loading import load_named

    return load_named(options.model, options.device, options.dtype, quiet=options.quiet)


def load_denoiser(options: argparse.Namespace) -> Denoiser:
    """Return the denoiser of `load_model`."""
    from infodiff_widgets.denoisers import as_denoiser

    return as_denoiser(load_model(options))


def deliver(report: Report, options: argparse.Namespace, figures: dict[str, Any] | None = None) -> None:
    """Print a report, write it to ``--out``, and say what was written.

    Parameters
    ----------
    report
        The outcome.
    options
        Those of `add_shared_arguments`.
    figures
        File names with matplotlib figures (``savefig``) or plotly figures (``write_html``).
    """
    paths = report.write(options.out, options.format)
    for name, figure in (figures or {}).items():
        path = options.out / name
        if hasattr(figure, "write_html"):
            figure.write_html(path, include_plotlyjs=True)
        else:
            figure.savefig(path, dpi=160)
        paths.append(path)
    print(report.text())  # noqa: T201
    print("Written: " + ", ".join(str(path) for path in paths))  # noqa: T201


def read_draws(text: str) -> int:
    """Read ``--draws``; argparse tells the user what is wrong with it."""
    if not text.isdecimal() or int(text) < 2 or int(text) % 2:
        raise argparse.ArgumentTypeError(f"{text!r}: an even number of at least 2, since draws come in pairs")
    return int(text)


def read_seed(text: str) -> int:
    """Read ``--seed``."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number, 0 or more")
    return int(text)
