"""The widget: a picture, its prompt, and which words own which pixels."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import traitlets

from .asking import NO_MODEL, Edit
from .choices import ChoiceError, too_many_pins
from .colour import PINS
from .errors import ArgumentError, NotReadyError, kind_of
from .hearing import hear
from .html import STATIC, write
from .joining import target_of
from .live import Job, JobProgress
from .naming import WordKey, find_word
from .result import Result
from .showing import (
    bars_in_script,
    cell_now,
    check_places,
    choices_lost,
    places_of_pins,
    state_of,
    warn_if_partial,
    with_fallback,
)
from .shown import find_shown
from .stopping import check_limit
from .taking import figure_of, html_of, save_figure
from .turns import Turn, turn_of
from .viewed import Viewed, names_asked

if TYPE_CHECKING:
    from .figure import InfoFigure
    from .run import Run

__all__ = ["Explorer"]

_LATER: Any = ...
"""In place of a result that is still to be committed; None is what a user has too early."""


class Explorer(Viewed):
    """Shows a `Result`: hover a word for its map, hover a pixel for its words.

    Its traits can be set from Python as well, also as arguments: ``Explorer(result, unit="bit")``.
    Those that the browser writes are not echoed back to it. What is hovered is told at most ten times a
    second, and only once somebody wants to know: `observe` of one of the two asks for it, and so does
    ``sync_hover=True``.

    Of the traits below, the reader or Python may write all but ``sync_hover``, which is Python's, and what is
    hovered, which is the reader's. What Python sends beside them is ``_header`` (dict) and ``_maps`` (bytes),
    see payload.py; ``_image`` (bytes), PNG; ``_details_info`` (dict) and ``_details`` (bytes), errors and
    bands of the maps when asked for, see details.py; ``_edits`` (dict) and ``_edit_maps`` (bytes), see
    asking.py; and ``progress`` (dict): state, done, planned, seconds_left, message.

    Parameters
    ----------
    result
        What to show. For a stored one, ``Explorer(open_result(path))``; torch is not needed.
    **display
        The attributes below but for what is hovered; all can be set later as well.

    Raises
    ------
    TypeError
        For anything that is not a `Result`, and for unknown arguments.
    ArgumentError, OutsideError, WordError
        For a quantity, a band, a cell or a word that the result does not have.
    ChoiceError
        For a value that a trait does not take: an `ArgumentError` and a `traitlets.TraitError`. Of a trait
        that is set later it is the only kind, also for what the result does not have.

    Attributes
    ----------
    quantity : "cmi", "mi", "shapley", "pair", "swap", "full", "attention"
        What is shown: "full" is the whole prompt, "pair" what two words say together, "attention" is there
        where a result has it, see `analyses.attention.with_attention_maps`.
    form : "orthogonal", "standard"
        Never negative, or signed.
    unit : "nat", "bit"
        Of all numbers on the screen.
    colour : "light", "inferno", "viridis"
        Of the maps, see colour.py.
    scale : "shared", "word"
        One colour scale for all words, or one for each.
    opacity : 0 to 1
        Of the map over the picture.
    smooth : bool
        Interpolate between latent cells, or show them.
    pinned_words : list of int
        Indices of the words that stay on, up to six; as an argument also words, as `pin` takes them.
    pin_colours : list of int
        Their places in colour.PINS, if not 0, 1, ...
    pinned_pixel : (row, column) or None
        Latent cell that stays on.
    region : list of (x, y)
        Corners of a polygon, in parts of the picture; of two that are opposite a box is made.
    band : (low, high) or None
        Log-SNRs, of `Result.band_edges`, to sum over; from a number of a band they are looked up.
    below_error : "show", "hatch", "hide"
        What is below two standard errors.
    contours : bool
        Lines at parts of the colour scale.
    threshold : 0 to 1
        Part of the colour scale from which values show.
    compare : "off", "words", "form", or a quantity
        What stands beside the picture: another word, the other form, another quantity.
    pinned_edit : int or None
        Key of the edit whose map stays on; see `edits`.
    sync_hover : bool
        Whether the browser tells what is hovered.
    hovered_word : int or None
        Index of the word under the pointer or the focus.
    hovered_pixel : (row, column) or None
        Latent cell under the pointer or the arrow keys.

    Examples
    --------
    >>> explorer = Explorer(result, unit="bit")
    >>> explorer.pin("red", "blue")
    >>> explorer.pinned_words
    [1, 6]
    >>> explorer.to_html("explorer.html").stat().st_size > 100_000
    True
    """

    _esm = STATIC / "widget.js"
    _css = STATIC / "widget.css"

    def __init__(
        self, result: Result = _LATER, *, _waiting: dict[str, Any] | None = None, **display: Any
    ) -> None:
        if result is None:
            raise TypeError(
                "There is no result to show: Explorer.result is None until the first draw is done. Wait for "
                "it, Explorer(explorer.wait()), or show that explorer, whose maps sharpen as draws come."
            )
        if result is not _LATER:
            _check_kind(result)
        unknown = sorted(set(display) - set(self.DISPLAY))
        if unknown:
            known = ", ".join(self.DISPLAY)
            raise TypeError(f"Unknown argument {', '.join(unknown)}: Explorer takes {known}.")
        self._job: Job | None = None
        self._run: Run | None = None
        self._shown_in: int | None = None
        shown = None if result is _LATER else result
        if shown is not None:
            check_places(shown, display)
        state = (_waiting or {}) if shown is None else state_of(shown)
        if "pinned_words" in display:
            display["pinned_words"] = places_of_pins(display["pinned_words"], {**state, **display}, shown)
        try:
            super().__init__(shown, **{**state, **display})
        except traitlets.TraitError as error:
            raise ChoiceError(str(error)) from error
        self.on_msg(self._receive)

    def observe(self, handler: Callable[..., Any], names: Any = traitlets.All, type: Any = "change") -> None:  # noqa: A002
        """Call a function when traits change, as `traitlets.HasTraits.observe` does.

        Raises
        ------
        ArgumentError
            For a trait that there is not.
        """
        asked = names_asked(names)
        super().observe(handler, asked, type)
        if {"hovered_word", "hovered_pixel"} & set(asked):
            self.sync_hover = True

    @property
    def result(self) -> Result | None:
        """What is shown; the running one while an estimate runs; None before its first draw."""
        return self._result

    def show(self, result: Result) -> None:
        """Show another result in the views that are open; edits of the one before are forgotten.

        So are the model, where the result is not of that network, and choices that the result does not have:
        a quantity, a band, a cell, and pins unless the same words are at their places. An estimate that still
        runs here is cancelled.
        """
        _check_kind(result)
        self.cancel()
        # What is slow comes before the lock, for which the browser waits. A job that ends meanwhile may still
        # show what it has; from the lock on it is no longer the one that is shown.
        model = self._asked.model
        problem, sent = _why_other(result, model), self._encoded(result)
        with self._lock, self.hold_sync():
            self.cancel()  # what another thread has begun since
            self._job = self._run = None
            self._asked.clear()
            if self._asked.model is not model:
                problem = _why_other(result, self._asked.model)
            if problem:
                self._asked.model, self._asked.problem = None, problem
            self.pinned_edit = None
            lost = choices_lost(self, self._result, result)
            self._put(sent)
            self.progress = JobProgress().to_dict()
            for name, value in lost.items():
                setattr(self, name, value)
            self._commit_edits()

    def pin(self, *words: WordKey | None) -> None:
        """Keep the maps of words on the picture, up to six; None lets them go.

        Words as in `Result.map`, or as the views call them, such as the parts of pairs.

        Raises
        ------
        WordError
            For a word that there is not.
        ArgumentError
            For more than six words.
        """
        result = self._shown_result()
        named = [find_shown(result, word, self.quantity) for word in words if word is not None]
        if None in named:
            raise ArgumentError("The whole prompt is no word to pin: choose it with quantity='full'.")
        found = list(dict.fromkeys(place for place in named if place is not None))
        if len(found) > len(PINS):
            raise ArgumentError(too_many_pins(len(found)))
        with self._lock, self.hold_sync():
            self.pinned_words, self.pin_colours, self.pinned_edit = found, [], None

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What was asked back, in the widget or by `edit`, in that order."""
        return tuple(self._asked)

    def attach(self, model: Any) -> Self:
        """Attach the model, as `estimate` takes it, to a result that comes from a file.

        The widget then lets words be left out and other texts take their place, as it does after `explore`.

        Raises
        ------
        UnsupportedPipelineError
            For what is no model.
        ArgumentError
            Where it is not the network that the result is of; wherever its folder lies now.
        """
        from .denoisers import as_denoiser
        from .made_with import refuse_other

        with turn_of(model):
            denoiser = as_denoiser(model)
            if self._result is not None:
                refuse_other(self._result, denoiser)
            self._asked.model = denoiser
        self._commit_edits()
        return self

    def edit(self, word: WordKey, text: str | None = None, *, draws: int | None = None) -> Edit:
        """Ask where the picture would change if a word were left out, or a text took its place.

        It is estimated in a thread, after what runs already, at the noise levels of the estimate, and is
        shown as it comes; what was asked before, with as many draws, is shown again. In the widget, pin a
        word to do the same.

        Parameters
        ----------
        word
            As in `Result.map`.
        text
            What takes its place; None leaves it out, which is its CMI.
        draws
            Noise draws, an even number; None for as many as the estimate has.

        Returns
        -------
        Edit
            With ``wait``, ``cancel``, ``map`` and ``total``.

        Raises
        ------
        WordError
            For a word that there is not, or a text that changes nothing.
        ArgumentError
            For a number of draws that cannot be made.
        NotReadyError
            Where no model is attached.
        """
        if draws is not None:
            from .options import check_kinds

            check_kinds({"draws": draws})
        words = self._words()
        chosen = words[find_word(self._header["prompt"], words, word)]
        shown = self._result
        # A run that ended early planned far more than it took.
        stopped = shown.draws if shown is not None and shown.stopped else None
        draws = draws or stopped or int(self._header["draws_planned"])
        edit = self._asked.add(lambda: self._result, chosen, text, draws, self._job)
        with self._lock:
            self.pinned_edit = edit.key
        return edit

    def more(self, draws: int | None = None, *, block: bool = False) -> None:
        """Add noise draws to what is shown, while it is watched: errors become smaller.

        A run that was cancelled, or ended early, goes on to what it would have been. A whole run is joined by
        others with noise of their own at levels between its own, and all draws count alike; see `further`.
        In the widget, "more draws" does the same.

        Parameters
        ----------
        draws
            How many, an even number; None for the rest of a run that was cancelled, else for as many again.
        block
            False adds them in a thread, and `wait` waits; True in this call.

        Raises
        ------
        ArgumentError
            For a number of draws that cannot be added.
        NotReadyError
            While an estimate runs, where no model is attached (see `attach`), and for part of a run that
            comes from a file.
        """
        result, model, run = self._shown_result(), self._asked.model, self._run
        if self._job is not None and not self._job.finished:
            raise NotReadyError("The estimate still runs: wait for it, or cancel it, before adding draws.")
        if model is None:
            raise NotReadyError(NO_MODEL)
        target = target_of(result, draws, running=run is not None)
        check_limit(target)
        from .further import go_on

        job = self._watch(target, turn_of(model), result.draws)
        self._commit(None, JobProgress("running", result.draws, target, None))
        steps = go_on(run, result, model, target)
        if not block:
            job.start(steps, self._asked.running)
            return
        with bars_in_script() as tell:
            job.run(steps, tell)
        self.wait()

    def _watch(self, planned: int, turn: Turn, before: int = 0) -> Job:
        """Return a job whose results are shown until another takes its place, or another result."""

        def show(result: Result | None, progress: JobProgress) -> None:
            self._commit(result, progress, lambda: self._job is job)

        self._job = job = Job(show, planned, turn, before)
        return job

    def cancel(self) -> None:
        """Stop the estimate after its current step, and keep what it has."""
        if self._job is not None:
            self._job.cancel()

    def wait(self, timeout: float | None = None) -> Result:
        """Block until the estimate has ended, and return its result.

        Where there is no notebook, as in a script, a bar says how far it is, as that of `estimate` does. An
        interrupt (the stop button) cancels the estimate and returns what it has, with a warning.

        Raises
        ------
        TimeoutError
            After `timeout` seconds; the estimate goes on.
        Exception
            What the estimate raised. A `NumericalError` leaves what was done before it in `result`.
        """
        if self._job is not None:
            with bars_in_script() as tell:
                self._job.wait(timeout, tell)
            if self._job.error is not None:
                raise self._job.error
            warn_if_partial(self._result)
        return self._shown_result()

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write one HTML file with this explorer as it stands: everything on hover works, offline.

        It holds the picture (as JPEG where PNG would be large), the maps as shown (12 bits a cell), their
        errors and bands, where need be at a coarser grid, and the choices made; not the single draws or the
        provenance, which `Result.save` keeps.
        """
        return write(path, html_of(self))

    def figure(self, word: WordKey | list[WordKey] | None = None, **options: Any) -> InfoFigure:
        """Return a matplotlib figure of what is on the screen: the pinned change or words, or of all words.

        Parameters
        ----------
        word
            As in `Result.map`, or a list; by default what is pinned and has a map of the quantity, or all.
        **options
            Those of `figure.word_figure` and `figure.grid_figure`; by default as chosen in the widget.
            `width` is "single" or "double" column, or inches.
        """
        return figure_of(self, word, **options)

    def save(
        self, path: str | os.PathLike[str], word: WordKey | list[WordKey] | None = None, **options: Any
    ) -> Path:
        """Write `figure` to a PNG, SVG or PDF file, by the ending of its name.

        Raises
        ------
        ArgumentError
            Where the name is that of a folder, or of another kind of file; for a page, use `to_html`.
        MissingFileError
            Where there is no folder for it.
        WriteError
            Where it cannot be written.
        """
        return save_figure(self, path, word, **options)

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        hear(self, content)

    def __repr__(self) -> str:
        if self._result is None:
            return "Explorer(no result yet)"
        done, planned = self._result.draws, self._result.draws_planned
        draws = f"{done} draws" if self._result.complete else f"{done} of {planned} draws"
        return f"Explorer({self._result.prompt!r}, {draws})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None or (self._result is None and not self._image):
            return bundle
        return with_fallback(bundle, self._result or (self._image, self._header["prompt"]))

    def _ipython_display_(self) -> None:
        if self._shown_in is not None and self._shown_in == cell_now():
            return  # explore() has shown it in this very cell, of which it is also the last expression
        raise NotImplementedError  # go on with _repr_mimebundle_


def _why_other(result: Result, model: Any) -> str:
    """Say why a model is not the network of a result; "" where it is, or where there is none."""
    if model is None:
        return ""
    from .made_with import refuse_other

    try:
        refuse_other(result, model)
    except ArgumentError as error:
        return str(error)
    return ""


def _check_kind(result: Any) -> None:
    if not isinstance(result, Result):
        raise TypeError(
            f"Explorer shows a Result, not {kind_of(result)}: "
            "use explore(model, image, prompt), or Explorer(open_result(path)) for a file."
        )
