"""Figures of a result for papers and slides: matplotlib, without its global state and without a browser."""

from __future__ import annotations

import io
import math
import os
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from .sheet import INK, MUTED, Choices, Sheet, colours_of
from .shown import is_share, shown_pairs, shown_words
from .words import find_word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .result import Result
    from .words import WordKey

__all__ = ["WIDTHS", "InfoFigure", "grid_figure", "word_figure"]

WIDTHS = {"single": 3.35, "double": 6.9}
"""Inches of one column and of two, as in most journals."""
FONTS: dict[Any, Any] = {
    "font.family": ["sans-serif"],
    "font.size": 8,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}
MARGIN, GAP = 0.08, 0.08


class InfoFigure(Figure):
    """A matplotlib figure that shows itself in a notebook and saves itself to PNG, SVG or PDF.

    Examples
    --------
    >>> figure = Explorer(result).figure(["red", "blue"])
    >>> figure.save("figure.pdf")
    PosixPath('figure.pdf')
    """

    def save(self, path: str | os.PathLike[str], dpi: float = 200) -> Path:
        """Write the figure in the format that its name ends in; in SVG and PDF text and lines stay such."""
        target = Path(path)
        if target.suffix.lower() not in {".png", ".svg", ".pdf"}:
            raise ValueError(f"{target.name!r} ends in {target.suffix!r}: use .png, .svg or .pdf.")
        if not target.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {target.parent}: make it first, or save elsewhere.")
        with target.open("wb") as file:
            self.write(file, target.suffix[1:].lower(), dpi)
        return target

    def write(self, file: BinaryIO, kind: str, dpi: float = 200) -> None:
        """Write the figure to an open file, as "png", "svg" or "pdf"."""
        with rc_context(FONTS):
            self.savefig(file, format=kind, dpi=dpi)

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.write(stream, "png", 144)
        return stream.getvalue()


