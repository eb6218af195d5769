"""The world that scenes are drawn from: exact distribution, captions, and the nats of every word."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from infodiff_widgets.errors import ArgumentError

from .vocabulary import BACKGROUNDS, COLOURS, KINDS, NOUNS, RELATIONS, SHAPES

__all__ = ["Item", "Role", "Scene", "Texture", "entropy", "is_held_out", "probability", "sample"]

#: The chance that an object is one of the three nouns, and that a noun has its own colour.
NOUN_SHARE = 0.25
OWN_COLOUR = 0.9
HELD_OUT_SHARE = 0.02


class Role(NamedTuple):
    """What a unit of a caption names: the `name` of the role, and the object (0 or 1) it belongs to, if any.

    Examples
    --------
    >>> dict(next(sample(seed=1)).units)["purple"] == Role("colour", 0)
    True
    """

    name: str
    item: int | None = None


@dataclass(frozen=True)
class Item:
    """One object. Lengths are in picture widths, colours HSV in 0..1, angles in radians.

    Examples
    --------
    >>> item = next(sample(seed=1)).items[0]
    >>> item.colour, item.kind
    ('purple', 'star')
    """

    colour: str
    kind: str
    hsv: tuple[float, float, float]
    x: float
    y: float
    radius: float
    angle: float
    roundness: float
    rim: float
    rim_darkness: float


@dataclass(frozen=True)
class Texture:
    """One plane wave of the background: waves per picture along x and y, phase, amplitude."""

    kx: float
    ky: float
    phase: float
    amplitude: float


@dataclass(frozen=True)
class Scene:
    """Everything that a picture shows; `relation` says where the first object is from the second.

    Examples
    --------
    >>> scene = next(sample(seed=1))
    >>> scene.caption
    'a purple star right of a brown star on slate'
    >>> scene.relation, scene.background
    ('right of', 'slate')
    >>> scene.spans[Role("colour", 0)]
    (2, 8)
    """

    items: tuple[Item, Item]
    relation: str
    background: str
    background_hsv: tuple[float, float, float]
    textures: tuple[Texture, ...]
    light_angle: float
    light: float
    shadow: float

    @property
    def units(self) -> tuple[tuple[str, Role], ...]:
        """The caption as units (text, role); a unit is a word, or the two words "left of"."""
        first, second = self.items
        return (
            ("a", Role("article", 0)),
            (first.colour, Role("colour", 0)),
            (first.kind, Role("kind", 0)),
            (self.relation, Role("relation")),
            ("a", Role("article", 1)),
            (second.colour, Role("colour", 1)),
            (second.kind, Role("kind", 1)),
            ("on", Role("preposition")),
            (self.background, Role("background")),
        )

    @property
    def caption(self) -> str:
        """The full caption, as in "a red circle left of a blue square on sand"."""
        return " ".join(text for text, _ in self.units)

    @property
    def spans(self) -> dict[Role, tuple[int, int]]:
        """Where each unit stands in the caption, (start, stop) in characters, in their order."""
        found, start = {}, 0
        for text, role in self.units:
            found[role] = (start, start + len(text))
            start += len(text) + 1
        return found

    def information(self, role: Role) -> float:
        """Return the nats that a unit of the caption carries given all the others: -ln p(unit | rest).

        It is what the standard conditional mutual information of the unit is on average over scenes,
        for an optimal denoiser and a picture that shows it (Kong et al., eq. 6).
        """
        if role.item is None:
            choices = {"relation": RELATIONS, "background": BACKGROUNDS}.get(role.name)
            return math.log(len(choices)) if choices else 0.0
        item = self.items[role.item]
        if role.name == "colour":
            return -math.log(probability(item.colour, item.kind) / _kind(item.kind))
        if role.name == "kind":
            colour = sum(probability(item.colour, kind) for kind in KINDS)
            return -math.log(probability(item.colour, item.kind) / colour)
        return 0.0


def _kind(kind: str) -> float:
    return NOUN_SHARE / len(NOUNS) if kind in NOUNS else (1 - NOUN_SHARE) / len(SHAPES)


def probability(colour: str, kind: str) -> float:
    """Return the probability that one object of a scene has this colour and this kind."""
    if kind not in NOUNS:
        return _kind(kind) / len(COLOURS)
    share = OWN_COLOUR if NOUNS[kind] == colour else (1 - OWN_COLOUR) / (len(COLOURS) - 1)
    return _kind(kind) * share


def entropy(word: str) -> float:
    """Return the nats that a word carries in this world, on average over the scenes that have it.

    The mean of -ln p(word | rest of the caption) over scenes in which the word stands; the words
    "left of" and "right of" count as one. Articles and "on" carry 0. Of the two words of "left of",
    "left" carries ln 2 beside "of" (which tells two relations from four) and "of" nothing.

    Raises
    ------
    ArgumentError
        If the word is not one of the world's.

    Examples
    --------
    >>> round(entropy("above"), 3)
    1.386
    >>> entropy("red") < entropy("blue")  # hearts are red
    True
    """
    if word in RELATIONS or word in BACKGROUNDS:
        return math.log(len(RELATIONS if word in RELATIONS else BACKGROUNDS))
    if word in {"left", "right"}:
        return math.log(2)
    if word in {"a", "on", "of"}:
        return 0.0
    if word in COLOURS:
        joint = {kind: probability(word, kind) for kind in KINDS}
        given = {kind: _kind(kind) for kind in KINDS}
    elif word in KINDS:
        joint = {colour: probability(colour, word) for colour in COLOURS}
        given = {colour: sum(probability(colour, kind) for kind in KINDS) for colour in COLOURS}
    else:
        known = ", ".join([*COLOURS, *KINDS, *RELATIONS, *BACKGROUNDS, "a", "on", "of"])
        raise ArgumentError(f"{word!r} is not a word of the scenes world, which has: {known}.")
    whole = sum(joint.values())
    return -sum(p * math.log(p / given[key]) for key, p in joint.items()) / whole


def is_held_out(scene: Scene) -> bool:
    """Say whether the scene's caption is one of the 2% that training never sees."""
    return zlib.crc32(scene.caption.encode()) % 1000 < 1000 * HELD_OUT_SHARE


