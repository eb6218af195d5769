"""Figures of a localisation: the maps side by side, and masks on a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.figure import InfoFigure
from infodiff_widgets.lettering import cut
from infodiff_widgets.sheet import INK, MUTED

from .masks import WordMask

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["maps_figure", "masks_figure", "scores_figure"]

_OUTLINE = "#e8590c"


def maps_figure(
    picture: NDArray[np.uint8],
    words: Sequence[str],
    maps: Mapping[str, NDArray[np.floating]],
    masks: Sequence[NDArray[np.bool_]] = (),
    origin: Sequence[str] = (),
) -> InfoFigure:
    """Draw the maps of words by several methods, a row for each word, each map on its own scale.

    Parameters
    ----------
    picture : (H, W, 3)
        uint8.
    words
        Of the rows.
    maps
        (word, y, x) by method.
    masks
        (H, W) bool for each word, drawn as an outline.
    origin
        Where the maps come from, for the small print; see `tables.origin_of`.
    """
    columns = len(maps) + 1
    figure = InfoFigure(figsize=(1.35 * columns, 1.45 * len(words)), layout="constrained")
    grid = figure.subplots(len(words), columns, squeeze=False)
    height, width = picture.shape[:2]
    for index, word in enumerate(words):
        row = grid[index]
        row[0].imshow(picture)
        for axes, (method, values) in zip(row[1:], maps.items(), strict=True):
            axes.imshow(values[index], extent=(0, width, height, 0), cmap="magma", interpolation="nearest")
            if len(masks):
                edge = np.pad(masks[index].astype(float), 1)
                axes.contour(
                    np.arange(width + 2) - 0.5, np.arange(height + 2) - 0.5, edge, [0.5], colors="#5bd1c5"
                )
            if index == 0:
                axes.set_title(method, fontsize=8, color=INK)
        row[0].set_ylabel(cut(word, 1.3, 8), fontsize=8, color=INK, parse_math=False)
        for axes in row:
            axes.set_xticks([])
            axes.set_yticks([])
    outlined = ["outline: mask of the word"] if len(masks) else []
    figure.note("bright: much, each map on its own scale", *outlined, *origin)
    return figure


def masks_figure(
    picture: NDArray[np.uint8],
    masks: Sequence[WordMask],
    columns: int = 4,
    origin: Sequence[str] = (),
    names: Sequence[str] | None = None,
    smallest: int | None = None,
) -> InfoFigure:
    """Draw a picture for each word, all but its mask faded, with outlines and boxes.

    Parameters
    ----------
    picture : (H, W, 3)
        uint8.
    masks
        Of its words.
    columns
        Pictures beside each other, at most.
    origin
        Where the masks come from, for the small print; see `tables.origin_of`.
    names
        What the words are called, as `naming.names_of` has it; None for their texts.
    smallest
        Pixels of a part that has a box, at least; by default a 400th of the picture's.
    """
    names = [mask.word for mask in masks] if names is None else names
    columns = min(columns, len(masks))
    rows = -(-len(masks) // columns)
    figure = InfoFigure(figsize=(1.8 * columns, 2.0 * rows), layout="constrained")
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in places:
        axes.set_axis_off()
    smallest = smallest or max(1, picture.shape[0] * picture.shape[1] // 400)
    for axes, mask, name in zip(places, masks, names, strict=False):
        faded = np.where(mask.pixels[..., None], picture, 255 - (255 - picture) // 4)
        axes.imshow(faded.astype(np.uint8), extent=(0, picture.shape[1], picture.shape[0], 0))
        for outline in mask.contours():
            axes.plot(*outline.T, color=_OUTLINE, linewidth=1)
        for left, top, width, height in mask.boxes(smallest):
            x, y = [left, left + width, left + width, left, left], [top, top, top + height, top + height, top]
            axes.plot(x, y, color=MUTED, linewidth=0.7, linestyle=":")
        axes.set_title(cut(name, 1.7, 9), fontsize=9, color=INK, parse_math=False)
    figure.note(
        "outline: mask of the word", f"dotted: box around each part of {smallest} pixels or more", *origin
    )
    return figure


def scores_figure(table: pd.DataFrame, score: str = "AUROC", origin: Sequence[str] = ()) -> InfoFigure:
    """Draw one score of the methods, with intervals, a colour for each kind of word.

    Parameters
    ----------
    table
        From `localize_table.scores_table`.
    score
        One of its columns.
    origin
        Where the scores come from, for the small print; see `tables.origin_of`.
    """
    if score not in table.columns[2:]:
        raise ArgumentError(f"score={score!r}: use one of {', '.join(map(str, table.columns[2:]))}.")
    methods = list(dict.fromkeys(table["method"]))
    kinds = list(dict.fromkeys(table["words"]))
    figure = InfoFigure(figsize=(4.2, 1.0 + 0.36 * len(methods)), layout="constrained")
    axes = figure.add_subplot()
    for place, kind in enumerate(kinds):
        chosen = table[table["words"] == kind]
        offset = 0.22 * (place - (len(kinds) - 1) / 2)
        at = [methods.index(method) + offset for method in chosen["method"]]
        value, low, high = np.array(list(chosen[score])).T
        reach = np.clip([value - low, high - value], 0, None)
        axes.errorbar(value, at, xerr=reach, fmt="o", markersize=4, capsize=2, linewidth=1, label=kind)
    axes.set_yticks(range(len(methods)), methods)
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.set_xlabel(score)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(kinds))
    figure.note("lines: 95% intervals", *origin)
    return figure
