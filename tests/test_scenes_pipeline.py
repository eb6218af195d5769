"""The shipped pipeline and the trainer that made it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from infodiff_widgets import estimate, scenes
from infodiff_widgets.channel import NoiseSchedule
from infodiff_widgets.scenes import train, train_denoiser
from infodiff_widgets.scenes.data import LatentScenes
from infodiff_widgets.scenes.models import build_pipeline, build_tokenizer
from infodiff_widgets.scenes.train_denoiser import NOISY_BELOW, NOISY_SHARE


def test_the_folder_is_small_half_precision_and_without_pickle():
    files = [path for path in scenes.FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 20e6
    assert {path.suffix for path in files} <= {".json", ".safetensors"}
    for path in scenes.FOLDER.rglob("*.safetensors"):
        with safe_open(path, framework="pt") as file:
            assert all(file.get_slice(name).get_dtype() == "F16" for name in file.keys())  # noqa: SIM118


def test_it_loads_without_this_package(tmp_path):
    script = (
        "import sys\n"
        "from diffusers import StableDiffusionPipeline\n"
        f"pipe = StableDiffusionPipeline.from_pretrained({str(scenes.FOLDER)!r})\n"
        "image = pipe('a red circle above a blue square on sand', num_inference_steps=2).images[0]\n"
        "assert image.size == (128, 128), image.size\n"
        "assert not any(name.startswith('infodiff') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path, timeout=120)


def test_words_of_the_world_are_one_token_and_some_are_two():
    tokenizer = build_tokenizer()
    assert tokenizer.tokenize("a red circle on sand _") == [
        f"{w}</w>" for w in ["a", "red", "circle", "on", "sand", "_"]
    ]
    assert tokenizer.tokenize("triangle") == ["tri", "angle</w>"]
    assert tokenizer.decode(tokenizer("zebra ☂", add_special_tokens=False).input_ids).strip() == "zebra ☂"


def test_pictures_come_back_from_the_autoencoder():
    pipeline = scenes.load_pipeline("cpu")
    image = np.asarray(scenes.picture(next(scenes.sample(seed=11)))) / 255.0
    x = torch.from_numpy(image).float().permute(2, 0, 1)[None]
    with torch.inference_mode():
        latents = pipeline.vae.encode(2 * x - 1).latent_dist.mean
        back = pipeline.vae.decode(latents).sample / 2 + 0.5
    scaled = latents * pipeline.vae.config.scaling_factor
    assert scaled.shape == (1, 4, 32, 32)
    assert 0.5 < float(scaled.square().mean().sqrt()) < 2
    assert float((back - x).square().mean()) < 10**-2.5, "PSNR below 25 dB"


def test_levels_are_even_in_log_snr_and_dense_in_the_noisy_part():
    log_snr = NoiseSchedule.from_alphas_cumprod(build_pipeline().scheduler.alphas_cumprod).log_snr
    rng = np.random.default_rng(0)
    a = log_snr[np.concatenate([train_denoiser._levels(log_snr, 24, rng) for _ in range(400)])]
    width = log_snr.max() - log_snr.min()
    share = NOISY_SHARE + (1 - NOISY_SHARE) * (NOISY_BELOW - log_snr.min()) / width
    assert abs((a < NOISY_BELOW).mean() - share) < 0.02
    assert a.min() < log_snr.min() + 0.05
    assert a.max() == log_snr.max()


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("training")
    common = [
        "--out",
        str(out),
        "--pipeline",
        str(out / "pipeline"),
        "--autoencoder-steps",
        "2",
        "--threads",
        "1",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infodiff_widgets.scenes.data.SHARD", 32)
        train.main([*common, "--text-steps", "2", "--shards", "1", "--steps", "3", "--batch", "4"])
        train.main([*common, "--stage", "denoiser", "--steps", "5", "--batch", "4"])
    return out


def test_training_runs_through_resumes_and_exports(trained):
    with safe_open(trained / "denoiser.safetensors", framework="pt") as file:
        info = json.loads(file.metadata()["info"])
    assert info["step"] == 5
    assert len(LatentScenes(trained / "latents")) == 32
    pipeline = scenes.load_pipeline("cpu", folder=trained / "pipeline")
    assert pipeline.scheduler.config.prediction_type == "v_prediction"
    image = pipeline("a red circle", num_inference_steps=1, output_type="np").images
    assert np.isfinite(image).all()


def test_a_checkpoint_holds_everything_that_training_needs(trained):
    with safe_open(trained / "denoiser.safetensors", framework="pt") as file:
        kinds = {name.split(".")[0] for name in file.keys()}  # noqa: SIM118
    assert kinds == {"model", "average", "momentum_buffer", "exp_avg", "exp_avg_sq"}


def test_training_goes_on_from_an_exported_pipeline(trained, tmp_path):
    common = [
        "--out",
        str(tmp_path),
        "--start",
        str(trained / "pipeline"),
        "--pipeline",
        str(tmp_path / "next"),
    ]
    common += ["--shards", "1", "--threads", "1", "--batch", "4"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infodiff_widgets.scenes.data.SHARD", 32)
        train.main([*common, "--steps", "1"])
    before, after = (scenes.load_pipeline("cpu", folder=f) for f in (trained / "pipeline", tmp_path / "next"))
    pairs = zip(before.unet.parameters(), after.unet.parameters(), strict=True)
    largest = max(float((a - b).abs().max().detach()) for a, b in pairs)
    assert 0 < largest < 0.01
    for a, b in zip(before.vae.parameters(), after.vae.parameters(), strict=True):
        assert torch.equal(a, b)


def test_pictures_of_any_shape_are_taken():
    """A cell of this autoencoder is 4 pixels, but diffusers insists on sides that are multiples of 8."""
    picture = Image.effect_noise((1920, 1080), 60).convert("RGB")
    result = estimate(
        scenes.load_pipeline("cpu"), picture, "a blue circle", words=["blue"], draws=2, progress=False
    )
    assert all(side % 8 == 0 for side in result.image.size)
