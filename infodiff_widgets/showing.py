"""How an explorer comes to the page: what it shows at first, what stands in where there is no kernel."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from . import payload
from .bands import bands_between, has_band
from .errors import ArgumentError, OutsideError
from .live import JobProgress
from .naming import find_word, is_number
from .progress import bars
from .selection import check_cell, missing
from .shown import SHOWN, find_shown, shown_names, shown_quantities
from .words import Word

if TYPE_CHECKING:
    import anywidget
    from PIL.Image import Image

    from .choices import ViewChoices
    from .result import Result

__all__ = [
    "answer_while_busy",
    "bars_in_script",
    "cell_now",
    "check_places",
    "check_quantities",
    "choices_lost",
    "places_of_pins",
    "state_before",
    "state_of",
    "warn_if_partial",
    "with_fallback",
]


def with_fallback(bundle: Any, shown: Result | tuple[bytes, str]) -> Any:
    """Add a picture and its caption to what a notebook is given, for readers without a kernel.

    Those are GitHub, nbviewer, nbconvert, and a notebook that is not trusted: a picture, no script. What is
    shown is a result, or, before its first draw, a picture in a file's bytes and its prompt.
    """
    from .thumbnail import picture_only, thumbnail, with_still

    if isinstance(shown, tuple):
        caption = f"{shown[1]} — the picture; what its words say was estimated after this was shown"
        return with_still(bundle, *picture_only(*shown), caption)
    caption = f"{shown.prompt} — the picture, and the words that say most about it"
    return with_still(bundle, *thumbnail(shown), caption)


def state_of(result: Result) -> dict[str, Any]:
    """Return the traits that show a result."""
    sent = payload.encode(result)
    picture = payload.encode_image(result.image)
    return {"_header": sent.header, "_maps": sent.maps, "_image": picture, "quantity": result.quantities[0]}


def state_before(prompt: str, words: Sequence[Word], picture: Image, draws: int) -> dict[str, Any]:
    """Return what can be seen before the first draw."""
    sent = payload.empty(prompt, words, draws)
    progress = JobProgress("running", 0, draws, None, "starting").to_dict()
    image = payload.encode_image(picture)
    return {"_header": sent.header, "_maps": sent.maps, "_image": image, "progress": progress}


def places_of_pins(words: Any, state: Mapping[str, Any], result: Result | None) -> Any:
    """Return which words are to be pinned, as `Explorer.pin` takes them, also before there is a result."""
    header = state.get("_header")
    some = [words] if isinstance(words, str | Word) else words
    if not isinstance(some, list | tuple) or not header:
        return words
    if result is not None:
        return [find_shown(result, word, state["quantity"]) for word in some]
    there = payload.words_of(header)
    # The parts of pairs, whose numbers follow, are known with the first result.
    return [
        int(word) if is_number(word) and int(word) >= len(there) else find_word(header["prompt"], there, word)
        for word in some
    ]


def check_places(result: Result, display: Mapping[str, Any]) -> None:
    """Refuse a band and a cell that a result does not have, as what they are: traits have one kind of error.

    Raises
    ------
    ArgumentError, OutsideError
    """
    if display.get("band") is not None:
        bands_between(display["band"], result.band_edges)
    if (cell := display.get("pinned_pixel")) is not None:
        if not isinstance(cell, tuple | list) or len(cell) != 2:
            raise ArgumentError(f"pinned_pixel={cell!r}: give a latent cell, (y, x).")
        check_cell(result, *cell)


def choices_lost(view: ViewChoices, before: Result | None, result: Result) -> dict[str, Any]:
    """Return which choices of a view another result does not have, with what takes their places, in order.

    Pins stay where they are of the same words.
    """
    there = shown_quantities(result)
    lost: dict[str, Any] = {}
    if view.quantity not in there:
        lost["quantity"] = result.quantities[0]
    if view.compare in SHOWN and view.compare not in there:
        lost["compare"] = "off"
    names = shown_names(result, "cmi")
    called = names if before is None else shown_names(before, "cmi")
    pins = [place for place in view.pinned_words if place in names and names[place] == called.get(place)]
    if pins != view.pinned_words:
        lost |= {"pinned_words": pins, "pin_colours": []}
    if view.band is not None and not has_band(view.band, result.band_edges):
        lost["band"] = None
    if view.pinned_pixel is not None:
        try:
            check_cell(result, *view.pinned_pixel)
        except OutsideError:
            lost["pinned_pixel"] = None
    return lost


def check_quantities(display: Mapping[str, Any], there: Sequence[str]) -> None:
    """Raise `ArgumentError` where a quantity is chosen that is not `there`."""
    for name in ("quantity", "compare"):
        if (given := display.get(name)) in SHOWN and given not in there:
            raise missing(name, given, there)


def warn_if_partial(result: Result | None) -> None:
    """Warn the caller of the caller that a run ended early."""
    if result is not None and not result.complete:
        text = (
            f"Stopped early: the result holds {result.draws} of {result.draws_planned} draws. More draws, in "
            "the widget or by explorer.more(), go on."
        )
        warnings.warn(text, UserWarning, stacklevel=3)


def cell_now() -> int | None:
    """Return the number of the cell that runs; None outside of a notebook."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return None if shell is None else shell.execution_count


def _in_notebook() -> bool:
    """Whether a kernel runs this, so that a widget tells how far an estimate is; a script has none."""
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def bars_in_script() -> AbstractContextManager[Callable[[str, int, int], None] | None]:
    """Give what draws the bars of `estimate` where no widget tells how far it is; None in a notebook."""
    return nullcontext() if _in_notebook() else bars()


def answer_while_busy(widget: anywidget.AnyWidget) -> None:
    """Let the cancel button be heard while a cell runs.

    ipykernel 7.4 sends a widget's messages to the shell that last wrote to it, which is the busy one; this
    leaves them where the browser sent them. The name is private, so all of it is optional.
    """
    comm: Any = getattr(widget, "comm", None)
    if hasattr(comm, "_reply_subshell_for"):
        as_sent: Callable[[Any, Any], Any] = lambda _data, default: default  # noqa: E731
        comm._reply_subshell_for = as_sent
