"""Words of a prompt and the prompt without them: text only, no tokens, no torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

from .errors import PromptError, WordError

__all__ = [
    "Word",
    "WordKey",
    "WordLike",
    "check_prompt",
    "check_text",
    "find_word",
    "named_word",
    "names_of",
    "occurrences",
    "resolve_words",
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


WordLike = int | str | tuple[int, int] | Word
"""What names a word of a prompt: which it is of its words, its text, where it stands, or itself."""

WordKey = WordLike
"""What names one of a list of words, such as those of a result; an integer is its number there."""


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
    return tuple(Word(match.group(), *match.span()) for match in _WORD.finditer(prompt))


def check_prompt(prompt: object) -> str:
    """Return the prompt if it can be used.

    Raises
    ------
    PromptError
        Where it is no text, blank, or holds characters that no text encoder and no file can take.
    """
    if not isinstance(prompt, str):
        raise PromptError(f"The prompt is a {type(prompt).__name__}; give one text, such as 'a red circle'.")
    if not prompt.strip():
        raise PromptError(f"The prompt {prompt!r} is empty: give the text that describes the picture.")
    return check_text("prompt", prompt)


def check_text(name: str, text: object) -> str:
    """Return a text, perhaps empty, if it can be used; `name` is what the message calls it."""
    if not isinstance(text, str):
        raise PromptError(f"The {name} is a {type(text).__name__}: give one text.")
    for character in text:
        if character == "\0" or "\ud800" <= character <= "\udfff":
            raise PromptError(f"The {name} holds the character {character!r}, which is no text: remove it.")
    return text


def resolve_words(prompt: str, words: Iterable[WordLike] | None = None) -> tuple[Word, ...]:
    """Turn what a user names into words of the prompt.

    Parameters
    ----------
    prompt
        The whole text.
    words
        None for every word; else words or phrases (whole words, found in the prompt letter by letter),
        numbers of words from 0 on, pairs (start, stop) of character positions, which may cut words, or `Word`
        objects.

    Returns
    -------
    tuple of Word
        In the order in which they were given.

    Raises
    ------
    PromptError
        Where the prompt has no words.
    WordError
        Where a name is not in the prompt, is there more than once, or is given twice.
    """
    check_prompt(prompt)
    if words is None:
        found = split_words(prompt)
        if not found:
            raise PromptError(
                f"The prompt {_short(prompt)} has no words, only punctuation: write words, or pass "
                "words=[(start, stop)] to choose characters."
            )
        return found
    if isinstance(words, str):
        raise WordError(f"words={words!r} is one text: pass a list, words=[{words!r}].")
    found = tuple(_resolve(prompt, word) for word in words)
    if not found:
        raise WordError("words is empty: name at least one word, or pass words=None for all of them.")
    for index, word in enumerate(found):
        if word in found[:index]:
            raise WordError(f"The word {word.text!r} at {word.span} is given twice: name it once.")
    return found


def _resolve(prompt: str, word: WordLike) -> Word:
    if isinstance(word, Word):
        if prompt[word.start : word.stop] != word.text or not word.text:
            raise WordError(
                f"{word} does not belong to the prompt {_short(prompt)}: use split_words(prompt)."
            )
        return word
    if isinstance(word, str):
        matches = occurrences(prompt, word)
        words = split_words(prompt)
        if not matches and word in (names := names_of(words)):
            return words[names.index(word)]
        if not matches:
            raise WordError(f"{word!r} is no word or phrase of the prompt. It has: {_listing(words)}.")
        if len(matches) > 1:
            numbers = [words.index(match) for match in matches if match in words]
            raise WordError(_several(word, numbers, matches))
        return matches[0]
    if isinstance(word, int):
        words = split_words(prompt)
        return words[find_word(words, word)]
    try:
        start, stop = (int(edge) for edge in word)
    except (TypeError, ValueError):
        raise WordError(
            f"{word!r} is no text, no number of a word and no pair (start, stop) of character positions."
        ) from None
    if not 0 <= start < stop <= len(prompt) or not prompt[start:stop].strip():
        raise WordError(
            f"The span ({start}, {stop}) holds no text of the prompt; positions run from 0 to {len(prompt)}."
        )
    return Word(prompt[start:stop], start, stop)


def named_word(prompt: str, text: str, form: str = "--word {}") -> Word:
    """Return the word of a prompt that a text on the command line names.

    Parameters
    ----------
    prompt
        The whole text.
    text
        A word or phrase of it; or, where it is none, a place ``START:STOP`` in characters.
    form
        How the option is written, with ``{}`` for the word.

    Raises
    ------
    WordError
        Where there is no such word, or several: it names the options that choose one.

    Examples
    --------
    >>> named_word("a cat and a dog", "10:11")
    Word(text='a', start=10, stop=11)
    """
    found = occurrences(prompt, text)
    if len(found) > 1:
        choices = " or ".join(form.format(f"{word.start}:{word.stop}") for word in found)
        raise WordError(f"{text!r} is there {len(found)} times: say which, by place, {choices}.")
    place = regex.fullmatch(r"([0-9]{1,9}):([0-9]{1,9})", text)
    if place and not found:
        (word,) = resolve_words(prompt, [(int(place[1]), int(place[2]))])
    else:
        (word,) = resolve_words(prompt, [text])
    return word


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


def find_word(words: Sequence[Word], key: WordKey) -> int:
    """Return the index of one word among those of a result.

    Parameters
    ----------
    words
        The words to choose from.
    key
        A number (negative from the end), a text, a span or a `Word`.

    Raises
    ------
    WordError
        Where there is no such word, or several of the same text.
    """
    if isinstance(key, str):
        matches = [index for index, word in enumerate(words) if word.text == key]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise WordError(_several(key, matches, [words[index] for index in matches]))
        # Its number would be that of one list or of another: of the result, of its swaps, of the prompt.
        read = [word for word in words if regex.fullmatch(regex.escape(word.text) + r" \([0-9]+\)", key)]
        if read:
            places = " or ".join(str(word.span) for word in read)
            raise WordError(f"{key!r} is a name to read: say which by place, {places}.")
    elif isinstance(key, Word) or (isinstance(key, tuple) and len(key) == 2):
        span = key.span if isinstance(key, Word) else key
        for index, word in enumerate(words):
            if word.span == span:
                return index
    else:
        try:
            index = range(len(words))[key]
        except IndexError:
            raise WordError(
                f"There is no word {key}: the {len(words)} words have numbers 0 to {len(words) - 1}."
            ) from None
        except TypeError:
            raise WordError(
                f"{key!r} names no word: give a number, a text or a (start, stop) pair."
            ) from None
        return index
    raise WordError(f"{key!r} is not among the words: {_listing(words)}.")


def _several(text: str, numbers: Sequence[int], matches: Sequence[Word]) -> str:
    """Say which there are of a text that is there more than once; only words have numbers."""
    places = " or ".join(str(match.span) for match in matches)
    by_number = f"by number, {' or '.join(map(str, numbers))}, or " if len(numbers) == len(matches) else ""
    return f"{text!r} is there {len(matches)} times: say which, {by_number}by place, {places}."


def names_of(words: Sequence[Word]) -> list[str]:
    """Return what words are called in a list: one whose text is there again, with its number.

    `find_word` takes that number; `resolve_words` the whole name, too. js/src/words.js has the same rule.

    Examples
    --------
    >>> names_of(split_words("a red cat and a dog"))
    ['a (0)', 'red', 'cat', 'and', 'a (4)', 'dog']
    """
    texts = [word.text for word in words]
    return [f"{text} ({i})" if texts.count(text) > 1 else text for i, text in enumerate(texts)]


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


def _listing(words: Sequence[Word], limit: int = 40) -> str:
    texts = ", ".join(map(repr, names_of(words)[:limit]))
    return (texts or "none") + (f" and {len(words) - limit} more" if len(words) > limit else "")


def _short(prompt: str, limit: int = 60) -> str:
    return repr(prompt if len(prompt) <= limit else prompt[: limit - 1] + "…")
