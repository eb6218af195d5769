"""What two words say together: what both say, what only one says, and what neither says without the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from .errors import ArgumentError
from .naming import WordKey, find_word, is_number, names_of
from .words import Word

__all__ = ["PAIR_ARRAYS", "find_pair", "interaction_of", "pairs_of", "split_pair"]

PAIR_ARRAYS = ("first", "second", "both")
"""What a result holds of a pair: what each of its words says, and both, given the rest of the prompt."""

Pair = tuple[Word, Word]


def pairs_of(data: xr.Dataset) -> tuple[Pair, ...]:
    """Return the pairs of words that a result's dataset holds."""
    if "pair_maps" not in data:
        return ()
    prompt = str(data.attrs["prompt"])
    spans = np.stack([data["pair_start"].values, data["pair_stop"].values], -1).tolist()
    words = [[Word(prompt[start:stop], start, stop) for start, stop in pair] for pair in spans]
    return tuple((first, second) for first, second in words)


def find_pair(
    data: xr.Dataset, all_words: Sequence[Word], first: WordKey, second: WordKey
) -> tuple[xr.Dataset, tuple[str, str, str]]:
    """Return the arrays of one pair of words, and what its parts are as seen from the words as named.

    An index is that of a word among all of the result, as everywhere; a text is looked for among the words
    of the pairs.

    Raises
    ------
    WordError
        Where a name is of no word of any pair.
    ArgumentError
        Where there are no pairs, or not this one.
    """
    pairs = pairs_of(data)
    if not pairs:
        raise ArgumentError("This result has no pairs of words: estimate with pairs=[(first, second)].")
    prompt = str(data.attrs["prompt"])
    words = tuple(dict.fromkeys(word for pair in pairs for word in pair))
    asked = tuple(
        among[find_word(prompt, among, key)]
        for key, among in ((key, all_words if is_number(key) else words) for key in (first, second))
    )
    if asked in pairs:
        return data.isel(pair=pairs.index(asked)), PAIR_ARRAYS
    if asked[::-1] in pairs:
        return data.isel(pair=pairs.index(asked[::-1])), ("second", "first", "both")
    listed = ", ".join(str(tuple(names_of(prompt, pair))) for pair in pairs)
    raise ArgumentError(f"({first!r}, {second!r}) is not among the pairs: {listed}.")


def interaction_of(maps: xr.DataArray, errors: xr.DataArray) -> xr.Dataset:
    """Split the information of two words, cell by cell (DiffusionPID, Dewan et al., NeurIPS 2024).

    With i1, i2 and i12 what the first, the second and both say given the rest of the prompt: redundancy
    ``r = min(i1, i2)``, unique ``u1 = i1 - r`` and ``u2 = i2 - r``, synergy ``s = i12 - max(i1, i2)``. So
    ``i1 = r + u1``, ``i2 = r + u2``, ``i12 = r + u1 + u2 + s``. Synergy may be negative.

    Parameters
    ----------
    maps, errors : (part, y, x)
        Nats per latent cell of (first, second, both), and their standard errors.

    Returns
    -------
    xarray.Dataset
        ``first, second, both`` and their ``_error``; ``redundancy, unique_first, unique_second, synergy``;
        all (y, x), float64, nats per latent cell.
    """
    parts = maps.astype(np.float64)
    found = {part: parts.sel(part=part, drop=True) for part in PAIR_ARRAYS}
    found |= split_pair(found["first"], found["second"], found["both"])
    for part in PAIR_ARRAYS:
        found[f"{part}_error"] = errors.sel(part=part, drop=True).astype(np.float64)
    return xr.Dataset(found, attrs={"unit": "nat"}).drop_vars("form", errors="ignore")


def split_pair(first: Any, second: Any, both: Any, less: Any = None) -> dict[str, Any]:
    """Return redundancy, unique and synergy of a pair of words; see `interaction_of`.

    Parameters
    ----------
    first, second, both
        Arrays of one kind, of xarray or numpy, whose last axes are (y, x); nats.
    less : (y, x)
        Where the first word counts as the one that says less; None where it does.
    """
    less = first < second if less is None else less
    redundancy = xr.where(less, first, second)
    return {
        "redundancy": redundancy,
        "unique_first": first - redundancy,
        "unique_second": second - redundancy,
        "synergy": both - xr.where(less, second, first),
    }
