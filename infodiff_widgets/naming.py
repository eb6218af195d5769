"""What words of a prompt are called, and which words are named: by text, name, number or place."""

from __future__ import annotations

import operator
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeGuard

import regex

from .errors import PromptError, WordError
from .listing import listed
from .words import Word, check_prompt, occurrences, quoted, split_words

__all__ = ["WordKey", "WordLike", "find_word", "is_number", "named_word", "names_of", "resolve_words"]

WordLike = int | str | tuple[int, int] | Word
"""What names a word of a prompt: its number there, its text or name, where it stands, or itself."""

WordKey = WordLike
"""What names one of a list of words, such as those of a result; an integer is its index there."""


def resolve_words(prompt: str, words: Iterable[WordLike] | None = None) -> tuple[Word, ...]:
    """Turn what a user names into words of the prompt.

    Parameters
    ----------
    prompt
        The whole text.
    words
        None for every word; else words or phrases (whole words, found in the prompt letter by letter), names
        of `names_of`, numbers of words from 0 on, pairs (start, stop) of character positions, which may cut
        words, or `Word` objects.

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
                f"The prompt {quoted(prompt)} has no words, only punctuation: write words, or pass "
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


def _resolve(prompt: str, word: Any) -> Word:
    if isinstance(word, Word):
        if prompt[word.start : word.stop] != word.text or not word.text:
            raise WordError(
                f"{word} does not belong to the prompt {quoted(prompt)}: use split_words(prompt)."
            )
        return word
    if isinstance(word, str):
        matches = occurrences(prompt, word)
        words = split_words(prompt)
        called = _called(prompt, word)
        if called and matches:
            places = listed((str(match.span) for match in (called, *matches)), "or")
            raise WordError(f"{word!r} is the name of a word and a text, too: say which by place, {places}.")
        if called:
            return called
        if not matches:
            raise WordError(
                f"{word!r} is no word or phrase of the prompt. It has: {_listing(prompt, words)}."
            )
        if len(matches) > 1:
            raise WordError(_several(prompt, word, matches))
        return matches[0]
    if is_number(word):
        words = split_words(prompt)
        return words[find_word(prompt, words, word)]
    try:
        start, stop = map(operator.index, word)
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
        A word or phrase of it; or, where it is none, a name of `names_of` or a place ``START:STOP`` in
        characters.
    form
        How the option is written, with ``{}`` for the word.

    Raises
    ------
    WordError
        Where there is no such word, or several: it names the options that choose one.

    Examples
    --------
    >>> named_word("a cat and a dog", "a (3)"), named_word("a cat and a dog", "10:11")
    (Word(text='a', start=10, stop=11), Word(text='a', start=10, stop=11))
    """
    found = occurrences(prompt, text)
    if len(found) > 1:
        names = " or ".join(form.format(_for_shell(name)) for name in names_of(prompt, found))
        places = " or ".join(form.format(f"{word.start}:{word.stop}") for word in found)
        raise WordError(
            f"{text!r} is there {len(found)} times: say which, by name, {names}, or which, by place, "
            f"{places}."
        )
    place = regex.fullmatch(r"([0-9]{1,9}):([0-9]{1,9})", text)
    if place and not found:
        (word,) = resolve_words(prompt, [(int(place[1]), int(place[2]))])
    else:
        (word,) = resolve_words(prompt, [text])
    return word


def _for_shell(name: str) -> str:
    """Return a name as one argument, in the quotes that every shell knows where it has no need of others."""
    return shlex.quote(name) if set(name) & set('"$`\\!') else f'"{name}"'


def is_number(key: Any) -> TypeGuard[int]:
    """Say whether what names a word is a number: any integer, of numpy too.

    So is a bool to Python, which `find_word` refuses.
    """
    try:
        operator.index(key)
    except TypeError:
        return False
    return True


