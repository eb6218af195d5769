from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from models import stable_diffusion_schedule

from infodiff_widgets.channel import Quadrature
from infodiff_widgets.sampling import Design, LevelDensity, draw_noise
from infodiff_widgets.statistics import block_of

QUADRATURE = stable_diffusion_schedule().quadrature("trained")
BUMP = LevelDensity((-5.0, -1.0, 1.0, 7.0), (0.2, 2.0, 2.0, 0.2))


def test_masses_follow_height_and_width() -> None:
    masses = BUMP.masses(QUADRATURE)
    assert masses.sum() == pytest.approx(1)
    density = masses / QUADRATURE.widths
    assert density.max() / density.min() == pytest.approx(10)
    uniform = LevelDensity.uniform().masses(QUADRATURE)
    assert uniform == pytest.approx(QUADRATURE.widths / QUADRATURE.widths.sum())


def test_densities_survive_json() -> None:
    assert LevelDensity.from_dict(json.loads(json.dumps(BUMP.to_dict()))) == BUMP


@pytest.mark.parametrize(
    ("knots", "heights"),
    [((), ()), ((0,), (1, 2)), ((0, 1), (1, 0)), ((1, 0), (1, 1)), ((0, 1), (1, float("nan")))],
)
def test_densities_that_cannot_be(knots: tuple[float, ...], heights: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="level density"):
        LevelDensity(knots, heights)


@pytest.mark.parametrize("density", [BUMP, LevelDensity.uniform()])
def test_systematic_levels_integrate(density: LevelDensity) -> None:
    """Unbiased, and much closer than independent draws: each stratum of the density holds one draw."""
    integrand = np.exp(-0.5 * (QUADRATURE.log_snr - 1) ** 2)
    truth = QUADRATURE.widths @ integrand
    estimates = []
    for seed in range(200):
        design = Design.systematic(QUADRATURE, density, 32, seed)
        assert (np.diff(design.log_snr) >= 0).all()
        values = np.exp(-0.5 * (design.log_snr - 1) ** 2) / design.density
        assert np.allclose(stable_diffusion_schedule().log_snr[design.level], design.log_snr)
        estimates.append(values.mean())
    assert np.mean(estimates) == pytest.approx(truth, abs=4 * np.std(estimates) / 200**0.5 + 1e-9)
    assert np.std(estimates) < 0.02 * truth


def test_a_beginning_of_the_run_is_unbiased_and_spread() -> None:
    integrand = lambda a: np.exp(-0.5 * (a - 1) ** 2)  # noqa: E731
    truth = QUADRATURE.widths @ integrand(QUADRATURE.log_snr)
    estimates = []
    for seed in range(400):
        design = Design.systematic(QUADRATURE, LevelDensity.uniform(), 64, seed)
        first = np.concatenate(design.blocks[:5])
        estimates.append((integrand(design.log_snr[first]) / design.density[first]).mean())
    assert np.mean(estimates) == pytest.approx(truth, abs=4 * np.std(estimates) / 20)
    for seed in range(20):
        blocks = Design.systematic(QUADRATURE, BUMP, 64, seed).blocks
        assert sorted(block[0] // 16 for block in blocks[:4]) == [0, 1, 2, 3]


@pytest.mark.parametrize("draws", [2, 4, 6, 8, 10, 34, 64])
def test_blocks_hold_every_draw_once(draws: int) -> None:
    design = Design.systematic(QUADRATURE, BUMP, draws, 3)
    assert np.sort(np.concatenate(design.blocks)).tolist() == list(range(draws))
    for block in design.blocks:
        assert len(block) in ({2} if draws == 2 else {4, 6})
        assert len(set(block_of(block, draws))) == 1


def test_noise_is_antithetic_and_depends_on_the_pair_alone() -> None:
    design = Design.systematic(QUADRATURE, BUMP, 64, 5)
    whole = design.noise(np.arange(64), (2, 3, 3))
    assert torch.equal(whole[0::2], -whole[1::2])
    assert torch.equal(design.noise(np.array([9, 40]), (2, 3, 3)), whole[[9, 40]])
    assert torch.equal(whole[8], draw_noise(5, 4, (2, 3, 3)))
    assert len({float(noise.sum()) for noise in whole}) == 64
    other = Design.systematic(QUADRATURE, BUMP, 64, 6).noise(np.arange(64), (2, 3, 3))
    assert abs(torch.corrcoef(torch.stack([whole[::2].ravel(), other[::2].ravel()]))[0, 1]) < 0.2
    assert whole[::2].std() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("draws", "seed"), [(0, 0), (3, 0), (-2, 0), (4.0, 0), ("4", 0), (4, -1), (4, 0.5), (4, None)]
)
def test_unusable_draws_and_seeds(draws: int, seed: int) -> None:
    with pytest.raises(ValueError, match=r"draws=|seed="):
        Design.systematic(QUADRATURE, BUMP, draws, seed)


def test_one_level_suffices() -> None:
    one = Quadrature(np.array([5]), np.array([0.3]), np.array([0.1]), 0.25, 0.35)
    design = Design.systematic(one, BUMP, 4, 0)
    assert design.density == pytest.approx([10] * 4)
