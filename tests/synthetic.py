"""A plausible small result made of blobs, without torch: for tests of what comes after the estimate."""

from __future__ import annotations

import numpy as np

from infodiff_widgets.dataset import assemble
from infodiff_widgets.result import Result
from infodiff_widgets.words import split_words


def synthetic_result(
    prompt: str = "a red circle left of a blue square on sand",
    *,
    cells: tuple[int, int] = (32, 32),
    pixels: tuple[int, int] = (64, 64),
    quantities: tuple[str, ...] = ("cmi", "mi"),
    draws: int = 64,
    done: int | None = None,
    seed: int = 0,
    rough: tuple[str, ...] = (),
) -> Result:
    """One blob per word at a place of its own; maps sum to the totals of the draws.

    The standard form is the orthogonal one plus signed noise. `done` makes the result partial (a multiple
    of 4); with ``done=4`` the errors are NaN, as in a run that has just begun. Of `rough` words a few draws
    bring most of what they say.
    """
    random = np.random.default_rng(seed)
    words = split_words(prompt)
    done = draws if done is None else done
    q, t, (height, width) = len(quantities), len(words), cells
    y, x = np.mgrid[0:height, 0:width] / max(cells)
    centre = random.uniform(0.2, 0.8, (t, 2))
    size = random.uniform(0.05, 0.2, t)
    blobs = np.exp(
        -((y - centre[:, :1, None]) ** 2 + (x - centre[:, 1:, None]) ** 2) / (2 * size[:, None, None] ** 2)
    )
    strength = random.gamma(1.0, 3.0, t) * (np.array([len(word.text) for word in words]) > 2) + 0.05
    orthogonal = blobs / blobs.sum((1, 2), keepdims=True) * strength[:, None, None]
    standard = (
        orthogonal + random.normal(0, 0.4, orthogonal.shape) * orthogonal.max((1, 2), keepdims=True) * 0.3
    )
    one = np.stack([orthogonal, standard])
    maps = np.stack([one * (1.0 + index) for index in range(q)])

    places = np.sort(random.permutation(draws // 4)[: done // 4])
    draw = (places[:, None] * 4 + np.arange(4)).ravel()
    log_snr = -5.36 + (draw + 0.5) / draws * (7.07 + 5.36)
    density = np.full(done, 1 / (7.07 + 5.36))
    bump = np.exp(-((log_snr - 1.0) ** 2) / 4) * random.lognormal(0, 0.2, done)
    bump /= (bump / density).mean()
    draw_totals = maps.sum((-1, -2))[..., None] * bump
    for index in (index for index, word in enumerate(words) if word.text in rough):
        few = bump * np.random.default_rng(2).lognormal(0, 2.0, done)
        draw_totals[:, :, index] = maps.sum((-1, -2))[:, :, index, None] * few / (few / density).mean()
    full = one.sum(1) * 1.2
    nan = done == 4 and draws > 4
    return Result(
        assemble(
            prompt=prompt,
            words=words,
            quantities=quantities,
            image=_picture(pixels, centre, size),
            maps=maps,
            maps_error=np.full_like(maps, np.nan) if nan else np.abs(maps) * 0.15 + 1e-4,
            full_map=full,
            full_map_error=np.full_like(full, np.nan) if nan else np.abs(full) * 0.1 + 1e-4,
            draw=draw,
            draws_planned=draws,
            complete=done == draws,
            draw_order=np.arange(done),
            draw_log_snr=log_snr,
            draw_density=density,
            draw_totals=draw_totals,
            draw_full=full.sum((-1, -2))[:, None] * bump,
            log_snr_range=(-5.36, 7.07),
            trained_log_snr_range=(-5.36, 7.07),
            provenance={"model": "synthetic", "seed": seed},
        )
    )


def _picture(pixels: tuple[int, int], centre: np.ndarray, size: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(1)
    y, x = np.mgrid[0 : pixels[0], 0 : pixels[1]] / max(pixels)
    picture = np.full((*pixels, 3), 200.0)
    for (cy, cx), radius in zip(centre, size, strict=True):
        picture[(y - cy) ** 2 + (x - cx) ** 2 < radius**2] = random.uniform(40, 220, 3)
    return picture.astype(np.uint8)
