"""Words of a prompt and the prompt without them: text only, no tokens, no torch."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from .errors import PromptError, kind_of

__all__ = [
    "Word",
    "check_prompt",
    "check_text",
    "occurrences",
    "quoted",
    "split_words",
    "without",
]

# A word is a run of letters, marks and digits, with apostrophes, hyphens and the invisible joiners of
# Persian and Indic scripts inside it. Han characters stand for themselves, as in UAX #29.
_LETTER = r"[[\p{L}\p{N}]--\p{Han}]"
_INNER = r"[[\p{L}\p{M}\p{N}\u200c\u200d]--\p{Han}]"
_WORD = regex.compile(
    rf"(?V1)\p{{N}}+(?:[.,]\p{{N}}+)+|\p{{Han}}\p{{M}}*|{_LETTER}{_INNER}*(?:['’ʼ‐‑\-]{_LETTER}{_INNER}*)*"
)
_CLOSING = frozenset(",.;:!?)]}»”’、。")
# What may be of one word with what stands beside it: no word reaches beyond a run of these. A Han character
# ends a run and is the first of the next, since marks may follow it.
_RUN = r"[[\p{L}\p{M}\p{N}\u200c\u200d'’ʼ‐‑\-.,]--[\p{Han}--\p{N}]]*"
_RUN_AT_END = regex.compile(rf"(?rV1)\p{{Han}}?{_RUN}")
_RUN_AT_START = regex.compile(rf"(?V1){_RUN}")


@dataclass(frozen=True, slots=True)
class Word:
    """A stretch of a prompt: ``prompt[start:stop] == text``.

    Attributes
    ----------
    text
        The exact characters.
    start, stop
        Where they stand, in characters. Repeated words differ here.

    Examples
    --------
    >>> word = split_words("a red circle")[1]
    >>> word
    Word(text='red', start=2, stop=5)
    >>> word.span
    (2, 5)
    """

    text: str
    start: int
    stop: int

    @property
    def span(self) -> tuple[int, int]:
        """The pair (start, stop)."""
        return self.start, self.stop


def split_words(prompt: str) -> tuple[Word, ...]:
    """Split a prompt into words, in reading order.

    Punctuation, emoji and ``_`` are not words; "t-shirt", "dog's" and "3.5" are one each.

    Parameters
    ----------
    prompt
        Any text.

    Returns
    -------
    tuple of Word
        Empty where the text holds no letter and no digit.

    Examples
    --------
    >>> [word.text for word in split_words("A dog's t-shirt, red!")]
    ['A', "dog's", 't-shirt', 'red']
    """
    if not isinstance(prompt, str):
        check_prompt(prompt)  # raises
    return tuple(Word(match.group(), *match.span()) for match in _WORD.finditer(prompt))


def check_prompt(prompt: object) -> str:
    """Return the prompt if it can be used.

    Raises
    ------
    PromptError
        Where it is no text, blank, or holds characters that no text encoder and no file can take.
    """
    if not isinstance(prompt, str):
        raise PromptError(f"The prompt is {kind_of(prompt)}; give one text, such as 'a red circle'.")
    if not prompt.strip():
        raise PromptError(f"The prompt {prompt!r} is empty: give the text that describes the picture.")
    return check_text("prompt", prompt)


def check_text(name: str, text: object) -> str:
    """Return a text, perhaps empty, if it can be used; `name` is what the message calls it."""
    if not isinstance(text, str):
        raise PromptError(f"The {name} is {kind_of(text)}: give one text.")
    for character in text:
        if character == "\0" or "\ud800" <= character <= "\udfff":
            raise PromptError(f"The {name} holds the character {character!r}, which is no text: remove it.")
    return text


def occurrences(prompt: str, phrase: str) -> list[Word]:
    """Find a phrase where it begins and ends between words, so that "bed" is not found in "bedroom".

    Examples
    --------
    >>> [word.span for word in occurrences("a bed in a bedroom", "a")]
    [(0, 1), (9, 10)]
    """
    phrase = phrase.strip()
    if not phrase:
        return []
    inside = {place for word in split_words(prompt) for place in range(word.start + 1, word.stop)}
    matches = regex.finditer(regex.escape(phrase), prompt, overlapped=True)
    return [Word(phrase, *m.span()) for m in matches if not inside.intersection(m.span())]


def without(prompt: str, word: Word, placeholder: str | None = None) -> str:
    """Return the context of a word: the prompt without it.

    Parameters
    ----------
    prompt
        The whole text.
    word
        What to take out.
    placeholder
        None deletes the word and mends the spaces; a text such as ``"_"`` (the paper's) stands in for it.

    Returns
    -------
    str
        May be empty, where the word is all there is.

    Examples
    --------
    >>> without("a red, round ball", Word("red", 2, 5))
    'a, round ball'
    >>> without("a red ball", Word("red", 2, 5), "_")
    'a _ ball'
    """
    left, right = prompt[: word.start], prompt[word.stop :]
    if placeholder is not None:
        return left + placeholder + right
    if not left.strip() or not right.strip():
        return (left + right).strip()
    if left[-1].isspace() and right[0].isspace():
        right = right[1:]
    elif left[-1].isspace() and right[0] in _CLOSING:
        left = left.rstrip()
    return f"{left} {right}" if _merge(left, right) else left + right


def _merge(left: str, right: str) -> bool:
    """Whether words become others where two texts are joined; only what stands at the joint can tell."""
    end, start = _RUN_AT_END.search(left), _RUN_AT_START.match(right)
    sides = end.group() if end else "", start.group() if start else ""
    apart = [word.text for side in sides for word in split_words(side)]
    return [word.text for word in split_words("".join(sides))] != apart


def quoted(prompt: str, limit: int = 60) -> str:
    """Return how a prompt is quoted in a message."""
    return repr(prompt if len(prompt) <= limit else prompt[: limit - 1] + "…")
