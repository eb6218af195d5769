"""The adapter against literal calls of the pipeline's own modules."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.schedulers.scheduling_edm_euler import EDMEulerScheduler
from models import PICTURE, Mixture
from PIL import Image
from tiny import tiny_pipeline
from tiny_pipelines import build

from infodiff_widgets import estimate
from infodiff_widgets.denoisers import Denoiser, as_denoiser
from infodiff_widgets.denoisers.base import refuse_long
from infodiff_widgets.errors import NumericalError, PromptError, UnsupportedPipelineError, WordError
from infodiff_widgets.options import shortened
from infodiff_widgets.sampling import Design, LevelDensity

IMAGE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
UNIFORM = LevelDensity.uniform()


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    return tiny_pipeline()


def embed(pipeline: Any, text: str) -> torch.Tensor:
    ids = pipeline.tokenizer(text, padding="max_length", max_length=16, return_tensors="pt").input_ids
    return pipeline.text_encoder(ids)[0]


def latents(pipeline: Any, image: Image.Image) -> torch.Tensor:
    pixels = torch.as_tensor(np.array(image)).permute(2, 0, 1)[None] / 127.5 - 1
    return pipeline.vae.encode(pixels).latent_dist.mean * pipeline.vae.config.scaling_factor


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction", "sample"])
@torch.no_grad()
def test_estimate_agrees_with_a_literal_computation(prediction_type: str) -> None:
    pipeline = tiny_pipeline(prediction_type)
    draws = 6
    result = estimate(pipeline, IMAGE, "red cat", draws=draws, seed=2, density="uniform", progress=False)

    denoiser = as_denoiser(pipeline)
    design = Design.systematic(denoiser.schedule.quadrature(), UNIFORM, draws, seed=2)
    x = latents(pipeline, IMAGE)
    noise = design.noise(np.arange(draws), x.shape[1:])
    alphas = pipeline.scheduler.alphas_cumprod

    def predict(z: torch.Tensor, t: int, text: str) -> torch.Tensor:
        out = pipeline.unet(z, t, encoder_hidden_states=embed(pipeline, text)).sample
        a, b = alphas[t] ** 0.5, (1 - alphas[t]) ** 0.5
        return {"epsilon": out, "v_prediction": a * out + b * z, "sample": (z - a * out) / b}[prediction_type]

    maps = np.zeros((2, 2, 2, 8, 8))
    full = np.zeros((2, 8, 8))
    for k in range(draws):
        t, eps = int(design.level[k]), noise[k : k + 1]
        z = pipeline.scheduler.add_noise(x, eps, torch.tensor([t]))
        e = {text: predict(z, t, text) for text in ("red cat", "red", "cat", "")}
        weight = 0.5 / design.density[k] / draws

        def compare(left: str, right: str, e: dict = e, eps: torch.Tensor = eps) -> np.ndarray:
            orthogonal = (e[left] - e[right]) ** 2
            standard = (eps - e[left]) ** 2 - (eps - e[right]) ** 2
            return torch.cat([orthogonal, standard]).sum(1).numpy()

        pairs = {
            (0, 0): ("cat", "red cat"),
            (0, 1): ("red", "red cat"),
            (1, 0): ("", "red"),
            (1, 1): ("", "cat"),
        }
        for (quantity, word), pair in pairs.items():
            maps[quantity, :, word] += weight * compare(*pair)
        full += weight * compare("", "red cat")
    for measured, literal in ((result.data.maps.values, maps), (result.data.full_map.values, full)):
        np.testing.assert_allclose(measured, literal, rtol=2e-3, atol=2e-4 * np.abs(literal).max())


@torch.no_grad()
def test_latents_are_the_scaled_posterior_mean(pipeline: StableDiffusionPipeline) -> None:
    denoiser = as_denoiser(pipeline)
    torch.testing.assert_close(
        denoiser.encode_image(IMAGE), latents(pipeline, IMAGE)[0], rtol=1e-4, atol=1e-5
    )
    pipeline.vae.register_to_config(shift_factor=0.5)
    shifted = denoiser.encode_image(IMAGE)
    pipeline.vae.register_to_config(shift_factor=None)
    expected = latents(pipeline, IMAGE)[0] - 0.5 * pipeline.vae.config["scaling_factor"]
    torch.testing.assert_close(shifted, expected, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_conditions_are_those_of_the_pipeline(pipeline: StableDiffusionPipeline) -> None:
    denoiser = as_denoiser(pipeline)
    texts = ["red cat", "", *(f"cat {index}" for index in range(40))]
    conditions: Any = denoiser.encode_prompts(texts)
    assert len(conditions) == 42
    for chosen, row, text in (([1, 0, 0], 1, "red cat"), (range(42), 41, "cat 39")):
        told = conditions.select(chosen).arguments((8, 8), torch.float32)["encoder_hidden_states"]
        torch.testing.assert_close(told[row : row + 1], embed(pipeline, text))


def test_pictures_that_are_not_square(pipeline: StableDiffusionPipeline) -> None:
    result = estimate(pipeline, IMAGE.resize((130, 64)), "cat", draws=4, density="uniform", progress=False)
    assert result.image.size == (128, 64)
    assert result.map("cat").shape == (8, 16)


def test_half_precision(pipeline: StableDiffusionPipeline) -> None:
    half = tiny_pipeline().to(torch.bfloat16)
    options: dict[str, Any] = {"draws": 8, "density": "uniform", "progress": False}
    low, full = estimate(half, IMAGE, "red cat", **options), estimate(pipeline, IMAGE, "red cat", **options)
    assert low.provenance["denoiser"]["dtype"] == "bfloat16"
    assert low.data.maps.dtype == np.float32
    assert low.full_total().value == pytest.approx(full.full_total().value, rel=0.2)


def test_text_added_to_the_timestep() -> None:
    """The scenes pipeline's UNet is of this kind."""
    pipeline = tiny_pipeline(addition_embed_type="text", addition_embed_type_num_heads=2)
    result = estimate(pipeline, IMAGE, "red cat", draws=4, density="uniform", progress=False)
    assert result.total("cat").value > 0


