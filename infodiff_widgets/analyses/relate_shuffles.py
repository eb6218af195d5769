"""Captions with their words out of order, in the four ways of ARO (Yuksekgonul et al., ICLR 2023)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np

__all__ = ["SHUFFLES", "Tag", "Token", "shuffled_captions"]

Tag = Literal["noun", "adjective", "other"]
_ATTEMPTS = 20


class Token(NamedTuple):
    """A word of a caption and its part of speech."""

    text: str
    tag: Tag


Shuffle = Callable[[Sequence[Token], np.random.Generator], list[str]]


def _among(*groups: tuple[str, ...]) -> Shuffle:
    """Shuffle the words of each group of parts of speech among their places."""

    def shuffle(tokens: Sequence[Token], random: np.random.Generator) -> list[str]:
        words = [token.text for token in tokens]
        for group in groups:
            places = [index for index, token in enumerate(tokens) if token.tag in group]
            for place, other in zip(places, random.permutation(places).tolist(), strict=True):
                words[place] = tokens[other].text
        return words

    return shuffle


def _within_trigrams(tokens: Sequence[Token], random: np.random.Generator) -> list[str]:
    return [str(word) for trigram in _cut(tokens) for word in random.permutation(trigram)]


def _trigrams(tokens: Sequence[Token], random: np.random.Generator) -> list[str]:
    trigrams = _cut(tokens)
    return [word for index in random.permutation(len(trigrams)) for word in trigrams[index]]


def _cut(tokens: Sequence[Token]) -> list[list[str]]:
    return [[token.text for token in tokens[start : start + 3]] for start in range(0, len(tokens), 3)]


SHUFFLES: dict[str, Shuffle] = {
    "nouns and adjectives": _among(("noun",), ("adjective",)),
    "all but nouns and adjectives": _among(("other",)),
    "within trigrams": _within_trigrams,
    "trigrams": _trigrams,
}
"""By name, in the order of ARO."""


def shuffled_captions(tokens: Sequence[Token], random: np.random.Generator) -> list[tuple[str, str]]:
    """Return the shuffles of a caption that differ from it and from each other, with their names.

    A shuffle that leaves the caption as it is says nothing; it is drawn again a few times, and left out where
    that does not help ("a dog": one noun, no adjective).
    """
    seen = {" ".join(token.text for token in tokens)}
    found = []
    for name, shuffle in SHUFFLES.items():
        for _ in range(_ATTEMPTS):
            caption = " ".join(shuffle(tokens, random))
            if caption not in seen:
                seen.add(caption)
                found.append((name, caption))
                break
    return found
