import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from figure_texts import LONG, drawn, texts
from matplotlib.patches import Polygon
from PIL import Image
from synthetic import synthetic_result
from synthetic_extras import with_extras

from infodiff_widgets import colour, weave
from infodiff_widgets.errors import ArgumentError, WordError
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.figure import grid_figure, word_figure
from infodiff_widgets.naming import names_of
from infodiff_widgets.numbers import with_error
from infodiff_widgets.payload import encode
from infodiff_widgets.result import Result
from infodiff_widgets.shown import shown_names


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
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*: make it first"):
        word_figure(result, "red").save(tmp_path / "none" / "x.png")
    for words in ([], [0, 1, 2, 3, 4, 6, 7]):
        with pytest.raises(ArgumentError, match=rf"{len(words)} words cannot share a picture: name 1 to 6"):
            word_figure(result, words)
    for columns in (-1, 0, 2.5, "3"):
        with pytest.raises(ArgumentError, match=r"columns=.*: give how many pictures stand in a row"):
            grid_figure(result, columns=columns)
    assert grid_figure(result, columns=100).get_size_inches()[0] == pytest.approx(6.9)
    with pytest.raises(ArgumentError, match="width=None: a figure is"):
        word_figure(result, "red", width=None)
    for dpi in ("300", 0, 10**6):
        with pytest.raises(ArgumentError, match=r"dpi=.*: give dots per inch, such as 300"):
            word_figure(result, "red").save(tmp_path / f"x{suffix}", dpi=dpi)
    for width in (0, -2, 85, float("nan")):
        with pytest.raises(ArgumentError, match=r"1 to 40 inches wide \(25\.4 mm to an inch\)"):
            word_figure(result, "red", width=width)
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(ArgumentError, match=r"is a folder: give the name of a file in it"):
        word_figure(result, "red").save(tmp_path / f"folder{suffix}")


def test_a_word_that_is_there_twice_is_named_by_its_number():
    result = synthetic_result()
    assert "a (0)" in texts(grid_figure(result))
    assert "a (5)" in texts(grid_figure(result))
    assert "“a (5)”" in texts(word_figure(result, 5))


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


def test_a_figure_says_what_was_integrated_and_how_often_it_was_drawn():
    result = synthetic_result()
    for figure in (word_figure(result, "red"), grid_figure(result, width="single")):
        said = texts(figure)
        for fact in ("log-SNR −5.4 to 7.1", "64 noise draws", "± standard error", "32 × 32 latent cells"):
            assert fact in said, fact
    begun = texts(word_figure(synthetic_result(done=4), "red"))
    assert "4 of 64 noise draws" in begun
    assert "±" not in begun, "nothing is known of the error"
    few = word_figure(synthetic_result(draws=8), "red")
    assert "rough after so few draws" in texts(few)
    assert "rough" not in texts(word_figure(result, "red"))
    some = synthetic_result(rough=("sand",))
    assert "± standard error, rough after so few draws" in texts(word_figure(some, "sand"))
    assert "rough" not in texts(word_figure(some, "red"))
    for figure in (word_figure(some, ["red", "sand"]), grid_figure(some)):
        assert "± standard error, rough for “sand” after so few draws" in texts(figure)
    both = texts(word_figure(some, "sand", compare="form", width="double"))
    assert both.count("standard error") == 1
    banded = with_extras(result)
    low, _, high = banded.band_edges[:3]
    assert "log-SNR −5.4 to −1.2 of −5.4 to 7.1" in texts(word_figure(banded, "red", band=(low, high)))


@pytest.mark.parametrize(
    ("denoiser", "said"),
    [
        (
            {"pipeline": "P", "model": "a-lab/some.model-2", "network_weights": "12345678abcd"},
            "a-lab/some.model-2",
        ),
        (
            {"pipeline": "P", "model": "/home/me/unet", "network_weights": "12345678abcd"},
            "P (weights 12345678)",
        ),
        ({"class": "Mine"}, "Mine"),
    ],
)
def test_a_figure_and_the_explorer_name_the_network_but_no_folder(denoiser, said):
    plain = synthetic_result()
    attrs = {**plain.data.attrs, "provenance": json.dumps({"denoiser": denoiser})}
    result = Result(plain.data.assign_attrs(attrs))
    assert encode(result).header["network"] == said
    lines = [text.get_text() for text in grid_figure(result).texts]
    assert lines[-1].endswith(f" · {said}")
    assert "/home" not in " ".join(lines)


