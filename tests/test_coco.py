"""COCO-IT's files, made from scenes: the same format, the same code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from infodiff_widgets.analyses.coco import find_in_caption, read_coco
from infodiff_widgets.analyses.localize_cases import scene_cases
from infodiff_widgets.analyses.masks_export import run_lengths
from infodiff_widgets.errors import DatasetError
from infodiff_widgets.images import ImageRule

HEADER = ["Image ID", "Label", "correct_obj+context", "context", "correct_obj", "context_"]


def tiny_coco(root: Path, count: int = 2) -> Path:
    """Write `count` scenes as COCO val2017 with COCO-IT.csv, COCO100-IT.csv and COCO-WL.csv."""
    (root / "val2017").mkdir(parents=True)
    (root / "annotations").mkdir()
    rows, words, images, annotations, categories = [], [], [], [], {}
    for index, case in enumerate(scene_cases(count, kinds=("kind",))):
        number = 139 + index
        case.picture.save(root / "val2017" / f"{number:012d}.jpg", quality=95)
        images.append({"id": number, "height": 128, "width": 128, "file_name": f"{number:012d}.jpg"})
        for word, mask in zip(case.words, case.masks() if case.masks else [], strict=True):
            category = categories.setdefault(word.text, len(categories) + 1)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": category,
                    "segmentation": run_lengths(mask),
                    "area": int(mask.sum()),
                    "bbox": [0, 0, 128, 128],
                    "iscrowd": 0,
                }
            )
        text = case.words[0].text
        caption = case.prompt + " \n"  # COCO has such
        rows.append([number, text, caption, caption.replace(text, ""), text, caption.replace(text, "_")])
        words.append([*rows[-1], "noun"])
    for name in ("COCO-IT", "COCO100-IT"):
        pd.DataFrame(rows, columns=HEADER).to_csv(root / f"{name}.csv", index=False)
    pd.DataFrame(words, columns=[*HEADER, ""]).to_csv(root / "COCO-WL.csv", index=False)
    named = [{"id": number, "name": text} for text, number in categories.items()]
    data = {"images": images, "annotations": annotations, "categories": named}
    (root / "annotations" / "instances_val2017.json").write_text(json.dumps(data))
    return root


@pytest.fixture
def root(tmp_path) -> Path:
    return tiny_coco(tmp_path / "coco")


def test_rows_have_their_word_and_its_pixels(root):
    cases = list(read_coco("coco-it", root))
    scenes = scene_cases(2, kinds=("kind",))
    assert [case.prompt for case in cases] == [scene.prompt for scene in scenes]
    for case, scene in zip(cases, scenes, strict=True):
        assert case.words == scene.words[:1]
        (mask,) = case.fitted_masks(ImageRule(128, 4))
        truth: Any = scene.masks
        same = [m for m, word in zip(truth(), scene.words, strict=True) if word.text == case.words[0].text]
        np.testing.assert_array_equal(mask, np.any(same, 0))


def test_masks_go_through_what_the_picture_goes_through(root):
    case = next(iter(read_coco("coco100-it", root)))
    (whole,) = case.fitted_masks(ImageRule(128, 4))
    (half,) = case.fitted_masks(ImageRule(64, 4))
    assert half.shape == (64, 64)
    np.testing.assert_allclose(half.mean(), whole.mean(), rtol=0.05)


def test_words_without_masks_have_their_part_of_speech(root):
    case = next(iter(read_coco("coco-wl", root)))
    assert case.kinds == ("noun",)
    assert case.masks is None
    assert case.fitted_masks(ImageRule(128, 4)) == []


def test_words_are_found_whole_and_in_any_case():
    assert find_in_caption("A bedroom with a bed", "bed").span == (17, 20)  # pyright: ignore
    assert find_in_caption("three zebras", " Three ").text == "three"  # pyright: ignore
    assert find_in_caption("a teddy bear", "teddy bear").span == (2, 12)  # pyright: ignore
    assert find_in_caption("a bedroom", "bed") is None


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (
            "COCO-IT.csv",
            r"no .*COCO-IT.csv.*Image ID, Label, .*Info-Decomp.*put it there",
        ),
        ("annotations/instances_val2017.json", "annotations_trainval2017.zip.*put it there"),
        ("val2017/000000000139.jpg", "no picture .*000000000139.jpg.*val2017.zip"),
    ],
)
def test_what_is_missing_is_named(root, gone, message):
    (root / gone).unlink()
    with pytest.raises(DatasetError, match=message):
        list(read_coco("coco-it", root))


def test_folders_and_columns_that_are_missing_are_named(root):
    with pytest.raises(DatasetError, match=r"val2017.zip"):
        read_coco("coco-it", _emptied(root))
    pd.DataFrame({"Image ID": [1]}).to_csv(root / "COCO-IT.csv")
    with pytest.raises(DatasetError, match="lacks the columns Label, correct_obj"):
        read_coco("coco-it", root)
    (root / "annotations" / "instances_val2017.json").write_text("[]")
    with pytest.raises(DatasetError, match="no COCO annotation file"):
        read_coco("coco100-it", root)
    with pytest.raises(ValueError, match="'coco-it', 'coco100-it', 'coco-wl'"):
        read_coco("coco", root)


def test_rows_that_make_no_sense_are_named(root):
    table = pd.read_csv(root / "COCO-IT.csv")
    table.loc[0, "correct_obj"] = "zebra"
    table.to_csv(root / "COCO-IT.csv", index=False)
    with pytest.raises(DatasetError, match=r"image 139.*'zebra'"):
        list(read_coco("coco-it", root))
    table.loc[0, "correct_obj"] = table.loc[0, "Label"]
    table.loc[0, "Label"] = "zebra"
    table.to_csv(root / "COCO-IT.csv", index=False)
    with pytest.raises(DatasetError, match="category 'zebra'"):
        next(iter(read_coco("coco-it", root))).fitted_masks(ImageRule(128, 4))


def _emptied(root: Path) -> Path:
    other = root.parent / "other"
    other.mkdir()
    (other / "COCO-IT.csv").write_bytes((root / "COCO-IT.csv").read_bytes())
    return other
