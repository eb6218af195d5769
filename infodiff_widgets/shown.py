"""What of a `Result` can be seen, in the order in which the browser is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from .bands import band_of
from .dataset import FORMS, QUANTITIES
from .interactions import split_pair
from .naming import find_word, is_number, names_of
from .rough import totals_of
from .selection import refuse_swap, swap_names

if TYPE_CHECKING:
    from .naming import WordKey
    from .result import Result
    from .statistics import Estimate
    from .words import Word

__all__ = [
    "PAIR_MAPS",
    "SHOWN",
    "ShownMap",
    "binned",
    "find_shown",
    "is_share",
    "shown_maps",
    "shown_names",
    "shown_pairs",
    "shown_places",
    "shown_quantities",
    "shown_swaps",
    "shown_totals",
    "shown_words",
]

Array = NDArray[np.floating]
SHOWN = (*QUANTITIES, "pair", "swap", "attention", "full")
"""All quantities that a view may offer; js/src/choices.js has the same."""
PAIR_MAPS = ("both", "redundancy", "unique_first", "unique_second", "synergy")
"""What is shown of a pair of words, of the parts of `Result.interaction`."""


@dataclass(frozen=True)
class ShownMap:
    """One map that can be chosen.

    Attributes
    ----------
    quantity, form
        As in the header, see `payload.encode`; attention has the form "".
    word
        Index among `shown_words`; beyond them, of `shown_pairs`; None for the whole prompt.
    values, errors : (y, x)
        Nats per latent cell, or shares of attention; errors None where they are not known.
    bands : (band, y, x)
        The parts by noise level, which add up to the values; None where there are none.
    halves : (draw,)
        As ``draw_totals``; None for what is no sum over draws.
    total, error
        Nats; of attention the mean share, whose error is not known; nor are those of the parts of a pair.
    """

    quantity: str
    form: str
    word: int | None
    values: Array
    total: float
    error: float
    errors: Array | None = None
    bands: Array | None = None
    halves: Array | None = None


def shown_words(result: Result) -> tuple[Word, ...]:
    """Return the words of the result, then those that only swaps or pairs are about."""
    more = [*result.swaps, *(word for pair in result.pairs for word in pair)]
    return tuple(dict.fromkeys((*result.words, *more)))


def shown_swaps(result: Result) -> list[dict[str, Any]]:
    """Return for each swap its word, an index among `shown_words`, and what takes its place."""
    words = shown_words(result)
    return [{"word": words.index(word), "text": text} for word, text in result.swaps.items()]


def shown_names(result: Result, quantity: str) -> dict[int | None, str]:
    """Return what maps are called, by `ShownMap.word`; of "swap" also what takes the word's place."""
    words = shown_words(result)
    names = names_of(result.prompt, words)
    if quantity == "swap":
        for word, name in zip(result.swaps, swap_names(result), strict=True):
            names[words.index(word)] = name
    return {
        None: "whole prompt",
        **dict(enumerate([*names, *(pair["label"] for pair in shown_pairs(result))])),
    }


def find_shown(result: Result, key: WordKey, quantity: str) -> int | None:
    """Return by `ShownMap.word` what a user names: a word, or anything as `shown_names` calls it.

    Raises
    ------
    WordError
        Where there is no such word, or several of the same text.
    """
    words = shown_words(result)
    if isinstance(key, str):
        found = [place for place, name in shown_names(result, quantity).items() if name == key]
        if len(found) == 1:
            return found[0]
        if quantity != "swap":
            refuse_swap(result, key)
    elif is_number(key) and len(words) <= int(key) < len(words) + len(shown_pairs(result)):
        return int(key)
    return find_word(result.prompt, words, key)


def shown_quantities(result: Result) -> list[str]:
    """Return the quantities of which there are maps, of `SHOWN`, in order."""
    return list(dict.fromkeys(one.quantity for one in shown_maps(result)))


def shown_places(result: Result, quantity: str) -> list[int | None]:
    """Return of what there are maps of a quantity, by `ShownMap.word`, in order."""
    return list(dict.fromkeys(one.word for one in shown_maps(result) if one.quantity == quantity))


def shown_pairs(result: Result) -> list[dict[str, Any]]:
    """Return for each part of each pair its name, its words, indices among `shown_words`, and which it is."""
    words = shown_words(result)
    called = names_of(result.prompt, words)
    found = []
    for first, second in result.pairs:
        one, other = (called[words.index(word)] for word in (first, second))
        names = {
            "both": f"{one} and {other}",
            "redundancy": f"{one} or {other}",
            "unique_first": f"{one}, not {other}",
            "unique_second": f"{other}, not {one}",
            "synergy": f"{one} with {other}",
        }
        pair = [words.index(first), words.index(second)]
        found += [
            {"label": _LABELS[part].format(names[part]), "words": pair, "part": part} for part in PAIR_MAPS
        ]
    return found


_LABELS = {
    "both": "both: {}",
    "redundancy": "redundancy: {}",
    "unique_first": "only {}",
    "unique_second": "only {}",
    "synergy": "synergy: {}",
}


def is_share(quantity: str) -> bool:
    """Say whether a quantity is a share, 0 to 1, without form or unit, rather than information."""
    return quantity == "attention"


