"""More draws for what is shown, on models whose information is known in closed form."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from models import PICTURE, PROMPT, Linear, Mixture, Texts
from same import assert_identical
from synthetic import synthetic_result
from tiny import tiny_pipeline
from torch import Tensor

from infodiff_widgets import Explorer, Result, estimate, explore
from infodiff_widgets.errors import ArgumentError, NumericalError
from infodiff_widgets.further import go_on, sizes
from infodiff_widgets.joining import joined
from infodiff_widgets.sampling import Design, LevelDensity

OPTIONS = {"density": "uniform", "quantities": ("cmi", "mi")}


class Held(Mixture):
    """Waits after some calls, until it is let go."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.left, self.reached, self.free = calls, threading.Event(), threading.Event()

    def epsilon(self, z: Tensor, levels: Tensor, conditions: Texts) -> Tensor:
        self.left -= 1
        if self.left < 0:
            self.reached.set()
            assert self.free.wait(30)
        return super().epsilon(z, levels, conditions)


class Seeded(Mixture):
    """A network of somebody's own, which tells itself from others in its own words."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed

    @property
    def identity(self) -> dict[str, Any]:
        return {"name": ("a", "network"), "network_seed": self.seed}


def test_a_run_that_was_cancelled_goes_on_to_the_bit():
    model = Held(3)
    explorer = explore(model, PICTURE, PROMPT, draws=32, batch_size=20, **OPTIONS)
    assert model.reached.wait(30)
    explorer.cancel()
    model.free.set()
    with pytest.warns(UserWarning, match="Stopped early"):
        early = explorer.wait(30)
    assert 0 < early.draws < 32
    explorer.more()
    whole = explorer.wait(30)
    assert_identical(
        whole, estimate(Mixture(), PICTURE, PROMPT, draws=32, batch_size=20, progress=False, **OPTIONS)
    )
    assert explorer.progress["state"] == "done"


def test_a_run_that_was_accurate_enough_goes_on_as_far_as_is_asked():
    explorer = explore(Mixture(), PICTURE, PROMPT, until="9%", words=["red"], block=True, **OPTIONS)
    first = explorer.result
    assert first is not None
    explorer.more(40, block=True)
    more = explorer.result
    assert more is not None
    assert more.draws == first.draws + 40
    assert (more.complete, more.stopped) == (True, "until")
    direct = estimate(
        Mixture(), PICTURE, PROMPT, draws=first.draws_planned, max_evaluations=more.provenance["evaluations"],
        words=["red"], progress=False, **OPTIONS,
    )  # fmt: skip
    np.testing.assert_array_equal(more.data["maps"].values, direct.data["maps"].values)


def test_a_run_that_was_accurate_enough_stays_whole_where_further_draws_are_cancelled():
    model = Held(10**6)
    explorer = explore(model, PICTURE, PROMPT, until="9%", words=["red"], block=True, **OPTIONS)
    first = explorer.result
    assert first is not None
    model.left = 1
    explorer.more(64)
    assert model.reached.wait(20)
    explorer.cancel()
    model.free.set()
    more = explorer.wait(20)
    assert first.draws < more.draws < first.draws + 64
    assert (more.complete, more.stopped) == (True, "until")
    explorer.more(8, block=True)
    assert explorer.result is not None
    assert (explorer.result.complete, explorer.result.stopped) == (True, "until")


def test_a_whole_run_is_joined_by_others_and_every_draw_counts_alike():
    explorer = explore(
        Mixture(), PICTURE, PROMPT, draws=32, block=True, **OPTIONS,
        swaps={"red": "blue"}, pairs=[("red", "circle")],
    )  # fmt: skip
    first = explorer.result
    assert first is not None
    explorer.more(32, block=True)
    both = explorer.result
    assert both is not None
    assert (both.draws, both.draws_planned, both.complete) == (64, 64, True)
    runs = both.provenance["runs"]
    assert [run["draws"] for run in runs] == [32, 16, 16]
    assert len({run["seed"] for run in runs}) == 3
    with pytest.raises(ArgumentError, match=r"of 3 runs, .* estimate with draws=64 at once"):
        both.convergence("red")
    assert both.provenance["evaluations"] == 2 * first.provenance["evaluations"]
    assert explorer.progress == {
        "state": "done", "done": 64, "planned": 64, "seconds_left": None, "message": "",
    }  # fmt: skip
    assert explorer._header["draws_done"] == 64
    data = both.data
    for form in ("orthogonal", "standard"):
        for quantity in ("cmi", "mi"):
            total = both.total("red", quantity, form)
            assert total.value == pytest.approx(float(both.map("red", quantity, form).sum()), rel=1e-4)
        assert both.total("red", "swap", form).value == pytest.approx(
            float(both.map("red", "swap", form).sum()), rel=1e-4
        )
        pair = both.interaction_totals("red", "circle", form)["both"]
        assert pair.value == pytest.approx(
            float(both.interaction("red", "circle", form)["both"].sum()), rel=1e-4
        )
    np.testing.assert_allclose(data["band_maps"].sum("band"), data["maps"], rtol=2e-3, atol=1e-5)
    for name in ("swap", "pair"):
        parts = data[f"{name}_band_maps"].sum("band")
        np.testing.assert_allclose(
            parts.transpose(*data[f"{name}_maps"].dims), data[f"{name}_maps"], atol=1e-4
        )
    np.testing.assert_allclose(both.bands().sum("band"), data["totals"], rtol=1e-9)
    assert np.isfinite(data["maps_error"].values).all()
    pairs = data["draw_log_snr"].values.reshape(-1, 2).mean(1)
    assert (np.diff(pairs) >= 0).all()


def test_the_errors_of_joined_runs_are_what_they_claim():
    model, kept = Linear(), []
    quadrature = model.schedule.quadrature()
    truth = model.truth("a circle on sand", PROMPT, quadrature)
    for seed in range(40):
        first = estimate(
            model, PICTURE, PROMPT, words=["red"], quantities="cmi", draws=32, seed=seed, progress=False,
            density="uniform",
        )  # fmt: skip
        *_, last = go_on(None, first, model, 64)
        kept.append((first, last.result()))
    for form, exact in zip(("orthogonal", "standard"), truth, strict=True):
        before, after = (
            np.array([r.total("red", "cmi", form).value - exact.sum() for r in results])
            for results in zip(*kept, strict=True)
        )
        claimed = np.array([last.total("red", "cmi", form).standard_error for _, last in kept])
        rms = float(np.sqrt((after**2).mean()))
        assert rms < float(np.sqrt((before**2).mean()))
        assert 0.6 < float(np.sqrt((claimed**2).mean())) / rms < 1.7
        maps = np.array([last.map("red", "cmi", form).values - exact for _, last in kept])
        errors = np.array([last.map_error("red", "cmi", form).values for _, last in kept])
        # First differences take the slope of the integrand for noise, the more the shorter the runs are.
        assert 0.75 < float(np.sqrt((errors**2).mean() / (maps**2).mean())) < 2.2


def test_levels_of_further_runs_fall_between_those_that_were_there():
    quadrature = Mixture().schedule.quadrature()
    uniform = LevelDensity.uniform()
    one = Design.systematic(quadrature, uniform, 8, 3)
    between = Design.systematic(
        quadrature, uniform, 8, 4, start=(np.random.default_rng(3).random() + 0.5) % 1
    )
    levels = np.sort(np.r_[one.log_snr, between.log_snr])
    gaps = np.diff(levels)
    assert gaps.max() < 1.3 * gaps.min()


@pytest.mark.parametrize(("there", "more"), [(64, 64), (64, 8), (64, 24), (8, 2000), (1024, 1024), (62, 34)])
def test_further_draws_are_split_into_runs_that_are_not_tiny(there: int, more: int):
    parts = sizes(there, more)
    assert sum(parts) == more
    assert all(size % 2 == 0 and size >= min(8, more) for size in parts)
    assert max(parts) - min(parts) <= 2


def test_draws_can_be_added_to_a_file_once_a_model_is_attached(tmp_path):
    stored = estimate(Mixture(), PICTURE, PROMPT, draws=16, progress=False, **OPTIONS)
    stored.save(tmp_path / "r.nc")
    explorer = Explorer(Result.open(tmp_path / "r.nc"))
    with pytest.raises(RuntimeError, match="attach"):
        explorer.more(16)
    answers: list[Any] = []
    explorer.send = lambda content, *_: answers.append(content)  # type: ignore[method-assign]
    explorer._receive(explorer, {"kind": "more"}, [])
    assert answers == [{"kind": "heard"}]
    assert "attach" in str(explorer._edits["problem"])
    explorer.attach(Mixture()).more(16, block=True)
    assert explorer.result is not None
    assert explorer.result.draws == 32
    explorer.result.save(tmp_path / "more.nc")
    assert_identical(Result.open(tmp_path / "more.nc"), explorer.result)


def test_further_draws_keep_a_picture_of_a_size_of_its_own():
    pipeline = tiny_pipeline()
    side = 2 * pipeline.unet.config.sample_size * 8
    kept = {"draws": 8, "density": "uniform", "progress": False, "resize": False}
    stored = estimate(pipeline, PICTURE.resize((side, side)), "a red cat", **kept)
    explorer = Explorer(stored).attach(pipeline)
    explorer.more(8, block=True)
    assert explorer.result is not None
    assert explorer.result.draws == 16
    assert explorer.result.data["maps"].shape == stored.data["maps"].shape


def of_pipeline(pipeline: Any) -> Result:
    return estimate(pipeline, PICTURE, "a red cat", draws=8, density="uniform", progress=False)


def test_a_model_that_the_result_is_not_of_is_refused():
    """Else draws of two networks would count as one's, under the name of the first."""
    stored = of_pipeline(tiny_pipeline())
    other = tiny_pipeline()
    with torch.no_grad():
        for parameter in other.unet.parameters():
            parameter.mul_(1.01)
    explorer = Explorer(stored)
    with pytest.raises(ArgumentError, match=r"which is not the same in: weights of the network\. Use the"):
        explorer.attach(other)
    with pytest.raises(RuntimeError, match="attach"):
        explorer.more(8)
    with pytest.raises(RuntimeError, match="attach"):
        explorer.edit("red", "blue")
    encoder = tiny_pipeline()
    with torch.no_grad():
        next(encoder.text_encoder.parameters()).mul_(1.01)
    with pytest.raises(ArgumentError, match="in: weights of the autoencoder or the text encoders"):
        explorer.attach(encoder)
    with pytest.raises(ArgumentError, match="in: what the scheduler says that the network predicts"):
        explorer.attach(tiny_pipeline("v_prediction"))
    scheduler = tiny_pipeline()
    scheduler.scheduler = DDIMScheduler.from_config(scheduler.scheduler.config, beta_end=0.02)
    with pytest.raises(ArgumentError, match="in: noise levels of the scheduler"):
        explorer.attach(scheduler)
    with pytest.raises(ArgumentError, match="not the same in: network_seed"):
        Explorer(estimate(Seeded(1), PICTURE, PROMPT, draws=8, progress=False)).attach(Seeded(2))


