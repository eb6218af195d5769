"""The state that all views of an explorer share, and how it is sent to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

import anywidget
import traitlets

from . import payload
from .asking import Edits
from .choices import ChoiceError, ViewChoices
from .details import encode_details
from .errors import ArgumentError, NotReadyError
from .live import JobProgress
from .showing import answer_while_busy
from .words import Word

if TYPE_CHECKING:
    from .result import Result

__all__ = ["Viewed", "names_asked"]


class Viewed(ViewChoices, anywidget.AnyWidget):
    """Part of `Explorer`, whose docstring describes the traits.

    The thread of an estimate commits, and the browser writes, under one lock. What belongs together is sent
    together.

    Parameters
    ----------
    result
        What is shown, or None before the first draw.
    **state
        Traits. They go out with the message that opens the widget, so that the first frame is whole.
    """

    _header = traitlets.Dict().tag(sync=True)
    _maps = traitlets.Bytes().tag(sync=True)
    _image = traitlets.Bytes().tag(sync=True)
    _details_info = traitlets.Dict().tag(sync=True)
    _details = traitlets.Bytes().tag(sync=True)
    _edits = traitlets.Dict({"model": False, "problem": "", "edits": []}).tag(sync=True)
    _edit_maps = traitlets.Bytes().tag(sync=True)
    progress = traitlets.Dict(JobProgress().to_dict()).tag(sync=True)

    def __init__(self, result: Result | None, **state: Any) -> None:
        self._lock = threading.RLock()
        self._result = result
        self._asked = Edits(self._commit_edits)
        super().__init__(**state)
        answer_while_busy(self)

    def observe(self, handler: Callable[..., Any], names: Any = traitlets.All, type: Any = "change") -> None:  # noqa: A002
        """Call a function when traits change, as `traitlets` does; but they must be there."""
        asked = names_asked(names)
        for name in asked:
            if name is not traitlets.All and not self.has_trait(name):
                raise ArgumentError(self._no_trait(name))
        super().observe(handler, asked, type)

    @traitlets.validate("pinned_edit")
    def _check_edit(self, proposal: Any) -> int | None:
        key, keys = proposal["value"], [edit.key for edit in self._asked]
        if key is not None and key not in keys:
            listed = (
                f"there are {', '.join(map(str, keys))}" if keys else "ask for one first, explorer.edit(word)"
            )
            raise ChoiceError(f"pinned_edit={key} is the key of no change: {listed}.")
        return key

    def _no_trait(self, name: Any) -> str:
        ours = set(self.trait_names(sync=True)) - set(anywidget.AnyWidget.class_trait_names())
        there = sorted(one for one in ours if not one.startswith("_"))
        close = get_close_matches(str(name), there) or there
        return (
            f"{self.__class__.__name__} has no trait {name!r} to observe: "
            f"{'use' if len(close) == 1 else 'use one of'} {', '.join(map(repr, close))}."
        )

    def set_state(self, sync_data: Any) -> None:
        """Take what the browser wrote, never in the middle of a commit of the worker."""
        with self._lock:
            super().set_state(sync_data)

    def _commit(
        self,
        result: Result | None,
        progress: JobProgress | None,
        still: Callable[[], bool] = lambda: True,
    ) -> None:
        """Show a result, and how far it is, where `still` says that this is what is to be shown."""
        sent = None if result is None else self._encoded(result)
        with self._lock, self.hold_sync():
            if not still():
                return
            if sent is not None:
                self._put(sent)
            if progress is not None:
                self.progress = progress.to_dict()

    def _encoded(self, result: Result) -> _Sent:
        """Encode a result, which takes a while: before the lock, or the browser would wait for it."""
        before = self._result
        return _Sent(result, payload.encode(result), before, _picture_of(result, before))

    def _put(self, sent: _Sent) -> None:
        """Show what was encoded; the lock is held."""
        maps, image = sent.maps, sent.image
        if self._result is not sent.before:  # another was shown meanwhile
            image = _picture_of(sent.result, self._result)
        # The browser asks for details once for each state of header and maps, and keeps them as long.
        if (maps.header, maps.maps) != (self._header, self._maps):
            self._details_info, self._details = {}, b""
        if image is not None:
            self._image = image
        self._result = sent.result
        self._header, self._maps = maps.header, maps.maps

    def _commit_details(self) -> None:
        result = self._result
        if result is None:
            return
        details = encode_details(result)
        with self._lock, self.hold_sync():
            if result is self._result:
                self._details_info, self._details = details.header, details.data

    def _commit_edits(self) -> None:
        sent = self._asked.encode(self._words())
        with self._lock, self.hold_sync():
            self._edits, self._edit_maps = sent.header, sent.maps

    def _words(self) -> tuple[Word, ...]:
        return payload.words_of(self._header)

    def _shown_result(self) -> Result:
        if self._result is None:
            raise NotReadyError("There is no result yet: the first draw is not done. Call wait() first.")
        return self._result


class _Sent(NamedTuple):
    """A result as it is sent, and the one before, beside which its picture need not be sent again."""

    result: Result
    maps: payload.Payload
    before: Result | None
    image: bytes | None


def _picture_of(result: Result, before: Result | None) -> bytes | None:
    """Return the picture of a result as it is sent; None where that of the one before is the same."""
    if before is not None and result.data["image"].equals(before.data["image"]):
        return None
    return payload.encode_image(result.image)


def names_asked(names: Any) -> tuple[Any, ...]:
    """Return the names of traits that `observe` was given: one, several, or `traitlets.All`.

    Raises
    ------
    ArgumentError
        Where it is none of these, as where the function stands in its place.
    """
    if isinstance(names, str) or names is traitlets.All:
        return (names,)
    if not isinstance(names, Iterable):
        raise ArgumentError(f"names={names!r}: the function comes first, observe(function, 'quantity').")
    return tuple(names)
