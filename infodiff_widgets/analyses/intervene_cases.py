"""What to change in a prompt: a word left out, put in another's place, or added."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from infodiff_widgets.errors import WordError
from infodiff_widgets.naming import WordLike, names_of, resolve_words
from infodiff_widgets.words import Word, without

from .localize_cases import LocalizeCase

if TYPE_CHECKING:
    from infodiff_widgets.scenes import Scene

__all__ = ["Change", "InterveneCase", "add", "omit", "scene_changes", "swap"]

Kind = Literal["omit", "swap", "add"]


@dataclass(frozen=True)
class Change:
    """A change of a prompt at one word.

    Attributes
    ----------
    kind
        "omit", "swap" or "add".
    before, after
        The prompts.
    word
        What it is about: in `before`, or in `after` where it is added.
    text
        What takes its place; "" where nothing does.
    placeholder
        What marks the gap of a word left out; None for nothing. Information is estimated with the same.
    """

    kind: Kind
    before: str
    after: str
    word: Word
    text: str = ""
    placeholder: str | None = None

    def __str__(self) -> str:
        sign = {"omit": f"- {self.name}", "add": f"+ {self.name}"}
        return sign.get(self.kind, f"{self.name} → {self.text}")

    @property
    def name(self) -> str:
        """What the word is called in the prompt that has it; see `naming.names_of`."""
        (name,) = names_of(self.after if self.kind == "add" else self.before, [self.word])
        return name

    @property
    def title(self) -> str:
        """The change in a few words."""
        name = self.name
        return {"omit": f"without {name}", "add": f"with {name}"}.get(self.kind, f"{name} → {self.text}")

    def pieces(self) -> list[tuple[str, Literal["same", "out", "in"]]]:
        """Return the prompt in order: what stays the same, what goes out, what comes in."""
        whole, word = self.after if self.kind == "add" else self.before, self.word
        put = word.text if self.kind == "add" else self.text or self.placeholder or ""
        parts: list[tuple[str, Literal["same", "out", "in"]]] = [
            (whole[: word.start], "same"),
            ("" if self.kind == "add" else word.text, "out"),
            (put, "in"),
            (whole[word.stop :], "same"),
        ]
        return [(text, kind) for text, kind in parts if text]


def omit(prompt: str, word: WordLike, placeholder: str | None = None) -> Change:
    """Leave a word out; `placeholder` as in `words.without`.

    Examples
    --------
    >>> omit("a red circle on sand", "red").after
    'a circle on sand'
    """
    (found,) = resolve_words(prompt, [word])
    return Change("omit", prompt, without(prompt, found, placeholder), found, placeholder=placeholder)


def swap(prompt: str, word: WordLike, text: str) -> Change:
    """Put a text in the place of a word.

    Examples
    --------
    >>> swap("a red circle on sand", "red", "blue").after
    'a blue circle on sand'
    """
    (found,) = resolve_words(prompt, [word])
    if text.strip() == found.text:
        raise WordError(f"{text!r} is what already stands there: give another text.")
    return Change("swap", prompt, without(prompt, found, text), found, text)


def add(prompt: str, text: str, before: WordLike | None = None) -> Change:
    """Put a text before a word, or at the end of the prompt.

    Examples
    --------
    >>> add("a circle on sand", "red", before="circle").after
    'a red circle on sand'
    """
    if not text.strip():
        raise WordError(f"text={text!r} adds nothing: give a word.")
    if before is None:
        start, after = len(prompt.rstrip()) + 1, f"{prompt.rstrip()} {text}"
    else:
        (found,) = resolve_words(prompt, [before])
        start, after = found.start, f"{prompt[: found.start]}{text} {prompt[found.start :]}"
    return Change("add", prompt, after, Word(text, start, start + len(text)), text)


@dataclass(frozen=True, eq=False)
class InterveneCase:
    """A picture, what is changed in its prompt, and what is known of the outcome.

    Attributes
    ----------
    name
        Of the picture.
    picture
        Whatever `images.load_image` takes.
    change
        Of the prompt.
    mask
        Returns the pixels that should change, (H, W) bool of the picture's own size; None where nobody knows.
    obeyed
        Says whether the new picture shows what was asked for; None where nobody knows.
    """

    name: str
    picture: Any
    change: Change
    mask: Callable[[], NDArray[np.bool_]] | None = None
    obeyed: Callable[[Image.Image], bool] | None = None

    def located(self) -> LocalizeCase:
        """Return it as a case whose mask is that of the word."""
        mask = self.mask
        masks = None if mask is None else lambda: [mask()]
        change = self.change
        return LocalizeCase(self.name, self.picture, change.before, (change.word,), (change.kind,), masks)


def scene_changes(count: int, seed: int = 1, kinds: Sequence[Kind] = ("omit", "swap")) -> list[InterveneCase]:
    """Return scenes with their first object's colour word left out, or swapped for another colour.

    Parameters
    ----------
    count, seed
        Held-out scenes; see `scenes.sample`.
    kinds
        Of "omit" and "swap".
    """
    from infodiff_widgets import scenes

    drawn = itertools.islice(scenes.sample(seed=seed, held_out=True), count)
    return [
        _of_scene(f"scene {index}", scene, kind, seed + index)
        for index, scene in enumerate(drawn)
        for kind in kinds
    ]


def _of_scene(name: str, scene: Scene, kind: Kind, seed: int) -> InterveneCase:
    from infodiff_widgets import scenes
    from infodiff_widgets.scenes.vocabulary import COLOURS

    colour = scene.items[0].colour
    role = scenes.Role("colour", 0)
    span, mask = scene.spans[role], partial(scenes.mask, scene, role)
    if kind == "omit":
        return InterveneCase(name, scenes.picture(scene), omit(scene.caption, span), mask)
    taken = {colour, scene.items[1].colour}
    others = [other for other in COLOURS if other not in taken]
    chosen = others[int(np.random.default_rng(seed).integers(len(others)))]
    return InterveneCase(
        name,
        scenes.picture(scene),
        swap(scene.caption, span, chosen),
        mask,
        partial(_shows, mask(), chosen),
    )


def _shows(mask: NDArray[np.bool_], colour: str, picture: Image.Image) -> bool:
    """Say whether most pixels of an object have a colour."""
    from infodiff_widgets.scenes.read import colour_votes
    from infodiff_widgets.scenes.vocabulary import COLOURS

    votes = colour_votes(np.asarray(picture))[mask]
    return bool((votes == list(COLOURS).index(colour)).mean() > 0.5)
