"""What must not go wrong where something does: faults, kills, memory, and networks of wrong shapes."""

from __future__ import annotations

import gc
import hashlib
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from models import PICTURE, PROMPT, Mixture, Texts
from PIL import Image
from same import assert_identical
from test_estimator import run
from test_shapley import EVERYTHING
from tiny import tiny_pipeline

from infodiff_widgets import Result, checkpoint, estimate, stream
from infodiff_widgets import run as run_module
from infodiff_widgets.errors import CheckpointError, ImageError, NumericalError, UnsupportedPipelineError

RGB = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)


class Killed(BaseException):
    """Stands for the end of the process."""


class Mortal(Mixture):
    """Dies at one of its calls; has memory for five inputs at once."""

    def __init__(self, calls: int = 10**9, pause: float = 0.0) -> None:
        super().__init__()
        self.left, self.pause = calls, pause
        self.began: list[float] = []

    def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
        self.began.append(time.monotonic())
        if self.left == 0:
            raise Killed
        self.left -= 1
        if len(z) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory")
        time.sleep(self.pause)
        return super().epsilon(z, levels, conditions)


@pytest.mark.usefixtures("save_at_every_step")
def test_a_run_goes_on_without_the_cache_that_it_was_calibrated_in(
    tmp_path: Path, cache_folder: Path
) -> None:
    """With all quantities, and a batch size that had halved itself: the checkpoint alone holds enough."""
    options: dict[str, Any] = EVERYTHING | {"density": None, "batch_size": 16}
    never = Mortal()
    whole = run(never, **options)
    shutil.rmtree(cache_folder)
    with pytest.raises(Killed):
        run(Mortal(len(never.began) - 20), checkpoint=tmp_path / "run", **options)
    shutil.rmtree(cache_folder)
    again = Mortal()
    resumed = run(again, checkpoint=tmp_path / "run", **options)
    assert_identical(whole, resumed)
    assert not cache_folder.exists()  # no second pilot
    for name in ("density", "evaluations", "pilot_evaluations", "batch_size"):
        assert resumed.provenance[name] == whole.provenance[name], name
    assert sum(again.calls) < whole.provenance["evaluations"]


@pytest.mark.usefixtures("save_at_every_step")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_real_pipeline_that_was_killed_goes_on_to_the_same_bits(tmp_path: Path, dtype: torch.dtype) -> None:
    """bfloat16 is measured, and left, before the first draw; so it is when the run goes on."""
    image, options = Image.fromarray(RGB).resize((64, 64)), {"draws": 12, "batch_size": 8, "progress": False}
    whole = estimate(tiny_pipeline().to(dtype), image, "red cat", **options)

    class Fuse:
        left = 3

        def __call__(self, *_: object) -> None:
            self.left -= 1
            if self.left < 0:
                raise Killed

    pipeline = tiny_pipeline().to(dtype)
    results = stream(pipeline, image, "red cat", checkpoint=tmp_path / "run", **options)
    next(results)
    hook = pipeline.unet.register_forward_pre_hook(Fuse())
    with pytest.raises(Killed):
        list(results)
    hook.remove()
    resumed = estimate(pipeline, image, "red cat", checkpoint=tmp_path / "run", **options)
    assert whole.provenance["dtype"] == resumed.provenance["dtype"] == "float32"
    assert_identical(whole, resumed)


def test_no_more_is_lost_than_the_time_between_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the run's own clock: what the file lacks began at most an interval and two steps before the end."""
    assert run_module._SECONDS_BETWEEN_SAVES <= 5
    monkeypatch.setattr(run_module, "_SECONDS_BETWEEN_SAVES", 0.2)
    model, path = Mortal(60, pause=0.02), tmp_path / "run"
    options: dict[str, Any] = {"quantities": "cmi", "words": ["red"], "draws": 512, "batch_size": 4}
    with pytest.raises(Killed):
        run(model, checkpoint=path, **options)
    key = json.loads(checkpoint.safe_open(path, "pt").metadata()["key"])
    stored = checkpoint.load(path, key, torch.device("cpu"))
    assert stored is not None
    calls_of_block = 2  # four draws of two prompts, four at a time
    kept = calls_of_block * int(stored.state["done"]["blocks"])
    assert 0 < kept <= 60  # all calls that came to an end, where the last save came just before the death
    longest = calls_of_block * float(np.diff(model.began).max())
    assert model.began[-1] - model.began[kept] <= 0.2 + 2 * longest


@pytest.mark.usefixtures("save_at_every_step")
@pytest.mark.parametrize("other", [["circle", "red"], ["red circle"]])
def test_a_checkpoint_belongs_to_its_words(tmp_path: Path, other: list[str]) -> None:
    """Shapley values share the empty and the whole prompt, whichever the words and their order."""
    path, options = tmp_path / "run", {"quantities": "shapley", "draws": 8}
    run(Mixture(), "red circle", words=["red", "circle"], checkpoint=path, **options)
    with pytest.raises(CheckpointError, match="another run"):
        run(Mixture(), "red circle", words=other, checkpoint=path, **options)


