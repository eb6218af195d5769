"""The traits by which a view is chosen, and those that tell what is pointed at in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import traitlets

from .bands import band_chosen
from .chosen import COMPARED, ENUMERATED
from .colour import PINS, colours_chosen
from .errors import ArgumentError, InfodiffError
from .region import corners_of
from .selection import check_cell
from .showing import check_quantities
from .shown import SHOWN, find_shown, shown_quantities
from .traits import two_way

if TYPE_CHECKING:
    from .result import Result

__all__ = ["ChoiceError", "ViewChoices", "too_many_pins"]


class ChoiceError(ArgumentError, traitlets.TraitError):
    """A choice that a view does not have.

    Whatever it is of: a trait that is set raises one kind of error, so what `check_cell` says of a cell, and
    `bands_between` of a band, comes as this where it is set, and as what it is, `OutsideError` say, from the
    arguments of `Explorer`.
    """


def too_many_pins(count: int) -> str:
    """Say how many words can be pinned."""
    most = len(PINS)
    return f"{count} words cannot be pinned at once: {most} is the most, since each has a colour of its own."


class ViewChoices(traitlets.HasTraits):
    """Part of `Explorer`, whose docstring describes all of these; js/src/state.js has the same defaults."""

    quantity = two_way(traitlets.Enum(SHOWN, "cmi"))
    form = two_way(traitlets.Enum(ENUMERATED["form"], "orthogonal"))
    unit = two_way(traitlets.Enum(ENUMERATED["unit"], "nat"))
    colour = two_way(traitlets.Enum(ENUMERATED["colour"], "light"))
    scale = two_way(traitlets.Enum(ENUMERATED["scale"], "shared"))
    opacity = two_way(traitlets.Float(0.9, min=0.0, max=1.0))
    smooth = two_way(traitlets.Bool(True))
    pinned_words = two_way(traitlets.List(traitlets.Int(min=0)))
    pin_colours = two_way(traitlets.List(traitlets.Any()))
    pinned_pixel = two_way(
        traitlets.Tuple(traitlets.Int(min=0), traitlets.Int(min=0), default_value=None, allow_none=True)
    )
    # No List, Tuple or Union: in words that name no remedy those would refuse what the validators below take,
    # arrays, None for no region, the number of a band. Any would keep that None.
    region: Any = two_way(traitlets.TraitType())
    band: Any = two_way(traitlets.Any(None, allow_none=True))
    below_error = two_way(traitlets.Enum(ENUMERATED["below_error"], "show"))
    contours = two_way(traitlets.Bool(False))
    threshold = two_way(traitlets.Float(0.0, min=0.0, max=1.0))
    compare = two_way(traitlets.Enum((*COMPARED, *SHOWN), "off"))
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

    _result: Result | None = None

    @traitlets.default("region")
    def _no_region(self) -> list[tuple[float, float]]:
        return []

    @traitlets.validate("pinned_words")
    def _check_pins(self, proposal: Any) -> list[int]:
        words: list[int] = proposal["value"]
        if len(words) > len(PINS):
            raise ChoiceError(too_many_pins(len(words)))
        if len(set(words)) < len(words):
            raise ChoiceError(f"pinned_words={words}: name each word once.")
        if words and self._result is not None:
            with _as_choice():
                for word in words:
                    find_shown(self._result, word, self.quantity)
        return words

    @traitlets.validate("pin_colours")
    def _check_colours(self, proposal: Any) -> list[int]:
        with _as_choice():
            return colours_chosen(proposal["value"])

    @traitlets.validate("quantity", "compare")
    def _check_quantity(self, proposal: Any) -> str:
        given, result = proposal["value"], self._result
        if result is not None:
            with _as_choice():
                check_quantities({proposal["trait"].name: given}, shown_quantities(result))
        return given

    @traitlets.validate("opacity", "threshold")
    def _check_part(self, proposal: Any) -> float:
        if math.isnan(proposal["value"]):
            raise ChoiceError(f"{proposal['trait'].name}=nan: give a part, 0 to 1.")
        return proposal["value"]

    @traitlets.validate("region")
    def _check_region(self, proposal: Any) -> list[tuple[float, float]]:
        with _as_choice():
            return corners_of(proposal["value"])

    @traitlets.validate("band")
    def _check_band(self, proposal: Any) -> Any:
        band, result = proposal["value"], self._result
        if band is None:
            return None
        with _as_choice():
            return band_chosen(band, () if result is None else result.band_edges, known=result is not None)

    @traitlets.validate("pinned_pixel")
    def _check_pixel(self, proposal: Any) -> Any:
        cell, result = proposal["value"], self._result
        if cell is not None and result is not None:
            with _as_choice():
                check_cell(result, *cell)
        return cell


@contextmanager
def _as_choice() -> Iterator[None]:
    """Raise as traitlets does what is raised of a value."""
    try:
        yield
    except InfodiffError as error:
        raise ChoiceError(str(error)) from error
