"""What a synthetic result may have besides: bands of noise level, swaps, pairs of words, attention."""

from __future__ import annotations

import numpy as np

from infodiff_widgets.additions import with_attention
from infodiff_widgets.result import Result


def with_extras(result: Result, bands: int = 6) -> Result:
    """Return the result with bands that add up to the maps, a swap of its second word, and a pair of words.

    The first half of the words speaks at coarse levels, the other at fine ones. The two words of the pair
    share what both say where they overlap.
    """
    data = result.data.copy(deep=True)
    low, high = result.log_snr_range
    edges = np.linspace(low, high, bands + 1)
    centre = np.where(np.arange(len(result.words)) < len(result.words) / 2, 0.25, 0.75) * (bands - 1)
    weight = np.exp(-((np.arange(bands)[:, None] - centre) ** 2) / 2)
    weight /= weight.sum(0)
    maps = data["maps"].values
    data["band_maps"] = (
        ("band", *data["maps"].dims),
        (weight[:, None, None, :, None, None] * maps[None]).astype(np.float32),
    )
    data["band_full_map"] = (
        ("band", *data["full_map"].dims),
        (data["full_map"].values[None] * np.full((bands, 1, 1, 1), 1 / bands)).astype(np.float32),
    )
    data["band_low"], data["band_high"] = ("band", edges[:-1]), ("band", edges[1:])
    # The draws tell the same story: what a draw contributes is split as its band is.
    band = np.clip(np.searchsorted(edges, data["draw_log_snr"].values, "right") - 1, 0, bands - 1)
    share = np.array([(band == b).mean() for b in range(bands)])
    halves = weight[band].T / share[band] * data["draw_density"].values
    data["draw_totals"].values[:] = maps.sum((-1, -2))[..., None] * halves
    first, second = result.words[1], result.words[2]
    data["swap_maps"] = (("swap", "form", "y", "x"), maps[:1, :, 1] * 0.7)
    data["swap_maps_error"] = (("swap", "form", "y", "x"), np.abs(maps[:1, :, 1]) * 0.1 + 1e-4)
    data["draw_swaps"] = (("swap", "form", "draw"), data["draw_totals"].values[:1, :, 1] * 0.7)
    data["swap_start"], data["swap_stop"] = ("swap", [first.start]), ("swap", [first.stop])
    data["swap_text"] = ("swap", np.array(["green"], dtype=object))
    one, two = maps[0, :, 1], maps[0, :, 2]
    parts = np.stack([one, two, one + two - 0.6 * np.minimum(one, two)])
    data["pair_maps"] = (("pair", "part", "form", "y", "x"), parts[None])
    data["pair_maps_error"] = (("pair", "part", "form", "y", "x"), np.abs(parts[None]) * 0.1 + 1e-4)
    told = weight[:, 1:3, None, None, None] * parts[None, :2]
    both = told.sum(1, keepdims=True) - 0.6 * weight[:, 1:2, None, None, None] * np.minimum(one, two)
    banded = np.concatenate([told, both], 1)[:, None].astype(np.float32)
    data["pair_band_maps"] = (("band", "pair", "part", "form", "y", "x"), banded)
    size = parts.sum((-1, -2)) / one.sum((-1, -2))
    draws = size[..., None] * data["draw_totals"].values[0, :, 1]
    data["draw_pairs"] = (("pair", "part", "form", "draw"), draws[None])
    data = data.assign_coords(part=["first", "second", "both"])
    data["pair_start"] = (("pair", "side"), [[first.start, second.start]])
    data["pair_stop"] = (("pair", "side"), [[first.stop, second.stop]])
    return Result(data)


def with_shares(result: Result, seed: int = 0) -> Result:
    """Return the result with attention maps: where the information is, in part, and less sharp."""
    random = np.random.default_rng(seed)
    maps = result.data["maps"].sel(quantity=result.quantities[0], form="orthogonal").values
    shape = maps / maps.max((-1, -2), keepdims=True)
    size = random.uniform(0.02, 0.2, (len(maps), 1, 1))
    return Result(with_attention(result.data, size * (0.25 + 0.75 * np.sqrt(shape))))