def test_nan_names_the_very_level_and_prompt() -> None:
    level = {float(a): index for index, a in enumerate(Mixture().schedule.log_snr)}
    chosen = [level[float(a)] for a in run(Mixture(), draws=16).data.draw_log_snr.values][6]

    class Spoiled(Mixture):
        def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
            out = super().epsilon(z, levels, conditions)
            for row, text in enumerate(conditions.texts):
                if int(levels[row]) == chosen and text == "a red on sand":
                    out[row, 1, 2, 3] = torch.inf
            return out

    a = float(Mixture().schedule.log_snr[chosen])
    said = rf"at timestep {chosen} \(log-SNR {a:.2f}\) for the prompt 'a red on sand': run it in float32"
    with pytest.raises(NumericalError, match=said):
        run(Spoiled(), draws=16)


def test_what_a_run_holds_does_not_grow_with_its_draws() -> None:
    """Bytes of all tensors alive at the end of the last call of the network, in a short and in a long run."""

    class Weighing(Mixture):
        held, evaluations = 0, 0

        def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
            out = super().epsilon(z, levels, conditions)
            if sum(self.calls) == self.evaluations:
                gc.collect()
                tensors = [one for one in gc.get_objects() if issubclass(type(one), torch.Tensor)]
                self.held = sum(one.numel() * one.element_size() for one in tensors)
            return out

    held = {}
    for draws in (16, 16, 96):  # the first only fills what libraries keep
        model = Weighing(size=24)
        model.evaluations = draws * 4
        options: dict[str, Any] = {"words": ["red", "circle", "sand"], "quantities": "cmi", "draws": draws}
        run(model, batch_size=16, **options)
        held[draws] = model.held
    maps = 2 * 3 * 24 * 24 * 4  # of one draw, both forms of three words
    totals = 2 * 3 * 8  # kept for each draw
    assert held[16] > maps
    assert held[96] - held[16] <= 80 * totals + maps / 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "HSV", "I;16", "F"])
def test_pictures_of_every_mode_go_through_an_estimate(mode: str) -> None:
    """As the colour picture that they show, by its hash in the result."""
    if mode == "I;16":
        picture = Image.fromarray(RGB[..., 0].astype(np.uint16) * 257)
    elif mode == "F":
        picture = Image.fromarray((RGB[..., 0] / 255).astype(np.float32))
    else:
        picture = Image.fromarray(RGB).convert(mode)
    assert picture.mode == mode
    grey = np.repeat(RGB[..., :1], 3, 2)
    shown = grey if mode in ("I;16", "F") else np.asarray(picture.convert("RGB"))
    assert run_on(picture).provenance["image_sha256"] == hashlib.sha256(shown.tobytes()).hexdigest()


def run_on(picture: Image.Image) -> Result:
    options: dict[str, Any] = {"density": "uniform", "progress": False}
    return estimate(Mixture(), picture, PROMPT, words=["red"], quantities="cmi", draws=2, **options)


def test_a_huge_picture_and_one_of_a_pixel() -> None:
    huge = run_on(Image.new("L", (12_000, 4_000), 200))
    assert huge.image.size == (144, 48)
    assert np.unique(np.asarray(huge.image)).tolist() == [200]
    with pytest.raises(ImageError, match="1x1 pixels"):
        run_on(Image.new("RGBA", (1, 1)))


class Misshapen(Mixture):
    """A class of one's own with a mistake that arithmetic would stretch to what is asked for."""

    def __init__(self, *, batched: bool = False, channels: int = 2) -> None:
        super().__init__()
        self.batched, self.channels = batched, channels

    def encode_image(self, image: Image.Image) -> torch.Tensor:
        latents = super().encode_image(image)
        return latents[None] if self.batched else latents

    def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
        return super().epsilon(z, levels, conditions)[:, : self.channels]


def test_networks_that_return_other_shapes_are_refused() -> None:
    with pytest.raises(UnsupportedPipelineError, match=r"returned \(\d+, 1, 6, 6\) for \(\d+, 2, 6, 6\)"):
        run(Misshapen(channels=1), draws=2)
    with pytest.raises(UnsupportedPipelineError, match=r"latents of shape \(1, 2, 6, 6\).*\(C, h, w\)"):
        run(Misshapen(batched=True), draws=2)


def test_a_given_image_is_not_changed() -> None:
    before = PICTURE.tobytes()
    run_on(PICTURE)
    assert PICTURE.tobytes() == before


def test_batches_are_full_and_nothing_is_kept_for_gradients() -> None:
    class Asked(Mixture):
        inference = True

        def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
            self.inference &= torch.is_inference_mode_enabled()
            return super().epsilon(z, levels, conditions)

    options: dict[str, Any] = {"words": ["red", "circle", "sand"], "quantities": "cmi", "draws": 32}
    for batch_size, calls in ((64, [64, 64]), (16, 8 * [16]), (8, 16 * [8]), (1000, [128])):
        model = Asked()
        run(model, batch_size=batch_size, **options)
        assert model.calls == calls
        assert model.inference
