"""The matrix of all pairs as a plotly heat map, whose cells open the maps of their pair."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets
import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.lettering import cut
from infodiff_widgets.naming import names_of
from infodiff_widgets.rough import rough_said
from infodiff_widgets.sheet import INK

from .interact_pairs import PARTS, Pairs
from .interrupts import Part

__all__ = ["MAPS", "InteractionView", "maps_figure", "matrix_figure"]

MAPS = {
    "redundancy": "redundancy",
    "unique_first": "unique to “{first}”",
    "unique_second": "unique to “{second}”",
    "synergy": "synergy",
}
"""Names of the maps of a pair, with their titles."""


def matrix_figure(interactions: Pairs, part: str = "redundancy", form: str = "orthogonal") -> go.Figure:
    """Return the heat map of a part of all pairs, in nats.

    Rows and columns are the words in reading order. Colours are diverging about 0, since synergy and
    co-information may be negative.
    """
    values = interactions.matrix(part, form)
    words = names_of(interactions.result.prompt, interactions.words)
    places = list(range(len(words)))
    end = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    text = [["" if np.isnan(value) else f"{value:.2f}" for value in row] for row in values]
    heat = go.Heatmap(
        z=values,
        x=places,
        y=places,
        zmin=-end,
        zmax=end,
        colorscale="RdBu_r",
        text=text,
        texttemplate="%{text}",
        customdata=[[f"{row} and {column}" for column in words] for row in words],
        hovertemplate="%{customdata}: %{z:.3f} nats<extra></extra>",
        hoverongaps=False,
        colorbar={"title": "nat"},
    )
    figure = go.Figure(heat)
    # Places, not texts, are the categories: a word may be there twice.
    axis = {"tickmode": "array", "tickvals": places, "ticktext": words, "showgrid": False, "zeroline": False}
    figure.update_xaxes(**axis, constrain="domain")
    square: dict[str, Any] = {"scaleanchor": "x", "constrain": "domain", "constraintoward": "top"}
    figure.update_yaxes(**axis, **square, autorange="reversed")
    figure.update_layout(
        title={
            "text": _title(interactions, part, form),
            "font": {"size": 14},
            # All its lines stand above the matrix, however many there are.
            "y": 0.975,
            "yanchor": "top",
        },
        template="simple_white",
        font={"color": INK},
        width=560,
        height=545,
        margin={"l": 70, "r": 20, "t": 100, "b": 60},
    )
    return figure


def _title(interactions: Pairs, part: str, form: str) -> str:
    """Return what a matrix shows, as HTML; below it, in small print, of what prompt and of how many draws.

    Also for which pairs these were too few.
    """
    result = interactions.result
    drawn = f"{result.draws} noise draws"
    if not result.complete:
        drawn = Part(result.draws, result.draws_planned).of("noise draws")
    small = [f"{cut(f'“{result.prompt}”', _INCHES, _SMALL)} · {drawn}"]
    if part == "synergy":
        small.append("below 0: together they say less than one alone")
    words = names_of(result.prompt, interactions.words)
    names = {place: f"{words[place[0]]} and {words[place[1]]}" for place in interactions.placed()}
    rough, known = interactions.rough(part, form)
    roughly = rough_said(
        [(name, place in known) for place, name in names.items()],
        [name for place, name in names.items() if place in rough],
    )
    small += [cut(roughly, _LINE, _SMALL)] if roughly else []
    said = (f"<br><sub>{escape(line, quote=False)}</sub>" for line in small)
    return f"{part.capitalize()}: {PARTS[part]}{''.join(said)}"


_INCHES, _LINE, _SMALL = 2.5, 5.0, 8
"""The room of the prompt and of a line in a matrix's small print, and about the points of its letters."""


def maps_figure(interactions: Pairs, first: int, second: int, form: str = "orthogonal") -> go.Figure:
    """Return the picture and the four maps of a pair, named by the places of its words, on one scale."""
    words = interactions.words
    maps = interactions.maps(words[first], words[second], form)
    called = names_of(interactions.result.prompt, words)
    names = {"first": called[first], "second": called[second]}
    totals = [float(maps[name].sum()) for name in MAPS]
    titles = [f"{MAPS[name].format(**names)}: {total:.2f}" for name, total in zip(MAPS, totals, strict=True)]
    figure = make_subplots(cols=5, subplot_titles=["picture", *titles], horizontal_spacing=0.02)
    figure.add_trace(go.Image(z=np.asarray(interactions.result.image), hoverinfo="skip"), row=1, col=1)
    end = max(float(np.abs(maps[name]).max()) for name in MAPS) or 1.0
    for column, name in enumerate(MAPS, start=2):
        heat = go.Heatmap(
            z=maps[name].values,
            zmin=-end,
            zmax=end,
            colorscale="RdBu_r",
            colorbar={"title": "nat per cell"},
            showscale=column == len(MAPS) + 1,
            hovertemplate="row %{y}, column %{x}: %{z:.4f} nats<extra></extra>",
        )
        figure.add_trace(heat, row=1, col=column)
        figure.update_yaxes(autorange="reversed", scaleanchor=f"x{column}", row=1, col=column)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.update_annotations(font_size=12)
    figure.update_layout(
        template="simple_white", width=1060, height=270, margin={"l": 10, "r": 10, "t": 40, "b": 10}
    )
    return figure


class InteractionView(ipywidgets.VBox):
    """The matrix and, below it, the maps of the pair that was clicked last.

    Parameters
    ----------
    interactions
        What to show.
    part
        One of `PARTS`; the menu above the matrix changes it.
    """

    def __init__(self, interactions: Pairs, part: str = "redundancy") -> None:
        self.interactions = interactions
        self.selected: tuple[int, int] | None = None
        self.matrix = go.FigureWidget(matrix_figure(interactions, part))
        self.menu = ipywidgets.Dropdown(options=list(PARTS), value=part, description="show")
        self.hint = ipywidgets.HTML("Click a cell to open the maps of its pair.")
        self.maps = ipywidgets.VBox()
        heat: Any = self.matrix.data[0]
        heat.on_click(self._clicked)
        self.menu.observe(self._part_chosen, "value")
        super().__init__([self.menu, self.matrix, self.hint, self.maps])

    def select(self, first: int, second: int) -> None:
        """Show the maps of the words at these places, the row and the column of the matrix.

        Raises
        ------
        ArgumentError
            For a word with itself, or a pair that was not asked about.
        WordError
            For a word of no pair.
        """
        if first == second:
            raise ArgumentError("A word has no interaction with itself: choose two.")
        self.maps.children = (go.FigureWidget(maps_figure(self.interactions, first, second)),)
        self.selected = (first, second)

    def _clicked(self, _: Any, points: Any, __: Any) -> None:
        places: Sequence[int] = [round(points.ys[0]), round(points.xs[0])] if points.xs else []
        heat: Any = self.matrix.data[0]
        if places and not np.isnan(
            heat.z[places[0]][places[1]]
        ):  # the diagonal, and pairs that there are not
            self.select(*places)

    def _part_chosen(self, change: Any) -> None:
        shown = matrix_figure(self.interactions, change["new"])
        heat: Any = shown.data[0]
        with self.matrix.batch_update():
            self.matrix.data[0].update(z=heat.z, zmin=heat.zmin, zmax=heat.zmax, text=heat.text)
            self.matrix.layout.title.text = shown.layout.title.text