def test_a_long_prompt_is_cut_by_choice_and_stays_cut(pipeline: StableDiffusionPipeline) -> None:
    """A letter is a token here, and 14 of them are read; words that are left out let nothing move in."""
    prompt = "red cat, sand and snow"
    options: dict[str, Any] = {"density": "uniform", "draws": 4, "progress": False}
    with pytest.warns(UserWarning, match="cut to 'red cat, sand and'; it loses 'snow'"):
        cut = estimate(pipeline, IMAGE, prompt, truncate=True, **options)
    short = estimate(
        pipeline, IMAGE, "red cat, sand and", truncate=True, **options
    )  # no warning: nothing is cut
    assert cut.prompt == short.prompt == "red cat, sand and"
    assert cut.data["maps"].identical(short.data["maps"])
    assert not any("snow" in text for text in cut.provenance["prompts"])
    with pytest.raises(WordError, match="snow"), pytest.warns(UserWarning, match="it loses"):
        estimate(pipeline, IMAGE, prompt, words=["snow"], truncate=True, **options)
    with pytest.raises(PromptError, match="truncate=True"):
        estimate(pipeline, IMAGE, prompt, **options)


def test_of_many_words_that_are_cut_the_first_and_the_last_are_named() -> None:
    class Reader:
        def shorten(self, prompt: str) -> str:
            return prompt[:7]

    words = [f"word{number}" for number in range(20)]
    listed = "its last 20 words, 'word0', 'word1', 'word2', … 'word17', 'word18', 'word19'"
    with pytest.warns(UserWarning, match=re.escape(f"cut to 'red cat'; it loses {listed}.")):
        assert shortened(" ".join(["red cat", *words]), Reader()) == "red cat"


def test_prompts_longer_than_the_window(pipeline: StableDiffusionPipeline) -> None:
    prompt = "one red cat and two big dogs"  # the tokenizer has a token per letter: 14 fit
    with pytest.raises(
        PromptError, match=r"has 24 tokens and the text encoder reads 16.*not see 'two', 'big', 'dogs'"
    ):
        estimate(pipeline, IMAGE, prompt, progress=False)
    with pytest.raises(PromptError, match="has 24 tokens"):
        refuse_long(as_denoiser(pipeline), ["one", prompt])
    refuse_long(Mixture(), [prompt])  # which cannot tell before its encoders are called
    fits = "one red cat and"
    with pytest.raises(PromptError, match="shorten it"):
        estimate(pipeline, IMAGE, fits, placeholder="something", density="uniform", progress=False)
    assert len(estimate(pipeline, IMAGE, fits, draws=2, density="uniform", progress=False).words) == 4


