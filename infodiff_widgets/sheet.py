"""What the parts of a figure share: the choices of the view, its scale, how maps and numbers are drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Polygon
from matplotlib.path import Path
from numpy.typing import NDArray

from .bands import bands_between
from .chosen import Choices
from .colour import PINS, lay_over, top, upsample
from .dataset import QUANTITY_NAMES
from .lettering import LINE, lines_of, wide
from .listing import listed
from .numbers import NATS_PER_BIT, alone, log_snrs, number, with_error
from .selection import missing, picked_form
from .shown import ShownMap, is_share, shown_maps, shown_names, shown_quantities, shown_totals
from .statistics import rough_of
from .weave import weave

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .result import Result

__all__ = ["BESIDE", "INK", "LEGEND", "MUTED", "Field", "Sheet", "colours_of"]

INK, MUTED = "#1d1c1a", "#76736c"
GROUND = 200
LEVELS, AROUND = (0.25, 0.5, 0.75), (0.25,)
ERRORS = 2.0
SEEN = 0.06
LEGEND, BESIDE = 7, 0.1
"""Points of the letters beside a colour scale, and inches between them and it."""
UNDER = 0.16
"""Inches from a colour scale down to letters below its numbers."""
HATCH = 5
STRIPE = 1 / 60
"""Part of the picture's width for which one of several lines that run together is seen."""
_TITLES = {
    **QUANTITY_NAMES,
    "pair": "pairs of words",
    "swap": "swaps",
    "attention": "attention",
    "full": "whole prompt",
}

Array = NDArray[np.floating]


FINEST = 2048
"""Pixels of an enlarged picture, at most."""


@dataclass(frozen=True)
class Field:
    """One map as it is to be seen: of a range of noise levels, without what is hidden."""

    name: str
    values: Array
    visible: Array
    below: NDArray[np.bool_] | None
    """Which cells are below their errors, `ERRORS` of them; None where these are not known."""
    end: float
    total: float
    error: float
    rough: bool

    def quoted(self, quantity: str) -> str:
        """Return its name in a sentence."""
        return self.name if quantity in ("full", "pair") else f"“{self.name}”"


