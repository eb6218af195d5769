"""``infodiff localize``: whose pixels are a word's? On scenes, on COCO-IT, or on a picture of one's own."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .shared import (
    SCENES_SEED,
    add_analysis_arguments,
    add_data_arguments,
    add_default,
    add_picture_arguments,
    analysis,
    check_beside,
    check_heeded,
    counted,
    deliver,
    first_rows,
    load_denoiser,
    run_options,
)

if TYPE_CHECKING:
    from infodiff_widgets.analyses.localize_cases import LocalizeCase

__all__ = ["add_arguments", "run"]

# METHODS and UPSAMPLINGS are those of the analysis, which imports torch: --help does not wait for it.
SETS = ("scenes", "coco-it", "coco100-it", "coco-wl")
METHODS = ("cmi", "cmi at edges", "mi", "attention", "regeneration", "product", "rank mean")
UPSAMPLINGS = ("bilinear", "nearest", "edges")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_data_arguments(parser, SETS, "whose words to find")
    add_picture_arguments(parser, words=True)
    parser.add_argument(
        "--method", action="append", choices=METHODS, help="a kind of map, again for more; all but mi"
    )
    parser.add_argument(
        "--upsampling",
        choices=UPSAMPLINGS,
        help="from latent cells to pixels (bilinear)",
    )
    add_default(parser, "upsampling", "bilinear")
    parser.add_argument(
        "--threshold", help="of the masks of --image: otsu, mean or a share of the maximum (otsu)"
    )
    add_default(parser, "threshold", "otsu")
    add_analysis_arguments(parser, draws=32, count=20)


@analysis
def run(options: argparse.Namespace) -> None:
    """Find, score, print and write."""
    if options.data == "coco-wl":
        check_beside(options, "--data coco-wl", ("method", "upsampling"))  # it has no masks
    check_heeded(options, own=("prompt", "word", "threshold"), others=("data", "root", "count", "method"))
    if options.image:
        from .localize_own import own_picture

        own_picture(options)
        return
    if options.data == "coco-wl":
        from .localize_own import word_totals

        word_totals(options, _cases(options))
    else:
        _benchmark(options)


def _cases(options: argparse.Namespace) -> list[LocalizeCase]:
    if options.data == "scenes":
        from infodiff_widgets.analyses.localize_cases import scene_cases

        return scene_cases(options.count, SCENES_SEED)
    from infodiff_widgets.analyses.coco import read_coco

    return first_rows(options, read_coco)


def _benchmark(options: argparse.Namespace) -> None:
    from infodiff_widgets.analyses.localize import localize

    cases, denoiser = _cases(options), load_denoiser(options)
    data = f"the first {counted(len(cases), 'row')} of {options.data}"
    if options.data == "scenes":
        data = f"{counted(len(cases), 'held-out scene')}, scene seed {SCENES_SEED}"
    found = localize(
        denoiser,
        cases,
        methods=options.method or [method for method in METHODS if method != "mi"],
        upsampling=options.upsampling,
        data=data,
        **run_options(options),
    )
    deliver(found.report(), options, {"localize.png": found.figure()})
