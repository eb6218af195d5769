"""The words of the world and what each may look like: disjoint classes, continuous within.

No attribute is a constant. A word that fixed a number exactly would go on paying information for
ever at high signal-to-noise, because a network without the word measures the number from the pixels.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["BACKGROUNDS", "COLOURS", "KINDS", "NOUNS", "RELATIONS", "SHAPES", "Background", "Colour"]


class Colour(NamedTuple):
    """Ranges of a colour word: hue in turns (may wrap below 0), saturation and value in 0..1 (HSV)."""

    hue: tuple[float, float]
    saturation: tuple[float, float]
    value: tuple[float, float]


class Background(NamedTuple):
    """Ranges of a background word: colour, waves per picture of its texture and their amplitude."""

    colour: Colour
    waves: tuple[float, float]
    amplitude: tuple[float, float]


COLOURS: dict[str, Colour] = {
    "red": Colour((-0.020, 0.015), (0.78, 0.95), (0.78, 0.95)),
    "brown": Colour((0.060, 0.090), (0.55, 0.72), (0.42, 0.56)),
    "yellow": Colour((0.130, 0.160), (0.75, 0.95), (0.88, 0.99)),
    "green": Colour((0.285, 0.375), (0.60, 0.85), (0.58, 0.78)),
    "teal": Colour((0.465, 0.510), (0.65, 0.90), (0.60, 0.80)),
    "blue": Colour((0.585, 0.640), (0.70, 0.92), (0.75, 0.95)),
    "purple": Colour((0.730, 0.785), (0.55, 0.80), (0.55, 0.78)),
    "pink": Colour((0.880, 0.935), (0.42, 0.60), (0.90, 0.99)),
}
SHAPES: tuple[str, ...] = ("circle", "square", "triangle", "star", "ring", "cross")
#: Nouns that half imply a colour: theirs in 90% of the scenes, else any of the others.
NOUNS: dict[str, str] = {"heart": "red", "leaf": "green", "sun": "yellow"}
KINDS: tuple[str, ...] = (*SHAPES, *NOUNS)
#: Relation word(s) -> the direction from the second object to the first, (x, y) with y downwards.
RELATIONS: dict[str, tuple[int, int]] = {
    "left of": (-1, 0),
    "right of": (1, 0),
    "above": (0, -1),
    "below": (0, 1),
}
BACKGROUNDS: dict[str, Background] = {
    "paper": Background(Colour((0.095, 0.135), (0.03, 0.09), (0.93, 0.98)), (1.0, 3.0), (0.006, 0.014)),
    "sand": Background(Colour((0.085, 0.115), (0.26, 0.38), (0.80, 0.88)), (4.0, 7.0), (0.010, 0.022)),
    "slate": Background(Colour((0.575, 0.630), (0.18, 0.30), (0.26, 0.36)), (2.0, 5.0), (0.010, 0.020)),
    "ice": Background(Colour((0.530, 0.570), (0.14, 0.26), (0.90, 0.97)), (1.5, 4.0), (0.010, 0.020)),
}