def shown_totals(result: Result, quantity: str, form: str) -> dict[int | None, Estimate]:
    """Return the totals of a quantity whose errors are known or will be, by `ShownMap.word`."""
    words, swapped = shown_words(result), tuple(result.swaps)

    def shown(place: int) -> int | None:
        if quantity == "swap":
            return words.index(swapped[place])
        if quantity == "pair":
            return len(words) + place * len(PAIR_MAPS)
        return None if quantity == "full" else place

    return {shown(place): total for place, total in totals_of(result, quantity, form).items()}


def shown_maps(result: Result) -> Iterator[ShownMap]:
    """Yield all maps of a result, in order; those that were not computed are left out."""
    kinds = (_of_words, _of_swaps, _of_pairs, _of_attention, _of_prompt)
    found = (one for kind in kinds for one in kind(result))
    yield from (one for one in found if np.isfinite(one.values).all())


def binned(result: Result, halves: Array, edges: NDArray[np.float64]) -> Array:
    """Return the nats between edges of log-SNR; over edges that span the range they add up to the total."""
    contribution = halves / result.data["draw_density"].values / result.draws
    band = band_of(result.data["draw_log_snr"].values, edges, *result.log_snr_range)
    inside = (band >= 0) & (band < edges.size - 1)
    nats = np.zeros(edges.size - 1)
    np.add.at(nats, band[inside], contribution[inside])
    return nats


def _known(errors: Array) -> Array | None:
    return errors if np.isfinite(errors).all() else None


def _of_words(result: Result) -> Iterator[ShownMap]:
    data = result.data
    for quantity in result.quantities:
        for form in FORMS:
            pick = {"quantity": quantity, "form": form}
            one = data.sel(pick)
            bands = one["band_maps"].transpose("word", ...).values if "band_maps" in data else None
            for word in range(len(result.words)):
                yield ShownMap(
                    quantity,
                    form,
                    word,
                    one["maps"].values[word],
                    float(one["totals"][word]),
                    float(one["totals_error"][word]),
                    _known(one["maps_error"].values[word]),
                    None if bands is None else bands[word],
                    one["draw_totals"].values[word],
                )


def _of_swaps(result: Result) -> Iterator[ShownMap]:
    words = shown_words(result)
    parts = result.data.get("swap_band_maps")
    for form in FORMS if result.swaps else ():
        totals = result.totals("swap", form)
        for index, word in enumerate(result.swaps):
            total = totals[index]
            yield ShownMap(
                "swap",
                form,
                words.index(word),
                result.map(index, "swap", form).values,
                total.value,
                total.standard_error,
                _known(result.map_error(index, "swap", form).values),
                None if parts is None else parts.sel(form=form).values[:, index],
                result.data["draw_swaps"].sel(form=form).values[index],
            )


def _of_pairs(result: Result) -> Iterator[ShownMap]:
    count = len(shown_words(result))
    parts = result.data.get("pair_band_maps")
    for form in FORMS:
        for index, pair in enumerate(result.pairs):
            split = result.interaction(*pair, form)
            errors = {"both": split["both_error"], "redundancy": _error_of_smaller(split)}
            banded = None if parts is None else _split_bands(parts.sel(form=form).isel(pair=index), split)
            both = result.interaction_totals(*pair, form)["both"]
            halves = result.data["draw_pairs"].sel(form=form, part="both").isel(pair=index).values
            for place, part in enumerate(PAIR_MAPS):
                values = split[part].values
                whole = part == "both"
                yield ShownMap(
                    "pair",
                    form,
                    count + index * len(PAIR_MAPS) + place,
                    values,
                    both.value if whole else float(values.sum()),
                    both.standard_error if whole else float("nan"),
                    _known(errors[part].values) if part in errors else None,
                    None if banded is None else banded[part],
                    halves if whole else None,
                )


def _error_of_smaller(split: xr.Dataset) -> xr.DataArray:
    """Return the error of redundancy, to first order that of the word that says less in a cell.

    Those of unique and synergy hang on how the errors of two maps go together, which a result does not hold.
    """
    return xr.where(split["first"] < split["second"], split["first_error"], split["second_error"])


def _split_bands(bands: xr.DataArray, split: xr.Dataset) -> dict[str, Array]:
    """Say at which noise levels the parts of a pair are told: (band, y, x) that add up to each part.

    In each cell the word that says less over the whole range is the one that counts at every level. So these
    are not the parts of a band by itself, which `Result.interaction` gives.
    """
    first, second, both = (bands.sel(part=part).astype(float).values for part in ("first", "second", "both"))
    less = (split["first"] < split["second"]).values
    return {"both": both, **split_pair(first, second, both, less)}


def _of_attention(result: Result) -> Iterator[ShownMap]:
    if "attention_maps" not in result.data:
        return
    for word, values in enumerate(result.data["attention_maps"].values):
        yield ShownMap("attention", "", word, values, float(values.mean()), float("nan"))


def _of_prompt(result: Result) -> Iterator[ShownMap]:
    for form in FORMS:
        one = result.data.sel(form=form)
        yield ShownMap(
            "full",
            form,
            None,
            one["full_map"].values,
            float(one["full_total"]),
            float(one["full_total_error"]),
            _known(one["full_map_error"].values),
            one["band_full_map"].values if "band_full_map" in one else None,
            one["draw_full"].values,
        )
