"""What is said of maps that are not there, and of long names in little room, on a page without Jupyter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_page import View, show, traits_of
from playwright.sync_api import Browser, Page, expect
from synthetic import synthetic_result
from synthetic_extras import with_extras, with_shares

from infodiff_widgets.explorer import Explorer

RED, CIRCLE, LEFT, BLUE = 1, 2, 3, 6
BARE = synthetic_result(pixels=(128, 128))
UNCUT = """
(all) => all.every((one) => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight + 1)
"""


@pytest.fixture(scope="module")
def result() -> Any:
    return with_shares(with_extras(synthetic_result(pixels=(512, 512), quantities=("cmi", "mi", "shapley"))))


@pytest.fixture
def narrow(browser: Browser, result: Any) -> Any:
    context = browser.new_context(viewport={"width": 420, "height": 900})
    yield show(context.new_page(), traits_of(Explorer(result))).ready()
    context.close()


def test_a_word_without_a_map_is_named_and_no_parts_are_summed(view: View, artifacts: Path):
    what, curve = view.root.locator(".idw-what"), view.root.locator(".idw-levelname")
    view.word(RED).click()
    view.choose("pairs")
    expect(what).to_have_text("no map of “red” among pairs")
    expect(curve).to_have_text("both: red and circle")
    most = view.root.locator(".idw-levelhead span").last.inner_text()
    view.page.screenshot(path=artifacts / "dom-lack.png")
    view.word(RED).click()
    view.hover_word(LEFT)
    expect(what).to_have_text("no map of “left” among pairs")
    expect(curve).to_have_text("both: red and circle")
    expect(view.root.locator(".idw-levelhead span").last).to_have_text(most)
    view.choose("swaps")
    view.hover_word(LEFT)
    expect(what).to_have_text("no map of “left” among swaps")
    expect(curve).to_have_text("red → green")
    view.hover_word(RED)
    expect(what).to_have_text("“red → green”, orthogonal form")


def test_a_curve_that_stands_for_all_has_the_quiet_colour(view: View):
    levels = view.root.locator(".idw-levels")
    fill = "(one) => getComputedStyle(one.querySelector('.idw-curve path')).fill"
    expect(levels).to_have_attribute("data-all", "true")
    quiet = levels.evaluate(fill)
    for word in (RED, BLUE):
        view.word(word).click()
    view.choose("pairs")
    view.page.mouse.move(1, 1)
    expect(view.root.locator(".idw-what")).to_have_text("no map of “red” and “blue” among pairs")
    expect(view.root.locator(".idw-levelname")).to_have_text("both: red and circle")
    assert levels.evaluate(fill) == quiet
    view.hover_word(CIRCLE)
    expect(view.root.locator(".idw-what")).to_have_text("no map of “circle” among pairs")
    assert levels.evaluate(fill) == quiet
    view.root.locator(".idw-row").first.hover()
    expect(levels).to_have_attribute("data-all", "false")
    assert levels.evaluate(fill) != quiet


def test_no_lines_of_other_pins_where_what_is_looked_at_has_no_map(view: View):
    for word in (RED, BLUE):
        view.word(word).click()
    view.root.get_by_role("combobox", name="Compare with").select_option("swap")
    drawn = """(one) => one.getContext("2d").getImageData(0, 0, one.width, one.height).data.some(Boolean)"""
    overlays = view.root.locator(".idw-overlay")
    for word, lines in ((BLUE, [True, False]), (LEFT, [True, False]), (RED, [True, False])):
        view.hover_word(word)
        view.pixels()
        assert [one.evaluate(drawn) for one in overlays.all()] == lines
    view.hover_word(BLUE)
    expect(view.root.locator(".idw-panelname").nth(1)).to_have_text("no map of “blue” among swaps")


@pytest.mark.parametrize("width", [1000, 390])
def test_long_captions_wrap(browser: Browser, result: Any, width: int, artifacts: Path):
    context = browser.new_context(viewport={"width": width, "height": 900})
    explorer = Explorer(result, pinned_words=[RED, BLUE])
    explorer.edit("red")
    edits = {"_edits": explorer._edits, "_edit_maps": explorer._edit_maps}
    view = show(context.new_page(), {**traits_of(explorer), **edits}).ready()
    what, said = view.root.locator(".idw-what"), view.root.locator(".idw-what, .idw-how, .idw-caption")
    box = view.root.locator(".idw-caption").bounding_box()
    expect(what).to_have_text("without “red”: where the picture would change, orthogonal form")
    assert said.evaluate_all(UNCUT)
    view.page.screenshot(path=artifacts / f"dom-caption-change-{width}.png", full_page=True)
    view = show(view.page, {**traits_of(explorer), "pinned_edit": None, "quantity": "swap"}).ready()
    expect(what).to_have_text("“red → green”, orthogonal form; no map of “blue” among swaps")
    assert said.evaluate_all(UNCUT)
    line = what.evaluate("(one) => parseFloat(getComputedStyle(one).lineHeight)")
    assert what.evaluate("(one) => one.clientHeight") < 2.5 * line
    if width < 1000:
        assert what.evaluate("(one) => one.clientHeight") > 1.5 * line
    assert view.root.locator(".idw-caption").bounding_box() == box, "what is below it moves"
    context.close()


@pytest.mark.parametrize(
    ("quantity", "says"),
    [
        ("swap", "this result has no swaps"),
        ("pair", "this result has no pairs"),
        ("shapley", "this result has no Shapley values"),
        ("attention", "this result has no attention maps"),
    ],
)
def test_of_what_a_result_does_not_have_that_is_said(page: Page, quantity: str, says: str):
    view = show(page, {**traits_of(Explorer(BARE)), "quantity": quantity}).ready()
    expect(view.root.locator(".idw-what")).to_have_text(says)
    expect(view.root.locator(".idw-scaleline")).to_be_hidden()
    expect(view.root.locator(".idw-levels")).to_be_hidden()
    view = show(page, {**traits_of(Explorer(BARE)), "compare": quantity}).ready()
    view.hover_word(CIRCLE)
    names = view.root.locator(".idw-panelname")
    expect(names.nth(0)).to_have_text("“circle” given the other words, orthogonal form")
    expect(names.nth(1)).to_have_text(says)
    expect(view.root.get_by_role("combobox", name="Compare with")).to_have_value(quantity)
    expect(view.root.locator(".idw-how")).to_contain_text("one scale for all")
    view.choose("MI")
    expect(view.root.locator(".idw-twin")).to_be_visible()


def test_captions_titles_and_names_are_whole_where_there_is_little_room(narrow: View, artifacts: Path):
    root = narrow.root
    narrow.word(CIRCLE).click()
    root.get_by_role("combobox", name="Compare with").select_option("form")
    names = root.locator(".idw-panelname")
    expect(names.nth(1)).to_have_text("“circle” given the other words, standard form")
    assert names.evaluate_all(UNCUT)
    narrow.page.screenshot(path=artifacts / "dom-narrow-two.png", full_page=True)
    narrow.choose("pairs")
    narrow.hover_cell(10, 10, (32, 32))
    expect(root.locator(".idw-levelname")).to_have_text("both: red and circle, whole picture")
    assert root.locator(".idw-levelhead, .idw-levelname").evaluate_all(UNCUT)
    assert root.locator(".idw-row .idw-name").evaluate_all(UNCUT)
    narrow.page.screenshot(path=artifacts / "dom-narrow-pairs.png", full_page=True)


def test_long_words_of_a_pair_are_both_whole_where_there_is_little_room(browser: Browser, artifacts: Path):
    context = browser.new_context(viewport={"width": 420, "height": 900})
    long = with_extras(
        synthetic_result("a photographer lighthouse of a photographer on sand", pixels=(128, 128))
    )
    view = show(context.new_page(), traits_of(Explorer(long, quantity="pair"))).ready()
    names = view.root.locator(".idw-row .idw-name")
    expect(names.nth(1)).to_have_text("redundancy: photographer (1) or lighthouse")
    assert names.evaluate_all(UNCUT)
    view.page.screenshot(path=artifacts / "dom-narrow-long.png", full_page=True)
    context.close()


def test_lines_on_the_curve_show_where_the_handles_can_stand(view: View, result: Any):
    edges = np.array(result.band_edges)
    marks = view.root.locator(".idw-bandedges line")
    expect(marks).to_have_count(len(edges) - 2)
    places = marks.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().left)")
    plot = view.root.locator(".idw-plot").bounding_box()
    assert plot
    parts = [(place - plot["x"]) / plot["width"] for place in places]
    assert parts == pytest.approx(((edges[1:-1] - edges[0]) / (edges[-1] - edges[0])).tolist(), abs=0.01)
    bare = show(view.page, traits_of(Explorer(BARE))).ready()
    expect(bare.root.locator(".idw-bandedges line")).to_have_count(0)


def test_what_has_no_error_has_three_digits(view: View, result: Any):
    view.choose("pairs")
    split = result.interaction("red", "circle")
    shown = dict(view.ranking())
    for name, part in (
        ("only circle, not red", "unique_second"),
        ("redundancy: red or circle", "redundancy"),
    ):
        assert float(shown[name]) == pytest.approx(float(split[part].sum()), rel=0.005)
        assert len(shown[name].lstrip("0.").replace(".", "")) == 3


def test_what_saves_goes_to_another_line_together_with_what_compares(view: View):
    """Radios of seven quantities leave too little room for it."""
    assert view.page.viewport_size == {"width": 1000, "height": 700}
    beside = view.root.get_by_role("combobox", name="Compare with").bounding_box()
    saves = view.root.locator(".idw-saves").bounding_box()
    assert beside
    assert saves
    assert abs(beside["y"] + beside["height"] / 2 - saves["y"] - saves["height"] / 2) < 4
