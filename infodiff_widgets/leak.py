"""The leak: information measured at noise levels where the picture already shows what a word says.

There an optimal denoiser would gain nothing by the word. A network gains where the word fixes exactly what
it would otherwise have to measure from the pixels; its integrand then rises towards clean pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .naming import names_of

if TYPE_CHECKING:
    from .header import Header

__all__ = [
    "CLEAN_LOG_SNR",
    "LARGEST_SHARE",
    "SMALLEST_TOTAL",
    "clean_share",
    "leaking",
]

CLEAN_LOG_SNR = 3.0
"""The log-SNR above which a picture shows nearly everything: noise of a fifth of its standard deviation."""

LARGEST_SHARE = 0.5
"""The share of a word's information above `CLEAN_LOG_SNR` beyond which there is a warning."""

SMALLEST_TOTAL = 0.1
"""Nats below which a word is not looked at: shares of nothing mean nothing."""


def clean_share(result: Header) -> tuple[str, list[float]]:
    """Return which quantity is looked at, the CMI where there is one, and the words' shares above the level.

    Returns
    -------
    quantity, shares
        Of the orthogonal form; 0 for words that say less than `SMALLEST_TOTAL`.
    """
    quantity = result.quantities[0]
    data = result.data.sel(quantity=quantity, form="orthogonal")
    contributions = (data["draw_totals"] / data["draw_density"]).transpose("word", "draw").values
    clean = contributions[:, data["draw_log_snr"].values > CLEAN_LOG_SNR].sum(-1)
    totals = contributions.sum(-1)
    counts = totals / result.draws >= SMALLEST_TOTAL
    return quantity, np.where(counts, clean / np.where(counts, totals, 1), 0.0).tolist()


def leaking(result: Header) -> list[str]:
    """Return a sentence on the words of which most lies above `CLEAN_LOG_SNR`; none where there are none."""
    quantity, shares = clean_share(result)
    found = [
        f"{name!r} ({share:.0%})"
        for name, share in zip(names_of(result.prompt, result.words), shares, strict=True)
        if share > LARGEST_SHARE
    ]
    if not found:
        return []
    cut = f"({result.log_snr_range[0]:.2f}, {CLEAN_LOG_SNR:g})"
    warning = (
        f"Most of the {quantity} of {', '.join(found)} lies above log-SNR {CLEAN_LOG_SNR:g}, where the "
        "picture already shows what a word says: it may tell of the network rather than of the picture. "
        f"Compare the bands, or estimate with log_snr_range={cut}."
    )
    return [warning]
