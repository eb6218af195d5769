"""What the browser may say to an explorer, and what is done then; anything else is not heard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from .errors import InfodiffError
from .taking import send_file

if TYPE_CHECKING:
    from .explorer import Explorer

__all__ = ["hear"]


def hear(explorer: Explorer, content: Any) -> None:
    """Do what a message asks for.

    It may come in any thread, also while a cell runs. So this is short work, an event, or a thread that is
    started; what goes wrong is told in the widget, since nobody here would see it.
    """
    match content:
        case {"kind": "cancel" | "more" | "drop_edit" | "edit"}:
            explorer.send({"kind": "heard"})  # js/src/heard.js waits for it
    match content:
        case {"kind": "cancel"}:
            explorer.cancel()
        case {"kind": "details"}:
            explorer._commit_details()
        case {"kind": "more"}:
            _try(explorer, explorer.more)
        case {
            "kind": "file",
            "format": "pdf" | "svg" | "png" as kind,
            "request": int(request),
            "view": [int() | float(), int() | float(), int() | float()] as view,
        }:
            # Drawing takes a while, and the kernel may be waiting for this very thread.
            args = (explorer, kind, request, view)
            threading.Thread(target=send_file, args=args, name="infodiff-figure", daemon=True).start()
        case {"kind": "drop_edit", "edit": int(key)}:
            explorer._asked.drop(key)
        case {"kind": "edit", "word": int(word), "text": str() | None as text}:
            _try(explorer, partial(explorer.edit, word, text))


def _try(explorer: Explorer, ask: Callable[[], object]) -> None:
    """Ask the model for something, and tell why it cannot be; what was told before is over."""
    explorer._asked.problem = ""
    try:
        ask()
    except (InfodiffError, RuntimeError) as error:
        explorer._asked.problem = str(error)
    explorer._commit_edits()
