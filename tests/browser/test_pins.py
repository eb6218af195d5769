"""Several pinned words, and regions drawn on the picture, on a page without Jupyter."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from explorer_page import View, show, state, traits_of
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from synthetic import synthetic_result

from infodiff_widgets import colour, weave
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.numbers import with_error
from infodiff_widgets.payload import encode_image
from infodiff_widgets.region import cells_inside, corners_of

GRID = (32, 32)
RED, LEFT, SQUARE = 1, 3, 7


def test_pinned_words_are_woven_as_python_weaves_them(view: View, result: Any):
    base = view.pixels()
    for word in (LEFT, SQUARE):
        view.word(word).click()
    view.page.mouse.move(1, 1)
    assert (state(view, "pinned_words"), state(view, "pin_colours")) == ([LEFT, SQUARE], [0, 1])
    maps = result.data["maps"].sel(quantity="cmi", form="orthogonal").values
    end = colour.shared_top(maps)
    want = weave.weave(base, [maps[LEFT], maps[SQUARE]], [end, end], colour.PINS[:2])
    difference = np.abs(view.pixels().astype(int) - want.astype(int))
    assert difference.mean() < 1
    # A stripe may end a pixel earlier where two words share a cell.
    assert (difference.max(-1) > 6).mean() < 0.02


def test_pins_have_one_colour_in_the_sentence_the_ranking_and_the_legend(view: View):
    for word in (RED, LEFT, SQUARE):
        view.word(word).click()
    view.page.mouse.move(1, 1)
    view.page.wait_for_timeout(300)
    legend = view.root.get_by_role("group", name="Pinned words")
    expect(legend.get_by_role("button")).to_have_count(3)
    shade = "(element) => getComputedStyle(element).backgroundColor"
    for word in (RED, LEFT, SQUARE):
        chip = legend.locator(f'[data-index="{word}"] .idw-pin').evaluate(shade)
        assert view.root.locator(f'.idw-row[data-index="{word}"] .idw-rowbar').evaluate(shade) == chip
        assert view.word(word).locator(".idw-bar").evaluate(shade) == chip
        expect(view.word(word)).to_have_attribute("aria-pressed", "true")
    legend.get_by_role("button", name="Let go of red").focus()
    view.page.keyboard.press("Enter")
    assert (state(view, "pinned_words"), state(view, "pin_colours")) == ([LEFT, SQUARE], [1, 2])
    expect(legend.get_by_role("button").first).to_be_focused()
    view.canvas.press("Escape")
    assert state(view, "pinned_words") == []
    expect(legend).to_be_hidden()


def test_where_a_seventh_word_is_pinned_it_is_told_which_was_let_go(view: View, artifacts: Path):
    told = view.root.locator(".idw-footer [role=status]")
    for word in range(6):
        view.word(word).click()
    expect(told).to_be_empty()
    view.word(SQUARE).click()
    assert state(view, "pinned_words") == [1, 2, 3, 4, 5, SQUARE]
    expect(told).to_have_text("“a (0)” was let go: 6 words at most can be pinned.")
    expect(told).to_be_visible()
    view.page.screenshot(path=artifacts / "dom-seventh-pin.png")
    view.root.locator('.idw-row[data-index="6"]').click()
    expect(told).to_have_text("“red” was let go: 6 words at most can be pinned.")
    view.word(SQUARE).click()
    expect(told).to_be_empty()


def test_hovering_a_word_keeps_the_lines_around_the_pinned_ones(view: View):
    for word in (LEFT, SQUARE):
        view.word(word).click()
    view.hover_word(RED)
    view.pixels()
    assert view.overlay().any()
    expect(view.root.locator(".idw-what")).to_contain_text("“red”")


def drag(view: View, points: list[tuple[float, float]]) -> None:
    box = view.canvas.bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    view.page.mouse.move(*places[0])
    view.page.mouse.down()
    for place in places[1:]:
        view.page.mouse.move(*place, steps=4)
    view.page.mouse.up()
    view.page.mouse.move(1, 1)


def expected(result: Any, corners: list[Any]) -> list[tuple[str, float, float]]:
    inside = cells_inside(corners, GRID)
    maps = result.data["maps"].sel(quantity="cmi", form="orthogonal").values
    sums = maps[:, inside].sum(-1)
    order = np.argsort(-sums, kind="stable")
    return [(result.words[i].text, float(sums[i]), float(sums[i] / maps[i].sum())) for i in order]


@pytest.mark.parametrize(
    ("tool", "points"),
    [
        ("box", [(0.2, 0.3), (0.7, 0.8)]),
        ("point", [(0.2, 0.3), (0.7, 0.8)]),
        ("lasso", [(0.2, 0.2), (0.8, 0.3), (0.7, 0.9), (0.3, 0.7)]),
    ],
)
def test_words_are_ranked_in_a_region_that_is_drawn(view: View, result: Any, tool: str, points: list[Any]):
    view.choose(tool)
    drag(view, points)
    corners = state(view, "region")
    want = expected(result, corners)
    shown = view.ranking()
    assert [name for name, _ in shown[:4]] == [name for name, _, _ in want[:4]]
    assert float(shown[0][1]) == pytest.approx(want[0][1], rel=0.02)
    expect(view.root.locator('.idw-row[data-rank="0"] .idw-error')).to_have_text(
        f"{100 * want[0][2]:.0f}%" if want[0][2] >= 0.0995 else f"{100 * want[0][2]:.1f}%"
    )
    part = cells_inside(corners, GRID).mean()
    expect(view.root.locator(".idw-where")).to_have_text(f"in the region, {100 * part:.0f}% of the picture")
    view.hover_cell(3, 3, GRID)
    expect(view.root.locator(".idw-where")).to_have_text("at y 3, x 3")
    view.canvas.press("Delete")
    assert state(view, "region") == []


def test_a_region_is_let_go_by_the_button_beside_its_name(view: View):
    button = view.root.get_by_role("button", name="clear region", exact=True)
    whole = view.ranking()
    expect(view.root.locator(".idw-clear")).to_be_hidden()
    drag(view, [(0.2, 0.3), (0.7, 0.8)])
    expect(button).to_be_visible()
    expect(button).to_have_text("×clear region")
    heading, beside = (view.root.locator(name).bounding_box() for name in (".idw-where", ".idw-clear"))
    assert heading
    assert beside
    assert 0 <= beside["x"] - heading["x"] - heading["width"] < 20
    button.click()
    assert state(view, "region") == []
    expect(view.root.locator(".idw-where")).to_have_text("whole picture")
    assert view.ranking() == whole
    expect(view.root.locator(".idw-clear")).to_be_hidden()
    # By keyboard: it is the next stop after the picture, and hands the focus back to it.
    drag(view, [(0.2, 0.3), (0.7, 0.8)])
    expect(button).to_be_visible()
    view.canvas.focus()
    view.page.keyboard.press("Tab")
    expect(button).to_be_focused()
    view.page.keyboard.press("Enter")
    assert state(view, "region") == []
    expect(view.canvas).to_be_focused()


def test_a_pinned_cell_has_such_a_button_too(view: View):
    view.hover_cell(10, 20, GRID)
    view.page.mouse.down()
    view.page.mouse.up()
    assert state(view, "pinned_pixel") == [10, 20]
    view.root.get_by_role("button", name="unpin cell", exact=True).click()
    assert state(view, "pinned_pixel") is None
    view.leave()
    expect(view.root.locator(".idw-clear")).to_be_hidden()


@pytest.mark.parametrize("look", ["light", "dark", "contrast", "narrow"])
def test_the_button_is_seen_in_every_light_and_width(
    browser: Browser, result: Any, artifacts: Path, look: str
):
    scheme: Any = {"narrow": "light", "contrast": "dark"}.get(look, look)
    context = browser.new_context(
        viewport={"width": 380 if look == "narrow" else 1000, "height": 900},
        color_scheme=scheme,
        forced_colors="active" if look == "contrast" else "none",
    )
    region = [[0.2, 0.3], [0.7, 0.3], [0.7, 0.8], [0.2, 0.8]]
    view = show(context.new_page(), traits_of(Explorer(result, region=region))).ready()
    button = view.root.get_by_role("button", name="clear region", exact=True)
    expect(button).to_be_visible()
    expect(view.root.locator(".idw-cleartext")).to_be_visible(visible=look != "narrow")
    assert view.root.locator(".idw-where").evaluate("(one) => one.scrollWidth <= one.clientWidth"), "cut off"
    inks = "(one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]"
    alike = view.root.get_by_role("button", name="save PNG").evaluate(inks)
    assert button.evaluate(inks) == alike
    view.page.screenshot(path=artifacts / f"dom-region-{look}.png", full_page=True)
    context.close()


def test_a_box_by_keyboard(view: View, result: Any):
    view.canvas.focus()
    for key in ("ArrowRight", "b", "Shift+ArrowRight", "ArrowDown", "Enter"):
        view.page.keyboard.press(key)
    assert state(view, "region") == [[0.5, 0.5], [21 / 32, 0.5], [21 / 32, 18 / 32], [0.5, 18 / 32]]
    expect(view.root.locator("[aria-live]")).not_to_be_empty()
    view.page.keyboard.press("Tab")
    best = expected(result, state(view, "region"))[0]
    assert view.ranking()[0][0] == best[0]
    view.canvas.focus()
    for key in ("b", "ArrowRight", "Escape"):
        view.page.keyboard.press(key)
    assert len(state(view, "region")) == 4
    view.page.keyboard.press("Escape")
    assert state(view, "region") == []


def test_zoom_by_wheel_and_keys_and_pan(view: View):
    view.hover_cell(16, 16, GRID)
    view.page.mouse.wheel(0, -400)
    expect(view.root).to_have_attribute("data-zoomed", "false")
    view.page.keyboard.down("Control")
    view.page.mouse.wheel(0, -40)
    view.page.keyboard.up("Control")
    expect(view.root).to_have_attribute("data-zoomed", "true")
    expect(view.root).to_have_attribute("data-pixel", "16,16")
    drag(view, [(0.9, 0.5), (0.1, 0.5)])
    assert state(view, "region") == []
    view.canvas.focus()
    view.page.keyboard.press("0")
    expect(view.root).to_have_attribute("data-zoomed", "false")
    for key in ("ArrowRight", "+", "+", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"):
        view.page.keyboard.press(key)
    expect(view.root).to_have_attribute("data-pixel", "16,28")
    view.pixels()
    mark, frame = (view.root.locator(name).first.bounding_box() for name in (".idw-cell", ".idw-frame"))
    assert mark
    assert frame
    assert mark["x"] + mark["width"] <= frame["x"] + frame["width"] + 1


def test_a_finger_scrolls_the_page_but_draws_with_a_tool(browser: Browser, result: Any):
    context = browser.new_context(viewport={"width": 480, "height": 900}, has_touch=True)
    view = show(context.new_page(), traits_of(Explorer(result))).ready()
    action = "(canvas) => getComputedStyle(canvas).touchAction"
    assert view.canvas.evaluate(action) == "pan-x pan-y"
    view.choose("box")
    assert view.canvas.evaluate(action) == "none"
    box = view.canvas.bounding_box()
    assert box
    view.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert state(view, "pinned_pixel") == [16, 16]
    context.close()


def test_the_view_is_saved_as_svg_with_its_text_as_text(page: Page, tmp_path: Path):
    prompt = 'a <script>alert(1)</script> "cat" & dog'
    result = synthetic_result(prompt, pixels=(256, 256))
    traits = traits_of(Explorer(result, pinned_words=[0, 1]))
    traits["_header"] = {**traits["_header"], "network": "a-lab/some.model-2"}
    view = show(page, traits).ready()
    with page.expect_download() as download:
        view.root.get_by_role("button", name="SVG", exact=True).click()
    path = tmp_path / download.value.suggested_filename
    assert path.suffix == ".svg"
    download.value.save_as(path)
    root = ET.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert not list(root.iter(f"{space}script"))
    texts = [element.text or "" for element in root.iter(f"{space}text")]
    assert prompt in "".join(texts)
    said = " ".join(texts)  # lines end between words
    assert "nats per latent cell" in said
    assert "± standard error · a-lab/some.model-2" in said
    assert [image.get("href", "")[:15] for image in root.iter(f"{space}image")] == ["data:image/png;"] * 2


ENDS = """
(svg) => {
  const box = document.createElement('div');
  box.innerHTML = svg.replace(/^<[?].*?[?]>/, '');
  document.body.append(box);
  const boxes = [...box.querySelectorAll('text')].map((one) => one.getBBox());
  box.remove();
  return boxes.map(({ x, width }) => x + width);
}
"""


def test_a_saved_view_is_wide_enough_for_what_it_says_and_says_of_what_it_is(
    page: Page, tmp_path: Path, artifacts: Path
):
    explorer = Explorer(synthetic_result("a red circle", pixels=(256, 256)))
    explorer.edit("red")
    (entry,) = explorer._edits["edits"]
    text = "blue or any other colour that is not red, whatever it may be called " + "o" * 120
    asked = {**explorer._edits, "edits": [{**entry, "text": text}]}
    given = {**traits_of(explorer), "_edits": asked, "_edit_maps": explorer._edit_maps}
    view = show(page, {**given, "pinned_edit": entry["key"]}).ready()
    paths = []
    for name in ("SVG", "save PNG"):
        with page.expect_download() as download:
            view.root.get_by_role("button", name=name, exact=True).click()
        paths.append(tmp_path / download.value.suggested_filename)
        download.value.save_as(paths[-1])
    (artifacts / "saved-change.png").write_bytes(paths[1].read_bytes())
    svg = paths[0].read_text()
    root = ET.fromstring(svg)
    lines = [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]
    said = " ".join(lines)
    assert text[:60] in said
    assert "where the picture would change, orthogonal form · scale of this change" in said
    total = explorer.edits[0].total()
    assert f"{with_error(total.value, total.standard_error)} nats · log-SNR −5.4 to 7.1" in said
    assert "64 noise draws · ± standard error" in said
    ends = page.evaluate(ENDS, svg)
    assert max(ends) <= float(root.get("width", 0))


def test_what_lies_in_a_region_is_heard_again_once_more_draws_have_changed_it(page: Page):
    box = [(0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5)]
    first, second = (traits_of(Explorer(synthetic_result(seed=seed), region=box)) for seed in (0, 1))
    view = show(page, first).ready()
    heard = view.root.locator(".idw-sr[aria-live]")
    page.evaluate("window.mounted.model.set('progress', { state: 'running', done: 8, planned: 64 })")
    page.evaluate("(header) => window.mounted.model.set('_header', header)", second["_header"])
    data = base64.b64encode(second["_maps"]).decode()
    page.evaluate(
        "(text) => window.mounted.model.set('_maps',"
        " new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer))",
        data,
    )
    (best, value), *_ = view.ranking()
    page.wait_for_timeout(400)  # longer than what is spoken waits
    expect(heard).to_have_text("")
    page.evaluate("window.mounted.model.set('progress', { state: 'done', done: 64, planned: 64 })")
    expect(heard).to_contain_text(f"In the region: {best} {value[:3]}")


def test_a_region_from_the_very_edge_of_the_picture_is_one_that_python_takes(view: View):
    """A canvas between two pixels of the screen hears of a pointer that is a little beyond it."""
    view.page.evaluate(
        """() => {
          const canvas = document.querySelector('.idw-canvas');
          const { left, top } = canvas.getBoundingClientRect();
          canvas.setPointerCapture = () => {};
          const mouse = { bubbles: true, button: 0, pointerId: 1, pointerType: 'mouse' };
          const send = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type,
            { ...mouse, clientX: left + x, clientY: top + y }));
          send('pointerdown', -0.4, -0.4); send('pointermove', 80, 120); send('pointerup', 80, 120);
        }"""
    )
    corners = state(view, "region")
    assert corners[0] == [0, 0]
    assert corners_of(corners) == [(x, y) for x, y in corners]


def test_a_press_at_the_edge_that_is_let_go_beside_the_picture_unpins_nothing(page: Page, result: Any):
    view = show(page, traits_of(Explorer(result, pinned_pixel=(3, 3)))).ready()
    box = view.canvas.bounding_box()
    assert box
    edge = box["x"] + box["width"]
    page.mouse.move(edge - 1.5, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(edge + 1.5, box["y"] + 50)
    page.mouse.up()
    assert state(view, "pinned_pixel") == [3, 3]


def test_a_lasso_drawn_with_alt_is_open_and_a_box_drawn_with_shift_closed_whatever_the_tool(view: View):
    def dark() -> int:
        """Points of the outline at the middle of a line from its first corner to the pointer."""
        shown = view.overlay()[..., 3]
        side = shown.shape[0]
        middle = slice(int(0.48 * side), int(0.52 * side))
        return int((shown[middle, middle] > 0).sum())

    box = view.canvas.bounding_box()
    assert box
    for key, tool, points, closed in (
        ("Alt", "point", [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8)], False),
        ("Shift", "lasso", [(0.5, 0.2), (0.8, 0.8)], True),
    ):
        view.choose(tool)
        view.page.keyboard.down(key)
        for i, (x, y) in enumerate(points):
            view.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
            if i == 0:
                view.page.mouse.down()
        assert (dark() > 0) == closed, key
        view.page.mouse.up()
        view.page.keyboard.up(key)


def test_another_picture_is_seen_whole_but_the_same_one_sent_again_as_it_was(page: Page, result: Any):
    view = show(page, traits_of(Explorer(result))).ready()
    view.choose("box")
    view.canvas.focus()
    page.keyboard.press("+")
    send = (
        "(text) => window.mounted.model.set('_image',"
        " new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer))"
    )
    pictures = [traits_of(Explorer(one))["_image"] for one in (result, synthetic_result("a leaf", seed=3))]
    for data, zoomed, tool in zip(pictures, ("true", "false"), ("box", "point"), strict=True):
        page.evaluate(send, base64.b64encode(data).decode())
        page.wait_for_timeout(200)
        expect(view.root).to_have_attribute("data-zoomed", zoomed)
        expect(view.root).to_have_attribute("data-tool", tool)


def test_of_two_pictures_the_later_is_shown_whichever_is_decoded_first(view: View):
    """The first is held back while it is decoded, and is closed once it is of no use."""
    seen = view.page.evaluate(
        """async ([large, small]) => {
          const data = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
          const whole = window.createImageBitmap, made = [];
          window.createImageBitmap = async (...given) => {
            const bitmap = await whole(...given);
            made.push(bitmap);
            await new Promise((done) => setTimeout(done, bitmap.width > 100 ? 200 : 0));
            return bitmap;
          };
          for (const text of [large, small]) window.mounted.model.set('_image', data(text));
          await new Promise((done) => setTimeout(done, 400));
          return made.map(({ width }) => width).sort();
        }""",
        [
            base64.b64encode(encode_image(Image.new("RGB", (n, n), s))).decode()
            for n, s in ((512, 0), (64, "white"))
        ],
    )
    assert seen == [0, 64]
    assert view.pixels().mean() > 250


def test_a_region_that_was_drawn_by_keys_is_ranked_and_the_keys_go_on_from_there(view: View):
    where = view.root.locator(".idw-where")
    view.canvas.focus()
    for key in ("ArrowRight", "b", "Shift+ArrowRight", "Shift+ArrowDown", "Enter"):
        view.page.keyboard.press(key)
    expect(where).to_contain_text("in the region, ")
    assert state(view, "region") != []
    view.page.keyboard.press("ArrowRight")
    expect(where).to_have_text(re.compile(r"at y (?!0)\d+, x (?!0)\d+"))
    view.canvas.press("Tab")
    expect(where).to_contain_text("in the region, ")


def test_pinned_words_that_rank_low_are_in_the_list_all_the_same(page: Page, artifacts: Path):
    """Of a long prompt twelve words are seen, and those in question."""
    result = synthetic_result(" ".join(f"word{number}" for number in range(29)), pixels=(256, 256))
    totals = result.data["totals"].sel(quantity="cmi", form="orthogonal").values
    least = [int(place) for place in np.argsort(totals)[:3]]
    view = show(page, traits_of(Explorer(result, pinned_words=least))).ready()
    expect(view.root.locator(".idw-where")).to_have_text("whole picture, 12 of 29")
    names = [name for name, _ in view.ranking()]
    assert len(names) == 12
    assert names[9:] == [f"word{place}" for place in reversed(least)]
    view.root.screenshot(path=artifacts / "pins-low.png")


def test_what_is_outlined_beside_the_map_is_named(view: View):
    view.word(SQUARE).click()
    view.hover_word(RED)
    expect(view.root.locator(".idw-how")).to_contain_text("outlined: “square”")
    view.page.mouse.move(1, 1)
    expect(view.root.locator(".idw-how")).not_to_contain_text("outlined")


def test_a_saved_view_has_no_picture_for_a_word_that_nobody_points_at(page: Page, tmp_path: Path):
    explorer = Explorer(synthetic_result(pixels=(256, 256)), pinned_words=[RED], compare="words")
    view = show(page, traits_of(explorer)).ready()
    with page.expect_download() as download:
        view.root.get_by_role("button", name="SVG", exact=True).click()
    assert download.value.suggested_filename == "a-red-circle-left-of-a-blue-square-on-sand--red.svg"
    download.value.save_as(tmp_path / "view.svg")
    said = (tmp_path / "view.svg").read_text()
    assert "“red” given the other words" in said
    assert "each word" not in said
