"""``infodiff batch``: the estimate over a table or folder of pictures, on one device or many."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from infodiff_widgets.dataset import QUANTITIES
from infodiff_widgets.errors import ArgumentError

from .shared import add_common_arguments, read_draws, whole

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = parser.add_argument
    add("--pictures", type=Path, required=True, help=_PICTURES)
    add("--out", type=Path, required=True, help="a folder; given again, an unfinished batch goes on")
    add("--quantity", action="append", choices=QUANTITIES, help="again for more; cmi and mi by default")
    add("--draws", type=read_draws, help="noise draws per picture (64; with --until at most 1024)")
    add("--until", type=_read_until, help="draw until every total has this standard error, such as 5%%")
    add("--bands", type=whole(1), help="keep maps by so many bands of noise level, too")
    add("--precision", choices=("auto", "pipeline", "float32"), default="auto")
    add("--batch-size", type=whole(1), help="most inputs per call of the network")
    add("--truncate", action="store_true", help="cut prompts that are too long for the pipeline")
    add("--maps", choices=("float16", "float32"), default="float16", help="data type of maps.zarr (float16)")
    add("--together", type=whole(1), help="pictures that share calls of the network (4 on a GPU, 1 on a CPU)")
    add("--no-results", action="store_true", help="keep no file for each picture, which the explorer needs")
    add("--figures", action="store_true", help="draw every picture with its maps")
    add("--engine", choices=("auto", "local", "ray"), default="auto", help="ray for several devices (auto)")
    add("--workers", type=whole(1), help="devices to use; all GPUs by default")
    add("--address", help="of a Ray cluster, such as auto or ray://head:10001")
    add("--start-timeout", type=float, default=600, help="seconds until an idle cluster is given up (600)")
    add_common_arguments(parser)
    parser.set_defaults(pipeline=None)  # the scenes, which is said


_NOT_GIVEN = (
    "No --pipeline is given: the package's own small network, scenes, which knows only its own world, is "
    "used."
)
_PICTURES = (
    "a .csv, .tsv, .jsonl or .parquet file with columns image, prompt, perhaps words and id; or a folder: of "
    "pictures with .txt captions, with metadata.jsonl, or of datasets.Dataset.save_to_disk"
)


def _read_until(text: str) -> str:
    from infodiff_widgets.stopping import Stop

    try:
        Stop.given(text, None, None)
    except ArgumentError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def run(options: argparse.Namespace) -> int:
    """Work, print the summary, and return 1 where a picture failed."""
    from infodiff_widgets.batching.runner import batch, check_installed

    check_installed()
    given = options.pipeline
    print(_NOT_GIVEN if given is None else f"Model: {given}.", file=sys.stderr)  # noqa: T201
    chosen = {
        "quantities": options.quantity,
        "draws": options.draws,
        "until": options.until,
        "bands": options.bands,
        "batch_size": options.batch_size,
        "truncate": options.truncate or None,
        "precision": options.precision,
    }
    summary = batch(
        "scenes" if given is None else given,
        options.pictures,
        options.out,
        engine=options.engine,
        workers=options.workers,
        address=options.address,
        device=options.device,
        dtype=options.dtype,
        seed=options.seed,
        maps=options.maps,
        together=options.together,
        results=not options.no_results,
        figures=options.figures,
        progress=not options.quiet,
        start_timeout=options.start_timeout,
        **{name: value for name, value in chosen.items() if value is not None},
    )
    print(f"{summary}\nWritten: {options.out}")  # noqa: T201
    return 1 if summary.failed else 0