def find_word(prompt: str, words: Sequence[Word], key: WordKey) -> int:
    """Return the index of one word among those of a result.

    Parameters
    ----------
    prompt
        The whole text.
    words
        Those of it to choose from.
    key
        An index (negative from the end), a text, a name of `names_of`, a span or a `Word`.

    Raises
    ------
    WordError
        Where there is no such word, or several of the same text.
    """
    if isinstance(key, list | tuple) and any(isinstance(one, str) for one in key):
        raise WordError(f"{key!r} names several words where one is asked for; a figure takes a list of them.")
    if isinstance(key, bool):  # which is a number to Python
        raise WordError(f"{key!r} names no word: give a number, a text or a (start, stop) pair.")
    if isinstance(key, str):
        matches = [index for index, word in enumerate(words) if word.text == key]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise WordError(_several(prompt, key, [words[index] for index in matches]))
        if (called := _called(prompt, key)) in words:
            return words.index(called)
    elif isinstance(key, Word) or (isinstance(key, tuple) and len(key) == 2):
        span = key.span if isinstance(key, Word) else key
        for index, word in enumerate(words):
            if word.span == span:
                return index
    else:
        try:
            index = range(len(words))[operator.index(key)]
        except IndexError:
            numbers = "one word has the number 0"
            if len(words) > 1:
                numbers = f"{len(words)} words have numbers 0 to {len(words) - 1}"
            raise WordError(f"There is no word {key}: the {numbers}.") from None
        except TypeError:
            raise WordError(
                f"{key!r} names no word: give a number, a text or a (start, stop) pair."
            ) from None
        return index
    raise WordError(f"{key!r} is not among the words: {_listing(prompt, words)}.")


def names_of(prompt: str, words: Iterable[Word]) -> list[str]:
    """Return what words of a prompt are called wherever they are listed; what takes a word takes these.

    A name is the text; where the prompt has it more than once, with the word's number in the prompt. Phrases
    and parts of words have no number: their place in characters tells them apart.

    Examples
    --------
    >>> names_of("a red cat and a dog", split_words("a red cat and a dog"))
    ['a (0)', 'red', 'cat', 'and', 'a (4)', 'dog']
    >>> names_of("a red cat, a red dog", [Word("red dog", 13, 20), Word("a red", 11, 16)])
    ['red dog', 'a red (11:16)']
    """
    there = split_words(prompt)
    numbers = {word: number for number, word in enumerate(there)}
    counts = Counter(word.text for word in there)

    def name(word: Word) -> str:
        if word in numbers:
            return f"{word.text} ({numbers[word]})" if counts[word.text] > 1 else word.text
        alone = occurrences(prompt, word.text) == [word]
        return word.text if alone else f"{word.text} ({word.start}:{word.stop})"

    return [name(word) for word in words]


_CALLED = regex.compile(r"(?s)(.+) \(([0-9]{1,9})(?::([0-9]{1,9}))?\)")


def _called(prompt: str, name: str) -> Word | None:
    """Return the word of a prompt that has a name of `names_of`, if there is one."""
    read = _CALLED.fullmatch(name)
    if read is None:
        return None
    text, number, stop = read[1], int(read[2]), read[3]
    word = Word(text, number, number + len(text))
    if stop is None:
        words = split_words(prompt)
        return words[number] if number < len(words) and words[number].text == text else None
    return word if prompt[word.start : word.stop] == text and word.stop == int(stop) else None


def _several(prompt: str, text: str, matches: Sequence[Word]) -> str:
    """Say which there are of a text that is there more than once."""
    names = listed(map(repr, names_of(prompt, matches)), "or")
    places = listed((str(match.span) for match in matches), "or")
    return f"{text!r} is there {len(matches)} times: say which, {names}, or by place, {places}."


def _listing(prompt: str, words: Sequence[Word], limit: int = 40) -> str:
    texts = ", ".join(map(repr, names_of(prompt, words[:limit])))
    return (texts or "none") + (f" and {len(words) - limit} more" if len(words) > limit else "")
