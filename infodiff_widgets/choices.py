"""The traits by which a view is chosen, and those that tell what is pointed at in it."""

from __future__ import annotations

from typing import Any

import traitlets

from .colour import PINS, SCALES
from .shown import SHOWN
from .traits import two_way

__all__ = ["ViewChoices", "too_many_pins"]


def too_many_pins(count: int) -> str:
    """Say how many words can be pinned."""
    most = len(PINS)
    return f"{count} words cannot be pinned at once: {most} is the most, since each has a colour of its own."


class ViewChoices(traitlets.HasTraits):
    """Part of `Explorer`, whose docstring describes all of these; js/src/state.js has the same defaults."""

    quantity = two_way(traitlets.Enum(SHOWN, "cmi"))
    form = two_way(traitlets.Enum(("orthogonal", "standard"), "orthogonal"))
    unit = two_way(traitlets.Enum(("nat", "bit"), "nat"))
    colour = two_way(traitlets.Enum(SCALES, "light"))
    scale = two_way(traitlets.Enum(("shared", "word"), "shared"))
    opacity = two_way(traitlets.Float(0.9, min=0.0, max=1.0))
    smooth = two_way(traitlets.Bool(True))
    pinned_words = two_way(traitlets.List(traitlets.Int(min=0)))
    pin_colours = two_way(traitlets.List(traitlets.Int(min=0)))
    pinned_pixel = two_way(
        traitlets.Tuple(traitlets.Int(min=0), traitlets.Int(min=0), default_value=None, allow_none=True)
    )
    region = two_way(
        traitlets.List(traitlets.Tuple(traitlets.Float(min=0.0, max=1.0), traitlets.Float(min=0.0, max=1.0)))
    )
    band = two_way(traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=None, allow_none=True))
    below_error = two_way(traitlets.Enum(("show", "hatch", "hide"), "show"))
    contours = two_way(traitlets.Bool(False))
    threshold = two_way(traitlets.Float(0.0, min=0.0, max=1.0))
    compare = two_way(traitlets.Enum(("off", "words", "form", *SHOWN), "off"))
    pinned_edit = two_way(traitlets.Int(None, allow_none=True, min=0))
    sync_hover = traitlets.Bool(False).tag(sync=True)
    hovered_word = two_way(traitlets.Int(None, allow_none=True, min=0))
    hovered_pixel = two_way(
        traitlets.Tuple(traitlets.Int(min=0), traitlets.Int(min=0), default_value=None, allow_none=True)
    )

    DISPLAY = (
        "quantity",
        "form",
        "unit",
        "colour",
        "scale",
        "opacity",
        "smooth",
        "pinned_words",
        "pin_colours",
        "pinned_pixel",
        "region",
        "band",
        "below_error",
        "contours",
        "threshold",
        "compare",
        "pinned_edit",
    )
    """Those that somebody chooses; all may be arguments of `Explorer`."""

    @traitlets.validate("pinned_words")
    def _check_pins(self, proposal: Any) -> list[int]:
        words: list[int] = proposal["value"]
        if len(words) > len(PINS):
            raise traitlets.TraitError(too_many_pins(len(words)))
        return words
