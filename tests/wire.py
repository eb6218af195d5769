"""Reads what the browser is sent, as js/src/decode.js does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infodiff_widgets.payload import COLUMNS, Payload


def packed_size(count: int) -> int:
    """Bytes of so many packed codes, 12 bits each."""
    return count + (count + 1) // 2


def entries_of(sent: Payload) -> list[dict[str, Any]]:
    """What is known of each map; what is not known is None, or missing where it is a curve or bands."""
    header = sent.header
    steps, bands = (max(0, len(header[name]) - 1) for name in ("curve_edges", "band_edges"))
    maps = [(run["quantity"], run["form"], word) for run in header["maps"] for word in run["words"]]
    table = np.frombuffer(sent.maps, "<f4", offset=header["table_at"]).reshape(len(maps), -1)
    assert table.shape[1] == len(COLUMNS) + steps + bands
    size = packed_size(header["grid"][0] * header["grid"][1])
    entries = []
    for index, ((quantity, form, word), row) in enumerate(zip(maps, table.tolist(), strict=True)):
        known = {name: None if np.isnan(value) else value for name, value in zip(COLUMNS, row, strict=False)}
        entry = {"quantity": quantity, "form": form, "word": word, "at": index * size, **known}
        curve, parts = row[len(COLUMNS) : len(COLUMNS) + steps], row[len(COLUMNS) + steps :]
        entry |= {"curve": curve} if np.isfinite(curve).all() else {}
        entry |= {"band_totals": parts} if parts and np.isfinite(parts).all() else {}
        entries.append(entry)
    return entries


def read_map(data: bytes, entry: Mapping[str, Any], grid: Sequence[int]) -> NDArray[np.float64]:
    """Values of one map, (y, x)."""
    count = grid[0] * grid[1]
    high = np.frombuffer(data, np.uint8, count, entry["at"]).astype(int)
    two = np.frombuffer(data, np.uint8, (count + 1) // 2, entry["at"] + count)
    code = high << 4 | np.stack([two & 15, two >> 4], 1).ravel()[:count]
    s = (code - 2047) / 2047 if entry["signed"] else code / 4095
    return (entry["end"] * s * np.abs(s)).reshape(*grid)


def most_off(values: Any, entry: Mapping[str, Any]) -> NDArray[np.float64]:
    """How far a value may be off: half a step of its square root, as codes.py says."""
    values, end = np.abs(np.asarray(values, np.float64)), entry["end"]
    half = (0.5 / 2047 if entry["signed"] else 0.5 / 4095) * 1.01
    return 2 * half * np.sqrt(values * end) + half**2 * end + 1e-6 * end
