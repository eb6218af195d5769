import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from synthetic import synthetic_result

from infodiff_widgets import colour
from infodiff_widgets.errors import WordError
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.figure import grid_figure, word_figure

TABLES = Path(__file__).parents[1] / "js" / "src" / "tables.js"


def texts(figure) -> str:
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [text.get_text() for text in axes.texts] + [
            label.get_text() for label in axes.get_xticklabels()
        ]
    return " ".join(found)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_figures_are_written_in_three_formats(tmp_path, suffix):
    result = synthetic_result()
    for name, figure in (("word", word_figure(result, "red")), ("grid", grid_figure(result))):
        path = figure.save(tmp_path / f"{name}{suffix}")
        head = path.read_bytes()[:200]
        assert {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix] == head[
            : 5 if suffix == ".svg" else 4
        ]
    with pytest.raises(ValueError, match=r"use \.png, \.svg or \.pdf"):
        word_figure(result, "red").save(tmp_path / "x.gif")


def test_a_figure_says_what_it_shows():
    result = synthetic_result()
    said = texts(word_figure(result, "red"))
    assert "“red”" in said
    assert "nats per latent cell" in said
    assert "32 × 32 latent cells" in said
    assert "one scale for all words" in said
    assert "own scale" in texts(word_figure(result, "red", scale="word"))
    bits = texts(word_figure(result, "red", unit="bit", form="standard"))
    assert "bits per latent cell" in bits
    assert "≤ −" in bits
    assert "whole prompt" in texts(word_figure(result, None))
    assert all(word.text in texts(grid_figure(result)) for word in result.words)
    assert "end of each scale" in texts(grid_figure(result, scale="word"))


def test_prompts_are_text_not_mathematics_or_markup(tmp_path):
    prompt = "a $x_1$ <script> & cat costs $5"
    path = grid_figure(synthetic_result(prompt)).save(tmp_path / "x.svg")
    assert "<script>" not in path.read_text(encoding="utf-8")
    assert word_figure(synthetic_result(prompt), "cat")._repr_png_().startswith(b"\x89PNG")


def test_unknown_words_and_quantities_are_refused():
    result = synthetic_result(quantities=("cmi",))
    with pytest.raises(WordError):
        word_figure(result, "zebra")
    with pytest.raises(ValueError, match="quantity='mi'"):
        grid_figure(result, quantity="mi")
    with pytest.raises(ValueError, match="'nat' or 'bit'"):
        grid_figure(result, unit="joule")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="colour scale"):
        grid_figure(result, colour="jet")


def test_the_explorer_draws_what_it_shows(tmp_path):
    explorer = Explorer(synthetic_result(), unit="bit")
    assert "a red circle left of a blue square on sand" not in texts(explorer.figure())
    explorer.pin("red")
    assert "“red”" in texts(explorer.figure())
    assert "bits" in texts(explorer.figure())
    explorer.quantity = "full"
    assert "whole prompt" in texts(explorer.figure())
    assert Image.open(explorer.save(tmp_path / "x.png")).width > 600


def test_figures_leave_pyplot_alone():
    program = (
        "import sys; sys.path.insert(0, 'tests'); from synthetic import synthetic_result; "
        "from infodiff_widgets.figure import grid_figure; grid_figure(synthetic_result())._repr_png_(); "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, cwd=Path(__file__).parents[1])


def test_the_browser_has_the_same_colour_tables():
    assert TABLES.read_text() == colour.javascript()


def test_laying_over():
    picture = np.full((8, 8, 3), 200, np.uint8)
    flat = np.ones((2, 2))
    assert (colour.lay_over(picture, flat, 1.0) == 200).all()
    assert (colour.lay_over(picture, 0 * flat, 1.0, opacity=1.0) == round(200 * colour.DIM)).all()
    assert (colour.lay_over(picture, flat, 1.0, opacity=0.0, colour="inferno") == 200).all()
    assert (
        colour.lay_over(picture, 9 * flat, 1.0, colour="viridis", opacity=1.0) == colour.table("viridis")[-1]
    ).all()
    assert (colour.lay_over(picture, flat, 0.0) == colour.lay_over(picture, 0 * flat, 1.0)).all()
    minus = colour.lay_over(picture, -flat, 1.0, signed=True)
    assert len(np.unique(minus[..., 0])) == 2


def test_upsampling_interpolates_between_centres_or_shows_cells():
    ramp = np.array([[0.0, 1.0]])
    assert colour.upsample(ramp, 1, 4)[0].tolist() == [0.0, 0.25, 0.75, 1.0]
    assert colour.upsample(ramp, 1, 4, smooth=False)[0].tolist() == [0.0, 0.0, 1.0, 1.0]
