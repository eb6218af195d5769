import numpy as np
import pytest
from models import PICTURE, PROMPT, Mixture
from scipy.integrate import trapezoid
from synthetic import synthetic_result

from infodiff_widgets import Explorer, companion, explore
from infodiff_widgets.naming import names_of

RED, SQUARE = 1, 7


def test_the_area_under_the_curve_is_the_total():
    result = synthetic_result(draws=400)
    for word, total in ((RED, result.total("red")), (None, result.full_total())):
        level, information, block = companion.curve(result, word)
        assert trapezoid(information, level) == pytest.approx(total.value, abs=3 * total.standard_error)
        assert level.shape == information.shape == block.shape == (200,)
        assert (np.diff(level) > 0).all()
        assert np.bincount(block).tolist() == [2] * 100


def test_the_figure_follows_what_is_hovered_and_what_is_chosen():
    result = synthetic_result()
    explorer = Explorer(result)
    figure = companion.linked(explorer)
    assert explorer.sync_hover
    _, points, bars = figure.data
    best = max(result.words, key=lambda word: result.total(word).value)
    assert figure.layout.annotations[0].text == f"“{best.text}”"
    explorer.set_state({"hovered_word": RED})
    assert np.allclose(points.y, companion.curve(result, RED)[1])
    assert figure.layout.annotations[0].text == "“red”"
    explorer.unit = "bit"
    assert np.allclose(points.y, companion.curve(result, RED)[1] / np.log(2))
    assert np.allclose(sorted(bars.x), sorted(result.data["totals"].values[0, 0] / np.log(2)))
    assert bars.error_x.array is not None
    explorer.set_state({"hovered_word": None, "hovered_pixel": [10, 20]})
    explorer.unit = "nat"
    names = dict(zip(result.words, names_of(result.prompt, result.words), strict=True))
    ranking = [(names[word], value) for word, value in result.ranking(10, 20)][::-1]
    assert list(figure.layout.yaxis2.ticktext) == [text for text, _ in ranking]
    assert np.allclose(bars.x, [value for _, value in ranking])
    assert figure.layout.annotations[1].text == "y 10, x 20"
    assert bars.error_x.array is None
    explorer.pinned_words = [SQUARE, RED]
    explorer.set_state({"hovered_pixel": None, "region": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]})
    assert figure.layout.annotations[0].text == "“red”"
    assert figure.layout.annotations[1].text == "region of 512 cells"
    left = result.data["maps"].values[0, 0, :, :, :16].sum((-1, -2))
    assert np.allclose(bars.x, sorted(left), rtol=1e-5)
    explorer.region = []
    explorer.quantity = "full"
    assert list(figure.layout.yaxis2.ticktext) == ["whole prompt"]
    assert np.allclose(points.y, companion.curve(result, None)[1])


def test_the_line_goes_through_the_means_of_neighbours_also_of_part_of_a_run():
    result = synthetic_result(done=24)
    figure = companion.linked(Explorer(result))
    line, points, _ = figure.data
    assert len(points.x) == 12
    assert np.allclose(line.y, np.reshape(points.y, (6, 2)).mean(1))


def test_words_are_text_in_plotly_too():
    explorer = Explorer(synthetic_result("a <b>bold</b> & <script>x</script> cat"))
    figure = companion.linked(explorer)
    assert not any("<" in text for text in figure.layout.yaxis2.ticktext)


def test_words_of_one_text_are_told_apart_by_their_numbers():
    explorer = Explorer(synthetic_result("a cat and a dog"))
    figure = companion.linked(explorer)
    assert sorted(figure.layout.yaxis2.ticktext) == ["a (0)", "a (3)", "and", "cat", "dog"]
    explorer.set_state({"hovered_word": 3})
    assert figure.layout.annotations[0].text == "“a (3)”"


def test_a_figure_may_come_before_the_first_draw_and_fills_while_the_estimate_runs():
    explorer = explore(Mixture(), PICTURE, PROMPT, draws=16, density="uniform")
    figure = companion.linked(explorer)
    result = explorer.wait(20)
    assert len(figure.data[1].x) == 8
    assert np.allclose(sorted(figure.data[2].x), sorted(result.data["totals"].values[0, 0]))
