"""The estimate: information of every word of a prompt about every part of a picture."""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Iterable
from contextlib import closing
from inspect import signature
from typing import Any

from .bands import BandsLike
from .channel import RangeLike
from .devices import DevicesLike
from .errors import InterruptedWarning
from .options import DensityLike, Options, PairsLike, SwapsLike, WordsLike
from .precision import Precision
from .progress import Progress
from .result import Result
from .run import Run
from .stopping import UntilLike

__all__ = ["estimate", "options_given", "stream"]


def estimate(
    model: Any,
    image: Any,
    prompt: str,
    *,
    words: WordsLike = None,
    quantities: Iterable[str] = ("cmi", "mi"),
    draws: int | None = None,
    seed: int = 0,
    placeholder: str | None = None,
    reference: str = "",
    swaps: SwapsLike = None,
    pairs: PairsLike = (),
    bands: BandsLike = 6,
    log_snr_range: RangeLike = None,
    density: DensityLike = None,
    resize: bool = True,
    truncate: bool = False,
    batch_size: int | None = None,
    devices: DevicesLike = None,
    precision: Precision = "auto",
    until: UntilLike = None,
    max_evaluations: int | None = None,
    max_seconds: float | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Progress = True,
) -> Result:
    """Estimate what each word of a prompt says about each part of a picture, in nats.

    Parameters
    ----------
    model
        A pipeline of diffusers (Stable Diffusion, SDXL, SD3, FLUX and others: `denoisers.SUPPORTED`), on the
        device and in the dtype in which it is to run, or a
        `denoisers.Denoiser`.
    image
        A PIL image, path, array or tensor; see `images.load_image`.
    prompt
        What the picture shows.
    words
        None for every word; else texts, phrases, (start, stop) pairs or `Word` objects.
    quantities
        "cmi" compares the prompt with the prompt without the word; "mi" compares the word alone with the
        reference, and brings the whole prompt against the reference; "shapley" divides among the words what
        they say together, given the rest of the prompt, so that it adds up in every cell (for all words: to
        the whole prompt). It goes along random orders of the words, in opposite directions in the two draws
        of a pair. Both forms come with each.
    draws
        Noise draws, an even number: more draws, smaller errors. None is 64, or as many as `max_evaluations`
        pay for; with `until` or `max_seconds`, at most 1024.
    seed
        The same seed gives the same result, whatever the batch size, with the same density.
    placeholder
        Stands for a word taken out, such as "_"; None deletes the word.
    reference
        The prompt that says nothing; may be a negative prompt.
    swaps
        Words with what takes their place, such as ``{"red": "blue"}``: quantity "swap" compares the prompt
        with the prompt so changed.
    pairs
        Pairs of words, such as ``[("red", "circle")]``, for `Result.interaction`.
    bands
        Bands of noise level by which maps are split, for `Result.band_map`: how many of equal width, or the
        log-SNRs at which to cut the range, or None.
    log_snr_range
        None for the default, "trained" for all levels that the network was trained on, or (low, high).
    density
        Of noise levels. None takes the one fitted to this network, and fits it first where there is none;
        "uniform", a `LevelDensity`, or ``result.provenance["density"]`` to repeat a run.
    resize
        False refuses a picture whose sides are no multiples of the network's factor.
    truncate
        A prompt longer than what the text encoders read is refused; True cuts it to the words that they read,
        with a warning that names the others.
    batch_size
        Most inputs per call of the network; it halves itself where memory does not suffice.
    devices
        None calls the network where it is. A list, such as ``["cuda:0", "cuda:1"]``, divides each step among
        copies of it on GPUs, or, ``["cpu", "cpu"]``, among so many processes; the result is the same up to
        rounding. A script that names "cpu" estimates below ``if __name__ == "__main__":``.
    precision
        Rounding in half precision adds to the orthogonal form. "auto" measures how much, once per network
        and range, and runs in float32 where that is more than 1% of an average word's information;
        "pipeline" keeps the precision of the pipeline, "float32" leaves it. The pipeline's weights come back
        as they were.
    until
        Draw until the standard error of every orthogonal total asked for is at most this share of it, "5%"
        or 0.05. Totals below a tenth of the largest are held to the error of that tenth.
    max_evaluations
        Most evaluations of the network, those of the calibration not counted.
    max_seconds
        Ends with the step that would come too late.
    checkpoint
        A file that keeps what is done, at most a few seconds old, and from which the same call goes on to the
        same answer, to the bit; also to a smaller error, with a smaller `until`. It stays when the run ends.
    progress
        True for a bar, False for none, or a function called with (stage, draws done, draws in all).

    Returns
    -------
    Result
        Interrupted from the keyboard, that of the draws done, with a warning; see `Result.complete`.

    Raises
    ------
    InfodiffError
        `PromptError`, `WordError`, `ImageError`, `UnsupportedPipelineError`, `CheckpointError` and, for
        devices that are not there, `DeviceError` before anything is computed. With what was done as its
        ``partial``: `NumericalError` on NaN from the network, `DeviceError` where a process has died.

    Examples
    --------
    >>> result = estimate(pipeline, "picture.png", prompt, words=["red", "sand"], draws=8)
    >>> result.map("red").dims
    ('y', 'x')
    >>> result.total("sand").interval(0.95)  # doctest: +ELLIPSIS
    (...)

    On two devices, here two processes on the CPU:

    >>> divided = estimate(pipeline, picture, prompt, words=["red"], draws=8, devices=["cpu", "cpu"])
    >>> divided.provenance["devices"]
    ['cpu', 'cpu']
    """
    options = Options(
        words=words,
        quantities=quantities,
        draws=draws,
        seed=seed,
        placeholder=placeholder,
        reference=reference,
        swaps=swaps,
        pairs=pairs,
        bands=bands,
        log_snr_range=log_snr_range,
        density=density,
        resize=resize,
        truncate=truncate,
        batch_size=batch_size,
        devices=devices,
        precision=precision,
        until=until,
        max_evaluations=max_evaluations,
        max_seconds=max_seconds,
        checkpoint=checkpoint,
        progress=progress,
    )
    run = Run(model, image, prompt, options)
    try:
        for _ in run.steps():
            pass
    except KeyboardInterrupt:
        if not run.draws_done:
            # Its own words, in place of a way through torch that says nothing.
            raise KeyboardInterrupt("No noise draw was done yet, so nothing was estimated.") from None
        text = f"Interrupted: the result holds {run.draws_done} of {run.draws} draws."
        if checkpoint is not None:
            text += f" The same call goes on where {os.fspath(checkpoint)!r} has kept it."
        warnings.warn(text, InterruptedWarning, stacklevel=2)
    return run.result()


