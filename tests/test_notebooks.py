"""The notebooks run top to bottom, and leave what they promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.timeout(600)
def test_quickstart(tmp_path):
    command = [sys.executable, str(ROOT / "notebooks" / "run.py"), "quickstart", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=570, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("explorer.html", "words.png", "heart.pdf", "result.nc"):
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
    assert "image/png" in shown[1], "a stored explorer shows its picture without a kernel"


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
