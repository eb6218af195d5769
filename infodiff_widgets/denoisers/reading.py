"""How much of a prompt the text encoders read."""

from __future__ import annotations

import inspect
import logging
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from infodiff_widgets.errors import PromptError
from infodiff_widgets.words import Word, quoted, split_words

__all__ = ["Reader", "check_prompts", "readers_of", "shortened", "window_of"]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reader:
    """A text encoder's window.

    Attributes
    ----------
    tokens
        Counts the tokens of a prompt, with all that is put around it.
    window
        The number that is read.
    """

    tokens: Callable[[str], int]
    window: int

    def lost(self, prompt: str) -> list[str]:
        """Return the words that it does not see, or not whole."""
        if self.tokens(prompt) <= self.window:
            return []
        words = split_words(prompt)
        return [word.text for word in words[self.whole(prompt, words) :]] or ["its end"]

    def whole(self, prompt: str, words: Sequence[Word]) -> int:
        """Return how many of a prompt's words it sees whole: the first ones."""
        return bisect_right(words, self.window, key=lambda word: self.tokens(prompt[: word.stop]))


def readers_of(pipeline: Any, wrap: Callable[[str], str] | None = None) -> list[Reader]:
    """Return a reader for each text encoder of a pipeline, one that is not there left out.

    CLIP has a window of its own; others read as many tokens as the pipeline's call has for its
    `max_sequence_length`.

    Parameters
    ----------
    wrap
        What the pipeline puts around a prompt, where it does.
    """
    readers = []
    for suffix in ("", "_2", "_3"):
        tokenizer = getattr(pipeline, f"tokenizer{suffix}", None)
        encoder = getattr(pipeline, f"text_encoder{suffix}", None)
        if tokenizer is None or encoder is None:
            continue
        if str(encoder.config.model_type).startswith("clip"):
            window = min(tokenizer.model_max_length, encoder.config.max_position_embeddings)
        else:
            window = window_of(pipeline)

        def tokens(prompt: str, tokenizer: Any = tokenizer) -> int:
            return len(tokenizer(wrap(prompt) if wrap else prompt, truncation=False, verbose=False).input_ids)

        readers.append(Reader(tokens, window))
    return readers


def window_of(pipeline: Any) -> int:
    """Return how many tokens a pipeline's call reads unless told otherwise."""
    return int(inspect.signature(type(pipeline).__call__).parameters["max_sequence_length"].default)


def check_prompts(prompts: Sequence[str], readers: Sequence[Reader], mentioned: str = "") -> str:
    """Refuse a prompt with words that no encoder reads; mention, of the longest, those that only some do.

    Parameters
    ----------
    prompts
        Most often one, and the same without this word or that: it is said once.
    mentioned
        What was mentioned before, whose words need no other mention.

    Returns
    -------
    mentioned
        The prompt that was mentioned last.

    Raises
    ------
    PromptError
        It names the words that would fall away.
    """
    # The longest first, which is what was asked and not a part of it: an error is of that.
    partly = [p for p in sorted(prompts, key=len, reverse=True) if _lost_to_some(p, readers)]
    if not partly:
        return mentioned
    prompt = max(partly, key=len)
    known, words = ({word.text for word in split_words(text)} for text in (mentioned, prompt))
    if words <= known:
        return mentioned
    narrow = max(readers, key=lambda reader: len(reader.lost(prompt)))
    _logger.warning(
        "of %r only some text encoders see %s: what these words say reaches the network by those alone, so "
        "that their information may come out smaller; for all to see them, shorten it from %d to %d tokens",
        prompt,
        _enumerate(narrow.lost(prompt)),
        narrow.tokens(prompt),
        narrow.window,
    )
    return prompt


def _lost_to_some(prompt: str, readers: Sequence[Reader]) -> bool:
    """Whether not all encoders read the whole of a prompt; raise where none does."""
    lost = [reader.lost(prompt) for reader in readers]
    if not any(lost):
        return False
    widest = max(range(len(readers)), key=lambda index: readers[index].window)
    if lost[widest]:
        reader = readers[widest]
        raise PromptError(
            f"The prompt {quoted(prompt)} has {reader.tokens(prompt)} tokens and the text encoder reads "
            f"{reader.window}: shorten it, or cut the end of the prompt with truncate=True. "
            f"It would not see {_enumerate(lost[widest])}. A rare word may be several "
            "tokens."
        )
    return True


def shortened(prompt: str, readers: Sequence[Reader]) -> str:
    """Return as many words of a prompt, from its beginning, as one of the encoders reads.

    The text is cut, not its tokens: else what was cut off would move into the window wherever a word is left
    out.
    """
    if not readers or not all(reader.lost(prompt) for reader in readers):
        return prompt
    widest = max(readers, key=lambda reader: reader.window)
    words = split_words(prompt)
    seen = words[: widest.whole(prompt, words)]
    return prompt[: seen[-1].stop if seen else 0]


def _enumerate(words: Sequence[str], limit: int = 12) -> str:
    if list(words) == ["its end"]:
        return words[0]
    more = f" and {len(words) - limit} more words" if len(words) > limit else ""
    return ", ".join(repr(word) for word in words[:limit]) + more
