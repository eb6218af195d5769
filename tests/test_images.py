from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from infodiff_widgets.errors import ImageError
from infodiff_widgets.images import ImageRule, load_image

RULE = ImageRule(size=64, multiple=8)
RGB = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)


def pixels(image: object, rule: ImageRule = RULE, **options: bool) -> np.ndarray:
    picture = load_image(image, rule, **options)
    assert picture.mode == "RGB"
    return np.asarray(picture)


def test_every_container_gives_the_same_picture(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.fromarray(RGB).save(path)
    floats = RGB / 255.0
    tensor = torch.as_tensor(floats).permute(2, 0, 1)
    sources = [
        Image.fromarray(RGB), path, str(path), RGB, RGB[None], floats, floats.astype(np.float32),
        RGB.astype(np.int64), RGB.transpose(2, 0, 1), RGB.astype(np.uint16) * 257, tensor, tensor[None],
        torch.as_tensor(RGB).permute(2, 0, 1), tensor.requires_grad_(),
    ]  # fmt: skip
    for source in sources:
        assert np.array_equal(pixels(source), RGB)
    assert np.abs(pixels(tensor.bfloat16()).astype(int) - RGB).max() <= 1


def test_grey_and_deep_pictures(tmp_path: Path) -> None:
    grey = RGB[..., 0]
    expected = np.repeat(grey[..., None], 3, 2)
    deep = tmp_path / "deep.png"
    Image.fromarray(grey.astype(np.uint16) * 257).save(deep)
    for source in [
        grey,
        grey[..., None],
        Image.fromarray(grey),
        deep,
        torch.as_tensor(grey)[None],
        grey / 255.0,
    ]:
        assert np.array_equal(pixels(source), expected)
    assert np.array_equal(pixels(grey > 127)[..., 0], np.where(grey > 127, 255, 0))
    assert np.array_equal(pixels(Image.fromarray((grey / 255.0).astype(np.float32))), expected)


def test_transparent_parts_show_white() -> None:
    alpha = np.zeros((64, 64, 1), np.uint8)
    alpha[:32] = 255
    for source in [np.concatenate([RGB, alpha], 2), Image.fromarray(np.concatenate([RGB, alpha], 2))]:
        assert np.array_equal(pixels(source)[:32], RGB[:32])
        assert (pixels(source)[32:] == 255).all()
    palette = Image.new("P", (64, 64), 0)
    palette.info["transparency"] = 0
    assert (pixels(palette) == 255).all()


def test_cameras_orientation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter clockwise
    path = tmp_path / "turned.png"
    Image.fromarray(RGB).save(path, exif=exif)
    assert np.array_equal(pixels(path), np.rot90(RGB, -1))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((64, 64), (64, 64)), ((640, 640), (64, 64)), ((16, 16), (64, 64)), ((128, 64), (128, 64)),
        ((100, 70), (88, 64)), ((70, 100), (64, 88)), ((65, 64), (64, 64)), ((256, 64), (256, 64)),
    ],
)  # fmt: skip
def test_size_rule(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert load_image(Image.new("RGB", size), RULE).size == expected


@given(st.integers(8, 400), st.integers(8, 400))
@settings(max_examples=50, deadline=None)
def test_sizes_are_multiples_and_keep_the_aspect(width: int, height: int) -> None:
    if max(width, height) > 4 * min(width, height):
        return
    picture = load_image(Image.new("RGB", (width, height)), RULE)
    assert min(picture.size) == 64
    assert picture.width % 8 == picture.height % 8 == 0
    assert abs(picture.width / picture.height - width / height) <= (8.5 / 64) * max(1, width / height)


def test_cropping_is_about_the_centre() -> None:
    stripes = np.zeros((64, 70, 3), np.uint8)
    stripes[:, :3] = stripes[:, -3:] = 255
    assert (pixels(stripes) == 0).all()


def test_unresized_pictures_are_taken_or_refused() -> None:
    assert pixels(RGB[:, :56], resize=False).shape == (64, 56, 3)
    with pytest.raises(ImageError, match="60x64 pixels and the network takes multiples of 8: crop it"):
        load_image(RGB[:, :60], RULE, resize=False)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((0, 4, 3)), r"shape \(0, 4, 3\) is no picture"),
        (np.zeros((64, 64, 2)), "is no picture"),
        (np.zeros((2, 64, 64, 3)), "is no picture"),
        (np.zeros(64), "is no picture"),
        (np.full((64, 64), np.nan), "NaN or infinite"),
        (RGB.astype(float), r"from 0 to 255, but float64 spans 0 to 1: divide by 255"),
        (RGB * 4.0, "divide by the top of its scale"),
        (
            (RGB.astype(float) - 120) / 40,
            r"these look like latents or standardised values; give the picture itself",
        ),
        ([RGB, RGB], r"A list of 2 is no picture: give one of them, \[0\]"),
        (RGB / 127.5 - 1, r"map it there with x / 2 \+ 0.5"),
        (RGB.astype(int) * 4, "int64 spans 0 to 255: convert it to uint8"),
        (np.zeros((64, 64), complex), "array of complex128 is no picture"),
        (Image.new("RGB", (1, 1)), "1x1 pixels: give one of at least 8 a side"),
        (Image.new("RGB", (500, 100)), "longer than 4 to 1: crop it"),
        (Image.fromarray(np.full((64, 64), 1 << 20, np.int32)), "scale them to 0..65535"),
        (7, "An int is no picture. Give a PIL image, a path"),
        (None, "None is no picture"),
        ("nowhere.png", "There is no file 'nowhere.png': check the path"),
        (".", "is a folder: give one picture of it"),
        (
            "https://example.org/zebra.jpg",
            "^https://example.org/zebra.jpg is an address, not a file: download",
        ),
    ],
)
def test_what_is_no_picture(image: object, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        load_image(image, RULE)


def test_damaged_and_foreign_files(tmp_path: Path) -> None:
    whole = tmp_path / "whole.png"
    Image.fromarray(RGB).save(whole)
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(whole.read_bytes()[:2000])
    foreign = tmp_path / "foreign.png"
    foreign.write_text("hello")
    empty = tmp_path / "empty.png"
    empty.touch()
    for path in (damaged, foreign, empty):
        with pytest.raises(ImageError, match="cannot be read as a picture"):
            load_image(path, RULE)


def test_a_picture_that_is_not_for_you(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a viewer could mend."""

    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", forbidden)
    with pytest.raises(
        ImageError, match=r"a\.png cannot be read \(Permission denied\): .* Have its owner let"
    ) as said:
        load_image(tmp_path / "a.png", RULE)
    assert "viewer" not in str(said.value)


def test_absurdly_large_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.png"
    Image.fromarray(RGB).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ImageError, match="cannot be read as a picture"):
        load_image(path, RULE)
