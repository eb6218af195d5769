"""Half-implied colours: what a colour word says beside its noun, against the entropies of the scenes world.

Hearts are mostly red. So "red" says much alone and little beside "heart": their redundancy is what one tells
of the other, ``ln p(red, heart) / (p(red) p(heart))``. A circle has any colour: "red" repeats nothing of it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infodiff_widgets.channel import RangeLike
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.options import DensityLike
from infodiff_widgets.progress import Progress
from infodiff_widgets.scenes import Role, Scene, picture, sample
from infodiff_widgets.scenes.vocabulary import COLOURS, KINDS, NOUNS
from infodiff_widgets.scenes.world import probability

from .interact import Interactions, interact
from .interact_pairs import pair_total
from .interrupts import each

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GROUPS", "HalfImplied", "half_implied", "half_implied_cases", "truth_of"]

GROUPS = ("own", "other", "shape")
"""A noun with its own colour, a noun with another colour, a shape, which implies no colour."""


@dataclass(frozen=True)
class HalfImplied:
    """An object of a scene.

    Attributes
    ----------
    group
        One of `GROUPS`.
    scene
        The scene.
    item
        Its first (0) or second (1) object.
    """

    group: str
    scene: Scene
    item: int

    @property
    def colour(self) -> str:
        """The colour word."""
        return self.scene.items[self.item].colour

    @property
    def kind(self) -> str:
        """The noun."""
        return self.scene.items[self.item].kind

    @property
    def spans(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Where the two words stand in the caption."""
        spans = self.scene.spans
        return spans[Role("colour", self.item)], spans[Role("kind", self.item)]


def half_implied_cases(group: str, count: int, seed: int = 1) -> Iterator[HalfImplied]:
    """Return objects of scenes whose captions training never saw, at most one of a scene."""
    if group not in GROUPS:
        raise ArgumentError(f"group={group!r}: choose from {', '.join(map(repr, GROUPS))}.")
    return itertools.islice(_all_cases(group, seed), count)


def _all_cases(group: str, seed: int) -> Iterator[HalfImplied]:
    for scene in sample(seed=seed, held_out=True):
        for index, item in enumerate(scene.items):
            own = NOUNS.get(item.kind)
            if group == ("shape" if own is None else "own" if own == item.colour else "other"):
                yield HalfImplied(group, scene, index)
                break


def truth_of(colour: str, kind: str) -> dict[str, float]:
    """Return what the world says of a colour word and its noun, given the rest of the caption, in nats.

    Returns
    -------
    dict
        ``mi``, of the colour where the noun is not said; ``cmi``, where it is; ``co_information``, the
        difference, which is the redundancy with the noun less the synergy.
    """
    joint = probability(colour, kind)
    alone = sum(probability(colour, other) for other in KINDS)
    noun = sum(probability(other, kind) for other in COLOURS)
    mi, cmi = -math.log(alone), -math.log(joint / noun)
    return {"mi": mi, "cmi": cmi, "co_information": mi - cmi}


def half_implied(
    model: Any,
    cases: list[HalfImplied],
    *,
    draws: int = 32,
    seed: int = 0,
    log_snr_range: RangeLike = None,
    density: DensityLike = "uniform",
    progress: Progress = True,
) -> tuple[pd.DataFrame, int]:
    """Estimate the interaction of colour and noun.

    An interrupt ends it, with a warning: of several cases those that are finished are returned, of one the
    numbers of the draws done.

    Parameters
    ----------
    model, draws, log_snr_range, density, progress
        As for `interact`.
    cases
        From `half_implied_cases`.
    seed
        Case i has the seed ``seed + i``.

    Returns
    -------
    pandas.DataFrame
        A row for each case, in nats: ``mi, cmi, co_information`` in the standard form, whose means over
        scenes an optimal denoiser has in common with the world, ``..._error`` of the draws, ``..._truth``;
        and ``redundancy, synergy``, sums of the orthogonal maps.
    int
        Evaluations of the network.
    """
    import pandas as pd

    denoiser = as_denoiser(model)

    def row(numbered: tuple[int, HalfImplied]) -> tuple[dict[str, Any], int]:
        number, case = numbered
        found = interact(
            denoiser,
            picture(case.scene),
            case.scene.caption,
            words=case.spans,
            draws=draws,
            seed=seed + number,
            log_snr_range=log_snr_range,
            density=density,
            progress=False,
        )
        return _row(case, found), int(found.result.provenance["evaluations"])

    found = each(enumerate(cases), row, len(cases), progress, "interacting", "object")
    return pd.DataFrame([row for row, _ in found]), sum(evaluations for _, evaluations in found)


_WEIGHTS = {"mi": (1, 0, 0), "cmi": (0, -1, 1), "co_information": (1, 1, -1)}


def _row(case: HalfImplied, found: Interactions) -> dict[str, Any]:
    colour, kind = found.words
    row: dict[str, Any] = {"group": case.group, "colour": case.colour, "kind": case.kind}
    row["caption"] = case.scene.caption
    truth = truth_of(case.colour, case.kind)
    for name, weights in _WEIGHTS.items():
        total = pair_total(found.result, colour, kind, weights)
        row |= {name: total.value, f"{name}_error": total.standard_error, f"{name}_truth": truth[name]}
    sums = found.maps(colour, kind).sum(("y", "x"))
    return row | {name: float(sums[name]) for name in ("redundancy", "synergy")}
