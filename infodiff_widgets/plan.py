"""Which prompts a run evaluates, and which of them each quantity compares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .dataset import QUANTITIES
from .words import Word, check_text, without

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Comparisons of noise predictions under two prompts, without and with the information asked about.

    Attributes
    ----------
    words
        The words asked about.
    quantities
        Those of `QUANTITIES` asked for, in that order.
    texts
        The distinct prompts: each is evaluated once per draw, however many comparisons need it.
    without, with_
        Indices into `texts`, one per comparison: for each quantity the words, then, where it costs no
        evaluation of its own kind, the whole prompt.
    has_full
        Whether the last comparison is that of the whole prompt against the reference.
    """

    words: tuple[Word, ...]
    quantities: tuple[str, ...]
    texts: tuple[str, ...]
    without: tuple[int, ...]
    with_: tuple[int, ...]
    has_full: bool

    @classmethod
    def build(
        cls,
        prompt: str,
        words: Sequence[Word],
        quantities: Iterable[str],
        placeholder: str | None = None,
        reference: str = "",
    ) -> Plan:
        """List the comparisons.

        Parameters
        ----------
        prompt, words
            The text and the words of it to ask about.
        quantities
            "cmi": the prompt against the prompt without the word, T + 1 evaluations per draw for T words.
            "mi": the word alone against the reference, T + 2 more at most; it brings the whole prompt
            against the reference.
        placeholder
            Stands for the word in "the prompt without the word"; None deletes it.
        reference
            The prompt that says nothing.
        """
        asked = (quantities,) if isinstance(quantities, str) else tuple(quantities)
        unknown = [quantity for quantity in asked if quantity not in QUANTITIES]
        if unknown or not asked:
            raise ValueError(f"quantities={asked!r}: choose from {', '.join(map(repr, QUANTITIES))}.")
        check_text("reference", reference)
        if placeholder is not None:
            check_text("placeholder", placeholder)
        pairs: list[tuple[str, str]] = []
        if "cmi" in asked:
            pairs += [(without(prompt, word, placeholder), prompt) for word in words]
        if "mi" in asked:
            pairs += [(reference, word.text) for word in words]
            pairs.append((reference, prompt))
        texts = tuple(dict.fromkeys(text for pair in pairs for text in pair))
        place = {text: index for index, text in enumerate(texts)}
        return cls(
            words=tuple(words),
            quantities=tuple(quantity for quantity in QUANTITIES if quantity in asked),
            texts=texts,
            without=tuple(place[left] for left, _ in pairs),
            with_=tuple(place[right] for _, right in pairs),
            has_full="mi" in asked,
        )
