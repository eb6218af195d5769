"""How wide text is on paper, and where it is broken or cut so that it stays within its place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

__all__ = ["FONT", "LINE", "cut", "fitting", "lines_of", "wide"]

FONT = ["sans-serif"]
LINE = 1.25 / 72
"""Inches from line to line, for each point of the size."""


@cache
def wide(text: str, size: float) -> float:
    """Return the width in inches of one line, in points of size."""
    font = FontProperties(family=FONT, size=size)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72


def cut(text: str, inches: float, size: float) -> str:
    """Return as many words of a text as there is room for, with an ellipsis where that is not all."""
    if wide(text, size) <= inches:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if wide(text[:middle].rstrip() + "…", size) <= inches else (low, middle - 1)
        )
    whole = text[: low + 1].rpartition(" ")[0].rstrip()
    return (whole.rstrip(",.;:") or text[:low]) + "…"


def fitting(texts: Sequence[str], inches: float, sizes: Sequence[float]) -> float | None:
    """Return the first of the sizes at which each text fits on one line; None if there is no such size."""
    return next((size for size in sizes if all(wide(text, size) <= inches for text in texts)), None)


def lines_of(
    pieces: Sequence[str], inches: float, size: float, between: str = " ", most: int | None = None
) -> list[str]:
    """Put pieces on as few lines as will do, all about as long, so that none is left alone on the last.

    Parameters
    ----------
    pieces
        Of which none is broken, unless there is no room for it on a line of its own.
    inches
        How long a line may be.
    size
        Of the letters, in points.
    between
        What stands between pieces on a line.
    most
        So many lines at most; the last ends in an ellipsis where that is not all.
    """
    whole = [part for piece in pieces for part in _parts(piece, inches, size)]
    lines = _filled(whole, inches, size, between)
    if most is not None and len(lines) > most:
        return [*lines[: most - 1], cut(between.join(lines[most - 1 :]), inches, size)]
    # The same number of lines, each shorter: halve the range in which the length must lie.
    short, long = 0.0, inches
    for _ in range(8):
        middle = 0.5 * (short + long)
        tried = _filled(whole, middle, size, between)
        fits = len(tried) == len(lines) and all(wide(line, size) <= middle for line in tried)
        short, long = (short, middle) if fits else (middle, long)
    return _filled(whole, long, size, between)


def _parts(piece: str, inches: float, size: float) -> list[str]:
    if wide(piece, size) <= inches:
        return [piece]
    return [cut(line, inches, size) for line in _filled(piece.split(), inches, size, " ")]


def _filled(pieces: Sequence[str], inches: float, size: float, between: str) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        longer = f"{lines[-1]}{between}{piece}" if lines else piece
        if lines and wide(longer, size) <= inches:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines
