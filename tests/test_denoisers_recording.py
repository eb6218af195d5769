"""What is recorded of a pipeline's own call, and how prompts are read."""

from __future__ import annotations

import logging
import re
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.configuration_utils import FrozenDict
from PIL import Image
from tiny import tiny_pipeline
from tiny_pipelines import build

from infodiff_widgets import estimate
from infodiff_widgets.denoisers import as_denoiser, z_image
from infodiff_widgets.denoisers.flux import FluxDenoiser
from infodiff_widgets.errors import ImageError, PromptError, UnsupportedPipelineError

IMAGE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
SIZE = (8, 8)


def test_the_pipeline_is_left_as_it_was() -> None:
    pipeline = tiny_pipeline()
    pipeline.scheduler.set_timesteps(7)
    pipeline.set_progress_bar_config(desc="mine")
    scheduler, timesteps, state = pipeline.scheduler, pipeline.scheduler.timesteps, torch.get_rng_state()
    as_denoiser(pipeline).encode_image(IMAGE)
    assert pipeline.scheduler is scheduler
    assert torch.equal(scheduler.timesteps, timesteps)
    assert torch.equal(torch.get_rng_state(), state)
    assert pipeline._progress_bar_config == {"desc": "mine"}
    assert not pipeline.unet._forward_pre_hooks


def test_prompts_are_encoded_once_and_sizes_recorded_when_met(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = build("xl")
    denoiser = as_denoiser(pipeline)
    denoiser.encode_image(IMAGE)
    encoded: list[str] = []
    encode = type(pipeline).encode_prompt

    def count(self: Any, prompt: Any = None, *args: Any, **kwargs: Any) -> Any:
        encoded.extend([prompt] if isinstance(prompt, str) else prompt or [])
        return encode(self, prompt, *args, **kwargs)

    monkeypatch.setattr(type(pipeline), "encode_prompt", count)
    conditions: Any = denoiser.encode_prompts([f"cat {index}" for index in range(40)])
    assert len(encoded) == 40
    z, levels = torch.zeros(2, 4, 8, 8), torch.tensor([3, 5])
    for indices in ([0, 39], [7, 7]):
        denoiser.epsilon(z, levels, conditions.select(indices))
    assert len(encoded) == 40
    told = conditions.select([1]).arguments((8, 12), torch.float32)["added_cond_kwargs"]["time_ids"]
    assert told.tolist() == [[64, 96, 0, 0, 64, 96]]
    assert len(encoded) == 80


def test_pipelines_from_image_to_image() -> None:
    text = tiny_pipeline()
    image = diffusers.StableDiffusionImg2ImgPipeline(**text.components, requires_safety_checker=False)
    z, levels = torch.randn(2, 4, 8, 8), torch.tensor([20, 700])
    one, other = (
        denoiser.epsilon(z, levels, denoiser.encode_prompts(["red", ""]))
        for denoiser in (as_denoiser(text), as_denoiser(image))
    )
    torch.testing.assert_close(one, other)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_an_autoencoder_that_overflows_in_half_precision_runs_in_full(dtype: torch.dtype) -> None:
    pipeline = build("xl").to(dtype)
    seen: list[torch.dtype] = []
    pipeline.vae.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].dtype))
    latents = as_denoiser(pipeline).encode_image(IMAGE)
    assert seen == [torch.float32 if dtype == torch.float16 else dtype]
    assert pipeline.vae.dtype == dtype
    assert latents.dtype == torch.float32


def test_parts_of_several_types() -> None:
    """As transformers loads them: text encoders in the type of their file."""
    pipeline = tiny_pipeline()
    pipeline.text_encoder.to(torch.bfloat16)
    denoiser = as_denoiser(pipeline)
    z = denoiser.encode_image(IMAGE)[None]
    assert denoiser.epsilon(z, torch.tensor([9]), denoiser.encode_prompts(["cat"])).dtype == torch.float32


def test_models_distilled_from_guidance_are_told_one() -> None:
    dev, schnell = as_denoiser(build("flux")), as_denoiser(build("flux", guidance=False))
    told: Any = dev.encode_prompts(["cat", "dog"])
    assert told.arguments(SIZE, torch.float32)["guidance"].tolist() == [1, 1]
    assert "approximate" in dev.identity["guidance"]
    told = schnell.encode_prompts(["cat", "dog"])
    assert told.arguments(SIZE, torch.float32)["guidance"] is None
    assert "guidance" not in schnell.identity
    consistency = as_denoiser(tiny_pipeline(time_cond_proj_dim=8))
    told = consistency.encode_prompts(["cat", "dog"])
    assert torch.equal(*told.arguments(SIZE, torch.float32)["timestep_cond"])
    assert "guidance" in consistency.identity


def test_a_model_that_does_not_say_that_it_is_distilled() -> None:
    """FLUX.2 of diffusers 0.36 is told its guidance and has nothing of it in its configuration."""
    silent = build("flux2")
    config = {name: value for name, value in silent.transformer.config.items() if name != "guidance_embeds"}
    silent.transformer._internal_dict = FrozenDict(config)
    assert "approximate" in as_denoiser(silent).identity["guidance"]
    assert "guidance" not in as_denoiser(build("flux2_klein")).identity


