"""From a `Result` to what the browser is sent: a small header and one block of bytes.

Every map is stored as ``uint16`` (little-endian, row by row) with a lower end and a step of its own, so that
a value on the screen is off by at most half of 1/65535 of the map's range. Full precision stays in Python.
js/src/model.js reads this; both name the same `SCHEMA_VERSION`.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .colour import top

if TYPE_CHECKING:
    from .result import Result
    from .words import Word

__all__ = ["SCHEMA_VERSION", "MapWriter", "Payload", "empty", "encode", "encode_image"]

SCHEMA_VERSION = 1
FORMS = ("orthogonal", "standard")
LARGEST_SIDE = 1024


@dataclass(frozen=True)
class Payload:
    """What a view is built from: `header` is plain JSON, `maps` the bytes that it describes."""

    header: dict[str, Any]
    maps: bytes


def _number(value: float) -> float | None:
    """JSON has no NaN: what is not known becomes null."""
    return float(value) if math.isfinite(value) else None


def _quantise(values: NDArray[np.floating]) -> tuple[bytes, float, float]:
    values = np.asarray(values, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    step = (high - low) / 65535
    stored = np.zeros(values.shape) if step == 0 else np.round((values - low) / step)
    return stored.astype("<u2").tobytes(), low, step


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
    ) -> None:
        """Add one map with its total; see `encode`."""
        if not np.isfinite(values).all():
            # Not computed (the whole prompt is optional); the viewer leaves such a choice out.
            return
        block, low, step = _quantise(values)
        self.entries.append(
            {
                "quantity": quantity,
                "form": form,
                "word": word,
                "at": self.length,
                "low": low,
                "step": step,
                "top": top(values),
                "total": _number(total),
                "error": _number(error),
            }
        )
        self.blocks.append(block)
        self.length += len(block)


def _header(prompt: str, words: Sequence[Word], **rest: Any) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "prompt": prompt,
        "unit": "nat",
        "words": [{"text": word.text, "start": word.start, "stop": word.stop} for word in words],
        **rest,
    }


def encode(result: Result) -> Payload:
    """Return header and maps of a result.

    The header holds the prompt, its words, the grid in latent cells, the draws done and planned, the range
    of log-SNR, and for each map: quantity ("cmi", "mi", "shapley", "full"), form, word (null for the whole
    prompt), place in the bytes, lower end and step of the stored numbers, end of its colour scale, total and
    its standard error. All in nats, maps in nats per latent cell.
    """
    data = result.data
    writer = MapWriter()
    for quantity in result.quantities:
        for form in FORMS:
            pick = {"quantity": quantity, "form": form}
            maps = data["maps"].sel(pick).values
            totals, errors = data["totals"].sel(pick).values, data["totals_error"].sel(pick).values
            for word, values in enumerate(maps):
                writer.add(values, totals[word], errors[word], quantity=quantity, form=form, word=word)
    for form in FORMS:
        whole = data.sel(form=form)
        total, error = float(whole["full_total"]), float(whole["full_total_error"])
        writer.add(whole["full_map"].values, total, error, quantity="full", form=form, word=None)
    header = _header(
        result.prompt,
        result.words,
        grid=[int(data.sizes["y"]), int(data.sizes["x"])],
        maps=writer.entries,
        byte_length=writer.length,
        draws_done=result.draws,
        draws_planned=result.draws_planned,
        complete=result.complete,
        log_snr=[float(level) for level in result.log_snr_range],
    )
    return Payload(header, b"".join(writer.blocks))


def empty(prompt: str, words: Sequence[Word], draws: int) -> Payload:
    """Return what is shown before the first draw: the prompt and its words, no maps."""
    header = _header(
        prompt,
        words,
        grid=[1, 1],
        maps=[],
        byte_length=0,
        draws_done=0,
        draws_planned=draws,
        complete=False,
        log_snr=None,
    )
    return Payload(header, b"")


def encode_image(image: Image.Image, largest: int = LARGEST_SIDE) -> bytes:
    """Return the picture as PNG, made smaller only where a side exceeds `largest` pixels."""
    picture = image.convert("RGB")
    if max(picture.size) > largest:
        picture.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=False)
    return stream.getvalue()
