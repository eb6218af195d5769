"""What the explorer's page says of itself and of the run: text, progress, failures, themes, files."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from explorer_page import View, show, traits_of
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from synthetic import synthetic_result
from synthetic_extras import with_extras

from infodiff_widgets.details import encode_details
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.numbers import between, number, with_error
from infodiff_widgets.showing import state_before

GRID = (32, 32)
RED, CIRCLE = 1, 2
BOX = [(0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5)]


def test_prompts_are_shown_as_text(page: Page):
    prompt = 'a <script>window.hacked = 1</script> <img src=x onerror=alert(1)> "cat" & 🐱 dog\u202e'
    view = show(page, traits_of(Explorer(synthetic_result(prompt)))).ready()
    text = view.root.locator(".idw-line").evaluate(
        "(line) => [...line.children].map((c) => (c.querySelector('.idw-text') ?? c).textContent).join('')"
    )
    assert text == prompt
    assert view.root.locator("script, img").count() == 0
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"_maps": b"\0" * 10}, "bytes"),
        ({"_header": {}}, "no result to show"),
        ({"_header": {"schema_version": 99}}, "data layout 99"),
        ({"_image": b"not a picture"}, "picture of this result cannot be read"),
    ],
)
def test_what_cannot_be_shown_says_so_in_the_view(page: Page, result: Any, change: dict, says: str):
    view = show(page, {**traits_of(Explorer(result)), **change})
    expect(view.problem).to_contain_text(says)
    expect(view.root).to_have_attribute("data-ready", "false")


def test_a_running_estimate_shows_its_progress_and_can_be_cancelled(page: Page, result: Any):
    progress = {"state": "running", "done": 16, "planned": 64, "seconds_left": 12.0, "message": ""}
    view = show(page, {**traits_of(Explorer(result)), "progress": progress}).ready()
    expect(view.root.locator(".idw-status")).to_have_text("16 of 64 noise draws · 12 s left")
    expect(view.root.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "16")
    view.root.get_by_role("button", name="cancel").click()
    assert page.evaluate("window.sent") == [{"kind": "cancel"}]
    page.evaluate("window.mounted.model.set('progress', { state: 'cancelled', done: 16, planned: 64 })")
    expect(view.root.get_by_role("button", name="cancel")).to_be_hidden()


def test_rough_totals_are_told_as_what_few_draws_leave_and_no_longer_than_they_are(page: Page):
    says = "Rough after so few draws: all totals; an estimate with more draws helps."
    view = show(page, traits_of(Explorer(synthetic_result(draws=64, done=8)))).ready()
    line, errors = view.root.locator(".idw-rough"), view.root.locator(".idw-head .idw-error")
    expect(line).to_have_text(says)
    expect(line).to_be_visible()
    told = "(all) => all.map((one) => [getComputedStyle(one).textDecorationStyle, one.title])"
    for style, title in view.root.locator(".idw-row .idw-error").evaluate_all(told):
        assert style == "dotted"
        assert re.fullmatch(r"95%: [\d.]+ to [\d.]+ nats; rough after so few draws", title)
    assert says in (errors.get_attribute("title") or "")
    page.evaluate("window.mounted.model.set('_edits', { model: true, problem: '', edits: [] })")
    expect(line).to_have_text("Rough after so few draws: all totals; more draws help.")
    expect(view.root.get_by_role("button", name="more draws")).to_be_visible()
    whole = traits_of(Explorer(synthetic_result(draws=64)))
    page.evaluate("(header) => window.mounted.model.set('_header', header)", whole["_header"])
    data = base64.b64encode(whole["_maps"]).decode()
    page.evaluate(
        "(text) => window.mounted.model.set('_maps',"
        " new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer))",
        data,
    )
    expect(view.root).to_have_attribute("data-draws", "64")
    expect(line).to_be_hidden()
    expect(errors).to_have_attribute("title", "standard error; ? where it is not known")
    styles = view.root.locator(".idw-row .idw-error").evaluate_all(told)
    assert {style for style, _ in styles} == {"solid"}


def test_with_too_few_draws_for_errors_that_is_said(page: Page, artifacts: Path):
    view = show(page, traits_of(Explorer(synthetic_result(pixels=(256, 256), done=4)))).ready()
    says = "4 draws are too few to tell errors; an estimate with more draws helps."
    expect(view.root.locator(".idw-rough")).to_have_text(says)
    errors = view.root.locator(".idw-row .idw-error")
    assert set(errors.all_text_contents()) == {"± ?"}
    expect(errors.first).to_have_attribute("title", "rough after so few draws")
    page.screenshot(path=artifacts / "dom-too-few.png")


def test_intervals_stand_beside_totals_and_are_heard_with_the_number_of_a_repeated_word(page: Page):
    result = synthetic_result(pixels=(256, 256))
    view = show(page, traits_of(Explorer(result, unit="bit"))).ready()
    total = result.total(RED)
    said = between(*(bound / np.log(2) for bound in total.interval()))
    row = view.root.locator(f'.idw-row[data-index="{RED}"]')
    for part in (".idw-value", ".idw-error"):
        expect(row.locator(part)).to_have_attribute("title", f"95%: {said} bits")
    name = f"red, {number(total.value / np.log(2))} bits, 95% {said}"
    expect(view.word(RED)).to_have_attribute("aria-label", name)
    expect(view.word(0)).to_have_attribute("aria-label", re.compile(r"^a \(0\), "))
    view.hover_cell(3, 3, GRID)
    expect(row.locator(".idw-value")).to_have_attribute("title", "")


@pytest.mark.parametrize(
    ("scale", "error"), [(1, 0.0042), (1, 0.74), (0.003, 0.0006), (40, 0.0012), (0.003, 8e-6)]
)
def test_each_value_ends_where_its_error_ends_and_its_column_holds_both(
    page: Page, scale: float, error: float
):
    result = synthetic_result("a red circle on a small cat", quantities=("cmi",))
    data = result.data.copy(deep=True)
    data["totals"] = data["totals"] * scale
    data["totals_error"] = data["totals_error"] * 0 + error
    view = show(page, traits_of(Explorer(type(result)(data)))).ready()
    rows = view.root.locator(".idw-row:not(.idw-below)")
    written = rows.evaluate_all(
        "(all) => all.map((row) => [Number(row.dataset.index), ...['.idw-value', '.idw-error'].map("
        "(part) => row.querySelector(part).textContent)])"
    )
    totals = data["totals"].sel(quantity="cmi", form="orthogonal").values.astype(np.float32)
    assert len(written) == len(result.words)
    for word, *said in written:
        assert " ".join(said) == with_error(float(totals[word]), float(np.float32(error))).replace("-", "−")
    parts = view.root.locator(".idw-row:not(.idw-below) :is(.idw-value, .idw-error)")
    assert all(
        parts.evaluate_all("(all) => all.map((o) => o.scrollWidth <= o.clientWidth && o.clientHeight < 23)")
    )


@pytest.mark.parametrize("width", [380, 1000])
def test_small_numbers_at_a_cell_and_a_weak_word_of_many_letters_are_not_cut_off(
    browser: Browser, artifacts: Path, width: int
):
    given = synthetic_result("a red pomegranatetree on ice", pixels=(512, 512), quantities=("cmi",))
    data = given.data.copy(deep=True)
    for name in ("maps", "totals"):
        data[name] = data[name] * -0.01
    data["maps"][{"word": CIRCLE}] *= 0.05
    data["maps_error"] = data["maps_error"] * 0 + 8e-6
    context = browser.new_context(viewport={"width": width, "height": 900})
    view = show(context.new_page(), traits_of(Explorer(type(given)(data), form="standard"))).ready()
    whole = "(all) => all.every((o) => o.scrollWidth <= o.clientWidth && o.scrollHeight <= o.clientHeight)"
    start = "(one) => one.getBoundingClientRect().left"
    view.hover_cell(20, 20, GRID)
    rows = view.root.locator(".idw-row:not(.idw-below)")
    expect(rows.locator(".idw-error").first).to_have_text("± 0.0000080")
    assert rows.locator(":is(.idw-value, .idw-error)").evaluate_all(whole)
    heading = view.root.locator(".idw-head .idw-error").evaluate(start)
    assert abs(heading - rows.first.locator(".idw-error").evaluate(start)) < 1
    view.page.screenshot(path=artifacts / f"dom-small-numbers-{width}.png", full_page=True)
    view.leave()
    view.hover_word(CIRCLE)
    expect(view.root.locator(".idw-how")).to_contain_text("“pomegranatetree” reaches")
    assert view.root.locator(".idw-how").evaluate_all(whole)
    view.page.screenshot(path=artifacts / f"dom-weak-word-{width}.png", full_page=True)
    context.close()


def test_failures_of_the_estimate_are_shown(page: Page, result: Any):
    progress = {
        "state": "failed",
        "done": 8,
        "planned": 64,
        "seconds_left": None,
        "message": "The maps hold NaN",
    }
    view = show(page, {**traits_of(Explorer(result)), "progress": progress}).ready()
    expect(view.problem).to_have_text("The maps hold NaN")


def test_before_the_first_draw_the_picture_and_the_words_are_there(page: Page, result: Any):
    explorer = Explorer(_waiting=state_before(result.prompt, result.words, result.image, 64))
    view = show(page, traits_of(explorer)).ready()
    view.hover_word(RED)
    view.canvas.hover()
    expect(view.root).to_have_attribute("data-map", "false")
    expect(view.root.locator(".idw-status")).to_have_text("starting")
    expect(view.root.locator(".idw-legend")).to_be_hidden()
    expect(view.root.locator('label:has(> input[name$="quantity"]):visible')).to_have_text(["CMI"])


def test_saving_the_view(view: View, artifacts: Path):
    view.hover_word(RED)
    with view.page.expect_download() as download:
        view.root.get_by_role("button", name="save PNG").evaluate("(button) => button.click()")
    assert download.value.suggested_filename == "a-red-circle-left-of-a-blue-square-on-sand--red.png"
    path = artifacts / "saved-view.png"
    download.value.save_as(path)
    saved = np.asarray(Image.open(path).convert("RGB"))
    assert saved.shape[1] == 2 * 560
    assert saved[:1000].std() > 10


@pytest.mark.parametrize(
    ("done", "rough", "says"),
    [
        (64, (), "± standard error"),
        (8, (), "± standard error, rough after so few draws"),
        (64, ("sand",), "± standard error, rough for “sand” after so few draws"),
        (64, ("blue",), "± standard error"),
    ],
)
def test_a_saved_view_says_as_the_figure_does_which_errors_are_rough(
    page: Page, tmp_path: Path, done: int, rough: tuple[str, ...], says: str
):
    result = synthetic_result(pixels=(256, 256), draws=64, done=done, rough=rough)
    explorer = Explorer(result, pinned_words=[RED, 9])
    view = show(page, traits_of(explorer)).ready()
    with page.expect_download() as download:
        view.root.get_by_role("button", name="SVG", exact=True).click()
    download.value.save_as(tmp_path / "view.svg")
    drawn = " ".join(text.get_text() for text in explorer.figure().texts)
    texts = ET.parse(tmp_path / "view.svg").getroot().iter("{http://www.w3.org/2000/svg}text")
    for said in (" ".join(text.text or "" for text in texts), drawn.replace("\n", " ")):
        assert re.findall(r"± standard error(?:, rough.* so few draws)?", said) == [says]


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        (
            {"pinned_words": [RED, CIRCLE], "below_error": "hide", "threshold": 0.1},
            [
                "striped where words overlap",
                "lines at 25% of the scale",
                "shown from 10% of the scale",
                "hidden: below 2 standard errors",
            ],
        ),
        (
            {"pinned_words": [RED], "form": "standard", "contours": True, "below_error": "hatch"},
            [
                "lines at 25%, 50% and 75% of the scale",
                "dashed below 0",
                "hatched: below 2 standard errors",
            ],
        ),
        ({"pinned_words": [RED], "region": BOX}, ["dashed outline: chosen region"]),
        (
            {"pinned_words": [RED], "band": (-5.36, 0.85)},
            ["standard errors are unknown for a part of the noise levels"],
        ),
    ],
)
def test_a_saved_view_says_as_the_figure_does_how_maps_are_drawn(
    page: Page, tmp_path: Path, choices: dict[str, Any], says: list[str]
):
    explorer = Explorer(with_extras(synthetic_result(pixels=(256, 256))), **choices)
    view = show(page, traits_of(explorer)).ready()
    with page.expect_download() as download:
        view.root.get_by_role("button", name="SVG", exact=True).click()
    download.value.save_as(tmp_path / "view.svg")
    texts = ET.parse(tmp_path / "view.svg").getroot().iter("{http://www.w3.org/2000/svg}text")
    saved = " ".join(text.text or "" for text in texts)
    drawn = " ".join(text.get_text() for text in explorer.figure().texts).replace("\n", " ")
    for fact in says:
        assert fact in saved
        assert fact in drawn
    assert ("bars: region, 17% of the picture" in saved) == ("region" in choices)


def test_the_canvas_follows_size_and_pixel_ratio(browser: Browser, result: Any):
    context = browser.new_context(viewport={"width": 480, "height": 900}, device_scale_factor=2)
    view = show(context.new_page(), traits_of(Explorer(result))).ready()
    box = view.canvas.bounding_box()
    assert box
    assert view.pixels().shape[1] == round(2 * box["width"])
    view.page.set_viewport_size({"width": 400, "height": 900})
    view.page.wait_for_function("document.querySelector('.idw-canvas').width < 800")
    assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_themes_change_the_ink_but_not_the_data(browser: Browser, result: Any, artifacts: Path):
    seen = {}
    for scheme, ink in (("light", "rgb(29, 28, 26)"), ("dark", "rgb(236, 234, 230)")):
        context = browser.new_context(color_scheme=scheme, viewport={"width": 1000, "height": 640})
        view = show(context.new_page(), traits_of(Explorer(result))).ready()
        assert view.root.evaluate("(root) => getComputedStyle(root).color") == ink
        view.hover_word(RED)
        seen[scheme] = view.pixels()
        view.page.screenshot(path=artifacts / f"dom-{scheme}.png")
        context.close()
    assert (seen["light"] == seen["dark"]).all()


def test_the_exported_file_works_from_disk_with_the_network_off(
    browser: Browser, result: Any, tmp_path: Path
):
    path = Explorer(result, unit="bit").to_html(tmp_path / "page.html")
    context = browser.new_context(offline=True)
    page = context.new_page()
    problems: list[str] = []
    requests: list[str] = []
    page.on("console", lambda line: problems.append(line.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: requests.append(request.url.split(":")[0]))
    page.goto(path.as_uri())
    view = View(page, page.locator(".idw")).ready()
    bare = view.pixels()
    view.hover_word(CIRCLE)
    assert (view.pixels() != bare).any()
    view.hover_cell(5, 5, GRID)
    assert view.ranking()[0][0] == result.ranking(5, 5)[0][0].text
    expect(view.root.locator(".idw-legend .idw-unit")).to_have_text("bits per latent cell")
    # Python is not there: what it would have to do is not offered.
    expect(view.root.get_by_role("button", name="SVG", exact=True)).to_be_visible()
    expect(view.root.get_by_role("button", name="PDF", exact=True)).to_have_count(0)
    expect(view.root.get_by_role("button", name="more draws")).to_be_hidden()
    assert problems == []
    assert sorted(set(requests)) == ["blob", "file"]
    context.close()


def test_hatching_comes_with_the_errors_which_come_after_the_maps(page: Page, artifacts: Path):
    doubtful = synthetic_result(pixels=(512, 512))
    errors = doubtful.data["maps_error"].values
    errors[:] = 1e-6
    errors[..., :, :16] = doubtful.data["maps"].values[..., :, :16]
    explorer = Explorer(doubtful, pinned_words=[3], below_error="hatch")
    view = show(page, traits_of(explorer, details=False)).ready()
    assert not view.overlay().any()
    details = encode_details(doubtful)
    page.evaluate(
        "([info, text]) => { const { model } = window.mounted; model.set('_details_info', info);"
        " model.set('_details', new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer)); }",
        [details.header, base64.b64encode(details.data).decode()],
    )
    expect(view.root).to_have_attribute("data-details", "true")
    assert view.overlay().any()
    page.screenshot(path=artifacts / "dom-hatched.png")


def test_a_saved_view_lights_no_word_that_the_screen_does_not(page: Page, result: Any, tmp_path: Path):
    view = show(page, traits_of(Explorer(result, pinned_words=[RED], quantity="full"))).ready()
    expect(view.root.locator(".idw-word.idw-active")).to_have_count(0)
    assert len(inks(saved(view, tmp_path))) == 1


def test_one_of_several_pins_keeps_its_colour_while_it_is_pointed_at(
    page: Page, tmp_path: Path, artifacts: Path
):
    """The colour of what is pointed at is nearly that of the first pin."""
    explorer = Explorer(synthetic_result(pixels=(256, 256)), pinned_words=[RED, 7])
    view = show(page, traits_of(explorer)).ready()
    view.hover_word(7)
    curve = view.root.locator('.idw-curve path[d]:not([d=""])')
    expect(curve).to_have_count(1)
    expect(view.root.locator(".idw-levelname")).to_have_text("square")
    row = view.root.locator(".idw-row.idw-active")
    expect(row.locator(".idw-name")).to_have_text("square")
    pin, ink = "rgb(86, 180, 233)", view.root.evaluate("(one) => getComputedStyle(one).color")
    expect(curve).to_have_css("fill", pin)
    expect(row.locator(".idw-rowbar")).to_have_css("background-color", pin)
    for word in (row, view.word(7)):
        expect(word).to_have_css("color", ink)
    page.screenshot(path=artifacts / "dom-pin-lit.png")
    assert len(inks(saved(view, tmp_path))) == 1
    view.hover_word(3)
    expect(view.root.locator(".idw-levelname")).to_have_text("left")
    expect(curve).to_have_count(1)
    expect(curve).not_to_have_css("fill", pin)
    expect(view.word(3)).not_to_have_css("color", ink)


def saved(view: View, folder: Path) -> ET.Element:
    with view.page.expect_download() as download:
        view.root.get_by_role("button", name="SVG", exact=True).click()
    download.value.save_as(folder / "view.svg")
    return ET.parse(folder / "view.svg").getroot()


def sentence(root: ET.Element) -> list[ET.Element]:
    return [text for text in root.iter("{http://www.w3.org/2000/svg}text") if text.get("font-size") == "22"]


def inks(root: ET.Element) -> set[str | None]:
    return {text.get("fill") for text in sentence(root)}


def test_a_saved_view_holds_a_long_prompt_of_which_few_words_were_asked_about(
    page: Page, tmp_path: Path, artifacts: Path
):
    explorer = Explorer(synthetic_result(pixels=(512, 512)), pinned_words=[RED])
    given = traits_of(explorer)
    more = (
        ", in the style of a faded photograph taken from very far away at dawn by somebody who was passing, "
    )
    more += 2 * "Donaudampfschifffahrtsgesellschaft"
    given["_header"] = {**given["_header"], "prompt": given["_header"]["prompt"] + more}
    view = show(page, given).ready()
    root = saved(view, tmp_path)
    assert "".join(text.text or "" for text in sentence(root)) == given["_header"]["prompt"]
    assert len(inks(root)) == 2
    ends = page.evaluate(
        """(svg) => {
          const box = document.body.appendChild(document.createElement('div'));
          box.innerHTML = svg.replace(/^<[?].*?[?]>/, '');
          const texts = [...box.querySelectorAll('text')].filter((one) => one.textContent.trim());
          const ends = texts.map((one) => one.getBBox()).map(({ x, width }) => x + width);
          box.remove();
          return ends;
        }""",
        (tmp_path / "view.svg").read_text(),
    )
    assert max(ends) <= float(root.get("width", 0))
    with page.expect_download() as download:
        view.root.get_by_role("button", name="save PNG").click()
    download.value.save_as(artifacts / "saved-long-prompt.png")


def test_a_view_from_right_to_left_is_saved_so(page: Page, tmp_path: Path, artifacts: Path):
    view = show(page, traits_of(Explorer(synthetic_result("قطة حمراء على الرمل", pixels=(128, 128))))).ready()
    texts = sentence(saved(view, tmp_path))
    lefts = [float(text.get("x", 0)) for text in texts if (text.text or "").strip()]
    assert lefts == sorted(lefts, reverse=True)
    with page.expect_download() as download:
        view.root.get_by_role("button", name="save PNG").click()
    download.value.save_as(artifacts / "saved-right-to-left.png")


def test_a_file_that_is_drawn_is_not_asked_for_twice(page: Page, result: Any):
    view = show(page, traits_of(Explorer(result))).ready()
    button = view.root.get_by_role("button", name="PDF", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(view.root.locator(".idw-savenote")).to_have_text("drawing")
    view.choose("bits")
    expect(view.root.locator(".idw-legend .idw-unit")).to_have_text("bits per latent cell")
    expect(button).to_be_disabled()
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_be_focused()
    assert page.evaluate("window.sent.map(({ kind }) => kind)") == ["file"]
    page.evaluate(
        "window.mounted.model.receive({ kind: 'file', request: window.sent[0].request, problem: 'no' })"
    )
    expect(button).to_be_enabled()


def test_a_tall_picture_has_no_more_pixels_than_a_wide_one(browser: Browser):
    context = browser.new_context(viewport={"width": 1000, "height": 900}, device_scale_factor=3)
    tall = synthetic_result(cells=(48, 16), pixels=(768, 256))
    view = show(context.new_page(), traits_of(Explorer(tall))).ready()
    assert view.canvas.evaluate("({ width, height }) => [width, height]") == [400, 1200]
    context.close()
