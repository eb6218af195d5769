"""The parts of ``infodiff localize`` that know no masks: a picture of one's own, and COCO-WL."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from infodiff_widgets.analyses.interrupts import Part, draws_of, each, left_off
from infodiff_widgets.analyses.localize_cases import LocalizeCase
from infodiff_widgets.analyses.localize_figure import masks_figure
from infodiff_widgets.analyses.masks import word_mask
from infodiff_widgets.analyses.masks_export import coco_annotations, save_json, save_png
from infodiff_widgets.analyses.scores_bootstrap import mean_by_picture
from infodiff_widgets.analyses.tables import Report, stopwatch
from infodiff_widgets.errors import InfodiffError
from infodiff_widgets.estimator import estimate
from infodiff_widgets.naming import names_of

from .shared import (
    check_prompt,
    chosen_words,
    counted,
    deliver,
    load_denoiser,
    range_up_to,
    read_share,
    run_options,
    statement_of,
)

if TYPE_CHECKING:
    from infodiff_widgets.denoisers import Denoiser
    from infodiff_widgets.result import Result

__all__ = ["own_picture", "word_totals"]


def own_picture(options: argparse.Namespace) -> None:
    """Write the masks of the words of a picture, and say how large they are."""
    check_prompt(options)
    rule = options.threshold if options.threshold in ("otsu", "mean") else _share(options.threshold)
    words = chosen_words(options)
    denoiser = load_denoiser(options)
    with stopwatch() as clock:
        result = estimate(
            denoiser,
            options.image,
            options.prompt,
            words=words,
            quantities="cmi",
            **run_options(options),
        )
    clock.evaluations = result.provenance["evaluations"]
    masks = [
        word_mask(result, index, upsampling=options.upsampling, rule=rule)
        for index in range(len(result.words))
    ]
    names = names_of(result.prompt, result.words)
    totals = [result.total(index) for index in range(len(result.words))]
    table = pd.DataFrame(
        {
            "word": names,
            "nats": [str(total).replace(" nats", "") for total in totals],
            "share of the picture": [f"{mask.pixels.mean():.1%}" for mask in masks],
            "instances": [len(mask.instances(smallest=_SMALLEST)) for mask in masks],
            "largest box (x, y, w, h)": [str(next(iter(mask.boxes()), "none")) for mask in masks],
        }
    )
    draws = draws_of(result)
    size = "{} × {} pixels".format(*result.image.size)
    settings = {
        **_settings(denoiser, draws),
        "upsampling": options.upsampling,
        "threshold": options.threshold,
        "picture": size,
    }
    report = Report(
        name="localize",
        title=f"The pixels of each word of {options.prompt!r}",
        table=table,
        numbers=result.to_dataframe(),
        statement=statement_of(options, denoiser, options.image.name, settings, clock),
        remarks=[_REMARK_OWN],
    )
    origin = ("CMI, orthogonal form", *report.statement.origin)
    files: dict[str, Any] = {
        "localize.png": masks_figure(
            np.asarray(result.image), masks, origin=origin, names=names, smallest=_SMALLEST
        ),
        _PICTURE: result.image.save,
        "localize-coco.json": partial(
            save_json, coco_annotations(masks, file_name=_PICTURE, as_polygons=True)
        ),
    }
    for index, mask in enumerate(masks):
        name = re.sub(r"[^\w-]+", "_", mask.word)  # a word may hold what file names cannot
        files[f"mask-{index}-{name}.png"] = partial(save_png, mask)
    deliver(report, options, files)


_PICTURE = "localize-picture.png"
"""The picture as the network saw it, which masks and boxes are of."""

_SMALLEST = 16
"""Pixels of an instance that is counted."""

_REMARK_OWN = (
    "Nats: what the word says about the picture given the rest of the prompt (CMI), in the orthogonal form, "
    "which is how much the word changes the network's prediction; ± the standard error over draws of noise, "
    "with the 95% interval where that is wide. Share of the picture: the pixels where the word's map reaches "
    f"the threshold. Instances: connected parts of them, of {_SMALLEST} pixels or more. "
    "Largest box (x, y, w, h): around the largest part, left, top, width and height in pixels. Masks and "
    f"boxes are of the picture as the network saw it, {_PICTURE}: scaled, and cropped at its centre, to the "
    "size in the settings."
)


def _share(text: str) -> float:
    try:
        return read_share(text)
    except argparse.ArgumentTypeError:
        raise InfodiffError(f"--threshold {text}: give otsu, mean or a share such as 0.3.") from None


_REMARK_TOTALS = (
    "CMI: what a word says given the rest of its prompt; MI: what it says alone. 95% intervals by bootstrap "
    "over pictures."
)


def word_totals(options: argparse.Namespace, cases: Sequence[LocalizeCase]) -> None:
    """Tell what words of each kind carry, where no masks are known (COCO-WL)."""
    denoiser = load_denoiser(options)

    def row(case: LocalizeCase) -> tuple[dict[str, Any], Result]:
        result = estimate(
            denoiser,
            case.picture,
            case.prompt,
            words=case.words,
            bands=None,
            **{**run_options(options), "progress": False},
        )
        said = {quantity: result.total(0, quantity).value for quantity in ("cmi", "mi")}
        word = names_of(case.prompt, case.words)[0]
        return {"picture": case.name, "word": word, "kind": case.kinds[0], **said}, result

    with stopwatch() as clock:
        found = each(cases, row, len(cases), not options.quiet, "estimating", "picture")
    clock.evaluations = sum(result.provenance["evaluations"] for _, result in found)
    latest = found[-1][1]
    draws = draws_of(latest)
    numbers = pd.DataFrame([row for row, _ in found])
    table = pd.DataFrame(
        [
            {
                "words": kind,
                "count": len(part),
                **{
                    f"{quantity.upper()}, nats": str(
                        mean_by_picture(part["picture"].to_numpy(), part[quantity])
                    )
                    for quantity in ("cmi", "mi")
                },
            }
            for kind, part in numbers.groupby("kind")
        ]
    )
    report = Report(
        name="localize-words",
        title="Nats per word by part of speech, orthogonal form",
        table=table,
        numbers=numbers,
        statement=statement_of(
            options,
            denoiser,
            f"the first {counted(len(cases), 'row')} of {options.data}",
            left_off("pictures", len(found), len(cases)) | _settings(denoiser, draws),
            clock,
        ),
        remarks=[_REMARK_TOTALS],
    )
    deliver(report, options)


def _settings(denoiser: Denoiser, draws: int | Part) -> dict[str, Any]:
    return {"draws": draws, "log-SNR": range_up_to(denoiser, None)}
