"""The notebooks run top to bottom, and leave what they promise."""

from __future__ import annotations

import base64
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from infodiff_widgets import open_result
from infodiff_widgets.statistics import rough_of

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.timeout(600)
def test_quickstart(tmp_path):
    command = [sys.executable, str(ROOT / "notebooks" / "run.py"), "quickstart", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=570, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr, "what a user cannot mend is not said"
    told = re.findall(r"^ +\d+ s  cell (\d+) of (\d+): \S", done.stdout, re.M)
    assert told == [(str(index + 1), told[0][1]) for index in range(int(told[0][1]))], (
        "each cell, as it begins"
    )
    for name in ("explorer.html", "words.png", "cross.pdf", "result.nc"):
        assert (tmp_path / name).stat().st_size > 5000, name
        if not name.endswith(".nc"):
            assert name in done.stdout
    notebook = nbformat.read(tmp_path / "quickstart.ipynb", as_version=4)
    shown = [
        output.data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("data", {}).get("text/plain", "").startswith("Explorer(")
    ]
    assert len(shown) == 2
    assert all("image/png" in data for data in shown), "a picture is there without a kernel"
    assert "widgets" not in notebook.metadata, "or nbconvert would take scripts from the network in its place"
    texts = [
        output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]
    assert not [text for text in texts if "0%|" in text], "a bar without a kernel stays at its beginning"
    result = open_result(tmp_path / "result.nc")
    assert rough_of(dict(enumerate(result.totals()))) == [], "its first figure calls no word rough"
    (table,) = (
        output.data["text/html"]
        for cell in notebook.cells
        if "to_dataframe" in cell.source
        for output in cell.outputs
        if "data" in output
    )
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in table.split("<tr>")]
    errors = [float(row[-4]) for row in rows if row]
    assert len(errors) > 30
    assert min(errors) > 0, "no error reads as none"


