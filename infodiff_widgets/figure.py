"""Figures of a result for papers and slides: matplotlib, without its global state and without a browser."""

from __future__ import annotations

import io
import math
import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from .captions import Side, captions_of
from .chosen import Choices
from .colour import PINS, colours_chosen
from .errors import ArgumentError
from .files import as_path, saving, whole
from .lettering import FONT, LINE, lettered, lines_of, wide
from .sheet import BESIDE, INK, LEGEND, MUTED, Sheet, colours_of
from .shown import find_shown, is_share, shown_names, shown_places
from .small_print import NOTE, WORD, labels_of, notes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .naming import WordKey
    from .result import Result

__all__ = ["WIDTHS", "InfoFigure", "grid_figure", "places_of", "word_figure"]

WIDTHS = {"single": 3.35, "double": 6.9}
"""Inches of one column and of two, as in most journals."""
FONTS: dict[Any, Any] = {
    "font.family": FONT,
    "font.size": 8,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}
NARROWEST, WIDEST = 1, 40
"""Inches: beyond these a number was meant in another unit."""
MOST_DPI = 2400
PAGE = 11
"""Inches from top to bottom."""
MARGIN, GAP = 0.08, 0.08
PROMPT, CAPTION = 8, 0.17
"""Points of the prompt's letters, and inches from line to line under a picture."""
BAR, LONG = 0.07, 0.56
"""Inches of the colour scale from top to bottom, and its length as a part of the picture's."""
NUMBERS = 0.22
"""Inches that the numbers under a colour scale take."""


class InfoFigure(Figure):
    """A matplotlib figure that shows itself in a notebook and saves itself to PNG, SVG or PDF.

    Examples
    --------
    >>> figure = Explorer(result).figure(["red", "blue"])
    >>> figure.save("figure.pdf")
    PosixPath('figure.pdf')
    """

    def save(self, path: str | os.PathLike[str], dpi: float = 200) -> Path:
        """Write the figure in the format that its name ends in; in SVG and PDF text and lines stay such.

        Raises
        ------
        ArgumentError
            Where the name is that of a folder, or ends in something else.
        MissingFileError
            Where there is no folder for it.
        WriteError
            Where it cannot be written.
        """
        target = as_path(path)
        with saving(target):
            if target.suffix.lower() not in {".png", ".svg", ".pdf"}:
                raise ArgumentError(f"{target.name!r} ends in {target.suffix!r}: use .png, .svg or .pdf.")
            if not isinstance(dpi, int | float) or not 0 < dpi <= MOST_DPI:
                raise ArgumentError(f"dpi={dpi!r}: give dots per inch, such as 300; at most {MOST_DPI}.")
            drawn = io.BytesIO()
            self.write(drawn, target.suffix[1:].lower(), dpi)
            with whole(target) as part:
                part.write_bytes(drawn.getvalue())
        return target

    def write(self, file: BinaryIO, kind: str, dpi: float = 200) -> None:
        """Write the figure to an open file, as "png", "svg" or "pdf"."""
        with rc_context(FONTS), lettered(self):
            self.savefig(file, format=kind, dpi=dpi)

    def note(self, *facts: str) -> None:
        """Write small print under a figure in constrained layout: what its lines, bars and colours are."""
        lines = lines_of(facts, self.get_size_inches()[0] - 2 * MARGIN, NOTE, between=" · ")
        self.supxlabel("\n".join(lines), fontsize=NOTE, color=MUTED)

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.write(stream, "png", 144)
        return stream.getvalue()