class Sheet:
    """Draws the maps of one quantity of a result."""

    def __init__(self, result: Result, choices: Choices) -> None:
        self.result, self.choices = result, choices
        quantity, form = choices.quantity, choices.form
        self.share = is_share(quantity)
        self.signed = not self.share and (form == "standard" or quantity in ("shapley", "pair"))
        self.per_unit = NATS_PER_BIT if choices.unit == "bit" and not self.share else 1.0
        self.cell_unit = "share of attention" if self.share else f"{choices.unit}s per latent cell"
        self.total_unit = "mean share of attention" if self.share else f"{choices.unit}s"
        self._chosen = bands_between(choices.band, result.band_edges) if choices.band is not None else []
        names = shown_names(result, quantity)
        wanted = quantity, "" if self.share else form
        found = [one for one in shown_maps(result) if (one.quantity, one.form) == wanted]
        if not found:
            picked_form(form)
            raise missing("quantity", quantity, shown_quantities(result))
        rough = rough_of(shown_totals(result, quantity, form))
        self.fields = {one.word: self._field(one, names[one.word], one.word in rough) for one in found}
        own = choices.scale == "word" or quantity == "full"
        self.shared = None if own else max(field.end for field in self.fields.values())
        self.scale_name = "one scale for all words" if self.shared is not None else "own scale"
        self.cells = f"{result.data.sizes['x']} × {result.data.sizes['y']} latent cells"
        self.banded = any(one.bands is not None for one in found)
        self.kind = _TITLES[quantity]
        self.title = self.kind if self.share else f"{self.kind}, {form} form"

    def _field(self, one: ShownMap, name: str, rough: bool) -> Field:
        values, total, error, errors = np.asarray(one.values, float), one.total, one.error, one.errors
        if self._chosen and one.bands is not None:
            values = np.asarray(one.bands[self._chosen], float).sum(0)
            # Nothing is known of the errors of a part of the range.
            total, error, errors = float(values.sum()), math.nan, None
            rough = False
        below = None if errors is None else np.abs(values) < ERRORS * errors
        hide = self.choices.below_error == "hide"
        visible = np.where(below, 0.0, values) if hide and below is not None else values
        return Field(name, values, visible, below, top(values), total, error, rough)

    def end(self, field: Field) -> float:
        """Where the colour scale of a map ends, in nats per latent cell or as a share."""
        return field.end if self.shared is None else self.shared

    def number(self, nats: float, digits: int = 3) -> str:
        """Write a number in the unit that is chosen, or a share as it is."""
        return number(nats / self.per_unit, digits).replace("-", "−")

    def total(self, field: Field) -> str:
        """Write the total of a map with its standard error, where that is known."""
        nats, error = field.total / self.per_unit, field.error / self.per_unit
        return (alone(nats) if math.isnan(error) else with_error(nats, error)).replace("-", "−")

    def facts(self, drawn: Sequence[Field], woven: bool = False, signed: bool = False) -> list[str]:
        """Say how some of the maps are drawn, these or those beside them signed, and what is left out."""
        choices = self.choices
        said = [self.cells]
        if choices.view[2] < 1:
            said.append("a part of the picture")
        if woven:
            said.append("striped where words overlap")
            said += ["colour: positive parts"] if signed else []
        levels = self._levels(woven)
        if levels:
            percents = listed(f"{level:.0%}" for level in levels)
            below = ", dashed below 0" if signed else ""
            said.append(f"lines at {percents} of the scale{below}")
        if choices.threshold > 0:
            said.append(f"shown from {choices.threshold:.0%} of the scale")
        how = {"hide": "hidden", "hatch": "" if woven else "hatched"}.get(choices.below_error)
        if how and any(field.below is not None for field in drawn):
            said.append(f"{how}: below {ERRORS:g} standard errors")
        if len(choices.region) > 2:
            said.append("dashed outline: chosen region; totals: whole picture")
        return said

    def origin(self) -> list[str]:
        """Say over what was integrated, and how often it was drawn."""
        result = self.result
        whole = log_snrs(result.log_snr_range)
        chosen = self._chosen
        if chosen and self.banded:
            ends = result.band_edges[chosen[0]], result.band_edges[chosen[-1] + 1]
            said = [f"log-SNR {log_snrs(ends)} of {whole}"]
            said += ["standard errors are unknown for a part of the noise levels"]
        else:
            said = [f"{'all noise levels, ' if chosen else ''}log-SNR {whole}"]
        planned = "" if result.complete else f" of {result.draws_planned}"
        return [*said, f"{result.draws}{planned} noise draws"]

    def draw(
        self, axes: Axes, picture: NDArray[np.uint8], shown: Sequence[Field], colours: Sequence[str]
    ) -> None:
        """Draw the picture with one map over it, several woven together, or none; lines and the region."""
        # Small pictures are enlarged first, so that the map is as fine as it is in the widget.
        left, above, size = self.choices.view
        side = max(picture.shape[:2])
        factor = max(1, min(math.ceil(512 / (side * size)), FINEST // side))
        large = np.repeat(np.repeat(picture, factor, 0), factor, 1)
        height, width = large.shape[:2]
        choices = self.choices
        style: dict[str, Any] = {
            "opacity": choices.opacity,
            "smooth": choices.smooth,
            "threshold": choices.threshold,
        }
        if len(shown) == 1:
            (field,) = shown
            look = {"signed": self.signed, "colour": choices.colour, **style}
            large = lay_over(large, field.visible, self.end(field), **look)
            if choices.below_error == "hatch" and field.below is not None:
                seen = field.below & (np.abs(field.values) > SEEN * self.end(field))
                y, x = np.indices((height, width))
                inside = upsample(seen.astype(float), height, width, smooth=False) > 0
                large = np.where((inside & ((x - y) % HATCH < 2))[..., None], large // 4, large)
        elif shown:
            large = weave(large, [f.visible for f in shown], [self.end(f) for f in shown], colours, **style)
        axes.imshow(large, interpolation="antialiased", extent=(0, 1, 1, 0), aspect="auto")
        axes.set_axis_off()
        lines = list(zip(shown, colours if len(shown) > 1 else ("#ffffff",), strict=False))
        for field, colour in lines:
            self._lines(axes, field, self._levels(len(shown) > 1), colour)
        # Where lines run together the last hides the others, so each comes to the top in stripes of its own.
        for place, (field, colour) in enumerate(lines[:-1]):
            stripes = _stripes(place, len(lines))
            self._lines(axes, field, self._levels(len(shown) > 1), colour, within=stripes)
        if len(choices.region) > 2:
            for line, width, dashes in (("#000000b0", 2.0, "-"), ("#ffffff", 0.9, (0, (4, 3)))):
                axes.add_patch(
                    Polygon(
                        np.asarray(choices.region), fill=False, ec=line, lw=width, ls=dashes, clip_on=True
                    )
                )
        axes.set_xlim(left, left + size)
        axes.set_ylim(above + size, above)

    def _levels(self, woven: bool) -> tuple[float, ...]:
        """Return where lines are drawn, as parts of the scale."""
        return LEVELS if self.choices.contours else AROUND if woven else ()

    def _lines(
        self, axes: Axes, field: Field, levels: Sequence[float], colour: str, within: Path | None = None
    ) -> None:
        end = self.end(field)
        if not levels or end <= 0:
            return
        values = field.visible
        if not self.choices.smooth:
            values = np.repeat(np.repeat(values, 8, 0), 8, 1)
        # A border of the outer values, as in js/src/contour.js, so that lines reach the edge of the picture.
        padded = np.pad(values, 1, mode="edge")
        y, x = ((np.r_[-0.5, np.arange(n), n - 0.5] + 0.5) / n for n in values.shape)
        places = sorted(
            {sign * level * end for level in levels for sign in ((1, -1) if self.signed else (1,))}
        )
        if padded.max() <= places[0] or padded.min() >= places[-1]:
            return
        style: dict[str, Any] = {"levels": places, "negative_linestyles": "dashed"}
        if within is None:
            axes.contour(x, y, padded, colors="#000000", alpha=0.6, linewidths=1.7, **style)
        drawn = axes.contour(x, y, padded, colors=colour, linewidths=0.8, **style)
        if within is not None:
            drawn.set_clip_path(within, axes.transAxes)

    def legend(
        self,
        axes: Axes,
        end: float | None,
        room: float,
        colours: Sequence[str] = (),
        *,
        below: bool = False,
    ) -> None:
        """Draw the colour scale with its ends: a stripe for each woven word.

        Right of it or below it, in so many inches, stands what brightness or colour is, and the unit.
        """
        choices = self.choices
        woven = len(colours) > 1
        low = -1.0 if self.signed and not woven else 0.0
        values = np.linspace(low, 1.0, 256)[None]
        ground = np.full((24, 256, 3), GROUND, dtype=np.uint8)
        style: dict[str, Any] = {"opacity": choices.opacity, "threshold": choices.threshold}
        if woven:
            rows = np.array_split(ground, len(colours))
            strip = np.concatenate(
                [
                    weave(row, [values], [1.0], [colour], **style)
                    for row, colour in zip(rows, colours, strict=True)
                ]
            )
        else:
            strip = lay_over(ground, values, 1.0, signed=self.signed, colour=choices.colour, **style)
        axes.imshow(strip, aspect="auto", extent=(low, 1.0, 0.0, 1.0), interpolation="none")
        axes.set_yticks([])
        ticks = [low, 0.0, 1.0] if low < 0 else [0.0, 1.0]
        if end is None:
            labels = ["" if tick else "0" for tick in ticks]
            labels[-1] = "end of each" if low < 0 else "end of each scale"
        else:
            labels = [self.number(tick * end) for tick in ticks]
            labels[-1] = f"≥ {labels[-1]}"
            labels[0] = f"≤ {labels[0]}" if low < 0 else labels[0]
        figure = axes.get_figure(root=True)
        assert figure is not None
        across, tall = figure.get_size_inches()
        box = axes.get_position()
        lengths = sorted(wide(label, LEGEND) for label in labels)
        if low < 0 and lengths[-1] > box.width * across / 2 - 0.06:
            labels[1] = ""  # there is no room; its tick stays
        elif low == 0 and sum(lengths) > box.width * across - 0.06:
            labels[0] = ""
        axes.set_xticks(ticks, labels, fontsize=LEGEND, color=INK)
        axes.get_xticklabels()[0].set_horizontalalignment("left")
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
        axes.tick_params(length=2, width=0.5, pad=1.5, color=MUTED)
        for spine in axes.spines.values():
            spine.set_visible(False)
        left, above = box.x1 * across + BESIDE, box.y1 * tall + 0.02
        if below:
            left, above = box.x0 * across, box.y0 * tall - UNDER
        for line, text in enumerate(self.meaning(room, woven)):
            place = left / across, (above - LEGEND * LINE * line) / tall
            figure.text(*place, text, va="top", fontsize=LEGEND, color=INK)

    def crowded(self, room: float, woven: bool = False) -> bool:
        """Whether so many inches are too few for what stands beside a colour scale."""
        said = self.meaning(room, woven)
        return len(said) > 3 or any(line.endswith("…") for line in said)

    def meaning(self, room: float, woven: bool = False) -> list[str]:
        """Say what brightness or colour stands for, and its unit, in lines for so many inches beside it."""
        look = "colour" if self.signed or self.choices.colour != "light" else "brightness"
        what = f"{'strength' if woven else look} ={'' if self.share else ' information,'}"
        return lines_of([what, self.cell_unit], room - BESIDE, LEGEND)


def _stripes(which: int, count: int) -> Path:
    """Return one in so many slanting stripes over a picture, in parts of its sides."""
    period, slant = STRIPE * count, 0.5
    lefts = np.arange(which * STRIPE - math.ceil(slant / period) * period, 1, period)
    corners = np.array([(0, 1), (STRIPE, 1), (STRIPE + slant, 0), (slant, 0), (0, 1)])
    outlines = [Path(corners + np.array([left, 0]), closed=True) for left in lefts]
    return Path.make_compound_path(*outlines)


def colours_of(count: int, places: Sequence[int] = ()) -> list[str]:
    """Return the colours of pinned words, as js/src/pins.js chooses them."""
    right = len(places) == count == len(set(places)) and all(0 <= place < len(PINS) for place in places)
    return [PINS[place % len(PINS)] for place in (places if right else range(count))]
