"""Asking back: how the picture's account changes if a word is left out, or another text takes its place."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from . import payload
from .dataset import FORMS
from .errors import NotReadyError, PromptError, WordError
from .live import Job, JobProgress, Step, steps_of
from .naming import names_of
from .showing import bars_in_script
from .shown import shown_totals, shown_words
from .statistics import rough_of
from .turns import turn_of
from .words import check_text

if TYPE_CHECKING:
    import xarray as xr

    from .result import Result
    from .statistics import Estimate
    from .words import Word

__all__ = ["NO_MODEL", "Edit", "Edits"]

NO_MODEL = (
    "No model is attached to this result, so nothing new can be asked of it: use explore(model, image, "
    "prompt), or Explorer(result).attach(model)."
)


class Edit:
    """A word left out, or another text in its place, and where the picture would change.

    Attributes
    ----------
    word
        Of the prompt.
    text
        What takes its place; None where it is left out.
    result
        The estimate, a running one while it goes on; None before its first draw.
    progress
        How far it is.
    """

    def __init__(
        self, key: int, word: Word, text: str | None, draws: int, result: Result | None = None
    ) -> None:
        self.key, self.word, self.text = key, word, text
        self._draws = draws
        self.result = result
        self.progress = JobProgress("running", message="waiting") if result is None else JobProgress("done")
        self._job: Job | None = None
        self._judged: tuple[Result, set[str]] | None = None

    @property
    def quantity(self) -> str:
        """Of the maps in its result: "cmi" for a word left out, else "swap"."""
        return "cmi" if self.text is None else "swap"

    def map(self, form: str = "orthogonal") -> xr.DataArray:
        """Return where the picture would change, (y, x), nats per latent cell."""
        return self._done().map(self.word, self.quantity, form)

    def total(self, form: str = "orthogonal") -> Estimate:
        """Return how much it would change, in nats."""
        return self._done().total(self.word, self.quantity, form)

    def cancel(self) -> None:
        """Stop after the current step, and keep what is there."""
        if self._job is not None:
            self._job.cancel()

    def wait(self, timeout: float | None = None) -> Result:
        """Block until the estimate has ended, and return its result; errors and interrupts as `Job.wait`."""
        if self._job is not None:
            with bars_in_script() as tell:
                self._job.wait(timeout, tell)
            if self._job.error is not None:
                raise self._job.error
        return self._done()

    def _answers(self, word: Word, text: str | None, draws: int) -> bool:
        """Whether it is what is asked, and has found it or still will."""
        given_up = self.progress.state in ("failed", "cancelled")
        stopping = self._job is not None and self._job.stopping and not self._job.finished
        same = (self.word, self.text, self._draws) == (word, text, draws)
        return same and not given_up and not stopping

    def _rough_forms(self) -> set[str]:
        """Return the forms in which draws were too few for its total, as the figure of it says."""
        result = self._done()
        if self._judged is None or self._judged[0] is not result:
            number = shown_words(result).index(self.word)
            rough = {form for form in FORMS if number in rough_of(shown_totals(result, self.quantity, form))}
            self._judged = result, rough
        return self._judged[1]

    def _done(self) -> Result:
        if self.result is None:
            raise NotReadyError("This edit has no result: its first draw is not done. Call wait() first.")
        return self.result

    def __repr__(self) -> str:
        what = "left out" if self.text is None else f"→ {self.text!r}"
        number = str(self.total()) if self.result is not None else self.progress.state
        names = [self.word.text] if self.result is None else names_of(self.result.prompt, [self.word])
        return f"Edit({names[0]!r} {what}, {number})"


class Edits:
    """The edits of one explorer, estimated one after the other on the model that is attached.

    Parameters
    ----------
    show
        Called, in whatever thread, when something has changed.
    """

    def __init__(self, show: Callable[[], None]) -> None:
        self._show = show
        self._lock = threading.RLock()
        self._edits: tuple[Edit, ...] = ()
        self._last: Job | None = None
        self._count = 0
        self.model: Any = None
        self.problem = ""

    def __iter__(self) -> Iterator[Edit]:
        return iter(self._edits)

    @property
    def running(self) -> list[Job]:
        """What has not ended yet, and uses the model."""
        jobs = (edit._job for edit in self._edits)
        return [job for job in jobs if job is not None and not job.finished]

    def add(
        self,
        result: Callable[[], Result | None],
        word: Word,
        text: str | None,
        draws: int,
        after: Job | None = None,
    ) -> Edit:
        """Begin an edit, in a thread, unless the same was asked before, and has not failed or been cancelled.

        Parameters
        ----------
        result
            Returns what is edited, once `after` has ended: the edit is estimated at the same noise levels,
            with the same seed, so that numbers compare.
        word, text
            See `Edit`.
        draws
            Noise draws, an even number.
        after
            To be waited for.

        Raises
        ------
        WordError
            For a text that changes nothing.
        NotReadyError
            Where no model is attached.
        """
        if text is not None:
            text = check_text("replacement", text).strip()
            if not any(_is_seen(character) for character in text):
                raise WordError(
                    f"Nothing is written in place of {word.text!r}: give another text, or leave it out."
                )
            if text == word.text:
                raise WordError(f"{word.text!r} is there already: give another text, or leave it out.")
        with self._lock:
            edit = self._asked_before(result(), word, text, draws) or self._begin(
                result, word, text, draws, after
            )
        self._show()
        return edit

    def _asked_before(self, now: Result | None, word: Word, text: str | None, draws: int) -> Edit | None:
        known = _known(now, word, text)
        draws = draws if known is None else known.draws
        return next((edit for edit in self._edits if edit._answers(word, text, draws)), None)

    def _begin(
        self,
        result: Callable[[], Result | None],
        word: Word,
        text: str | None,
        draws: int,
        after: Job | None,
    ) -> Edit:
        known = _known(result(), word, text)
        if known is not None:
            edit = Edit(self._count + 1, word, None, known.draws, known)
        elif self.model is None:
            raise NotReadyError(NO_MODEL)
        else:
            edit = Edit(self._count + 1, word, text, draws)
            self._start(edit, result, draws, after)
        self._count += 1
        self._edits = (*self._edits, edit)
        return edit

    def _start(self, edit: Edit, result: Callable[[], Result | None], draws: int, after: Job | None) -> None:
        def show(found: Result | None, progress: JobProgress) -> None:
            edit.result, edit.progress = found or edit.result, progress
            self._show()

        before = [job for job in (after, self._last) if job is not None]
        edit._job = self._last = job = Job(show, draws, turn_of(self.model))
        job.start(_steps(self.model, result, edit, draws, job), before)

    def drop(self, key: int) -> None:
        """Cancel an edit that runs, and forget one that does not."""
        with self._lock:
            for edit in self._edits:
                if edit.key == key and edit.progress.state == "running":
                    edit.cancel()
                elif edit.key == key:
                    self._edits = tuple(other for other in self._edits if other is not edit)
        self._show()

    def clear(self) -> None:
        """Forget all, as when another result is shown."""
        for edit in self._edits:
            edit.cancel()
        self._edits, self.problem = (), ""

    def encode(self, words: tuple[Word, ...]) -> payload.Payload:
        """Return what the browser is sent: see `Edits` in js/src/edits.js."""
        writer = payload.MapWriter()
        entries = []
        grid = [0, 0]
        for edit in self._edits:
            first = len(writer.entries)
            index = words.index(edit.word)
            for form in FORMS if edit.result is not None else ():
                values = np.asarray(edit.map(form))
                total = edit.total(form)
                labels = {"quantity": edit.quantity, "form": form, "word": index}
                labels |= {"rough": True} if form in edit._rough_forms() else {}
                writer.add(values, total.value, total.standard_error, **labels)
                grid = list(values.shape)
            entries.append(
                {
                    "key": edit.key,
                    "word": index,
                    "text": edit.text,
                    "progress": edit.progress.to_dict(),
                    "maps": writer.entries[first:],
                }
            )
        header = {
            "model": self.model is not None,
            "problem": self.problem,
            "grid": grid,
            "edits": entries,
            "byte_length": writer.length,
        }
        return payload.Payload(header, b"".join(writer.blocks))


def _is_seen(character: str) -> bool:
    """Whether a reader sees it, which nobody does of spaces without width."""
    return not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")


def _known(result: Result | None, word: Word, text: str | None) -> Result | None:
    """Return the result where it has the answer already, as for a word left out its CMI is one."""
    if text is not None or result is None or not result.complete:
        return None
    return result if "cmi" in result.quantities and word in result.words else None


def _settings_of(result: Result) -> dict[str, Any]:
    """Return the arguments of `estimate` by which another question is put in the same way."""
    given = result.provenance
    names = ("seed", "placeholder", "reference", "density", "precision")
    return {
        "log_snr_range": result.log_snr_range,
        **{name: given[name] for name in names if given.get(name) is not None},
    }


def _steps(
    model: Any, result: Callable[[], Result | None], edit: Edit, draws: int, job: Job
) -> Iterator[Step]:
    from .estimator import options_given
    from .run import Run

    whole = result()
    if whole is None:
        raise NotReadyError("There is no result to edit: its estimate ended before the first draw.")
    if _known(whole, edit.word, edit.text) is not None:
        yield Step(whole.draws, lambda: whole)
        return
    job.say("reading the picture and the prompts")
    options = options_given(
        words=[edit.word],
        quantities="cmi",
        swaps={} if edit.text is None else {edit.word: edit.text},
        bands=None,
        draws=draws,
        progress=job.report,
        **_settings_of(whole),
    )
    try:
        yield from steps_of(Run(model, whole.image, whole.prompt, options))
    except PromptError as error:
        if edit.text is None:
            raise
        # The prompt itself was read before; and no argument of an edit cuts it. The text stands beside it.
        raise PromptError(
            f"The text in place of {edit.word.text!r} makes the prompt longer than the network reads: "
            "give a shorter one."
        ) from error
