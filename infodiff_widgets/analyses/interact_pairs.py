"""The numbers of all pairs of words: each pair's maps, a table, a matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.interactions import find_pair
from infodiff_widgets.naming import WordKey
from infodiff_widgets.result import Result
from infodiff_widgets.statistics import Estimate, estimate_of, rough_of
from infodiff_widgets.words import Word

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PARTS", "Pairs", "pair_total"]

PARTS = {
    "redundancy": "what either word says",
    "unique": "what the word of the row says and that of the column does not",
    "synergy": "what only both say together",
    "co-information": "what the two say alone less what they say together, standard form",
}
"""What a matrix may show, in nats; see `Pairs.matrix`."""

_SUMMED = ("redundancy", "unique_first", "unique_second", "synergy")
_CO_INFORMATION = (1, 1, -1)


def pair_total(
    result: Result,
    first: WordKey,
    second: WordKey,
    weights: tuple[float, float, float],
    form: str = "standard",
) -> Estimate:
    """Return a combination of what two words say about the whole picture, with its error.

    Parameters
    ----------
    result
        With the pair among its `pairs`.
    first, second
        The words.
    weights
        Of what the first says, what the second says, and what both say, given the rest of the prompt:
        ``(1, 1, -1)`` is the co-information; ``(0, -1, 1)`` the CMI of the first word.
    form
        "standard" or "orthogonal". Only the standard form obeys the chain rule, draw by draw.
    """
    data, parts = find_pair(result.data.sel(form=form), result.words, first, second)
    halves = data["draw_pairs"].assign_coords(part=list(parts))
    combined = sum(
        weight * halves.sel(part=part).values
        for weight, part in zip(weights, ("first", "second", "both"), strict=True)
    )
    return estimate_of(combined / data["draw_density"].values, data["draw"].values, result.draws_planned)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of the words of a prompt: all, or those that were asked about.

    For words 1 and 2, given the rest of the prompt, ``i1``, ``i2`` and ``i12`` are what the first, the second
    and both say about the picture. Cell by cell (DiffusionPID, Dewan et al., NeurIPS 2024), redundancy is
    ``min(i1, i2)``, the unique parts ``i1 - r`` and ``i2 - r``, synergy ``i12 - max(i1, i2)``; their sums are
    given. Synergy is negative where both words together move the prediction less than one of them alone, as
    where the one corrects what the network guesses from the other. A minimum of noisy cells is too small on
    average, and so are the sums of redundancy with few draws. The co-information ``i1 + i2 - i12``,
    redundancy less synergy, has no such bias, and an error.

    Attributes
    ----------
    result
        The estimate behind it.
    words
        The words, in the order in which they were asked for.
    """

    result: Result
    words: tuple[Word, ...]

    def maps(self, first: WordKey, second: WordKey, form: str = "orthogonal") -> xr.Dataset:
        """Return the maps of a pair; see `Result.interaction`."""
        return self.result.interaction(first, second, form)

    def co_information(self, first: WordKey, second: WordKey) -> Estimate:
        """Return the nats that either word says alone, less those that only both say (standard form)."""
        return pair_total(self.result, first, second, _CO_INFORMATION)

    def table(self, form: str = "orthogonal") -> pd.DataFrame:
        """Return a row for each pair, in nats, the most redundant first.

        Parameters
        ----------
        form
            Of all columns whose name says no form.

        Returns
        -------
        pandas.DataFrame
            ``first, second``, and where they stand, ``first_start, second_start``;
            ``redundancy, unique_first, unique_second, synergy``, sums of maps;
            ``co_information``, redundancy less synergy, with its standard error ``co_information_error``;
            and the same in the standard form, whose truth is one of likelihoods:
            ``co_information_standard`` and ``co_information_standard_error``.
        """
        import pandas as pd

        rows = []
        for first, second in self.result.pairs:
            sums = self.maps(first, second, form).sum(("y", "x"))
            row: dict[str, Any] = {"first": first.text, "second": second.text}
            row |= {"first_start": first.start, "second_start": second.start}
            row |= {name: float(sums[name]) for name in _SUMMED}
            for name, of_form in (("co_information", form), ("co_information_standard", "standard")):
                both = pair_total(self.result, first, second, _CO_INFORMATION, of_form)
                row |= {name: both.value, f"{name}_error": both.standard_error}
            rows.append(row)
        return pd.DataFrame(rows).sort_values("redundancy", ascending=False, ignore_index=True)

    def matrix(self, part: str = "redundancy", form: str = "orthogonal") -> NDArray[np.float64]:
        """Return a part for all pairs, (T, T) nats; NaN on the diagonal and where a pair was not asked about.

        Parameters
        ----------
        part
            One of `PARTS`. All but "unique" are symmetric.
        form
            Of the parts that come from maps.
        """
        if part not in PARTS:
            raise ArgumentError(f"part={part!r}: choose from {', '.join(map(repr, PARTS))}.")
        values = np.full((len(self.words), len(self.words)), np.nan)
        for (i, j), (first, second) in self.placed().items():
            if part == "co-information":
                values[i, j] = values[j, i] = self.co_information(first, second).value
                continue
            sums = self.maps(first, second, form).sum(("y", "x"))
            names = ("unique_first", "unique_second") if part == "unique" else (part, part)
            values[i, j], values[j, i] = (float(sums[name]) for name in names)
        return values

    def placed(self) -> dict[tuple[int, int], tuple[Word, Word]]:
        """Return the pairs by where they stand in a matrix; a pair may be of other words than those of it."""
        places = {word: place for place, word in enumerate(self.words)}
        return {
            (places[first], places[second]): (first, second)
            for first, second in self.result.pairs
            if first in places and second in places
        }

    def rough(
        self, part: str = "redundancy", form: str = "orthogonal"
    ) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
        """Return the pairs of a matrix for which draws were too few, and those whose errors are known.

        A part that comes from maps has no error of its own: it is as rough as what it is made of, what the
        words say one by one and together. See `statistics.rough_of`.
        """
        totals: dict[tuple[tuple[int, int], str], Estimate] = {}
        for place, (first, second) in self.placed().items():
            if part == "co-information":
                totals[place, part] = self.co_information(first, second)
            else:
                made_of = self.result.interaction_totals(first, second, form)
                totals |= {(place, name): total for name, total in made_of.items()}
        known = {place for (place, _), total in totals.items() if math.isfinite(total.standard_error)}
        return {place for place, _ in rough_of(totals)}, known
