"""A plotly figure beside the explorer, linked to it: at which noise levels a word speaks, and who says most.

Examples
--------
>>> from infodiff_widgets import companion
>>> figure = companion.linked(explorer)
"""

from __future__ import annotations

import threading
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .dataset import QUANTITY_NAMES
from .naming import names_of
from .numbers import NATS_PER_BIT
from .region import cells_inside
from .statistics import block_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .explorer import Explorer
    from .result import Result

__all__ = ["curve", "linked"]

ACCENT, QUIET = "#c2591b", "#b9b4a9"
_WATCHED = (
    "hovered_word",
    "pinned_words",
    "hovered_pixel",
    "pinned_pixel",
    "region",
    "quantity",
    "form",
    "unit",
    "_header",
)


def curve(
    result: Result, word: int | None, quantity: str = "cmi", form: str = "orthogonal"
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.integer]]:
    """Return how much is said at each noise level: half the integrand, of which the total is the integral.

    Parameters
    ----------
    result
        With draws.
    word
        Index; None for the whole prompt.
    quantity, form
        As in `Result.map`.

    Returns
    -------
    log_snr : (pair,)
        Ascending.
    information : (pair,)
        Nats per unit of log-SNR, the mean over a pair of draws with opposite noise.
    block : (pair,)
        Which neighbours a line through the points may put together.

    Examples
    --------
    >>> log_snr, information, block = curve(result, 1)
    >>> log_snr.shape == information.shape == (result.draws // 2,)
    True
    """
    data = result.data
    if word is None:
        halves = data["draw_full"].sel(form=form).values
    else:
        halves = data["draw_totals"].sel(quantity=quantity, form=form).isel(word=word).values
    level, draw = data["draw_log_snr"].values, data["draw"].values
    # The two draws of a pair are neighbours.
    pairs = [0.5 * (values[0::2] + values[1::2]) for values in (level, halves)]
    return pairs[0], pairs[1], block_of(draw[0::2], result.draws_planned)


def linked(explorer: Explorer, *, height: int = 300) -> go.FigureWidget:
    """Return a figure that follows an explorer: the word hovered or pinned there, and the cell.

    Left, the information of the word against log-SNR: a point for each pair of noise draws, a line through
    the means of neighbours; the area under it is the total. Right, all words in the whole picture, with
    standard errors; or in the region drawn there, or at the latent cell under the pointer.

    It asks the explorer to tell what is hovered (see `Explorer.sync_hover`), and follows until the explorer
    is closed.

    Parameters
    ----------
    explorer
        Already showing a result, or about to.
    height
        Pixels.

    Examples
    --------
    >>> explorer = Explorer(result)
    >>> figure = linked(explorer)  # in a notebook, shown beside the explorer
    """
    figure = go.FigureWidget(_empty(height))
    lock = threading.Lock()

    def update(_: Any = None) -> None:
        # Changes may come in several threads; each draws what is then the state.
        with lock:
            _draw(figure, explorer)

    update()
    explorer.observe(update, _WATCHED)
    return figure


def _empty(height: int) -> go.Figure:
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.12, subplot_titles=(" ", " "))
    line = go.Scatter(mode="lines", line={"color": ACCENT, "width": 2, "shape": "spline"}, hoverinfo="skip")
    points = go.Scatter(mode="markers", marker={"color": ACCENT, "size": 5, "opacity": 0.45})
    bars = go.Bar(orientation="h", error_x={"type": "data", "thickness": 1, "width": 3})
    figure.add_traces([line, points, bars], rows=[1, 1, 1], cols=[1, 1, 2])
    figure.update_layout(
        height=height,
        showlegend=False,
        template="simple_white",
        margin={"l": 60, "r": 20, "t": 40, "b": 45},
        font={"family": "Inter, 'Helvetica Neue', Arial, sans-serif", "size": 12},
        hovermode="closest",
    )
    figure.update_xaxes(title_text="log-SNR", row=1, col=1)
    return figure


