"""Where the words of a prompt stand among the tokens that a network attends to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infodiff_widgets.errors import UnsupportedPipelineError, WordError
from infodiff_widgets.words import Word

__all__ = ["token_positions"]

# By class of the denoising network: the pipeline's tokenizers, in the order in which the network has their
# texts, one after the other. SDXL's two share their places.
_TOKENIZERS: dict[str, tuple[str, ...]] = {
    "UNet2DConditionModel": ("tokenizer",),
    "PixArtTransformer2DModel": ("tokenizer",),
    "SD3Transformer2DModel": ("tokenizer", "tokenizer_3"),
    "FluxTransformer2DModel": ("tokenizer_2",),
}


def token_positions(pipeline: Any, network: Any, prompt: str, words: Sequence[Word]) -> list[list[int]]:
    """Return the places of each word's tokens in the network's text.

    Parameters
    ----------
    pipeline, network
        With its tokenizers, and the network that attends.
    prompt
        The whole text.
    words
        Stretches of it; a word of several tokens has several places.

    Raises
    ------
    UnsupportedPipelineError
        Where the network's text is not simply the tokens of the prompt: a chat template, for example.
    WordError
        Where no encoder of the network's text reads a word.
    """
    kind = type(getattr(network, "_orig_mod", network)).__name__
    if kind not in _TOKENIZERS:
        raise UnsupportedPipelineError(
            f"Attention per word is not available for {kind}, only for {', '.join(_TOKENIZERS)}: "
            "information maps need no attention and work with every supported pipeline."
        )
    places: list[list[int]] = [[] for _ in words]
    start = 0
    for name in _TOKENIZERS[kind]:
        tokenizer = getattr(pipeline, name, None)
        if tokenizer is None:
            continue  # SD3 without T5
        window = int(tokenizer.model_max_length)
        for index, word in enumerate(words):
            first, last = (_tokens_before(tokenizer, prompt[:end]) for end in word.span)
            # A word that begins inside a token shares it.
            first = min(first, last - 1)
            places[index] += [start + place for place in range(max(0, first), last) if place < window - 1]
        start += window
    for word, found in zip(words, places, strict=True):
        if not found:
            raise WordError(f"No text encoder reads {word.text!r}: shorten the prompt.")
    return places


def _tokens_before(tokenizer: Any, text: str) -> int:
    """Count the tokens up to the end of a text, those put before it included."""
    special = tokenizer(text, return_special_tokens_mask=True, verbose=False)["special_tokens_mask"]
    trailing = next((n for n, mark in enumerate(reversed(special)) if not mark), None)
    if trailing is None:  # nothing but what is put around it
        leading = tokenizer("a", return_special_tokens_mask=True, verbose=False)["special_tokens_mask"]
        return leading.index(0)
    return len(special) - trailing
