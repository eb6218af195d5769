"""What an estimate returns: labelled maps and totals in nats, in one object that saves to one file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from PIL import Image

from . import dataset
from .statistics import Estimate, error_of_mean
from .words import Word, find_word

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Estimate", "Result", "open_result"]

WordKey = int | str | tuple[int, int] | Word


class Result:
    """Information maps and totals of the words of a prompt about a picture.

    Values are nats; those of maps are nats per latent cell, and a map sums to its total. Quantities are
    "cmi" (what a word says that the rest of the prompt does not) and "mi" (what it says alone). Forms are
    "orthogonal" (never negative) and "standard" (signed, sums to a difference of log-densities).

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
    """

    def __init__(self, data: xr.Dataset) -> None:
        dataset.check(data)
        self.data = data

    @property
    def prompt(self) -> str:
        """The whole text."""
        return str(self.data.attrs["prompt"])

    @property
    def words(self) -> tuple[Word, ...]:
        """The words asked about, in the order of the ``word`` axis."""
        columns = (self.data[name].values for name in ("word_text", "word_start", "word_stop"))
        return tuple(
            Word(str(text), int(start), int(stop)) for text, start, stop in zip(*columns, strict=True)
        )

    @property
    def quantities(self) -> tuple[str, ...]:
        """Those of "cmi", "mi" that were computed."""
        return tuple(str(name) for name in self.data["quantity"].values)

    @property
    def image(self) -> Image.Image:
        """The picture as the network saw it."""
        return Image.fromarray(self.data["image"].values)

    @property
    def complete(self) -> bool:
        """Whether all planned noise draws are in; if not, the values are still estimates of the same."""
        return bool(self.data.attrs["complete"])

    @property
    def draws(self) -> int:
        """Noise draws done."""
        return int(self.data.attrs["draws_done"])

    @property
    def draws_planned(self) -> int:
        """Noise draws of the whole run."""
        return int(self.data.attrs["draws_planned"])

    @property
    def log_snr_range(self) -> tuple[float, float]:
        """The range of log-SNR that the values integrate over."""
        return float(self.data.attrs["log_snr_low"]), float(self.data.attrs["log_snr_high"])

    @property
    def trained_log_snr_range(self) -> tuple[float, float]:
        """The range of log-SNR on which the network was trained."""
        return float(self.data.attrs["trained_log_snr_low"]), float(self.data.attrs["trained_log_snr_high"])

    @property
    def provenance(self) -> dict[str, Any]:
        """Model, seed, sampling density, versions and costs: what repeats the run."""
        return json.loads(self.data.attrs["provenance"])

    def map(self, word: WordKey, quantity: str = "cmi", form: str = "orthogonal") -> xr.DataArray:
        """Return the map of a word, (y, x), nats per latent cell.

        Parameters
        ----------
        word
            Index, text, (start, stop) or `Word`. A text that occurs twice needs one of the others.
        quantity, form
            See the class.
        """
        return self.data["maps"].sel(self._pick(quantity, form)).isel(word=find_word(self.words, word))

    def map_error(self, word: WordKey, quantity: str = "cmi", form: str = "orthogonal") -> xr.DataArray:
        """Return the standard errors of `map`, (y, x); NaN while too few draws are done."""
        return self.data["maps_error"].sel(self._pick(quantity, form)).isel(word=find_word(self.words, word))

    def total(self, word: WordKey, quantity: str = "cmi", form: str = "orthogonal") -> Estimate:
        """Return what a word says about the whole picture, in nats."""
        index = find_word(self.words, word)
        return self._estimate(self.data["draw_totals"].sel(self._pick(quantity, form)).isel(word=index), form)

    def full_map(self, form: str = "orthogonal") -> xr.DataArray:
        """Return the map of the whole prompt against the reference, (y, x)."""
        return self.data["full_map"].sel(self._pick(None, form))

    def full_total(self, form: str = "orthogonal") -> Estimate:
        """Return what the whole prompt says about the picture, in nats."""
        return self._estimate(self.data["draw_full"].sel(self._pick(None, form)), form)

    def ranking(
        self, y: int, x: int, quantity: str = "cmi", form: str = "orthogonal"
    ) -> list[tuple[Word, float]]:
        """Return the words with their nats at one latent cell, the most first."""
        rows, columns = self.data.sizes["y"], self.data.sizes["x"]
        if not (0 <= y < rows and 0 <= x < columns):
            raise IndexError(f"({y}, {x}) is outside the map of {rows} rows and {columns} columns.")
        values = self.data["maps"].sel(self._pick(quantity, form)).isel(y=y, x=x).values
        return [(self.words[i], float(values[i])) for i in np.argsort(-values, kind="stable")]

    def bands(self, edges: Sequence[float] | int = 6) -> xr.DataArray:
        """Split the totals by noise level.

        Parameters
        ----------
        edges
            Ascending log-SNRs, or a number of equal bands over the range of the result. A draw belongs to
            the band that holds its level, the upper edge of the last band included.

        Returns
        -------
        (quantity, form, word, band)
            Nats; over edges that span the range the bands add up to the totals. Coordinates ``band_low``
            and ``band_high``.
        """
        low, high = self.log_snr_range
        limits = np.linspace(low, high, edges + 1) if isinstance(edges, int) else np.asarray(edges, float)
        if limits.ndim != 1 or limits.size < 2 or not np.all(np.diff(limits) > 0):
            raise ValueError(f"edges={edges!r}: give at least two ascending log-SNRs or a number of bands.")
        level = self.data["draw_log_snr"].values
        band = np.searchsorted(limits, level, side="right") - 1
        # A level stands for its surroundings, and those of the outermost reach a little beyond the range.
        band[(level >= limits[-1]) & (limits[-1] >= high - 1e-9)] = limits.size - 2
        band[(level < limits[0]) & (limits[0] <= low + 1e-9)] = 0
        member = xr.DataArray(band[:, None] == np.arange(limits.size - 1), dims=("draw", "band"))
        contribution = self.data["draw_totals"] / self.data["draw_density"] / self.draws
        split = (contribution * member).sum("draw").transpose(..., "band")
        return split.assign_coords(band_low=("band", limits[:-1]), band_high=("band", limits[1:]))

    def left_tail(self, word: WordKey, quantity: str = "cmi", form: str = "orthogonal") -> float:
        """Estimate what lies below the range, where the integrand falls as e^a; no total includes it.

        Returns
        -------
        float
            Nats: half the integrand at the two lowest draws, carried on to log-SNR minus infinity.
        """
        halves = (
            self.data["draw_totals"].sel(self._pick(quantity, form)).isel(word=find_word(self.words, word))
        )
        distance = self.log_snr_range[0] - self.data["draw_log_snr"].values[:2]
        return float(np.mean(halves.values[:2] * np.exp(distance)))

    def to_dataframe(self) -> pd.DataFrame:
        """Return the totals as a table, a row per quantity, form and word, with 95% intervals."""
        import pandas as pd

        rows = []
        for quantity in self.quantities:
            for form in dataset.FORMS:
                for index, word in enumerate(self.words):
                    total = self.total(index, quantity, form)
                    low, high = total.interval()
                    values = (word.text, word.start, word.stop, total.value, total.standard_error, low, high)
                    rows.append((quantity, form, *values))
        columns = ["quantity", "form", "word", "start", "stop", "nats", "standard_error", "low", "high"]
        return pd.DataFrame(rows, columns=columns)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write everything to one netCDF file, replacing a file of that name only when whole."""
        return dataset.write(self.data, path)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Result:
        """Read a result that `save` wrote; torch is not needed.

        Raises
        ------
        FileNotFoundError
        ResultFileError
            Where the file is damaged, is something else, or comes from a newer version.
        """
        return cls(dataset.read(path))

    def __repr__(self) -> str:
        low, high = self.log_snr_range
        trained = self.trained_log_snr_range
        share = "all" if np.allclose((low, high), trained) else "part"
        draws = f"{self.draws} draws" if self.complete else f"{self.draws} of {self.draws_planned} draws"
        quantity = self.quantities[0]
        width = max(len(word.text) for word in self.words)
        lines = [
            f"Result for {self.prompt!r}",
            f"  {len(self.words)} words, {draws}, log-SNR {low:.2f} to {high:.2f} ({share} of the training)",
            f"  {quantity.upper()}, orthogonal, nats:",
        ]
        totals = [(self.total(index, quantity), word) for index, word in enumerate(self.words)]
        totals.sort(key=lambda pair: -pair[0].value)
        lines += [f"    {word.text:<{width}}  {total}" for total, word in totals[:12]]
        if len(totals) > 12:
            lines.append(f"    and {len(totals) - 12} more words")
        return "\n".join(lines)

    def _estimate(self, halves: xr.DataArray, form: str) -> Estimate:
        values = halves.values / self.data["draw_density"].values
        spread = error_of_mean(values, self.data["draw"].values, self.draws_planned)
        error, freedom, skewness = map(float, spread)
        return Estimate(float(values.mean()), error, freedom, form == "orthogonal", skewness)

    def _pick(self, quantity: str | None, form: str) -> dict[str, str]:
        if form not in dataset.FORMS:
            raise ValueError(f"form={form!r}: the forms are 'orthogonal' and 'standard'.")
        if quantity is None:
            return {"form": form}
        if quantity not in self.quantities:
            raise ValueError(
                f"quantity={quantity!r} is not in this result, which has {', '.join(self.quantities)}."
            )
        return {"quantity": quantity, "form": form}


def open_result(path: str | os.PathLike[str]) -> Result:
    """Read a result that `Result.save` wrote; see `Result.open`."""
    return Result.open(path)
