"""The parts of ``infodiff localize`` that know no masks: a picture of one's own, and COCO-WL."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from infodiff_widgets.analyses.localize_cases import LocalizeCase
from infodiff_widgets.analyses.localize_figure import masks_figure
from infodiff_widgets.analyses.masks import word_mask
from infodiff_widgets.analyses.masks_export import coco_annotations, save_json, save_png
from infodiff_widgets.analyses.scores_bootstrap import mean_by_picture
from infodiff_widgets.analyses.tables import Report, stopwatch
from infodiff_widgets.errors import InfodiffError
from infodiff_widgets.estimator import estimate

from .shared import (
    check_prompt,
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

__all__ = ["own_picture", "word_totals"]


def own_picture(options: argparse.Namespace) -> None:
    """Write the masks of the words of a picture, and say how large they are."""
    check_prompt(options)
    rule = options.threshold if options.threshold in ("otsu", "mean") else _share(options.threshold)
    denoiser = load_denoiser(options)
    with stopwatch() as clock:
        result = estimate(
            denoiser,
            options.image,
            options.prompt,
            words=options.word,
            quantities="cmi",
            **run_options(options),
        )
    clock.evaluations = result.provenance["evaluations"]
    masks = [
        word_mask(result, index, upsampling=options.upsampling, rule=rule)
        for index in range(len(result.words))
    ]
    totals = [result.total(index) for index in range(len(result.words))]
    table = pd.DataFrame(
        {
            "word": [mask.word for mask in masks],
            "nats": [str(total).removesuffix(" nat") for total in totals],
            "share of the picture": [f"{mask.pixels.mean():.1%}" for mask in masks],
            "instances": [len(mask.instances(smallest=16)) for mask in masks],
            "largest box (x, y, w, h)": [str(next(iter(mask.boxes()), "none")) for mask in masks],
        }
    )
    report = Report(
        name="localize",
        title=f"The pixels of each word of {options.prompt!r}",
        table=table,
        numbers=result.to_dataframe(),
        statement=statement_of(options, denoiser, options.image.name, _settings(options, denoiser), clock),
    )
    files: dict[str, Any] = {
        "localize.png": masks_figure(np.asarray(result.image), masks),
        "localize-coco.json": partial(save_json, coco_annotations(masks, as_polygons=True)),
    }
    for index, mask in enumerate(masks):
        name = re.sub(r"[^\w-]+", "_", mask.word)  # a word may hold what file names cannot
        files[f"mask-{index}-{name}.png"] = partial(save_png, mask)
    deliver(report, options, files)


def _share(text: str) -> float:
    try:
        return read_share(text)
    except argparse.ArgumentTypeError:
        raise InfodiffError(f"--threshold {text}: give otsu, mean or a share such as 0.3.") from None


def word_totals(options: argparse.Namespace, cases: Sequence[LocalizeCase]) -> None:
    """Tell what words of each kind carry, where no masks are known (COCO-WL)."""
    denoiser = load_denoiser(options)
    rows = []
    with stopwatch() as clock:
        for case in cases:
            result = estimate(
                denoiser,
                case.picture,
                case.prompt,
                words=case.words,
                bands=None,
                **{**run_options(options), "progress": False},
            )
            clock.evaluations += result.provenance["evaluations"]
            rows.append(
                {
                    "picture": case.name,
                    "word": case.words[0].text,
                    "kind": case.kinds[0],
                    **{quantity: result.total(0, quantity).value for quantity in ("cmi", "mi")},
                }
            )
    numbers = pd.DataFrame(rows)
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
            _settings(options, denoiser),
            clock,
        ),
        remarks=["95% intervals by bootstrap over pictures."],
    )
    deliver(report, options)


def _settings(options: argparse.Namespace, denoiser: Denoiser) -> Mapping[str, Any]:
    return {
        "draws": options.draws,
        "log-SNR": range_up_to(denoiser, None),
        "upsampling": options.upsampling,
    }
