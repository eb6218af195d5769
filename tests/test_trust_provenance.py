"""What a result carries suffices to repeat it, to the bit, from its file and the model's folder alone."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image
from tiny import tiny_pipeline

from infodiff_widgets import Result, estimate, open_result
from infodiff_widgets.denoisers import as_denoiser

IMAGE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as the hub's cache keeps it."""
    path = tmp_path_factory.mktemp("hub") / "models--someone--tiny-model" / "snapshots" / REVISION
    tiny_pipeline(window=24).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def result(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A run with a choice of every kind, read back from its file."""
    with pytest.MonkeyPatch.context() as patch:
        cache = tmp_path_factory.mktemp("cache")
        patch.setattr("infodiff_widgets.cache.user_cache_path", lambda *_, **__: cache)
        made = estimate(
            StableDiffusionPipeline.from_pretrained(folder),
            IMAGE,
            "one red cat",
            words=["cat", (4, 7)],
            quantities=("cmi", "shapley"),
            draws=6,
            seed=11,
            placeholder="_",
            reference="dog",
            swaps={"red": "big"},
            pairs=[("red", "cat")],
            bands=[-1.0],
            log_snr_range=(-3, 2),
            batch_size=5,
            progress=False,
        )
    return open_result(made.save(tmp_path_factory.mktemp("results") / "result.nc"))


def test_every_field_that_is_promised_is_there(result: Result, folder: Path) -> None:
    told = result.provenance
    network = told["denoiser"]
    assert (network["model"], network["revision"]) == ("someone/tiny-model", REVISION)
    assert (network["pipeline"], network["network"]) == ("StableDiffusionPipeline", "UNet2DConditionModel")
    assert (network["scheduler"], network["prediction_type"]) == ("DDIMScheduler", "epsilon")
    for name in ("network_config", "network_weights", "schedule"):
        assert re.fullmatch("[0-9a-f]{16}", network[name])
    assert network["other_weights"].keys() == {"vae", "text_encoder"}
    assert result.prompt == "one red cat"
    assert [word.span for word in result.words] == [(8, 11), (4, 7)]
    assert told["words"] == [["cat", 8, 11], ["red", 4, 7]]
    assert (told["swaps"], told["pairs"]) == ([["red", 4, 7, "big"]], [[[4, 7], [8, 11]]])
    assert {"one red cat", "one _ cat", "one red _", "one big cat", "one _ _"} <= set(told["prompts"])
    assert told["image_sha256"] == hashlib.sha256(np.asarray(IMAGE).tobytes()).hexdigest()
    assert (told["seed"], told["draws"], told["batch_size"]) == (11, 6, 5)
    assert told["scheme"] == "systematic levels, antithetic pairs"
    assert (told["placeholder"], told["reference"]) == ("_", "dog")
    assert told["log_snr_range"] == [-3, 2] == list(result.log_snr_range)
    assert told["bands"] == [-3, -1, 2]
    assert (told["dtype"], told["precision"], told["device"]) == ("float32", "auto", "cpu")
    assert {"python", "infodiff-widgets", "torch", "diffusers", "transformers", "numpy"} == set(
        told["versions"]
    )
    assert told["versions"]["torch"] == torch.__version__
    assert len(told["density"]["log_snr"]) == len(told["density"]["height"]) > 1
    assert told["evaluations"] >= 6 * len(told["prompts"])
    assert told["pilot_evaluations"] > 0
    assert told["seconds"] > 0
    assert told["stopped"] is None


def test_what_a_result_carries_repeats_it(result: Result, folder: Path) -> None:
    told = result.provenance
    options: dict[str, Any] = {
        name: told[name]
        for name in ("seed", "draws", "placeholder", "reference", "density", "precision", "batch_size")
    }
    again = estimate(
        StableDiffusionPipeline.from_pretrained(folder),
        result.image,
        result.prompt,
        words=result.words,
        quantities=result.quantities,
        swaps=dict[Any, str](result.swaps),
        pairs=result.pairs,
        bands=list(result.band_edges),
        log_snr_range=result.log_snr_range,
        progress=False,
        **options,
    )
    for name in result.data.data_vars:
        np.testing.assert_array_equal(again.data[name].values, result.data[name].values, err_msg=str(name))
    differing = {key for key in told if told[key] != again.provenance[key]}
    assert differing <= {"seconds", "pilot_evaluations"}


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_a_network_with_other_weights_in_any_part_is_another(part: str) -> None:
    """A finer autoencoder or text encoder changes the numbers, so it must not share caches or checkpoints."""
    pipeline = tiny_pipeline()
    before = as_denoiser(pipeline).identity
    assert as_denoiser(pipeline).identity == before
    with torch.no_grad():
        next(iter(getattr(pipeline, part).parameters())).mul_(1.01)
    assert as_denoiser(pipeline).identity != before


def test_a_folder_of_ones_own_is_named_as_it_is(tmp_path: Path) -> None:
    tiny_pipeline().save_pretrained(tmp_path / "mine")
    identity = as_denoiser(StableDiffusionPipeline.from_pretrained(tmp_path / "mine")).identity
    assert Path(identity["model"]).parts[-1] in ("mine", "unet")
    assert "revision" not in identity
