"""Which prompts a run evaluates, and which of them each quantity compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .coalitions import Players, check_apart, without_all
from .dataset import QUANTITIES
from .errors import ArgumentError, WordError
from .sampling import draw_order
from .words import Word, check_text, without

__all__ = ["Jobs", "Plan"]


@dataclass(frozen=True, slots=True)
class Jobs:
    """What some draws ask of the network: inputs, draw by draw, and comparisons of their predictions.

    Attributes
    ----------
    texts : (jobs,)
        The prompt of each input; every draw has a prompt once.
    draw : (jobs,)
        The draw of each input, counted from 0, ascending.
    without, with_ : (draws, comparisons)
        Inputs that have not, and have, the information asked about.
    whole : (draws,)
        The inputs under the whole prompt.
    direct
        The comparisons of two predictions with each other; all others compare their distances from the
        prediction under the whole prompt.
    """

    texts: tuple[str, ...]
    draw: NDArray[np.int64]
    without: NDArray[np.int64]
    with_: NDArray[np.int64]
    whole: NDArray[np.int64]
    direct: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Comparisons of noise predictions under two prompts, without and with the information asked about.

    Their order: for each quantity the words; the swaps; for each pair of words the first, the second and
    both; and last, where it costs no evaluation of its own kind, the whole prompt against the reference.

    Attributes
    ----------
    words
        The words asked about.
    quantities
        Those of `QUANTITIES` asked for, in that order.
    swaps
        Words with what takes their place.
    pairs
        Pairs of words whose interaction is asked for.
    prompt
        The whole text.
    texts
        The distinct prompts that every draw needs.
    compared
        Prompts without and with the information, one pair for each comparison; None for those of "shapley",
        which `jobs` fills in.
    direct
        See `Jobs`.
    players
        Those of "shapley"; None where that was not asked for.
    has_full
        Whether the last comparison is that of the whole prompt against the reference.
    """

    words: tuple[Word, ...]
    quantities: tuple[str, ...]
    swaps: tuple[tuple[Word, str], ...]
    pairs: tuple[tuple[Word, Word], ...]
    prompt: str
    texts: tuple[str, ...]
    compared: tuple[tuple[str, str] | None, ...]
    direct: tuple[int, ...]
    players: Players | None
    has_full: bool

    @classmethod
    def build(
        cls,
        prompt: str,
        words: Sequence[Word],
        quantities: Iterable[str],
        placeholder: str | None = None,
        reference: str = "",
        swaps: Mapping[Word, str] | None = None,
        pairs: Sequence[tuple[Word, Word]] = (),
    ) -> Plan:
        """List the comparisons.

        Parameters
        ----------
        prompt, words
            The text and the words of it to ask about.
        quantities
            "cmi": the prompt against the prompt without the word, T + 1 evaluations per draw for T words.
            "mi": the word alone against the reference, T + 2 more at most; it brings the whole prompt
            against the reference. "shapley": what the word adds to those let in before it, in a random
            order, T + 1 evaluations per draw, of which the first and the last are shared with "mi".
        placeholder
            Stands for the word in "the prompt without the word"; None deletes it.
        reference
            The prompt that says nothing.
        swaps
            Words with what takes their place: one more evaluation for each.
        pairs
            Words whose interaction is asked for: three more evaluations for each pair at most, one where
            "cmi" asks about both words.
        """
        asked = (quantities,) if isinstance(quantities, str) else tuple(quantities)
        unknown = [quantity for quantity in asked if quantity not in QUANTITIES]
        if unknown or not asked:
            raise ArgumentError(f"quantities={asked!r}: choose from {', '.join(map(repr, QUANTITIES))}.")
        check_text("reference", reference)
        if placeholder is not None:
            check_text("placeholder", placeholder)
        players = Players(prompt, words, placeholder, reference) if "shapley" in asked else None
        # A quantity with the pair of prompts, without and with what it asks about.
        found: list[tuple[str, tuple[str, str] | None]] = []
        if "cmi" in asked:
            found += [("cmi", (without(prompt, word, placeholder), prompt)) for word in words]
        if "mi" in asked:
            found += [("mi", (reference, word.text)) for word in words]
        if players is not None:
            found += [("shapley", None) for _ in words]
        for word, text in (swaps or {}).items():
            if not check_text("replacement", text).strip():
                raise WordError(f"swaps: {word.text!r} is given nothing in its place; its CMI leaves it out.")
            found.append(("swap", (without(prompt, word, text), prompt)))
        for first, second in pairs:
            check_apart((first, second), "interactions")
            rest = without_all(prompt, (first, second), placeholder)
            found.append(("first", (rest, without(prompt, second, placeholder))))
            found.append(("second", (rest, without(prompt, first, placeholder))))
            found.append(("both", (rest, prompt)))
        has_full = "mi" in asked or (players is not None and players.divide_everything)
        if has_full:
            found.append(("full", (reference, prompt)))
        always = [pair for _, pair in found if pair is not None]
        if players is not None:
            always.append((players.empty, prompt))
        return cls(
            words=tuple(words),
            quantities=tuple(quantity for quantity in QUANTITIES if quantity in asked),
            swaps=tuple((swaps or {}).items()),
            pairs=tuple(pairs),
            prompt=prompt,
            texts=tuple(dict.fromkeys(text for pair in always for text in pair)),
            compared=tuple(pair for _, pair in found),
            direct=tuple(i for i, (name, _) in enumerate(found) if name in ("mi", "first", "second")),
            players=players,
            has_full=has_full,
        )

    @property
    def answered(self) -> tuple[str, ...]:
        """All quantities of which there will be maps."""
        more = {"swap": self.swaps, "pair": self.pairs, "full": self.has_full}
        return (*self.quantities, *(name for name, asked in more.items() if asked))

    def jobs(self, draws: NDArray[np.int64], seed: int) -> Jobs:
        """Say what some draws of a run ask of the network.

        The order of the words in "shapley" is that of `sampling.draw_order`.
        """
        texts: list[str] = []
        draw, compared, whole = [], [], []
        for index, number in enumerate(draws.tolist()):
            names, comparisons = self._of_draw(number, seed)
            compared.append(comparisons + len(texts))
            whole.append(len(texts) + names.index(self.prompt))
            draw += [index] * len(names)
            texts += names
        both = np.stack(compared)
        return Jobs(
            texts=tuple(texts),
            draw=np.array(draw),
            without=both[:, 0],
            with_=both[:, 1],
            whole=np.array(whole),
            direct=self.direct,
        )

    def _of_draw(self, draw: int, seed: int) -> tuple[list[str], NDArray[np.int64]]:
        """Return the distinct prompts of a draw, and (2, comparisons) places among them."""
        compared = list(self.compared)
        path: tuple[str, ...] = ()
        if self.players is not None:
            order = draw_order(seed, draw, len(self.words))
            path = self.players.path(order)
            first = compared.index(None)
            for step, word in enumerate(order):
                compared[first + word] = path[step], path[step + 1]
        texts = list(dict.fromkeys((*self.texts, *path)))
        place = {text: index for index, text in enumerate(texts)}
        filled = [(place[pair[0]], place[pair[1]]) for pair in compared if pair is not None]
        return texts, np.array(filled, dtype=np.int64).T