def test_a_grid_says_the_prompt_once_and_each_total_with_its_error():
    result = synthetic_result()
    said = [text.get_text() for text in grid_figure(result).texts]
    assert said.count(result.prompt) == 1
    for index, word in enumerate(names_of(result.prompt, result.words)):
        at = said.index(word)
        total = result.total(index)
        assert said[at + 1] == with_error(total.value, total.standard_error), word
        said = said[at + 1 :]
    long = [text.get_text() for text in grid_figure(synthetic_result(LONG)).texts]
    assert long[1].endswith("…")
    assert LONG.startswith(f"{long[0]} {long[1][:-1]}")


def test_the_legend_says_what_stands_for_information_and_lines_are_explained():
    result = synthetic_result()
    assert "brightness = information" in texts(grid_figure(result))
    assert "colour = information" in texts(grid_figure(result, colour="inferno"))
    assert "colour = information" in texts(grid_figure(result, form="standard"))
    woven = texts(word_figure(result, ["red", "square"]))
    for fact in ("strength = information", "lines at 25% of the scale", "striped where words overlap"):
        assert fact in woven, fact
    assert "lines at" not in texts(word_figure(result, "red"))
    lines = texts(word_figure(result, "red", contours=True, form="standard"))
    assert "lines at 25%, 50% and 75% of the scale" in lines
    assert "dashed below 0" in lines


def test_prompts_are_text_not_mathematics_or_markup(tmp_path):
    prompt = "a $x_1$ <script> & cat costs $5"
    path = grid_figure(synthetic_result(prompt)).save(tmp_path / "x.svg")
    assert "<script>" not in path.read_text(encoding="utf-8")
    assert word_figure(synthetic_result(prompt), "cat")._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"below_error": "hidden"}, "below_error='hidden': use 'show', 'hatch' or 'hide'"),
        ({"contours": "no"}, "contours='no': give True or False"),
        ({"smooth": 3}, "smooth=3: give True or False"),
        ({"threshold": "a"}, "threshold='a': give a part, 0 to 1"),
        ({"opacity": float("nan")}, "opacity=nan: give a part, 0 to 1"),
        ({"view": (0, 0)}, r"view=\(0, 0\): give left, top and size"),
        ({"view": 3}, "view=3: give left, top and size"),
        ({"form": "both"}, "form='both': use 'orthogonal' or 'standard'"),
        (
            {"region": [(0.1, 0.2)]},
            r"region=\[\(0.1, 0.2\)\]: give its corners, .* two that are opposite in a box",
        ),
        ({"region": [(0.1, 0.2)] * 3}, "give its corners"),
        ({"region": [(0.1, 0.2), (3, 0.2), (0.1, 9)]}, "give its corners"),
        ({"region": [(0.1, 0.2), (float("nan"), 0.2), (0.1, 0.9)]}, "give its corners"),
        ({"region": 3}, "region=3: give its corners"),
        ({"region": [(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)]}, "give its corners"),
        ({"quantity": "full"}, "quantity='full' is of the whole prompt: leave the word out"),
        ({"compare": "cmi"}, "compare='cmi' is the quantity that is shown"),
        ({"pin_colours": [99]}, r"pin_colours=\[99\]: give a list of places"),
        ({"pin_colours": "x"}, "pin_colours='x': give a list of places"),
        ({"width": True}, "width=True: a figure is 1 to 40 inches wide"),
        ({"compare": "frm"}, "compare='frm': use one of 'off', 'words', 'form', or a quantity"),
        ({"compare": "words"}, "compare='words' takes two words"),
        (
            {"compare": "shapley"},
            r"compare='shapley' is not in .*: estimate with quantities=\('cmi', 'mi', 'shapley'\)",
        ),
    ],
)
def test_a_choice_that_there_is_not_is_refused_with_those_that_there_are(choice, message):
    explorer = Explorer(with_extras(synthetic_result(quantities=("cmi", "mi"))))
    with pytest.raises(ArgumentError, match=message):
        explorer.figure("red", **choice)


def test_of_two_opposite_corners_a_box_is_made():
    explorer = Explorer(synthetic_result(), region=[(0.1, 0.2), (0.5, 0.7)])
    box = [(0.1, 0.2), (0.5, 0.2), (0.5, 0.7), (0.1, 0.7)]
    assert explorer.region == box
    figure = explorer.figure("red")
    (outline, *_) = [patch for axes in figure.axes for patch in axes.patches if isinstance(patch, Polygon)]
    assert outline.get_xy()[:4].tolist() == [list(corner) for corner in box]
    assert "chosen region; totals: whole picture" in texts(figure)


