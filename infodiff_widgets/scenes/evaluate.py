"""Show what the scenes pipeline has learned: ``python -m infodiff_widgets.scenes.evaluate``.

On captions that training never saw: (a) how often the pipeline draws the right colour at the right
place, read back from the pixels; (b) the mean standard conditional mutual information of colour,
kind, relation and background words, by band of log-SNR, beside their true entropies; (c) how well
the maps of colour and kind words find their object.

(b) tests the network, not the estimator: the mean is the true entropy plus the divergence of the
model without the word from the world, minus that of the model with it.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import FOLDER, mask, picture, sample
from .read import dominant_colours
from .world import Role, Scene

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline

    from infodiff_widgets.result import Result

__all__ = ["Information", "drawing_accuracy", "information", "main"]

#: Upper end of the noisy part of the range, in which the words of this world are decided.
NOISY_BELOW = -1.0
CLASSES = ("colour", "kind", "relation", "background")


def drawing_accuracy(
    pipeline: StableDiffusionPipeline, count: int, steps: int = 25, guidance: float = 3.0, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw pictures of held-out captions and read their colours back.

    Returns
    -------
    tuple of numpy.ndarray
        (count, 2) bool, whether each object has its colour at its place; (count, H, W, 3) uint8 pictures.
    """
    import torch
    from tqdm.auto import tqdm

    scenes = list(itertools.islice(sample(seed=seed, held_out=True), count))
    generator = torch.Generator().manual_seed(seed)
    right, pictures = [], []
    for start in tqdm(range(0, count, 20), desc="drawing"):
        batch = scenes[start : start + 20]
        output: Any = pipeline(
            [scene.caption for scene in batch],
            num_inference_steps=steps,
            guidance_scale=guidance,
            generator=generator,
            output_type="np",
        )
        drawn = (255 * output.images).round().astype(np.uint8)
        for scene, image in zip(batch, drawn, strict=True):
            found = dominant_colours(image, scene.relation)
            right.append([name == item.colour for name, item in zip(found, scene.items, strict=True)])
            pictures.append(image)
    return np.array(right), np.array(pictures)


@dataclass
class Information:
    """Per class of words, one row per word: nats by band, the truth, and localisation scores."""

    edges: np.ndarray
    bands: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    truth: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    auroc: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    maps: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    masks: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))

    def ratio(self, name: str, low: float = -np.inf, high: float = np.inf) -> tuple[float, float]:
        """Nats carried between two band edges over the truth, and its standard error over words."""
        inside = (self.edges[:-1] >= low - 1e-6) & (self.edges[1:] <= high + 1e-6)
        nats = np.array(self.bands[name])[:, inside].sum(1)
        truth = float(np.mean(self.truth[name]))
        return float(nats.mean()) / truth, float(nats.std(ddof=1) / np.sqrt(len(nats))) / truth

    def iou(self, name: str) -> tuple[float, float]:
        """Mean intersection over union at the one threshold that is best over all words, and it.

        The threshold is a share of each map's own maximum.
        """
        maps = np.array([m / m.max() for m in self.maps[name]])
        masks = np.array(self.masks[name])
        best = (0.0, 0.0)
        for threshold in np.linspace(0.02, 0.98, 49):
            found = maps >= threshold
            scores = (found & masks).sum((1, 2)) / (found | masks).sum((1, 2))
            best = max(best, (float(scores.mean()), float(threshold)))
        return best


def information(
    pipeline: StableDiffusionPipeline,
    count: int,
    draws: int = 32,
    seed: int = 1,
    classes: Sequence[str] = CLASSES,
) -> Information:
    """Estimate the information of words in `count` rendered scenes with held-out captions."""
    from sklearn.metrics import roc_auc_score
    from tqdm.auto import tqdm

    from infodiff_widgets.denoisers import as_denoiser
    from infodiff_widgets.estimator import estimate

    denoiser = as_denoiser(pipeline)
    low, high = float(denoiser.schedule.log_snr.min()), float(denoiser.schedule.log_snr.max())
    edges = np.array([low, -3.2, NOISY_BELOW, 1.0, 3.0, 5.0, high])
    found = Information(edges)
    for scene in tqdm(itertools.islice(sample(seed=seed, held_out=True), count), total=count, desc="scenes"):
        spans, roles = _spans(scene, classes)
        options: dict[str, Any] = {"words": spans, "quantities": ("cmi",), "draws": draws, "progress": False}
        image = picture(scene)
        default = estimate(denoiser, image, scene.caption, **options)
        parts = [default]
        if default.data.attrs["log_snr_high"] < high - 1e-6:
            rest = (default.data.attrs["log_snr_high"], high)
            parts.append(estimate(denoiser, image, scene.caption, log_snr_range=rest, **options))
        for index, role in enumerate(roles):
            found.bands[role.name].append(np.sum([_bands(part, index, edges) for part in parts], axis=0))
            found.truth[role.name].append(scene.information(role))
            if role.name in {"colour", "kind"}:
                values = np.asarray(default.map(index))
                owned = _cells(mask(scene, role), values.shape)
                found.auroc[role.name].append(float(roc_auc_score(owned.ravel(), values.ravel())))
                found.maps[role.name].append(values)
                found.masks[role.name].append(owned)
    return found


