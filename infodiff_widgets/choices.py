"""The traits by which a view is chosen, and those that tell what is pointed at in it."""

from __future__ import annotations

from typing import Any

import traitlets

from .colour import PINS, SCALES
from .shown import SHOWN

__all__ = ["ViewChoices", "too_many_pins"]

_HERE = {"sync": True, "echo_update": False}


def too_many_pins(count: int) -> str:
    """Say how many words can be pinned."""
    most = len(PINS)
    return f"{count} words cannot be pinned at once: {most} is the most, since each has a colour of its own."


class ViewChoices(traitlets.HasTraits):
    """Part of `Explorer`, whose docstring describes all of these; js/src/state.js has the same defaults."""

    quantity = traitlets.Enum(SHOWN, "cmi").tag(**_HERE)
    form = traitlets.Enum(("orthogonal", "standard"), "orthogonal").tag(**_HERE)
    unit = traitlets.Enum(("nat", "bit"), "nat").tag(**_HERE)
    colour = traitlets.Enum(SCALES, "light").tag(**_HERE)
    scale = traitlets.Enum(("shared", "word"), "shared").tag(**_HERE)
    opacity = traitlets.Float(0.9, min=0.0, max=1.0).tag(**_HERE)
    smooth = traitlets.Bool(True).tag(**_HERE)
    pinned_words = traitlets.List(traitlets.Int(min=0)).tag(**_HERE)
    pin_colours = traitlets.List(traitlets.Int(min=0)).tag(**_HERE)
    pinned_pixel = traitlets.Tuple(
        traitlets.Int(min=0), traitlets.Int(min=0), default_value=None, allow_none=True
    ).tag(**_HERE)
    region = traitlets.List(
        traitlets.Tuple(traitlets.Float(min=0.0, max=1.0), traitlets.Float(min=0.0, max=1.0))
    ).tag(**_HERE)
    band = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=None, allow_none=True).tag(
        **_HERE
    )
    below_error = traitlets.Enum(("show", "hatch", "hide"), "show").tag(**_HERE)
    contours = traitlets.Bool(False).tag(**_HERE)
    threshold = traitlets.Float(0.0, min=0.0, max=1.0).tag(**_HERE)
    compare = traitlets.Enum(("off", "words", "form", *SHOWN), "off").tag(**_HERE)
    pinned_edit = traitlets.Int(None, allow_none=True, min=0).tag(**_HERE)
    sync_hover = traitlets.Bool(False).tag(sync=True)
    hovered_word = traitlets.Int(None, allow_none=True, min=0).tag(**_HERE)
    hovered_pixel = traitlets.Tuple(
        traitlets.Int(min=0), traitlets.Int(min=0), default_value=None, allow_none=True
    ).tag(**_HERE)

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
