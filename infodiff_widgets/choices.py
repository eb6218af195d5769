"""The traits by which a view is chosen: pins, region, noise levels, what stands beside the picture."""

from __future__ import annotations

import traitlets

from .shown import SHOWN

__all__ = ["ViewChoices"]

_HERE = {"sync": True, "echo_update": False}


class ViewChoices(traitlets.HasTraits):
    """Part of `Explorer`, whose docstring describes all of these; js/src/state.js has the same defaults."""

    pinned_words = traitlets.List(traitlets.Int(min=0)).tag(**_HERE)
    pin_colours = traitlets.List(traitlets.Int(min=0)).tag(**_HERE)
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

    CHOICES = (
        "pinned_words",
        "pin_colours",
        "region",
        "band",
        "below_error",
        "contours",
        "threshold",
        "compare",
    )
