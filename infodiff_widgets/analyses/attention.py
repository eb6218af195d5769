"""Attention maps of words beside their information maps: the same picture, prompt, noise and levels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor

from infodiff_widgets.additions import with_attention
from infodiff_widgets.channel import Quadrature
from infodiff_widgets.denoisers import Denoiser, as_denoiser
from infodiff_widgets.errors import UnsupportedPipelineError
from infodiff_widgets.evaluation import Evaluator
from infodiff_widgets.images import load_image
from infodiff_widgets.joining import runs_of, start_of
from infodiff_widgets.made_with import refuse_other
from infodiff_widgets.result import Result
from infodiff_widgets.sampling import Design, LevelDensity
from infodiff_widgets.turns import turn_of
from infodiff_widgets.words import Word

from .attention_capture import AttentionSum, recording
from .attention_tokens import token_positions
from .inversion import Solver, invert, regenerate, trajectory

__all__ = [
    "attention_maps",
    "product",
    "rank_mean",
    "recorded",
    "regeneration_attention",
    "with_attention_maps",
]


def attention_maps(model: Any, result: Result) -> xr.DataArray:
    """Return how much each cell attends to each word while the real picture is denoised.

    The network sees what it saw for the result: the same latents, noise and levels, all draws of all its
    runs, under the whole prompt without guidance. All heads and cross-attention layers count alike. The paper
    calls this "attention + information".

    Parameters
    ----------
    model
        The pipeline (or its denoiser) of the result; of the classes in `attention_tokens`.
    result
        An estimate.

    Returns
    -------
    (word, y, x)
        Shares of attention, 0 to 1, a word's tokens averaged; bilinear from the layers' own grids. The number
        of network evaluations is the attribute ``evaluations``.

    Raises
    ------
    UnsupportedPipelineError
        Where there is no text attention that can be read.
    ArgumentError
        Where it is not the network that the result is of.

    Examples
    --------
    >>> result = estimate(pipeline, picture, prompt, words=["red", "sand"], draws=8)
    >>> maps = attention_maps(pipeline, result)
    >>> maps.dims
    ('word', 'y', 'x')
    """
    denoiser, latents = _prepared(model, result)
    quadrature = denoiser.schedule.quadrature(result.log_snr_range)
    evaluator = Evaluator(denoiser, latents)
    with turn_of(denoiser):
        evaluator.encode([result.prompt])
    with recorded(denoiser, result.prompt, result.words, _size(latents)) as total:
        size = evaluator.batch_size
        for design, draws in _runs(result, quadrature):
            for start in range(0, len(draws), size):
                part = draws[start : start + size]
                epsilon = design.noise(part, latents.shape).to(latents.device)
                places, texts = np.arange(len(part)), [result.prompt] * len(part)
                evaluator(torch.as_tensor(design.level[part]), epsilon, places, texts)
    return _labelled(total, result.words, evaluator.count)


def with_attention_maps(model: Any, result: Result) -> Result:
    """Return a result that also holds `attention_maps`, under that name in its ``data``.

    Examples
    --------
    >>> result = estimate(pipeline, picture, prompt, words=["red", "sand"], draws=8)
    >>> explorer = Explorer(with_attention_maps(pipeline, result), quantity="attention")
    """
    return Result(with_attention(result.data, attention_maps(model, result).values))


def regeneration_attention(
    model: Any, result: Result, *, steps: int = 25, solver: Solver = "ddim"
) -> xr.DataArray:
    """Return how much each cell attends to each word along a generation of the very picture.

    The picture is inverted to noise along the probability-flow ODE, and generated again under the same
    prompt; attention is that of the generation. What a tool shows for a prompt alone (DAAM) is of another
    picture, whose objects lie elsewhere.

    Parameters
    ----------
    model, result
        As in `attention_maps`.
    steps, solver
        See `inversion.trajectory`.
    """
    denoiser, latents = _prepared(model, result)
    path = trajectory(denoiser.schedule, steps, solver=solver)
    with turn_of(denoiser):
        condition = denoiser.encode_prompts([result.prompt])
    noise = invert(denoiser, latents[None], condition, path)
    with recorded(denoiser, result.prompt, result.words, _size(latents)) as total:
        regenerate(denoiser, noise, condition, path)
    return _labelled(total, result.words, 2 * path.evaluations)


def product(information: NDArray, attention: NDArray) -> NDArray[np.float64]:
    """Return the product of an information map and an attention map; without parameters."""
    return np.clip(information, 0, None) * np.clip(attention, 0, None)


def rank_mean(*maps: NDArray) -> NDArray[np.float64]:
    """Return the mean of the ranks of cells in several maps, 0 to 1; without parameters or scales."""
    ranks = [rankdata(values).reshape(np.shape(values)) for values in maps]
    return np.mean(ranks, axis=0) / np.size(maps[0])


@contextmanager
def recorded(
    denoiser: Any, prompt: str, words: Sequence[Word], size: tuple[int, int]
) -> Iterator[AttentionSum]:
    """Add up what a denoiser's network attends to; see `attention_capture.recording`.

    Estimates on it wait meanwhile: their calls would be counted too.

    Raises
    ------
    UnsupportedPipelineError
        Where there is no text attention that can be read.
    """
    if not hasattr(denoiser, "pipeline") or not hasattr(denoiser, "network"):
        raise UnsupportedPipelineError(
            f"{type(denoiser).__name__} is no diffusers pipeline, so its attention cannot be read."
        )
    positions = token_positions(denoiser.pipeline, denoiser.network, prompt, words)
    with turn_of(denoiser), recording(denoiser.pipeline, denoiser.network, positions, size) as total:
        yield total


def _prepared(model: Any, result: Result) -> tuple[Any, Tensor]:
    denoiser: Denoiser = as_denoiser(model)
    refuse_other(result, denoiser)
    picture = load_image(result.image, denoiser.image_rule, resize=False)
    with turn_of(denoiser):
        return denoiser, denoiser.encode_image(picture)


def _runs(result: Result, quadrature: Quadrature) -> Iterator[tuple[Design, NDArray[np.int64]]]:
    """Lay out the runs that a result is made of as they were, each with its draws that are done."""
    first = result.provenance["seed"]
    density = LevelDensity.from_dict(result.provenance["density"])
    runs = runs_of(result)
    if len(runs) == 1:
        yield Design.systematic(quadrature, density, result.draws_planned, first), result.data["draw"].values
        return
    for number, run in enumerate(runs):  # only whole ones are joined
        start = start_of(first, number) if number else None
        design = Design.systematic(quadrature, density, run["draws"], run["seed"], start)
        yield design, np.arange(run["draws"])


def _size(latents: Tensor) -> tuple[int, int]:
    return latents.shape[-2], latents.shape[-1]


def _labelled(total: AttentionSum, words: Sequence[Word], evaluations: int) -> xr.DataArray:
    coords = {"word_text": ("word", np.array([word.text for word in words], dtype=object))}
    attrs = {"unit": "share of attention", "evaluations": evaluations}
    return xr.DataArray(total.maps.numpy(), coords, ("word", "y", "x"), "attention_maps", attrs)
