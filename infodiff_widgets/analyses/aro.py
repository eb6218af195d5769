"""The four sets of ARO in their published files (Yuksekgonul et al., ICLR 2023): `read_aro`.

Each has its annotations, and its pictures, in one root folder:

- ``vg-attribution``, ``vg-relation``: visual_genome_attribution.json, visual_genome_relation.json; and
  images/IMAGE_PATH, cropped to the box
- ``coco-order``: coco_karpathy_test.json; and IMAGE, such as val2014/COCO_val2014_...jpg
- ``flickr30k-order``: flickr30k_test.json; and IMAGE, such as flickr30k-images/....jpg

For the order sets the false captions are not published but made, by shuffling words whose parts of speech
spaCy tells; captions too short to be shuffled in all four ways are passed over. A file of records with
``caption_options``, the truth first, such as the code of Kong et al. writes, is taken as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import regex

from infodiff_widgets.errors import ArgumentError, DatasetError

from .aro_tagger import load_tagger
from .relate_cases import Case
from .relate_shuffles import SHUFFLES, Token, shuffled_captions

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ARO_SETS", "AroSet", "clean_caption", "read_aro"]

Tagger = Callable[[str], list[Token]]
_BOX = ("bbox_x", "bbox_y", "bbox_w", "bbox_h")
_MOST_WORDS = 30


@dataclass(frozen=True)
class AroSet:
    """One of the sets.

    Attributes
    ----------
    annotations
        Name of its file.
    keys
        Which every record of it has.
    pictures
        Folder of its pictures under the root.
    source
        Where the files are to be had.
    """

    annotations: str
    keys: tuple[str, ...]
    pictures: str
    source: str


_VG = "https://github.com/mertyg/vision-language-models-are-bows (Visual Genome files and vgr_vga_images.zip)"
_SFR = "https://storage.googleapis.com/sfr-vision-language-research/datasets"
ARO_SETS = {
    "vg-attribution": AroSet(
        "visual_genome_attribution.json",
        ("image_path", *_BOX, "true_caption", "false_caption", "attributes"),
        "images",
        _VG,
    ),
    "vg-relation": AroSet(
        "visual_genome_relation.json",
        ("image_path", *_BOX, "true_caption", "false_caption", "relation_name"),
        "images",
        _VG,
    ),
    "coco-order": AroSet(
        "coco_karpathy_test.json",
        ("image", "caption"),
        "",
        f"{_SFR}/coco_karpathy_test.json, with val2014.zip of COCO unpacked beside it",
    ),
    "flickr30k-order": AroSet(
        "flickr30k_test.json",
        ("image", "caption"),
        "",
        f"{_SFR}/flickr30k_test.json, with the folder flickr30k-images, which its authors send on request",
    ),
}


def read_aro(
    name: str,
    root: str | Path,
    *,
    seed: int = 0,
    annotations: str | Path | None = None,
    tagger: Tagger | None = None,
) -> Iterator[Case]:
    """Read a set, case by case; pictures are opened when a case is used.

    Parameters
    ----------
    name
        One of `ARO_SETS`.
    root
        The folder that holds the annotations and the pictures.
    seed
        Of the shuffles of the order sets.
    annotations
        Another file, of the same format.
    tagger
        Tells the words of a caption and their parts of speech; None for spaCy.

    Raises
    ------
    ArgumentError
        For another name.
    DatasetError
        Where a file is missing or is something else: the message says which to get, and its keys.
    InfodiffError
        Where spaCy is needed and is not there.
    """
    if name not in ARO_SETS:
        raise ArgumentError(f"name={name!r}: the sets of ARO are {', '.join(map(repr, ARO_SETS))}.")
    aro = ARO_SETS[name]
    root = Path(root)
    records = _records(name, aro, Path(annotations) if annotations else root / aro.annotations)
    if name.startswith("vg-"):
        return (_of_visual_genome(name, root / aro.pictures, record) for record in records)
    if all("caption_options" in record for record in records):
        cases = (_of_options(name, root, record) for record in records)
        return (case for case in cases if case.others)
    return _of_captions(name, root, records, seed, tagger or load_tagger())


def clean_caption(caption: str) -> str:
    """Return a caption as the order sets have it: lower case, without punctuation, of at most 30 words."""
    bare = regex.sub(r"[.!\"()*#:;~]", " ", caption.lower())
    return " ".join(bare.split()[:_MOST_WORDS])


def _records(name: str, aro: AroSet, path: Path) -> list[dict[str, Any]]:
    wanted = f"a JSON list of records with the keys {', '.join(aro.keys)}"
    if not path.is_file():
        raise DatasetError(
            f"{name}: there is no {path}. Get {path.name} from {aro.source}, and put it there; "
            f"it is {wanted}."
        )
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError(f"{name}: {path} is no whole JSON file ({error}); it is {wanted}.") from error
    if not isinstance(records, list) or not records:
        raise DatasetError(f"{name}: {path} holds no list of records; it should be {wanted}.")
    for number, record in enumerate(records):
        there = record.keys() if isinstance(record, dict) else ()
        options = "caption_options" in there and "true_caption" not in aro.keys
        lacking = [key for key in (("image",) if options else aro.keys) if key not in there]
        if lacking:
            missing = ", ".join(lacking)
            raise DatasetError(f"{name}: record {number} of {path} lacks {missing}; it is {wanted}.")
    return records


def _of_visual_genome(name: str, folder: Path, record: dict[str, Any]) -> Case:
    x, y, width, height = (int(record[key]) for key in _BOX)
    path = folder / record["image_path"]

    def picture() -> Image:
        return _open(name, path).crop((x, y, x + width, y + height))

    about = record["attributes"] if name == "vg-attribution" else [record["relation_name"]]
    other = (" and ".join(map(str, about)), str(record["false_caption"]))
    return Case(name, str(record["image_path"]), picture, str(record["true_caption"]), (other,))


def _of_options(name: str, root: Path, record: dict[str, Any]) -> Case:
    truth, *others = map(str, record["caption_options"])
    different = dict.fromkeys(other for other in others if other != truth)
    named = tuple((f"option {others.index(other) + 1}", other) for other in different)
    return Case(name, record["image"], lambda: _open(name, root / record["image"]), truth, named)


def _of_captions(
    name: str, root: Path, records: list[dict[str, Any]], seed: int, tagger: Tagger
) -> Iterator[Case]:
    for number, record in enumerate(records):
        path = root / record["image"]
        for place, caption in enumerate(record["caption"]):
            random = np.random.default_rng([seed, number, place])
            truth = clean_caption(caption)
            others = tuple(shuffled_captions(tagger(truth), random))
            if len(others) == len(SHUFFLES):
                yield Case(name, record["image"], lambda path=path: _open(name, path), truth, others)


def _open(name: str, path: Path) -> Image:
    from PIL import Image

    if not path.is_file():
        aro = ARO_SETS[name]
        raise DatasetError(f"{name}: there is no picture {path}. The pictures come from {aro.source}.")
    with Image.open(path) as image:
        return image.convert("RGB")
