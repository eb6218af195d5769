"""What is chosen of a picture that is to be drawn, under the names of the traits of `Explorer`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

from .colour import SCALES
from .dataset import FORMS
from .errors import ArgumentError
from .listing import listed
from .region import corners_of

__all__ = ["COMPARED", "ENUMERATED", "WHOLE", "Choices"]

WHOLE = (0.0, 0.0, 1.0)
"""Left, top and size of what is seen of a picture, in parts of it."""
ENUMERATED = {
    "form": FORMS,
    "unit": ("nat", "bit"),
    "colour": SCALES,
    "scale": ("shared", "word"),
    "below_error": ("show", "hatch", "hide"),
}
"""The values of those choices that have few."""
COMPARED = ("off", "words", "form")
"""What may stand beside a picture; or any quantity."""


@dataclass(frozen=True)
class Choices:
    """What is chosen in the widget; but for ``view``, which is of each view, these are traits too.

    Raises
    ------
    ArgumentError
        For a value that a choice does not have; but for the quantity and the band, which hang on the result.
    """

    quantity: str = "cmi"
    form: str = "orthogonal"
    unit: str = "nat"
    colour: str = "light"
    scale: str = "shared"
    opacity: float = 0.9
    smooth: bool = True
    region: Sequence[tuple[float, float]] = ()
    band: tuple[float, float] | None = None
    below_error: str = "show"
    contours: bool = False
    threshold: float = 0.0
    view: tuple[float, float, float] = WHOLE

    def __post_init__(self) -> None:
        for name, values in ENUMERATED.items():
            if (given := getattr(self, name)) not in values:
                raise ArgumentError(f"{name}={given!r}: use {listed(map(repr, values), 'or')}.")
        for name in ("smooth", "contours"):
            if (given := getattr(self, name)) not in (True, False):
                raise ArgumentError(f"{name}={given!r}: give True or False.")
        for name in ("opacity", "threshold"):
            if not _is_part(given := getattr(self, name)):
                raise ArgumentError(f"{name}={given!r}: give a part, 0 to 1.")
        if not _is_view(self.view):
            raise ArgumentError(
                f"view={self.view!r}: give left, top and size of a part of the picture, each 0 to 1."
            )
        object.__setattr__(self, "region", tuple(corners_of(self.region)))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the choices."""
        return tuple(field.name for field in fields(cls))


def _is_part(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= float(value) <= 1


def _is_view(view: Any) -> bool:
    if not isinstance(view, tuple | list) or len(view) != 3 or not all(map(_is_part, view)):
        return False
    left, above, size = view
    return size > 0 and max(left, above) <= 1 - size + 1e-9
