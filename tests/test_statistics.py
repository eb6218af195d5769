from __future__ import annotations

import numpy as np
import pytest
from models import stable_diffusion_schedule

from infodiff_widgets.sampling import Design, LevelDensity
from infodiff_widgets.statistics import (
    Estimate,
    LogScatter,
    block_count,
    block_of,
    error_of_mean,
    log_scatter,
)

QUADRATURE = stable_diffusion_schedule().quadrature("trained")


def test_whole_runs_use_what_neighbours_leave_of_a_pair() -> None:
    """The formula, written out."""
    values = np.random.default_rng(0).normal(size=16)
    u = values.reshape(8, 2).mean(1)
    q = [(u[i - 2] - 4 * u[i - 1] + 6 * u[i] - 4 * u[i + 1] + u[i + 2]) ** 2 / 70 for i in range(2, 6)]
    q += [(u[0] - 3 * u[1] + 3 * u[2] - u[3]) ** 2 / 20, (u[4] - 3 * u[5] + 3 * u[6] - u[7]) ** 2 / 20]
    error, freedom, _ = error_of_mean(values, np.arange(16), 16)
    assert error**2 == pytest.approx(sum(q) / (8 * 6))
    expected = 8 / 7 * sum(q) ** 2 / sum(x**2 for x in q) - 2
    assert freedom == pytest.approx(np.clip(expected, 1, 8 / 21 * 6))


def test_the_error_of_noise_is_right() -> None:
    values = np.random.default_rng(3).normal(size=(4000, 64))
    spread = error_of_mean(values, np.arange(64), 64)
    assert np.mean(spread.error**2) == pytest.approx(1 / 64, rel=0.03)
    # A chi-square of so many degrees of freedom scatters as the squared errors do.
    assert 2 / np.median(spread.freedom) == pytest.approx(np.var(64 * spread.error**2), rel=0.5)


@pytest.mark.parametrize("pairs", [3, 4, 5])
def test_few_pairs_are_compared_with_two_neighbours(pairs: int) -> None:
    """Else one difference would make the whole error, and be near 0 now and then."""
    u = np.random.default_rng(0).normal(size=pairs)
    q = [(u[i - 1] - 2 * u[i] + u[i + 1]) ** 2 / 6 for i in range(1, pairs - 1)]
    error, _, _ = error_of_mean(np.repeat(u, 2), np.arange(2 * pairs), 2 * pairs)
    assert error**2 == pytest.approx(sum(q) / (pairs * (pairs - 2)))


