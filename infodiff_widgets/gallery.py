"""A widget that pages through the pictures of a batch and opens each in the explorer."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import traitlets

from .errors import BatchError, InfodiffError
from .explorer import Explorer
from .gallery_sheet import contact_sheet
from .gallery_store import SORTS, GalleryStore, Selection
from .html import STATIC
from .payload import json_number
from .result import Result
from .thumbnail import with_still
from .traits import two_way
from .words import Word

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Gallery"]

MOST_ON_PAGE = 200


class Gallery(Explorer):
    """Pages through the pictures of a batch, sorted and filtered by what words say, and explores each.

    It is an `Explorer` with a gallery above: a click, or Enter, opens a picture below, and `result`, `pin`,
    `figure`, `attach`, ... are those of the picture that is open. Thumbnails are read when a page shows them.

    Parameters
    ----------
    folder
        Where `batch`, or ``infodiff batch``, put its tables.
    **display
        The attributes below, and those of `Explorer`.

    Raises
    ------
    BatchError
        Where it is no such folder, or its batch has not come to its end.

    Attributes
    ----------
    search : str
        Words that the prompts must have; "" for all pictures.
    by : "cmi", "mi", "shapley"
        Of whose totals, in the orthogonal form.
    sort : "most", "least", "table"
        Order: the most or the fewest nats first, or of the table.
    least : float or None
        Nats that are asked for at the least.
    chosen : int or None
        Which picture is open, as a row of `pictures`.

    Examples
    --------
    >>> table = pd.DataFrame({"image": ["picture.png"], "prompt": [prompt]})
    >>> summary = batch(pipeline, table, "out", draws=8)
    >>> gallery = Gallery("out", search="red")
    >>> gallery.chosen = 0
    >>> gallery.result.prompt
    'a red circle left of a blue square on sand'
    """

    _esm = STATIC / "gallery.js"
    _css = STATIC / "gallery.css"

    _gallery = traitlets.Dict().tag(sync=True)
    search = two_way(traitlets.Unicode(""))
    by = two_way(traitlets.Unicode("cmi"))
    sort = two_way(traitlets.Enum(SORTS, "most"))
    least = two_way(traitlets.Float(None, allow_none=True))
    chosen = two_way(traitlets.Int(None, allow_none=True, min=0))

    def __init__(self, folder: str | os.PathLike[str], **display: Any) -> None:
        self._store = GalleryStore(Path(folder))
        self._open: int | None = None
        own = {name: display.pop(name) for name in ("search", "by", "sort", "least") if name in display}
        chosen = display.pop("chosen", None)
        quantities = self._store.quantities
        own.setdefault("by", quantities[0] if quantities else "cmi")
        super().__init__(**display)
        with self.hold_sync():
            for name, value in own.items():
                setattr(self, name, value)
            self._gallery = {
                "count": len(self._store.pictures),
                "quantities": list(quantities),
                "suggestions": self._store.suggestions(),
            }
        if chosen is not None:
            self.open_picture(chosen)

    @traitlets.validate("by")
    def _known_quantity(self, proposal: Any) -> str:
        there = self._store.quantities
        if there and proposal["value"] not in there:
            raise traitlets.TraitError(f"by={proposal['value']!r}: this batch has {', '.join(there)}.")
        return proposal["value"]

    @property
    def pictures(self) -> pd.DataFrame:
        """The pictures that are chosen now, in their order, with the nats by which they are; a copy."""
        selection = self._selection()
        table = self._store.pictures.iloc[selection.place]
        return table.assign(nats=selection.nats, standard_error=selection.error)

    def open_picture(self, picture: int | str) -> Self:
        """Open a picture in the explorer: by its row in ``pictures.parquet``, or by its name.

        The words that are searched for are pinned.

        Raises
        ------
        BatchError
            Where there is no such picture, or its result was not kept.
        """
        place = self._place(picture)
        result = Result.open(self._store.result(place))
        searched = self._searched(place, result) if self.search.split() else []
        with self._lock, self.hold_sync():
            self.show(result)
            self.pinned_pixel, self.region = None, []
            self.pinned_words, self.pin_colours = searched, []
            self._open = self.chosen = place
        return self

    @traitlets.observe("chosen")
    def _choose(self, change: Any) -> None:
        if change["new"] is not None and change["new"] != self._open:
            self.open_picture(change["new"])

    def _place(self, picture: int | str) -> int:
        count = len(self._store.pictures)
        if isinstance(picture, str):
            named = (self._store.pictures["picture"] == picture).to_numpy().nonzero()[0]
            if named.size:
                return int(named[0])
        elif 0 <= picture < count:
            return int(picture)
        raise BatchError(f"There is no picture {picture!r}: there are {count}, by name or from 0 on.")

    def _searched(self, place: int, result: Result) -> list[int]:
        selection = self._store.select(self.search, self.by, "table")
        at = (selection.place == place).nonzero()[0]
        spans = selection.words[int(at[0])] if at.size else []
        words = result.words
        return [words.index(Word(result.prompt[a:b], a, b)) for a, b in dict.fromkeys(spans)][:6]

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        match content:
            case {"kind": "page", "request": int(request), **asked}:
                self._send_page(request, asked)
            case {"kind": "open", "place": int(place)}:
                try:
                    self.open_picture(place)
                except (InfodiffError, OSError) as error:
                    self.send({"kind": "gallery_problem", "text": str(error)})
            case _:
                super()._receive(_widget, content, _buffers)

    def _send_page(self, request: int, asked: dict[str, Any]) -> None:
        """Answer with the cards of a page and, as buffers, their thumbnails."""
        least = asked.get("least")
        by = str(asked.get("by"))
        selection = self._store.select(
            str(asked.get("search", "")), by, str(asked.get("sort")), None if least is None else float(least)
        )
        start = max(0, int(asked.get("start", 0)))
        shown = slice(start, start + min(int(asked.get("count", 24)), MOST_ON_PAGE))
        places = selection.place[shown].tolist()
        prompts = self._store.pictures["prompt"].iloc[places].tolist()
        cards = [
            {
                "place": place,
                "prompt": prompt,
                "nats": nats,
                "error": json_number(error),
                "words": spans,
                "names": names,
                "rough": rough,
            }
            for place, prompt, nats, error, spans, names, rough in zip(
                places,
                prompts,
                selection.nats[shown].tolist(),
                selection.error[shown].tolist(),
                selection.words[shown],
                self._store.names(places, selection.words[shown]),
                selection.rough[shown],
                strict=True,
            )
        ]
        top = float(selection.nats.max(initial=0.0))
        answer = {"kind": "page", "request": request, "start": start, "total": len(selection), "top": top}
        self.send({**answer, "cards": cards}, buffers=self._store.thumbnails(places))

    def _selection(self) -> Selection:
        return self._store.select(self.search, self.by, self.sort, self.least)

    def _count(self, found: int) -> str:
        """Say how many pictures are shown, of how many and by what, where not all are."""
        search = [f"search={self.search!r}"] if self.search.strip() else []
        least = [f"least={self.least:g}"] if self.least is not None else []
        count = len(self._store.pictures)
        there = f"{count} picture{'' if count == 1 else 's'}"
        asked = ", ".join([*search, *least])
        return f"{found} of {there}, by {asked}" if asked else there

    def __repr__(self) -> str:
        return f"Gallery({str(self._store.folder)!r}, {self._count(len(self._selection()))})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super(Explorer, self)._repr_mimebundle_(**kwargs)
        if bundle is None:
            return bundle
        # For readers without a kernel: the first pictures, no script.
        selection = self._selection()
        caption = f"A batch: {self._count(len(selection))}"
        if not len(selection):
            data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
            return {**data, "text/html": f"<p>{escape(caption, quote=False)}</p>"}, metadata
        return with_still(bundle, *contact_sheet(self._store, selection), f"{caption}; the first of them")