def test_what_a_figure_cannot_test_it_does_not_claim_to_have_tested():
    result = with_extras(synthetic_result())
    edges, explorer = result.band_edges, Explorer(result)
    for how in ("hatch", "hide"):
        assert "below 2 standard errors" in texts(explorer.figure("red", below_error=how))
        part = texts(explorer.figure("red", below_error=how, band=(edges[0], edges[1])))
        assert "below 2 standard errors" not in part
        assert "standard errors are unknown for a part" in part
        synergy = texts(explorer.figure("synergy: red with circle", quantity="pair", below_error=how))
        assert "below 2 standard errors" not in synergy


def test_beside_a_picture_it_is_said_what_has_no_map_there():
    explorer = Explorer(with_extras(synthetic_result()), compare="pair")
    explorer.pin("red")
    figure = explorer.figure()
    assert "no map of “red” among pairs of words, orthogonal form" in texts(figure)
    assert "end of each" not in texts(figure)
    assert len(figure.axes) == 3, "two pictures and one scale"
    explorer.compare = "swap"
    explorer.pin("red", "circle")
    figure = explorer.figure()
    assert "no map of “circle” among swaps" in texts(figure)
    assert len(figure.axes) == 4, "woven words and a single one look different"


def test_comparing_takes_a_word():
    explorer = Explorer(synthetic_result(), compare="mi")
    with pytest.raises(ArgumentError, match=r"compare='form' takes a word: figure\('red', compare='form'\)"):
        explorer.figure(compare="form")
    assert len(explorer.figure().axes) > 4, "what the widget would show beside a word is not in the way"
    explorer.pin("red")
    assert "standard form" in texts(explorer.figure(compare="form"))


def test_comparing_words_is_of_two():
    explorer = Explorer(synthetic_result(), compare="words")
    three = ["red", "left", "square"]
    with pytest.raises(ArgumentError, match="compare='words' takes two words"):
        explorer.figure(three, compare="words")
    with pytest.raises(ArgumentError, match="of two words, and 3 are named: name two, or leave compare out"):
        word_figure(synthetic_result(), three, compare="words")
    said = texts(explorer.figure(three))
    assert all(f"“{word}”" in said for word in three), "what the widget compares is not in the way"
    explorer.pin(*three)
    for said in (texts(explorer.figure()), texts(explorer.figure(compare="words"))):
        assert [f"“{word}”" in said for word in three] == [True, True, False]


def test_a_figure_says_that_a_network_may_be_untrained():
    result = synthetic_result()
    said = {**result.provenance, "denoiser": {"model": "me/model"}, "doubt": "It told nothing about noise."}
    result.data.attrs["provenance"] = json.dumps(said)
    assert "me/model, perhaps untrained" in texts(word_figure(result, "red"))
    assert "me/model, perhaps untrained" in texts(grid_figure(result))
    assert encode(result).header["network"] == "me/model, perhaps untrained"


def test_what_views_and_figures_call_a_part_of_a_pair_or_a_swap_names_it():
    result = with_extras(synthetic_result())
    explorer = Explorer(result, quantity="pair", pinned_words=["both: red and circle"])
    assert explorer.pinned_words == [10]
    assert "both: red and circle" in texts(explorer.figure())
    assert "only red, not circle" in texts(explorer.figure("only red, not circle"))
    assert texts(explorer.figure(np.int64(12), quantity="pair")) == texts(
        explorer.figure(12, quantity="pair")
    )
    with pytest.raises(WordError, match=r"\('red', 'circle'\) names several words where one is asked for"):
        explorer.figure(("red", "circle"))  # pyright: ignore[reportArgumentType]
    explorer.pin("synergy: red with circle", "synergy: red with circle")
    assert explorer.pinned_words == [14]
    (swap,) = (name for name in shown_names(result, "swap").values() if "→" in name)
    assert f"“{swap}”" in texts(explorer.figure(swap, quantity="swap"))


def test_a_figure_of_what_has_no_map_says_of_what_there_is_one():
    result = with_extras(synthetic_result())
    explorer = Explorer(result)
    with pytest.raises(ArgumentError, match=r"quantity='swap' has no map of 'sand', only of: 'red → "):
        explorer.figure("sand", quantity="swap")
    with pytest.raises(ArgumentError, match=r"quantity='pair' has no map of 'red', only of: 'both: red and"):
        explorer.figure("red", quantity="pair")
    with pytest.raises(ArgumentError, match="quantity='swap' has no map of 'sand'"):
        explorer.figure("sand", compare="swap")
    with pytest.raises(ArgumentError, match="'red' is given twice: name it once"):
        explorer.figure(["red", (2, 5)])
    with pytest.raises(ArgumentError, match=r"'attention' is not in this result, which has cmi, mi, .*swap"):
        explorer.figure(quantity="attention")
    # What is pinned stays pinned in a quantity that has no map of it, and does not stand in the way.
    explorer = Explorer(result, quantity="swap", pinned_words=["sand"])
    assert "→" in texts(explorer.figure())


