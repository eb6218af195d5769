"""How often 95% intervals hold the truth on the trained network: ``python -m benchmarks.coverage``.

On models whose exact answer is known the tests say so. A trained network's draws scatter in another way: few
bring most of what a word says. Here scenes are estimated many times with other noise, and the mean of all
runs stands for the truth, which costs a little coverage: its own error is that of one run over the root of
their number. The last column compares standard errors, as a root mean square, with the scatter of the runs.
"""

from __future__ import annotations

import argparse
import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from infodiff_widgets import estimate, scenes
from infodiff_widgets.dataset import FORMS
from infodiff_widgets.denoisers import as_denoiser

LEAST = 0.1
"""Nats below which a word says next to nothing."""


def runs(denoiser: Any, scene: Any, draws: int, count: int, bar: Any) -> NDArray:
    """Estimate a scene many times: (run, form, word, 4), value, standard error and the interval's bounds."""
    found = []
    for seed in range(count):
        options: Any = {"draws": draws, "seed": seed, "quantities": "cmi", "progress": False}
        result = estimate(denoiser, scenes.picture(scene), scene.caption, **options)
        totals = [[result.total(i, form=form) for i in range(len(result.words))] for form in FORMS]
        found.append([[(one.value, one.standard_error, *one.interval()) for one in row] for row in totals])
        bar.update()
    return np.array(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=3)
    parser.add_argument("--runs", type=int, default=24)
    parser.add_argument("--draws", type=int, default=64)
    options = parser.parse_args()
    denoiser = as_denoiser(scenes.load_pipeline())
    inside, large, errors = [], [], []
    with tqdm(total=options.scenes * options.runs, desc="estimates") as bar:
        for scene in itertools.islice(scenes.sample(seed=77, held_out=True), options.scenes):
            found = runs(denoiser, scene, options.draws, options.runs, bar)
            value, error, low, high = np.moveaxis(found, -1, 0)
            truth = value.mean(0)
            inside.append(((low <= truth) & (truth <= high)).mean(0))
            large.append(np.abs(truth) >= LEAST)
            errors.append((error**2).mean(0) ** 0.5 / value.std(0, ddof=1))
    inside, large, errors = (np.concatenate(rows, axis=-1) for rows in (inside, large, errors))
    print(f"{options.scenes} scenes, {options.runs} runs each of {options.draws} draws, CMI of all words")
    print(
        f"{'form':<14}{'intervals that hold':>20}{'of words above 0.1':>20}{'least':>8}{'stated / real':>16}"
    )
    for form, held, counts, ratio in zip(FORMS, inside, large, errors, strict=True):
        print(
            f"{form:<14}{held.mean():>20.3f}{held[counts].mean():>20.3f}{held.min():>8.2f}{ratio.mean():>16.2f}"
        )


if __name__ == "__main__":
    main()
