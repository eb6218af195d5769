"""Localisation on scenes and on files in COCO's format, by the functions and by the command."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from models import PICTURE, PROMPT, Linear, Mixture
from PIL import Image
from test_coco import tiny_coco
from test_tables import press

from infodiff_widgets import scenes
from infodiff_widgets.analyses.localize import METHODS, localize
from infodiff_widgets.analyses.localize_cases import LocalizeCase, scene_cases
from infodiff_widgets.commands import localize as localize_command
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import InfodiffError
from infodiff_widgets.naming import resolve_words

ROOT = Path(__file__).resolve().parent.parent
FACTS = {"information: orthogonal form", "log-SNR −5.4 to 7.1", "16 noise draws"}
"""Of the small print of figures: where the numbers come from."""


@pytest.fixture(scope="module")
def found() -> Any:
    denoiser = as_denoiser(scenes.load_pipeline("cpu"))
    cases = scene_cases(2, kinds=("colour",))
    return localize(denoiser, cases, draws=16, density="uniform", progress=False)


def test_cases_are_scenes_whose_captions_training_never_saw():
    drawn = itertools.islice(scenes.sample(seed=5, held_out=True), 2)
    assert [case.prompt for case in scene_cases(2, 5)] == [scene.caption for scene in drawn]
    with pytest.raises(TypeError, match="held_out"):
        scene_cases(1, held_out=False)  # pyright: ignore[reportCallIssue]


def test_information_finds_what_colour_words_speak_of(found):
    table = found.table.set_index("method")
    assert list(table.index) == list(METHODS)
    assert table.loc["cmi", "AUROC"].value > 0.9
    assert table.loc["cmi at edges", "IoU"].value > 0.3
    for name in ("attention", "regeneration"):
        assert table.loc["cmi", "AUROC"].value > table.loc[name, "AUROC"].value
    assert len(found.rows) == 2 * 2 * len(METHODS)
    assert len(found.numbers) == len(found.rows)


def test_it_says_what_it_took(found):
    # Per scene and draw: the prompt, two contexts, two words alone, "", and attention's own; and the ODE.
    assert found.statement.evaluations == 2 * (16 * 6 + 16 + 2 * 24)
    assert found.statement.seconds > 0
    text = found.report().text()
    assert "whole picture for the word has an IoU of" in text
    assert "AUROC of cmi less that of another map" in text
    assert set(re.split(r" · |\n", found.figure().get_supxlabel())) >= FACTS
    assert found.figure("IoU")._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="AUROC, AP"):
        found.figure("F1")


def test_scene_cases_know_their_pixels():
    (case,) = scene_cases(1, kinds=("colour", "kind", "relation", "background"))
    masks: Any = case.masks
    by_kind = dict(zip(case.kinds, masks(), strict=True))
    assert case.kinds == ("colour", "kind", "relation", "colour", "kind", "background")
    np.testing.assert_array_equal(by_kind["relation"], ~by_kind["background"])
    for word in case.words:
        assert case.prompt[slice(*word.span)] == word.text


def test_other_methods_are_refused():
    with pytest.raises(ValueError, match="'luck'"):
        localize(Linear(), [], methods=["luck"])


def cases(count: int) -> list[LocalizeCase]:
    """Make cases of the exact models: 128 draws are 11 calls, of 12 draws each."""
    mask = np.arange(48)[:, None] < np.full(48, 16)
    words = resolve_words(PROMPT, ["red"])
    return [
        LocalizeCase(f"picture {number}", PICTURE, PROMPT, words, ("colour",), lambda: [mask])
        for number in range(count)
    ]


def test_an_interrupt_leaves_the_pictures_that_are_finished():
    given = {"methods": ["cmi"], "draws": 128, "density": "uniform", "progress": False}
    with pytest.warns(UserWarning, match="Interrupted") as warned:
        found = localize(press(Mixture(2), 25), cases(4), **given)
    assert [str(one.message) for one in warned] == [
        "Interrupted: 2 of 4 pictures are finished; the others are left out."
    ]
    assert [row.picture for row in found.rows] == ["picture 0", "picture 1"]
    assert "Settings: pictures 2 of 4 (interrupted), draws 128" in found.report().text()
    assert "2 of 4 pictures (interrupted)" in " ".join(found.figure().get_supxlabel().split("\n"))
    assert found.statement.evaluations == 2 * 2 * 128
    with pytest.raises(KeyboardInterrupt):
        localize(press(Mixture(2), 5), cases(4), **given)


def test_an_interrupt_of_the_only_picture_leaves_its_draws():
    with pytest.warns(UserWarning, match="the result holds 48 of 128 draws"):
        found = localize(
            press(Mixture(2), 5), cases(1), methods=["cmi"], draws=128, density="uniform", progress=False
        )
    assert len(found.rows) == 1
    assert "Settings: draws 48 of 128 (interrupted)" in found.report().text()
    assert "48 of 128 noise draws (interrupted)" in " ".join(found.figure().get_supxlabel().split("\n"))


@pytest.fixture
def run(tmp_path) -> Any:
    parser = argparse.ArgumentParser()
    localize_command.add_arguments(parser)
    common = ["--out", str(tmp_path / "out"), "--quiet", "--draws", "4"]

    def command(*arguments: str) -> Any:
        localize_command.run(parser.parse_args([*common, *arguments]))
        return tmp_path / "out"

    return command


def test_the_command_on_files_in_cocos_format(run, tmp_path, capsys):
    root = tiny_coco(tmp_path / "coco")
    out = run("--data", "coco-it", "--root", str(root), "--method", "cmi", "--method", "attention")
    assert "the first 2 rows of coco-it" in capsys.readouterr().out
    numbers = pd.read_csv(out / "localize.csv")
    assert list(numbers["method"]) == ["cmi", "attention"] * 2
    assert numbers["auroc"].between(0, 1).all()
    assert (out / "localize.png").stat().st_size > 5000
    out = run("--data", "coco-wl", "--root", str(root), "--count", "1")
    assert list(pd.read_csv(out / "localize-words.csv")["kind"]) == ["noun"]
    settings = json.loads((out / "localize-words.json").read_text())["settings"]
    assert "upsampling" not in settings, "totals are of no pixels"


def test_the_command_on_a_picture_of_ones_own(run, tmp_path, capsys):
    scene = next(scenes.sample(seed=2))
    picture = tmp_path / "scene.png"
    scenes.picture(scene).save(picture)
    colour, other = (item.colour for item in scene.items)
    assert colour != other
    out = run("--image", str(picture), "--prompt", scene.caption, "--word", colour, "--word", other)
    _, written = capsys.readouterr().out.split("Written: ")
    assert {Path(path) for path in written.strip().split(", ")} == set(out.iterdir())
    mask = np.asarray(Image.open(out / f"mask-0-{colour}.png"))
    assert mask.shape == (128, 128)
    data = json.loads((out / "localize-coco.json").read_text())
    assert [category["name"] for category in data["categories"]] == [colour, other]
    assert data["annotations"]
    (image,) = data["images"]
    assert Image.open(out / image["file_name"]).size == (image["width"], image["height"]) == (128, 128)


def test_a_repeated_word_has_one_name_and_columns_are_explained(run, capsys):
    prompt = "a green leaf left of a red heart on paper"
    given = ["--image", str(ROOT / "notebooks" / "scene.png"), "--prompt", prompt, "--draws", "4"]
    out = run(*given, "--word", "21:22", "--word", "a (0)", "--word", "red")
    numbers = pd.read_csv(out / "localize.csv")
    assert list(zip(numbers["word"], numbers["start"], strict=True))[:3] == [("a", 21), ("a", 0), ("red", 23)]
    table = pd.read_csv(out / "localize-table.csv")
    assert list(table["word"]) == ["a (5)", "a (0)", "red"]
    assert not table["nats"].str.contains("nat").any()
    printed, markdown = capsys.readouterr().out, (out / "localize.md").read_text()
    for column in table.columns[1:]:
        said = f"{column.capitalize()}: "
        assert said in printed, said
        assert said in markdown, said
    assert "threshold otsu" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "coco-it"], "--root FOLDER"),
        (["--image", "x.png"], "--prompt"),
        (["--image", "x.png", "--prompt", "a b", "--threshold", "high"], "--threshold high"),
        (["--image", "x.png", "--prompt", "a b", "--threshold", "7"], "--threshold 7"),
    ],
)
def test_bad_arguments_are_told(run, arguments, message):
    with pytest.raises(InfodiffError, match=message):
        run(*arguments)


@pytest.mark.timeout(900)
def test_the_notebook(tmp_path):
    command = [sys.executable, str(ROOT / "notebooks" / "run.py"), "localize", "--out", str(tmp_path)]
    environment = {**os.environ, "INFODIFF_COUNT": "2"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=870, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    for file in ("mask.png", "masks-coco.json", "maps.png", "auroc.png"):
        assert (tmp_path / file).stat().st_size > 200, file
    text = (tmp_path / "localize.ipynb").read_text()
    for words in ("paired by word", "evaluations"):
        assert words in text, words