def sample(seed: int, held_out: bool | None = None) -> Iterator[Scene]:
    """Draw scenes for ever.

    Parameters
    ----------
    seed
        Same seed, same scenes.
    held_out
        Only scenes whose caption training never sees (True), only the others (False), or all (None).

    Examples
    --------
    >>> from itertools import islice
    >>> [scene.caption for scene in islice(sample(seed=1, held_out=True), 2)]
    ['a purple ring left of a green ring on sand', 'a yellow square below a brown cross on ice']
    """
    rng = np.random.default_rng(seed)
    while True:
        scene = _draw(rng)
        if held_out is None or is_held_out(scene) == held_out:
            yield scene


def _between(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    return float(rng.uniform(*bounds))


def _draw(rng: np.random.Generator) -> Scene:
    relation = str(rng.choice(list(RELATIONS)))
    background = str(rng.choice(list(BACKGROUNDS)))
    look = BACKGROUNDS[background]
    toward = math.atan2(RELATIONS[relation][1], RELATIONS[relation][0]) + _between(rng, (-0.5, 0.5))
    gap = _between(rng, (0.46, 0.56))
    middle = (0.5 + _between(rng, (-0.04, 0.04)), 0.5 + _between(rng, (-0.04, 0.04)))
    items = tuple(
        _item(
            rng,
            middle[0] + sign * gap / 2 * math.cos(toward),
            middle[1] + sign * gap / 2 * math.sin(toward),
        )
        for sign in (1, -1)
    )
    textures = tuple(_texture(rng, look.waves, look.amplitude) for _ in range(3))
    return Scene(
        items=(items[0], items[1]),
        relation=relation,
        background=background,
        background_hsv=_hsv(rng, look.colour),
        textures=textures,
        light_angle=_between(rng, (-2.6, -0.55)),
        light=_between(rng, (0.06, 0.16)),
        shadow=_between(rng, (0.22, 0.40)),
    )


def _hsv(rng: np.random.Generator, colour: tuple[tuple[float, float], ...]) -> tuple[float, float, float]:
    hue, saturation, value = (_between(rng, bounds) for bounds in colour)
    return hue % 1.0, saturation, value


def _item(rng: np.random.Generator, x: float, y: float) -> Item:
    kind = str(rng.choice(KINDS, p=[_kind(k) for k in KINDS]))
    weights = np.array([probability(colour, kind) for colour in COLOURS])
    colour = str(rng.choice(list(COLOURS), p=weights / weights.sum()))
    return Item(
        colour=colour,
        kind=kind,
        hsv=_hsv(rng, COLOURS[colour]),
        x=x,
        y=y,
        radius=_between(rng, (0.16, 0.20)),
        angle=_between(rng, (-0.28, 0.28)),
        roundness=_between(rng, (0.06, 0.18)),
        rim=_between(rng, (0.05, 0.12)),
        rim_darkness=_between(rng, (0.10, 0.30)),
    )


def _texture(rng: np.random.Generator, waves: tuple[float, float], amplitude: tuple[float, float]) -> Texture:
    frequency, direction = _between(rng, waves), _between(rng, (0.0, math.pi))
    return Texture(
        kx=frequency * math.cos(direction),
        ky=frequency * math.sin(direction),
        phase=_between(rng, (0.0, 2 * math.pi)),
        amplitude=_between(rng, amplitude),
    )
