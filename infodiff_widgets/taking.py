"""Taking away what an explorer shows: one page of HTML, a figure, a file for the browser to save."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import payload
from .details import encode_details
from .errors import ArgumentError
from .files import as_path, saving
from .html import ENDINGS, page
from .live import reason_of

if TYPE_CHECKING:
    from .asking import Edit
    from .explorer import Explorer
    from .figure import InfoFigure
    from .naming import WordKey
    from .result import Result

__all__ = ["figure_of", "html_of", "save_figure", "send_file"]

DATA = ("_header", "_maps", "_image", "_edits", "_edit_maps")
"""The traits that an exported page needs, beside those by which the view is chosen."""

PAGE_BYTES = 1_000_000
PAGE_PICTURE = 200_000
PAGE_DETAILS = (640_000, 320_000, 120_000, 40_000, 0)
"""Bytes of an exported page, of its PNG, and of its errors and bands, the last tried in this order."""


def html_of(explorer: Explorer) -> str:
    """Return the page of `Explorer.to_html`."""
    result = explorer._shown_result()
    with explorer._lock:
        traits = {name: getattr(explorer, name) for name in (*DATA, *explorer.DISPLAY)}
    traits["_edits"] = {**traits["_edits"], "model": False, "problem": ""}
    traits["_image"] = payload.encode_image(result.image, budget=PAGE_PICTURE)
    text = ""
    for budget in PAGE_DETAILS:
        details = encode_details(result, budget)
        text = page({**traits, "_details_info": details.header, "_details": details.data}, result.prompt)
        if len(text) < PAGE_BYTES:
            break
    return text


def figure_of(explorer: Explorer, word: WordKey | list[WordKey] | None = None, **options: Any) -> InfoFigure:
    """Return the figure of `Explorer.figure`."""
    from . import figure
    from .chosen import Choices
    from .shown import shown_places

    result = explorer._shown_result()
    with explorer._lock:
        chosen = {name: getattr(explorer, name) for name in Choices.names() if explorer.has_trait(name)}
        pins, places, compare = explorer.pinned_words, explorer.pin_colours, explorer.compare
        edit = next((one for one in explorer.edits if one.key == explorer.pinned_edit), None)
    options = {**chosen, **options}
    if word is None and edit is not None and edit.result is not None:
        return _figure_of_edit(explorer, edit.result, edit, options)
    # On the screen other pins have nothing to see.
    there = shown_places(result, options["quantity"])
    pins = [index for index in pins if index in there]
    whole = options["quantity"] == "full"
    if whole and word is not None:
        raise ArgumentError("quantity='full' is of the whole prompt: leave the word out, or choose another.")
    if isinstance(word, list) and len(word) > 2 and compare == "words":
        compare = "off"  # it is of two; who wants it of these says so, and is told
    if word is None and pins and not whole:
        # Of two words compared on the screen the first two are there.
        word = [*(pins[:2] if options.get("compare", compare) == "words" else pins)]
        options = {"pin_colours": places, **options}
    _check_compared(result, word, options)
    if word is None and not whole:
        return figure.grid_figure(result, **{name: options[name] for name in options if name != "compare"})
    return figure.word_figure(result, word, **{"compare": compare, **options})


def _check_compared(result: Result, word: WordKey | list[WordKey] | None, options: dict[str, Any]) -> None:
    """Refuse what a user wants beside the picture, where it is not there; what the widget has may be so."""
    from .chosen import COMPARED
    from .figure import places_of
    from .showing import check_quantities
    from .shown import SHOWN, shown_quantities

    compare = options.get("compare", "off")
    if compare not in (*COMPARED, *SHOWN):
        raise ArgumentError(
            f"compare={compare!r}: use one of {', '.join(map(repr, COMPARED))}, or a quantity of the result."
        )
    if compare == "words" and len(word if isinstance(word, list) else [word]) != 2:
        raise ArgumentError("compare='words' takes two words: figure(['red', 'blue'], compare='words').")
    alone = compare == "off" or (compare == "form" and options["quantity"] == "full")
    if word is None and not alone:
        raise ArgumentError(f"compare={compare!r} takes a word: figure('red', compare={compare!r}).")
    check_quantities({"compare": compare}, shown_quantities(result))
    if compare == options["quantity"]:
        raise ArgumentError(f"compare={compare!r} is the quantity that is shown: compare with another.")
    if compare in SHOWN:
        places_of(result, word, compare)


def save_figure(
    explorer: Explorer,
    path: str | os.PathLike[str],
    word: WordKey | list[WordKey] | None = None,
    **options: Any,
) -> Path:
    """Write the file of `Explorer.save`."""
    target = as_path(path)
    with saving(target):  # so a folder is refused, too, before anything is drawn
        if target.suffix.lower() in ENDINGS:
            raise ArgumentError(
                f"{target.name!r} is the name of a page: explorer.to_html({str(path)!r}) writes the explorer "
                "as it stands. For a figure of it, let the name end in .png, .svg or .pdf."
            )
    return figure_of(explorer, word, **options).save(target)


def _figure_of_edit(explorer: Explorer, result: Result, edit: Edit, options: dict[str, Any]) -> InfoFigure:
    """Draw the map of a change, as the widget does: of the whole range, and in place of all else."""
    from . import figure
    from .chosen import Choices
    from .sheet import Sheet
    from .shown import is_share

    quantity, least = options["quantity"], None
    if options["scale"] == "shared":
        apart = quantity == "full" or is_share(quantity)
        asked: dict[str, Any] = {name: options[name] for name in options if name in Choices.names()}
        asked["band"] = None
        least = 0.0 if apart else Sheet(explorer._shown_result(), Choices(**asked)).shared
    options = {**options, "quantity": edit.quantity, "band": None, "below_error": "show"}
    return figure.word_figure(result, edit.word, change=True, least_end=least, **options)


def send_file(explorer: Explorer, kind: str, request: int, view: Sequence[float]) -> None:
    """Draw what is on the screen, and send it to the view that asked for it; or say what went wrong.

    `view` is what is seen there of the picture, as `word_figure` takes it.
    """
    answer = {"kind": "file", "format": kind, "request": request, "problem": ""}
    try:
        stream = io.BytesIO()
        figure_of(explorer, view=tuple(view)).write(stream, kind)
        explorer.send(answer, [stream.getvalue()])
    except Exception as error:  # told where it was asked for; there is nobody else to hear it
        explorer.send({**answer, "problem": reason_of(error)})
