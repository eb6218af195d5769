"""The probability-flow ODE against closed forms and diffusers' own solvers; changes of prompts on scenes."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from diffusers import DDIMInverseScheduler, DDIMScheduler
from models import PICTURE, PROMPT, Linear, stable_diffusion_schedule
from PIL import Image
from test_tables import press
from tiny import tiny_pipeline
from tiny_pipelines import BUILDERS, build

from infodiff_widgets import scenes
from infodiff_widgets.analyses.intervene import PREDICTORS, correlations, intervene, predicted
from infodiff_widgets.analyses.intervene_cases import InterveneCase, add, omit, scene_changes, swap
from infodiff_widgets.analyses.intervene_edit import edit
from infodiff_widgets.analyses.intervene_table import image_level
from infodiff_widgets.analyses.inversion import invert, regenerate, trajectory
from infodiff_widgets.commands import intervene as intervene_command
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import InfodiffError, NumericalError, UnsupportedPipelineError, WordError

ROOT = Path(__file__).resolve().parent.parent


def error_of(solver: Any, steps: int) -> float:
    """Of the inversion of a Gaussian world, where y moves as the standard deviation of its marginal."""
    model = Linear()
    path = trajectory(model.schedule, steps, solver=solver)
    mean, variance = model.moments(PROMPT)
    growth = ((variance + path.sigma[-1] ** 2) / (variance + path.sigma[0] ** 2)).sqrt()
    truth = mean + (model.x - mean) * growth
    found = invert(model, model.x[None], model.encode_prompts([PROMPT]), path)[0]
    return float((found - truth).abs().max() / truth.abs().max())


@pytest.mark.parametrize(("solver", "order"), [("heun", 2), ("ddim", 1)])
def test_the_ode_converges_to_the_closed_form_at_its_order(solver, order):
    coarse, fine = error_of(solver, 20), error_of(solver, 80)
    assert fine < (0.03 if solver == "ddim" else 2e-3)
    assert coarse / fine > 0.6 * 4**order


def test_there_and_back():
    model = Linear()
    path = trajectory(model.schedule, 60)
    condition = model.encode_prompts([PROMPT])
    noise = invert(model, model.x[None], condition, path)
    back = regenerate(model, noise, condition, path)[0]
    assert float((back - model.x).square().mean() / model.x.square().mean()) < 1e-5
    other = regenerate(model, noise, model.encode_prompts(["a blue circle on sand"]), path)[0]
    mean, variance = model.moments(PROMPT)
    new_mean, new_variance = model.moments("a blue circle on sand")
    growth = ((variance + path.sigma[-1] ** 2) / (variance + path.sigma[0] ** 2)).sqrt()
    shrink = ((new_variance + path.sigma[0] ** 2) / (new_variance + path.sigma[-1] ** 2)).sqrt()
    truth = new_mean + (mean + (model.x - mean) * growth - new_mean) * shrink
    assert float((other - truth).abs().max() / truth.abs().max()) < 1e-3


def test_ddim_is_that_of_diffusers():
    pipeline = tiny_pipeline()
    denoiser = as_denoiser(pipeline)
    latents = denoiser.encode_image(Image.new("RGB", (64, 64), "teal"))[None]
    condition = denoiser.encode_prompts(["a b"])
    inverse = DDIMInverseScheduler.from_config(pipeline.scheduler.config, timestep_spacing="leading")
    forward = DDIMScheduler.from_config(pipeline.scheduler.config, set_alpha_to_one=False)
    levels = np.array([1, 251, 501, 751])
    path = trajectory(denoiser.schedule, 4, solver="ddim")
    log_snr = denoiser.schedule.log_snr[levels]
    path = type(path)(levels, np.exp(-0.5 * log_snr), "ddim")
    noise = invert(denoiser, latents, condition, path)
    signal = (1 + path.sigma**2) ** -0.5

    def predicted(sample: torch.Tensor, level: int) -> torch.Tensor:
        return denoiser.epsilon(sample, torch.tensor([level]), condition)

    inverse.set_timesteps(4)
    sample = latents * signal[0]
    for level, following in pairwise(levels.tolist()):
        # Its step goes from timestep - 250 to timestep.
        sample = inverse.step(predicted(sample, int(level)), int(following), sample).prev_sample
    torch.testing.assert_close(sample / signal[-1], noise.float(), rtol=1e-3, atol=1e-3)

    back = regenerate(denoiser, noise, condition, path)
    forward.set_timesteps(4)
    sample = noise.float() * signal[-1]
    for level in levels[:0:-1]:
        sample = forward.step(predicted(sample, int(level)), int(level), sample).prev_sample
    torch.testing.assert_close(sample / signal[0], back, rtol=1e-3, atol=1e-3)


def test_levels_are_trained_and_those_of_karras():
    schedule = stable_diffusion_schedule()
    path = trajectory(schedule, 30)
    assert path.evaluations == 2 * (len(path.level) - 1)
    np.testing.assert_allclose(path.sigma, np.exp(-0.5 * schedule.log_snr[path.level]))
    ends = schedule.log_snr[[0, -1]]
    np.testing.assert_allclose(-2 * np.log(path.sigma[[0, -1]]), ends)
    roots = np.diff(path.sigma[5:] ** (1 / 7))
    np.testing.assert_allclose(roots, roots.mean(), rtol=0.15)
    with pytest.raises(ValueError, match="'heun', or 'ddim'"):
        trajectory(schedule, 30, solver="euler")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="steps=1"):
        trajectory(schedule, 1)


def test_nan_on_the_way_is_told():
    class Broken(Linear):
        def epsilon(self, z: Any, levels: Any, conditions: Any) -> Any:
            return super().epsilon(z, levels, conditions) * (np.nan if int(levels[0]) > 500 else 1)

    model = Broken()
    with pytest.raises(NumericalError, match="log-SNR"):
        invert(model, model.x[None], model.encode_prompts([PROMPT]), trajectory(model.schedule, 10))


def test_what_cannot_be_decoded_is_told():
    with pytest.raises(UnsupportedPipelineError, match="Linear has no decode_latents"):
        edit(Linear(), PICTURE, omit(PROMPT, "red"))


@pytest.mark.parametrize("name", ["stable_diffusion", *BUILDERS])
def test_every_pipeline_decodes_what_it_encodes(name):
    pipeline = tiny_pipeline() if name == "stable_diffusion" else build(name)
    denoiser: Any = as_denoiser(pipeline)
    size = min(64, denoiser.image_rule.size)
    pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    seen = {}
    original = denoiser.pipeline.vae.decode

    def keep(latents: Any, *args: Any, **kwargs: Any) -> Any:
        seen["decoded"] = latents
        return original(latents, *args, **kwargs)

    pixel_values = denoiser.pipeline.image_processor.preprocess(Image.fromarray(pixels))
    latents = denoiser.encode_image(Image.fromarray(pixels))
    denoiser.pipeline.vae.decode = keep
    (picture,) = denoiser.decode_latents(latents[None])
    assert picture.size == (size, size)
    # What the decoder gets is what the encoder gave: scaling, shifting and packing are undone.
    given = pixel_values.unsqueeze(2) if name == "qwen_image" else pixel_values
    with torch.inference_mode():
        encoded = denoiser.pipeline.vae.encode(given)
    mean = encoded.latent if name == "sana" else encoded.latent_dist.mean
    torch.testing.assert_close(seen["decoded"], mean, rtol=1e-4, atol=1e-4)


def test_changes_of_a_prompt():
    prompt = "a red circle left of a blue square"
    left_out = omit(prompt, "red")
    assert (left_out.after, left_out.title) == ("a circle left of a blue square", "without red")
    assert omit(prompt, "red", "_").after == "a _ circle left of a blue square"
    swapped = swap(prompt, "left of", "above")
    assert (swapped.after, swapped.title) == ("a red circle above a blue square", "left of → above")
    added = add(prompt, "small", "circle")
    assert (added.after, added.title) == ("a red small circle left of a blue square", "with small")
    assert added.after[slice(*added.word.span)] == "small"
    ended = add(prompt, "on sand")
    assert ended.after == f"{prompt} on sand"
    assert ended.after[slice(*ended.word.span)] == "on sand"
    with pytest.raises(WordError, match="already stands"):
        swap(prompt, "red", "red")
    with pytest.raises(WordError, match="adds nothing"):
        add(prompt, " ")
    with pytest.raises(WordError, match="green"):
        omit(prompt, "green")


def test_information_is_about_the_very_change():
    for change in (
        omit(PROMPT, "red"),
        omit(PROMPT, "red", "_"),
        swap(PROMPT, "red", "blue"),
        add("a circle on sand", "red", "circle"),
    ):
        result = predicted(Linear(), PICTURE, change, draws=4, density="uniform")
        assert {change.before, change.after} <= set(result.provenance["prompts"])
        assert result.words == (change.word,)


def test_correlations_by_hand():
    first, second = np.array([[1.0, 2.0], [3.0, 9.0]]), np.array([[2.0, 4.0], [5.0, 6.0]])
    pearson, spearman = correlations(first, second)
    assert pearson == pytest.approx(np.corrcoef(first.ravel(), second.ravel())[0, 1])
    assert spearman == pytest.approx(1.0)
    assert np.isnan(correlations(first, np.ones((2, 2)))).all()


@pytest.fixture(scope="module")
def changed() -> Any:
    denoiser = as_denoiser(scenes.load_pipeline("cpu"))
    cases = [case for case in scene_changes(2) if case.change.kind == "swap"]
    return intervene(denoiser, cases, steps=8, draws=8, density="uniform", progress=False)


def test_a_swapped_colour_changes_its_object_and_leaves_the_rest(changed):
    for outcome in changed.outcomes:
        assert outcome.edit.reconstruction_error < 0.01
        assert outcome.inside > 2 * outcome.mask.mean()
        assert outcome.contrast > 3
        before, after = (np.asarray(p, float) for p in (outcome.edit.reconstructed, outcome.edit.after))
        inside = outcome.case.mask()
        difference = np.abs(after - before).mean(-1)
        assert difference[inside].mean() > 2 * difference[~inside].mean()


def test_information_tells_where_and_attention_less_well(changed):
    table = changed.table.set_index("predictor")
    assert list(table.index) == list(PREDICTORS)
    assert table.loc["information", "pixel r"].value >= 0.5
    for other in ("attention", "regeneration"):
        assert table.loc["information", "pixel r"].value > table.loc[other, "pixel r"].value
    assert np.isnan(image_level(changed.outcomes, "information").value), "two pictures are too few"
    assert changed.statement.evaluations == sum(outcome.evaluations for outcome in changed.outcomes)
    assert len(changed.numbers) == 2
    said = " ".join(changed.figure().get_supxlabel().split("\n"))
    assert "information: orthogonal form" in said
    assert "noise draws" in said
    assert all(fact in said for fact in changed.outcomes[0].origin)
    assert changed.figure()._repr_png_().startswith(b"\x89PNG")


def test_the_command(tmp_path, capsys):
    picture = tmp_path / "scene.png"
    case = scene_changes(1)[0]
    case.picture.save(picture)
    words = case.change.before.split()
    parser = argparse.ArgumentParser()
    intervene_command.add_arguments(parser)
    common = ["--out", str(tmp_path / "out"), "--quiet", "--draws", "4", "--steps", "3", "--solver", "ddim"]
    given = ["--image", str(picture), "--prompt", case.change.before, "--omit", words[1]]
    intervene_command.run(parser.parse_args([*common, *given, "--add", "blue", words[-1]]))
    assert "Written" in capsys.readouterr().out
    numbers = pd.read_csv(tmp_path / "out" / "intervene.csv")
    assert list(numbers["change"]) == ["omit", "add"]
    assert {"intervene.png", "after-0.png", "after-1.png", "intervene.md"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }
    for wrong, message in (
        (["--image", str(picture)], "--prompt"),
        (["--image", str(picture), "--prompt", "a b"], "--omit, --swap or --add"),
        (["--data", "coco-it"], "--root FOLDER"),
    ):
        with pytest.raises(InfodiffError, match=message):
            intervene_command.run(parser.parse_args([*common, *wrong]))


def test_a_printed_table_has_no_column_that_is_empty_or_unexplained(tmp_path, capsys):
    """One picture: nothing over changes, no intervals. Several: all of it."""
    parser = argparse.ArgumentParser()
    intervene_command.add_arguments(parser)
    common = ["--out", str(tmp_path), "--quiet", "--draws", "4", "--steps", "3", "--solver", "ddim"]
    prompt = "a green leaf left of a red heart on paper"
    own = ["--image", str(ROOT / "notebooks" / "scene.png"), "--prompt", prompt]
    over_changes, interval = ["image r", "image rho"], "95% intervals"
    for given, has in (
        ([*own, "--omit", "6:12", "--swap", "red", "blue", "--add", "big", "21:22"], False),
        (["--count", "4"], True),
    ):
        intervene_command.run(parser.parse_args([*common, *given]))
        printed, markdown = capsys.readouterr().out, (tmp_path / "intervene.md").read_text()
        table = pd.read_csv(tmp_path / "intervene-table.csv")
        assert [name in table for name in over_changes] == [has, has]
        assert table.notna().any().all()
        assert (interval in printed) == has
        for text in (printed, markdown):
            assert "lead in pixel r: how far information leads that predictor" in text
            assert ("image r and image rho: the same" in text) == has
            for name in PREDICTORS:
                assert f" {name}, of " in text
            assert "nan" not in text.lower()
    assert list(pd.read_csv(tmp_path / "intervene.csv")["picture"])[:1] == ["scene 0"]
    intervene_command.run(parser.parse_args([*common, "--count", "1"]))
    assert "nan" not in capsys.readouterr().out, "the mask of one picture has no interval"


def test_an_interrupt_leaves_the_changes_that_are_finished():
    """24 inputs in a call: 12 draws of two texts."""
    cases = scene_changes(3, kinds=["omit"])
    given = {"predictors": ["information"], "steps": 2, "density": "uniform"}

    def press_after(_: str, done: int, __: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    denoiser = as_denoiser(scenes.load_pipeline("cpu"))
    with pytest.warns(UserWarning, match="2 of 3 changes are finished"):
        found = intervene(denoiser, cases, draws=4, progress=press_after, **given)
    assert len(found.outcomes) == 2
    assert "Settings: changes 2 of 3 (interrupted), draws 4" in found.report().text()
    with pytest.warns(UserWarning, match="the result holds 12 of 32 draws"):
        found = intervene(press(denoiser, 2), cases[:1], draws=32, progress=False, **given)
    assert "Settings: draws 12 of 32 (interrupted)" in found.report().text()
    said = " ".join(found.figure().get_supxlabel().split("\n"))
    assert "12 of 32 noise draws (interrupted)" in said


def test_a_figure_names_a_repeated_word_as_a_view_does():
    denoiser = as_denoiser(scenes.load_pipeline("cpu"))
    prompt = "a green leaf left of a red heart on paper"
    case = InterveneCase("leaf", ROOT / "notebooks" / "scene.png", swap(prompt, "a (5)", "the"))
    found = intervene(denoiser, [case], predictors=[], steps=2, draws=4, density="uniform", progress=False)
    assert [axes.get_title() for axes in found.figure().axes][1] == "a (5) → the"
    assert list(found.numbers["word"]) == ["a (5)"]


def test_other_predictors_are_refused():
    with pytest.raises(ValueError, match="'luck'"):
        intervene(Linear(), [InterveneCase("p", PICTURE, omit(PROMPT, "red"))], predictors=["luck"])


@pytest.mark.timeout(900)
def test_the_notebook(tmp_path):
    command = [sys.executable, str(ROOT / "notebooks" / "run.py"), "intervene", "--out", str(tmp_path)]
    environment = {**os.environ, "INFODIFF_COUNT": "2"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=870, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    for file in ("edits.png", "predicted.png", "interventions.html"):
        assert (tmp_path / file).stat().st_size > 200, file
    text = (tmp_path / "intervene.ipynb").read_text()
    for words in ("lies in the word", "return error", "InterventionView(1 of 2: "):
        assert words in text, words
    cells = nbformat.reads(text, as_version=4).cells
    (shown,) = (
        output.data
        for cell in cells
        for output in cell.get("outputs", [])
        if output.get("data", {}).get("text/plain", "").startswith("InterventionView(")
    )
    assert "image/png" in shown, "the view shows its pictures without a kernel"