def test_a_network_that_hears_what_pads_prompts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = build("qwen_image")
    monkeypatch.setattr(diffusers, "__version__", "0.36.0")
    with pytest.raises(
        UnsupportedPipelineError, match=r"diffusers 0\.36\.0 hears what pads.*diffusers>=0\.37"
    ):
        as_denoiser(pipeline)


def test_networks_that_are_compiled() -> None:
    pipeline = tiny_pipeline()
    plain = as_denoiser(pipeline)
    z, levels = torch.randn(1, 4, 8, 8), torch.tensor([500])
    expected = plain.epsilon(z, levels, plain.encode_prompts(["cat"]))
    pipeline.unet = torch.compile(pipeline.unet, backend="eager")  # pyright: ignore[reportAttributeAccessIssue]
    compiled = as_denoiser(pipeline)
    torch.testing.assert_close(compiled.epsilon(z, levels, compiled.encode_prompts(["cat"])), expected)


def test_pipelines_that_are_not_what_they_were_taken_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = tiny_pipeline()
    pipeline.scheduler = FlowMatchEulerDiscreteScheduler()  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(UnsupportedPipelineError, match="cannot be called with FlowMatchEuler"):
        as_denoiser(pipeline).encode_prompts(["cat"])
    monkeypatch.setattr(z_image.ZImageDenoiser, "extra_arguments", lambda *_: {"guidance_scale": 2.0})
    with pytest.raises(UnsupportedPipelineError, match=r"with 2 inputs for 1 prompts.*leave out guidance"):
        as_denoiser(build("z_image")).encode_prompts(["cat"])
    monkeypatch.setattr(FluxDenoiser, "told", lambda _, timesteps: timesteps)
    with pytest.raises(UnsupportedPipelineError, match="tells its network 1 for timestep 1000, where 1000"):
        as_denoiser(build("flux")).encode_prompts(["cat"])
    monkeypatch.setattr(FluxDenoiser, "network_name", "vae")
    with pytest.raises(UnsupportedPipelineError, match="came to an end without calling its AutoencoderKL"):
        as_denoiser(build("flux")).encode_prompts(["cat"])


def test_pictures_with_more_patches_than_positions() -> None:
    with pytest.raises(ImageError, match="320x64 pixels and the network takes 256 a side: crop it"):
        as_denoiser(build("sd3")).encode_image(IMAGE.resize((320, 64)))


@pytest.mark.parametrize(
    ("name", "adapter", "words"),
    [
        ("flux2", "Flux2Denoiser", 430),
        ("flux2_klein", "Flux2KleinDenoiser", 490),
        ("lumina2", "Lumina2Denoiser", 220),
        ("qwen_image", "QwenImageDenoiser", 500),
        ("sana", "SanaDenoiser", 298),
        ("z_image", "ZImageDenoiser", 490),
    ],
)
@torch.no_grad()
def test_windows_of_language_models(name: str, adapter: str, words: int) -> None:
    """The last word of the longest prompt that is let through is read."""
    denoiser: Any = as_denoiser(build(name))
    assert type(denoiser).__name__ == adapter
    (reader,) = denoiser.readers()
    room = reader.window - reader.tokens("cat") + 1
    assert words <= room <= reader.window
    prompts = [" ".join(["cat"] * (room - 1) + [last]) for last in ("dog", "sand")]
    side = 32 if name == "sana" else 8
    told = denoiser.encode_prompts(prompts).arguments((side, side), torch.float32)
    one, other = told["cap_feats" if name == "z_image" else "encoder_hidden_states"]
    assert not torch.equal(one, other)
    with pytest.raises(PromptError, match=f"the text encoder reads {reader.window}.*not see 'sand'"):
        denoiser.encode_prompts([f"cat {prompts[1]}"])


def test_what_only_some_encoders_see_is_said_once_for_a_prompt_and_all_that_is_made_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    prompt = "a red cat on sand a red dog"
    denoiser = as_denoiser(build("flux"))
    with caplog.at_level(logging.WARNING, "infodiff_widgets"):
        estimate(denoiser, IMAGE, prompt, draws=4, density="uniform", progress=False)
        denoiser.encode_prompts(["a cat on sand a red dog", "red cat on sand a red dog"])  # another run's
        said = [record.getMessage() for record in caplog.records if "only some" in record.getMessage()]
        assert len(said) == 1
        assert said[0].startswith(f"of {prompt!r} only some")
        denoiser.encode_prompts(["a green cat on sand a red dog"])
    assert sum("only some" in record.getMessage() for record in caplog.records) == 2


def test_words_that_only_one_of_the_encoders_sees(caplog: pytest.LogCaptureFixture) -> None:
    prompt = "a red cat on sand a red dog"  # CLIP's tiny tokenizer has a token per letter, T5's one per word
    with caplog.at_level(logging.WARNING):
        as_denoiser(build("flux")).encode_prompts([prompt])
    assert "only some text encoders see 'red', 'dog': what these words say reaches the net" in caplog.text
    assert re.search(r"shorten it from \d+ to 16 tokens", caplog.text)
    without = as_denoiser(build("sd3", with_t5=False))
    with pytest.raises(PromptError, match=r"the text encoder reads 16.*'red', 'dog'"):
        without.encode_prompts([prompt])
    assert len(without.encode_prompts(["a red cat"])) == 1
    with pytest.raises(PromptError, match="the text encoder reads 512"):
        as_denoiser(build("flux")).encode_prompts(["cat " * 512])
