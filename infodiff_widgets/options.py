"""What can be chosen about a run, and how what a user gives is read."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np

from .bands import BandsLike
from .channel import RangeLike
from .devices import DevicesLike
from .errors import ArgumentError, WordError
from .naming import WordLike, resolve_words
from .precision import Precision
from .progress import Progress
from .sampling import LevelDensity, check_draws
from .stopping import UntilLike, check_limit
from .words import Word, split_words

__all__ = [
    "DensityLike",
    "Options",
    "PairsLike",
    "SwapsLike",
    "WordsLike",
    "check_kinds",
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

    def __post_init__(self) -> None:
        check_kinds({field.name: getattr(self, field.name) for field in fields(self)})


def check_kinds(given: Mapping[str, Any]) -> None:
    """Refuse options of a kind that cannot be meant, and numbers of draws that cannot be planned.

    What else is asked of their values is checked where these are read.

    Parameters
    ----------
    given
        Some of `Options`, by name.

    Raises
    ------
    ArgumentError
        It names the first of them, its value and what to give.
    """
    for name, (usable, remedy) in _KINDS.items():
        if name in given and not usable(given[name]):
            raise ArgumentError(f"{name}={given[name]!r}: give {remedy}.")
    draws, seed = given.get("draws"), given.get("seed", 0)
    check_draws(2 if draws is None else draws, seed)
    check_limit(0 if draws is None else draws)


def _or_none(usable: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or usable(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _is_path(value: Any) -> bool:
    return isinstance(value, str | os.PathLike)


def _are_many(value: Any) -> bool:
    # One text, too, which those who read it refuse, or take for one name, in words of their own.
    return isinstance(value, Iterable) and not isinstance(value, bytes)


def _are_levels(value: Any) -> bool:
    try:
        return all(
            _is_number(one) and -math.inf < one < math.inf for one in np.asarray(value, object).ravel()
        )
    except ValueError:  # rows of several lengths
        return False


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "words": (_or_none(_are_many), "a list of words, or None for all"),
    "quantities": (_are_many, "a list, such as ['cmi', 'mi']"),
    "swaps": (_or_none(_are_many), "each word with what takes its place, {'red': 'blue'}, or None"),
    "pairs": (_are_many, "a list of pairs of words, such as [('red', 'circle')]"),
    "bands": (_or_none(_are_levels), "a number of bands, the log-SNRs between them, or None"),
    "resize": (_is_truth, "True or False"),
    "truncate": (_is_truth, "True or False"),
    "batch_size": (_or_none(_is_whole), "a whole number, 1 or more, or None"),
    "max_evaluations": (_or_none(_is_whole), "a whole number, 1 or more, or None"),
    "max_seconds": (_or_none(_is_number), "a number of seconds, more than 0, or None"),
    "checkpoint": (_or_none(_is_path), "the name of a file, or None"),
    "progress": (lambda value: _is_truth(value) or callable(value), "True, False or a function"),
}
"""What can be meant by an option, and what to give where it cannot be that."""


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
        if isinstance(pair, str) or not isinstance(pair, Sized) or len(pair) != 2:
            raise ArgumentError(f"pairs: {pair!r} is no pair of words, such as ('red', 'circle').")
        first, second = resolve_words(prompt, pair)
        if (first, second) in found or (second, first) in found:
            raise WordError(f"pairs: {tuple(pair)!r} is given twice: name it once, either way round.")
        found.append((first, second))
    return found


_MOST_LISTED = 10
"""Words that fall away and are all named."""


def shortened(prompt: str, denoiser: Any) -> str:
    """Return what a network's text encoders read of a prompt; say which words fall away."""
    kept = denoiser.shorten(prompt) if hasattr(denoiser, "shorten") else prompt
    lost = [word.text for word in split_words(prompt) if word.stop > len(kept)]
    if lost:
        listed = ", ".join(map(repr, lost))
        if len(lost) > _MOST_LISTED:
            first, last = (", ".join(map(repr, some)) for some in (lost[:3], lost[-3:]))
            listed = f"its last {len(lost)} words, {first}, … {last}"
        text = f"truncate=True: the prompt is cut to {kept!r}; it loses {listed}."
        warnings.warn(text, UserWarning, stacklevel=4)
    return kept
