"""Figures of a result for papers and slides: matplotlib, without its global state and without a browser."""

from __future__ import annotations

import io
import math
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .colour import lay_over, shared_top, top
from .dataset import QUANTITY_NAMES
from .words import find_word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .result import Result, WordKey

__all__ = ["InfoFigure", "grid_figure", "word_figure"]

INK, MUTED = "#1d1c1a", "#76736c"
NATS_PER_BIT = math.log(2)
GROUND = 200
FONTS: dict[Any, Any] = {
    "font.family": ["sans-serif"],
    "font.size": 8,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


class InfoFigure(Figure):
    """A matplotlib figure that shows itself in a notebook and saves itself to PNG, SVG or PDF."""

    def save(self, path: str | os.PathLike[str], dpi: float = 200) -> Path:
        """Write the figure in the format that its name ends in; in SVG and PDF text stays text."""
        target = Path(path)
        if target.suffix.lower() not in {".png", ".svg", ".pdf"}:
            raise ValueError(f"{target.name!r} ends in {target.suffix!r}: use .png, .svg or .pdf.")
        with rc_context(FONTS):
            self.savefig(target, dpi=dpi)
        return target

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        with rc_context(FONTS):
            self.savefig(stream, format="png", dpi=144)
        return stream.getvalue()


def word_figure(
    result: Result,
    word: WordKey | None,
    *,
    quantity: str = "cmi",
    form: str = "orthogonal",
    unit: Literal["nat", "bit"] = "nat",
    colour: str = "light",
    scale: Literal["shared", "word"] = "shared",
    opacity: float = 0.9,
    smooth: bool = True,
    width: float = 3.4,
) -> InfoFigure:
    """Draw the picture with the map of one word, and the legend with its unit.

    Parameters
    ----------
    result
        What was estimated.
    word
        As in `Result.map`; None for the whole prompt.
    quantity, form, unit, colour, scale, opacity, smooth
        As the traits of `Explorer`.
    width
        Inches; the height follows the picture.
    """
    sheet = _Sheet(result, quantity, form, unit, colour, scale, opacity, smooth)
    picture = np.asarray(result.image)
    if word is None or quantity == "full":
        values, total, name = result.full_map(form).values, result.full_total(form), "whole prompt"
        end = top(values)
    else:
        index = find_word(result.words, word)
        values, total = result.map(index, quantity, form).values, result.total(index, quantity, form)
        name, end = f"“{result.words[index].text}”", sheet.end(values)
    margin, legend = 0.08, 0.62
    side = width - 2 * margin
    height = side * picture.shape[0] / picture.shape[1]
    prompt = textwrap.wrap(result.prompt, max(20, int(width * 17)))[:4]
    head = 0.24 + 0.15 * len(prompt)
    figure = InfoFigure(figsize=(width, head + height + legend + margin), facecolor="white")
    place = _inches(figure)
    axes = place(margin, legend, side, height)
    sheet.picture(axes, picture, values, end)
    above = head + height + legend + margin
    _text(
        figure,
        margin,
        above - 0.2,
        f"{name}  {sheet.number(total.value)} ± {sheet.number(total.standard_error, 2)} {sheet.unit_name}",
        INK,
        10,
    )
    for line, text in enumerate(prompt):
        _text(figure, margin, above - 0.36 - 0.15 * line, text, MUTED, 8)
    sheet.legend(place(margin, legend - 0.17, side * 0.56, 0.07), end)
    what = "whole prompt" if name == "whole prompt" else QUANTITY_NAMES[quantity]
    _text(
        figure,
        margin,
        0.08,
        f"{what}, {form} form · {sheet.scale_name(name == 'whole prompt')} · {sheet.cells}",
        MUTED,
        7,
    )
    return figure


def grid_figure(
    result: Result,
    *,
    quantity: str = "cmi",
    form: str = "orthogonal",
    unit: Literal["nat", "bit"] = "nat",
    colour: str = "light",
    scale: Literal["shared", "word"] = "shared",
    opacity: float = 0.9,
    smooth: bool = True,
    width: float = 7.0,
    columns: int | None = None,
) -> InfoFigure:
    """Draw the picture and the map of every word, with one legend.

    Parameters
    ----------
    result
        What was estimated.
    quantity, form, unit, colour, scale, opacity, smooth
        As the traits of `Explorer`.
    width
        Inches.
    columns
        Pictures in a row; by default as many as suit the number of words.
    """
    sheet = _Sheet(result, quantity, form, unit, colour, scale, opacity, smooth)
    picture = np.asarray(result.image)
    count = len(result.words) + 1
    columns = columns or _columns(count)
    rows = math.ceil(count / columns)
    margin, gap, label, legend = 0.08, 0.08, 0.24, 0.52
    side = (width - 2 * margin - (columns - 1) * gap) / columns
    height = side * picture.shape[0] / picture.shape[1]
    tall = margin + rows * (height + label) + legend
    figure = InfoFigure(figsize=(width, tall), facecolor="white")
    place = _inches(figure)
    for index in range(count):
        row, column = divmod(index, columns)
        left, bottom = margin + column * (side + gap), tall - margin - row * (height + label) - height
        axes = place(left, bottom, side, height)
        if index == 0:
            _show(axes, picture)
            continue
        word = index - 1
        values = result.map(word, quantity, form).values
        end = sheet.end(values)
        sheet.picture(axes, picture, values, end)
        total = sheet.number(result.total(word, quantity, form).value)
        own = f"  (scale to {sheet.number(end)})" if scale == "word" else ""
        _text(
            figure,
            left,
            bottom - 0.15,
            f"{result.words[word].text}  ",
            INK,
            9,
            after=(f"{total}{own}", MUTED, 7.5),
        )
    end = sheet.shared if scale == "shared" else None
    sheet.legend(place(margin, 0.34, min(2.2, width * 0.4), 0.07), end)
    _text(
        figure,
        margin,
        0.04,
        f"{QUANTITY_NAMES[quantity]}, {form} form · {sheet.scale_name()} · {sheet.cells}"
        f" · totals: {sheet.unit_name}",
        MUTED,
        7,
    )
    return figure


class _Sheet:
    """What all parts of a figure share: the choices, the scale and how numbers are written."""

    def __init__(
        self,
        result: Result,
        quantity: str,
        form: str,
        unit: str,
        colour: str,
        scale: str,
        opacity: float,
        smooth: bool,
    ) -> None:
        if unit not in ("nat", "bit") or scale not in ("shared", "word"):
            raise ValueError(f"unit={unit!r}, scale={scale!r}: use 'nat' or 'bit', 'shared' or 'word'.")
        self.signed = form == "standard" or quantity == "shapley"
        self.style: dict[str, Any] = {
            "signed": self.signed,
            "colour": colour,
            "opacity": opacity,
            "smooth": smooth,
        }
        self.scale = scale
        self.per_unit = NATS_PER_BIT if unit == "bit" else 1.0
        self.unit_name = f"{unit}s"
        if quantity != "full":
            data = (
                result.data["maps"].sel(quantity=quantity, form=form)
                if quantity in result.quantities
                else None
            )
            # `Result.map` has the error message for a quantity that is not there.
            self.shared = (
                shared_top(data.values) if data is not None else top(result.map(0, quantity, form).values)
            )
        else:
            self.shared = 0.0
        self.cells = f"{result.data.sizes['x']} × {result.data.sizes['y']} latent cells"

    def end(self, values: NDArray[np.floating]) -> float:
        return self.shared if self.scale == "shared" else top(values)

    def number(self, nats: float, digits: int = 3) -> str:
        return "?" if math.isnan(nats) else f"{nats / self.per_unit:.{digits}g}".replace("-", "−")

    def scale_name(self, whole: bool = False) -> str:
        return "own scale" if whole or self.scale == "word" else "one scale for all words"

    def picture(
        self, axes: Axes, picture: NDArray[np.uint8], values: NDArray[np.floating], end: float
    ) -> None:
        # Small pictures are enlarged first, so that the map is as fine as it is in the widget.
        factor = max(1, math.ceil(512 / max(picture.shape[:2])))
        large = np.repeat(np.repeat(picture, factor, 0), factor, 1)
        _show(axes, lay_over(large, values, end, **self.style))

    def legend(self, axes: Axes, end: float | None) -> None:
        low = -1.0 if self.signed else 0.0
        ground = np.full((16, 256, 3), GROUND, dtype=np.uint8)
        strip = lay_over(ground, np.linspace(low, 1.0, 256)[None], 1.0, **{**self.style, "smooth": True})
        axes.imshow(strip, aspect="auto", extent=(low, 1.0, 0.0, 1.0), interpolation="none")
        axes.set_yticks([])
        ticks = [low, 0.0, 1.0] if self.signed else [0.0, 0.5, 1.0]
        if end is None:
            labels = ["" if tick else "0" for tick in ticks]
            labels[-1] = "end of each scale"
        else:
            labels = [self.number(tick * end) for tick in ticks]
            labels[-1] = f"≥ {labels[-1]}"
            labels[0] = f"≤ {labels[0]}" if self.signed else labels[0]
        axes.set_xticks(ticks, labels, fontsize=7, color=INK)
        axes.get_xticklabels()[0].set_horizontalalignment("left")
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
        axes.tick_params(length=2, width=0.5, pad=1.5, color=MUTED)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.text(
            1.06,
            0.5,
            f"{self.unit_name} per latent cell",
            transform=axes.transAxes,
            va="center",
            fontsize=7,
            color=INK,
        )


def _columns(count: int) -> int:
    """Up to 6 columns, those that leave the fewest places empty; more of them where that is equal."""
    return min(count, min((6, 5, 4), key=lambda columns: -count % columns))


def _show(axes: Axes, picture: NDArray[np.uint8]) -> None:
    axes.imshow(picture, interpolation="antialiased")
    axes.set_axis_off()


def _inches(figure: Figure) -> Any:
    width, height = figure.get_size_inches()

    def place(left: float, bottom: float, wide: float, high: float) -> Axes:
        return figure.add_axes((left / width, bottom / height, wide / width, high / height))

    return place


def _text(
    figure: Figure,
    left: float,
    bottom: float,
    text: str,
    colour: str,
    size: float,
    after: tuple[str, str, float] | None = None,
) -> None:
    width, height = figure.get_size_inches()
    # A prompt may hold dollar signs: it is never mathematics.
    first = figure.text(left / width, bottom / height, text, color=colour, fontsize=size, parse_math=False)
    if after is not None:
        from matplotlib.text import Annotation

        more, tone, smaller = after
        figure.add_artist(
            Annotation(
                more, xy=(1, 0), xycoords=first, va="bottom", color=tone, fontsize=smaller, parse_math=False
            )
        )