def word_figure(
    result: Result,
    word: WordKey | list[WordKey] | None,
    *,
    width: float | str = "auto",
    pin_colours: Sequence[int] = (),
    compare: str = "off",
    change: bool = False,
    least_end: float | None = None,
    **choices: Any,
) -> InfoFigure:
    """Draw the picture with the map of one word or of several woven together, and the legend with its unit.

    Parameters
    ----------
    result
        What was estimated.
    word
        As in `Result.map`, or as views and figures call it, such as a part of a pair; a list of several; None
        for the whole prompt.
    width
        "single" or "double" column, or inches; "auto" is a single column, and a double one where two
        pictures are compared. The height follows.
    pin_colours
        Places of the words in `colour.PINS`.
    compare
        As the trait of `Explorer`: "words" draws two words side by side, "form" and a quantity the
        same words in the other form, or in that quantity.
    change
        Whether this is of a word left out or exchanged, as `Explorer.edit` asks: then the figure says where
        the picture would change.
    least_end
        Of a change: where the scale of all words ends, nats per latent cell. Its own scale ends there, or
        further.
    **choices
        As the traits of `Explorer`: quantity, form, unit, colour, scale, opacity, smooth, region, band,
        below_error, contours, threshold. And `view`, the part of the picture to draw: left, top and size, in
        parts of its width and height.

    Raises
    ------
    WordError
        For a word that there is not.
    ArgumentError
        For a choice that there is not, and for a word of which the quantity has no map.

    Examples
    --------
    >>> word_figure(result, "red").save("red.png", dpi=300)
    PosixPath('red.png')
    >>> beside = word_figure(result, ["red", "blue"], compare="words", width="double", unit="bit")
    >>> beside.get_size_inches()[0].item()
    6.9
    """
    pin_colours = colours_chosen(pin_colours)
    chosen = _choices(choices if word is not None else {**choices, "quantity": "full"})
    keys = places_of(result, word, chosen.quantity)
    sides = _sides(result, chosen, keys, compare, pin_colours)
    if change and chosen.quantity != "swap":
        sides = [replace(side, names=[f"without {name}" for name in side.names]) for side in sides]
    _share_scales([side.sheet for side in sides])
    for side in sides if change else []:
        side.sheet.title = f"where the picture would change, {chosen.form} form"
        if least_end is not None:
            _reach(side, least_end)
    picture = np.asarray(result.image)
    across = _inches(("single" if len(sides) == 1 else "double") if width == "auto" else width)
    inside = across - 2 * MARGIN
    span = (inside - (len(sides) - 1) * GAP) / len(sides)
    height = span * picture.shape[0] / picture.shape[1]
    prompt = lines_of(result.prompt.split(), inside, PROMPT, most=4)
    woven = len(keys) > 1 and compare != "words"
    notes = notes_of(
        result, [(side.sheet, side.fields) for side in sides if side.fields], inside, woven=woven
    )
    captions = captions_of(sides, span)
    below = any(side.sheet.crowded(span * (1 - LONG), woven) for side in sides)
    bar, room = (span, span + BESIDE) if below else (span * LONG, span * (1 - LONG))
    strip = _under(notes, (side.sheet.meaning(room, woven) for side in sides), below)
    head, legend = _above(prompt), strip + 0.07 + CAPTION * max(map(len, captions)) + 0.1
    figure = InfoFigure(figsize=(across, head + height + legend), facecolor="white")
    place = _placing(figure)
    _write(figure, prompt, head + height + legend - MARGIN, PROMPT)
    told: set[tuple[bool, bool, bool, float | None]] = set()
    for column, (side, lines) in enumerate(zip(sides, captions, strict=True)):
        left, sheet, fields = MARGIN + column * (span + GAP), side.sheet, side.fields
        sheet.draw(place(left, legend, span, height), picture, fields, side.colours)
        for row, line in enumerate(lines):
            bottom = legend - CAPTION * (row + 1)
            if line.mark:
                _text(figure, left, bottom, "■", line.mark, 8)
            _text(figure, left + line.left, bottom, line.text, line.tone, line.size)
        if not fields:
            continue
        ends = {sheet.end(field) for field in fields}
        scale = ends.pop() if len(ends) == 1 else None
        looks = sheet.share, sheet.signed and not side.woven, side.woven, scale
        if looks not in told:
            told.add(looks)
            sheet.legend(place(left, strip, bar, BAR), scale, room, side.colours, below=below)
    _write(figure, notes, _top(notes), NOTE)
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

    Examples
    --------
    >>> grid_figure(result, width="single", columns=3).save("words.pdf")
    PosixPath('words.pdf')
    """
    sheet = Sheet(result, _choices(choices))
    picture = np.asarray(result.image)
    inches = _inches(width)
    inside = inches - 2 * MARGIN
    count = len(sheet.fields) + 1
    if columns is not None and (not isinstance(columns, int) or columns < 1):
        raise ArgumentError(f"columns={columns!r}: give how many pictures stand in a row, 1 or more.")
    columns = min(columns or _columns(count, inches), count)
    rows = math.ceil(count / columns)
    side = (inside - (columns - 1) * GAP) / columns
    height = side * picture.shape[0] / picture.shape[1]
    prompt = lines_of(result.prompt.split(), inside, PROMPT, most=2)
    notes = notes_of(result, [(sheet, list(sheet.fields.values()))], inside, f"totals: {sheet.total_unit}")
    labels = labels_of(sheet, side)
    label = 0.1 + WORD * LINE * max(map(len, labels))
    bar = min(2.2, inches * 0.5)
    head, strip = _above(prompt), _under(notes, [sheet.meaning(inside - bar)])
    tall = head + rows * (height + label) + 0.1 + BAR + strip
    if tall > PAGE:
        wider = "" if inches > 5 else " or width='double'"
        told = (
            f"A figure of all {len(sheet.fields)} words is {tall:.0f} inches high, more than a page: give "
            f"more columns{wider}, or name the words to draw, figure(['red', 'blue'])."
        )
        warnings.warn(told, UserWarning, stacklevel=2)
    figure = InfoFigure(figsize=(inches, tall), facecolor="white")
    place = _placing(figure)
    _write(figure, prompt, tall - MARGIN, PROMPT)
    for index, (field, lines) in enumerate(zip([None, *sheet.fields.values()], [[], *labels], strict=True)):
        row, column = divmod(index, columns)
        left, bottom = MARGIN + column * (side + GAP), tall - head - row * (height + label) - height
        axes = place(left, bottom, side, height)
        sheet.draw(axes, picture, [] if field is None else [field], ["#ffffff"])
        for place_of, line in enumerate(lines):
            at = left
            for text, tone, size in line:
                _text(figure, at, bottom - 0.03 - WORD * LINE * (place_of + 0.8), text, tone, size)
                at += wide(text, size) + 0.07
    sheet.legend(place(MARGIN, strip, bar, BAR), sheet.shared, inside - bar)
    _write(figure, notes, _top(notes), NOTE)
    return figure


def _above(prompt: Sequence[str]) -> float:
    """Return the inches that a prompt takes, above the picture."""
    return MARGIN + PROMPT * LINE * len(prompt) + 0.04


def _top(notes: Sequence[str]) -> float:
    return MARGIN + NOTE * LINE * len(notes)


def _under(notes: Sequence[str], meanings: Iterable[Sequence[str]], below: bool = False) -> float:
    """Return the inches under a colour scale: its numbers, its meaning beside them or below, small print."""
    said = LEGEND * LINE * max(map(len, meanings))
    return _top(notes) + (NUMBERS + said if below else max(NUMBERS, said))


def _write(figure: Figure, lines: Sequence[str], top: float, size: float) -> None:
    """Write muted lines below a height, in inches."""
    for line, text in enumerate(lines):
        _text(figure, MARGIN, top - size * LINE * (line + 0.8), text, MUTED, size)


def _choices(given: dict[str, Any]) -> Choices:
    unknown = sorted(set(given) - set(Choices.names()))
    if unknown:
        raise TypeError(
            f"Unknown argument {', '.join(unknown)}: a figure takes width, of words also compare and "
            f"pin_colours, of all words also columns, and {', '.join(Choices.names())}."
        )
    return Choices(**given)


def places_of(result: Result, word: WordKey | list[WordKey] | None, quantity: str) -> list[int | None]:
    """Return what is to be drawn, by `ShownMap.word`.

    Raises
    ------
    WordError
        For a word that there is not.
    ArgumentError
        For words of which the quantity has no map, are given twice, or are too many for a picture.
    """
    if word is None or quantity == "full":
        return [None]
    keys = word if isinstance(word, list) else [word]
    if not 0 < len(keys) <= len(PINS):
        raise ArgumentError(
            f"{len(keys)} words cannot share a picture: name 1 to {len(PINS)}, since each has a colour of "
            "its own; without any, all words are drawn, a picture each."
        )
    places = [find_shown(result, key, quantity) for key in keys]
    names = shown_names(result, quantity)
    there = shown_places(result, quantity)
    for index, place in enumerate(places):
        if place in places[:index]:
            raise ArgumentError(f"{names[place]!r} is given twice: name it once.")
        if there and place not in there:  # of a quantity that is not there `Sheet` tells
            listed = ", ".join(repr(names[one]) for one in there)
            raise ArgumentError(f"quantity={quantity!r} has no map of {names[place]!r}, only of: {listed}.")
    return places


def _sides(
    result: Result, chosen: Choices, keys: list[int | None], compare: str, pin_colours: Sequence[int]
) -> list[Side]:
    """Return one picture, or the two that are compared."""
    if compare == "off" or (compare == "form" and is_share(chosen.quantity)):
        parts = [(chosen, keys)]
    elif compare == "words":
        if len(keys) > 2:
            raise ArgumentError(
                f"compare='words' is of two words, and {len(keys)} are named: name two, or leave compare out "
                "to draw them in one picture."
            )
        parts = [(chosen, [key]) for key in keys]
    elif compare == "form":
        other = replace(chosen, form="orthogonal" if chosen.form == "standard" else "standard")
        parts = [(chosen, keys), (other, keys)]
    else:
        there = replace(chosen, quantity=compare)
        parts = [(chosen, keys), (there, [None] if compare == "full" else keys)]
    sheets = {choices: Sheet(result, choices) for choices, _ in parts}
    called, palette = shown_names(result, chosen.quantity), colours_of(len(keys), pin_colours)
    sides = []
    for choices, some in parts:
        sheet = sheets[choices]
        there = [key for key in some if key in sheet.fields]
        names = [sheet.fields[key].quoted(choices.quantity) for key in there]
        if compare != "words" and len(parts) > 1:
            of = f"{choices.form} form" if compare == "form" else sheet.kind
            names = [name if name == of else f"{name}, {of}" for name in names]
        colours = [palette[keys.index(key)] if key in keys else INK for key in there]
        lacking = [called[key] for key in some if key not in there]
        sides.append(Side(sheet, [sheet.fields[key] for key in there], names, colours, lacking))
    return sides


def _share_scales(sheets: Sequence[Sheet]) -> None:
    """Give both pictures one scale, as in the widget, unless only one of them is of information."""
    ends = [(sheet.share, sheet.shared) for sheet in sheets if sheet.shared is not None]
    for sheet in sheets:
        if sheet.shared is not None:
            sheet.shared = max(end for share, end in ends if share == sheet.share)


def _reach(side: Side, least_end: float) -> None:
    """End the scale of a change where that of all words does, or further."""
    if side.sheet.shared is None:
        return
    own = max(field.end for field in side.fields)
    side.sheet.scale_name = "scale of this change" if own >= least_end else "the scale of all words"
    side.sheet.shared = max(own, least_end)


def _columns(count: int, inches: float) -> int:
    """As many columns as are wide enough, of those that leave the fewest places empty; of many the most."""
    most = (6, 5, 4) if inches > 5 else (4, 3)
    if count > 4 * most[0]:
        return most[0]
    return min(count, min(most, key=lambda columns: -count % columns))


def _inches(width: float | str) -> float:
    if isinstance(width, str):
        if width not in WIDTHS:
            raise ArgumentError(f"width={width!r}: use 'single', 'double' or inches.")
        return WIDTHS[width]
    if isinstance(width, bool) or not (isinstance(width, int | float) and NARROWEST <= width <= WIDEST):
        raise ArgumentError(
            f"width={width!r}: a figure is {NARROWEST:g} to {WIDEST:g} inches wide (25.4 mm to an inch); or "
            "use 'single' or 'double'."
        )
    return float(width)


def _placing(figure: Figure) -> Any:
    width, height = figure.get_size_inches()

    def place(left: float, bottom: float, wide: float, high: float) -> Axes:
        return figure.add_axes((left / width, bottom / height, wide / width, high / height))

    return place


def _text(figure: Figure, left: float, bottom: float, text: str, colour: str, size: float) -> None:
    width, height = figure.get_size_inches()
    # A prompt may hold dollar signs: it is never mathematics.
    figure.text(left / width, bottom / height, text, color=colour, fontsize=size, parse_math=False)
