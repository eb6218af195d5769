"""The widget of interventions: before, after, predicted and actual, under one cursor."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from infodiff_widgets.colour import SCALES, lay_over, top
from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.html import STATIC, page, write
from infodiff_widgets.thumbnail import shrunk, still, tiled, with_still
from infodiff_widgets.traits import two_way

from .intervene_effect import PREDICTORS, Effect
from .intervene_payload import ACTUAL, actual_maps, encode

if TYPE_CHECKING:
    from PIL.Image import Image

    from infodiff_widgets.figure import InfoFigure

__all__ = ["InterventionView"]


class InterventionView(anywidget.AnyWidget):
    """Shows changes of prompts: the picture before and after, the change predicted and the actual one.

    One cursor is in all four pictures: point at one, or move it by the arrow keys. Its traits can be
    set from Python as well, also as arguments: ``found.view(actual="latents")``.

    What Python sends beside the traits below is ``_header`` (dict), see intervene_payload.py;
    ``_maps`` (bytes), 12 bits a cell; and ``_pictures`` (bytes), PNG or JPEG.

    Parameters
    ----------
    outcomes
        What to show, at least one; see `Interventions.view` and `Outcome.view`.
    **display
        The attributes below; all can be set later as well.

    Raises
    ------
    ArgumentError
        Without an outcome.
    TypeError
        For unknown arguments.
    traitlets.TraitError
        For a value that a trait does not take.

    Attributes
    ----------
    chosen : int
        Index of the change that is shown.
    predictor : "information", "attention", "regeneration"
        What predicts: see `intervene.PREDICTORS`.
    actual : "pixels", "latents"
        What counts as change: see `intervene_payload.ACTUAL`.
    unit : "nat", "bit"
        Of information.
    colour : "light", "inferno", "viridis"
        Of the maps, see colour.py.
    scale : "shared", "own"
        One colour scale for all changes, or one for each.
    opacity : 0 to 1
        Of the maps over the pictures.
    smooth : bool
        Interpolate between cells, or show them.
    contours : bool
        Lines at half the scale of both maps, in all pictures.
    pinned_pixel : (row, column) or None
        Pixel of the picture that the cursor stays at.

    Examples
    --------
    >>> from infodiff_widgets.analyses.intervene import intervene
    >>> from infodiff_widgets.analyses.intervene_cases import InterveneCase, swap
    >>> case = InterveneCase("circle", picture, swap(prompt, "red", "green"))
    >>> found = intervene(pipeline, [case], predictors=["information"], steps=2, draws=8, progress=False)
    >>> found.view(actual="latents")
    InterventionView(1 of 1: red → green in 'a red circle left of a blue square on sand')
    """

    _esm = STATIC / "intervention.js"
    _css = STATIC / "intervention.css"

    _header = traitlets.Dict().tag(sync=True)
    _maps = traitlets.Bytes().tag(sync=True)
    _pictures = traitlets.Bytes().tag(sync=True)

    chosen = two_way(traitlets.Int(0, min=0))
    predictor = two_way(traitlets.Enum(PREDICTORS, "information"))
    actual = two_way(traitlets.Enum(ACTUAL, "pixels"))
    unit = two_way(traitlets.Enum(("nat", "bit"), "nat"))
    colour = two_way(traitlets.Enum(SCALES, "inferno"))
    scale = two_way(traitlets.Enum(("shared", "own"), "shared"))
    opacity = two_way(traitlets.Float(0.9, min=0.0, max=1.0))
    smooth = two_way(traitlets.Bool(True))
    contours = two_way(traitlets.Bool(False))
    pinned_pixel = two_way(
        traitlets.Tuple(traitlets.Int(min=0), traitlets.Int(min=0), default_value=None, allow_none=True)
    )

    DISPLAY = (
        "chosen",
        "predictor",
        "actual",
        "unit",
        "colour",
        "scale",
        "opacity",
        "smooth",
        "contours",
        "pinned_pixel",
    )

    def __init__(self, outcomes: Sequence[Effect], **display: Any) -> None:
        if not outcomes:
            raise ArgumentError("There is nothing to show: give at least one outcome.")
        unknown = sorted(set(display) - set(self.DISPLAY))
        if unknown:
            known = ", ".join(self.DISPLAY)
            raise TypeError(f"Unknown argument {', '.join(unknown)}: the view takes {known}.")
        self.outcomes = tuple(outcomes)
        predictors = list(dict.fromkeys(name for outcome in outcomes for name in outcome.maps))
        display.setdefault("predictor", predictors[0] if predictors else PREDICTORS[0])
        super().__init__(**encode(outcomes), **display)

    @traitlets.validate("chosen")
    def _in_range(self, proposal: Any) -> int:
        if proposal.value >= len(self.outcomes):
            raise traitlets.TraitError(
                f"chosen={proposal.value}: there are changes 0 to {len(self.outcomes) - 1}."
            )
        return proposal.value

    @property
    def outcome(self) -> Effect:
        """The change that is shown."""
        return self.outcomes[self.chosen]

    def figure(self) -> InfoFigure:
        """Draw the change that is shown, with matplotlib."""
        from .intervene_figure import outcome_figure

        return outcome_figure(self.outcome)

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write one HTML file with this view as it stands: it works offline, all changes included."""
        names = ("_header", "_maps", "_pictures", *self.DISPLAY)
        traits = {name: getattr(self, name) for name in names}
        return write(path, page(traits, self.outcome.edit.change.before, "intervention"))

    def __repr__(self) -> str:
        change = self.outcome.edit.change
        place = f"{self.chosen + 1} of {len(self.outcomes)}"
        return f"InterventionView({place}: {change.title} in {change.before!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return bundle
        change = self.outcome.edit.change
        caption = f"{change.before}: {change.title} — before, after, predicted and actual change"
        scores = ", ".join(f"{name} r = {value:.2f}" for name, value in self.outcome.pearson.items())
        png, tag = still(self._draw, f"Change of “{change.before}”: {change.title}; {scores}")
        return with_still(bundle, png, tag, caption)

    def _draw(self, side: int) -> Image:
        done = self.outcome.edit
        before, after = shrunk(done.before, side), shrunk(done.after, side)
        tiles = [(before, "before"), (after, f"after: {done.change.title}")]
        maps = self.outcome.maps
        predictor = self.predictor if self.predictor in maps else next(iter(maps), None)
        if predictor is not None:
            tiles.append((_laid(before, maps[predictor]), f"predicted: {predictor}"))
        tiles.append((_laid(after, actual_maps(self.outcome)[self.actual]), f"actual: {self.actual}"))
        return tiled(tiles)


def _laid(picture: np.ndarray, values: np.ndarray) -> np.ndarray:
    return lay_over(picture, values, top(values), colour="inferno")
