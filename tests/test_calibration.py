from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from models import PICTURE, PROMPT, Mixture
from tiny import tiny_pipeline

from infodiff_widgets import estimate
from infodiff_widgets.calibration import PILOT_DRAWS, cache_file, fit_density, load_density, save_density
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.sampling import LevelDensity

UNIFORM = LevelDensity.uniform()


def bump(log_snr: np.ndarray, centre: float) -> np.ndarray:
    return np.exp(-0.5 * (log_snr - centre) ** 2)


def test_the_fit_follows_the_scatter() -> None:
    log_snr = np.linspace(-5, 7, 200)
    scatter = np.stack([bump(log_snr, -3), bump(log_snr, 5)], 1)
    density = fit_density(log_snr, scatter, np.ones(2), np.ones(2))
    height = np.interp([-3, 1, 5], density.log_snr, density.height)
    assert height[0] == pytest.approx(height[2], rel=0.1)
    assert height[1] < 0.35 * height[0]
    assert min(density.height) > 0.15  # the uniform part


def test_small_words_count_by_their_relative_error_and_those_that_say_nothing_not_at_all() -> None:
    log_snr = np.linspace(-5, 7, 200)
    scatter = np.stack([100 * bump(log_snr, -3), bump(log_snr, 5), 1e-6 * bump(log_snr, 1)], 1)
    totals, energies = np.array([10.0, 1.0, 1e-3]), np.array([100.0, 1.0, 1e-6])
    density = fit_density(log_snr, scatter, totals, energies)
    height = np.interp([-3, 1, 5], density.log_snr, density.height)
    assert height[0] > height[2] > 2 * height[1]


def test_nothing_to_fit() -> None:
    assert fit_density(np.linspace(-5, 7, 32), np.zeros((32, 3)), np.zeros(3), np.zeros(3)) == UNIFORM
    assert fit_density(np.linspace(-5, 7, 32), np.zeros((32, 3)), np.ones(3), np.ones(3)) == UNIFORM


def test_a_fitted_density_makes_maps_with_smaller_errors(cache_folder: Path) -> None:
    """Sixteen seeds each, the same draws: mean squared error of the maps against a long run."""

    class Late(Mixture):
        """Its noise predictions say little but in a narrow part of the range."""

        SIGMA = 0.2

    model = Late(strength=0.02)
    truth = estimate(model, PICTURE, PROMPT, draws=2048, density="uniform", quantities="cmi", progress=False)
    error = {}
    for density in (None, "uniform"):
        maps = [
            estimate(
                model, PICTURE, PROMPT, draws=16, seed=seed, density=density, quantities="cmi", progress=False
            ).data.maps[0, 0]
            for seed in range(1, 17)
        ]
        error[density] = float(sum(((m - truth.data.maps[0, 0]) ** 2).sum() for m in maps))
    assert error[None] < 0.75 * error["uniform"]


def test_calibrates_once_and_says_so(cache_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="infodiff_widgets")
    model = Mixture()
    stages: list[tuple[str, int, int]] = []
    first = estimate(model, PICTURE, PROMPT, draws=8, progress=lambda *stage: stages.append(stage))
    assert "calibrating the noise levels for this network, once" in caplog.text
    assert stages[0] == ("calibrating", 0, PILOT_DRAWS)
    assert stages[-1] == ("estimating", 8, 8)
    prompts = len(first.provenance["prompts"])
    assert first.provenance["pilot_evaluations"] == PILOT_DRAWS * prompts
    assert first.provenance["evaluations"] == 8 * prompts

    second = estimate(model, PICTURE, PROMPT, draws=8, progress=False)
    assert second.provenance["pilot_evaluations"] == 0
    assert second.data.maps.identical(first.data.maps)
    assert [path.suffix for path in (cache_folder / "densities").iterdir()] == [".json"]
    # What the result carries repeats the run without any cache.
    repeated = estimate(model, PICTURE, PROMPT, draws=8, density=first.provenance["density"], progress=False)
    assert repeated.data.maps.identical(first.data.maps)


def test_networks_do_not_share_a_density() -> None:
    assert cache_file(Mixture(seed=0)) != cache_file(Mixture(seed=1))


def test_a_folder_that_was_moved_holds_the_same_network(tmp_path: Path) -> None:
    pipeline = tiny_pipeline()
    pipeline.save_pretrained(tmp_path / "here")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    here, there = (
        as_denoiser(StableDiffusionPipeline.from_pretrained(tmp_path / name)) for name in ("here", "there")
    )
    assert here.identity != there.identity, "people are told where it was"
    assert cache_file(here) == cache_file(there)
    image = np.zeros((64, 64, 3), np.uint8)
    first, second = (estimate(model, image, "cat", draws=2, progress=False) for model in (here, there))
    assert (first.provenance["pilot_evaluations"] > 0, second.provenance["pilot_evaluations"]) == (True, 0)
    kept: dict[str, Any] = {"draws": 4, "progress": False, "checkpoint": tmp_path / "a.run"}
    first, second = (estimate(model, image, "cat", **kept) for model in (here, there))
    assert second.provenance["seconds"] == first.provenance["seconds"], "a run goes on with it, too"
    with torch.no_grad():
        pipeline.unet.conv_in.bias += 1
    pipeline.save_pretrained(tmp_path / "here")
    tuned = as_denoiser(StableDiffusionPipeline.from_pretrained(tmp_path / "here"))
    assert cache_file(tuned) != cache_file(here)


def test_where_only_the_name_tells_networks_apart_it_does() -> None:
    class Named(Mixture):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        @property
        def identity(self) -> dict[str, str]:
            return {"model": self.name}

    assert cache_file(Named("one")) != cache_file(Named("other"))


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"log_snr": [0], "height": [-1]}', '{"log_snr": [0]}', "\udc80"]
)
def test_damaged_caches_are_made_anew(tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "density.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    assert load_density(path) is None
    assert "is made anew" in caplog.text
    save_density(path, LevelDensity.uniform())
    assert load_density(path) == LevelDensity.uniform()


def test_an_unwritable_cache_is_no_obstacle(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    save_density(blocked / "densities" / "x.json", LevelDensity.uniform())
    assert "the next run measures again" in caplog.text


def test_a_given_density_skips_the_pilot(cache_folder: Path) -> None:
    for density in ("uniform", LevelDensity((0.0,), (2.0,))):
        result = estimate(Mixture(), PICTURE, PROMPT, draws=4, density=density, progress=False)
        assert result.provenance["pilot_evaluations"] == 0
    assert not list(cache_folder.iterdir())
    with pytest.raises(ValueError, match="density='best': give None, 'uniform'"):
        estimate(Mixture(), PICTURE, PROMPT, density="best", progress=False)  # pyright: ignore[reportArgumentType]