@pytest.mark.parametrize("draws", [12, 14, 64])
def test_neither_a_slope_nor_a_curvature_is_an_error(draws: int) -> None:
    line, draw = np.linspace(0, 10, draws), np.arange(draws)
    assert error_of_mean(line, draw, draws).error < 1e-12
    assert error_of_mean(np.repeat(line[: draws // 2] ** 2, 2), draw, draws).error < 1e-12


def test_rare_large_values_widen_the_interval() -> None:
    random = np.random.default_rng(1)
    skewness = error_of_mean(random.gamma(1, size=(2000, 64)), np.arange(64), 64).skewness
    # A pair of gamma(1) draws has skewness 2 / sqrt(2), the mean of 32 of them less by sqrt(32).
    assert np.mean(skewness) == pytest.approx(2 / 64**0.5, rel=0.3)  # small samples underrate it
    assert np.all(error_of_mean(np.ones(64), np.arange(64), 64).skewness == 0)
    plain, skewed = Estimate(2.0, 0.5, 20).interval(), Estimate(2.0, 0.5, 20, skewness=0.3).interval()
    assert plain[0] == skewed[0]
    assert plain[1] < skewed[1]
    assert Estimate(2.0, 0.5, 20, skewness=-0.3).interval()[0] < plain[0]


def test_blocks() -> None:
    assert [block_count(pairs) for pairs in (1, 2, 3, 4, 5, 32)] == [1, 1, 1, 2, 2, 16]
    assert block_of(np.arange(10), 10).tolist() == [0] * 4 + [1] * 6


@pytest.mark.parametrize(
    ("draws", "planned", "known"), [(2, 2, False), (4, 8, False), (4, 4, True), (8, 16, True)]
)
def test_errors_are_unknown_at_first(draws: int, planned: int, known: bool) -> None:
    error, freedom, skewness = error_of_mean(
        np.random.default_rng(0).normal(size=(3, draws)), np.arange(draws), planned
    )
    assert error.shape == freedom.shape == skewness.shape == (3,)
    assert np.isfinite(error).all() == known


@pytest.mark.parametrize("done", [8, 24, 40, 64])
def test_errors_of_a_part_cover(done: int) -> None:
    """A steep curve with noise: what is not yet done adds to the error, and less and less."""
    random = np.random.default_rng(done)
    errors, estimated, covered = [], [], []
    for seed in range(600):
        curve = np.exp(-0.5 * ((np.arange(64) + random.random() - 32) / 10) ** 2)
        blocks = Design.systematic(QUADRATURE, LevelDensity.uniform(), 64, seed).blocks
        draw = np.sort(np.concatenate(blocks[: done // 4]))
        values = (curve + 0.3 * random.normal(size=64))[draw]
        error, freedom, skewness = map(float, error_of_mean(values, draw, 64))
        estimate = Estimate(float(values.mean()), error, freedom, skewness=skewness)
        truth = 10 * np.sqrt(2 * np.pi) / 64
        low, high = estimate.interval()
        errors.append(values.mean() - truth)
        estimated.append(error**2)
        covered.append(low <= truth <= high)
    # Too careful early on, since the order is spread more evenly than chance; right at the end.
    assert 0.8 < np.mean(estimated) / np.var(errors) < (1.4 if done == 64 else 8)
    assert np.mean(covered) >= 0.93


@pytest.mark.parametrize("done", [16, 64])
def test_the_scatter_of_logarithms_tells_the_error_of_log_normal_draws(done: int) -> None:
    random = np.random.default_rng(0)
    curve, sigma = np.exp(-2 * np.linspace(-1, 1, 64) ** 2), 1.2
    values, scattered = [], []
    for seed in range(500):
        pairs = curve * np.exp(sigma * random.normal(size=64) - sigma**2 / 2)
        blocks = Design.systematic(QUADRATURE, LevelDensity.uniform(), 128, seed).blocks
        draw = np.sort(np.concatenate(blocks[: done // 2]))
        drawn = np.repeat(pairs, 2)[draw]
        scatter = log_scatter(drawn, draw, 128)
        assert scatter is not None
        values.append(drawn.mean())
        scattered.append(scatter.error * drawn.mean())
    assert np.mean(values) == pytest.approx(curve.mean(), rel=0.03)
    assert np.sqrt(np.mean(np.square(scattered))) == pytest.approx(np.std(values), rel=0.1)


def test_an_interval_reaches_as_far_as_the_scatter_of_logarithms() -> None:
    plain = Estimate(2.0, 0.1, 10, positive=True)
    low, high = Estimate(2.0, 0.1, 10, True, 0.0, LogScatter(0.2, 1e9)).interval()
    assert (low, high) == pytest.approx((2 / np.exp(0.392), 2 * np.exp(0.392)), rel=1e-3)
    assert Estimate(2.0, 0.1, 10, True, 0.0, LogScatter(0.01, 1e9)).interval() == plain.interval()
    assert np.isnan(Estimate(2.0, float("nan"), 1, True, 0.0, LogScatter(0.2, 9.0)).interval()).all()


@pytest.mark.parametrize(
    "values", [np.zeros(8), np.array([0.0, 0, 1, 1, 0, 0, 2, 2]), np.full(8, 1e-300), np.full(2, 1.0)]
)
def test_nothing_has_no_scatter_and_zeros_do_no_harm(values: np.ndarray) -> None:
    scatter = log_scatter(values, np.arange(values.size), values.size)
    if values.max() == 0 or values.size == 2:
        assert scatter is None
    else:
        assert scatter is not None
        assert np.isfinite(scatter).all()


def test_intervals() -> None:
    assert Estimate(2.0, 0.5, 1e9).interval() == pytest.approx((2 - 0.98, 2 + 0.98), abs=1e-3)
    assert Estimate(2.0, 0.5, 4).interval(0.9)[1] == pytest.approx(2 + 0.5 * 2.1318, abs=1e-3)
    low, high = Estimate(2.0, 0.5, 1e9, positive=True).interval()
    assert low > 0
    assert low * high == pytest.approx(4.0)
    assert Estimate(0.0, 0.0, 5, positive=True).interval() == (0.0, 0.0)
    assert np.isnan(Estimate(2.0, float("nan"), 5, positive=True).interval()).all()
    low, high = Estimate(1e-9, 5.0, 1, positive=True).interval()
    assert low >= 0
    assert np.isfinite(high)
    assert str(Estimate(2.0, 0.4, 40)) == "2.00 ± 0.40 nats"
    assert str(Estimate(2.0, 0.5, 4)) == "2.00 ± 0.50 nats (95%: 0.61 to 3.4)"  # the error reads as less
    with pytest.raises(ValueError, match="level=95"):
        Estimate(2.0, 0.5, 4).interval(95)


def test_a_cell_of_a_notebook_shows_a_total_as_print_does() -> None:
    from IPython.lib.pretty import pretty

    total = Estimate(2.2, 0.079, 20)
    assert pretty(total) == str(total)
    assert "degrees_of_freedom=20" in repr(total)


def test_an_unknown_error_is_said_to_be_unknown() -> None:
    assert str(Estimate(2.2, 0.079, 20)) == "2.20 ± 0.079 nats"
    assert str(Estimate(2.2, float("nan"), 1)) == "2.20 ± ? nats"
