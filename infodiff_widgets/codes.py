"""Numbers in few bits for the screen, finest near zero: ``value = end * s * |s|``.

s is the code as 0..1, or as -1..1 where there are both signs, and `end` the largest magnitude. Three digits
are shown of a value: with 12 bits it is off by at most ``end * sqrt(value / end) / 4095``, or twice that with
both signs. js/src/codes.js reads this.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["coded", "packed", "packed_size"]


def coded(values: NDArray[np.floating], bits: int) -> tuple[NDArray[np.uint16], float, bool]:
    """Return the codes, the largest magnitude (as float32 has it), and whether there are both signs."""
    values = np.asarray(values, np.float64)
    end, signed = float(np.float32(np.abs(values).max(initial=0))), bool((values < 0).any())
    share = np.clip(values / end, -1, 1) if end > 0 else np.zeros(values.shape)
    root = np.sign(share) * np.sqrt(np.abs(share))
    middle = 2 ** (bits - 1) - 1
    codes = middle + middle * root if signed else (2**bits - 1) * root
    return np.round(codes).astype(np.uint16), end, signed


def packed_size(count: int, bits: int) -> int:
    """Return how many bytes so many codes are."""
    return count if bits == 8 else count + (count + 1) // 2


def packed(codes: NDArray[np.uint16], bits: int) -> bytes:
    """Return codes of 8 bits as bytes, or of 12: first the upper 8 of all, then the lower 4, in pairs."""
    flat = codes.ravel()
    if bits == 8:
        return flat.astype(np.uint8).tobytes()
    low = np.zeros(flat.size + flat.size % 2, np.uint8)
    low[: flat.size] = flat & 15
    return (flat >> 4).astype(np.uint8).tobytes() + (low[::2] | low[1::2] << 4).tobytes()