def _spans(scene: Scene, classes: Sequence[str]) -> tuple[list[tuple[int, int]], list[Role]]:
    spans, roles, start = [], [], 0
    for text, role in scene.units:
        if role.name in classes:
            spans.append((start, start + len(text)))
            roles.append(role)
        start += len(text) + 1
    return spans, roles


def _bands(result: Result, word: int, edges: np.ndarray) -> np.ndarray:
    data = result.data.sel(quantity="cmi", form="standard").isel(word=word)
    nats = (data["draw_totals"] / data["draw_density"]).values / data.sizes["draw"]
    return np.histogram(data["draw_log_snr"].values, bins=edges, weights=nats)[0]


def _cells(pixels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the latent cells more than half of whose pixels are in the mask."""
    height, width = shape
    blocks = pixels.reshape(height, pixels.shape[0] // height, width, pixels.shape[1] // width)
    return blocks.mean((1, 3)) > 0.5


def report(right: np.ndarray, found: Information) -> str:
    """Say it all in one text table."""
    share, error = right.mean(), right.mean(1).std(ddof=1) / np.sqrt(len(right))
    lines = [
        f"(a) right colour at the right place: {share:.1%} +- {error:.1%} of {right.size} objects;",
        f"    both in {right.all(1).mean():.1%} of {len(right)} pictures",
        "",
        f"(b) standard CMI in nats per word by band of log-SNR, {len(found.truth['colour']) // 2} scenes",
        _row("", [f"{a:.1f}..{b:.1f}" for a, b in itertools.pairwise(found.edges)] + ["sum", "truth"]),
    ]
    for name in CLASSES:
        bands = np.mean(found.bands[name], axis=0)
        lines.append(_row(name, [f"{v:.2f}" for v in (*bands, bands.sum(), np.mean(found.truth[name]))]))
    lines += ["", "    ratio to the truth, +- standard error over words"]
    for name in CLASSES:
        noisy, whole = found.ratio(name, high=NOISY_BELOW), found.ratio(name)
        lines.append(
            f"    {name:<12} below {NOISY_BELOW:g}: {noisy[0]:.2f} +- {noisy[1]:.2f}"
            f"   whole range: {whole[0]:.2f} +- {whole[1]:.2f}"
        )
    lines += ["", "(c) orthogonal CMI maps against the object's mask, default range, in latent cells"]
    for name in ("colour", "kind"):
        scores = np.array(found.auroc[name])
        iou, threshold = found.iou(name)
        lines.append(
            f"    {name:<12} AUROC {scores.mean():.3f} +- {scores.std(ddof=1) / np.sqrt(len(scores)):.3f}"
            f"   mean IoU {iou:.3f} at {threshold:.2f} of the maximum"
        )
    return "\n".join(lines)


def _row(name: str, cells: Sequence[str]) -> str:
    return f"    {name:<12}" + "".join(f"{cell:>12}" for cell in cells)


def main(arguments: list[str] | None = None) -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(
        prog="python -m infodiff_widgets.scenes.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pipeline", type=Path, default=FOLDER, help="a pipeline folder")
    parser.add_argument("--pictures", type=int, default=200, help="pictures to draw for (a)")
    parser.add_argument("--scenes", type=int, default=200, help="scenes for (b) and (c)")
    parser.add_argument("--draws", type=int, default=32)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--sheet", type=Path, help="also write the first drawn pictures here, as one PNG")
    options = parser.parse_args(arguments)

    from . import load_pipeline

    pipeline = load_pipeline(folder=options.pipeline)
    pipeline.set_progress_bar_config(disable=True)
    right, pictures = drawing_accuracy(pipeline, options.pictures)
    found = information(pipeline, options.scenes, options.draws)
    print(report(right, found))  # noqa: T201
    if options.sheet:
        _sheet(pictures, options.sheet)
    if options.json:
        options.json.write_text(json.dumps(_figures(right, found), indent=1))


def _figures(right: np.ndarray, found: Information) -> dict[str, Any]:
    return {
        "drawn_right": float(right.mean()),
        "noisy_ratio": {name: found.ratio(name, high=NOISY_BELOW) for name in CLASSES},
        "whole_ratio": {name: found.ratio(name) for name in CLASSES},
        "auroc": {name: float(np.mean(found.auroc[name])) for name in ("colour", "kind")},
        "iou": {name: found.iou(name)[0] for name in ("colour", "kind")},
    }


def _sheet(pictures: np.ndarray, path: Path, columns: int = 8) -> None:
    from PIL import Image

    rows = min(4, len(pictures) // columns)
    height, width = pictures.shape[1:3]
    grid = pictures[: rows * columns].reshape(rows, columns, height, width, 3).swapaxes(1, 2)
    Image.fromarray(grid.reshape(rows * height, columns * width, 3)).save(path)


if __name__ == "__main__":
    main()