def stream(
    model: Any,
    image: Any,
    prompt: str,
    *,
    words: WordsLike = None,
    quantities: Iterable[str] = ("cmi", "mi"),
    draws: int | None = None,
    seed: int = 0,
    placeholder: str | None = None,
    reference: str = "",
    swaps: SwapsLike = None,
    pairs: PairsLike = (),
    bands: BandsLike = 6,
    log_snr_range: RangeLike = None,
    density: DensityLike = None,
    resize: bool = True,
    truncate: bool = False,
    batch_size: int | None = None,
    devices: DevicesLike = None,
    precision: Precision = "auto",
    until: UntilLike = None,
    max_evaluations: int | None = None,
    max_seconds: float | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Progress = True,
) -> Generator[Result, None, None]:
    """Estimate as `estimate` does, and yield running results, each a valid estimate with its own errors.

    The last is what `estimate` returns. Arguments are checked here, before the first is asked for; closing
    the iterator ends the run. Parameters are those of `estimate`.

    Examples
    --------
    >>> for running in stream(pipeline, picture, prompt, words=["red"], draws=16):
    ...     latest = running.total("red")
    >>> running.complete
    True
    """
    options = Options(
        words=words,
        quantities=quantities,
        draws=draws,
        seed=seed,
        placeholder=placeholder,
        reference=reference,
        swaps=swaps,
        pairs=pairs,
        bands=bands,
        log_snr_range=log_snr_range,
        density=density,
        resize=resize,
        truncate=truncate,
        batch_size=batch_size,
        devices=devices,
        precision=precision,
        until=until,
        max_evaluations=max_evaluations,
        max_seconds=max_seconds,
        checkpoint=checkpoint,
        progress=progress,
    )
    run = Run(model, image, prompt, options)
    return _results(run)


def options_given(**options: Any) -> Options:
    """Return the options of `stream`, the usual ones where none are given."""
    given = signature(stream).bind(None, None, "", **options)
    given.apply_defaults()
    return Options(**given.kwargs)


def _results(run: Run) -> Generator[Result, None, None]:
    with closing(run.steps()) as steps:
        for _ in steps:
            yield run.result()
