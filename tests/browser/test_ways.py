"""Other ways to see and to point: high contrast, and a finger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from explorer_page import View, show, state, traits_of
from playwright.sync_api import Browser, expect

from infodiff_widgets import Explorer

GRID = (32, 32)
RED, SQUARE = 1, 7
SHADE = "(element) => getComputedStyle(element).backgroundColor"
INK = "(element) => getComputedStyle(element).color"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_high_contrast_keeps_bars_and_tells_the_active_word(
    browser: Browser, result: Any, artifacts: Path, scheme: Any
):
    context = browser.new_context(
        viewport={"width": 1000, "height": 760}, forced_colors="active", color_scheme=scheme
    )
    view = show(context.new_page(), traits_of(Explorer(result))).ready()
    view.page.emulate_media(forced_colors="active", color_scheme=scheme)
    paper = view.page.evaluate(
        "() => { document.body.style.background = 'Canvas';"
        " return getComputedStyle(document.body).backgroundColor; }"
    )
    row = view.root.locator(f'.idw-row[data-index="{SQUARE}"]')
    assert row.locator(".idw-rowbar").evaluate(SHADE) != paper
    assert view.word(SQUARE).locator(".idw-bar").evaluate(SHADE) != paper
    bare = view.pixels()
    view.hover_word(RED)
    view.page.wait_for_timeout(300)
    assert view.word(RED).evaluate(INK) != view.word(SQUARE).evaluate(INK)
    assert (view.pixels() != bare).any(), "pictures are not left out"
    view.page.screenshot(path=artifacts / f"dom-contrast-{scheme}.png")
    for word in (RED, SQUARE):
        view.word(word).click()
    chips = view.root.locator(".idw-pinchip .idw-pin")
    expect(chips).to_have_count(2)
    assert len({paper, *chips.evaluate_all(f"(chips) => chips.map({SHADE})")}) == 3
    context.close()


def finger(view: View, x: float, y: float) -> None:
    view.canvas.scroll_into_view_if_needed()
    box = view.canvas.bounding_box()
    assert box
    view.page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_a_finger_pins_words_and_cells(browser: Browser, result: Any, artifacts: Path):
    context = browser.new_context(
        viewport={"width": 420, "height": 900}, has_touch=True, device_scale_factor=2
    )
    view = show(context.new_page(), traits_of(Explorer(result))).ready()
    bare = view.pixels()
    view.word(SQUARE).tap()
    expect(view.root).to_have_attribute("data-word", str(SQUARE))
    assert (view.pixels() != bare).any()
    finger(view, 20.5 / 32, 10.5 / 32)
    expect(view.root).to_have_attribute("data-pixel", "10,20")
    assert view.ranking()[0][0] == result.ranking(10, 20)[0][0].text
    view.page.screenshot(path=artifacts / "dom-touch.png")
    finger(view, 20.5 / 32, 10.5 / 32)
    expect(view.root).to_have_attribute("data-pixel", "")
    view.word(SQUARE).tap()
    expect(view.root).to_have_attribute("data-word", "")
    wide = view.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 420, "nothing is wider than the screen"
    context.close()


def test_two_fingers_zoom(browser: Browser, result: Any):
    context = browser.new_context(viewport={"width": 600, "height": 900}, has_touch=True)
    view = show(context.new_page(), traits_of(Explorer(result))).ready()
    view.choose("lasso")  # with a tool in hand the page does not scroll
    view.canvas.scroll_into_view_if_needed()
    box = view.canvas.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    client = context.new_cdp_session(view.page)

    def touch(kind: str, *apart: float) -> None:
        points = [{"x": middle[0] + d, "y": middle[1], "id": i} for i, d in enumerate(apart)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -30)
    touch("touchStart", -30, 30)
    for reach in (40, 60, 90, 120):
        touch("touchMove", -reach, reach)
    touch("touchEnd")
    expect(view.root).to_have_attribute("data-zoomed", "true")
    assert view.page.evaluate("window.mounted.model.get('region')") == []
    context.close()


@pytest.mark.parametrize("kept", [{"pinned_pixel": (3, 3)}, {"region": [(0.1, 0.1), (0.5, 0.5)]}])
def test_a_tap_with_an_unsteady_finger_is_a_tap_and_a_wipe_is_nothing(
    browser: Browser, result: Any, kept: Any
):
    context = browser.new_context(viewport={"width": 420, "height": 900}, has_touch=True)
    view = show(context.new_page(), traits_of(Explorer(result, **kept))).ready()
    before = [state(view, name) for name in ("pinned_pixel", "region")]
    for reach, pinned in ((40.0, before), (7.0, [[10, 20], []])):
        view.canvas.evaluate(
            """(canvas, reach) => {
              const { left, top, width, height } = canvas.getBoundingClientRect();
              const [x, y] = [left + (20.5 / 32) * width - reach, top + (10.5 / 32) * height];
              canvas.setPointerCapture = () => {};
              for (const [type, by] of [['pointerdown', 0], ['pointermove', reach], ['pointerup', reach]]) {
                const at = { clientX: x + by, clientY: y };
                canvas.dispatchEvent(new PointerEvent(type,
                  { bubbles: true, button: 0, pointerId: 1, pointerType: 'touch', ...at }));
              }
            }""",
            reach,
        )
        assert [state(view, name) for name in ("pinned_pixel", "region")] == pinned
    context.close()