def test_make_lab_takes_options_of_jupyterlab():
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make")
    command = [make, "-n", "lab", "LAB=--allow-root --port 9999"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    # From the root, or its file browser would not see demo/, where the notebooks write.
    started = f'jupyter lab --ServerApp.root_dir="{ROOT}" --allow-root --port 9999 lab/quickstart.ipynb'
    assert started in done.stdout


def test_make_lab_opens_copies_that_git_does_not_know_and_that_stay_as_their_user_leaves_them(tmp_path):
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copy(ROOT / "Makefile", tmp_path)

    def copy():
        command = [make, "--no-print-directory", "copies"]  # these tests may be run by make themselves
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout

    assert copy() == ""
    there = {path.name: path.read_bytes() for path in (tmp_path / "lab").iterdir()}
    named = {
        path.name for path in (ROOT / "notebooks").iterdir() if path.suffix in (".ipynb", ".txt", ".png")
    }
    assert there.keys() == named
    assert all(content == (ROOT / "notebooks" / name).read_bytes() for name, content in there.items())
    (tmp_path / "lab" / "quickstart.ipynb").write_text("changed")
    new = tmp_path / "notebooks" / "many.ipynb"
    os.utime(new, (new.stat().st_atime, new.stat().st_mtime + 86400 * 365))
    assert copy() == "lab/many.ipynb is older than notebooks/many.ipynb: delete it to have the new one.\n"
    assert (tmp_path / "lab" / "quickstart.ipynb").read_text() == "changed"
    ignored = subprocess.run(["git", "check-ignore", "-q", "lab/quickstart.ipynb"], cwd=ROOT, check=False)
    assert ignored.returncode in (0, 128), "128: no repository, as in a source archive"


def test_notebooks_run_from_a_folder_beside_theirs_as_well():
    """What they read is copied with them; else they name demo/ alone, one folder up."""
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        assert set(re.findall(r"\.\./\w*", code)) <= {"../demo"}, path.name
        assert not re.search(r"notebooks\b|__file__", code), path.name


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("name", "made", "said"),
    [
        ("relate", ("relate.csv", "relate-levels.png"), ("orthogonal", "p = ")),
        ("interact", ("interact.html", "interact.png", "probe.csv"), ("redundancy", "evaluations")),
    ],
)
def test_relate_and_interact(tmp_path, monkeypatch, name, made, said):
    monkeypatch.setenv("INFODIFF_COUNT", "2")
    command = [sys.executable, str(ROOT / "notebooks" / "run.py"), name, "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=870, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for file in made:
        assert (tmp_path / file).stat().st_size > 200, file
    text = (tmp_path / f"{name}.ipynb").read_text()
    for words in said:
        assert words in text, words


@pytest.mark.timeout(600)
def test_the_tour_of_the_explorer(tmp_path):
    command = [sys.executable, str(ROOT / "notebooks" / "run.py"), "explorer", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=570, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("explorer-tour.html", "tour.svg", "tour.nc"):
        assert (tmp_path / name).stat().st_size > 5000, name
    cells = nbformat.read(tmp_path / "explorer.ipynb", as_version=4).cells
    texts = [
        output.get("data", {}).get("text/plain", "") for cell in cells for output in cell.get("outputs", [])
    ]
    assert sum(text.startswith("Explorer(") for text in texts) == 3
    assert any(text.startswith("Edit('red' → 'green', ") for text in texts)
    assert any(text.startswith("FigureWidget(") for text in texts)
    assert (tmp_path / "explorer.ipynb").stat().st_size < 3_000_000


@pytest.mark.timeout(600)
def test_many_pictures(tmp_path, monkeypatch):
    monkeypatch.setenv("INFODIFF_COUNT", "3")
    command = [sys.executable, str(ROOT / "notebooks" / "run.py"), "many", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=570, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in (
        "many-maps.png",
        "many-first.png",
        "many/batch/words.parquet",
        "many/batch/maps.zarr/zarr.json",
    ):
        assert (tmp_path / name).stat().st_size > 1000, name
    text = (tmp_path / "many.ipynb").read_text()
    said = ("2 of 3 pictures are done", "1 failed", "is empty", "colour", "Pictures with their words")
    for words in (*said, "nat per latent cell", "infodiff-widgets", "words, largest difference"):
        assert words in text, words


@pytest.mark.timeout(600)
def test_your_own_model(tmp_path, monkeypatch):
    monkeypatch.delenv("INFODIFF_MODEL", raising=False)
    command = [sys.executable, str(ROOT / "notebooks" / "run.py"), "own_model", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=570, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("own-model.html", "own-model.png"):
        assert (tmp_path / name).stat().st_size > 5000, name
    mixture = open_result(tmp_path / "own-model.nc")
    for word, choices in (("red", 3), ("left", 2), ("sand", 2)):
        low, high = mixture.total(word, form="standard").interval(0.999)
        assert low < math.log(choices) < high, word
    text = (tmp_path / "own_model.ipynb").read_text()
    for said in (
        "is taken for flow_prediction",
        "is a name: load it",
        "It would not see",
        "is cut to",
    ):
        assert said in text, said


@pytest.mark.timeout(600)
def test_the_science(tmp_path, monkeypatch):
    monkeypatch.setenv("INFODIFF_COUNT", "3")
    command = [sys.executable, str(ROOT / "notebooks" / "run.py"), "science", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=570, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    cells = nbformat.read(tmp_path / "science.ipynb", as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    figures = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    assert [len(base64.b64decode(figure)) < 200_000 for figure in figures] == [True] * 6
    text = "".join(output.get("text", "") for output in outputs)
    chain = re.search(r"standard .* = ([-\d.]+) +whole prompt: ([-\d.]+) nats", text)
    assert chain
    assert float(chain[1]) == pytest.approx(float(chain[2]), abs=1e-4)
    (truth,) = map(float, re.findall(r"exact MI +([\d.]+)", text))
    means = re.findall(r"(?:standard|orthogonal) +([\d.]+) \+- ([\d.]+) nats", text)
    assert len(means) == 2
    for mean, error in means:
        assert float(mean) == pytest.approx(truth, abs=4 * float(error))
