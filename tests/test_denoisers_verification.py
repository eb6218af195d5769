"""What a network predicts is found out from its output: on an exact denoiser, and on the trained scenes."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
import torch
from tiny import tiny_pipeline
from torch import Tensor

from infodiff_widgets import Explorer, estimate, open_result, scenes
from infodiff_widgets.batching.together import SharedDenoiser
from infodiff_widgets.channel import network_input, noise_scale, noised, signal_scale
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.denoisers.parametrisation import PREDICTIONS
from infodiff_widgets.denoisers.pipeline import PipelineDenoiser
from infodiff_widgets.denoisers.verification import _doubt, judge
from infodiff_widgets.errors import UnsupportedPipelineError

GRAIN = 0.1  # variance of what is not common to a block of 4 x 4 cells
LOG_SNR = torch.tensor([0.1], dtype=torch.float64)


def blocks(x: Tensor) -> Tensor:
    means = torch.nn.functional.avg_pool2d(x, 4)
    return means.repeat_interleave(4, -1).repeat_interleave(4, -2)


def posterior_mean(z: Tensor) -> Tensor:
    """Of pictures with blocks of variance 1 and independent grain."""
    signal, noise = signal_scale(LOG_SNR), noise_scale(LOG_SNR)

    def shrunk(part: Tensor, variance: float, scale: float) -> Tensor:
        return signal * variance / (signal**2 * variance + noise**2 * scale) * part

    return shrunk(blocks(z), 1 + GRAIN / 16, 1 / 16) + shrunk(z - blocks(z), GRAIN, 1)


@pytest.fixture
def channel() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    coarse = torch.randn(1, 4, 4, 4, generator=generator, dtype=torch.float64)
    grain = torch.randn(1, 4, 16, 16, generator=generator, dtype=torch.float64)
    x = coarse.repeat_interleave(4, -1).repeat_interleave(4, -2) + GRAIN**0.5 * grain
    half = torch.randn(x.shape, generator=generator, dtype=torch.float64)
    x, eps = x.expand(2, -1, -1, -1), torch.cat([half, -half])
    return x, eps, noised(x, eps, LOG_SNR)


def outputs(z: Tensor) -> dict[str, Tensor]:
    """What exact networks of each kind return."""
    signal, noise = signal_scale(LOG_SNR), noise_scale(LOG_SNR)
    x = posterior_mean(z)
    eps = (z - signal * x) / noise
    exact = {
        "epsilon": eps,
        "v_prediction": signal * eps - noise * x,
        "sample": x,
        "flow_prediction": eps - x,
    }
    return exact | {f"-{kind}": -output for kind, output in exact.items()}


@pytest.mark.parametrize("truth", [sign + kind for kind in PREDICTIONS for sign in ("", "-")])
@pytest.mark.parametrize("expected", PREDICTIONS)
def test_the_kind_of_an_exact_network_is_found(
    truth: str, expected: str, channel: tuple[Tensor, Tensor, Tensor]
) -> None:
    x, eps, z = channel
    verdict = judge(outputs(z)[truth], x, eps, z, LOG_SNR, expected)
    assert verdict.found == truth
    assert verdict.agrees == (truth == expected)


def test_the_regression_says_what_the_output_is_made_of(channel: tuple[Tensor, Tensor, Tensor]) -> None:
    x, eps, z = channel
    verdict = judge(-0.25 * x + 0.5 * eps, x, eps, z, LOG_SNR, "epsilon")
    assert (verdict.on_picture, verdict.on_noise) == pytest.approx((-0.25, 0.5))


@pytest.mark.parametrize("kind", ["nothing", "noise", "input", "nan"])
@pytest.mark.parametrize("expected", PREDICTIONS)
def test_untrained_networks_say_nothing(
    kind: str, expected: str, channel: tuple[Tensor, Tensor, Tensor]
) -> None:
    x, eps, z = channel
    other = torch.randn(z.shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    output = {
        "nothing": 0 * z,
        "noise": other,
        "input": 0.3 * z,
        "nan": float("nan") * z,
    }[kind]
    verdict = judge(output, x, eps, z, LOG_SNR, expected)
    assert verdict.found is None
    assert verdict.agrees


def test_the_input_of_a_flow(channel: tuple[Tensor, Tensor, Tensor]) -> None:
    x, eps, z = channel
    t = torch.sigmoid(-LOG_SNR / 2)
    torch.testing.assert_close(network_input(z, LOG_SNR, "flow_prediction"), (1 - t) * x + t * eps)
    assert network_input(z, LOG_SNR, "epsilon") is z


def test_a_trained_pipeline(caplog: pytest.LogCaptureFixture) -> None:
    pipeline = scenes.load_pipeline("cpu")
    scene = next(scenes.sample(seed=3))
    trained = str(pipeline.scheduler.config["prediction_type"])
    with caplog.at_level(logging.WARNING):
        denoiser = as_denoiser(pipeline)
        calls: list[int] = []
        hook = pipeline.unet.register_forward_hook(
            lambda _, __, inputs, ___: calls.append(len(inputs["sample"])), with_kwargs=True
        )
        denoiser.encode_image(scenes.picture(scene))
        denoiser.encode_image(scenes.picture(scene))
        hook.remove()
    assert calls == [1, 1]  # once for a denoiser
    assert not [record for record in caplog.records if record.name.startswith("infodiff")]
    pipeline.scheduler.register_to_config(prediction_type="epsilon")
    with pytest.raises(
        UnsupportedPipelineError, match=rf"not predict epsilon, as .* says, but {trained}: on"
    ):
        as_denoiser(pipeline).encode_image(scenes.picture(scene))


def test_a_network_that_has_passed_is_not_asked_again_until_it_is_another() -> None:
    pipeline, picture = scenes.load_pipeline("cpu"), scenes.picture(next(scenes.sample(seed=3)))
    calls: list[int] = []
    hook = pipeline.unet.register_forward_hook(lambda *_: calls.append(1))
    spent = []
    for _ in range(2):
        denoiser = as_denoiser(pipeline)
        denoiser.encode_image(picture)
        spent.append((denoiser.checks, len(calls)))
    assert spent == [(2, 2), (0, 2)]
    with torch.no_grad():
        pipeline.unet.conv_in.bias += 1e-3
    denoiser = as_denoiser(pipeline)
    denoiser.encode_image(picture)
    assert (denoiser.checks, len(calls)) == (2, 4)
    with torch.no_grad():  # no longer what it was, and this time it tells nothing: it is asked each time
        pipeline.unet.conv_out.weight.zero_()
    for count in (6, 8):
        denoiser = as_denoiser(pipeline)
        denoiser.encode_image(picture)
        assert "told nothing about the noise" in denoiser.doubt
        assert len(calls) == count
    hook.remove()


def test_an_untrained_pipeline_is_believed(caplog: pytest.LogCaptureFixture) -> None:
    from tiny_pipelines import build

    pipeline = build("lumina2")
    with caplog.at_level(logging.WARNING):
        as_denoiser(pipeline).encode_image(scenes.picture(next(scenes.sample(seed=3))))
    assert (
        "is it untrained, or the picture noise?): its output is taken for flow_prediction, as FlowMatchEuler"
        in caplog.text
    )


def test_a_result_of_an_untrained_network_says_so_wherever_it_goes(tmp_path: Path) -> None:
    """The log is gone when the file is opened, and a batch has none that anybody reads."""
    picture, options = scenes.picture(next(scenes.sample(seed=3))), {"draws": 8, "density": "uniform"}
    result = estimate(tiny_pipeline(), picture, "a red cat", progress=False, **options)
    said = r"UNet2DConditionModel told nothing about the noise .* taken for epsilon, as DDIMScheduler says"
    assert re.search(said, result.warnings[0])
    assert re.search(f"Warning: {said}", repr(result))
    result.save(tmp_path / "r.nc")
    stored = open_result(tmp_path / "r.nc")
    assert stored.warnings == result.warnings
    assert "8 draws leave some totals rough" in result.warnings[-1]
    assert Explorer(stored)._header["warnings"] == result.warnings[:-1]  # the last it says of what is shown
    told = SharedDenoiser(as_denoiser(tiny_pipeline()), 4)
    shared = estimate(told, picture, "a red cat", progress=False, **options)
    assert shared.warnings == result.warnings


def test_a_result_of_a_trained_network_has_no_doubt() -> None:
    scene = next(scenes.sample(seed=3))
    pipeline, picture = scenes.load_pipeline("cpu"), scenes.picture(scene)
    result = estimate(
        pipeline, picture, scene.caption, words=["on"], draws=4, density="uniform", progress=False
    )
    assert result.provenance["doubt"] == ""
    assert not [warning for warning in result.warnings if "told nothing" in warning]


def test_nan_is_no_doubt_that_a_run_in_float32_could_not_mend(
    channel: tuple[Tensor, Tensor, Tensor],
) -> None:
    x, eps, z = channel
    denoiser = as_denoiser(tiny_pipeline())
    assert isinstance(denoiser, PipelineDenoiser)
    assert "epsilon" in _doubt(denoiser, judge(0 * z, x, eps, z, LOG_SNR, "epsilon"))
    assert _doubt(denoiser, judge(float("nan") * z, x, eps, z, LOG_SNR, "epsilon")) == ""
