"""Promises about pipelines of any kind: tested classes, wide latents, refusals on real data, long prompts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import literal
import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image
from test_estimator import assert_same
from tiny import tiny_pipeline
from tiny_pipelines import BUILDERS, autoencoder, build

from infodiff_widgets import estimate, scenes
from infodiff_widgets.channel import noised
from infodiff_widgets.denoisers import SUPPORTED, as_denoiser
from infodiff_widgets.denoisers.parametrisation import PREDICTIONS
from infodiff_widgets.errors import UnsupportedPipelineError

IMAGE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8))
OPTIONS: dict[str, Any] = {"density": "uniform", "progress": False, "draws": 4, "resize": False}


def test_every_class_that_is_supported_is_compared_with_its_own_modules() -> None:
    """Those of `BUILDERS` in test_denoisers_families.py, Stable Diffusion in test_denoisers.py."""
    compared = {type(build(name)).__name__ for name in BUILDERS}
    assert set(SUPPORTED) == compared | {"StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline"}


def sixteen_channels(name: str) -> Any:
    """As the real SD3 and FLUX.1 have them."""
    pipeline = build(name)
    shift, scale = (0.1, 1.5) if name == "sd3" else (0.12, 0.36)
    wide = {"in_channels": 16, "out_channels": 16} if name == "sd3" else {"in_channels": 64}
    torch.manual_seed(1)
    transformer = type(pipeline.transformer).from_config({**pipeline.transformer.config, **wide})
    with torch.no_grad():
        for weights in transformer.parameters():
            if weights.ndim > 1:
                weights.add_(0.2 * torch.randn(weights.shape))
    vae = autoencoder(16, scaling_factor=scale, shift_factor=shift)
    pipeline.register_modules(vae=vae, transformer=transformer.eval())
    return pipeline


@pytest.mark.parametrize("name", ["sd3", "flux"])
@torch.no_grad()
def test_latents_of_sixteen_channels(name: str) -> None:
    pipeline = sixteen_channels(name)
    denoiser = as_denoiser(pipeline)
    x = denoiser.encode_image(IMAGE)
    assert tuple(x.shape) == (16, 8, 12)
    eps, level = torch.randn(1, *x.shape, generator=torch.Generator().manual_seed(1)), torch.tensor([520])
    z = noised(x, eps, torch.as_tensor(denoiser.schedule.log_snr[[520]]))
    ours = denoiser.epsilon(z, level, denoiser.encode_prompts(["red cat"]))
    theirs, _ = literal.predict(name, pipeline, x[None], eps, denoiser.schedule.timesteps[520], "red cat")
    torch.testing.assert_close(ours, theirs, rtol=2e-3, atol=2e-3 * float(theirs.std()))


@pytest.mark.parametrize("make", [tiny_pipeline, lambda: build("flux"), lambda: build("z_image")])
def test_batch_size_changes_nothing_on_real_networks(make: Callable[[], Any]) -> None:
    """A UNet, packed tokens, and a transformer that takes lists."""
    alone, together = (estimate(make(), IMAGE, "red cat", batch_size=size, **OPTIONS) for size in (1, 32))
    assert_same(alone, together, tolerance=2e-4)


def test_channels_last_changes_nothing() -> None:
    pipeline = tiny_pipeline()
    plain = estimate(pipeline, IMAGE, "red cat", **OPTIONS)
    pipeline.unet.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    assert pipeline.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    assert_same(plain, estimate(pipeline, IMAGE, "red cat", **OPTIONS), tolerance=2e-4)


def test_a_class_of_ones_own_is_taken_for_what_it_derives_from() -> None:
    class Mine(StableDiffusionPipeline):
        pass

    parts = dict(tiny_pipeline().components)
    identity = as_denoiser(Mine(**parts, requires_safety_checker=False)).identity
    assert identity["pipeline"] == "Mine"


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    return scenes.picture(next(scenes.sample(seed=3)))


@pytest.mark.parametrize("wrong", [kind for kind in PREDICTIONS if kind != "flow_prediction"])
def test_a_wrong_kind_of_prediction_is_refused_on_a_trained_network(wrong: str, scene: Image.Image) -> None:
    pipeline: Any = scenes.load_pipeline("cpu")
    trained = pipeline.scheduler.config["prediction_type"]
    pipeline.scheduler.register_to_config(prediction_type=wrong)
    if wrong == trained:
        assert as_denoiser(pipeline).encode_image(scene).isfinite().all()
        return
    with pytest.raises(UnsupportedPipelineError, match=f"does not predict {wrong}, .* but {trained}: "):
        estimate(pipeline, scene, "a red circle", **OPTIONS)


def test_a_wrong_sign_is_refused_on_a_trained_network(scene: Image.Image) -> None:
    pipeline: Any = scenes.load_pipeline("cpu")
    trained = pipeline.scheduler.config["prediction_type"]
    with torch.no_grad():
        for weights in pipeline.unet.conv_out.parameters():
            weights.neg_()
    with pytest.raises(UnsupportedPipelineError, match=f"does not predict {trained}, .* but -{trained}: "):
        estimate(pipeline, scene, "a red circle", **OPTIONS)


@pytest.mark.parametrize(("name", "window"), [("flux", 512), ("flux2_klein", 512)])
def test_long_prompts_of_language_models_are_cut_by_choice_and_said(name: str, window: int) -> None:
    """T5 reads words, FLUX.2's Qwen a template around them; the last words fall away, and are named."""
    prompt = " ".join(["red", *["cat"] * window, "on", "sand"])
    options: dict[str, Any] = OPTIONS | {"draws": 2, "words": ["red"], "quantities": "cmi"}
    with pytest.warns(UserWarning, match=r"truncate=True: the prompt is cut to .* 'on', 'sand'"):
        result = estimate(build(name), IMAGE, prompt, truncate=True, **options)
    denoiser: Any = as_denoiser(build(name))
    assert prompt.startswith(result.prompt)
    assert window - 25 < len(result.prompt.split()) <= window
    assert len(denoiser.encode_prompts([result.prompt])) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert denoiser.shorten(result.prompt) == result.prompt
