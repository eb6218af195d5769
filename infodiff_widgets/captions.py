"""What stands under one picture of a figure: each word with its total, in as many lines as that takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .lettering import cut, fitting, lines_of
from .sheet import INK, MUTED, Field, Sheet
from .small_print import WORD

__all__ = ["Caption", "Side", "captions_of"]

SIZES, SMALLEST = (WORD, 8, 7, 6), 5
"""Points of the letters, the best first, and of those that are still read, for want of room."""
LACKING, MARK = 7, 0.13
"""Points of what is said of a word without a map; inches that the mark of a colour takes."""


@dataclass(frozen=True)
class Side:
    """One picture of a figure: what is drawn over it, as words, and what is not."""

    sheet: Sheet
    fields: list[Field]
    names: list[str]
    colours: list[str]
    lacking: list[str]
    """Names of what is chosen and has no map."""

    @property
    def woven(self) -> bool:
        """Whether several maps share the picture; then each has a colour."""
        return len(self.fields) > 1

    def said(self, field: Field) -> list[str]:
        """Return what stands after a name: the total, and where its scale ends unless all have one."""
        sheet = self.sheet
        own = [f"(scale to {sheet.number(field.end)})"] if self.woven and sheet.shared is None else []
        return [sheet.total(field), sheet.total_unit, *own]


@dataclass(frozen=True)
class Caption:
    """One line, so many inches from the left, perhaps after a mark of a colour."""

    text: str
    tone: str
    size: float
    left: float = 0.0
    mark: str | None = None


def captions_of(sides: Sequence[Side], inches: float) -> list[list[Caption]]:
    """Return the lines under each picture of so many inches: a word on one line, where all of them fit."""
    left = MARK if any(side.woven for side in sides) else 0.0
    room = inches - left
    said = [
        (name, side.said(field))
        for side in sides
        for name, field in zip(side.names, side.fields, strict=True)
    ]
    size = fitting([_line(*one) for one in said], room, SIZES)
    if size is not None:
        return [_captions(side, inches, left, size, lambda *one: [_line(*one)]) for side in sides]
    parts = [part for _, some in said for part in some]
    size = (
        fitting([*parts, *(name for name, _ in said)], room, SIZES) or fitting(parts, room, SIZES) or SMALLEST
    )

    def broken(name: str, some: list[str]) -> list[str]:
        return [cut(name, room, size), *lines_of(some, room, size)]

    return [_captions(side, inches, left, size, broken) for side in sides]


def _line(name: str, said: list[str]) -> str:
    return f"{name}  {' '.join(said)}"


def _captions(
    side: Side, inches: float, left: float, size: float, lines: Callable[[str, list[str]], list[str]]
) -> list[Caption]:
    found: list[Caption] = []
    for name, field, colour in zip(side.names, side.fields, side.colours, strict=True):
        first, *rest = lines(name, side.said(field))
        found.append(Caption(first, INK, size, left, colour if side.woven else None))
        found += [Caption(text, INK, size, left) for text in rest]
    lacks = [f"no map of “{name}” among {side.sheet.title}" for name in side.lacking]
    return [*found, *(Caption(cut(text, inches, LACKING), MUTED, LACKING) for text in lacks)]
