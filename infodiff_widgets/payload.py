"""From a `Result` to what the browser is sent: a small header and one block of bytes.

Every map is stored in 12 bits a cell, row by row, finest near zero (codes.py); after the maps comes a table
of float32 with what is known of each. Full precision stays in Python. js/src/decode.js reads this;
js/src/model.js names the same `SCHEMA_VERSION`. What the first picture does not need, errors and bands, comes
after it: details.py.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .codes import coded, packed
from .colour import top
from .doubts import doubts_of
from .naming import names_of
from .network import network_of
from .shown import binned, shown_maps, shown_pairs, shown_swaps, shown_totals, shown_words
from .statistics import Estimate, rough_of
from .words import Word

if TYPE_CHECKING:
    from .result import Result

__all__ = [
    "SCHEMA_VERSION",
    "MapWriter",
    "Payload",
    "empty",
    "encode",
    "encode_image",
    "json_number",
    "words_of",
]

SCHEMA_VERSION = 4
LARGEST_SIDE = 1024
MOST_STEPS = 24
"""Steps of the curve of information against log-SNR, at most; at least four draws stand behind each."""


COLUMNS = ("end", "signed", "top", "total", "error", "low", "high")
"""Of each map: largest magnitude and whether it has both signs (codes.py), where its own colour scale ends,
its total, the standard error of that and its 95% interval."""


@dataclass(frozen=True)
class Payload:
    """What a view is built from: `header` is plain JSON, `maps` the bytes that it describes."""

    header: dict[str, Any]
    maps: bytes


def json_number(value: float) -> float | None:
    """Return a number for JSON, which has no NaN: null is not known. Seven digits are more than maps have."""
    return float(f"{value:.7g}") if math.isfinite(value) else None


def _rounded(values: NDArray[np.floating]) -> list[float]:
    """Four digits are more than an axis of this size shows."""
    return [float(f"{value:.4g}") for value in values]


class MapWriter:
    """Puts maps one after another into a block of bytes, with an entry of the header for each."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.blocks: list[bytes] = []
        self.length = 0

    def add(
        self,
        values: NDArray[np.floating],
        total: float,
        error: float,
        *,
        quantity: str,
        form: str,
        word: int | None,
        **more: Any,
    ) -> None:
        """Add one map with its total; see `encode`."""
        codes, end, signed = coded(values, 12)
        block = packed(codes, 12)
        self.entries.append(
            {
                "quantity": quantity,
                "form": form,
                "word": word,
                "at": self.length,
                "end": end,
                "signed": signed,
                "top": json_number(top(values)),
                "total": json_number(total),
                "error": json_number(error),
                **more,
            }
        )
        self.blocks.append(block)
        self.length += len(block)


def _header(prompt: str, words: Sequence[Word], **rest: Any) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "prompt": prompt,
        "unit": "nat",
        "words": [
            {**asdict(word), **({} if name == word.text else {"name": name})}
            for word, name in zip(words, names_of(prompt, words), strict=True)
        ],
        **rest,
    }


def words_of(header: Mapping[str, Any]) -> tuple[Word, ...]:
    """Return the words that a header tells the browser of; see `encode`."""
    words = header.get("words", ())
    return tuple(Word(word["text"], word["start"], word["stop"]) for word in words)


