"""What a result may hold besides the maps of words: bands of noise level, swaps, pairs of words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from .dataset import OPTIONAL
from .interactions import PAIR_ARRAYS
from .words import Word

__all__ = ["with_attention", "with_bands", "with_pairs", "with_swaps"]


def with_bands(data: xr.Dataset, edges: NDArray, maps: ArrayLike, full_map: ArrayLike) -> xr.Dataset:
    """Add the parts of the maps by band of noise level.

    Parameters
    ----------
    data
        From `dataset.assemble`.
    edges : (bands + 1,)
        Log-SNRs, ascending, from end to end of the range.
    maps, full_map : (bands, Q, 2, T, y, x) and (bands, 2, y, x)
        Nats per latent cell; over the bands they add up to the maps.
    """
    values = {"band_maps": np.asarray(maps, np.float32), "band_full_map": np.asarray(full_map, np.float32)}
    return _with(data, "bands", values, {"band_low": edges[:-1], "band_high": edges[1:]})


def with_swaps(
    data: xr.Dataset,
    swaps: Sequence[tuple[Word, str]],
    maps: ArrayLike,
    maps_error: ArrayLike,
    draw_swaps: ArrayLike,
    band_maps: ArrayLike | None = None,
) -> xr.Dataset:
    """Add what swaps of a word for another text would change.

    Parameters
    ----------
    data
        From `dataset.assemble`.
    swaps
        S words with what takes their place.
    maps, maps_error : (S, 2, y, x)
        Nats per latent cell.
    draw_swaps : (S, 2, draw)
        Half the integrand, summed over cells: nats per unit of log-SNR.
    band_maps : (bands, S, 2, y, x)
        The parts of the maps by the bands of `with_bands`, where there are any.
    """
    values = {
        "swap_maps": np.asarray(maps, np.float32),
        "swap_maps_error": np.asarray(maps_error, np.float32),
        "draw_swaps": np.ascontiguousarray(draw_swaps, np.float64),
    }
    coords = {
        "swap_start": np.array([word.start for word, _ in swaps], np.int64),
        "swap_stop": np.array([word.stop for word, _ in swaps], np.int64),
        "swap_text": np.array([text for _, text in swaps], dtype=object),
    }
    data = _with(data, "swaps", values, coords)
    return data if band_maps is None else _with_parts(data, "swap_bands", band_maps)


def with_pairs(
    data: xr.Dataset,
    pairs: Sequence[tuple[Word, Word]],
    maps: ArrayLike,
    maps_error: ArrayLike,
    draw_pairs: ArrayLike,
    band_maps: ArrayLike | None = None,
) -> xr.Dataset:
    """Add what two words say, each and both, given the rest of the prompt.

    Parameters
    ----------
    data
        From `dataset.assemble`.
    pairs
        P pairs of words.
    maps, maps_error : (P, 3, 2, y, x)
        Nats per latent cell; the second axis is `interactions.PAIR_ARRAYS`.
    draw_pairs : (P, 3, 2, draw)
        Half the integrand, summed over cells: nats per unit of log-SNR.
    band_maps : (bands, P, 3, 2, y, x)
        The parts of the maps by the bands of `with_bands`, where there are any.
    """
    values = {
        "pair_maps": np.asarray(maps, np.float32),
        "pair_maps_error": np.asarray(maps_error, np.float32),
        "draw_pairs": np.ascontiguousarray(draw_pairs, np.float64),
    }
    coords = {
        "part": np.array(PAIR_ARRAYS, dtype=object),
        "pair_start": np.array([[word.start for word in pair] for pair in pairs], np.int64),
        "pair_stop": np.array([[word.stop for word in pair] for pair in pairs], np.int64),
    }
    data = _with(data, "pairs", values, coords)
    return data if band_maps is None else _with_parts(data, "pair_bands", band_maps)


def with_attention(data: xr.Dataset, maps: ArrayLike) -> xr.Dataset:
    """Add how much the cells attend to each word.

    Parameters
    ----------
    data
        From `dataset.assemble`.
    maps : (T, y, x)
        Shares of attention, 0 to 1; see `analyses.attention`.
    """
    return _with(data, "attention", {"attention_maps": np.asarray(maps, np.float32)}, {})


def _with_parts(data: xr.Dataset, group: str, maps: ArrayLike) -> xr.Dataset:
    (name,) = OPTIONAL[group]
    return _with(data, group, {name: np.asarray(maps, np.float32)}, {})


def _with(data: xr.Dataset, group: str, values: dict[str, NDArray], coords: dict[str, NDArray]) -> xr.Dataset:
    dims = OPTIONAL[group]
    added = data.assign({name: (dims[name], value) for name, value in values.items()})
    return added.assign_coords({name: (dims[name], value) for name, value in coords.items()})
