"""Noise levels, errors, contours, threshold, pairs, swaps and two pictures, on a page without Jupyter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_page import View, show, state, traits_of
from playwright.sync_api import Browser, Page, expect
from synthetic import synthetic_result
from synthetic_extras import with_extras

from infodiff_widgets import colour
from infodiff_widgets.details import encode_details
from infodiff_widgets.explorer import Explorer

GRID = (32, 32)
RED, CIRCLE, LEFT, SQUARE = 1, 2, 3, 7


@pytest.fixture(scope="module")
def result() -> Any:
    return with_extras(synthetic_result(pixels=(512, 512)))


def total(result: Any, word: int, bands: tuple[int, int]) -> float:
    edges = result.band_edges
    return float(result.band_map(word, (edges[bands[0]], edges[bands[1]])).sum())


def test_the_range_of_noise_levels_is_summed_in_the_browser(view: View, result: Any):
    low, high = (
        view.root.get_by_role("slider", name=f"{which} log-SNR of the maps")
        for which in ("Lowest", "Highest")
    )
    high.focus()
    for _ in range(3):
        view.page.keyboard.press("ArrowLeft")
    edges = result.band_edges
    assert state(view, "band") == pytest.approx([edges[0], edges[3]], rel=1e-3)
    expect(view.root.locator(".idw-rough")).to_have_text(
        "Standard errors are unknown for a part of the noise levels."
    )
    expect(high).to_have_attribute("aria-valuetext", f"log-SNR {edges[3]:.1f}")
    shown = dict(view.ranking())
    assert float(shown["left"]) == pytest.approx(total(result, LEFT, (0, 3)), rel=0.02)
    assert float(shown["square"]) == pytest.approx(total(result, SQUARE, (0, 3)), rel=0.05, abs=0.006)
    expect(view.root.locator(".idw-how")).to_contain_text("log-SNR −5.4 to 0.9")
    view.page.mouse.move(1, 1)
    base = view.pixels()
    maps = np.stack([result.band_map(word, (edges[0], edges[3])).values for word in range(10)])
    want = colour.lay_over(base, maps[LEFT], colour.shared_top(maps))
    view.hover_word(LEFT)
    assert np.abs(view.pixels().astype(int) - want.astype(int)).mean() < 2
    low.focus()
    view.page.keyboard.press("End")
    assert state(view, "band") == pytest.approx([edges[2], edges[3]], rel=1e-3)
    high.focus()
    view.page.keyboard.press("End")
    low.focus()
    view.page.keyboard.press("Home")
    assert state(view, "band") is None
    expect(view.root.locator(".idw-rough")).to_be_hidden()


def test_the_legend_tells_the_coarser_grid_of_a_part_also_while_no_word_is_shown(page: Page, result: Any):
    whole = len(encode_details(result).data)
    fewer_bits = len(encode_details(result, whole - 1).data)
    coarse = encode_details(result, fewer_bits - 1)
    assert coarse.header["bands"]["grid"] == [16, 16]
    edges = result.band_edges
    traits = {**traits_of(Explorer(result)), "_details_info": coarse.header, "_details": coarse.data}
    view = show(page, {**traits, "band": [edges[0], edges[3]]}).ready()
    how = view.root.locator(".idw-how")
    expect(how).to_contain_text(re.compile(r"16\s×\s16\scells\s· log-SNR −5.4 to 0.9"))
    view.hover_word(LEFT)
    expect(how).to_contain_text(re.compile(r"16\s×\s16\scells\s· log-SNR −5.4 to 0.9"))
    view = show(page, traits).ready()
    expect(how).to_contain_text(re.compile(r"32\s×\s32\scells"))


def test_a_handle_can_be_dragged_and_snaps_to_the_bands(view: View, result: Any):
    box = view.root.locator(".idw-levelslider").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    view.page.mouse.move(box["x"] + box["width"], y)
    view.page.mouse.down()
    view.page.mouse.move(box["x"] + 0.52 * box["width"], y, steps=5)
    view.page.mouse.up()
    assert state(view, "band") == pytest.approx([result.band_edges[0], result.band_edges[3]], rel=1e-3)


def test_the_curve_is_that_of_the_hovered_word(view: View):
    curve = view.root.locator(".idw-curve path").first
    expect(view.root.locator(".idw-levelname")).to_have_text("all words")
    before = curve.get_attribute("d")
    view.hover_word(LEFT)
    expect(view.root.locator(".idw-levelname")).to_have_text("left")
    view.pixels()
    left = curve.get_attribute("d")
    view.hover_word(SQUARE)
    view.pixels()
    assert len({before, left, curve.get_attribute("d")}) == 3


def test_without_details_the_maps_are_there_and_the_details_are_asked_for(page: Page, result: Any):
    view = show(page, traits_of(Explorer(result), details=False)).ready()
    expect(view.root).to_have_attribute("data-details", "false")
    expect(view.root.get_by_role("slider", name="Lowest log-SNR of the maps")).to_be_disabled()
    page.wait_for_function("window.sent.length > 0")
    assert page.evaluate("window.sent") == [{"kind": "details"}]
    view.hover_word(RED)


def test_the_curve_says_that_it_is_of_the_whole_picture_where_the_ranking_is_not(
    page: Page, result: Any, artifacts: Path
):
    region = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.7)]
    view = show(page, traits_of(Explorer(result, region=region))).ready()
    name = view.root.locator(".idw-levelname")
    expect(name).to_have_text("all words, whole picture")
    shares = view.root.locator(".idw-head .idw-error")
    assert "errors of sums over a region are not kept" in (shares.get_attribute("title") or "")
    view.hover_word(3)
    expect(name).to_have_text("left, whole picture")
    page.screenshot(path=artifacts / "levels-region.png")
    view.hover_cell(10, 20, GRID)
    expect(name).to_have_text("all words, whole picture")
    view.leave()
    view.root.get_by_role("button", name="clear region").click()
    expect(name).to_have_text("all words")


def test_values_at_a_cell_have_errors(view: View, result: Any):
    view.hover_cell(10, 20, GRID)
    (name, value), *_ = view.ranking()
    word = next(i for i, w in enumerate(result.words) if w.text == name)
    error = float(result.map_error(word).values[10, 20])
    text = view.root.locator('.idw-row[data-rank="0"] .idw-error').text_content() or ""
    assert float(text.removeprefix("± ")) == pytest.approx(error, rel=0.1, abs=1e-4)
    assert float(value) > error


def test_what_is_below_its_error_is_hidden_or_hatched(page: Page, result: Any):
    doubtful = with_extras(synthetic_result(pixels=(512, 512)))
    errors = doubtful.data["maps_error"].values
    errors[:] = 1e-6
    errors[..., :, :16] = doubtful.data["maps"].values[..., :, :16]
    view = show(page, traits_of(Explorer(doubtful, pinned_words=[LEFT]))).ready()
    shown = view.pixels().astype(int)
    view.choose("hidden")
    page.mouse.move(1, 1)
    hidden = view.pixels().astype(int)
    half = shown.shape[1] // 2
    assert np.abs(shown - hidden)[:, : half - 20].max() > 20
    assert np.abs(shown - hidden)[:, half + 20 :].max() <= 2
    view.choose("hatched")
    page.mouse.move(1, 1)
    assert not view.overlay()[:, half + 20 :].any()
    assert view.overlay()[:, : half - 20].any()


def test_contours_and_threshold(view: View):
    view.word(LEFT).click()
    view.choose("lines")
    view.page.mouse.move(1, 1)
    lines = view.overlay()[..., 3] > 0
    assert 0.002 < lines.mean() < 0.2
    before = view.pixels().astype(int)
    view.root.get_by_role("slider", name="Show from this part of the colour scale").fill("0.5")
    after = view.pixels().astype(int)
    lit = np.abs(before - after).max(-1) > 3
    assert lit.any()
    assert after.sum() < before.sum()
    expect(view.root.locator(".idw-how")).to_contain_text("from 50% of the scale")


def test_pairs_and_swaps_are_quantities_of_their_own(view: View, result: Any):
    view.choose("pairs")
    split = result.interaction("red", "circle")
    shown = dict(view.ranking())
    assert float(shown["both: red and circle"]) == pytest.approx(float(split["both"].sum()), rel=0.01)
    assert float(shown["redundancy: red or circle"]) == pytest.approx(
        float(split["redundancy"].sum()), rel=0.02, abs=0.006
    )
    expect(view.root.locator(".idw-low")).to_contain_text("≤ −")
    view.root.locator(".idw-row").first.hover()
    expect(view.root).to_have_attribute("data-map", "true")
    view.choose("swaps")
    ((name, value),) = view.ranking()
    assert name == "red → green"
    assert float(value) == pytest.approx(result.total("red", "swap").value, rel=0.01)
    view.hover_word(RED)
    expect(view.root).to_have_attribute("data-map", "true")


def test_two_pictures_of_two_words_or_two_quantities(view: View, artifacts: Path):
    compare = view.root.get_by_role("combobox", name="Compare with")
    view.word(LEFT).click()
    compare.select_option("words")
    names = view.root.locator(".idw-panelname")
    view.hover_word(SQUARE)
    expect(names.nth(0)).to_contain_text("“left”")
    expect(names.nth(1)).to_contain_text("“square”")
    expect(view.root.locator(".idw-how")).to_contain_text("one scale for both pictures")
    view.page.screenshot(path=artifacts / "dom-compare.png")
    compare.select_option("mi")
    view.page.mouse.move(1, 1)
    expect(names.nth(1)).to_contain_text("alone")
    twin = view.root.locator(".idw-twin").bounding_box()
    assert twin
    view.page.mouse.move(twin["x"] + twin["width"] * 0.51, twin["y"] + twin["height"] * 0.51)
    expect(view.root).to_have_attribute("data-pixel", "16,16")
    where = view.root.locator(".idw-where")
    expect(where).to_have_text("CMI, at y 16, x 16")
    marks = view.root.locator(".idw-cell")
    expect(marks).to_have_count(2)
    for mark in marks.all():
        expect(mark).to_be_visible()
    compare.select_option("form")
    expect(where).to_have_text("orthogonal form, at y 16, x 16")
    compare.select_option("off")
    expect(where).not_to_contain_text("form")
    expect(view.root.locator(".idw-twin")).to_be_hidden()


def test_warnings_are_a_quiet_note(page: Page, result: Any):
    assert result.warnings
    view = show(page, traits_of(Explorer(result))).ready()
    expect(view.root.get_by_role("note")).to_have_text(" ".join(result.warnings))


def test_errors_of_the_viewer_are_shown_in_it(browser: Browser, result: Any):
    context = browser.new_context()
    view = show(context.new_page(), traits_of(Explorer(result))).ready()
    view.page.evaluate(
        "() => { CanvasRenderingContext2D.prototype.putImageData = () => { throw new Error('no paint') } }"
    )
    view.hover_word(LEFT)
    expect(view.problem).to_have_text("The viewer failed: no paint")
    context.close()


HOSTILE = {"text": "<img src=x onerror=alert(1)>", "start": 0, "stop": 10**9}


@pytest.mark.parametrize(
    "change",
    [
        {"grid": [10**6, 10**6]},
        {"words": [HOSTILE]},
        {"maps": [{"quantity": {"toString": None}, "at": 0}]},
        {"curve_edges": "__proto__"},
        {"pairs": [{"label": ["x"]}]},
        {"warnings": "text"},
    ],
)
def test_hostile_headers_are_refused_in_the_view(page: Page, result: Any, change: dict[str, Any]):
    traits = traits_of(Explorer(result))
    view = show(page, {**traits, "_header": {**traits["_header"], **change}})
    expect(view.problem).to_contain_text("This result cannot be shown")
    assert view.root.locator("img, script").count() == 0
