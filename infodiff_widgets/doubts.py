"""What to know before trusting a result, apart from its errors, of which rough.py knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .bands import band_of
from .leak import leaking
from .listing import listed
from .naming import names_of
from .numbers import log_snrs
from .words import without

if TYPE_CHECKING:
    from .header import Header

__all__ = ["LARGEST_ROUNDING", "doubts_of"]

LARGEST_ROUNDING = 0.01
"""The share of an average word's information beyond which rounding counts: a run leaves half precision
(`precision.running_in`), and a result that is in it has a warning. Here, as results are read without torch.
"""


def doubts_of(result: Header) -> list[str]:
    """Return sentences on what to know, where there is cause.

    On network, leak, rounding, swaps, a cut prompt, accuracy, and bands that no draw fell into.
    """
    doubt = result.provenance.get("doubt")
    return [
        *([doubt] if doubt else []),
        *leaking(result),
        *_rounded(result),
        *_unchanged(result),
        *_cut(result),
        *_unmet(result),
        *_unseen(result),
    ]


def _unseen(result: Header) -> list[str]:
    edges = np.asarray(result.band_edges)
    if not edges.size or not result.draws:
        return []
    bands = band_of(result.data["draw_log_snr"].values, edges, *result.log_snr_range)
    empty = np.setdiff1d(np.arange(edges.size - 1), bands)
    if not empty.size:
        return []
    # Neighbours are one range.
    runs = np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1)
    where = listed(log_snrs(edges[[run[0], run[-1] + 1]].tolist()) for run in runs)
    return [f"No noise draw was at log-SNR {where}: the 0 there is no measurement. Take more draws."]


def _unmet(result: Header) -> list[str]:
    said = result.provenance
    if said.get("accurate") is not False:
        return []
    return [
        f"until={said['until']:.2g} is not reached with {result.draws} draws: some totals are less accurate."
    ]


def _cut(result: Header) -> list[str]:
    cut = result.provenance.get("cut")
    return [f"The prompt was cut (truncate=True): {cut.strip()!r} fell away at its end."] if cut else []


def _unchanged(result: Header) -> list[str]:
    prompt, placeholder = result.prompt, result.provenance.get("placeholder")
    same = [word for word, text in result.swaps.items() if without(prompt, word, text.strip()) == prompt]
    found = [
        f"swaps: {name!r} takes its own place, which changes nothing: its map is 0."
        for name in names_of(prompt, same)
    ]
    marked = [word for word in result.words if placeholder and without(prompt, word, placeholder) == prompt]
    found += [
        f"placeholder={placeholder!r} leaves {name!r} in its place: its CMI is 0."
        for name in names_of(prompt, marked)
    ]
    if result.provenance.get("reference") == result.prompt:
        found.append("The reference is the prompt itself: the map of the whole prompt is 0.")
    return found


def _rounded(result: Header) -> list[str]:
    floor = result.provenance.get("floor")
    if not floor or floor["share"] <= LARGEST_ROUNDING or result.provenance.get("dtype") != floor["dtype"]:
        return []
    warning = (
        f"Rounding in {floor['dtype']} adds {floor['nats']:.2g} nats to an average word, "
        f"{floor['share']:.0%} of its information: "
        'estimate with precision="auto" or "float32".'
    )
    return [warning]
