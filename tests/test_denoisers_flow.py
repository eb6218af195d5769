"""Rectified flows in the log-SNR channel: levels, and one answer with the other parametrisations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler
from models import PROMPT, Linear
from PIL import Image
from tiny_pipelines import build

from infodiff_widgets import estimate
from infodiff_widgets.channel import NoiseSchedule, network_input, noised, to_epsilon
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.denoisers.parametrisation import read_scheduler
from infodiff_widgets.errors import UnsupportedPipelineError

IMAGE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))


def test_noising_agrees_with_diffusers() -> None:
    scheduler = FlowMatchEulerDiscreteScheduler()
    x, eps = torch.randn(2, 3, 4, 5, 5)
    timesteps = scheduler.timesteps[[1, 400, 998]]
    t = timesteps.double() / 1000
    log_snr = 2 * torch.log((1 - t) / t)
    ours = network_input(noised(x, eps, log_snr), log_snr, "flow_prediction")
    torch.testing.assert_close(ours, scheduler.scale_noise(x, timesteps, eps))


def test_every_parametrisation_gives_one_answer_on_an_exact_model() -> None:
    model = Linear()
    log_snr = torch.linspace(-12, 12, 9, dtype=torch.float64)
    eps = torch.randn(9, *model.x.shape, dtype=torch.float64)
    z = noised(model.x, eps, log_snr)
    exact = model.predict(z, log_snr, PROMPT)
    s, n = (
        torch.sigmoid(log_snr).sqrt()[:, None, None, None],
        torch.sigmoid(-log_snr).sqrt()[:, None, None, None],
    )
    mean = (z - n * exact) / s
    answers = {
        "epsilon": exact,
        "v_prediction": s * exact - n * mean,
        "sample": mean,
        "flow_prediction": exact - mean,
    }
    for kind, output in answers.items():
        torch.testing.assert_close(to_epsilon(output, z, log_snr, kind), exact, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shift", [0.5, 1.0, 3.0])
def test_levels_lie_within_the_plain_and_the_shifted_grid(shift: float) -> None:
    schedule = NoiseSchedule.rectified_flow(1000, shift)
    plain = np.arange(1, 1000) / 1000
    shifted = shift * plain / (1 + (shift - 1) * plain)
    t = schedule.timesteps / 1000
    assert t[0] == pytest.approx(max(plain[0], shifted[0]))
    assert t[-1] == pytest.approx(min(plain[-1], shifted[-1]))
    assert schedule.log_snr == pytest.approx(2 * np.log((1 - t) / t))
    assert np.ptp(np.diff(schedule.log_snr)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("scheduler", "top"),
    [
        (FlowMatchEulerDiscreteScheduler(shift=3.0), 3 / 1002),
        (FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True), 1 / 1000),
        (
            DPMSolverMultistepScheduler(
                prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
            ),
            3 / 1002,
        ),
    ],
)
def test_schedulers_of_flows(scheduler: object, top: float) -> None:
    schedule, kind = read_scheduler(scheduler)
    assert kind == "flow_prediction"
    assert schedule.timesteps[0] / 1000 == pytest.approx(top)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize(("name", "scale"), [("flux", 1000), ("flux2", 1000), ("qwen_image", 1)])
def test_the_network_hears_the_very_level_of_the_noise(name: str, scale: int, dtype: torch.dtype) -> None:
    pipeline = build(name).to(dtype)
    denoiser = as_denoiser(pipeline)
    heard: list[torch.Tensor] = []
    embedding = next(
        module for path, module in pipeline.transformer.named_modules() if path.endswith("time_proj")
    )
    embedding.register_forward_pre_hook(lambda _, inputs: heard.append(inputs[0]))
    a = denoiser.schedule.log_snr
    levels = torch.tensor([0, len(a) // 2, len(a) - 2, len(a) - 1])
    conditions = denoiser.encode_prompts(["cat"]).select([0, 0, 0, 0])
    denoiser.epsilon(torch.zeros(4, 2 if name == "flux2" else 4, 8, 8), levels, conditions)
    time = 1 / (1 + np.exp(a[levels.numpy()] / 2))
    assert heard[0].double().numpy() / scale == pytest.approx(time, rel=1e-6)
    assert len(a) > 300
    assert a[0] > 13.7
    assert a[-1] < -10


@pytest.mark.parametrize("name", ["flux", "pixart"])
def test_a_network_whose_data_type_has_changed_is_refused(name: str) -> None:
    # Which levels it can be told, and what it is called in results, are of the type that it had.
    pipeline = build(name)
    denoiser = as_denoiser(pipeline)
    pipeline.to(torch.bfloat16)
    with pytest.raises(UnsupportedPipelineError, match="in float32, which is in bfloat16 since"):
        estimate(denoiser, IMAGE, "cat", draws=2, resize=True, progress=False)
    result = estimate(as_denoiser(pipeline), IMAGE, "cat", draws=2, resize=True, progress=False)
    assert result.provenance["denoiser"]["dtype"] == "bfloat16"
    pipeline.to(torch.float32)
    estimate(denoiser, IMAGE, "cat", draws=2, resize=True, progress=False)


@pytest.mark.parametrize("name", ["flux", "pixart"])
def test_a_denoiser_that_is_made_while_half_precision_is_left_knows_the_network_as_it_is(name: str) -> None:
    pipeline = build(name).to(torch.bfloat16)
    one = as_denoiser(pipeline)
    with one.in_float32():
        other = as_denoiser(pipeline)
        assert other.identity["dtype"] == "bfloat16"
        np.testing.assert_array_equal(other.schedule.log_snr, one.schedule.log_snr)
        conditions = other.encode_prompts(["cat"])
        output = other.epsilon(torch.zeros(1, 4, 8, 8), torch.tensor([100]), conditions)
        assert output.dtype == torch.float32
    assert other.half == "bfloat16"
