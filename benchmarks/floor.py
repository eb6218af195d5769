"""What half precision adds to the information of words: ``python -m benchmarks.floor``.

On the scenes pipeline, on its own held-out captions; on a GPU where there is one. On CPUs without half
precision of their own it takes some minutes.
"""

from __future__ import annotations

import argparse
import itertools
from typing import Any

import numpy as np
import torch

from infodiff_widgets import scenes
from infodiff_widgets.channel import RangeLike
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.evaluation import Evaluator
from infodiff_widgets.images import load_image
from infodiff_widgets.plan import Plan
from infodiff_widgets.precision import Floor, measure_floor
from infodiff_widgets.words import split_words

RANGES: dict[str, RangeLike] = {"default": None, "full": "trained"}


def floor(denoiser: Any, image: Any, prompt: str, over: RangeLike = None) -> Floor:
    """Measure the floor on the words of a prompt."""
    picture = load_image(image, denoiser.image_rule)
    evaluator = Evaluator(denoiser, denoiser.encode_image(picture))
    plan = Plan.build(prompt, split_words(prompt), ("cmi",))
    evaluator.encode(plan.texts)
    return measure_floor(evaluator, plan, denoiser.schedule.quadrature(over))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=4)
    arguments = parser.parse_args()
    print(f"{'':<10}{'range':<10}{'nats per word':>14}{'share of its information':>26}")
    for dtype in (torch.float16, torch.bfloat16):
        denoiser = as_denoiser(scenes.load_pipeline(dtype=dtype))
        chosen = list(itertools.islice(scenes.sample(seed=3, held_out=True), arguments.scenes))
        for name, over in RANGES.items():
            floors = [floor(denoiser, scenes.picture(scene), scene.caption, over) for scene in chosen]
            nats, share = (
                np.mean([getattr(found, field) for found in floors]) for field in ("nats", "share")
            )
            print(f"{str(dtype)[6:]:<10}{name:<10}{nats:>14.4f}{share:>26.2%}", flush=True)


if __name__ == "__main__":
    main()
