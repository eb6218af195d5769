"""Masks of words: from a map on latent cells to pixels, instances, contours and boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.filters import threshold_otsu
from skimage.measure import find_contours, label, regionprops
from skimage.segmentation import slic

from infodiff_widgets import colour
from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.naming import find_word
from infodiff_widgets.selection import swap_names

if TYPE_CHECKING:
    from infodiff_widgets.naming import WordKey
    from infodiff_widgets.result import Result

__all__ = ["UPSAMPLINGS", "ThresholdLike", "Upsampling", "WordMask", "threshold", "upsample", "word_mask"]

Upsampling = Literal["bilinear", "nearest", "edges"]
ThresholdLike = float | Literal["otsu", "mean"]
UPSAMPLINGS: tuple[Upsampling, ...] = ("bilinear", "nearest", "edges")

_CELLS_PER_SEGMENT = 8
"""Latent cells to a superpixel: some 500 of them at 512 pixels a side, as is usual for photographs."""


@dataclass(frozen=True, eq=False)
class WordMask:
    """The pixels of a word.

    Attributes
    ----------
    word
        Its text; of a swap its name, such as "red → blue".
    pixels : (H, W)
        bool.
    heat : (H, W)
        The upsampled map, in the unit of the map: nats per latent cell for information.
    threshold
        The value of `heat` from which on a pixel belongs to the mask.
    """

    word: str
    pixels: NDArray[np.bool_]
    heat: NDArray[np.float64]
    threshold: float

    def instances(self, smallest: int = 1) -> list[NDArray[np.bool_]]:
        """Split the mask into its connected parts, the largest first.

        Parameters
        ----------
        smallest
            Parts of fewer pixels are left out.
        """
        labels = np.asarray(label(self.pixels, connectivity=2), np.int64)
        sizes = np.bincount(labels.ravel())[1:]
        order = np.argsort(-sizes, kind="stable")
        return [labels == part + 1 for part in order if sizes[part] >= smallest]

    def boxes(self, smallest: int = 1) -> list[tuple[int, int, int, int]]:
        """Return (x, y, width, height) in pixels of each instance, as COCO has it."""
        found = []
        for part in self.instances(smallest):
            top, left, bottom, right = regionprops(part.astype(np.uint8))[0].bbox
            found.append((left, top, right - left, bottom - top))
        return found

    def contours(self) -> list[NDArray[np.float64]]:
        """Return closed outlines, each (points, 2) of (x, y) in pixels; pixel (0, 0) spans 0 to 1."""
        # The frame of zeros closes outlines at the picture's edge.
        padded = np.pad(self.pixels.astype(np.float64), 1)
        return [outline[:, ::-1] - 0.5 for outline in find_contours(padded, 0.5)]


def upsample(
    values: ArrayLike, shape: tuple[int, int], method: Upsampling = "bilinear", image: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Bring a map from latent cells to pixels; values keep their unit, nats per latent cell.

    Parameters
    ----------
    values : (h, w)
        A map.
    shape
        (H, W) of the picture.
    method
        "bilinear"; "nearest"; or "edges", by the picture: the bilinear map's mean over each superpixel
        (SLIC; Achanta et al., 2012), so that the borders are those of the picture.
    image : (H, W, 3)
        uint8, for "edges".

    Raises
    ------
    ArgumentError
        Where the method is none of these, or the picture is missing or of another size.

    Examples
    --------
    >>> upsample(result.map("red"), (64, 64)).shape
    (64, 64)
    """
    cells = np.asarray(values, np.float64)
    if method not in UPSAMPLINGS:
        raise ArgumentError(f"upsampling={method!r}: use one of {', '.join(map(repr, UPSAMPLINGS))}.")
    smooth = np.asarray(colour.upsample(cells, *shape, smooth=method != "nearest"), np.float64)
    if method != "edges":
        return smooth
    picture = None if image is None else np.asarray(image)
    if picture is None or picture.shape[:2] != tuple(shape):
        got = "none was given" if picture is None else f"this one has {picture.shape[:2]}"
        raise ArgumentError(f"upsampling='edges' needs the picture of {tuple(shape)} pixels: {got}.")
    segments: NDArray[np.int64] = slic(
        picture, n_segments=max(2, round(cells.size / _CELLS_PER_SEGMENT)), start_label=0
    )
    count = np.bincount(segments.ravel())
    total = np.bincount(segments.ravel(), weights=smooth.ravel())
    return (total / np.maximum(count, 1))[segments]


def threshold(heat: ArrayLike, rule: ThresholdLike = "otsu") -> float:
    """Return the value from which on pixels belong to the mask.

    Parameters
    ----------
    heat : (H, W)
        An upsampled map.
    rule
        A share of the map's maximum, 0 to 1; "otsu", which separates two classes best (Otsu, 1979); or
        "mean", as ConceptAttention has it. The shares of `scores.best_share` are none of these: they count
        from the map's minimum, ``heat > heat.min() + share * np.ptp(heat)``.

    Raises
    ------
    ArgumentError
        Where the rule is none of these.

    Examples
    --------
    >>> heat = np.array([0.0, 0.1, 0.8, 1.0])
    >>> (heat >= threshold(heat, 0.5)).tolist()  # half of the maximum
    [False, False, True, True]
    >>> mask = result.map("red") >= threshold(result.map("red"))
    """
    values = np.asarray(heat, np.float64)
    if isinstance(rule, str):
        if rule == "otsu":
            return float(threshold_otsu(values))
        if rule == "mean":
            return float(values.mean())
    elif 0 <= rule <= 1:
        return float(rule * values.max())
    raise ArgumentError(f"threshold={rule!r}: give a share of the maximum between 0 and 1, 'otsu' or 'mean'.")


def word_mask(
    result: Result,
    word: WordKey,
    *,
    quantity: str = "cmi",
    form: str = "orthogonal",
    upsampling: Upsampling = "bilinear",
    rule: ThresholdLike = "otsu",
) -> WordMask:
    """Return the pixels of a word in the picture of a result.

    Parameters
    ----------
    result
        An estimate.
    word, quantity, form
        As in `Result.map`.
    upsampling, rule
        See `upsample` and `threshold`.

    Examples
    --------
    >>> mask = word_mask(result, "blue", upsampling="edges")
    >>> mask.pixels.shape
    (64, 64)
    >>> mask.boxes(smallest=50)
    [(0, 26, 37, 38)]
    """
    values = result.map(word, quantity, form).values
    return mask_of(_name_of(result, word, quantity), values, np.asarray(result.image), upsampling, rule)


def _name_of(result: Result, word: WordKey, quantity: str) -> str:
    """Return the text of a word; of a swap, what it is called wherever swaps are listed."""
    if quantity != "swap":
        return result.words[find_word(result.prompt, result.words, word)].text
    names = swap_names(result)
    index = names.index(str(word)) if word in names else find_word(result.prompt, tuple(result.swaps), word)
    return names[index]


def mask_of(
    word: str,
    values: NDArray[Any],
    picture: NDArray[np.uint8],
    upsampling: Upsampling = "bilinear",
    rule: ThresholdLike = "otsu",
) -> WordMask:
    """Return the mask that a map of any kind makes on a picture, (H, W, 3) uint8."""
    heat = upsample(values, (picture.shape[0], picture.shape[1]), upsampling, picture)
    limit = threshold(heat, rule)
    # A flat map says nothing about any pixel.
    return WordMask(word, (heat >= limit) & (heat > heat.min()), heat, limit)
