"""The estimate against models whose information is known, and the promises about seeds, batches and parts."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch
from models import PICTURE, PROMPT, ExactDenoiser, Linear, Mixture, Texts, long_run

from infodiff_widgets import Result, estimate, stream
from infodiff_widgets.channel import noise_scale, signal_scale, to_epsilon
from infodiff_widgets.dataset import FORMS
from infodiff_widgets.errors import NumericalError
from infodiff_widgets.naming import resolve_words
from infodiff_widgets.sampling import LevelDensity
from infodiff_widgets.words import without

TELLING = ("red", "circle", "sand")
DENSITY = LevelDensity((-5.4, -3.0, 0.0, 2.0, 4.0, 7.1), (0.4, 1.5, 2.0, 1.0, 0.4, 0.3))


def run(model: ExactDenoiser, prompt: str = PROMPT, **options: object) -> Result:
    options = {"density": DENSITY, "progress": False} | options
    return estimate(model, PICTURE, prompt, **options)  # pyright: ignore[reportArgumentType]


def comparison(word: str, quantity: str) -> tuple[str, str]:
    return (without(PROMPT, *resolve_words(PROMPT, [word])), PROMPT) if quantity == "cmi" else ("", word)


def assert_same(one: Result, other: Result, tolerance: float = 1e-5) -> None:
    for name in ("maps", "maps_error", "full_map", "totals", "totals_error", "full_total", "draw_totals"):
        a, b = one.data[name].values, other.data[name].values
        np.testing.assert_allclose(
            a, b, rtol=10 * tolerance, atol=tolerance * np.nanmax(np.abs(a)), err_msg=name
        )


def test_linear_model_within_its_errors() -> None:
    """Closed-form integrals: totals within 4 standard errors, maps by the mean square of their z-scores."""
    model = Linear()
    result = run(model)
    quadrature = model.schedule.quadrature()
    for word in TELLING:
        for quantity in ("cmi", "mi"):
            truth = model.truth(*comparison(word, quantity), quadrature)
            for form, exact in zip(FORMS, truth, strict=True):
                total = result.total(word, quantity, form)
                assert abs(total.value - exact.sum()) < 4 * total.standard_error
                assert total.standard_error < 0.2 * exact.sum()
                error = result.map(word, quantity, form).values - exact
                ratio = (error**2).sum() / (result.map_error(word, quantity, form).values ** 2).sum()
                assert 0.3 < ratio < 3
    truth = model.truth("", PROMPT, quadrature)
    for form, exact in zip(FORMS, truth, strict=True):
        total = result.full_total(form)
        assert abs(total.value - exact.sum()) < 4 * total.standard_error
    assert np.corrcoef(result.full_map().values.ravel(), truth[0].ravel())[0, 1] > 0.98


def test_totals_are_sums_of_maps() -> None:
    result = run(Mixture(), draws=16)
    assert np.allclose(result.data.maps.sum(("y", "x")), result.data.totals, rtol=1e-4, atol=1e-6)
    assert np.allclose(result.data.full_map.sum(("y", "x")), result.data.full_total, rtol=1e-4)
    by_draw = (result.data.draw_totals / result.data.draw_density).mean("draw")
    assert np.allclose(by_draw, result.data.totals)
    assert (result.data.maps.sel(form="orthogonal") >= 0).all()


@pytest.fixture(scope="module")
def replicates() -> tuple[list[Result], list[Result], dict[tuple[str, str], np.ndarray]]:
    """Whole and half runs of a mixture under many seeds, and brute-force truths."""
    model = Mixture()
    quadrature = model.schedule.quadrature()
    truths = {
        (word, quantity): long_run(model, *comparison(word, quantity), quadrature, noises=150)[0]
        for word in TELLING
        for quantity in ("cmi", "mi")
    }
    whole, half = [], []
    for seed in range(120):
        options = {"words": TELLING, "seed": seed, "density": DENSITY, "progress": False, "batch_size": 128}
        results = {result.draws: result for result in stream(model, PICTURE, PROMPT, **options)}
        whole.append(results[64])
        half.append(results[32])
    return whole, half, truths


def test_coverage_of_intervals(replicates: tuple[list[Result], list[Result], dict]) -> None:
    whole, half, truths = replicates
    for results, bounds in ((whole, (0.90, 0.98)), (half, (0.90, 1.0))):
        inside = []
        for result in results:
            for (word, quantity), truth in truths.items():
                for form, exact in zip(FORMS, truth, strict=True):
                    low, high = result.total(word, quantity, form).interval(0.95)
                    inside.append(low <= exact.sum() <= high)
        assert bounds[0] <= np.mean(inside) <= bounds[1]


@pytest.mark.parametrize(
    ("density", "orthogonal", "standard"),
    [(None, (0.90, 0.98), (0.90, 0.98)), (DENSITY, (0.95, 1), (0.90, 0.98))],
)
def test_coverage_on_a_linear_model(
    density: LevelDensity | None, orthogonal: tuple[float, float], standard: tuple[float, float]
) -> None:
    """Antithetic noise cancels there, so that levels matter most; where they were not fitted to the model a
    little of its curve is taken for noise."""
    model = Linear()
    quadrature = model.schedule.quadrature()
    inside = {form: [] for form in FORMS}
    for seed in range(120):
        result = run(model, words=TELLING, seed=seed, batch_size=128, density=density)
        for word in TELLING:
            for quantity in ("cmi", "mi"):
                truth = model.truth(*comparison(word, quantity), quadrature)
                for form, exact in zip(FORMS, truth, strict=True):
                    low, high = result.total(word, quantity, form).interval(0.95)
                    inside[form].append(low <= exact.sum() <= high)
    assert orthogonal[0] <= np.mean(inside["orthogonal"]) <= orthogonal[1]
    assert standard[0] <= np.mean(inside["standard"]) <= standard[1]


def test_estimates_are_unbiased_and_errors_right(replicates: tuple[list[Result], list[Result], dict]) -> None:
    whole, half, truths = replicates
    for (word, quantity), truth in truths.items():
        for form, exact in zip(FORMS, truth, strict=True):
            for results, most in ((whole, 1.25), (half, 2.0)):
                totals = [result.total(word, quantity, form) for result in results]
                values = np.array([total.value for total in totals])
                assert abs(values.mean() - exact.sum()) < 4 * values.std() / len(values) ** 0.5
                stated = np.sqrt(np.mean([total.standard_error**2 for total in totals]))
                assert 0.8 < stated / values.std() < most
            maps = np.stack([result.map(word, quantity, form).values for result in whole])
            errors = np.stack([result.map_error(word, quantity, form).values for result in whole])
            assert ((maps - exact) ** 2).sum() / (errors**2).sum() == pytest.approx(1, abs=0.25)


def test_a_word_that_says_nothing_carries_nothing() -> None:
    result = run(Mixture(), draws=16)
    for index, word in enumerate(result.words):
        if word.text in ("a", "on"):
            assert np.abs(result.data.maps.isel(word=index)).max() < 1e-9
    repeated = run(Mixture(), "red red circle", draws=16)
    for index in (0, 1):
        assert abs(repeated.total(index).value) < 1e-9
        assert repeated.total(index, "mi").value > 0.1


def test_chain_rule_of_the_standard_form() -> None:
    """i_s(all) = i_s(word | rest) + i_s(rest), cell by cell, on the same noise."""
    model = Mixture()
    whole = run(model, "red circle")
    rest = run(model, "circle")
    first = whole.map("red", "cmi", "standard").values
    total = whole.full_map("standard").values
    np.testing.assert_allclose(total, first + rest.full_map("standard").values, atol=1e-5)
    gap = whole.full_map().values - whole.map("red").values - rest.full_map().values
    assert np.abs(gap).max() > 1e-3  # the orthogonal form has no such rule


class Parametrised(Mixture):
    """The same model, its prediction sent through another parametrisation and back."""

    prediction_type = "epsilon"

    def predict(self, z: torch.Tensor, log_snr: torch.Tensor, text: str) -> torch.Tensor:
        eps = super().predict(z, log_snr, text)
        signal, noise = (scale(log_snr).view(-1, 1, 1, 1) for scale in (signal_scale, noise_scale))
        sample = (z - noise * eps) / signal
        output = {"epsilon": eps, "sample": sample, "v_prediction": signal * eps - noise * sample}
        return to_epsilon(output[self.prediction_type], z, log_snr, self.prediction_type)


@pytest.mark.parametrize("prediction_type", ["v_prediction", "sample"])
def test_parametrisations_give_one_answer(prediction_type: str) -> None:
    model = Parametrised()
    model.prediction_type = prediction_type
    assert_same(run(Mixture(), draws=16), run(model, draws=16))


@pytest.mark.parametrize("batch_size", [1, 3, 7, 1000])
def test_batch_size_changes_nothing(batch_size: int) -> None:
    reference = run(Mixture(), draws=20)
    model = Mixture()
    assert_same(reference, run(model, draws=20, batch_size=batch_size))
    assert max(model.calls) <= batch_size
    assert sum(model.calls) == 20 * len(reference.provenance["prompts"])


def test_seeds() -> None:
    one, again, other = (run(Mixture(), draws=8, seed=seed) for seed in (3, 3, 4))
    xr_time = {"provenance"}
    assert one.data.equals(again.data)
    assert {k: v for k, v in one.data.attrs.items() if k not in xr_time} == {
        k: v for k, v in again.data.attrs.items() if k not in xr_time
    }
    assert not np.allclose(one.data.totals, other.data.totals)


@pytest.mark.parametrize(
    ("prompt", "quantities", "evaluations"),
    [
        ("red circle sand", ("cmi",), 4),  # T + 1
        ("red circle sand", ("mi",), 5),
        ("red circle sand", ("cmi", "mi"), 8),  # 2 T + 2
        ("red", ("cmi", "mi"), 2),  # without it nothing is left, which is the reference
        ("red circle red", ("cmi", "mi"), 7),  # "red" alone once
    ],
)
def test_each_prompt_is_evaluated_once_per_draw(
    prompt: str, quantities: tuple[str, ...], evaluations: int
) -> None:
    model = Mixture()
    result = run(model, prompt, quantities=quantities, draws=8)
    assert sum(model.calls) == 8 * evaluations == result.provenance["evaluations"]
    assert result.quantities == quantities
    assert np.isnan(result.data.full_map).all() == ("mi" not in quantities)


def test_quantities_do_not_depend_on_the_others() -> None:
    both, cmi = run(Mixture(), draws=8), run(Mixture(), draws=8, quantities="cmi", words=["circle"])
    assert np.allclose(both.map("circle"), cmi.map("circle"), rtol=1e-5)


def test_placeholder_and_reference() -> None:
    model = Mixture()
    result = run(model, draws=4, placeholder="_", reference="blue")
    assert "a _ circle on sand" in result.provenance["prompts"]
    assert "" not in result.provenance["prompts"]
    assert result.total("red", "mi").value > run(model, draws=4).total("red", "mi").value


def test_range_and_bands() -> None:
    model = Linear()
    whole = run(model)
    assert whole.log_snr_range == whole.trained_log_snr_range == pytest.approx((-5.364, 7.069), abs=1e-3)
    part = run(model, log_snr_range=(-2, 1))
    assert part.log_snr_range == (-2, 1)
    assert "-2.00 to 1.00 (the network was trained on -5.36 to 7.07)" in repr(part)
    exact = model.truth(*comparison("red", "cmi"), model.schedule.quadrature((-2, 1)))[0].sum()
    total = part.total("red")
    assert abs(total.value - exact) < 4 * total.standard_error
    bands = whole.bands([-5.364, -2, 1, 7.07]).sel(quantity="cmi", form="orthogonal").isel(word=1)
    assert float(bands[1]) == pytest.approx(exact, rel=0.1)
    assert float(bands.sum()) == pytest.approx(whole.total("red").value)


def test_left_tail() -> None:
    """What the range leaves out at its low end, compared with the exact integral there."""
    model = Linear()
    lower = model.schedule.quadrature((-5.36, -3))
    exact = model.truth(*comparison("red", "cmi"), lower)[0].sum()
    result = run(model, log_snr_range=(-3, 7), draws=128)
    beyond = exact * np.exp(-5.36 - -3) / (1 - np.exp(-5.36 - -3))
    assert result.left_tail("red") == pytest.approx(exact + beyond, rel=0.25)


def test_streams_are_valid_all_along() -> None:
    results = list(stream(Mixture(), PICTURE, PROMPT, density=DENSITY, progress=False))
    assert [result.draws for result in results] == list(range(4, 65, 4))
    assert [result.complete for result in results] == [False] * 15 + [True]
    assert np.isnan(results[0].data.totals_error).all()
    for result in results[1:]:
        assert np.isfinite(result.data.maps_error).all()
        assert np.isfinite(result.data.totals_error).all()
        assert np.allclose(result.data.maps.sum(("y", "x")), result.data.totals, rtol=1e-4, atol=1e-6)
    assert_same(results[-1], run(Mixture()), tolerance=1e-7)


def test_streams_check_their_arguments_at_once() -> None:
    with pytest.raises(ValueError, match="draws=5"):
        stream(Mixture(), PICTURE, PROMPT, draws=5)


def test_closing_a_stream_ends_the_run() -> None:
    model = Mixture()
    results = stream(model, PICTURE, PROMPT, density=DENSITY, progress=False)
    kept = next(iter(results))
    results.close()
    assert kept.draws == 4
    assert sum(model.calls) == 4 * len(kept.provenance["prompts"])


class Faulty(Mixture):
    """Does something else from a given call on."""

    def __init__(self, after: int, fault: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.after, self.fault = after, fault

    def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
        out = super().epsilon(z, levels, conditions)
        return self.fault(out) if len(self.calls) > self.after else out


def interrupt(_: torch.Tensor) -> torch.Tensor:
    raise KeyboardInterrupt


def test_an_interrupt_keeps_what_is_done() -> None:
    with pytest.warns(UserWarning, match="the result holds 8 of 64 draws"):
        result = run(Faulty(4, interrupt), batch_size=24)
    assert not result.complete
    assert (result.draws, result.draws_planned) == (8, 64)
    assert np.isfinite(result.data.totals_error).all()
    assert "8 of 64 draws" in repr(result)
    with (
        pytest.raises(KeyboardInterrupt, match="No noise draw was done yet") as early,
        warnings.catch_warnings(),
    ):
        run(Faulty(0, interrupt))
    assert early.value.__suppress_context__, "the way through the network says nothing"


def test_bands_that_no_draw_fell_into_are_named() -> None:
    few = run(Mixture(), draws=2, bands=[-3.0, 0.0])
    levels, edges = few.data["draw_log_snr"].values, few.band_edges
    empty = [not ((levels >= low) & (levels < high)).any() for low, high in itertools.pairwise(edges)]
    said = [warning for warning in few.warnings if warning.startswith("No noise draw was at log-SNR ")]
    assert len(said) == any(empty) == 1
    for place, nobody in enumerate(empty):
        assert (few.band_map("red", place) == 0).all() == nobody
        assert (f"{edges[place]:.1f} to {edges[place + 1]:.1f}".replace("-", "−") in said[0]) == nobody
    assert not any("No noise draw" in warning for warning in run(Mixture(), draws=64, bands=6).warnings)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_names_level_prompt_and_remedy(value: float) -> None:
    def spoil(out: torch.Tensor) -> torch.Tensor:
        out[0, 0, 0, 0] = value
        return out

    pattern = r"NaN or infinity at timestep \d+ \(log-SNR -?\d+\.\d+\) for the prompt '.*': run it in float32"
    with pytest.raises(NumericalError, match=pattern) as caught:
        run(Faulty(4, spoil), batch_size=24)
    assert caught.value.partial.draws == 8
    with pytest.raises(NumericalError) as caught:
        run(Faulty(0, spoil))
    assert caught.value.partial is None


def test_latents_that_are_nan() -> None:
    model = Mixture()
    model.x = model.x * float("nan")
    with pytest.raises(NumericalError, match="latents hold NaN or infinity: run the VAE in float32"):
        run(model)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory")]
)
def test_batches_halve_when_memory_runs_out(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    class Small(Mixture):
        def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
            if len(z) > 5:
                raise error
            return super().epsilon(z, levels, conditions)

    model = Small()
    assert_same(run(Mixture(), draws=8), run(model, draws=8, batch_size=24))
    assert max(model.calls) <= 5
    assert "the batch size is now" in caplog.text


def test_other_errors_pass_through() -> None:
    class Broken(Mixture):
        def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
            raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        run(Broken())


def test_memory_does_not_grow_with_draws() -> None:
    from infodiff_widgets.running import RunningMaps

    running = RunningMaps()
    for _ in range(50):
        running = running.plus(torch.randn(4, 2, 3, 6, 6))
    held = [value for value in vars(running).values() if isinstance(value, torch.Tensor)]
    assert [tuple(value.shape) for value in held] == [(2, 3, 6, 6)] * 4


def test_provenance_names_everything() -> None:
    provenance = run(Mixture(), draws=4, seed=np.int64(7)).provenance
    assert provenance["seed"] == 7
    assert provenance["denoiser"]["class"] == "Mixture"
    assert LevelDensity.from_dict(provenance["density"]) == DENSITY
    assert len(provenance["image_sha256"]) == 64
    assert {"torch", "diffusers", "infodiff-widgets"} <= provenance["versions"].keys()


def test_progress_bar(capsys: pytest.CaptureFixture[str]) -> None:
    run(Mixture(), draws=4, density=None, progress=True)
    shown = capsys.readouterr().err
    assert "calibrating" in shown
    assert "estimating" in shown
