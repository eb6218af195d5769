"""Finding the arrays that a user names in a result, with a clear word where they are not there."""

from __future__ import annotations

import xarray as xr

from .dataset import FORMS
from .errors import ArgumentError
from .header import Header
from .naming import WordKey, find_word

__all__ = ["of_word", "of_words", "picked"]

_OF_SWAPS = {
    "maps": "swap_maps",
    "maps_error": "swap_maps_error",
    "band_maps": "swap_band_maps",
    "draw_totals": "draw_swaps",
}
_ELSEWHERE = {
    "attention": ("attention_maps", "no information: see result.data['attention_maps']"),
    "pair": ("pair_maps", "of two words: see interaction(first, second)"),
    "full": ("full_map", "of the whole prompt: see full_map() and full_total()"),
}


def picked(result: Header, quantity: str | None, form: str) -> dict[str, str]:
    """Return the labels to select a form by, and a quantity where one is named.

    Raises
    ------
    ArgumentError
        Where the result does not have it.
    """
    if form not in FORMS:
        raise ArgumentError(f"form={form!r}: the forms are 'orthogonal' and 'standard'.")
    if quantity is None:
        return {"form": form}
    if quantity not in result.quantities:
        if quantity in _ELSEWHERE and _ELSEWHERE[quantity][0] in result.data:
            raise ArgumentError(f"quantity={quantity!r} is {_ELSEWHERE[quantity][1]}.")
        there = (*result.quantities, "swap") if result.swaps else result.quantities
        raise ArgumentError(f"quantity={quantity!r} is not in this result, which has {', '.join(there)}.")
    return {"quantity": quantity, "form": form}


def of_words(result: Header, name: str, quantity: str, form: str) -> xr.DataArray:
    """Return one of "maps", "maps_error", "band_maps" and "draw_totals"; first axis ``word`` or ``swap``.

    Raises
    ------
    ArgumentError
        Where the result does not have the quantity, the form, or that array.
    """
    if quantity == "swap" and result.swaps:
        if _OF_SWAPS[name] not in result.data:
            raise ArgumentError("This result has no bands of swaps: it is an older one, run it again.")
        return result.data[_OF_SWAPS[name]].sel(picked(result, None, form)).transpose("swap", ...)
    return result.data[name].sel(picked(result, quantity, form)).transpose("word", ...)


def of_word(result: Header, name: str, word: WordKey, quantity: str, form: str) -> xr.DataArray:
    """Return what `of_words` has for a word.

    Raises
    ------
    WordError
        For a word that was not asked about.
    ArgumentError
        As `of_words`.
    """
    words = tuple(result.swaps) if quantity == "swap" and result.swaps else result.words
    index = find_word(result.prompt, words, word)
    return of_words(result, name, quantity, form)[index]