def test_the_same_model_goes_on_wherever_it_lies_and_by_whatever_sampler(tmp_path):
    tiny_pipeline().save_pretrained(tmp_path / "one")
    stored = of_pipeline(StableDiffusionPipeline.from_pretrained(tmp_path / "one"))
    (tmp_path / "one").rename(tmp_path / "other")
    moved = StableDiffusionPipeline.from_pretrained(tmp_path / "other")
    moved.scheduler = EulerDiscreteScheduler.from_config(moved.scheduler.config)
    explorer = Explorer(stored).attach(moved)
    explorer.more(8, block=True)
    assert explorer.result is not None
    assert explorer.result.draws == 16


@pytest.mark.parametrize("lacking", ["other_weights", "network_config", "dtype", "denoiser"])
def test_a_result_of_an_older_version_is_asked_for_what_it_knows(lacking: str):
    stored = of_pipeline(tiny_pipeline())
    given = stored.provenance
    (given if lacking in given and lacking == "denoiser" else given["denoiser"]).pop(lacking)
    Explorer(Result(stored.data.assign_attrs(provenance=json.dumps(given)))).attach(tiny_pipeline())


def test_the_configuration_counts_only_under_the_library_that_wrote_it():
    stored = of_pipeline(tiny_pipeline())
    given = stored.provenance
    given["denoiser"]["network_config"] = "another"
    one = Result(stored.data.assign_attrs(provenance=json.dumps(given)))
    with pytest.raises(ArgumentError, match="in: configuration of the network"):
        Explorer(one).attach(tiny_pipeline())
    given["versions"]["diffusers"] = "0.1"
    Explorer(Result(stored.data.assign_attrs(provenance=json.dumps(given)))).attach(tiny_pipeline())


