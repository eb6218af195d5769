"""What can be chosen about a run, and how what a user gives is read."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .bands import BandsLike
from .channel import RangeLike
from .devices import DevicesLike
from .errors import ArgumentError
from .precision import Precision
from .progress import Progress
from .sampling import LevelDensity
from .stopping import UntilLike
from .words import Word, WordLike, resolve_words, split_words

__all__ = [
    "DensityLike",
    "Options",
    "PairsLike",
    "SwapsLike",
    "WordsLike",
    "given_density",
    "given_pairs",
    "given_swaps",
    "shortened",
]

DensityLike = LevelDensity | Mapping[str, Any] | Literal["uniform"] | None
WordsLike = Iterable[WordLike] | None
SwapsLike = Mapping[WordLike, str] | None
PairsLike = Iterable[tuple[WordLike, WordLike]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be chosen about a run; see `estimator.estimate`."""

    words: WordsLike
    quantities: Iterable[str]
    draws: int | None
    seed: int
    placeholder: str | None
    reference: str
    swaps: SwapsLike
    pairs: PairsLike
    bands: BandsLike
    log_snr_range: RangeLike
    density: DensityLike
    resize: bool
    truncate: bool
    batch_size: int | None
    precision: Precision
    until: UntilLike
    max_evaluations: int | None
    max_seconds: float | None
    checkpoint: str | os.PathLike[str] | None
    progress: Progress
    devices: DevicesLike = None
    start: float | None = None
    """Where the levels begin, see `sampling.Design.systematic`."""


def given_density(density: DensityLike) -> LevelDensity | None:
    """Return the density that was given, None where it is to be fitted."""
    if density is None or isinstance(density, LevelDensity):
        return density
    if density == "uniform":
        return LevelDensity.uniform()
    if isinstance(density, Mapping) and density.keys() >= {"log_snr", "height"}:
        return LevelDensity.from_dict(density)
    raise ArgumentError(
        f"density={density!r}: give None, 'uniform', a LevelDensity or a provenance's density."
    )


def given_swaps(prompt: str, swaps: SwapsLike) -> dict[Word, str]:
    """Return words of the prompt with what takes their place."""
    if not swaps:
        return {}
    if not isinstance(swaps, Mapping):
        raise ArgumentError(f"swaps={swaps!r}: give each word with what takes its place, {{'red': 'blue'}}.")
    return dict(zip(resolve_words(prompt, swaps), swaps.values(), strict=True))


def given_pairs(prompt: str, pairs: PairsLike) -> list[tuple[Word, Word]]:
    """Return pairs of words of the prompt."""
    found = []
    for pair in pairs:
        if isinstance(pair, str) or len(pair) != 2:
            raise ArgumentError(f"pairs: {pair!r} is no pair of words, such as ('red', 'circle').")
        first, second = resolve_words(prompt, pair)
        found.append((first, second))
    return found


def shortened(prompt: str, denoiser: Any) -> str:
    """Return what a network's text encoders read of a prompt; say which words fall away."""
    kept = denoiser.shorten(prompt) if hasattr(denoiser, "shorten") else prompt
    lost = [word.text for word in split_words(prompt) if word.stop > len(kept)]
    if lost:
        text = f"truncate=True: the prompt is cut to {kept!r}; it loses {', '.join(map(repr, lost))}."
        warnings.warn(text, UserWarning, stacklevel=4)
    return kept