def test_networks_are_told_apart(pipeline: StableDiffusionPipeline) -> None:
    identity = as_denoiser(pipeline).identity
    assert identity == as_denoiser(tiny_pipeline()).identity
    assert identity["network"] == "UNet2DConditionModel"
    other = tiny_pipeline()
    with torch.no_grad():
        other.unet.conv_out.weight.add_(1e-3)
    assert as_denoiser(other).identity != identity
    assert as_denoiser(tiny_pipeline("v_prediction")).identity != identity


def test_a_network_that_overflows(pipeline: StableDiffusionPipeline) -> None:
    broken = tiny_pipeline()
    with torch.no_grad():
        broken.unet.conv_out.weight.fill_(float("inf"))
    options = {"density": "uniform", "progress": False}
    with pytest.raises(NumericalError, match=r"for the prompt '.*': it runs in float32, so its weights or"):
        estimate(broken, IMAGE, "red cat", **options)
    with pytest.raises(NumericalError, match=r"for the prompt '.*': run it in float32, pipeline.to"):
        estimate(broken.to(torch.bfloat16), IMAGE, "red cat", precision="pipeline", **options)


def test_denoisers_pass_through() -> None:
    model = Mixture()
    assert isinstance(model, Denoiser)
    assert as_denoiser(model) is model


class StableAudioPipeline:
    unet = None


class FluxControlPipeline:
    unet = None


class StableDiffusion3InpaintPipeline:
    unet = None


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (StableAudioPipeline(), r"StableAudioPipeline is not supported\. "),
        (FluxControlPipeline(), r"FluxControlPipeline is not supported; of its family, FluxPipeline is\. "),
        (StableDiffusion3InpaintPipeline(), "of its family, StableDiffusion3Pipeline is"),
        (object(), r"object is not supported\. .*\bSUPPORTED\b.*What it supports.*denoisers\.Denoiser\.$"),
        (
            StableDiffusionPipeline,
            "StableDiffusionPipeline is a class: pass an object of it",
        ),
        ("sd", "'sd' is a name: load it, for example with diffusers.DiffusionPipeline.from_pretrained.$"),
    ],
)
def test_unsupported_models(model: object, said: str) -> None:
    with pytest.raises(UnsupportedPipelineError, match=said) as refused:
        estimate(model, PICTURE, "a cat")
    assert len(str(refused.value)) < 320, "a remedy, and no list of classes"


def test_unsupported_parts() -> None:
    pipeline = tiny_pipeline()
    pipeline.scheduler = EDMEulerScheduler()  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(UnsupportedPipelineError, match="EDMEulerScheduler has no alphas_cumprod"):
        as_denoiser(pipeline)
    pipeline = tiny_pipeline()
    pipeline.vae = None  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(UnsupportedPipelineError, match="StableDiffusionPipeline has no vae: load the whole"):
        as_denoiser(pipeline)
    pipeline = build("xl")
    pipeline.text_encoder_2 = pipeline.tokenizer_2 = None
    said = "XLPipeline cannot be called without its text_encoder_2 and tokenizer_2: load the whole pipeline"
    with pytest.raises(UnsupportedPipelineError, match=said):
        estimate(pipeline, PICTURE, "a red cat", draws=2, progress=False)
    for part in ("text_encoder", "tokenizer"):
        pipeline = tiny_pipeline()
        setattr(pipeline, part, None)
        with pytest.raises(UnsupportedPipelineError, match=f"has no {part}: load the whole pipeline"):
            as_denoiser(pipeline)
    with pytest.raises(UnsupportedPipelineError, match="takes 9 channels and the latents have 4"):
        as_denoiser(tiny_pipeline(in_channels=9))
    odd = tiny_pipeline()
    odd.scheduler.register_to_config(prediction_type="flow")
    with pytest.raises(UnsupportedPipelineError, match="prediction_type is 'flow', none of"):
        as_denoiser(odd)
