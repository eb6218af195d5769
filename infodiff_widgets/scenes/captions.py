"""Captions as people write them: words left out or replaced by a placeholder, down to nothing.

"The prompt without the word" is then a condition that the network has learned. What is left out never
depends on what the word was, so that the posterior given the rest is the world's own. For the same
reason the two words of "left of" go together like the single word "above", and now and then one of
the two goes alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .world import Role

__all__ = ["PLACEHOLDER", "vary", "without_one"]

PLACEHOLDER = "_"
#: How often `without_one` leaves out a unit, against the others: what a network learns last, most often.
LEFT_OUT = {"kind": 6.0, "article": 0.5, "preposition": 0.5}


def vary(units: Sequence[tuple[str, Role]], rng: np.random.Generator) -> str:
    """Draw a caption for a training example from the units of the whole one (`Scene.units`).

    Two fifths of the captions are whole, a tenth empty, a sixth lack exactly one unit; of the others
    each unit is kept with a probability that is itself uniform. In 30% of them `_` marks each gap.
    """
    mode = rng.random()
    if mode < 0.10:
        return ""
    keep = np.ones(len(units), dtype=bool)
    if mode < 0.27:
        keep[rng.integers(len(units))] = False
    elif mode < 0.60:
        keep = rng.random(len(units)) < rng.random()
    return _spell(units, keep, rng)


def without_one(units: Sequence[tuple[str, Role]], rng: np.random.Generator) -> str:
    """Draw the whole caption without one of its units; in 30% of the draws `_` marks the gap.

    Which unit goes depends on what it names (`LEFT_OUT`), never on what it says.
    """
    weights = np.array([LEFT_OUT.get(role.name, 1.0) for _, role in units])
    keep = np.ones(len(units), dtype=bool)
    keep[rng.choice(len(units), p=weights / weights.sum())] = False
    return _spell(units, keep, rng)


def _spell(units: Sequence[tuple[str, Role]], keep: np.ndarray, rng: np.random.Generator) -> str:
    gap = PLACEHOLDER if rng.random() < 0.3 else ""
    words = [_unit(text, kept, gap, rng) for (text, _), kept in zip(units, keep, strict=True)]
    return " ".join(word for word in words if word)


def _unit(text: str, kept: bool, gap: str, rng: np.random.Generator) -> str:
    if not kept:
        return gap
    parts = text.split()
    if len(parts) > 1 and rng.random() < 0.1:
        parts[rng.integers(len(parts))] = gap
    return " ".join(part for part in parts if part)
