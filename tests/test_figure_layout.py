import io
import warnings
from typing import Any

import numpy as np
import pytest
from figure_texts import LONG, drawn, texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from synthetic import synthetic_result
from synthetic_extras import with_extras

from infodiff_widgets.analyses.localize_figure import maps_figure, masks_figure
from infodiff_widgets.analyses.masks import WordMask
from infodiff_widgets.figure import WIDTHS, grid_figure, word_figure
from infodiff_widgets.result import Result
from infodiff_widgets.words import split_words


@pytest.mark.parametrize("prompt", ["red sand", LONG])
@pytest.mark.parametrize("width", ["single", "double", 2.0])
def test_nothing_on_a_figure_overlaps_or_is_cut(prompt, width):
    words = split_words(prompt)[:12]
    result = synthetic_result(" ".join(word.text for word in words), quantities=("cmi", "shapley"))
    result = Result(result.data.assign_attrs(prompt=prompt))
    choices: dict[str, Any] = {"contours": True, "scale": "word", "threshold": 0.2, "below_error": "hatch"}
    choices["region"] = [(0.1, 0.1), (0.5, 0.1), (0.1, 0.5)]
    if len(words) > 2:
        result = with_extras(result)
        choices["band"] = (result.band_edges[0], result.band_edges[2])
    for figure in (
        grid_figure(result, width=width),
        grid_figure(result, width=width, unit="bit", quantity="shapley", form="standard", **choices),
        word_figure(result, -1, width=width),
        word_figure(result, [0, 1], width=width, scale="word"),
        word_figure(result, [0, 1], width=width, compare="form", form="standard", **choices),
        word_figure(result, 1, width=width, compare="full"),
    ):
        figure.set_dpi(200)
        FigureCanvasAgg(figure).draw()
        boxes = [(f"axes {place}", axes.get_window_extent()) for place, axes in enumerate(figure.axes)]
        ticks = [label for axes in figure.axes if axes.axison for label in axes.get_xticklabels()]
        written = [text for text in [*figure.texts, *ticks] if text.get_text().strip()]
        boxes += [(text.get_text(), text.get_window_extent()) for text in written]
        page = figure.bbox
        for index, (name, box) in enumerate(boxes):
            assert page.x0 <= box.x0, name
            assert box.x1 <= page.x1, name
            assert page.y0 <= box.y0, name
            assert box.y1 <= page.y1, name
            for other, beside in boxes[:index]:
                across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
                up = min(box.y1, beside.y1) - max(box.y0, beside.y0)
                assert min(across, up) < 2, f"{name!r} lies on {other!r}"


def test_figures_of_analyses_say_what_is_drawn_in_small_print():
    picture, maps = np.zeros((16, 16, 3), np.uint8), {"cmi": np.ones((1, 4, 4))}
    word = "extraordinarily-award-winning-photography"
    figure = maps_figure(picture, [word], maps, [np.eye(16, dtype=bool)])
    figure.set_dpi(200)
    FigureCanvasAgg(figure).draw()
    assert figure.get_supxlabel().split("\n") == [
        "bright: much, each map on its own scale",
        "outline: mask of the word",
    ]
    assert figure.axes[0].get_ylabel().endswith("…")
    written = [axes.yaxis.label for axes in figure.axes] + [axes.title for axes in figure.axes]
    page = figure.bbox
    for text in [*written, *figure.findobj(lambda artist: artist is figure._supxlabel)]:
        box = text.get_window_extent()
        assert page.x0 <= box.x0 <= box.x1 <= page.x1
        assert page.y0 <= box.y0 <= box.y1 <= page.y1
    assert (
        "dotted" in masks_figure(picture, [WordMask(word, np.eye(16) > 0, np.eye(16), 0.5)]).get_supxlabel()
    )


def test_two_pictures_stand_side_by_side_on_one_scale():
    result = with_extras(synthetic_result())
    for compare, said in (
        ("words", "square"),
        ("form", "standard form"),
        ("mi", "MI"),
        ("full", "whole prompt"),
    ):
        figure = word_figure(result, ["left", "square"], compare=compare)
        assert len(figure.axes) == (4 if compare == "full" else 3), "each scale is told once"
        assert said in texts(figure)
    assert len(word_figure(result, "left", compare="form").axes) == 4, "only one of the two is signed"
    assert len(word_figure(result, ["left", "square"], compare="words", scale="word").axes) == 4
    assert word_figure(result, 10, quantity="pair").axes
    full = texts(word_figure(result, "left", compare="full"))
    assert "“left”" in full
    assert "“whole prompt”" not in full, "that is no word of the prompt"
    pairs = texts(grid_figure(result, quantity="pair"))
    assert "both: red and circle" in pairs, "a long name takes two lines"


