"""How many evaluations of the network an error takes: ``python -m benchmarks.evaluations``.

Held-out scenes of ten words. The truth is a long run; the reference is what the published code does, levels
drawn independently from a logistic of location 1 and scale 2, at three evaluations per word and draw. Errors
are relative, in the geometric mean over scenes: of the maps of all words on one scale, of the maps of each
word by itself (words with a twentieth of the largest total or more), and of the totals of these words.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from infodiff_widgets import Result, estimate, scenes
from infodiff_widgets.channel import Quadrature, RangeLike
from infodiff_widgets.denoisers import Denoiser, as_denoiser
from infodiff_widgets.evaluation import Evaluator
from infodiff_widgets.images import load_image
from infodiff_widgets.naming import resolve_words
from infodiff_widgets.plan import Plan
from infodiff_widgets.running import half_integrands
from infodiff_widgets.words import split_words

REFERENCE_DRAWS = (25, 50, 100)
DRAWS = (12, 16, 20, 32)
TRUTH_DRAWS = 256
RANGES: dict[str, RangeLike] = {"full": "trained", "default": None}
ERRORS = ("maps", "maps by word", "totals")
Spans = list[tuple[int, int]]


class Row(NamedTuple):
    """Relative errors of one estimate, as `ERRORS`."""

    range: str
    words: int
    scheme: str
    draws: int
    errors: tuple[float, ...]


def spans_of(caption: str) -> Spans:
    """Return the ten words of a caption, then ten phrases of neighbouring words."""
    words = [word.span for word in split_words(caption)]
    phrases = [(first[0], second[1]) for first, second in itertools.pairwise(words)]
    return [*words, *phrases, (words[0][0], words[2][1])][:20]


def independent(
    denoiser: Denoiser, image: Any, prompt: str, spans: Spans, quadrature: Quadrature, seed: int
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield numbers of draws and the maps (word, y, x) of the reference scheme, over the same integral."""
    picture = load_image(image, denoiser.image_rule)
    evaluator = Evaluator(denoiser, denoiser.encode_image(picture))
    plan = Plan.build(prompt, resolve_words(prompt, spans), ("cmi",))
    evaluator.encode(plan.texts)
    random = np.random.default_rng(seed)
    logistic = 1 / np.cosh((quadrature.log_snr - 1.0) / 4) ** 2  # location 1, scale 2
    masses = logistic * quadrature.widths / (logistic * quadrature.widths).sum()
    generator = torch.Generator().manual_seed(seed)
    maps, done = np.zeros(()), 0
    for end in REFERENCE_DRAWS:
        while done < end:
            chosen = random.choice(masses.size, 5, p=masses)
            epsilon = torch.randn((5, *evaluator.latents.shape), generator=generator)
            jobs = plan.jobs(np.arange(5), 0)
            levels = torch.as_tensor(quadrature.level[chosen])
            half = half_integrands(evaluator(levels, epsilon, jobs.draw, jobs.texts), epsilon, jobs)[:, 0]
            density = masses[chosen] / quadrature.widths[chosen]
            maps = maps + np.tensordot(1 / density, half.double().numpy(), 1)
            done += 5
        yield end, maps / done


def errors_of(maps: NDArray[np.floating], truth: NDArray[np.floating]) -> tuple[float, ...]:
    """Return the relative errors of maps (word, y, x), as `ERRORS`."""
    squared = ((maps - truth) ** 2).sum((1, 2))
    energy, totals = (truth**2).sum((1, 2)), truth.sum((1, 2))
    telling = totals >= 0.05 * totals.max()
    off = np.abs(maps.sum((1, 2)) / totals - 1)[telling]
    return (
        float(np.sqrt(squared.sum() / energy.sum())),
        float(np.sqrt(squared[telling] / energy[telling]).mean()),
        float(np.sqrt((off**2).mean())),
    )


