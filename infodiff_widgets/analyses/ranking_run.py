"""Ranking captions: shared noise for all of them, fewer captions as the hopeless ones drop out."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infodiff_widgets.channel import RangeLike
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import ArgumentError, InterruptedWarning, PromptError
from infodiff_widgets.evaluation import Evaluator
from infodiff_widgets.images import load_image
from infodiff_widgets.options import DensityLike, given_density
from infodiff_widgets.precision import running_in
from infodiff_widgets.progress import Progress, reporter
from infodiff_widgets.sampling import Design, LevelDensity, check_draws
from infodiff_widgets.statistics import estimate_of
from infodiff_widgets.stopping import check_limit
from infodiff_widgets.transfer import widest
from infodiff_widgets.turns import turn_of
from infodiff_widgets.words import check_prompt, check_text

from .ranking import Look, Ranking, p_value_of
from .tables import stopwatch

__all__ = ["rank_captions"]

_FIRST_LOOK = 16
_DRAWS_BETWEEN_LOOKS = 8


def rank_captions(
    model: Any,
    image: Any,
    captions: Sequence[str],
    *,
    draws: int = 64,
    seed: int = 0,
    reference: str | None = "",
    eliminate: float = 0.001,
    log_snr_range: RangeLike = None,
    density: DensityLike = "uniform",
    resize: bool = True,
    batch_size: int | None = None,
    progress: Progress = False,
) -> Ranking:
    """Rank captions by their likelihood given a picture (Kong et al., ICLR 2024, eq. 5a).

    Parameters
    ----------
    model, image
        As for `estimate`.
    captions
        Two or more different texts.
    draws
        Most noise draws, an even number. All captions see the same noise.
    seed
        The same seed gives the same ranking, whatever the batch size.
    reference
        The prompt against which nats are counted; None saves its evaluations, and leaves the differences
        between captions, which decide the order.
    eliminate
        A caption drops out as soon as it is behind the best with a p-value below this over the number of
        its rivals; when one is left, the run is over. 0 keeps all to the end.
    log_snr_range
        Where to integrate: relations and the binding of attributes are decided at high noise, while the
        picture does not yet show them. None is the package's default, up to a log-SNR of 1.
    density
        Of noise levels, as for `estimate`. Even levels suit the differences of captions within a few per
        cent, and need no pilot.
    resize, batch_size, progress
        As for `estimate`.

    Returns
    -------
    Ranking
        Interrupted from the keyboard, that of the draws done, with a warning.

    Raises
    ------
    PromptError
        For fewer than two captions, or one that is given twice.

    Examples
    --------
    >>> captions = ["a red circle on sand", "a blue circle on sand"]
    >>> ranking = rank_captions(pipeline, "picture.png", captions, draws=8)
    >>> captions[ranking.best] in captions
    True
    >>> 0 <= ranking.p_value <= 1
    True
    """
    texts = _checked(captions)
    if reference is not None:
        check_text("reference", reference)
    if not 0 <= eliminate < 1:
        raise ArgumentError(
            f"eliminate={eliminate}: give a p-value, such as 0.001, or 0 to keep all captions."
        )
    denoiser = as_denoiser(model)
    quadrature = denoiser.schedule.quadrature(log_snr_range)
    levels = given_density(density) or LevelDensity.uniform()
    check_draws(draws, seed)
    check_limit(draws)
    design = Design.systematic(quadrature, levels, draws, seed)
    picture = load_image(image, denoiser.image_rule, resize=resize)
    with turn_of(denoiser):
        evaluator = Evaluator(denoiser, denoiser.encode_image(picture), batch_size)
        evaluator.encode(dict.fromkeys([*texts, *([] if reference is None else [reference])]))
    race = _Race(texts, reference, design, eliminate)
    interrupted = False
    with (
        stopwatch() as clock,
        reporter(progress, "ranking", draws) as report,
        _float32_kept(evaluator),
    ):
        try:
            while race.open:
                race.advance(evaluator)
                report(race.count)
        except KeyboardInterrupt:
            if not race.count:
                raise
            race.look()  # at what came after the last look
            interrupted = True
    if interrupted:
        text = f"Interrupted: the result holds {race.count} of {draws} draws."
        warnings.warn(text, InterruptedWarning, stacklevel=2)
    ends = quadrature.low, quadrature.high
    return race.ranking(ends, evaluator.count, clock.seconds, not race.open)


@contextmanager
def _float32_kept(evaluator: Evaluator) -> Iterator[None]:
    """Keep a network in float32 where another run has taken it there, and would let go of it in the midst.

    Otherwise it stays as it is: within a draw all captions are rounded alike, and their differences decide.
    """
    turn = turn_of(evaluator.denoiser)
    held = ExitStack()
    with turn:
        held.enter_context(running_in("auto", evaluator, None))
    try:
        yield
    finally:
        with turn:  # the weights may become halves again
            held.close()


def _checked(captions: Sequence[str]) -> tuple[str, ...]:
    if isinstance(captions, str) or len(captions) < 2:
        raise PromptError(f"captions={captions!r}: give a list of two or more texts to choose from.")
    texts = tuple(check_prompt(caption) for caption in captions)
    for index, text in enumerate(texts):
        if text in texts[:index]:
            raise PromptError(f"The caption {text!r} is given twice: captions to choose from must differ.")
    return texts


class _Race:
    """The captions still in question, and what the draws done say of each.

    ``losses`` are of the standard form (Kong et al., eq. 5a); ``shifts``, how far a caption moves the output
    from that under the reference, of the orthogonal form (eq. 5b). Both (captions, draws), nats, NaN where
    there was no draw.
    """

    def __init__(
        self, texts: tuple[str, ...], reference: str | None, design: Design, eliminate: float
    ) -> None:
        self.texts, self.reference, self.design = texts, reference, design
        self.threshold = eliminate / (len(texts) - 1)
        self.alive = list(range(len(texts)))
        self.blocks = list(design.blocks)
        shape = len(texts), design.level.size
        self.losses, self.shifts = np.full(shape, np.nan), np.full(shape, np.nan)
        self.reference_losses = np.full(design.level.size, np.nan)
        self.done = np.zeros(design.level.size, dtype=bool)
        self.looks = [Look(0, self.threshold, eliminated=False)] * len(texts)
        self.looked = 0

    @property
    def open(self) -> bool:
        return bool(self.blocks) and len(self.alive) > 1

    @property
    def count(self) -> int:
        return int(self.done.sum())

    def advance(self, evaluator: Evaluator) -> None:
        """Do the draws up to the next look, and look."""
        due = min(self.done.size, max(_FIRST_LOOK, self.count + _DRAWS_BETWEEN_LOOKS))
        while self.blocks and self.count < due:
            at_once = max(1, evaluator.batch_size // (len(self.alive) + 1) // 4)
            at_once = min(at_once, -(-(due - self.count) // 4))
            self._draw(np.concatenate(self.blocks[:at_once]), evaluator)
            self.blocks = self.blocks[at_once:]
        self.look()

    def _draw(self, draws: NDArray[np.int64], evaluator: Evaluator) -> None:
        texts = [self.texts[index] for index in self.alive]
        if self.reference is not None:
            texts.append(self.reference)
        latents = evaluator.latents
        epsilon = self.design.noise(draws, latents.shape).to(latents.device)
        at = np.repeat(np.arange(draws.size), len(texts))
        levels = torch.as_tensor(self.design.level[draws])
        with turn_of(evaluator.denoiser):  # estimates on it have theirs in between
            predictions = evaluator(levels, epsilon, at, texts * draws.size)
        predictions = predictions.unflatten(0, (draws.size, len(texts)))
        density = self.design.density[draws]
        losses = _half_squares(predictions - epsilon[:, None]) / density
        alive = np.array(self.alive)[:, None]
        self.losses[alive, draws] = losses[: len(self.alive)]
        if self.reference is not None:
            self.reference_losses[draws] = losses[-1]
            shifts = _half_squares(predictions[:, :-1] - predictions[:, -1:]) / density
            self.shifts[alive, draws] = shifts
        self.done[draws] = True

    def look(self) -> None:
        """Drop the captions that are surely behind."""
        draw = np.flatnonzero(self.done)
        best = self.alive[int(np.argmin(self.losses[self.alive][:, draw].mean(1)))]
        last = self.count == self.done.size
        for index in [index for index in self.alive if index != best]:
            ahead = estimate_of(self.losses[index, draw] - self.losses[best, draw], draw, self.done.size)
            beaten = not last and 0.5 * p_value_of(ahead) < self.threshold  # by one side
            self.looks[index] = Look(self.looked, self.threshold, beaten)
            if beaten:
                self.alive.remove(index)
        self.looked += 1

    def ranking(self, ends: tuple[float, float], evaluations: int, seconds: float, complete: bool) -> Ranking:
        draw = np.flatnonzero(self.done)
        told = self.reference is not None
        return Ranking(
            captions=self.texts,
            draw=draw,
            log_snr=self.design.log_snr[draw],
            losses=self.losses[:, draw],
            reference_losses=self.reference_losses[draw] if told else None,
            shifts=self.shifts[:, draw] if told else None,
            planned=self.done.size,
            looks=tuple(self.looks),
            log_snr_range=ends,
            evaluations=evaluations,
            seconds=seconds,
            complete=complete,
        )


def _half_squares(differences: Tensor) -> NDArray[np.float64]:
    """(draws, texts, C, h, w) -> (texts, draws), in double precision where there is one."""
    halves = 0.5 * differences.square().sum((-3, -2, -1), dtype=widest(differences.device))
    return halves.cpu().double().numpy().T
