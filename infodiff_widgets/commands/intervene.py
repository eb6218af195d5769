"""``infodiff intervene``: change a word, and see whether its information told where the picture changes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from infodiff_widgets.errors import InfodiffError
from infodiff_widgets.naming import named_word

from .shared import (
    PLACE,
    SCENES_SEED,
    add_analysis_arguments,
    add_data_arguments,
    add_picture_arguments,
    analysis,
    check_heeded,
    check_prompt,
    counted,
    deliver,
    first_rows,
    load_denoiser,
    run_options,
    whole,
)

if TYPE_CHECKING:
    from infodiff_widgets.analyses.intervene_cases import Change, InterveneCase

__all__ = ["add_arguments", "run"]

SETS = ("scenes", "coco-it", "coco100-it")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_data_arguments(parser, SETS, "whose words to change")
    add_picture_arguments(parser, " and what to change")
    parser.add_argument(
        "--omit", action="append", default=[], metavar="WORD", help=f"leave out a word: {PLACE}"
    )
    parser.add_argument(
        "--swap",
        action="append",
        default=[],
        nargs=2,
        metavar=("WORD", "TEXT"),
        help="put a text in the place of such a word",
    )
    parser.add_argument(
        "--add",
        action="append",
        default=[],
        nargs=2,
        metavar=("TEXT", "WORD"),
        help="put a text before such a word",
    )
    parser.add_argument("--steps", type=whole(2), default=15, help="levels of the ODE (15)")
    parser.add_argument("--solver", choices=("heun", "ddim"), default="heun", help="ddim costs half (heun)")
    add_analysis_arguments(parser, draws=32, count=16)


@analysis
def run(options: argparse.Namespace) -> None:
    """Change, compare, print and write."""
    from infodiff_widgets.analyses.intervene import intervene

    check_heeded(options, own=("prompt", "omit", "swap", "add"), others=("data", "root", "count"))
    cases = _cases(options)
    denoiser = load_denoiser(options)
    found = intervene(
        denoiser,
        cases,
        steps=options.steps,
        solver=options.solver,
        data=_data(options, len({case.name for case in cases})),
        **run_options(options),
    )
    files: dict[str, Any] = {"intervene.png": found.figure()}
    if options.image:
        files |= {f"after-{index}.png": one.edit.after.save for index, one in enumerate(found.outcomes)}
    deliver(found.report(), options, files)


def _data(options: argparse.Namespace, pictures: int) -> str:
    if options.image:
        return options.image.name
    if options.data == "scenes":
        return f"{counted(pictures, 'held-out scene')}, scene seed {SCENES_SEED}, their first colour word"
    return f"the first {counted(pictures, 'row')} of {options.data}"


def _cases(options: argparse.Namespace) -> list[InterveneCase]:
    from infodiff_widgets.analyses.intervene_cases import InterveneCase, omit, scene_changes

    if options.image:
        return [InterveneCase(options.image.name, options.image, change) for change in _changes(options)]
    if options.data == "scenes":
        return scene_changes(options.count, SCENES_SEED)
    from infodiff_widgets.analyses.coco import read_coco

    return [
        # The paper's text: a placeholder for the word.
        InterveneCase(row.name, row.picture, omit(row.prompt, row.words[0], "_"), row.first_mask)
        for row in first_rows(options, read_coco)
    ]


def _changes(options: argparse.Namespace) -> list[Change]:
    from infodiff_widgets.analyses.intervene_cases import add, omit, swap

    check_prompt(options)
    prompt = options.prompt
    changes = [omit(prompt, named_word(prompt, word, "--omit {}")) for word in options.omit]
    for word, text in options.swap:
        changes.append(swap(prompt, named_word(prompt, word, "--swap {} TEXT"), text))
    for text, word in options.add:
        changes.append(add(prompt, text, named_word(prompt, word, "--add TEXT {}")))
    if not changes:
        raise InfodiffError("--image needs something to change: --omit, --swap or --add.")
    return changes
