"""Beside the maps: what the scale waits for, what a change says at a cell, and rows that are not seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from explorer_page import View, show, traits_of
from playwright.sync_api import Browser, Page, expect
from synthetic import synthetic_result

from infodiff_widgets import colour
from infodiff_widgets.explorer import Explorer

GRID = (32, 32)
RED, LEFT, SQUARE = 1, 3, 7
PLACE = "(one) => { const { top, left } = one.getBoundingClientRect(); return [top, left]; }"


@pytest.mark.parametrize("width", [380, 1000])
def test_a_bare_picture_tells_what_its_scale_is_of_and_nothing_moves_as_a_word_is_hovered(
    browser: Browser, result: Any, artifacts: Path, width: int
):
    context = browser.new_context(viewport={"width": width, "height": 900})
    view = show(context.new_page(), traits_of(Explorer(result))).ready()
    hint = view.root.locator(".idw-scalehint")
    expect(hint).to_have_text("point at a word: its map is drawn by this scale")
    caption = view.root.locator(".idw-caption").bounding_box()
    line = hint.bounding_box()
    assert caption
    assert line
    assert line["y"] + line["height"] <= caption["y"] + caption["height"], "cut off"
    parts = view.root.locator(":is(.idw-scaleline, .idw-how, .idw-ranking, .idw-controls)")
    view.page.screenshot(path=artifacts / f"dom-bare-{width}.png", full_page=True)
    before = parts.evaluate_all(f"(all) => all.map({PLACE})")
    view.hover_word(RED)
    expect(hint).to_be_empty()
    assert parts.evaluate_all(f"(all) => all.map({PLACE})") == before
    context.close()


@pytest.mark.parametrize(
    ("choices", "pictures", "scales"),
    [
        ({}, 1, 0),
        ({"compare": "form"}, 2, 0),
        ({"pinned_words": [RED]}, 1, 1),
        ({"compare": "full"}, 2, 1),
    ],
)
def test_a_saved_picture_has_a_scale_where_something_is_coloured(
    page: Page, tmp_path: Path, choices: dict[str, Any], pictures: int, scales: int
):
    view = show(page, traits_of(Explorer(synthetic_result(pixels=(128, 128)), **choices))).ready()
    with page.expect_download() as download:
        view.root.get_by_role("button", name="SVG", exact=True).click()
    download.value.save_as(tmp_path / "saved.svg")
    space = "{http://www.w3.org/2000/svg}"
    root = ET.parse(tmp_path / "saved.svg").getroot()
    said = " ".join(one.text or "" for one in root.iter(f"{space}text"))
    assert len(list(root.iter(f"{space}image"))) == pictures + scales
    assert ("nats per latent cell" in said) == bool(scales)
    assert ("≥" in said, "own scale" in said) == (bool(scales), "compare" in choices and bool(scales))
    assert "point at" not in said
    assert "log-SNR −5.4 to 7.1" in said


def test_what_a_change_says_where_one_points_stands_below_the_picture_and_is_heard(
    page: Page, artifacts: Path
):
    explorer = Explorer(synthetic_result(pixels=(256, 256)))
    explorer.edit("square")
    asked = {"_edits": {**explorer._edits, "model": True}, "_edit_maps": explorer._edit_maps}
    view = show(page, {**traits_of(explorer), **asked}).ready()
    told, heard = view.root.locator(".idw-change"), view.root.locator(".idw-sr[aria-live]")
    expect(told).to_be_empty()
    legend = view.root.locator(".idw-legend").bounding_box()
    view.hover_cell(20, 12, GRID)
    expect(told).to_have_text(re.compile(r"^here\s[\d.]+\snats\sper\slatent\scell"))
    value = float((told.text_content() or "").replace("\u00a0", " ").split()[1])
    want = explorer.edits[0].map()[20, 12]
    assert value == pytest.approx(float(want), rel=0.02)
    assert view.root.locator(".idw-legend").bounding_box() == legend
    expect(heard).to_have_text(
        re.compile(r"^At y 20, x 12: without “square” [\d.]+ nats per latent cell; as")
    )
    page.screenshot(path=artifacts / "dom-edit-here.png")
    view.hover_word(RED)
    expect(told).to_be_empty()


def test_lines_of_pins_that_run_together_are_both_seen(page: Page, artifacts: Path):
    given = synthetic_result(pixels=(256, 256))
    data = given.data.copy(deep=True)
    data["maps"][{"word": SQUARE}] = data["maps"][{"word": LEFT}]
    explorer = Explorer(type(given)(data), pinned_words=[LEFT, SQUARE], contours=True)
    view = show(page, traits_of(explorer)).ready()
    drawn = view.overlay()
    counts = [seen(drawn, name) for name in colour.PINS[:2]]
    assert min(counts) > 0.5 * max(counts) > 100
    page.screenshot(path=artifacts / "dom-lines-together.png")


def seen(drawn: np.ndarray, name: str) -> int:
    """How many opaque pixels have about a colour."""
    want = [int(name[i : i + 2], 16) for i in (1, 3, 5)]
    near = np.abs(drawn[..., :3].astype(int) - want).max(-1) < 24
    return int((near & (drawn[..., 3] > 200)).sum())


def test_all_rows_can_be_shown_by_keyboard_and_the_list_is_short_again(page: Page, artifacts: Path):
    result = synthetic_result(" ".join(f"w{index}" for index in range(29)), pixels=(128, 128))
    view = show(page, traits_of(Explorer(result)), views=2).ready()
    rows, where = view.root.locator(".idw-row:not(.idw-below)"), view.root.locator(".idw-where")
    button = view.root.get_by_role("button", name="show all 29")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(where).to_have_text("whole picture, 12 of 29")
    place = button.evaluate(PLACE)
    view.hover_cell(5, 5, GRID)
    assert button.evaluate(PLACE) == place
    view.leave()
    button.focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(29)
    expect(where).to_have_text("whole picture")
    assert len(set(rows.evaluate_all("(all) => all.map((one) => one.style.transform)"))) == 29
    low = view.root.locator('.idw-row[data-rank="28"]')
    page.wait_for_timeout(300)  # longer than rows glide
    line, box = low.bounding_box(), view.root.locator(".idw-rows").bounding_box()
    assert line
    assert box
    assert line["y"] + line["height"] <= box["y"] + box["height"] + 1
    page.screenshot(path=artifacts / "dom-all-rows.png", full_page=True)
    again = view.root.get_by_role("button", name="show 12")
    expect(again).to_be_focused()
    expect(again).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".idw").nth(1).locator(".idw-where")).to_have_text("whole picture, 12 of 29")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(12)


def test_a_list_that_is_whole_has_no_button_for_more(view: View):
    expect(view.root.locator(".idw-all")).to_be_hidden()


@pytest.mark.parametrize("light", ["true", "false"])
def test_high_contrast_is_stronger_than_the_colours_of_the_host(browser: Browser, result: Any, light: str):
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    view = show(page, traits_of(Explorer(result))).ready()
    page.add_style_tag(content=":root { --jp-ui-font-color1: #777; --jp-border-color2: #eee; }")
    page.evaluate("(light) => { document.body.dataset.jpThemeLight = light; }", light)
    names = ("ink", "muted", "line", "paper", "focus", "accent", "bar")
    read = "(one, name) => getComputedStyle(one).getPropertyValue(`--idw-${name}`).trim()"
    found = [view.root.evaluate(read, name) for name in names]
    assert found == ["CanvasText", "CanvasText", "GrayText", "Canvas", "Highlight", "Highlight", "CanvasText"]
    context.close()


@pytest.mark.parametrize(("light", "scheme"), [("true", "dark"), ("false", "light")])
def test_the_theme_of_the_host_holds_whatever_the_system_prefers(
    browser: Browser, result: Any, light: str, scheme: Any
):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    view = show(page, traits_of(Explorer(result))).ready()
    page.evaluate("(light) => { document.body.dataset.jpThemeLight = light; }", light)
    accent = view.root.evaluate("(one) => getComputedStyle(one).getPropertyValue('--idw-accent').trim()")
    assert accent == ("#c2591b" if light == "true" else "#f2a154")
    context.close()
