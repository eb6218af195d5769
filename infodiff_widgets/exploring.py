"""`explore`: show the widget at once, and estimate while it is watched."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import signature
from typing import TYPE_CHECKING, Any

from .bands import band_chosen
from .dataset import QUANTITIES
from .explorer import Explorer
from .live import WAITING, Job, JobProgress, Step, reason_of, steps_of
from .naming import resolve_words
from .showing import bars_in_script, cell_now, check_quantities, state_before, warn_if_partial
from .statistics import DEFAULT_DRAWS
from .stopping import MOST_DRAWS
from .turns import turn_of

if TYPE_CHECKING:
    from .run import Run

__all__ = ["explore"]


def explore(model: Any, image: Any, prompt: str, *, block: bool = False, **options: Any) -> Explorer:
    """Show the explorer at once, and estimate while it is watched: the maps sharpen.

    Parameters
    ----------
    model, image, prompt
        As in `estimate`.
    block
        False estimates in a thread and gives the cell back; `Explorer.wait` waits for the end. True estimates
        in this call. In a script each shows the bars of `estimate`.
    **options
        Those of `estimate` but ``progress``, and the traits of `Explorer` by which the view is chosen.

    Returns
    -------
    Explorer
        Its `result` is the running one. Its cancel button, `Explorer.cancel` and the stop button of the
        notebook (in `wait` or with ``block=True``) stop the estimate and keep what it has.

    Raises
    ------
    InfodiffError
        For input that cannot be used, here and at once, as `estimate` does. What only the network can tell,
        a scheduler that contradicts it or NaN, the widget says, and `Explorer.wait` raises.

    Examples
    --------
    >>> explorer = explore(pipeline, "picture.png", prompt, words=["red", "circle"], draws=8)
    >>> result = explorer.wait()
    >>> [word.text for word in result.words]
    ['red', 'circle']
    """
    from .denoisers import as_denoiser
    from .denoisers.base import refuse_long
    from .estimator import options_given, stream
    from .images import load_image
    from .options import check_kinds
    from .run import Run

    display_options = {name: options.pop(name) for name in Explorer.DISPLAY if name in options}
    known = [
        name for name in signature(stream).parameters if name not in ("model", "image", "prompt", "progress")
    ]
    if "progress" in options:
        raise TypeError("explore takes no progress: its widget shows it, and in a script a bar.")
    unknown = [name for name in options if name not in known]
    if unknown:
        names = ", ".join((*known, *Explorer.DISPLAY))
        raise TypeError(f"Unknown argument {', '.join(unknown)}: explore takes block, {names}.")
    check_kinds(options)
    # Told at first; what a run plans is known with its first result.
    open_ended = options.get("until") or options.get("max_seconds")
    draws = options.get("draws") or (MOST_DRAWS if open_ended else DEFAULT_DRAWS)
    turn = turn_of(model)
    denoiser = as_denoiser(model)
    words = resolve_words(prompt, options.get("words"))
    if options.get("words") is not None or not options.get("truncate"):
        options["words"] = words  # else those of what will be left of the prompt
    if "quantities" in options:
        asked = options["quantities"]
        options["quantities"] = (asked,) if isinstance(asked, str) else tuple(asked)
        # What cannot be shown is left to the estimator to refuse.
        shown = [quantity for quantity in QUANTITIES if quantity in options["quantities"]]
        if shown:
            display_options.setdefault("quantity", shown[0])
    picture = load_image(image, denoiser.image_rule, resize=options.get("resize", True), prompt=prompt)
    options["resize"] = False  # it has the size that it is to have
    band = display_options.pop("band", None)  # the bands are known when the range is
    explorer = Explorer(_waiting=state_before(prompt, words, picture, draws), **display_options)
    job = explorer._watch(draws, turn)
    explorer._asked.model = denoiser
    explorer._commit_edits()
    _display(explorer)
    try:
        # Arguments are checked here, so that what is wrong is raised in the calling cell.
        if turn.taken:
            job.say(WAITING)
        with turn:
            given = options_given(progress=job.report, **options)
            # The picture as it is shown, ready for the network: to load a large file again takes its time.
            run = Run(denoiser, picture, prompt, given, prepared=False)
            refuse_long(denoiser, run.question.plan.texts)
            check_quantities(display_options, run.question.plan.answered)
            if band is not None:
                explorer.band = band_chosen(band, run.question.band_edges.tolist())
    except BaseException as error:
        explorer._commit(None, JobProgress("failed", 0, draws, None, reason_of(error)))
        raise
    job.planned, explorer._run = run.draws, run
    steps = _steps(run, job)
    if block:
        with bars_in_script() as tell:
            job.run(steps, tell)
        if job.error is not None:
            raise job.error
        warn_if_partial(explorer.result)
    else:
        job.start(steps)
    return explorer


def _steps(run: Run, job: Job) -> Iterator[Step]:
    """Go through a run whose encoders were not called yet, and tell what goes on till the first step."""
    run.prepare(job.say)
    yield from steps_of(run)


def _display(explorer: Explorer) -> None:
    from IPython.display import display

    if cell_now() is not None:
        display(explorer)
        explorer._shown_in = cell_now()
