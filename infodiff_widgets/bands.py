"""Bands of noise level: where the range of log-SNR is cut, and which band a draw belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ArgumentError, OutsideError

__all__ = [
    "BandKey",
    "BandsLike",
    "band_chosen",
    "band_edges",
    "band_of",
    "bands_between",
    "has_band",
    "limits_of",
]

BandsLike = int | Sequence[float] | None
BandKey = int | tuple[float, float]
_SLACK = 0.005  # so that edges copied from a printed range are the ends of the range
MOST_BANDS = 256
"""Each holds a map of every word, and needs draws of its own."""


def band_edges(bands: BandsLike, low: float, high: float) -> NDArray[np.float64]:
    """Return the edges of bands that cover a range.

    Parameters
    ----------
    bands
        How many, of equal width; or the log-SNRs at which to cut, to which the ends of the range are added;
        or None, for no bands.
    low, high
        The range.

    Returns
    -------
    (bands + 1,)
        Ascending, from `low` to `high`; empty where there are no bands.
    """
    if bands is None:
        return np.empty(0)
    if isinstance(bands, int | np.integer):
        if bands < 1:
            raise ArgumentError(f"bands={bands}: give 1 or more, or None.")
        _check_count("bands", int(bands))
        return np.linspace(low, high, int(bands) + 1)
    cuts = np.asarray(bands, float)
    ascending = cuts.ndim == 1 and np.all(np.diff(cuts) > 0)
    _check_count("bands", cuts.size)
    if not ascending or np.any(cuts < low - _SLACK) or np.any(cuts > high + _SLACK):
        raise ArgumentError(
            f"bands={bands!r}: give a number of bands, or ascending log-SNRs within {low:.3f} to {high:.3f}."
        )
    return np.r_[low, cuts[(cuts > low + _SLACK) & (cuts < high - _SLACK)], high]


def band_of(log_snr: ArrayLike, edges: NDArray[np.float64], low: float, high: float) -> NDArray[np.int64]:
    """Return the band of each draw: the one that holds its level, the last edge included.

    A level stands for its surroundings, so those beyond the ends of the range belong to the outermost bands,
    where these reach the ends.

    Parameters
    ----------
    log_snr : (draw,)
    edges : (bands + 1,)
        Ascending.
    low, high
        The range.

    Returns
    -------
    (draw,)
        0 to bands - 1; -1 or the number of bands outside of all of them.
    """
    level = np.asarray(log_snr, float)
    band = np.searchsorted(edges, level, side="right") - 1
    band[(level >= edges[-1]) & (edges[-1] >= high - 1e-9)] = edges.size - 2
    band[(level < edges[0]) & (edges[0] <= low + 1e-9)] = 0
    return band


def bands_between(band: BandKey, edges: Sequence[float]) -> list[int]:
    """Return the places of the bands that a user names.

    Parameters
    ----------
    band
        Index, negative ones from the end; or (low, high), two of the edges.
    edges : (bands + 1,)
        Ascending; empty where there are no bands.

    Raises
    ------
    ArgumentError
        Where there are no bands, or the two are no edges.
    OutsideError
        For an index beyond the bands.
    """
    if not edges:
        raise ArgumentError("This result has no maps by band: estimate with bands=6, or another number.")
    if isinstance(band, int | np.integer) and not isinstance(band, bool):
        if not -len(edges) < band < len(edges) - 1:
            raise OutsideError(f"There is no band {band}: the bands are 0 to {len(edges) - 2}.")
        return [int(band) % (len(edges) - 1)]
    ends = _numbers(band)
    near = [] if ends is None else [int(np.argmin(np.abs(np.subtract(edges, edge)))) for edge in ends]
    if len(near) != 2 or near[0] >= near[1] or not np.allclose([edges[i] for i in near], band, atol=0.01):
        listed = ", ".join(f"{edge:.2f}" for edge in edges)
        raise ArgumentError(
            f"band={band!r}: give a lower and an upper one of the edges, {listed}; or the number of a band."
        )
    return list(range(*near))


def band_chosen(band: Any, edges: Sequence[float], *, known: bool = True) -> tuple[float, float]:
    """Return the lower and the upper log-SNR of the bands that a user names, see `bands_between`.

    Before the edges are `known` these are any two numbers, the lower first.
    """
    if known:
        chosen = bands_between(band, edges)
        if isinstance(band, int | np.integer):
            return edges[chosen[0]], edges[chosen[-1] + 1]
    ends = _numbers(band)
    if ends is None or ends.size != 2 or not ends[0] < ends[1]:
        raise ArgumentError(f"band={band!r}: give two log-SNRs, the lower first.")
    return float(ends[0]), float(ends[1])


def has_band(band: BandKey, edges: Sequence[float]) -> bool:
    """Say whether there are the bands that a user names, see `bands_between`."""
    try:
        bands_between(band, edges)
    except (ArgumentError, OutsideError):
        return False
    return True


def limits_of(edges: Sequence[float] | int, low: float, high: float) -> NDArray[np.float64]:
    """Return the edges by which totals are split: so many equal bands over a range, or those given.

    Unlike those of `band_edges`, they need not cover the range.

    Raises
    ------
    ArgumentError
        For edges that do not ascend, or beyond the range, where nothing was measured.
    """
    if isinstance(edges, int | np.integer) and not isinstance(edges, bool) and edges > 0:
        _check_count("edges", int(edges))
        limits = np.linspace(low, high, int(edges) + 1)
    else:
        limits = _numbers(edges)
    if limits is None or limits.size < 2 or not np.all(np.diff(limits) > 0):
        raise ArgumentError(f"edges={edges!r}: give at least two ascending log-SNRs or a number of bands.")
    if limits[0] < low - _SLACK or limits[-1] > high + _SLACK:
        raise ArgumentError(f"edges={edges!r}: log-SNR {low:.2f} to {high:.2f} was measured; stay within it.")
    return limits


def _numbers(given: object) -> NDArray[np.float64] | None:
    """Return the numbers of a list; None where it is none."""
    try:
        found = np.asarray(given)
    except ValueError:  # rows of several lengths
        return None
    return found.astype(float) if found.ndim == 1 and found.dtype.kind in "iuf" else None


def _check_count(name: str, count: int) -> None:
    if count > MOST_BANDS:
        raise ArgumentError(f"{name}: {count} bands of noise level are too many, give {MOST_BANDS} at most.")