def test_weights_that_are_halves_go_on_in_float32_and_the_result_says_that_some_draws_were_rounded():
    half = tiny_pipeline().to(torch.bfloat16)
    options = {"draws": 8, "density": "uniform", "progress": False, "precision": "pipeline"}
    stored = estimate(half, PICTURE, "a red cat", **options)
    explorer = Explorer(stored).attach(tiny_pipeline().to(torch.bfloat16).to(torch.float32))
    explorer.more(8, block=True)
    assert explorer.result is not None
    assert explorer.result.provenance["dtype"] == "bfloat16"
    assert explorer.result.provenance["floor"] == stored.provenance["floor"]
    # The other way round as well.
    wide = tiny_pipeline().to(torch.bfloat16).to(torch.float32)
    explorer = Explorer(estimate(wide, PICTURE, "a red cat", **options)).attach(half)
    explorer.more(8, block=True)
    assert explorer.result is not None
    assert explorer.result.provenance["dtype"] == "bfloat16"
    with pytest.raises(ArgumentError, match=r"in: .*weights of the network, .*data type"):
        Explorer(stored).attach(tiny_pipeline())


def test_another_result_that_is_shown_lets_go_of_a_model_that_is_not_its_own():
    explorer = explore(Mixture(), PICTURE, PROMPT, draws=8, block=True, **OPTIONS)
    explorer.show(estimate(Mixture(), PICTURE, PROMPT, draws=8, progress=False, **OPTIONS))
    assert explorer._edits["model"]
    explorer.show(estimate(Mixture(1), PICTURE, PROMPT, draws=8, progress=False, **OPTIONS))
    assert not explorer._edits["model"]
    assert "of another network" in str(explorer._edits["problem"])
    with pytest.raises(RuntimeError, match="attach"):
        explorer.more(8)