def word_figure(
    result: Result,
    word: WordKey | list[WordKey] | None,
    *,
    width: float | str = "single",
    pin_colours: Sequence[int] = (),
    compare: str = "off",
    least_end: float | None = None,
    **choices: Any,
) -> InfoFigure:
    """Draw the picture with the map of one word or of several woven together, and the legend with its unit.

    Parameters
    ----------
    result
        What was estimated.
    word
        As in `Result.map`; a list of several; None for the whole prompt.
    width
        "single" or "double" column, or inches; of each picture where two are compared. The height follows.
    pin_colours
        Places of the words in `colour.PINS`.
    compare
        As the trait of `Explorer`: "words" draws the first two words side by side, "form" and a quantity the
        same words in the other form, or in that quantity.
    least_end
        For a change of a word: where the scale of all words ends, nats per latent cell. Its own scale ends
        there, or further.
    **choices
        As the traits of `Explorer`: quantity, form, unit, colour, scale, opacity, smooth, region, band,
        below_error, contours, threshold. And `view`, the part of the picture to draw: left, top and size, in
        parts of its width and height.

    Raises
    ------
    WordError
        For a word that there is not.
    ValueError
        For a choice that there is not.
    """
    chosen = _choices(choices if word is not None else {**choices, "quantity": "full"})
    keys = _indices(result, word, chosen.quantity)
    sides = _sides(chosen, keys, compare)
    sheets = {side: Sheet(result, side) for side, _ in sides}
    ends = [(sheet.share, sheet.shared) for sheet in sheets.values() if sheet.shared is not None]
    for these, shown in sides:
        sheet = sheets[these]
        if sheet.shared is None:
            continue
        # Both pictures have one scale, as in the widget, unless only one of them is of information.
        sheet.shared = max(end for share, end in ends if share == sheet.share)
        if least_end is not None:
            own = max(sheet.fields[index].end for index in shown)
            sheet.scale_name = "scale of this change" if own >= least_end else "the scale of all words"
            sheet.shared = max(own, least_end)
    picture = np.asarray(result.image)
    side = _inches(width) - 2 * MARGIN
    height = side * picture.shape[0] / picture.shape[1]
    wide = len(sides) * side + (len(sides) - 1) * GAP + 2 * MARGIN
    prompt = textwrap.wrap(result.prompt, max(20, int(wide * 17)))[:4]
    rows = max(len(shown) for _, shown in sides)
    titles = " | ".join(dict.fromkeys(sheet.title for sheet in sheets.values()))
    lines = textwrap.wrap(f"{titles} · {sheets[sides[0][0]].how()}", max(40, int(wide * 20)))[:3]
    strip = 0.21 + 0.12 * max(2, len(lines))
    head, legend = 0.09 + 0.15 * len(prompt), strip + 0.17 * (rows + 1)
    figure = InfoFigure(figsize=(wide, head + height + legend + MARGIN), facecolor="white")
    place = _placing(figure)
    above = head + height + legend + MARGIN
    for line, text in enumerate(prompt):
        _text(figure, MARGIN, above - 0.18 - 0.15 * line, text, MUTED, 8)
    for column, (these, shown) in enumerate(sides):
        sheet = sheets[these]
        left = MARGIN + column * (side + GAP)
        fields = [sheet.fields[index] for index in shown if index in sheet.fields]
        colours = _colours(keys, shown, pin_colours)
        sheet.draw(place(left, legend, side, height), picture, fields, colours)
        for row, field in enumerate(fields):
            tone = colours[row] if len(fields) > 1 else INK
            _text(figure, left, legend - 0.17 * (row + 1), "■ " if len(fields) > 1 else "", tone, 8)
            said = f"{sheet.number(field.total)} ± {sheet.number(field.error, 2)} {sheet.total_unit}"
            said = said.replace(" ± ?", "")
            own = f" (scale to {sheet.number(field.end)})" if sheet.shared is None and len(fields) > 1 else ""
            indent = 0.13 if len(fields) > 1 else 0.0
            _text(
                figure,
                left + indent,
                legend - 0.17 * (row + 1),
                f"{_quoted(field.name, chosen)}  {said}{own}",
                INK,
                9,
            )
    units = {sheet.share for sheet in sheets.values()}
    for column, (these, shown) in enumerate(sides[: len(units)]):
        sheet = sheets[these]
        fields = [sheet.fields[index] for index in shown if index in sheet.fields]
        one = len({sheet.end(field) for field in fields}) == 1
        sheet.legend(
            place(MARGIN + column * (side + GAP), strip, side * 0.56, 0.07),
            sheet.end(fields[0]) if one else None,
            _colours(keys, shown, pin_colours),
        )
    for line, text in enumerate(lines):
        _text(figure, MARGIN, 0.06 + 0.12 * (len(lines) - 1 - line), text, MUTED, 7)
    return figure


def grid_figure(
    result: Result, *, width: float | str = "double", columns: int | None = None, **choices: Any
) -> InfoFigure:
    """Draw the picture and the map of every word, with one legend: ready for a paper.

    Parameters
    ----------
    result
        What was estimated.
    width
        "single" or "double" column, or inches.
    columns
        Pictures in a row; by default as many as suit the number of words.
    **choices
        See `word_figure`.
    """
    sheet = Sheet(result, _choices(choices))
    picture = np.asarray(result.image)
    inches = _inches(width)
    count = len(sheet.fields) + 1
    columns = columns or _columns(count, inches)
    rows = math.ceil(count / columns)
    said = f"{sheet.title} · {sheet.how()} · totals: {sheet.total_unit}"
    lines = textwrap.wrap(said, max(40, int(inches * (20 if inches > 5 else 22))))[:3]
    label, legend = 0.24, 0.45 + 0.11 * len(lines)
    side = (inches - 2 * MARGIN - (columns - 1) * GAP) / columns
    height = side * picture.shape[0] / picture.shape[1]
    tall = MARGIN + rows * (height + label) + legend
    figure = InfoFigure(figsize=(inches, tall), facecolor="white")
    place = _placing(figure)
    for index, field in enumerate([None, *sheet.fields.values()]):
        row, column = divmod(index, columns)
        left, bottom = MARGIN + column * (side + GAP), tall - MARGIN - row * (height + label) - height
        axes = place(left, bottom, side, height)
        sheet.draw(axes, picture, [] if field is None else [field], ["#ffffff"])
        if field is None:
            continue
        own = f"  (scale to {sheet.number(field.end)})" if sheet.shared is None else ""
        after = (f"{sheet.number(field.total)}{own}", MUTED, 7.5)
        _text(figure, left, bottom - 0.15, f"{field.name}  ", INK, 9, after=after)
    sheet.legend(place(MARGIN, legend - 0.18, min(2.2, inches * 0.5), 0.07), sheet.shared)
    for line, text in enumerate(reversed(lines)):
        _text(figure, MARGIN, 0.06 + 0.11 * line, text, MUTED, 7 if inches > 5 else 6)
    return figure


