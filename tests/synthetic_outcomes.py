"""Outcomes of changes made of blobs: for tests of what comes after the measurement."""

from __future__ import annotations

import numpy as np
from PIL import Image

from infodiff_widgets.analyses.intervene import Outcome, correlations
from infodiff_widgets.analyses.intervene_cases import Change, InterveneCase, add, omit, swap
from infodiff_widgets.analyses.intervene_edit import EditedPicture

GRID, SIZE = (16, 24), (64, 96)
PROMPT = "a red circle on sand"


def synthetic_outcomes(prompt: str = PROMPT) -> list[Outcome]:
    """Return a swap that does much, an omission that does little, and a word that is added."""
    word = prompt.split()[1]
    changes = [swap(prompt, word, "blue"), omit(prompt, word), add(prompt, "big", word)]
    return [_outcome(change, strength) for change, strength in zip(changes, (1.0, 0.1, 0.4), strict=True)]


def _outcome(change: Change, strength: float) -> Outcome:
    random = np.random.default_rng(3)
    disc = _disc(SIZE)
    picture = np.full((*SIZE, 3), 190.0)
    picture[disc > 0.5] = (200, 40, 40)
    after = picture + strength * disc[..., None] * np.array([-150, 0, 150])
    moved = strength * _disc(GRID) + 0.01 * random.random(GRID)
    maps = {"information": 0.3 * strength * _disc(GRID) + 0.02 * random.random(GRID)}
    maps["attention"] = 0.05 + 0.02 * random.random(GRID)
    if change.kind != "add":
        maps["regeneration"] = 0.04 + 0.03 * random.random(GRID)
    found = {name: correlations(values, moved) for name, values in maps.items()}
    image = Image.fromarray(picture.astype(np.uint8))
    edit = EditedPicture(
        change=change,
        before=image,
        reconstructed=image,
        after=Image.fromarray(after.clip(0, 255).astype(np.uint8)),
        moved=moved,
        reconstruction_error=0.0123,
        noise_scale=0.98,
        attention=maps.get("regeneration"),
        evaluations=90,
    )
    return Outcome(
        case=InterveneCase("beach", image, change),
        edit=edit,
        maps=maps,
        pearson={name: pair[0] for name, pair in found.items()},
        spearman={name: pair[1] for name, pair in found.items()},
        mask=None,
        obeyed=True if change.kind == "swap" else None,
        evaluations=300,
    )


def _disc(size: tuple[int, int]) -> np.ndarray:
    """A disc whose edge is soft, left of the middle."""
    y, x = ((np.arange(n) + 0.5) / n for n in size)
    distance = np.hypot((y[:, None] - 0.5) * size[0] / size[1], x[None] - 0.35)
    return 1 / (1 + np.exp((distance - 0.18) * 40))
