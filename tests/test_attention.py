"""Attention maps: the network's own, per word, all heads."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from models import PICTURE, PROMPT, Linear
from PIL import Image
from tiny import tiny_pipeline
from tiny_pipelines import build

from infodiff_widgets import estimate, open_result, scenes, split_words
from infodiff_widgets.analyses.attention import (
    attention_maps,
    product,
    rank_mean,
    regeneration_attention,
    with_attention_maps,
)
from infodiff_widgets.analyses.attention_capture import recording
from infodiff_widgets.analyses.attention_tokens import token_positions
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import ArgumentError, InfodiffError, UnsupportedPipelineError
from infodiff_widgets.extras import install_command
from infodiff_widgets.further import go_on
from infodiff_widgets.words import Word

CAPTION = "a red triangle left of a blue square on sand"


def test_words_of_one_token_and_of_two(denoiser):
    found = token_positions(denoiser.pipeline, denoiser.network, CAPTION, split_words(CAPTION))
    ids = denoiser.pipeline.tokenizer(CAPTION).input_ids
    names = denoiser.pipeline.tokenizer.convert_ids_to_tokens(ids)
    read = ["".join(names[place] for place in places).replace("</w>", "") for places in found]
    assert read == [word.text for word in split_words(CAPTION)]
    assert [len(places) for places in found] == [1, 1, 2, 1, 1, 1, 1, 1, 1, 1]


def test_words_of_two_text_encoders_stand_one_after_the_other():
    pipeline = build("sd3")
    words = split_words("ab c")
    found = token_positions(pipeline, pipeline.transformer, "ab c", words)
    window = pipeline.tokenizer.model_max_length
    assert found[0][:2] == [1, 2], "letters are tokens there"
    assert found[1][0] == 3
    assert all(place >= window for place in found[0][2:])
    assert len(found[0]) > 2


def test_a_template_is_refused():
    pipeline = build("qwen_image")
    with pytest.raises(UnsupportedPipelineError, match="QwenImageTransformer2DModel"):
        token_positions(pipeline, pipeline.transformer, "a b", split_words("a b"))


class _OneHot(torch.nn.Module):
    """In place of the values: token t is the unit vector t in every head, so that outputs are the shares."""

    def __init__(self, heads: int, width: int) -> None:
        super().__init__()
        self.heads, self.width = heads, width

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        eye = torch.eye(text.shape[1], self.width).repeat(1, self.heads)
        return eye.expand(text.shape[0], -1, -1)


def test_shares_are_those_by_which_the_network_mixes_its_values(denoiser):
    network = denoiser.network
    layers = [module for name, module in network.named_modules() if name.endswith("attn2")]
    outputs = []

    def keep(module, _, output):
        outputs.append(output.unflatten(-1, (module.heads, -1)).mean(2))

    size, tokens = (32, 32), list(range(denoiser.pipeline.tokenizer.model_max_length))
    saved = [(layer.to_v, layer.to_out) for layer in layers]
    hooks = [layer.register_forward_hook(keep) for layer in layers]
    z, levels = torch.randn(1, 4, *size), torch.tensor([500])
    condition = denoiser.encode_prompts([CAPTION])
    try:
        for layer in layers:
            width = layer.inner_dim // layer.heads
            assert width == len(tokens), "one place for each token"
            layer.to_v = _OneHot(layer.heads, width)
            layer.to_out = torch.nn.ModuleList([torch.nn.Identity(), torch.nn.Identity()])
        with recording(denoiser.pipeline, network, [[token] for token in tokens], size) as total:
            denoiser.epsilon(z, levels, condition)
    finally:
        for layer, hook, (to_v, to_out) in zip(layers, hooks, saved, strict=True):
            hook.remove()
            layer.to_v, layer.to_out = to_v, to_out
    truth = torch.zeros(len(tokens), *size)
    for output in outputs:
        side = int(output.shape[1] ** 0.5)
        grid = output[0].T.reshape(1, len(tokens), side, side)
        truth += torch.nn.functional.interpolate(grid, size, mode="bilinear")[0]
    assert len(outputs) == len(layers) > 3
    torch.testing.assert_close(total.maps.float(), truth / len(layers), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(total.maps.sum(0), torch.ones(size, dtype=torch.float64), atol=1e-5, rtol=0)


def test_recording_changes_nothing_and_leaves_nothing(denoiser):
    z, levels = torch.randn(2, 4, 32, 32), torch.tensor([200, 800])
    condition = denoiser.encode_prompts([CAPTION]).select([0, 0])
    plain = denoiser.epsilon(z, levels, condition)
    with recording(denoiser.pipeline, denoiser.network, [[1]], (32, 32)) as total:
        torch.testing.assert_close(denoiser.epsilon(z, levels, condition), plain)
    before = total.maps.clone()
    denoiser.epsilon(z, levels, condition)
    assert torch.equal(total.maps, before)


@pytest.fixture(scope="module")
def result(denoiser) -> Any:
    scene = next(scenes.sample(seed=3))
    return estimate(
        denoiser,
        scenes.picture(scene),
        scene.caption,
        words=[(0, 1), (2, 2 + len(scene.items[0].colour))],
        quantities=["cmi"],
        draws=8,
        density="uniform",
        progress=False,
    )


def test_maps_lie_beside_those_of_information(denoiser, result):
    maps = attention_maps(denoiser, result)
    assert maps.shape == result.data["maps"].sel(quantity="cmi", form="orthogonal").shape
    assert list(maps["word_text"].values) == [word.text for word in result.words]
    assert maps.attrs["evaluations"] == 8
    assert (maps.values > 0).all()
    assert (maps.values.sum(0) < 1).all()
    np.testing.assert_array_equal(attention_maps(denoiser, result).values, maps.values)
    along = regeneration_attention(denoiser, result, steps=4)
    assert along.shape == maps.shape
    assert along.attrs["evaluations"] == 6
    assert not np.allclose(along.values, maps.values, rtol=0.01)


def test_a_result_of_several_runs_is_seen_at_the_draws_of_each():
    """What the network is given for attention, it was given under the whole prompt for the result."""
    denoiser: Any = as_denoiser(tiny_pipeline(window=64))
    given: set[tuple[int, bytes]] = set()
    output = denoiser.output

    def seen(z: torch.Tensor, levels: torch.Tensor, conditions: Any) -> torch.Tensor:
        given.update((int(level), one.numpy().tobytes()) for level, one in zip(levels, z, strict=True))
        return output(z, levels, conditions)

    denoiser.output = seen
    options: dict[str, Any] = {"quantities": ["cmi"], "draws": 8, "density": "uniform", "batch_size": 4}
    picture = Image.effect_noise((64, 64), 50).convert("RGB")
    first = estimate(denoiser, picture, "a red circle", words=["red"], **options)
    *_, last = go_on(None, first, denoiser, 48)
    result = last.result()
    assert len(result.provenance["runs"]) == 3
    before = set(given)
    given.clear()
    maps = attention_maps(denoiser, result)
    assert maps.attrs["evaluations"] == len(given) == result.draws == 48
    assert given <= before
    seen_at = sorted(denoiser.schedule.log_snr[level] for level, _ in given)
    np.testing.assert_allclose(seen_at, np.sort(result.data["draw_log_snr"].values))


def test_a_result_keeps_them(denoiser, result, tmp_path):
    richer = with_attention_maps(denoiser, result)
    assert "attention_maps" not in result.data
    opened = open_result(richer.save(tmp_path / "result.nc"))
    assert opened.data["attention_maps"].dims == ("word", "y", "x")
    np.testing.assert_allclose(
        opened.data["attention_maps"].values, attention_maps(denoiser, result).values, rtol=1e-6
    )
    xr.testing.assert_equal(opened.data["maps"], result.data["maps"])
    with pytest.raises(ValueError, match=r"see result\.data\['attention_maps'\]"):
        opened.map(0, "attention")
    with pytest.raises(ValueError, match=r"'attention' is not in this result"):
        result.map(0, "attention")


def test_the_wrong_network_is_refused(result):
    with pytest.raises(ArgumentError, match="another network"):
        attention_maps(tiny_pipeline(), result)


def test_what_is_no_pipeline_has_no_attention():
    model = Linear()
    options: dict[str, Any] = {"quantities": ["cmi"], "draws": 4, "density": "uniform", "progress": False}
    with pytest.raises(UnsupportedPipelineError, match="Linear is no diffusers pipeline"):
        attention_maps(model, estimate(model, PICTURE, PROMPT, **options))


@pytest.mark.parametrize("name", ["xl", "pixart", "sd3", "flux"])
def test_other_families(name):
    pipeline = build(name)
    denoiser: Any = as_denoiser(pipeline)
    latents = denoiser.encode_image(Image.new("RGB", (96, 64), "red"))
    words = [Word("a", 0, 1), Word("b", 2, 3)]
    positions = token_positions(pipeline, denoiser.network, "a b", words)
    size = latents.shape[-2], latents.shape[-1]
    condition = denoiser.encode_prompts(["a b"])

    def maps() -> torch.Tensor:
        with recording(pipeline, denoiser.network, positions, size) as total:
            denoiser.epsilon(latents[None], torch.tensor([300]), condition)
        return total.maps

    joint = name in ("sd3", "flux")
    if joint and find_spec("attention_map_diffusers") is None:
        with pytest.raises(InfodiffError, match=re.escape(install_command("attention"))):
            maps()
        return
    found = maps()
    assert found.shape == (2, *size)
    assert (found > 0).all()
    assert (found.sum(0) < 1).all()
    assert found.std() > 0


def test_combinations():
    information, attention = np.array([[0.0, 2.0], [1.0, -1.0]]), np.array([[1.0, 0.5], [0.2, 0.3]])
    np.testing.assert_allclose(product(information, attention), [[0, 1], [0.2, 0]])
    np.testing.assert_allclose(rank_mean(information, attention), np.array([[3, 3.5], [2, 1.5]]) / 4)
    np.testing.assert_allclose(rank_mean(1e3 * information, attention), rank_mean(information, attention))
