"""What pairs of words say together: every pair of a prompt, in one table and one matrix."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from infodiff_widgets.channel import RangeLike
from infodiff_widgets.errors import WordError
from infodiff_widgets.estimator import estimate
from infodiff_widgets.naming import resolve_words
from infodiff_widgets.options import DensityLike, WordsLike
from infodiff_widgets.progress import Progress

from .interact_pairs import PARTS, Pairs, pair_total

if TYPE_CHECKING:
    from .interact_view import InteractionView

__all__ = ["PARTS", "Interactions", "interact", "pair_total"]


class Interactions(Pairs):
    """All pairs of the words of a prompt, as numbers (`Pairs`) and on the screen.

    Examples
    --------
    >>> from infodiff_widgets.analyses.interact import interact
    >>> found = interact(pipeline, picture, prompt, words=["red", "circle"], draws=8)
    >>> found.co_information("red", "circle").standard_error > 0
    True
    >>> found.maps("red", "circle")["synergy"].dims
    ('y', 'x')
    """

    def view(self, part: str = "redundancy") -> InteractionView:
        """Return a widget: the matrix, which opens the maps of a pair on click."""
        from .interact_view import InteractionView

        return InteractionView(self, part)


def interact(
    model: Any,
    image: Any,
    prompt: str,
    *,
    words: WordsLike = None,
    pairs: Sequence[tuple[Any, Any]] | None = None,
    draws: int = 64,
    seed: int = 0,
    log_snr_range: RangeLike = None,
    density: DensityLike = None,
    batch_size: int | None = None,
    progress: Progress = True,
) -> Interactions:
    """Estimate the interactions of the words of a prompt about a picture.

    For T words and all their pairs it takes 1 + T + T (T - 1) / 2 evaluations per draw. Interrupted, it holds
    the draws done, with a warning, as `estimate` does.

    Parameters
    ----------
    model, image, prompt, draws, seed, log_snr_range, density, batch_size, progress
        As for `estimate`.
    words
        None for every word; else two or more.
    pairs
        None for all pairs of the words.

    Raises
    ------
    WordError
        For fewer than two words.

    Examples
    --------
    >>> pairs = interact(pipeline, "picture.png", prompt, words=["red", "circle"], draws=8)
    >>> pairs.matrix("synergy").shape
    (2, 2)
    """
    found = resolve_words(prompt, words)
    if len(found) < 2:
        text = "".join(word.text for word in found)
        remedy = "give a longer prompt" if words is None else "name another one, or leave words out for all"
        raise WordError(f"There is one word, {text!r}, and an interaction is of two: {remedy}.")
    chosen = list(itertools.combinations(found, 2)) if pairs is None else list(pairs)
    result = estimate(
        model,
        image,
        prompt,
        words=found,
        quantities=("cmi",),
        pairs=chosen,
        draws=draws,
        seed=seed,
        log_snr_range=log_snr_range,
        density=density,
        bands=None,
        batch_size=batch_size,
        progress=progress,
    )
    return Interactions(result, found)
