"""Everything that a user can get wrong at the entrance: one clear exception, before any network is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from models import PICTURE, PROMPT, Mixture

from infodiff_widgets import estimate, explore, html, open_result, stream
from infodiff_widgets.errors import (
    ArgumentError,
    DeviceError,
    ImageError,
    InfodiffError,
    MissingFileError,
    PromptError,
    ResultFileError,
    UnsupportedPipelineError,
    WordError,
)
from infodiff_widgets.files import as_path

CASES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"prompt": ""}, PromptError, "is empty: give the text"),
    ({"prompt": "  "}, PromptError, "is empty"),
    ({"prompt": "?!"}, PromptError, "has no words, only punctuation"),
    ({"prompt": None}, PromptError, "is None; give one text"),
    ({"prompt": "a\0b"}, PromptError, "which is no text: remove it"),
    ({"words": ["zebra"]}, WordError, "'zebra' is no word or phrase of the prompt. It has: 'a', 'red'"),
    ({"words": "red"}, WordError, "pass a list"),
    ({"words": [(3, 99)]}, WordError, "holds no text of the prompt; positions run from 0 to 20"),
    ({"words": [True]}, WordError, "True names no word"),
    ({"words": []}, WordError, "name at least one word"),
    ({"image": np.zeros((4, 4, 3))}, ImageError, "4x4 pixels: give one of at least 8 a side"),
    ({"image": np.full((64, 64, 3), np.nan)}, ImageError, "NaN or infinite"),
    ({"image": "nowhere.jpg"}, ImageError, "There is no file .nowhere.jpg"),
    ({"image": None}, ImageError, "None is no picture"),
    ({"image": np.zeros((50, 50, 3)), "resize": False}, ImageError, "takes multiples of 8: crop it"),
    ({"model": object()}, UnsupportedPipelineError, "object is not supported"),
    ({"draws": 7}, ValueError, "draws=7: give an even number"),
    ({"draws": 0}, ValueError, "draws=0"),
    ({"seed": -1}, ValueError, "seed=-1: give a whole number"),
    ({"quantities": ()}, ValueError, "choose from 'cmi', 'mi'"),
    ({"quantities": ("cmi", "pid")}, ValueError, "choose from 'cmi', 'mi'"),
    ({"log_snr_range": (-9, 2)}, ValueError, "the network was trained, -5.364 to 7.069"),
    ({"log_snr_range": (1,)}, ArgumentError, r"log_snr_range=\(1,\): it is None, 'trained' or a pair"),
    ({"log_snr_range": (0, 0)}, ArgumentError, "the lower end first"),
    ({"log_snr_range": 3}, ArgumentError, "log_snr_range=3: it is None"),
    ({"log_snr_range": "all"}, ValueError, "it is None, 'trained' or a pair"),
    ({"density": 3}, ValueError, "density=3: give None, 'uniform'"),
    ({"batch_size": 0}, ValueError, "batch_size=0: give 1 or more"),
    ({"placeholder": 3}, PromptError, "The placeholder is an int: give one text"),
    ({"reference": "\ud800"}, PromptError, "The reference holds the character"),
    ({"reference": None}, PromptError, "The reference is None: give one text"),
    ({"quantities": None}, ArgumentError, "quantities=None: give a list"),
    ({"quantities": 5}, ArgumentError, "quantities=5: give a list"),
    ({"words": 3}, ArgumentError, "words=3: give a list of words, or None"),
    ({"pairs": 3}, ArgumentError, "pairs=3: give a list of pairs"),
    ({"pairs": [3]}, ArgumentError, "pairs: 3 is no pair of words"),
    ({"swaps": 3}, ArgumentError, "swaps=3: give each word with what takes its place"),
    ({"devices": 2}, DeviceError, "devices=2: give a list"),
    ({"bands": "six"}, ArgumentError, "bands='six': give a number of bands"),
    (
        {"bands": 10**9},
        ArgumentError,
        "bands: 1000000000 bands of noise level are too many, give 256",
    ),
    ({"bands": 10**30}, ArgumentError, "bands of noise level are too many"),
    ({"bands": True}, ArgumentError, "bands=True: give a number of bands"),
    ({"bands": [[1], [2, 3]]}, ArgumentError, "give a number of bands"),
    ({"bands": [float("nan")]}, ArgumentError, "give a number of bands"),
    ({"batch_size": "2"}, ArgumentError, "batch_size='2': give a whole number, 1 or more, or None"),
    ({"batch_size": True}, ArgumentError, "batch_size=True: give a whole number"),
    ({"max_evaluations": "2000"}, ArgumentError, "max_evaluations='2000': give a whole number"),
    ({"max_evaluations": 1.5}, ArgumentError, "max_evaluations=1.5: give a whole number"),
    ({"max_seconds": "3"}, ArgumentError, "max_seconds='3': give a number of seconds"),
    ({"checkpoint": 5}, ArgumentError, "checkpoint=5: give the name of a file, or None"),
    ({"progress": "no"}, ArgumentError, "progress='no': give True, False or a function"),
    ({"draws": "8"}, ArgumentError, "draws='8': give an even number"),
    ({"draws": True}, ArgumentError, "draws=True: give an even number"),
    ({"seed": True}, ArgumentError, "seed=True: give a whole number"),
    ({"resize": "no"}, ArgumentError, "resize='no': give True or False"),
    ({"truncate": 1}, ArgumentError, "truncate=1: give True or False"),
    ({"until": []}, ArgumentError, r"until=\[\]: give a relative error"),
    ({"log_snr_range": ("a", "b")}, ArgumentError, "it is None, 'trained' or a pair"),
    ({"draws": 10**12, "max_seconds": 1}, ArgumentError, "draws=1000000000000: give 1,000,000 at most"),
]


@pytest.mark.parametrize("function", [estimate, stream, explore])
@pytest.mark.parametrize(("change", "kind", "message"), CASES)
def test_bad_input(function: Any, change: dict[str, Any], kind: type[Exception], message: str) -> None:
    model = Mixture()
    arguments = {"model": model, "image": PICTURE, "prompt": PROMPT, "progress": False} | change
    if function is explore:
        if "progress" in change:
            pytest.skip("explore has a progress of its own")
        del arguments["progress"]
    with pytest.raises(kind, match=message) as caught:
        function(arguments.pop("model"), arguments.pop("image"), arguments.pop("prompt"), **arguments)
    assert isinstance(caught.value, InfodiffError) or kind is ValueError
    assert not model.calls


def test_damaged_pictures(tmp_path: Path) -> None:
    path = tmp_path / "damaged.png"
    PICTURE.save(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ImageError, match=r"damaged\.png cannot be read as a picture"):
        estimate(Mixture(), path, PROMPT)


@pytest.mark.parametrize("function", [estimate, explore])
@pytest.mark.parametrize("prompt", ["a red circle", "a red circle " * 40])
def test_picture_and_prompt_that_are_swapped(function: Any, prompt: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    PICTURE.save(path)
    with pytest.raises(ImageError, match=r"There is no file 'a red .*picture\.png' is one, .* swapped"):
        function(Mixture(), prompt, str(path))


@pytest.mark.parametrize("given", [None, 5, b"c.nc", "a\0b", ""])
def test_what_is_no_path(given: Any) -> None:
    for take in (open_result, lambda path: html.write(path, ""), lambda path: as_path(path)):
        with pytest.raises(ArgumentError, match=r"path=.*: give the name of a file"):
            take(given)


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (".", ResultFileError, "^. is a folder: give one result of it"),
        ("https://x/y.nc", MissingFileError, "^https://x/y.nc is an address, not a file: download"),
        ("a b.nc", MissingFileError, "There is no file 'a b.nc': check the path"),
    ],
)
def test_what_is_no_file_of_a_result(given: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        open_result(given)