def measure(index: int, words: tuple[int, ...]) -> list[Row]:
    """Measure one scene, for several numbers of words."""
    torch.set_num_threads(1)
    held_out = (s for s in scenes.sample(seed=7, held_out=True) if len(split_words(s.caption)) == 10)
    scene = next(itertools.islice(held_out, index, None))
    denoiser, image = as_denoiser(scenes.load_pipeline("cpu")), scenes.picture(scene)
    spans = spans_of(scene.caption)[: max(words)]

    def ours(draws: int, seed: int, over: RangeLike, bands: Any = None) -> Result:
        return estimate(
            denoiser, image, scene.caption, words=spans, quantities="cmi", draws=draws, seed=seed,
            log_snr_range=over, bands=bands, progress=False,
        )  # fmt: skip

    low, high = denoiser.schedule.trained_range
    upper = denoiser.schedule.quadrature(None).high
    long = ours(TRUTH_DRAWS, 10_000 + index, "trained", [low, upper, high])
    parts = long.data["band_maps"].sel(quantity="cmi", form="orthogonal").values
    rows = []
    for name, over in RANGES.items():
        truth = parts.sum(0) if name == "full" else parts[0]
        found = [("independent", draws, maps) for draws, maps in independent(
            denoiser, image, scene.caption, spans, denoiser.schedule.quadrature(over), index
        )]  # fmt: skip
        for draws in DRAWS:
            maps = ours(draws, index, over).data["maps"].sel(quantity="cmi", form="orthogonal").values
            found.append(("ours", draws, maps))
        for scheme, draws, maps in found:
            for count in words:
                errors = errors_of(maps[:count], truth[:count])
                rows.append(Row(name, count, scheme, draws, errors))
    return rows


def _task(arguments: tuple[int, tuple[int, ...]]) -> list[Row]:
    return measure(*arguments)


def cost(scheme: str, words: int, draws: float) -> float:
    """Return the evaluations of the network."""
    return draws * (words + 1 if scheme == "ours" else 3 * words)


def equal_draws(draws: NDArray[np.floating], errors: NDArray[np.floating], target: float) -> float:
    """Return the draws that reach an error, by a straight line through the logarithms."""
    slope, offset = np.polyfit(np.log(errors), np.log(draws), 1)
    return float(np.exp(offset + slope * np.log(target)))


def report(rows: list[Row]) -> str:
    """Make the tables."""
    lines = []
    for name, words in sorted({(row.range, row.words) for row in rows}):
        chosen = [row for row in rows if (row.range, row.words) == (name, words)]
        means: dict[tuple[str, int], NDArray[np.float64]] = {}
        for scheme, draws in dict.fromkeys((row.scheme, row.draws) for row in chosen):
            errors = [row.errors for row in chosen if (row.scheme, row.draws) == (scheme, draws)]
            means[scheme, draws] = np.exp(np.log(errors).mean(0))
        count = len(chosen) // len(means)
        lines.append(f"{name} range, T = {words}, {count} scenes")
        lines.append(f"  {'scheme':<12}{'draws':>6}{'evaluations':>13}" + "".join(f"{e:>14}" for e in ERRORS))
        for (scheme, draws), errors in means.items():
            values = "".join(f"{error:>14.3f}" for error in errors)
            lines.append(f"  {scheme:<12}{draws:>6}{cost(scheme, words, draws):>13.0f}{values}")
        target = means["independent", REFERENCE_DRAWS[-1]]
        shares = []
        for which in range(len(ERRORS)):
            curve = np.array([means["ours", draws][which] for draws in DRAWS])
            equal = equal_draws(np.array(DRAWS, float), curve, target[which])
            full = cost("independent", words, REFERENCE_DRAWS[-1])
            shares.append(f"1/{full / cost('ours', words, equal):.1f} ({equal:.0f} draws)")
        lines.append("  share of the evaluations at the error of 100 independent draws:")
        lines.append(
            "    " + ", ".join(f"{e} {share}" for e, share in zip(ERRORS, shares, strict=True)) + "\n"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=20, help="scenes for T = 5 and T = 10")
    parser.add_argument("--phrases", type=int, default=4, help="of these, scenes for T = 20 as well")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    arguments = parser.parse_args()
    started = time.perf_counter()
    first = next(scenes.sample(seed=7))
    pipeline = scenes.load_pipeline("cpu")
    # Calibrates once, before the processes start.
    estimate(pipeline, scenes.picture(first), first.caption, quantities="cmi", draws=2, progress=False)
    tasks = [(i, (5, 10, 20) if i < arguments.phrases else (5, 10)) for i in range(arguments.scenes)]
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        rows = [row for found in pool.imap_unordered(_task, tasks) for row in found]
    print(report(rows))
    print(f"{time.perf_counter() - started:.0f} s on {arguments.processes} processes of one thread")


if __name__ == "__main__":
    main()
