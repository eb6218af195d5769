"""How wide text is on paper, and where it is broken or cut so that it stays within its place."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import TYPE_CHECKING

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FONT", "LINE", "cut", "fitting", "lettered", "lines_of", "wide"]

_FALLBACKS = (
    "Noto Sans CJK",
    "Noto Sans",
    "Source Han Sans",
    "WenQuanYi",
    "IPA",
    "TakaoGothic",
    "VL Gothic",
    "NanumGothic",
    "Hiragino Sans",
    "PingFang",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Droid Sans Fallback",
    "Arial Unicode MS",
    "Unifont",
)
"""Beginnings of the names of families with letters beyond Latin, Greek and Cyrillic, the best first."""


FONT = ["sans-serif"]
LINE = 1.25 / 72
"""Inches from line to line, for each point of the size."""


@cache
def wide(text: str, size: float) -> float:
    """Return the width in inches of one line, in points of size."""
    families, missing = _families(text, tuple(FONT))
    font = FontProperties(family=families, size=size)
    with _silent() if missing else nullcontext():
        return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72


@contextmanager
def lettered(figure: Figure) -> Iterator[None]:
    """Have a figure drawn with letters that its font has not from others that are installed.

    Warns, once and by name, of letters that none has; matplotlib would of each by its number.
    """
    missing = ""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        families, lacking = _families(text.get_text(), tuple(text.get_fontfamily()))
        text.set_fontfamily(families)
        missing += lacking
    if missing:
        listed = ", ".join(map(repr, dict.fromkeys(missing)))
        told = (
            f"No installed font has {listed}: boxes are drawn instead. Install a font that has, such as Noto "
            "Sans CJK for Chinese, Japanese and Korean, and start Python again."
        )
        warnings.warn(told, UserWarning, stacklevel=5)
    with _silent() if missing else nullcontext():
        yield


@cache
def _families(text: str, usual: tuple[str, ...]) -> tuple[list[str], str]:
    """Return the usual families and those that a text needs beside them, and the letters that none has."""
    found = list(usual)
    left = {letter for letter in text if letter.isprintable()}.difference(*map(_letters, usual))
    for start in _FALLBACKS if left else ():
        for name in sorted({font.name for font in fontManager.ttflist if font.name.startswith(start)}):
            if left & _letters(name):
                found.append(name)
                left -= _letters(name)
    return found, "".join(letter for letter in text if letter in left)


@cache
def _letters(family: str) -> frozenset[str]:
    return frozenset(map(chr, get_font(findfont(FontProperties(family=[family]))).get_charmap()))


@contextmanager
def _silent() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from")
        yield


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
