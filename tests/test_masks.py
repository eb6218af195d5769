"""Masks of words and their export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from synthetic import synthetic_result
from synthetic_extras import with_extras

from infodiff_widgets import colour
from infodiff_widgets.analyses.masks import WordMask, mask_of, threshold, upsample, word_mask
from infodiff_widgets.analyses.masks_export import (
    coco_annotations,
    polygons,
    run_lengths,
    save_json,
    save_png,
)
from infodiff_widgets.analyses.scores import foreground_iou, share_ious
from infodiff_widgets.errors import ArgumentError, MissingFileError, WriteError


def shape_of(rows: slice, columns: slice, size: int = 48) -> np.ndarray:
    pixels = np.zeros((size, size), bool)
    pixels[rows, columns] = True
    return pixels


def mask(pixels: np.ndarray, word: str = "red") -> WordMask:
    return WordMask(word, pixels, pixels.astype(float), 0.5)


@pytest.mark.parametrize("method", ["bilinear", "nearest"])
def test_upsampling_is_that_of_torch(method):
    cells = np.random.default_rng(0).normal(size=(5, 7))
    options = {"align_corners": False} if method == "bilinear" else {}
    truth = torch.nn.functional.interpolate(
        torch.as_tensor(cells)[None, None], (40, 56), mode=method, **options
    )
    np.testing.assert_allclose(upsample(cells, (40, 56), method), truth[0, 0].numpy(), atol=1e-12)
    shown = colour.upsample(cells, 40, 56, smooth=method == "bilinear")
    np.testing.assert_array_equal(upsample(cells, (40, 56), method), shown)


def test_edges_follow_the_picture_where_cells_cannot():
    pixels = shape_of(slice(11, 37), slice(13, 30))
    picture = np.where(pixels[..., None], np.uint8([200, 40, 40]), np.uint8([30, 120, 200]))
    cells = pixels.reshape(12, 4, 12, 4).mean((1, 3))
    overlap = {}
    for method in ("nearest", "bilinear", "edges"):
        found = upsample(cells, pixels.shape, method, picture) >= 0.5
        overlap[method] = (found & pixels).sum() / (found | pixels).sum()
    assert overlap["edges"] > 0.99
    assert overlap["edges"] > max(overlap["nearest"], overlap["bilinear"])


def test_thresholds():
    heat = np.r_[np.zeros(90), np.full(10, 4.0)].reshape(10, 10)
    assert threshold(heat, 0.25) == 1.0
    assert threshold(heat, "mean") == pytest.approx(0.4)
    assert 0 <= threshold(heat, "otsu") < 4
    for rule in (1.5, -0.1, "best"):
        with pytest.raises(ValueError, match="share of the maximum"):
            threshold(heat, rule)


def test_what_cannot_be_upsampled_is_refused():
    with pytest.raises(ValueError, match="'bilinear', 'nearest', 'edges'"):
        upsample(np.zeros((2, 2)), (8, 8), "cubic")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="none was given"):
        upsample(np.zeros((2, 2)), (8, 8), "edges")
    with pytest.raises(ValueError, match=r"this one has \(4, 4\)"):
        upsample(np.zeros((2, 2)), (8, 8), "edges", np.zeros((4, 4, 3), np.uint8))


def test_instances_boxes_and_contours():
    pixels = shape_of(slice(4, 14), slice(6, 26)) | shape_of(slice(30, 33), slice(30, 34))
    found = mask(pixels)
    assert [part.sum() for part in found.instances()] == [200, 12]
    assert [part.sum() for part in found.instances(smallest=13)] == [200]
    assert found.boxes() == [(6, 4, 20, 10), (30, 30, 4, 3)]
    outlines = found.contours()
    assert len(outlines) == 2
    for outline in outlines:
        np.testing.assert_array_equal(outline[0], outline[-1])
    longest = max(outlines, key=len)
    np.testing.assert_allclose([longest.min(0), longest.max(0)], [[6, 4], [26, 14]], atol=0.01)


def test_a_flat_map_has_no_pixels():
    assert not mask_of("a", np.ones((4, 4)), np.zeros((16, 16, 3), np.uint8)).pixels.any()


def test_the_mask_of_a_word_is_its_blob():
    result = synthetic_result(pixels=(128, 128))
    found = word_mask(result, "circle", rule=0.5)
    assert found.word == "circle"
    assert found.pixels.shape == (128, 128)
    values = result.map("circle").values
    row, column = np.unravel_index(values.argmax(), values.shape)
    assert found.pixels[4 * row + 2, 4 * column + 2]
    assert 0 < found.pixels.mean() < 0.5
    assert (found.heat[found.pixels] >= found.threshold).all()


@pytest.mark.parametrize("word", [0, "red", "red → green"])
def test_the_mask_of_a_swap_has_its_name(word):
    result = with_extras(synthetic_result())
    assert result.words[0].text != "red"
    found = word_mask(result, word, quantity="swap")
    assert found.word == "red → green"
    assert word_mask(result, 0).word == result.words[0].text


def test_a_share_of_the_scores_is_of_another_scale_as_is_said():
    heat = np.array([[2.0, 3.0, 5.0, 6.0]])
    mask, share = heat >= 5, 0.5
    (iou,) = share_ious(heat, mask, [share])
    assert iou == foreground_iou(heat > heat.min() + share * np.ptp(heat), mask) == 1
    assert foreground_iou(heat >= threshold(heat, share), mask) == 0.5 + 1 / 6


def test_run_lengths_come_back_exactly():
    pixels = np.random.default_rng(1).random((23, 41)) < 0.3
    encoded = run_lengths(pixels)
    json.dumps(encoded)
    np.testing.assert_array_equal(coco_mask.decode(encoded).astype(bool), pixels)  # pyright: ignore


def test_polygons_come_back_filled():
    pixels = shape_of(slice(5, 30), slice(8, 40))
    hollow = pixels & ~shape_of(slice(12, 20), slice(15, 25))
    for drawn in (pixels, hollow):
        found = polygons(drawn)
        assert len(found) == 1, "a hole is no part"
        back = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(found, 48, 48))).astype(bool)
        assert (back & pixels).sum() / (back | pixels).sum() > 0.97


@pytest.mark.parametrize("as_polygons", [False, True])
def test_pycocotools_reads_what_is_exported(tmp_path, as_polygons):
    red = mask(shape_of(slice(4, 14), slice(6, 26)) | shape_of(slice(30, 33), slice(30, 34)))
    ball = mask(shape_of(slice(20, 40), slice(2, 20)), "ball")
    path = save_json(coco_annotations([red, ball], 7, as_polygons=as_polygons), tmp_path / "masks.json")
    coco = COCO(str(path))
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == ["red", "ball"]
    parts = coco.loadAnns(coco.getAnnIds(imgIds=[7], catIds=coco.getCatIds(catNms=["red"])))
    assert [part["area"] for part in parts] == [200, 12]
    union = np.any([coco.annToMask(part) for part in parts], 0)
    assert (union & red.pixels).sum() / (union | red.pixels).sum() > (0.9 if as_polygons else 0.999)
    with pytest.raises(ValueError, match="no masks"):
        coco_annotations([])


@pytest.mark.parametrize("write", [save_png, lambda found, path: save_json({"of": found.word}, path)])
def test_a_file_of_masks_is_written_whole_or_its_place_is_said(write, tmp_path, monkeypatch):
    found, path = mask(shape_of(slice(4, 14), slice(6, 26))), tmp_path / "red"
    with pytest.raises(MissingFileError, match="There is no folder"):
        write(found, tmp_path / "none" / "red")
    with pytest.raises(ArgumentError, match="is a folder"):
        write(found, tmp_path)
    assert write(found, path) == path
    before = path.read_bytes()

    def half(*_: Any, **__: Any) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(Image.Image, "save", half)
    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(WriteError, match=r"red cannot be written \(full\)"):
        write(found, path)
    assert {one: one.read_bytes() for one in tmp_path.iterdir()} == {path: before}


def test_png(tmp_path):
    found = mask(shape_of(slice(4, 14), slice(6, 26)))
    np.testing.assert_array_equal(
        np.asarray(Image.open(save_png(found, tmp_path / "m.png"))) == 255, found.pixels
    )
