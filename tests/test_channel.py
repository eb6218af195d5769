from __future__ import annotations

import numpy as np
import pytest
import torch
from models import stable_diffusion_schedule

from infodiff_widgets import channel
from infodiff_widgets.channel import NoiseSchedule, noise_scale, noised, signal_scale, to_epsilon
from infodiff_widgets.errors import ArgumentError


@pytest.fixture
def schedule() -> NoiseSchedule:
    return stable_diffusion_schedule()


def test_levels_are_those_of_stable_diffusion(schedule: NoiseSchedule) -> None:
    # method.md, section 3: SD2.1-base spans -5.364 to 7.069, and is widely spaced at its clean end.
    assert schedule.trained_range == pytest.approx((-5.364, 7.069), abs=1e-3)
    assert -np.diff(schedule.log_snr[:4]) == pytest.approx([0.70, 0.41, 0.29], abs=0.005)


def test_noising_agrees_with_diffusers(schedule: NoiseSchedule) -> None:
    from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

    scheduler = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    x, eps = torch.randn(2, 5, 4, 3, 3)
    t = torch.tensor([0, 1, 300, 998, 999])
    log_snr = torch.as_tensor(
        NoiseSchedule.from_alphas_cumprod(scheduler.alphas_cumprod.double()).log_snr.copy()
    )[t]
    expected = scheduler.add_noise(x, eps, t)  # pyright: ignore[reportArgumentType]
    torch.testing.assert_close(noised(x, eps, log_snr), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction", "sample"])
def test_parametrisations_give_the_noise(prediction_type: str) -> None:
    x, eps = torch.randn(2, 7, 4, 3, 3, dtype=torch.float64)
    log_snr = torch.linspace(-6, 8, 7, dtype=torch.float64)
    z = noised(x, eps, log_snr)
    signal, noise = (scale(log_snr).view(-1, 1, 1, 1) for scale in (signal_scale, noise_scale))
    output = {"epsilon": eps, "v_prediction": signal * eps - noise * x, "sample": x}[prediction_type]
    torch.testing.assert_close(to_epsilon(output, z, log_snr, prediction_type), eps)


def test_unknown_parametrisation() -> None:
    with pytest.raises(ValueError, match="prediction_type='flow' is none of"):
        to_epsilon(torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 1, 1), torch.zeros(1), "flow")


def test_quadrature_is_the_trapezoid_rule(schedule: NoiseSchedule) -> None:
    quadrature = schedule.quadrature("trained")
    values = np.exp(-(quadrature.log_snr**2))
    assert quadrature.widths @ values == pytest.approx(np.trapezoid(values, quadrature.log_snr))
    assert schedule.widths[0] == pytest.approx(0.35, abs=0.005)
    assert schedule.log_snr[quadrature.level] == pytest.approx(quadrature.log_snr)


def test_ranges_add_up(schedule: NoiseSchedule) -> None:
    low, high = schedule.trained_range
    parts = [
        schedule.quadrature((low, -1.23)),
        schedule.quadrature((-1.23, 6.9)),
        schedule.quadrature((6.9, high)),
    ]
    widths = np.zeros(1000)
    for part in parts:
        assert part.widths.sum() == pytest.approx(part.high - part.low)
        widths[part.level] += part.widths
    assert widths == pytest.approx(schedule.widths)


def test_default_range(schedule: NoiseSchedule, monkeypatch: pytest.MonkeyPatch) -> None:
    low, high = schedule.trained_range
    monkeypatch.setattr(channel, "DEFAULT_UPPER_LOG_SNR", 2.0)
    assert (schedule.quadrature().low, schedule.quadrature().high) == (low, 2.0)
    assert schedule.quadrature("trained").high == high
    monkeypatch.setattr(channel, "DEFAULT_UPPER_LOG_SNR", None)
    assert schedule.quadrature().high == high
    # Ends copied from a printed range are taken for the ends themselves.
    assert schedule.quadrature((-5.36, 7.07)).high == high


@pytest.mark.parametrize("outside", [(-6, 0), (0, 8), (1, 1), (2, 1), (float("nan"), 1), "all"])
def test_ranges_that_cannot_be(schedule: NoiseSchedule, outside: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"log_snr_range=.*(trained|pair)"):
        schedule.quadrature(outside)


def test_levels_of_no_signal_are_left_out() -> None:
    schedule = NoiseSchedule.from_alphas_cumprod([1.0, 0.9, 0.5, 0.0])
    assert schedule.timesteps.tolist() == [1, 2]
    with pytest.raises(ValueError, match="two or more levels"):
        NoiseSchedule.from_alphas_cumprod([0.5, 0.9])


def test_a_range_that_hardly_is_one_is_refused(schedule: NoiseSchedule) -> None:
    with pytest.raises(ArgumentError, match=r"\(0, 1e-09\) is narrower than 0.001: choose ends"):
        schedule.quadrature((0, 1e-9))
    assert schedule.quadrature((0, 0.001)).widths.sum() == pytest.approx(0.001)
