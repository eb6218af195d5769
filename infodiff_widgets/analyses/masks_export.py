"""Masks as files: PNG, COCO's run lengths and COCO's polygons."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.measure import approximate_polygon, find_contours

from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.extras import require
from infodiff_widgets.files import as_path, saving, whole

from .masks import WordMask

__all__ = ["coco_annotations", "polygons", "run_lengths", "save_json", "save_png"]


def save_png(mask: WordMask, path: str | os.PathLike[str]) -> Path:
    """Write a mask as a black and white picture.

    Raises
    ------
    ArgumentError
        Where the path is a folder, or none.
    MissingFileError
        Where there is no folder for it.
    WriteError
        Where it cannot be written.

    Examples
    --------
    >>> from infodiff_widgets.analyses.masks import word_mask
    >>> save_png(word_mask(result, "red"), "red.png")
    PosixPath('red.png')
    """
    target = as_path(path)
    with saving(target), whole(target) as part:
        Image.fromarray(np.where(mask.pixels, np.uint8(255), np.uint8(0))).save(part, format="PNG")
    return target


def run_lengths(pixels: NDArray[np.bool_]) -> dict[str, Any]:
    """Return COCO's compressed run lengths: ``{"size": [H, W], "counts": text}``.

    Raises
    ------
    InfodiffError
        Where pycocotools is not installed.
    """
    require("coco", "COCO run lengths need", "pycocotools", instead="export polygons")
    from pycocotools import mask as coco

    # COCO counts down the columns.
    encoded: Any = coco.encode(np.asfortranarray(pixels, dtype=np.uint8))
    return {"size": [int(side) for side in encoded["size"]], "counts": encoded["counts"].decode("ascii")}


def polygons(pixels: NDArray[np.bool_], tolerance: float = 0.5) -> list[list[float]]:
    """Return COCO's polygons: a flat list x0, y0, x1, y1, ... in pixels for each connected part.

    COCO's polygons know no holes: what a part encloses belongs to it. Run lengths are exact.

    Parameters
    ----------
    pixels : (H, W)
        bool.
    tolerance
        Furthest distance in pixels from the exact outline (Douglas and Peucker).
    """
    found = []
    for outline in find_contours(np.pad(pixels.astype(np.float64), 1), 0.5):
        points = approximate_polygon(outline, tolerance)[:-1, ::-1] - 0.5
        x, y = points.T
        area = 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
        # skimage goes round parts and round holes in opposite directions.
        if len(points) >= 3 and area > 0:
            found.append([round(float(value), 2) for value in points.ravel()])
    return found


def coco_annotations(
    masks: Iterable[WordMask],
    image_id: int = 1,
    *,
    file_name: str | None = None,
    as_polygons: bool = False,
    smallest: int = 1,
) -> dict[str, Any]:
    """Return masks of one picture as a COCO data set: a category per word, an annotation per instance.

    Parameters
    ----------
    masks
        Of the picture's words.
    image_id
        The picture's number.
    file_name
        Of the picture that the masks are of, as large as they are; by default COCO's name for its number.
    as_polygons
        Polygons instead of run lengths, which need pycocotools.
    smallest
        Instances of fewer pixels are left out.

    Examples
    --------
    >>> from infodiff_widgets.analyses.masks import word_mask
    >>> annotations = coco_annotations([word_mask(result, "red")])
    >>> sorted(annotations)
    ['annotations', 'categories', 'images']
    """
    chosen = list(masks)
    if not chosen:
        raise ArgumentError("There are no masks to export: give at least one word.")
    height, width = chosen[0].pixels.shape
    categories = {text: number for number, text in enumerate(dict.fromkeys(m.word for m in chosen), 1)}
    found: list[dict[str, Any]] = []
    for mask in chosen:
        for part, box in zip(mask.instances(smallest), mask.boxes(smallest), strict=True):
            found.append(
                {
                    "id": len(found) + 1,
                    "image_id": image_id,
                    "category_id": categories[mask.word],
                    "segmentation": polygons(part) if as_polygons else run_lengths(part),
                    "area": int(part.sum()),
                    "bbox": list(box),
                    "iscrowd": 0,
                }
            )
    image = {
        "id": image_id,
        "height": height,
        "width": width,
        "file_name": file_name or f"{image_id:012d}.jpg",
    }
    return {
        "images": [image],
        "categories": [{"id": number, "name": text} for text, number in categories.items()],
        "annotations": found,
    }


def save_json(data: dict[str, Any], path: str | os.PathLike[str]) -> Path:
    """Write `coco_annotations` as a file that pycocotools reads; raises what `save_png` does."""
    target = as_path(path)
    with saving(target), whole(target) as part:
        part.write_text(json.dumps(data), encoding="utf-8")
    return target
