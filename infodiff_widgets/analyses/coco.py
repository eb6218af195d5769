"""COCO-IT, COCO100-IT and COCO-WL of the reference code, beside the pictures and masks of COCO val2017.

Three files and folders under one root, as their publishers name them::

    COCO-IT.csv (or COCO100-IT.csv, COCO-WL.csv)   github.com/kxh001/Info-Decomp, datasets/coco
    val2017/000000000139.jpg ...                   images.cocodataset.org/zips/val2017.zip
    annotations/instances_val2017.json             images.cocodataset.org/annotations/
                                                   annotations_trainval2017.zip
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import regex
from numpy.typing import NDArray

from infodiff_widgets.errors import ArgumentError, DatasetError
from infodiff_widgets.extras import require
from infodiff_widgets.words import Word

from .localize_cases import LocalizeCase

__all__ = ["COCO_SETS", "find_in_caption", "read_coco"]

COCO_SETS = {"coco-it": "COCO-IT.csv", "coco100-it": "COCO100-IT.csv", "coco-wl": "COCO-WL.csv"}
_COLUMNS = ("Image ID", "Label", "correct_obj+context", "context", "correct_obj")
_TABLES = "https://github.com/kxh001/Info-Decomp, folder datasets/coco"
_PICTURES = "http://images.cocodataset.org/zips/val2017.zip"
_INSTANCES = "http://images.cocodataset.org/annotations/annotations_trainval2017.zip"


def read_coco(name: str, root: str | Path) -> Iterator[LocalizeCase]:
    """Read a set, row by row; pictures and masks are opened when a case is used.

    The columns ``Image ID``, ``Label`` (COCO's category; in COCO-WL the word's stem),
    ``correct_obj+context`` (the caption) and ``correct_obj`` (the word in it) are used. ``context`` and
    ``context_`` are not: the word is taken out of the caption by this package, which leaves no double spaces
    and cuts no other word.

    Parameters
    ----------
    name
        One of `COCO_SETS`.
    root
        The folder; see above.

    Returns
    -------
    Iterator of LocalizeCase
        The mask of a row is the union of all instances of its category. COCO-WL's words (verbs, numbers,
        ...) have none, and their kind is the part of speech.

    Raises
    ------
    ArgumentError
        For another name.
    DatasetError
        Where a file is missing or is something else: the message says which to get, where it goes and what
        its columns are.
    InfodiffError
        Where pycocotools is not installed.
    """
    if name not in COCO_SETS:
        raise ArgumentError(f"name={name!r}: the sets are {', '.join(map(repr, COCO_SETS))}.")
    root = Path(root)
    table = _table(root / COCO_SETS[name])
    _require(root / "val2017", name, f"the pictures, {_PICTURES} unpacked", folder=True)
    coco = None if name == "coco-wl" else _instances(root / "annotations" / "instances_val2017.json", name)
    return (_case(name, root, coco, row) for row in table.to_dict("records"))


def find_in_caption(caption: str, text: str) -> Word | None:
    """Return the first place where a text stands in a caption as whole words, in any case."""
    found = regex.search(rf"(?i)\b{regex.escape(text.strip())}\b", caption)
    return None if found is None else Word(found.group(), *found.span())


def _table(path: Path) -> pd.DataFrame:
    _require(path, path.stem, f"a table with the columns {', '.join(_COLUMNS)}, from {_TABLES}")
    try:
        table = pd.read_csv(path, encoding="utf-8")
    except ValueError as error:  # pandas's parser errors are ValueErrors
        raise DatasetError(f"{path} cannot be read as CSV ({error}): get it again from {_TABLES}.") from error
    lacking = [column for column in _COLUMNS if column not in table.columns]
    if lacking:
        raise DatasetError(
            f"{path} lacks the columns {', '.join(lacking)}; it should have {', '.join(_COLUMNS)}, as in "
            f"{_TABLES}."
        )
    return table


def _case(name: str, root: Path, coco: Any, row: dict[Any, Any]) -> LocalizeCase:
    number, caption = int(row["Image ID"]), str(row["correct_obj+context"]).strip()
    word = find_in_caption(caption, str(row["correct_obj"]))
    if word is None:
        raise DatasetError(
            f"{COCO_SETS[name]}, image {number}: the caption {caption!r} does not hold "
            f"{row['correct_obj']!r} as a word. Mend that row, or leave it out."
        )
    picture = root / "val2017" / f"{number:012d}.jpg"
    if not picture.is_file():
        raise DatasetError(f"{name}: there is no picture {picture}. The pictures come from {_PICTURES}.")
    if coco is None:
        kind = next((str(row[key]) for key in row if str(key).startswith("Unnamed")), "word")
        return LocalizeCase(f"{number}", picture, caption, (word,), (kind,), None)
    masks = partial(_masks, coco, number, str(row["Label"]))
    return LocalizeCase(f"{number}", picture, caption, (word,), ("object",), masks)


def _masks(coco: Any, number: int, label: str) -> list[NDArray[np.bool_]]:
    """Union of the instances of a category."""
    category = coco.getCatIds(catNms=[label])
    if not category or number not in coco.imgs:
        what = f"image {number}" if category else f"category {label!r}"
        raise DatasetError(f"instances_val2017.json does not know {what}, which the table has.")
    shape = coco.imgs[number]["height"], coco.imgs[number]["width"]
    union = np.zeros(shape, bool)
    for annotation in coco.loadAnns(coco.getAnnIds(imgIds=[number], catIds=category)):
        union |= coco.annToMask(annotation).astype(bool)
    return [union]


def _instances(path: Path, name: str) -> Any:
    _require(path, name, f"COCO's instances, from {_INSTANCES}")
    require("coco", "COCO's masks need", "pycocotools")
    import contextlib
    import io

    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):  # it tells how long it took
        try:
            return COCO(str(path))
        except (ValueError, KeyError, AssertionError) as error:
            raise DatasetError(f"{path} is no COCO annotation file ({error}): get {_INSTANCES}.") from error


def _require(path: Path, name: str, what: str, *, folder: bool = False) -> None:
    if not (path.is_dir() if folder else path.is_file()):
        raise DatasetError(f"{name}: there is no {path}. It is {what}; put it there.")