def test_unknown_words_and_quantities_are_refused():
    result = synthetic_result(quantities=("cmi",))
    with pytest.raises(WordError):
        word_figure(result, "zebra")
    with pytest.raises(ValueError, match="quantity='mi'"):
        grid_figure(result, quantity="mi")
    with pytest.raises(ValueError, match="'nat' or 'bit'"):
        grid_figure(result, unit="joule")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="colour='jet': use 'light', 'inferno' or 'viridis'"):
        grid_figure(result, colour="jet")


def test_the_explorer_draws_what_it_shows(tmp_path):
    explorer = Explorer(synthetic_result(), unit="bit")
    assert "“" not in texts(explorer.figure())
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


def test_several_words_are_woven_and_named_in_their_colours():
    result = synthetic_result()
    figure = word_figure(result, ["left", "square"], pin_colours=[3, 1])
    picture = np.repeat(np.repeat(np.asarray(result.image), 8, 0), 8, 1)
    maps = result.data["maps"].sel(quantity="cmi", form="orthogonal").values
    end = colour.shared_top(maps)
    pins = [colour.PINS[3], colour.PINS[1]]
    assert (drawn(figure)[0] == weave.weave(picture, [maps[3], maps[7]], [end, end], pins)).all()
    assert [text.get_color() for text in figure.texts if text.get_text() == "■"] == pins
    assert figure.axes[0].collections  # a line around each


def test_lines_that_run_together_are_seen_in_the_colour_of_each_word(tmp_path):
    result = synthetic_result()
    maps = result.data["maps"]
    maps[{"word": 3}] = maps[{"word": 7}]
    # Without maps over the picture, lines alone have these colours.
    path = word_figure(result, [3, 7], contours=True, opacity=0.0).save(tmp_path / "two.png", dpi=300)
    seen = np.asarray(Image.open(path).convert("RGB")).astype(int)[:600]
    oranges, blues = ((np.abs(seen - weave.rgb(one)).sum(-1) < 30).sum() for one in colour.PINS[:2])
    assert min(oranges, blues) > 300
    assert max(oranges, blues) < 2 * min(oranges, blues)


def test_a_figure_is_of_the_noise_levels_the_threshold_and_the_region_on_the_screen():
    result = with_extras(synthetic_result())
    edges = result.band_edges
    explorer = Explorer(
        result, pinned_words=[3], band=(edges[0], edges[2]), threshold=0.5, region=[(0, 0), (1, 0), (0, 1)]
    )
    figure = explorer.figure()
    band = result.band_map("left", (edges[0], edges[2])).values
    maps = np.stack([result.band_map(word, (edges[0], edges[2])).values for word in range(10)])
    picture = np.repeat(np.repeat(np.asarray(result.image), 8, 0), 8, 1)
    want = colour.lay_over(picture, band, colour.shared_top(maps), threshold=0.5)
    assert (drawn(figure)[0] == want).all()
    outline = figure.axes[0].patches[0]
    assert isinstance(outline, Polygon)
    assert outline.get_xy()[:3].tolist() == [[0, 0], [1, 0], [0, 1]]
    assert "from 50% of the scale" in texts(figure)
    assert f"{band.sum():.3g}" in texts(figure)


def test_what_is_below_its_error_is_hidden_or_hatched():
    result = synthetic_result()
    result.data["maps_error"].values[:] = 1e-6
    result.data["maps_error"].values[..., :16] = result.data["maps"].values[..., :16]
    shown, hidden, hatched = (
        drawn(word_figure(result, "left", below_error=how, smooth=False))[0].astype(int)
        for how in ("show", "hide", "hatch")
    )
    for other in (hidden, hatched):
        assert (other[:, 256:] == shown[:, 256:]).all()
        assert (other[:, :256] != shown[:, :256]).any()


def test_what_is_seen_of_a_map_on_its_scale_is_what_can_be_hatched():
    """On a scale that it shares a weak map is dark all over, in the widget as well (js/src/paint.js)."""
    result = synthetic_result()
    result.data["maps"].values[..., 0, :, :] *= 1e-3
    result.data["maps_error"].values[:] = 1.0

    def looks(below_error: str, scale: str) -> np.ndarray:
        return drawn(word_figure(result, 0, below_error=below_error, scale=scale))[0]

    assert (looks("hatch", "shared") == looks("show", "shared")).all()
    assert (looks("hatch", "word") != looks("show", "word")).any()