def _quoted(name: str, chosen: Choices) -> str:
    return name if chosen.quantity in ("full", "pair") else f"“{name}”"


def _choices(given: dict[str, Any]) -> Choices:
    unknown = sorted(set(given) - set(Choices.names()))
    if unknown:
        raise TypeError(
            f"Unknown argument {', '.join(unknown)}: a figure takes {', '.join(Choices.names())}."
        )
    region = tuple((float(x), float(y)) for x, y in given.get("region", ()))
    return Choices(**{**given, "region": region})


def _indices(result: Result, word: WordKey | list[WordKey] | None, quantity: str) -> list[int | None]:
    if word is None or quantity == "full":
        return [None]
    words = shown_words(result)
    count = len(words) + len(shown_pairs(result))
    keys = word if isinstance(word, list) else [word]
    # Parts of pairs come after the words, by number, as in the widget.
    return [
        key if isinstance(key, int) and len(words) <= key < count else find_word(words, key) for key in keys
    ]


def _sides(chosen: Choices, keys: list[int | None], compare: str) -> list[tuple[Choices, list[int | None]]]:
    if compare == "off" or (compare == "form" and is_share(chosen.quantity)):
        return [(chosen, keys)]
    if compare == "words":
        return [(chosen, [key]) for key in keys[:2]]
    if compare == "form":
        other = replace(chosen, form="orthogonal" if chosen.form == "standard" else "standard")
        return [(chosen, keys), (other, keys)]
    there = replace(chosen, quantity=compare)
    return [(chosen, keys), (there, [None] if compare == "full" else keys)]


def _colours(keys: list[int | None], shown: list[int | None], places: Sequence[int]) -> list[str]:
    palette = colours_of(len(keys), places)
    return [palette[keys.index(key)] if key in keys else INK for key in shown]


def _columns(count: int, inches: float) -> int:
    """As many columns as are wide enough, of those that leave the fewest places empty."""
    most = (6, 5, 4) if inches > 5 else (4, 3)
    return min(count, min(most, key=lambda columns: -count % columns))


def _inches(width: float | str) -> float:
    if isinstance(width, str):
        if width not in WIDTHS:
            raise ValueError(f"width={width!r}: use 'single', 'double' or inches.")
        return WIDTHS[width]
    return float(width)


def _placing(figure: Figure) -> Any:
    width, height = figure.get_size_inches()

    def place(left: float, bottom: float, wide: float, high: float) -> Axes:
        return figure.add_axes((left / width, bottom / height, wide / width, high / height))

    return place


def _text(
    figure: Figure,
    left: float,
    bottom: float,
    text: str,
    colour: str,
    size: float,
    after: tuple[str, str, float] | None = None,
) -> None:
    width, height = figure.get_size_inches()
    # A prompt may hold dollar signs: it is never mathematics.
    first = figure.text(left / width, bottom / height, text, color=colour, fontsize=size, parse_math=False)
    if after is not None:
        from matplotlib.text import Annotation

        more, tone, smaller = after
        figure.add_artist(
            Annotation(
                more, xy=(1, 0), xycoords=first, va="bottom", color=tone, fontsize=smaller, parse_math=False
            )
        )
