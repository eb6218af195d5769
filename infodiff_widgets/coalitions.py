"""Prompts between the empty and the whole one: what is left of a prompt when several words are out."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence

from .errors import WordError
from .words import Word, split_words, without

__all__ = ["Players", "check_apart", "without_all"]

_MOST_KEPT = 4096


def without_all(prompt: str, words: Iterable[Word], placeholder: str | None = None) -> str:
    """Return a prompt without some of its words, which do not overlap; see `words.without`.

    The text depends on which words are out, not on the order in which they are named.

    Examples
    --------
    >>> red, ball = split_words("a red, round ball")[1::2]
    >>> without_all("a red, round ball", [red, ball])
    'a, round'
    """
    text, margin = prompt, _margin(prompt)
    for word in sorted(words, key=lambda word: -word.start):
        # What is behind the word is done with; before it, only the margin of the prompt may have gone.
        gone = margin - _margin(text)
        text = without(text, Word(word.text, word.start - gone, word.stop - gone), placeholder)
    return text


def _margin(text: str) -> int:
    return len(text) - len(text.lstrip())


def check_apart(words: Iterable[Word], purpose: str) -> None:
    """Raise `WordError` where words overlap; `purpose` says what needs them apart."""
    ordered = sorted(words, key=lambda word: word.span)
    for one, other in itertools.pairwise(ordered):
        if other.start < one.stop:
            raise WordError(
                f"{one.text!r} at {one.span} and {other.text!r} at {other.span} overlap: {purpose} need "
                "words that lie apart."
            )


class Players:
    """The words among which information is divided, and the prompts that hold some of them.

    Everything else in the prompt is always there. Where nothing else in it is a word, the reference takes
    the place of the prompt without the players, so that they divide the information of the whole prompt.

    Attributes
    ----------
    words
        T of them, which do not overlap.
    empty
        The prompt without all of them, or the reference.
    """

    def __init__(
        self, prompt: str, words: Sequence[Word], placeholder: str | None = None, reference: str = ""
    ) -> None:
        check_apart(words, "Shapley values")
        self.prompt, self.words = prompt, tuple(words)
        self.placeholder = placeholder
        self.divide_everything = not split_words(without_all(prompt, words))
        self.empty = reference if self.divide_everything else without_all(prompt, words, placeholder)
        self._texts: dict[frozenset[int], str] = {}

    def text(self, present: Collection[int]) -> str:
        """Return the prompt with the players of these indices, and no other."""
        if not present:
            return self.empty
        key = frozenset(present)
        if key not in self._texts:
            if len(self._texts) >= _MOST_KEPT:
                self._texts.clear()
            absent = [word for index, word in enumerate(self.words) if index not in key]
            self._texts[key] = without_all(self.prompt, absent, self.placeholder)
        return self._texts[key]

    def path(self, order: Sequence[int]) -> tuple[str, ...]:
        """Return the T + 1 prompts that let the players in one by one, from `empty` to the whole prompt."""
        return tuple(self.text(order[:count]) for count in range(len(order) + 1))
