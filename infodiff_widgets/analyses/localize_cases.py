"""What is asked of a localisation: pictures with captions, words of them, and the pixels they speak of."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from infodiff_widgets.images import ImageRule, load_image
from infodiff_widgets.words import Word

if TYPE_CHECKING:
    from infodiff_widgets.scenes import Role, Scene

__all__ = ["LocalizeCase", "scene_cases"]


@dataclass(frozen=True, eq=False)
class LocalizeCase:
    """A picture with its caption, and words with their pixels.

    Attributes
    ----------
    name
        Of the picture; rows of one picture are drawn together in a bootstrap.
    picture
        Whatever `images.load_image` takes.
    prompt
        The caption.
    words, kinds
        Words of it, and what kind of word each is: scores are reported by kind.
    masks
        Returns (H, W) bool of the picture's own size for each word; None where nobody knows.
    """

    name: str
    picture: Any
    prompt: str
    words: tuple[Word, ...]
    kinds: tuple[str, ...]
    masks: Callable[[], Sequence[NDArray[np.bool_]]] | None

    @property
    def first_mask(self) -> Callable[[], NDArray[np.bool_]] | None:
        """The mask of the first word, where it is known."""
        masks = self.masks
        return None if masks is None else lambda: masks()[0]

    def fitted_masks(self, rule: ImageRule) -> list[NDArray[np.bool_]]:
        """Return the masks scaled and cropped as `images.load_image` does the picture."""
        if self.masks is None:
            return []
        pictures = (Image.fromarray(255 * np.asarray(mask, np.uint8)) for mask in self.masks())
        return [np.asarray(load_image(picture, rule))[..., 0] > 127 for picture in pictures]


def scene_cases(count: int, seed: int = 1, kinds: Sequence[str] = ("colour", "kind")) -> list[LocalizeCase]:
    """Return scenes whose captions training never saw, rendered, with words of some kinds and their objects.

    Parameters
    ----------
    count, seed
        How many, and the seed of `scenes.sample`.
    kinds
        Of "colour", "kind", "relation" and "background".
    """
    from infodiff_widgets import scenes

    drawn = itertools.islice(scenes.sample(seed=seed, held_out=True), count)
    return [_of_scene(f"scene {index}", scene, kinds) for index, scene in enumerate(drawn)]


def _of_scene(name: str, scene: Scene, kinds: Sequence[str]) -> LocalizeCase:
    from infodiff_widgets import scenes

    spans = {role: span for role, span in scene.spans.items() if role.name in kinds}
    words = tuple(Word(scene.caption[start:stop], start, stop) for start, stop in spans.values())
    masks = partial(_scene_masks, scene, tuple(spans))
    picture = scenes.picture(scene)
    return LocalizeCase(name, picture, scene.caption, words, tuple(role.name for role in spans), masks)


def _scene_masks(scene: Scene, roles: Sequence[Role]) -> list[NDArray[np.bool_]]:
    from infodiff_widgets import scenes

    return [scenes.mask(scene, role) for role in roles]
