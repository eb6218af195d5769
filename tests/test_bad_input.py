"""Everything that a user can get wrong at the entrance: one clear exception, before any network is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from models import PICTURE, PROMPT, Mixture

from infodiff_widgets import estimate, stream
from infodiff_widgets.errors import (
    ArgumentError,
    ImageError,
    InfodiffError,
    PromptError,
    UnsupportedPipelineError,
    WordError,
)

CASES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"prompt": ""}, PromptError, "is empty: give the text"),
    ({"prompt": "  "}, PromptError, "is empty"),
    ({"prompt": "?!"}, PromptError, "has no words, only punctuation"),
    ({"prompt": None}, PromptError, "is a NoneType; give one text"),
    ({"prompt": "a\0b"}, PromptError, "which is no text: remove it"),
    ({"words": ["zebra"]}, WordError, "'zebra' is no word or phrase of the prompt. It has: 'a', 'red'"),
    ({"words": "red"}, WordError, "pass a list"),
    ({"words": [(3, 99)]}, WordError, "holds no text of the prompt; positions run from 0 to 20"),
    ({"words": []}, WordError, "name at least one word"),
    ({"image": np.zeros((4, 4, 3))}, ImageError, "4x4 pixels: give one of at least 8 a side"),
    ({"image": np.full((64, 64, 3), np.nan)}, ImageError, "NaN or infinite"),
    ({"image": "nowhere.jpg"}, ImageError, "There is no file nowhere.jpg"),
    ({"image": None}, ImageError, "A NoneType is no picture"),
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
    ({"placeholder": 3}, PromptError, "The placeholder is a int: give one text"),
    ({"reference": "\ud800"}, PromptError, "The reference holds the character"),
    ({"reference": None}, PromptError, "The reference is a NoneType: give one text"),
]


@pytest.mark.parametrize("function", [estimate, stream])
@pytest.mark.parametrize(("change", "kind", "message"), CASES)
def test_bad_input(function: Any, change: dict[str, Any], kind: type[Exception], message: str) -> None:
    model = Mixture()
    arguments = {"model": model, "image": PICTURE, "prompt": PROMPT, "progress": False} | change
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