def curve_edges(result: Result) -> NDArray[np.float64]:
    """Return the log-SNRs between which the curve of information has its steps."""
    steps = max(4, min(MOST_STEPS, result.draws // 4))
    return np.linspace(*result.log_snr_range, steps + 1)


def encode(result: Result) -> Payload:
    """Return header and maps of a result.

    The header holds the prompt, its words (those of swaps and pairs after those asked about), the grid in
    latent cells, the draws done and planned, the range of log-SNR, what the ``network`` is called, what two
    words say together (``pairs``, numbered after the words), what takes a word's place (``swaps``), the
    doubts about the result (``warnings``, of `doubts_of`), and which maps there are, in order: runs of one
    quantity (of `shown.SHOWN`) and form, with the words of its maps (null for the whole prompt), and those of
    them that are ``rough``, for which the draws were too few, see `statistics.rough_of`.

    The bytes are the maps and then, from ``table_at``, a row of float32 for each: `COLUMNS`, nats per unit
    of log-SNR between ``curve_edges``, and nats in each band; NaN is what is not known. All in nats, maps in
    nats per latent cell; but attention, which has no form (""), in shares, its total being their mean.
    """
    writer = MapWriter()
    steps, bands = curve_edges(result), np.asarray(result.band_edges)
    rows = []
    kinds: dict[tuple[str, str], dict[int | None, Estimate]] = {}
    for one in shown_maps(result):
        kind = one.quantity, one.form
        if kind not in kinds:
            kinds[kind] = shown_totals(result, *kind)
        known = kinds[kind].get(one.word)
        low, high = (math.nan, math.nan) if known is None else known.interval()
        labels = {"quantity": one.quantity, "form": one.form, "word": one.word}
        writer.add(one.values, one.total, one.error, **labels, low=json_number(low), high=json_number(high))
        curve, parts = np.full(steps.size - 1, np.nan), np.full(max(0, bands.size - 1), np.nan)
        if one.halves is not None:
            curve = binned(result, one.halves, steps) / np.diff(steps)
        if parts.size and one.bands is not None:
            totals = one.bands.sum((-1, -2))
            parts = totals if one.halves is None else binned(result, one.halves, bands)
        rows.append([*curve, *parts])
    first = [[entry[name] for name in COLUMNS] for entry in writer.entries]
    table = np.hstack([_single(first), _single(rows)]) if rows else np.zeros((0, 0))
    data = result.data
    header = _header(
        result.prompt,
        shown_words(result),
        grid=[int(data.sizes["y"]), int(data.sizes["x"])],
        maps=_runs(writer.entries, kinds),
        table_at=writer.length,
        byte_length=writer.length + 4 * table.size,
        draws_done=result.draws,
        draws_planned=result.draws_planned,
        complete=result.complete,
        log_snr=[float(level) for level in result.log_snr_range],
        network=network_of(result.provenance),
        pairs=shown_pairs(result),
        swaps=shown_swaps(result),
        warnings=doubts_of(result),  # that draws are few is told of what is shown: `rough`
        details=["errors", *(["bands"] if bands.size else [])],
        band_edges=_rounded(bands),
        curve_edges=_rounded(steps),
    )
    return Payload(header, b"".join([*writer.blocks, table.astype("<f4").tobytes()]))


def _single(rows: list[list[Any]]) -> NDArray[np.float32]:
    """Return rows in single precision; what is None, or too large for that, is not known."""
    table = np.array(rows, np.float64)
    return np.where(np.abs(table) <= np.finfo(np.float32).max, table, np.nan).astype(np.float32)


def _runs(
    entries: Sequence[dict[str, Any]], kinds: Mapping[tuple[str, str], Mapping[int | None, Estimate]]
) -> list[dict[str, Any]]:
    """Return what the maps are, those of one quantity and form together."""
    runs = []
    for (quantity, form), run in groupby(entries, lambda entry: (entry["quantity"], entry["form"])):
        words = [entry["word"] for entry in run]
        rough = rough_of(kinds[quantity, form])
        told = [word for word in words if word in rough]
        runs.append({"quantity": quantity, "form": form, "words": words, **({"rough": told} if told else {})})
    return runs


def empty(prompt: str, words: Sequence[Word], draws: int) -> Payload:
    """Return what is shown before the first draw: the prompt and its words, no maps."""
    header = _header(
        prompt,
        words,
        grid=[1, 1],
        maps=[],
        table_at=0,
        byte_length=0,
        draws_done=0,
        draws_planned=draws,
        complete=False,
        log_snr=None,
    )
    return Payload(header, b"")


def encode_image(image: Image.Image, largest: int = LARGEST_SIDE, budget: int | None = None) -> bytes:
    """Return the picture as PNG, made smaller only where a side exceeds `largest` pixels.

    Where a `budget` of bytes is given and PNG exceeds it, as JPEG of high quality instead.
    """
    picture = image.convert("RGB")
    if max(picture.size) > largest:
        picture.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=False)
    if budget is not None and stream.tell() > budget:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=92, subsampling=0)
    return stream.getvalue()
