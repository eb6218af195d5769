"""The explorer on a page without Jupyter, through the host that the exported file uses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_page import View, show, traits_of
from playwright.sync_api import Browser, Page, expect
from synthetic import synthetic_result
from synthetic_extras import with_extras

from infodiff_widgets import colour
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.naming import names_of

GRID = (32, 32)
RED = 1


def expected(view: View, result: Any, word: int, **style: Any) -> np.ndarray:
    """What Python would draw at the size of the canvas."""
    view.page.mouse.move(1, 1)
    base = view.pixels()
    maps = result.data["maps"].sel(quantity="cmi", form="orthogonal").values
    return colour.lay_over(base, maps[word], colour.shared_top(maps), **style)


@pytest.mark.parametrize("look", colour.SCALES)
def test_hovering_a_word_draws_the_map_that_python_draws(page: Page, result: Any, look: str):
    view = show(page, traits_of(Explorer(result, colour=look))).ready()
    want = expected(view, result, RED, colour=look)
    view.hover_word(RED)
    difference = np.abs(view.pixels().astype(int) - want.astype(int))
    assert difference.max() <= 6
    assert difference.mean() < 1


def test_signed_maps_and_cells_too(page: Page, result: Any):
    view = show(page, traits_of(Explorer(result, form="standard", smooth=False))).ready()
    base = view.pixels()
    maps = result.data["maps"].sel(quantity="cmi", form="standard").values
    want = colour.lay_over(base, maps[RED], colour.shared_top(maps), signed=True, smooth=False)
    view.hover_word(RED)
    assert np.abs(view.pixels().astype(int) - want.astype(int)).mean() < 1.5
    expect(view.root.locator(".idw-low")).to_contain_text("≤ −")


def test_without_hover_or_pin_the_picture_is_bare(view: View):
    bare = view.pixels()
    view.hover_word(RED)
    assert (view.pixels() != bare).any()
    view.page.mouse.move(1, 1)
    expect(view.root).to_have_attribute("data-map", "false")
    assert (view.pixels() == bare).all()


def test_hovering_a_pixel_ranks_the_words(view: View, result: Any):
    view.hover_cell(10, 20, GRID)
    names = names_of(result.prompt, result.words)
    ranking = [names[result.words.index(word)] for word, _ in result.ranking(10, 20)]
    shown = view.ranking()
    # Near zero the 12 bits of the screen leave ties.
    assert [name for name, _ in shown][:4] == ranking[:4]
    assert sorted(name for name, _ in shown) == sorted(ranking)
    best = result.ranking(10, 20)[0][1]
    assert float(shown[0][1]) == pytest.approx(best, rel=0.02)
    where = view.root.locator(".idw-where")
    expect(where).to_have_text("at y 10, x 20")
    expect(where).to_have_attribute("title", "as in result.ranking(y=10, x=20)")
    expect(view.root.locator(".idw-head .idw-unit")).to_have_text("nats per latent cell")
    expect(view.root.locator(".idw-sentence")).to_have_attribute("data-mode", "local")
    assert view.root.locator(".idw-cell").first.bounding_box()


@pytest.mark.parametrize("cells", [(32, 32), (128, 128)])
def test_figures_of_a_cell_stand_on_one_line(page: Page, cells: tuple[int, int]):
    shown = show(page, traits_of(Explorer(synthetic_result(cells=cells)))).ready()
    shown.hover_cell(cells[0] // 2, cells[1] // 2, cells)
    written = shown.root.locator(".idw-row:not(.idw-below) :is(.idw-value, .idw-error)")
    boxes = written.evaluate_all(
        "(all) => all.map((o) => [o.textContent, o.offsetHeight, o.offsetWidth, o.scrollWidth])"
    )
    assert any(text.startswith("± 0.0") for text, *_ in boxes)
    for text, height, wide, needed in boxes:
        assert height < 23, text
        assert needed <= wide + 1, text


def test_totals_are_ranked_when_no_pixel_is_chosen(view: View, result: Any):
    names = names_of(result.prompt, result.words)
    assert {"a (0)", "a (5)"} < set(names)
    totals = {name: result.total(i).value for i, name in enumerate(names)}
    shown = view.ranking()
    assert {name for name, _ in shown} == set(totals)
    values = [totals[name] for name, _ in shown]
    assert values == sorted(values, reverse=True)
    assert float(shown[0][1]) == pytest.approx(max(totals.values()), rel=0.01)


def test_a_word_that_ranks_low_is_still_in_the_list(page: Page):
    prompt = " ".join(f"w{index}" for index in range(40))
    result = synthetic_result(prompt, quantities=("cmi",))
    lowest = int(result.data["totals"].sel(quantity="cmi", form="orthogonal").values.argmin())
    view = show(page, traits_of(Explorer(result))).ready()
    view.hover_word(lowest)
    row = view.root.locator(f'.idw-row[data-index="{lowest}"]')
    expect(row).to_be_visible()
    assert view.root.locator(".idw-row:not(.idw-below)").count() == 12


def test_a_word_too_weak_for_the_shared_scale_says_so_and_the_scale_is_changed_beside_it(
    page: Page, artifacts: Path
):
    view = show(page, traits_of(Explorer(synthetic_result(pixels=(512, 512))))).ready()
    how, button = view.root.locator(".idw-how"), view.root.locator(".idw-rescale")
    place = button.bounding_box()
    expect(how).to_have_text("one scale for all words · 32 × 32 cells")
    expect(button).to_be_hidden()
    weak = 0
    view.hover_word(weak)
    expect(how).to_contain_text(
        re.compile(r"^one scale for all; “a \(0\)” reaches 0\.\d+\s· 32\s×\s32\scells$")
    )
    dark = view.pixels()
    page.screenshot(path=artifacts / "dom-weak.png")
    assert how.evaluate("(one) => one.scrollWidth <= one.clientWidth"), "cut off"
    view.hover_word(7)
    expect(how).to_have_text("one scale for all words · 32 × 32 cells")
    expect(button).to_be_visible()
    assert button.bounding_box() == place
    view.word(weak).click()
    page.mouse.move(1, 1)
    expect(button).to_have_text("own scale")
    button.focus()
    page.keyboard.press("Enter")
    expect(how).to_have_text("scale of this word · 32 × 32 cells")
    expect(button).to_be_focused()
    assert page.evaluate("window.mounted.model.get('scale')") == "word"
    assert (view.pixels() != dark).any()
    page.keyboard.press("Enter")
    assert page.evaluate("window.mounted.model.get('scale')") == "shared"
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    view.canvas.focus()
    page.keyboard.press("Escape")
    expect(button).to_be_hidden()  # there is no word any more that it would be for
    view.word(weak).hover()
    expect(button).to_be_visible()
    view.choose("whole prompt")
    expect(button).to_be_hidden()


def test_nothing_moves_while_the_pointer_does(view: View):
    def places() -> list[Any]:
        return [
            view.root.locator(name).bounding_box()
            for name in (".idw-controls", ".idw-ranking", ".idw-canvas")
        ]

    before = places()
    view.hover_word(RED)
    assert places() == before
    view.hover_cell(3, 3, GRID)
    assert places() == before
    view.choose("whole prompt")
    assert places() == before
    view.choose("standard")
    assert places() == before


GLIDES = """
async ({ cells, rest }) => {
  const root = document.querySelector('.idw'), canvas = root.querySelector('.idw-canvas');
  const { left, top, width, height } = canvas.getBoundingClientRect();
  await new Promise((done) => setTimeout(done, rest));
  let started = 0;
  const count = () => started++;
  root.addEventListener('transitionrun', count);
  for (const [x, y] of cells) {
    const at = { clientX: left + x * width, clientY: top + y * height };
    canvas.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, pointerType: 'mouse', ...at }));
  }
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  root.removeEventListener('transitionrun', count);
  return started;
}
"""


def test_bars_glide_to_a_cell_and_follow_at_once_while_the_pointer_goes_on(view: View):
    assert view.page.evaluate(GLIDES, {"cells": [[0.3, 0.3]], "rest": 400}) > 0
    assert view.page.evaluate(GLIDES, {"cells": [[0.5, 0.5], [0.8, 0.6]], "rest": 400}) == 0
    expect(view.root).to_have_attribute("data-moving", "false")  # at rest again
    assert view.page.evaluate(GLIDES, {"cells": [[0.2, 0.7]], "rest": 400}) > 0


def test_new_figures_are_laid_out_where_they_stand_alone(view: View):
    """What changes with the pointer has a fixed box: the browser need not lay the rest of the page out."""
    for name in (".idw-head", ".idw-rows", ".idw-row", ".idw-levelhead", ".idw-plot", ".idw-caption"):
        contained = view.root.locator(name).first.evaluate("(part) => getComputedStyle(part).contain")
        assert {"strict"} & {*contained.split()} or {"size", "layout"} <= {*contained.split()}, name
    cut = view.root.locator(".idw-row:not(.idw-below) *, .idw-head *").evaluate_all(
        "(all) => all.filter((one) => one.scrollHeight > one.clientHeight + 1 && one.clientHeight).length"
    )
    assert cut == 0


def test_bits(view: View, result: Any):
    nats = dict(view.ranking())["square"]
    view.choose("bits")
    expect(view.root.locator(".idw-legend .idw-unit")).to_have_text("bits per latent cell")
    assert float(dict(view.ranking())["square"]) == pytest.approx(float(nats) / np.log(2), rel=0.01)


def test_clicks_pin_and_escape_lets_go(view: View):
    view.word(RED).click()
    view.page.mouse.move(1, 1)
    expect(view.root).to_have_attribute("data-word", str(RED))
    expect(view.word(RED)).to_have_attribute("aria-pressed", "true")
    assert view.page.evaluate("window.mounted.model.get('pinned_words')") == [RED]
    view.hover_cell(4, 6, GRID)
    view.page.mouse.down()
    view.page.mouse.up()
    view.page.mouse.move(1, 1)
    expect(view.root).to_have_attribute("data-pixel", "4,6")
    view.canvas.press("Escape")
    expect(view.root).to_have_attribute("data-word", "")
    expect(view.root).to_have_attribute("data-pixel", "")


def test_words_by_keyboard(view: View):
    view.page.keyboard.press("Tab")
    expect(view.word(0)).to_be_focused()
    view.page.keyboard.press("ArrowRight")
    expect(view.word(RED)).to_be_focused()
    expect(view.root).to_have_attribute("data-word", str(RED))
    view.page.keyboard.press("End")
    expect(view.root).to_have_attribute("data-word", "9")
    view.page.keyboard.press("Home")
    expect(view.root).to_have_attribute("data-word", "0")
    expect(view.root.locator('.idw-word:not([tabindex="-1"])')).to_have_count(1)
    view.page.keyboard.press("ArrowRight")
    view.page.keyboard.press("Enter")
    expect(view.word(RED)).to_have_attribute("aria-pressed", "true")
    view.page.keyboard.press("Tab")
    expect(view.canvas).to_be_focused()
    expect(view.root).to_have_attribute("data-word", str(RED))


def test_pixels_by_keyboard_and_for_screen_readers(view: View, result: Any):
    view.canvas.focus()
    view.page.keyboard.press("ArrowRight")
    expect(view.root).to_have_attribute("data-pixel", "16,16")
    view.page.keyboard.press("ArrowUp")
    view.page.keyboard.press("Shift+ArrowLeft")
    expect(view.root).to_have_attribute("data-pixel", "15,12")
    best = result.ranking(15, 12)[0][0].text
    expect(view.root.locator("[aria-live]")).to_contain_text(f"At y 15, x 12: {best}")
    view.page.keyboard.press("Enter")
    view.page.keyboard.press("Tab")
    expect(view.root).to_have_attribute("data-pixel", "15,12")
    assert view.root.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_keys_do_not_leave_the_widget(view: View):
    view.page.evaluate("window.leaked = 0; window.addEventListener('keydown', () => window.leaked++)")
    view.canvas.focus()
    view.page.keyboard.press("ArrowDown")
    view.page.keyboard.press("b")
    assert view.page.evaluate("window.leaked") == 0


def test_whole_prompt_and_per_word_scale(view: View, result: Any):
    view.choose("per word")
    view.hover_word(RED)
    expect(view.root.locator(".idw-how")).to_contain_text("scale of this word")
    view.choose("whole prompt")
    expect(view.root).to_have_attribute("data-map", "true")
    ((name, value),) = view.ranking()
    assert name == "whole prompt"
    assert float(value) == pytest.approx(result.full_total().value, rel=0.01)


def test_opacity(view: View):
    view.word(RED).click()
    view.more()
    view.root.get_by_role("slider", name="Opacity of the map").fill("0")
    view.page.mouse.move(1, 1)
    dimmed = view.pixels()
    view.word(RED).click()
    view.page.mouse.move(1, 1)
    expect(view.root).to_have_attribute("data-map", "false")
    assert (view.pixels() == dimmed).all()


def test_two_views_of_one_model(page: Page, result: Any):
    first = show(page, traits_of(Explorer(result)), views=2).ready()
    second = View(page, page.locator(".idw").nth(1)).ready()
    first.hover_word(RED)
    expect(second.root).to_have_attribute("data-word", "")
    first.word(RED).click()
    expect(second.root).to_have_attribute("data-word", str(RED))
    second.choose("bits")
    expect(first.root.locator(".idw-legend .idw-unit")).to_have_text("bits per latent cell")
    assert first.root.get_by_role("radio", name="bits", exact=True).is_checked()
    page.evaluate("window.mounted.destroy()")
    expect(page.locator(".idw")).to_have_count(0)


def test_a_sentence_from_right_to_left_is_read_and_walked_so(page: Page, artifacts: Path):
    view = show(page, traits_of(Explorer(synthetic_result("قطة حمراء على الرمل", pixels=(128, 128))))).ready()
    lefts = [(view.word(index).bounding_box() or {})["x"] for index in range(4)]
    assert lefts == sorted(lefts, reverse=True)
    page.keyboard.press("Tab")
    for key, index in (("ArrowLeft", 1), ("ArrowLeft", 2), ("ArrowRight", 1), ("ArrowDown", 2)):
        page.keyboard.press(key)
        expect(view.word(index)).to_be_focused()
    page.screenshot(path=artifacts / "dom-right-to-left.png")


def test_a_word_wider_than_its_column_is_broken(browser: Browser, artifacts: Path):
    context = browser.new_context(viewport={"width": 420, "height": 900})
    prompt = "a " + 2 * "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik" + " on sand"
    view = show(context.new_page(), traits_of(Explorer(synthetic_result(prompt, pixels=(128, 128))))).ready()
    assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    word, line = view.word(1).bounding_box(), view.root.locator(".idw-line").bounding_box()
    assert word
    assert line
    assert word["width"] <= line["width"]
    assert view.word(1).locator(".idw-text").evaluate("(one) => one.scrollWidth <= one.clientWidth + 1")
    view.page.screenshot(path=artifacts / "dom-long-word.png", full_page=True)
    context.close()


def test_parts_of_pairs_are_reached_heard_and_pinned_by_keyboard(page: Page, artifacts: Path):
    result = with_extras(synthetic_result(pixels=(256, 256)))
    view = show(page, traits_of(Explorer(result, quantity="pair"))).ready()
    rows = view.root.get_by_role("toolbar", name="Ranking").get_by_role("button")
    expect(rows).to_have_count(5)
    assert view.root.locator('.idw-row[tabindex="0"]').count() == 1
    for row, (name, value) in zip(
        sorted(rows.all(), key=lambda one: int(one.get_attribute("data-rank") or "")),
        view.ranking(),
        strict=True,
    ):
        said = row.get_attribute("aria-label") or ""
        assert said.startswith(f"{name}, {value[:4]}")
        within = row.locator(".idw-value").get_attribute("title") or ""
        assert said.endswith(f", {within.removesuffix(' nats').replace(':', '')}" if within else " nats")
    view.canvas.focus()
    page.keyboard.press("Tab")
    first = view.root.locator('.idw-row[tabindex="0"]')
    expect(first).to_be_focused()
    expect(view.root).to_have_attribute("data-map", "true")
    page.keyboard.press("Home")
    expect(view.root.locator('.idw-row[data-rank="0"]')).to_be_focused()
    page.keyboard.press("ArrowDown")
    second = view.root.locator('.idw-row[data-rank="1"]')
    expect(second).to_be_focused()
    expect(second).to_have_attribute("aria-pressed", "false")
    page.screenshot(path=artifacts / "dom-pair-keys.png")
    for pressed, key in (("true", "Enter"), ("false", " ")):
        page.keyboard.press(key)
        expect(second).to_have_attribute("aria-pressed", pressed)
        pins = [int(second.get_attribute("data-index") or "")] if pressed == "true" else []
        assert page.evaluate("window.mounted.model.get('pinned_words')") == pins
        expect(second).to_be_focused()


def test_the_total_of_the_whole_prompt_is_reached_and_heard(page: Page, result: Any):
    view = show(page, traits_of(Explorer(result, quantity="full"))).ready()
    ((_, value),) = view.ranking()
    view.canvas.focus()
    page.keyboard.press("Tab")
    row = view.root.get_by_role("toolbar", name="Ranking").get_by_role("group")
    expect(row).to_be_focused()
    expect(row).to_have_attribute("aria-label", re.compile(rf"^whole prompt, {value[:3]}.* nats"))
    page.keyboard.press("Enter")
    assert page.evaluate("window.mounted.model.get('pinned_words')") == []
    view.choose("CMI")
    expect(view.root.get_by_role("toolbar", name="Ranking")).to_have_count(0)  # words are in the sentence


def test_of_two_pins_the_one_that_is_let_go_leaves_the_focus_in_the_view(page: Page, result: Any):
    view = show(page, traits_of(Explorer(result, pinned_words=[1, 7]))).ready()
    view.root.locator(".idw-pinchip").first.focus()
    page.keyboard.press("Enter")
    expect(view.canvas).to_be_focused()
