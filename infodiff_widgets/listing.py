"""How several things are named one after another in a sentence."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["listed"]


def listed(names: Iterable[str], word: str = "and") -> str:
    """Name things with a word before the last; commas within a name stay what they are.

    Examples
    --------
    >>> listed(["red", "round, big", "sand"]), listed(["nat", "bit"], "or"), listed(["sand"])
    ('red, round, big and sand', 'nat or bit', 'sand')
    """
    *others, last = list(names) or [""]
    return f"{', '.join(others)} {word} {last}" if others else last
