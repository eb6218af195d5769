"""Read a scene back from its pixels, by rule: which colour word is where."""

from __future__ import annotations

import numpy as np

from .vocabulary import COLOURS, RELATIONS

__all__ = ["colour_votes", "dominant_colours"]

#: Paler pixels are background: the palest object (pink) has a saturation of 0.42.
MIN_SATURATION = 0.40


def colour_votes(picture: np.ndarray) -> np.ndarray:
    """Name the colour word of every saturated pixel.

    Parameters
    ----------
    picture
        (height, width, 3) uint8 RGB.

    Returns
    -------
    numpy.ndarray
        (height, width) int, the index of the nearest colour word by hue, or -1 for background.
        Brown, which shares its hue with sand, is told from it by its darkness and from red and
        yellow by its hue.
    """
    from matplotlib.colors import rgb_to_hsv

    hue, saturation, value = np.moveaxis(rgb_to_hsv(picture / 255.0), -1, 0)
    centres = np.array([np.mean(colour.hue) for colour in COLOURS.values()])
    distance = np.abs((hue[..., None] - centres + 0.5) % 1.0 - 0.5)
    votes = distance.argmin(-1)
    # Slate is dark and bluish, with a saturation of up to 0.3; its shadows are darker still.
    background = (saturation < MIN_SATURATION) | (value < 0.2)
    return np.where(background, -1, votes)


def dominant_colours(
    picture: np.ndarray, relation: str, min_share: float = 0.01
) -> tuple[str | None, str | None]:
    """Name the colour of the object on each side, for the relation of the first to the second.

    Each object is looked for in its half of the picture; its colour is the one that most saturated
    pixels there have, None when they are fewer than `min_share` of the picture.
    """
    votes = colour_votes(picture)
    dx, dy = RELATIONS[relation]
    halves = np.array_split(votes, 2, axis=1 if dx else 0)
    if dx + dy > 0:
        halves = halves[::-1]
    names = list(COLOURS)
    found: list[str | None] = []
    for half in halves:
        counts = np.bincount(half[half >= 0], minlength=len(names))
        found.append(names[int(counts.argmax())] if counts.max() >= min_share * votes.size else None)
    return found[0], found[1]
