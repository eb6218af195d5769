"""Pictures with a true caption among false ones: made from scenes, whose truth is known."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from infodiff_widgets.errors import ArgumentError

from .relate_shuffles import SHUFFLES, Tag, Token, shuffled_captions

if TYPE_CHECKING:
    from PIL.Image import Image

    from infodiff_widgets.scenes import Scene

__all__ = ["SCENE_KINDS", "Case", "scene_cases"]


@dataclass(frozen=True)
class Case:
    """A picture and the captions to choose from.

    Attributes
    ----------
    kind
        What accuracy is counted by. Of scenes, what the false captions do: "attribute", "relation" or
        "order"; of a set of ARO, its name, such as "vg-relation".
    name
        Of the picture: a path, or the number of a scene.
    picture
        Opens it.
    truth
        The true caption.
    others
        False captions, each with what was done to the truth.
    """

    kind: str
    name: str
    picture: Callable[[], Image]
    truth: str
    others: tuple[tuple[str, str], ...]


def scene_cases(kind: str, count: int, seed: int = 1) -> Iterator[Case]:
    """Make cases from scenes whose captions training never saw.

    "attribute" exchanges the colours of the two objects, as VG-Attribution does; "relation" exchanges the
    objects, as VG-Relation does; "order" shuffles words in the four ways of COCO-order. All keep the words.
    Scenes in which an exchange changes nothing (two red objects), or that of the colours amounts to that of
    the objects (two circles), are passed over.

    Parameters
    ----------
    kind
        One of `SCENE_KINDS`.
    count
        How many.
    seed
        Of the scenes and the shuffles.

    Raises
    ------
    ArgumentError
        For another kind.
    """
    if kind not in SCENE_KINDS:
        raise ArgumentError(f"kind={kind!r}: choose from {', '.join(map(repr, SCENE_KINDS))}.")
    return itertools.islice(_all_cases(kind, seed), count)


def _all_cases(kind: str, seed: int) -> Iterator[Case]:
    from infodiff_widgets.scenes import picture, sample

    for number, scene in enumerate(sample(seed=seed, held_out=True)):
        others = tuple(SCENE_KINDS[kind](scene, np.random.default_rng([seed, number])))
        if others:
            name = f"scene {number} of seed {seed}"
            yield Case(kind, name, lambda scene=scene: picture(scene), scene.caption, others)


def _exchange(scene: Scene, colours: Sequence[int], kinds: Sequence[int]) -> list[str]:
    """Return the caption with the colours and kinds of these objects at the two places, if it is another."""
    words = [text for text, _ in scene.units]
    words[1], words[5] = (scene.items[index].colour for index in colours)
    words[2], words[6] = (scene.items[index].kind for index in kinds)
    caption = " ".join(words)
    return [caption] if caption != scene.caption else []


def _attribute(scene: Scene, _: np.random.Generator) -> Iterable[tuple[str, str]]:
    first, second = scene.items
    if first.kind == second.kind:  # then it would be the objects that are exchanged
        return ()
    return [("colours exchanged", caption) for caption in _exchange(scene, (1, 0), (0, 1))]


def _relation(scene: Scene, _: np.random.Generator) -> Iterable[tuple[str, str]]:
    return [("objects exchanged", caption) for caption in _exchange(scene, (1, 0), (1, 0))]


def _order(scene: Scene, random: np.random.Generator) -> Iterable[tuple[str, str]]:
    tags: dict[str, Tag] = {"colour": "adjective", "kind": "noun", "background": "noun"}
    tokens = [
        Token(word, tags.get(role.name, "other")) for text, role in scene.units for word in text.split()
    ]
    found = shuffled_captions(tokens, random)
    return found if len(found) == len(SHUFFLES) else ()


SCENE_KINDS: dict[str, Callable[[Scene, np.random.Generator], Iterable[tuple[str, str]]]] = {
    "attribute": _attribute,
    "relation": _relation,
    "order": _order,
}
"""What can be done to the caption of a scene."""
