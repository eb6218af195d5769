"""What is written under the maps of a figure and under it; js/src/small-print.js does it for saved views."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .lettering import fitting, lines_of, wide
from .network import network_of
from .rough import errors_said
from .sheet import INK, MUTED, Field, Sheet

if TYPE_CHECKING:
    from .result import Result

__all__ = ["NOTE", "WORD", "labels_of", "notes_of"]

WORD, TOTAL, NOTE = 9, 7.5, 6.5
"""Points of the letters: of words, of numbers under small pictures, of the small print."""
_KEPT = "\N{NO-BREAK SPACE}"
TOTALS = (TOTAL, 7, 6.5, 6)
"""Points of totals, from what is best to what is still read, where there is too little room."""


def labels_of(sheet: Sheet, side: float) -> list[list[list[tuple[str, str, float]]]]:
    """Return what stands under each map of a grid, in lines of (text, colour, size).

    The word, its total and its error stand on one line where that is wide enough for all words.
    """
    labels = [
        (
            field.name,
            sheet.total(field),
            ["scale to", sheet.number(field.end)] if sheet.shared is None else [],
        )
        for field in sheet.fields.values()
    ]
    one = all(wide(name, WORD) + 0.07 + wide(total, TOTAL) <= side for name, total, _ in labels)
    # Small print is still read better than an error on a line of its own.
    longest = [text for _, total, own in labels for text in (total, " ".join(own))]
    size = fitting(longest, side, TOTALS) or TOTAL
    found = []
    for name, total, own in labels:
        # The error goes below its total where both are too wide, and never over the next picture.
        value, *error = total.split(" ± ")
        parts = lines_of([value, *(f"± {text}" for text in error)], side, size)
        below = [[(text, MUTED, size)] for text in (*parts, *lines_of(own, side, size))]
        lines = lines_of(_pieces(name), side, WORD, most=2)
        words = [[(text.replace(_KEPT, " "), INK, WORD)] for text in lines]
        found.append([[*words[0], *below[0]], *below[1:]] if one else [*words, *below])
    return found


def _pieces(name: str) -> list[str]:
    """Return what lines may end between: not between a word and its number, "a (5)"."""
    return name.replace(" (", f"{_KEPT}(").split(" ")


def notes_of(
    result: Result,
    drawn: Sequence[tuple[Sheet, Sequence[Field]]],
    inches: float,
    *more: str,
    woven: bool = False,
) -> list[str]:
    """Return the small print in lines: what is said of any of the maps, once."""
    titles, scales = (
        " | ".join(dict.fromkeys(said))
        for said in zip(*((s.title, s.scale_name) for s, _ in drawn), strict=True)
    )
    signed = any(sheet.signed for sheet, _ in drawn)
    facts = dict.fromkeys(fact for sheet, some in drawn for fact in sheet.facts(some, woven, signed))
    facts |= dict.fromkeys(fact for sheet, _ in drawn for fact in sheet.origin())
    fields = [(field, field.quoted(sheet.choices.quantity)) for sheet, some in drawn for field in some]
    errors = errors_said(
        [(name, not math.isnan(field.error)) for field, name in fields],
        [name for field, name in fields if field.rough],
    )
    network = network_of(result.provenance)
    last = [text for text in (errors, network) if text]
    return lines_of([titles, scales, *more, *facts, *last], inches, NOTE, between=" · ")