@pytest.mark.parametrize("compare", ["words", "form", "full"])
def test_two_pictures_together_are_as_wide_as_the_figure(compare):
    result = with_extras(synthetic_result())
    whole = [
        word_figure(result, ["left", "square"], compare=compare, **given) for given in ({}, {"width": 6.9})
    ]
    assert [figure.get_size_inches()[0] for figure in whole] == [WIDTHS["double"]] * 2
    narrow = word_figure(result, ["left", "square"], compare=compare, width="single")
    assert narrow.get_size_inches()[0] == WIDTHS["single"]
    said = texts(narrow)
    for word in ("left", "square"):
        assert f"“{word}”" in said, "no name is cut, though its total takes a line of its own"
    assert "information, nats per latent cell" in said.replace("\n", " "), "what has no room beside is below"
    assert len({text.get_fontsize() for text in narrow.texts if "±" in text.get_text()} - {6.5}) == 1


def test_widths_are_those_of_columns_and_unknown_choices_are_refused(tmp_path):
    result = synthetic_result()
    assert grid_figure(result, width="single").get_size_inches()[0] == WIDTHS["single"]
    assert grid_figure(result).get_size_inches()[0] == WIDTHS["double"]
    path = grid_figure(result, width="single").save(tmp_path / "x.png", dpi=300)
    assert abs(Image.open(path).width - 300 * WIDTHS["single"]) <= 1
    with pytest.raises(ValueError, match="'single', 'double' or inches"):
        grid_figure(result, width="triple")
    with pytest.raises(TypeError, match=r"Unknown argument color: a figure takes .*colour"):
        grid_figure(result, color="inferno")


def test_a_figure_of_a_zoomed_view_is_of_that_part():
    result = synthetic_result(pixels=(256, 256))
    whole, part = (word_figure(result, "red", view=view) for view in ((0.0, 0.0, 1.0), (0.25, 0.5, 0.5)))
    assert part.axes[0].get_xlim() == (0.25, 0.75)
    assert part.axes[0].get_ylim() == (1.0, 0.5)
    (large, _), (zoomed, _) = drawn(whole), drawn(part)
    assert (large.shape[:2], zoomed.shape[:2]) == ((512, 512), (1024, 1024))
    assert "a part of the picture" in texts(part)
    assert "a part of the picture" not in texts(whole)
    # What is seen on paper is the lower middle of the whole, but for how finely it is laid over.
    seen = [pixels_of(figure) for figure in (whole, part)]
    size = seen[0].shape[0]
    cut = Image.fromarray(seen[0]).crop((size // 4, size // 2, 3 * size // 4, size)).resize((size, size))
    assert np.abs(np.asarray(cut, float) - seen[1]).mean() < 6
    assert np.abs(seen[0].astype(float) - seen[1]).mean() > 12
    with pytest.raises(ValueError, match=r"view=\(0.5, 0, 0.6\): give left, top and size"):
        word_figure(result, "red", view=(0.5, 0, 0.6))


def pixels_of(figure) -> np.ndarray:
    """What is drawn in the first axes, (512, 512, 3)."""
    stream = io.BytesIO()
    figure.write(stream, "png", 300)
    page = Image.open(stream).convert("RGB")
    box = figure.axes[0].get_position()
    edges = (box.x0 * page.width, (1 - box.y1) * page.height, box.x1 * page.width, (1 - box.y0) * page.height)
    return np.asarray(page.crop(tuple(round(edge) for edge in edges)).resize((512, 512)))


def test_of_two_pictures_the_lines_are_explained_once():
    both = word_figure(synthetic_result(), ["left", "square"], compare="form", contours=True)
    said = texts(both).replace("\n", " ")
    assert said.count("of the scale") == 1
    assert "lines at 25%, 50% and 75% of the scale, dashed below 0" in said


def test_of_many_words_a_grid_is_as_low_as_it_can_be_and_says_where_it_is_more_than_a_page():
    result = synthetic_result(" ".join(f"word{number}" for number in range(29)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        double = grid_figure(result)
        single = grid_figure(result, width="single")
    assert double.get_size_inches()[1] < single.get_size_inches()[1] < 11
    with pytest.warns(
        UserWarning, match=r"all 29 words is \d\d inches high, more than a page: give more columns"
    ):
        grid_figure(result, width="single", columns=2)


def test_a_figure_of_a_change_says_where_the_picture_would_change():
    result = synthetic_result()
    for least in (None, 1.0):
        said = texts(word_figure(result, "red", change=True, least_end=least)).replace("\n", " ")
        assert "where the picture would change, orthogonal form" in said
        assert "CMI" not in said
