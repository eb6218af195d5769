"""Finding the arrays that a user names in a result, with a clear word where they are not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray as xr

from .dataset import FORMS, QUANTITIES
from .errors import ArgumentError, OutsideError, WordError
from .header import Header
from .naming import WordKey, find_word, is_number, names_of

__all__ = [
    "check_cell",
    "missing",
    "of_word",
    "of_words",
    "picked",
    "picked_form",
    "refuse_swap",
    "swap_names",
]

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


def check_cell(result: Header, y: Any, x: Any) -> None:
    """Check a latent cell, wherever one is named: asked about, pinned at first, or pinned later.

    Raises
    ------
    OutsideError
        Where a result has no such cell; a trait that is set passes it on as a `ChoiceError`.
    """
    rows, columns = result.data.sizes["y"], result.data.sizes["x"]
    whole = all(is_number(place) and not isinstance(place, bool) for place in (y, x))
    if not (whole and 0 <= y < rows and 0 <= x < columns):
        raise OutsideError(
            f"({y!r}, {x!r}) is outside the map of {rows} rows and {columns} columns: give whole numbers "
            "from 0 on, y first."
        )


def missing(name: str, given: object, there: Sequence[str]) -> ArgumentError:
    """Return the error that a result does not have a quantity, and how one would have it."""
    asked = ", ".join(repr(one) for one in QUANTITIES if one in there or one == given)
    how = {
        "pair": ": estimate with pairs=[('red', 'circle')], say",
        "swap": ": estimate with swaps={'red': 'blue'}, say",
        "attention": ": with_attention_maps(pipeline, result) of infodiff_widgets.analyses.attention adds it",
        **dict.fromkeys(QUANTITIES, f": estimate with quantities=({asked})"),
    }.get(given if isinstance(given, str) else "", "")
    return ArgumentError(f"{name}={given!r} is not in this result, which has {', '.join(there)}{how}.")


def picked_form(form: str) -> dict[str, str]:
    """Return the label to select a form by.

    Raises
    ------
    ArgumentError
        Where there is no such form.
    """
    if form not in FORMS:
        raise ArgumentError(f"form={form!r}: the forms are 'orthogonal' and 'standard'.")
    return {"form": form}


def picked(result: Header, quantity: str, form: str) -> dict[str, str]:
    """Return the labels to select a quantity and a form by.

    Raises
    ------
    ArgumentError
        Where the result does not have it.
    """
    labels = picked_form(form)
    if quantity not in result.quantities:
        if isinstance(quantity, str) and quantity in _ELSEWHERE and _ELSEWHERE[quantity][0] in result.data:
            raise ArgumentError(f"quantity={quantity!r} is {_ELSEWHERE[quantity][1]}.")
        if quantity == "swap" and result.swaps:
            raise ArgumentError("quantity='swap' is of the swaps, not of all words: see map(word, 'swap').")
        there = (*result.quantities, "swap") if result.swaps else result.quantities
        raise missing("quantity", quantity, there)
    return {"quantity": quantity, **labels}


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
        return result.data[_OF_SWAPS[name]].sel(picked_form(form)).transpose("swap", ...)
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
    if quantity == "swap" and result.swaps:
        return of_words(result, name, quantity, form)[_find_swap(result, word)]
    picked(result, quantity, form)
    refuse_swap(result, word)
    index = find_word(result.prompt, result.words, word)
    return of_words(result, name, quantity, form)[index]


def swap_names(result: Header) -> list[str]:
    """Return what swaps are called wherever they are listed, such as "red → blue"."""
    names = names_of(result.prompt, result.swaps)
    return [f"{name} → {text}" for name, text in zip(names, result.swaps.values(), strict=True)]


def refuse_swap(result: Header, key: WordKey) -> None:
    """Raise `WordError` for what `swap_names` calls a swap, where a word is asked for."""
    if isinstance(key, str) and key in swap_names(result):
        raise WordError(f"{key!r} is a swap: choose it with quantity='swap'.")


def _find_swap(result: Header, key: WordKey) -> int:
    """Return the index of a swap, by its word or as `swap_names` calls it."""
    names = swap_names(result)
    if key in names:
        return names.index(str(key))
    try:
        return find_word(result.prompt, tuple(result.swaps), key)
    except WordError as error:
        listed = ", ".join(map(repr, names))
        raise WordError(f"{key!r} names no swap, of which there are: {listed}.") from error