def _draw(figure: Any, explorer: Explorer) -> None:
    result = explorer.result
    if result is None:
        return
    words = result.words
    whole = explorer.quantity == "full"
    word = explorer.hovered_word
    if word is None and explorer.pinned_words:
        word = explorer.pinned_words[-1]
    if whole:
        word = None
    elif word is None or word >= len(words):
        word = int(np.argmax(_totals(result, explorer)[0]))
    nats, unit = NATS_PER_BIT if explorer.unit == "bit" else 1.0, f"{explorer.unit}s"
    level, values, block = curve(result, word, _quantity(explorer, result), explorer.form)
    starts = np.flatnonzero(np.r_[True, np.diff(block) != 0])
    counts = np.diff(np.r_[starts, block.size])
    means = [np.add.reduceat(each, starts) / counts for each in (level, values / nats)]
    value, error, place = _bars(result, explorer)
    order = np.argsort(value, kind="stable")[-16:]
    # Text, not markup: plotly reads a few tags in labels.
    names = (
        ["whole prompt"] if whole else [escape(name, quote=False) for name in names_of(result.prompt, words)]
    )
    with figure.batch_update():
        line, points, bars = figure.data
        line.update(x=means[0], y=means[1])
        points.update(x=level, y=values / nats)
        bars.update(
            x=value[order] / nats,
            y=np.arange(order.size),
            marker={"color": [ACCENT if i == word else QUIET for i in order]},
        )
        bars.error_x.array = None if error is None else error[order] / nats
        # Numbered places, since a word may occur twice.
        figure.layout.yaxis2.update(tickvals=np.arange(order.size), ticktext=[names[i] for i in order])
        titles = figure.layout.annotations
        titles[0].text = names[0] if word is None else f"“{names[word]}”"
        titles[1].text = place
        figure.layout.yaxis.title.text = f"{unit} per unit of log-SNR"
        figure.layout.xaxis2.title.text = f"{_title(explorer, result)}, {unit}"


def _bars(result: Result, explorer: Explorer) -> tuple[NDArray[np.float64], NDArray[np.float64] | None, str]:
    """Return the words' nats, their errors (None in a part of the picture) and where that is."""
    cell, inside, place = explorer.hovered_pixel or explorer.pinned_pixel, None, "whole picture"
    rows, columns = result.data.sizes["y"], result.data.sizes["x"]
    if cell is not None and cell[0] < rows and cell[1] < columns:
        inside = np.zeros((rows, columns), bool)
        inside[cell] = True
        place = f"y {cell[0]}, x {cell[1]}"
    elif len(explorer.region) > 2:
        inside = cells_inside(explorer.region, (rows, columns))
        place = f"region of {inside.sum()} cells"
    if inside is None:
        return *_totals(result, explorer), place
    if explorer.quantity == "full":
        maps = result.data["full_map"].sel(form=explorer.form).values[None]
    else:
        pick = {"quantity": _quantity(explorer, result), "form": explorer.form}
        maps = result.data["maps"].sel(pick).values
    return maps[:, inside].sum(1, dtype=np.float64), None, place


def _totals(result: Result, explorer: Explorer) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    data = result.data
    if explorer.quantity == "full":
        found = (data[name].sel(form=explorer.form) for name in ("full_total", "full_total_error"))
    else:
        pick = {"quantity": _quantity(explorer, result), "form": explorer.form}
        found = (data[name].sel(pick) for name in ("totals", "totals_error"))
    value, error = (np.atleast_1d(each.values).astype(float) for each in found)
    return value, error


def _quantity(explorer: Explorer, result: Result) -> str:
    """Return what is shown of the words; swaps and pairs of words have no place in this figure."""
    return explorer.quantity if explorer.quantity in result.quantities else result.quantities[0]


def _title(explorer: Explorer, result: Result) -> str:
    whole = explorer.quantity == "full"
    return f"{'whole prompt' if whole else QUANTITY_NAMES[_quantity(explorer, result)]}, {explorer.form}"