def test_what_cannot_be_added_is_refused():
    explorer = explore(Mixture(), PICTURE, PROMPT, draws=8, block=True, **OPTIONS)
    for draws in (7, 2, 9.0):
        with pytest.raises(
            ValueError, match=r"even number of at least 8\. Draws come in pairs, and the maps"
        ):
            explorer.more(draws)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ArgumentError, match="give 1,000,000 at most"):
        explorer.more(10**12)
    partial = Explorer(synthetic_result(done=32)).attach(Mixture())
    with pytest.raises(RuntimeError, match="32 of the 64 draws"):
        partial.more(16)
    with pytest.raises(ValueError, match="let it end first"):
        joined(synthetic_result(done=32), synthetic_result())


def test_more_draws_can_be_cancelled_and_lose_only_the_run_that_was_open():
    model = Held(10**9)
    explorer = explore(model, PICTURE, PROMPT, draws=32, block=True, batch_size=20, **OPTIONS)
    model.left = 20
    explorer.more(320)
    with pytest.raises(RuntimeError, match="still runs"):
        explorer.more(8)
    assert model.reached.wait(30)
    until = time.monotonic() + 10
    while explorer.progress["done"] <= 32 and time.monotonic() < until:
        time.sleep(0.02)
    assert explorer.progress["planned"] == 352
    explorer._receive(explorer, {"kind": "cancel"}, [])
    model.free.set()
    result = explorer.wait(30)
    assert explorer.progress["state"] == "cancelled"
    assert result.complete
    assert 32 <= result.draws < 352
    assert result.draws == result.draws_planned == explorer._header["draws_done"]


def test_a_failure_keeps_what_was_there():
    class Broken(Mixture):
        sound = True

        def epsilon(self, z: Tensor, levels: Tensor, conditions: Texts) -> Tensor:
            return super().epsilon(z, levels, conditions) * (1 if self.sound else float("nan"))

    model = Broken()
    explorer = explore(model, PICTURE, PROMPT, draws=16, block=True, **OPTIONS)
    first = explorer.result
    model.sound = False
    explorer.more()
    with pytest.raises(NumericalError):
        explorer.wait(30)
    assert explorer.result is first
    assert explorer.progress["state"] == "failed"
    model.sound = True
    explorer.more(block=True)
    assert explorer.result is not None
    assert explorer.result.draws == 32


def test_the_pdf_that_the_browser_asks_for_is_sent_to_it():
    explorer = Explorer(synthetic_result(pixels=(128, 128)))
    sent, done = [], threading.Event()

    def send(content, buffers=None):
        sent.append((content, buffers))
        done.set()

    explorer.send = send  # type: ignore[method-assign]
    explorer._receive(explorer, {"kind": "file", "format": "pdf", "request": 3, "view": [0.25, 0.5, 0.5]}, [])
    assert done.wait(30)
    ((content, buffers),) = sent
    assert content == {"kind": "file", "format": "pdf", "request": 3, "problem": ""}
    assert bytes(buffers[0])[:5] == b"%PDF-"
