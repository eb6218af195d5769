"""What a result says of itself: what was asked, and how the run went that answered."""

from __future__ import annotations

import json
from typing import Any

import xarray as xr
from PIL import Image

from .interactions import pairs_of
from .words import Word

__all__ = ["Header"]


class Header:
    """The facts of a result's dataset, its numbers apart; the base of `Result`."""

    data: xr.Dataset

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
        """Those of "cmi", "mi", "shapley" that were computed, in that order; for "swap" see `swaps`."""
        return tuple(str(name) for name in self.data["quantity"].values)

    @property
    def swaps(self) -> dict[Word, str]:
        """The words of quantity "swap", with what takes their place."""
        if "swap_maps" not in self.data:
            return {}
        columns = (self.data[name].values for name in ("swap_start", "swap_stop", "swap_text"))
        return {self._word(start, stop): str(text) for start, stop, text in zip(*columns, strict=True)}

    @property
    def pairs(self) -> tuple[tuple[Word, Word], ...]:
        """The pairs of words whose `interaction` was computed."""
        return pairs_of(self.data)

    @property
    def band_edges(self) -> tuple[float, ...]:
        """The log-SNRs between which `band_map` splits the maps; empty without bands."""
        if "band_maps" not in self.data:
            return ()
        return (*self.data["band_low"].values.tolist(), float(self.data["band_high"].values[-1]))

    @property
    def image(self) -> Image.Image:
        """The picture as the network saw it."""
        return Image.fromarray(self.data["image"].values)

    @property
    def complete(self) -> bool:
        """Whether the run ended as it was meant to; if not, the values are still estimates of the same."""
        return bool(self.data.attrs["complete"])

    @property
    def stopped(self) -> str | None:
        """What ended the run before its last draw: "until", "max_evaluations", "max_seconds" or nothing."""
        return self.provenance.get("stopped")

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
        """Model, seed, sampling density, versions and costs: what repeats the run.

        Its "draws" are those that were asked for; `draws` are those done.
        """
        return json.loads(self.data.attrs["provenance"])

    def _word(self, start: int, stop: int) -> Word:
        return Word(self.prompt[start:stop], int(start), int(stop))
