"""What an estimate returns: labelled maps and totals in nats, in one object that saves to one file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from . import dataset
from .bands import BandKey, band_of, bands_between, limits_of
from .convergence import convergence_of
from .doubts import doubts_of
from .errors import ArgumentError
from .files import as_path, saving
from .header import Header
from .interactions import find_pair, interaction_of
from .naming import WordKey, names_of
from .numbers import between, with_error
from .rough import roughness
from .selection import check_cell, of_word, of_words, picked, picked_form, swap_names
from .statistics import Estimate, estimates_of, rough_of
from .words import Word

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Estimate", "Result", "open_result"]


class Result(Header):
    """Information maps and totals of the words of a prompt about a picture.

    Values are nats; those of maps are nats per latent cell, and a map sums to its total. Quantities are
    "cmi" (what a word says that the rest of the prompt does not), "mi" (what it says alone), "shapley" (its
    share of what the words say together: shares add up, in every cell) and "swap" (what another text in its
    place would change; it has words of its own, `swaps`). Forms are "orthogonal" (never negative, but for
    shares) and "standard" (signed, sums to a difference of log-densities).

    Attributes
    ----------
    data
        An `xarray.Dataset`: everything, under these names.

        ``maps, maps_error`` (quantity, form, word, y, x) float32;
        ``totals, totals_error`` (quantity, form, word);
        ``full_map, full_map_error`` (form, y, x) and ``full_total, full_total_error`` (form,): the whole
        prompt against the reference, NaN where it was not asked for;
        ``draw_log_snr, draw_density`` (draw,), ``draw_totals`` (quantity, form, word, draw) and
        ``draw_full`` (form, draw): half the integrand at each noise draw, so that a total is the mean of
        ``draw_totals / draw_density``;
        ``image`` (row, column, channel) uint8; ``word_text, word_start, word_stop`` (word,).

        Where asked for: ``band_maps`` (band, quantity, form, word, y, x) and ``band_full_map`` (band, form,
        y, x), with ``band_low, band_high``, add up to the maps; ``swap_maps, swap_maps_error`` (swap, form,
        y, x) and ``draw_swaps`` (swap, form, draw), with ``swap_start, swap_stop, swap_text``; ``pair_maps,
        pair_maps_error`` (pair, part, form, y, x) and ``draw_pairs`` (pair, part, form, draw), the parts
        being the first word, the second and both, with ``pair_start, pair_stop`` (pair, side).
        ``draw_order`` (draw,) tells when each draw was made; ``attention_maps`` (word, y, x) are shares of
        attention, see `analyses.attention`.

    Examples
    --------
    >>> print(result.total("red"))
    1.02 ± 0.089 nats
    >>> result.map("red", "mi").sizes
    Frozen({'y': 32, 'x': 32})
    >>> word, nats = result.ranking(y=20, x=9)[0]
    >>> word.text
    'square'
    >>> result.to_dataframe().columns.tolist()
    ['quantity', 'form', 'word', 'start', 'stop', 'nats', 'standard_error', 'low', 'high', 'rough']
    """

    def __init__(self, data: xr.Dataset) -> None:
        dataset.check(data)
        self.data = data

    @property
    def warnings(self) -> list[str]:
        """What to know before trusting the numbers, a sentence each: `doubts_of` it, and its `roughness`."""
        early = f"The run ended early, with {self.draws} of {self.draws_planned} draws."
        return [*doubts_of(self), *([] if self.complete else [early]), *roughness(self)]

    def map(self, word: WordKey, quantity: str = "cmi", form: str = "orthogonal") -> xr.DataArray:
        """Return the map of a word, (y, x), nats per latent cell.

        Parameters
        ----------
        word
            Index, text, (start, stop) or `Word`. A text that occurs twice needs one of the others.
        quantity, form
            See the class.
        """
        return of_word(self, "maps", word, quantity, form)

    def map_error(self, word: WordKey, quantity: str = "cmi", form: str = "orthogonal") -> xr.DataArray:
        """Return the standard errors of `map`, (y, x); NaN while too few draws are done."""
        return of_word(self, "maps_error", word, quantity, form)

    def total(self, word: WordKey, quantity: str = "cmi", form: str = "orthogonal") -> Estimate:
        """Return what a word says about the whole picture, in nats."""
        halves = of_word(self, "draw_totals", word, quantity, form)
        return self._estimates(halves.values[None], positive=_is_positive(quantity, form))[0]

    def totals(self, quantity: str = "cmi", form: str = "orthogonal") -> list[Estimate]:
        """Return `total` of every word, in the order of `words`; those of "swap" in that of `swaps`."""
        halves = of_words(self, "draw_totals", quantity, form)
        return self._estimates(halves.values, positive=_is_positive(quantity, form))

    def band_map(
        self, word: WordKey, band: BandKey, quantity: str = "cmi", form: str = "orthogonal"
    ) -> xr.DataArray:
        """Return the part of `map` that comes from a band of noise level, (y, x), nats per latent cell.

        Parameters
        ----------
        word
            See `map`.
        band
            Index among the bands, or (low, high), two of `band_edges`.
        quantity, form
            See the class.
        """
        chosen = bands_between(band, self.band_edges)
        return of_word(self, "band_maps", word, quantity, form).isel(band=chosen).sum("band")

    def full_band_map(self, band: BandKey, form: str = "orthogonal") -> xr.DataArray:
        """Return the part of `full_map` that comes from a band of noise level; see `band_map`."""
        chosen = bands_between(band, self.band_edges)
        maps = self.data["band_full_map"].sel(picked_form(form))
        return maps.isel(band=chosen).sum("band", skipna=False)

    def interaction(
        self, first: WordKey, second: WordKey, form: str = "orthogonal", band: BandKey | None = None
    ) -> xr.Dataset:
        """Split what two words say, given the rest of the prompt, into maps.

        Parameters
        ----------
        first, second
            One of the `pairs` of the estimate, either way round; named as in `map`.
        form
            See the class.
        band
            Of noise level, see `band_map`; None for all of the range.

        Returns
        -------
        xarray.Dataset
            ``first, second, both``, ``redundancy, unique_first, unique_second, synergy`` and errors, (y, x);
            see `interactions.interaction_of`. Of a band the errors are not known.
        """
        data, parts = find_pair(self.data.sel(picked_form(form)), self.words, first, second)
        data = data.assign_coords(part=list(parts))
        if band is None:
            return interaction_of(data["pair_maps"], data["pair_maps_error"])
        if "pair_band_maps" not in data:
            raise ArgumentError(
                "This result has no bands of pairs: estimate with bands=6, or another number."
            )
        maps = data["pair_band_maps"].isel(band=bands_between(band, self.band_edges)).sum("band")
        return interaction_of(maps, xr.full_like(maps, np.nan))

    def interaction_totals(
        self, first: WordKey, second: WordKey, form: str = "orthogonal"
    ) -> dict[str, Estimate]:
        """Return what "first", "second" and "both" say about the whole picture; see `interaction`."""
        data, parts = find_pair(self.data.sel(picked_form(form)), self.words, first, second)
        totals = self._estimates(data["draw_pairs"].values, positive=form == "orthogonal")
        return dict(zip(parts, totals, strict=True))

    def full_map(self, form: str = "orthogonal") -> xr.DataArray:
        """Return the map of the whole prompt against the reference, (y, x)."""
        return self.data["full_map"].sel(picked_form(form))

    def full_total(self, form: str = "orthogonal") -> Estimate:
        """Return what the whole prompt says about the picture, in nats."""
        halves = self.data["draw_full"].sel(picked_form(form))
        return self._estimates(halves.values[None], positive=form == "orthogonal")[0]

    def ranking(
        self, y: int, x: int, quantity: str = "cmi", form: str = "orthogonal"
    ) -> list[tuple[Word, float]]:
        """Return the words with their nats at one latent cell, the most first."""
        check_cell(self, y, x)
        values = self.data["maps"].sel(picked(self, quantity, form)).isel(y=y, x=x).values
        words = self.words
        return [(words[i], float(values[i])) for i in np.argsort(-values, kind="stable")]

    def bands(self, edges: Sequence[float] | int | None = None) -> xr.DataArray:
        """Split the totals by noise level.

        Parameters
        ----------
        edges
            Ascending log-SNRs, or a number of equal bands over the range of the result; None for
            `band_edges`, or six bands where the result has none. A draw belongs to the band that holds its
            level, the upper edge of the last band included.

        Returns
        -------
        (quantity, form, word, band)
            Nats; over edges that span the range the bands add up to the totals. Coordinates ``band_low``
            and ``band_high``.
        """
        low, high = self.log_snr_range
        limits = limits_of((self.band_edges or 6) if edges is None else edges, low, high)
        band = band_of(self.data["draw_log_snr"].values, limits, low, high)
        member = xr.DataArray(band[:, None] == np.arange(limits.size - 1), dims=("draw", "band"))
        contribution = self.data["draw_totals"] / self.data["draw_density"] / self.draws
        split = (contribution * member).sum("draw").transpose(..., "band")
        return split.assign_coords(band_low=("band", limits[:-1]), band_high=("band", limits[1:]))

    def convergence(self, word: WordKey, quantity: str = "cmi", form: str = "orthogonal") -> pd.DataFrame:
        """Return how a total and its standard error came to be, a row after each block of four draws.

        Returns
        -------
        pandas.DataFrame
            Columns "draws", "nats" and "standard_error", which is NaN while too few draws were done to tell.
            The last row is the total of the result.

        Raises
        ------
        ArgumentError
            Where the draws are of several runs, as `Explorer.more` adds them, or the result comes from a
            version that did not keep their order.
        """
        if "draw_order" not in self.data:
            if runs := self.provenance.get("runs"):
                raise ArgumentError(
                    f"The draws of this result are of {len(runs)} runs, and so in no one order: to see how a "
                    f"total settles, estimate with draws={self.draws} at once."
                )
            raise ArgumentError(
                "This result is an older one and does not say in which order its draws were made: run it "
                "again."
            )
        halves = of_word(self, "draw_totals", word, quantity, form)
        return convergence_of(
            halves.values / self.data["draw_density"].values,
            self.data["draw"].values,
            self.data["draw_order"].values,
            self.draws_planned,
        )

    def left_tail(self, word: WordKey, quantity: str = "cmi", form: str = "orthogonal") -> float:
        """Estimate what lies below the range, where the integrand falls as e^a; no total includes it.

        Returns
        -------
        float
            Nats: half the integrand at the two lowest draws, carried on to log-SNR minus infinity.
        """
        halves = of_word(self, "draw_totals", word, quantity, form)
        distance = self.log_snr_range[0] - self.data["draw_log_snr"].values[:2]
        return float(np.mean(halves.values[:2] * np.exp(distance)))

    def to_dataframe(self) -> pd.DataFrame:
        """Return the totals as a table, a row per quantity, form and word, with 95% intervals.

        Those for which draws were too few are ``rough``, see `statistics.rough_of`.

        Where there are `swaps`, a column ``replacement`` has what takes the word's place.
        """
        import pandas as pd

        rows = []
        tables = [(quantity, self.words) for quantity in self.quantities] + [("swap", tuple(self.swaps))]
        for quantity, words in tables:
            for form in dataset.FORMS:
                totals = self.totals(quantity, form) if words else []
                rough = rough_of(dict(enumerate(totals)))
                for number, (word, total) in enumerate(zip(words, totals, strict=True)):
                    low, high = total.interval()
                    values = (word.text, word.start, word.stop, total.value, total.standard_error, low, high)
                    rows.append((quantity, form, *values, number in rough))
        columns = ["quantity", "form", "word", "start", "stop", "nats", "standard_error", "low", "high"]
        columns += ["rough"]
        table = pd.DataFrame(rows, columns=columns)
        if self.swaps:
            texts = [None] * (len(rows) - 2 * len(self.swaps)) + 2 * list(self.swaps.values())
            table["replacement"] = texts
        return table

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write everything to one netCDF file, replacing a file of that name only when whole.

        Raises
        ------
        ArgumentError
            Where the name is that of a folder, or of another kind of file.
        MissingFileError
            Where there is no folder for it.
        WriteError
            Where it cannot be written.
        """
        path = as_path(path)
        with saving(path):
            if path.suffix.lower() not in dataset.ENDINGS:
                endings = ", ".join(dataset.ENDINGS)
                raise ArgumentError(
                    f"{path.name!r} is no name of a netCDF file, which a result is saved to: let it end in "
                    f"one of {endings}. For a table, result.to_dataframe().to_csv({str(path)!r})."
                )
            return dataset.write(self.data, path)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Result:
        """Read a result that `save` wrote; torch is not needed.

        Raises
        ------
        MissingFileError
        ResultFileError
            Where the file is damaged, is something else, or comes from a newer version.
        """
        return cls(dataset.read(path))

    def __repr__(self) -> str:
        low, high = self.log_snr_range
        trained = self.trained_log_snr_range
        whole = np.allclose((low, high), trained)
        where = "all that the network was trained on"
        if not whole:
            where = "the network was trained on {:.2f} to {:.2f}".format(*trained)
        count = f"{len(self.words)} word{'s' if len(self.words) > 1 else ''}"
        draws = f"{self.draws} draws" if self.complete else f"{self.draws} of {self.draws_planned} draws"
        draws += f" (ended by {self.stopped})" if self.stopped else ""
        if cost := self.provenance.get("evaluations"):
            draws += f", {cost:,} network evaluations"
        quantity = self.quantities[0]
        names = names_of(self.prompt, self.words)
        lines = [
            f"Result for {self.prompt!r}",
            f"  {count}, {draws}, log-SNR {low:.2f} to {high:.2f} ({where})",
            f"  {dataset.QUANTITY_NAMES[quantity]}, orthogonal, nats ± standard error, 95% interval:",
        ]
        totals = sorted(zip(names, self.totals(quantity), strict=True), key=lambda pair: -pair[1].value)
        lines += _rows(totals[:12])
        if len(totals) > 12:
            lines.append(f"    and {len(totals) - 12} more {'words' if len(totals) > 13 else 'word'}")
        if self.swaps:
            lines.append("  Another text in a word's place, the same, total(word, 'swap'):")
            lines += _rows([*zip(swap_names(self), self.totals("swap"), strict=True)])
        if also := self._also():
            lines.append(f"  Also here: {'; '.join(also)}")
        lines += [f"  Warning: {warning}" for warning in self.warnings]
        return "\n".join(lines)

    def _also(self) -> list[str]:
        """Say what else was computed, each with how it is had."""
        found = [f"{dataset.QUANTITY_NAMES[one]}, total(word, {one!r})" for one in self.quantities[1:]]
        if np.isfinite(self.data["full_total"]).all():
            found.append("the whole prompt, full_total()")
        for pair in self.pairs:
            found.append(f"interaction({', '.join(map(repr, names_of(self.prompt, pair)))})")
        if self.band_edges:
            count = len(self.band_edges) - 1
            found.append(f"{count} band{'s' if count > 1 else ''} of noise level, band_map(word, 0)")
        return found

    def _estimates(self, halves: NDArray[np.floating], *, positive: bool) -> list[Estimate]:
        """Take halves (number, draw)."""
        values = halves / self.data["draw_density"].values
        return estimates_of(values, self.data["draw"].values, self.draws_planned, positive=positive)


def _is_positive(quantity: str, form: str) -> bool:
    """Whether no draw can bring less than nothing."""
    return form == "orthogonal" and quantity != "shapley"


def _rows(totals: list[tuple[str, Estimate]]) -> list[str]:
    said = [with_error(total.value, total.standard_error) for _, total in totals]
    wide, width = max(len(name) for name, _ in totals), max(map(len, said))
    return [
        f"    {name:<{wide}}  {number:<{width}}  {between(*total.interval())}"
        for (name, total), number in zip(totals, said, strict=True)
    ]


def open_result(path: str | os.PathLike[str]) -> Result:
    """Read a result that `Result.save` wrote; see `Result.open`.

    Examples
    --------
    >>> path = result.save("result.nc")
    >>> open_result(path).prompt
    'a red circle left of a blue square on sand'
    """
    return Result.open(path)
