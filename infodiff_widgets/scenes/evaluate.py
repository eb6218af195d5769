"""Show what the scenes pipeline has learned: ``python -m infodiff_widgets.scenes.evaluate``.

On captions that training never saw: (a) how often the pipeline draws the right colour at the right
place, read back from the pixels; (b) the mean standard conditional mutual information of colour,
kind, relation and background words, by band of log-SNR, beside their true entropies; (c) how well
the maps of colour and kind words find their object, by upper end of the range.

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

from infodiff_widgets.images import cell_means
from infodiff_widgets.numbers import number

from . import FOLDER, mask, picture, sample
from .read import dominant_colours

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline

__all__ = ["NOISY_BELOW", "Information", "drawing_accuracy", "information", "main"]

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
    """What was found about words, by class; each list has one entry per word.

    Attributes
    ----------
    edges : (bands + 1,)
        Log-SNRs between which the nats are split.
    default_upper
        Where the default range ends, one of the edges.
    bands
        Standard CMI by band, nats.
    truth
        Nats that the word carries in the world, given the rest of its caption.
    maps
        Orthogonal CMI by band, (bands, h, w) nats per cell, of colour and kind words.
    masks
        Cells of their object, (h, w) bool.
    """

    edges: np.ndarray
    default_upper: float
    bands: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    truth: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    maps: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    masks: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))

    def ratio(self, name: str, upper: float = np.inf) -> tuple[float, float]:
        """Nats carried below a log-SNR over the truth, and its standard error over words."""
        nats = np.array(self.bands[name])[:, self._below(upper)].sum(1)
        truth = float(np.mean(self.truth[name]))
        return float(nats.mean()) / truth, float(nats.std(ddof=1) / np.sqrt(len(nats))) / truth

    def auroc(self, name: str, upper: float) -> tuple[float, float]:
        """Mean area under the curve of the maps below a log-SNR against the masks, and its error."""
        from sklearn.metrics import roc_auc_score

        maps = np.array(self.maps[name])[:, self._below(upper)].sum(1)
        scores = np.array(
            [roc_auc_score(mask.ravel(), m.ravel()) for m, mask in zip(maps, self.masks[name], strict=True)]
        )
        return float(scores.mean()), float(scores.std(ddof=1) / np.sqrt(len(scores)))

    def iou(self, name: str, upper: float) -> tuple[float, float]:
        """Mean intersection over union at the one threshold that is best over all words, and it.

        The threshold is a share of each map's own maximum.
        """
        maps = np.array(self.maps[name])[:, self._below(upper)].sum(1)
        maps = maps / maps.max((1, 2), keepdims=True)
        masks = np.array(self.masks[name])
        best = (0.0, 0.0)
        for threshold in np.linspace(0.02, 0.98, 49):
            found = maps >= threshold
            scores = (found & masks).sum((1, 2)) / (found | masks).sum((1, 2))
            best = max(best, (float(scores.mean()), float(threshold)))
        return best

    def _below(self, upper: float) -> np.ndarray:
        return self.edges[1:] <= upper + 1e-6


def information(pipeline: StableDiffusionPipeline, count: int, draws: int = 32, seed: int = 1) -> Information:
    """Estimate the information of words in `count` rendered scenes with held-out captions."""
    from tqdm.auto import tqdm

    from infodiff_widgets.denoisers import as_denoiser
    from infodiff_widgets.estimator import estimate

    denoiser = as_denoiser(pipeline)
    low, high = denoiser.schedule.trained_range
    default_upper = denoiser.schedule.quadrature(None).high
    edges = np.array(sorted({low, -3.2, NOISY_BELOW, 1.0, 3.0, 5.0, default_upper, high}))
    found = Information(edges, default_upper)
    for scene in tqdm(itertools.islice(sample(seed=seed, held_out=True), count), total=count, desc="scenes"):
        spans = {role: span for role, span in scene.spans.items() if role.name in CLASSES}
        result = estimate(
            denoiser,
            picture(scene),
            scene.caption,
            words=list(spans.values()),
            quantities="cmi",
            draws=draws,
            log_snr_range="trained",
            bands=edges.tolist(),
            progress=False,
        )
        nats = result.bands(edges.tolist()).sel(quantity="cmi", form="standard").transpose("word", ...).values
        maps = result.data["band_maps"].sel(quantity="cmi", form="orthogonal").transpose("word", "band", ...)
        for index, role in enumerate(spans):
            found.bands[role.name].append(nats[index])
            found.truth[role.name].append(scene.information(role))
            if role.name in {"colour", "kind"}:
                found.maps[role.name].append(maps[index].values)
                found.masks[role.name].append(cell_means(mask(scene, role), maps.shape[2:]) > 0.5)
    return found


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
        noisy, whole = found.ratio(name, NOISY_BELOW), found.ratio(name)
        lines.append(
            f"    {name:<12} below {NOISY_BELOW:g}: {noisy[0]:.2f} +- {_error(noisy[1], 2)}"
            f"   whole range: {whole[0]:.2f} +- {_error(whole[1], 2)}"
        )
    lines += [
        "",
        "(c) orthogonal CMI maps against the object's mask, in latent cells, by upper end of the range",
    ]
    for upper in found.edges[2:]:
        mark = " (default)" if np.isclose(upper, found.default_upper) else ""
        for name in ("colour", "kind"):
            (area, error), (iou, threshold) = found.auroc(name, upper), found.iou(name, upper)
            lines.append(
                f"    {name:<12} up to {upper:4.1f}: AUROC {area:.3f} +- {_error(error, 3)}"
                f"   mean IoU {iou:.3f} at {threshold:.2f} of the maximum{mark}"
            )
    return "\n".join(lines)


def _error(error: float, places: int) -> str:
    """Write an error with so many places, or with more where it would read as none."""
    text = f"{error:.{places}f}"
    return number(error, 1) if error and float(text) == 0 else text


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
    places = ("colour", "kind")
    return {
        "drawn_right": float(right.mean()),
        "noisy_ratio": {name: found.ratio(name, NOISY_BELOW) for name in CLASSES},
        "whole_ratio": {name: found.ratio(name) for name in CLASSES},
        "default_upper": found.default_upper,
        "auroc": {name: found.auroc(name, found.default_upper) for name in places},
        "iou": {name: found.iou(name, found.default_upper)[0] for name in places},
    }


def _sheet(pictures: np.ndarray, path: Path, columns: int = 8) -> None:
    from PIL import Image

    rows = min(4, len(pictures) // columns)
    height, width = pictures.shape[1:3]
    grid = pictures[: rows * columns].reshape(rows, columns, height, width, 3).swapaxes(1, 2)
    Image.fromarray(grid.reshape(rows * height, columns * width, 3)).save(path)


if __name__ == "__main__":
    main()
