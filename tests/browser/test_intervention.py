"""Before, after, predicted and actual in a real browser: one cursor in four pictures."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from explorer_page import FRAMES, MOUNT, take
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from synthetic_outcomes import GRID, SIZE, synthetic_outcomes

from infodiff_widgets import colour
from infodiff_widgets.analyses.intervene_view import InterventionView
from infodiff_widgets.html import static_text

PANES = ("before", "after", "predicted", "actual")


def traits_of(view: InterventionView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in ("_header", "_maps", "_pictures", *view.DISPLAY)}


def show(page: Page, traits: dict[str, Any], views: int = 1) -> Locator:
    page.set_content("<!doctype html><title>interventions</title>")
    page.add_style_tag(content=static_text("intervention.css"))
    buffers = {k: base64.b64encode(v).decode() for k, v in traits.items() if isinstance(v, bytes)}
    rest = {k: v for k, v in traits.items() if not isinstance(v, bytes)}
    module = static_text("intervention.js")
    page.evaluate(MOUNT, {"module": module, "traits": rest, "buffers": buffers, "views": views})
    return page.locator(".idw").first


def canvas(root: Locator, pane: str) -> Locator:
    return root.locator(f'[data-pane="{pane}"] .idw-canvas')


def ready(root: Locator, change: int = 0) -> Locator:
    expect(root).to_have_attribute("data-ready", "true")
    expect(root).to_have_attribute("data-change", str(change))
    root.page.evaluate(FRAMES)
    return root


def hover(root: Locator, pane: str, row: int, column: int) -> None:
    box = canvas(root, pane).bounding_box()
    assert box
    x, y = (column + 0.5) / SIZE[1] * box["width"], (row + 0.5) / SIZE[0] * box["height"]
    canvas(root, pane).hover(position={"x": x, "y": y})
    expect(root).to_have_attribute("data-pixel", f"{row},{column}")
    root.page.evaluate(FRAMES)


def pixels(root: Locator, pane: str) -> np.ndarray:
    root.page.evaluate(FRAMES)
    address = canvas(root, pane).evaluate("(canvas) => canvas.toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB"))


def trait(page: Page, name: str) -> Any:
    return page.evaluate(f"window.mounted.model.get('{name}')")


@pytest.fixture(scope="module")
def view() -> InterventionView:
    return InterventionView(synthetic_outcomes())


@pytest.fixture
def root(page: Page, view: InterventionView) -> Locator:
    return ready(show(page, traits_of(view)))


def test_each_pane_draws_what_python_draws(root: Locator, view: InterventionView):
    outcome = view.outcomes[0]
    bare = pixels(root, "before")
    ends = {
        "predicted": colour.shared_top(np.stack([o.maps["information"] for o in view.outcomes])),
        "actual": max(colour.top(o.edit.changed) for o in view.outcomes),
    }
    maps = {"predicted": outcome.maps["information"], "actual": outcome.edit.changed}
    for pane, base in (("predicted", bare), ("actual", pixels(root, "after"))):
        want = colour.lay_over(base, maps[pane], ends[pane], colour="inferno")
        difference = np.abs(pixels(root, pane).astype(int) - want.astype(int))
        assert difference.mean() < 1
        assert np.quantile(difference, 0.999) <= 8
    middle = pixels(root, "after")[bare.shape[0] // 2, int(bare.shape[1] * 0.35)]
    assert np.abs(middle.astype(int) - (50, 40, 190)).max() < 6, "the disc turned blue"


@pytest.mark.parametrize("pane", PANES)
def test_pointing_at_any_picture_moves_the_cursor_in_all(root: Locator, view: InterventionView, pane: str):
    row, column = 30, 33
    hover(root, pane, row, column)
    places = []
    for other in PANES:
        frame = root.locator(f'[data-pane="{other}"] .idw-frame').bounding_box()
        mark = root.locator(f'[data-pane="{other}"] .idw-cell').bounding_box()
        assert frame
        assert mark
        places.append((mark["x"] - frame["x"], mark["y"] - frame["y"]))
        assert places[-1] == pytest.approx(
            (column / SIZE[1] * frame["width"], row / SIZE[0] * frame["height"]), abs=0.5
        )
    assert np.ptp(places, axis=0).max() < 0.5
    outcome = view.outcomes[0]
    cell = row * GRID[0] // SIZE[0], column * GRID[1] // SIZE[1]
    for one, values, place in (
        ("predicted", outcome.maps["information"], cell),
        ("actual", outcome.edit.changed, (row, column)),
    ):
        said = root.locator(f'[data-pane="{one}"] .idw-said').text_content() or ""
        assert float(said) == pytest.approx(values[place], abs=6e-3)
        beside = root.locator(f'[data-pane="{one}"] .idw-beside').first.text_content() or ""
        below = (values < values[place]).mean()
        assert float(beside.removeprefix("above ").removesuffix("%")) == pytest.approx(100 * below, abs=1.1)
    seen = np.asarray(outcome.edit.after)[row, column]
    expect(root.locator('[data-pane="after"] .idw-said')).to_have_text(" ".join(map(str, seen)))
    expect(root.locator('[data-pane="before"] .idw-beside').first).to_have_text("y 30, x 33")
    root.page.mouse.move(1, 1)
    expect(root).to_have_attribute("data-pixel", "")
    expect(root.locator('[data-pane="after"] .idw-cell')).to_be_hidden()


def test_keys_move_the_cursor_and_go_from_picture_to_picture(root: Locator):
    page = root.page
    page.evaluate("window.leaked = 0; window.addEventListener('keydown', () => window.leaked++)")
    assert root.locator('.idw-canvas[tabindex="0"]').count() == 1
    canvas(root, "before").focus()
    page.keyboard.press("ArrowRight")
    expect(root).to_have_attribute("data-pixel", "32,48")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    expect(root).to_have_attribute("data-pixel", "31,44")
    page.keyboard.press("4")
    expect(canvas(root, "actual")).to_be_focused()
    expect(root).to_have_attribute("data-pixel", "31,44")
    assert root.locator('.idw-canvas[tabindex="0"]').count() == 1
    expect(root.locator("[aria-live]")).to_contain_text("At y 31, x 44: predicted")
    expect(root.locator("[aria-live]")).to_contain_text("of the pixels’ range, above")
    page.keyboard.press("Enter")
    assert trait(page, "pinned_pixel") == [31, 44]
    page.keyboard.press("ArrowDown")
    expect(root).to_have_attribute("data-pixel", "32,44")
    page.keyboard.press("+")
    expect(root).to_have_attribute("data-zoomed", "true")
    page.keyboard.press("0")
    expect(root).to_have_attribute("data-zoomed", "false")
    page.keyboard.press("Escape")
    expect(root).to_have_attribute("data-pixel", "")
    assert trait(page, "pinned_pixel") is None
    assert page.evaluate("window.leaked") == 0
    assert root.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_a_click_keeps_the_pixel_and_another_lets_it_go(root: Locator):
    hover(root, "predicted", 20, 60)
    root.page.mouse.down()
    root.page.mouse.up()
    root.page.mouse.move(1, 1)
    expect(root).to_have_attribute("data-pixel", "20,60")
    hover(root, "after", 20, 60)
    root.page.mouse.down()
    root.page.mouse.up()
    assert trait(root.page, "pinned_pixel") is None


def test_one_change_of_several_is_chosen(root: Locator):
    page = root.page
    story = root.locator(".idw-story")
    expect(story.locator("del")).to_have_text("red")
    expect(story.locator("ins")).to_have_text("blue")
    expect(root.locator(".idw-scores")).to_contain_text("the new picture shows what was asked for")
    radios = root.get_by_role("radiogroup", name="Changes").get_by_role("radio")
    radios.first.focus()
    page.keyboard.press("ArrowRight")
    ready(root, 1)
    assert trait(page, "chosen") == 1
    expect(story.locator("ins")).to_have_count(0)
    page.evaluate("window.mounted.model.set('chosen', 2)")
    ready(root, 2)
    expect(story.locator("ins")).to_have_text("big")
    expect(radios.nth(2)).to_be_checked()
    expect(root.get_by_role("radio", name="attention, drawn again")).to_be_disabled()
    page.evaluate("window.mounted.model.set('predictor', 'regeneration')")
    expect(root.locator('[data-pane="predicted"] .idw-said')).to_have_text("not known for this change")
    expect(root.locator(".idw-scores")).to_contain_text("not known for this change")


def test_what_predicts_what_counts_and_how_it_is_written(root: Locator, view: InterventionView):
    outcome = view.outcomes[0]
    r = outcome.pearson["attention"]
    take(root.get_by_role("radio", name="attention", exact=True))
    take(root.get_by_role("radio", name="latents"))
    text = f"attention and the change of latents: r {r:.3f}".replace("-", "−")
    expect(root.locator(".idw-scores")).to_contain_text(text[:-1])
    units = [root.locator(f'[data-pane="{one}"] .idw-panescale .idw-unit').first for one in PANES[2:]]
    expect(units[0]).to_have_text("share of attention")
    expect(units[1]).to_have_text("squared latents")
    expect(root.get_by_role("radio", name="bits")).to_be_disabled()
    take(root.get_by_role("radio", name="information", exact=True))
    take(root.get_by_role("radio", name="bits"))
    expect(units[0]).to_have_text("bits per latent cell")
    end = colour.shared_top(np.stack([o.maps["information"] for o in view.outcomes])) / np.log(2)
    high = root.locator('[data-pane="predicted"] .idw-high')
    assert float((high.text_content() or "").removeprefix("≥ ")) == pytest.approx(end, abs=6e-3)
    how = root.locator('[data-pane="predicted"] .idw-panescale .idw-unit').nth(1)
    expect(how).to_have_text("24 × 16 · one scale for all changes")
    take(root.get_by_role("radio", name="own"))
    expect(how).to_have_text("24 × 16 · own scale")


def test_outlines_are_drawn_in_all_pictures(root: Locator):
    def ink(pane: str) -> int:
        root.page.evaluate(FRAMES)
        layer = root.locator(f'[data-pane="{pane}"] .idw-overlay')
        address = layer.evaluate("(canvas) => canvas.toDataURL('image/png')")
        seen = Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGBA")
        return int((np.asarray(seen)[..., 3] > 0).sum())

    assert [ink(pane) for pane in PANES] == [0, 0, 0, 0]
    take(root.get_by_role("radio", name="both"))
    assert min(ink(pane) for pane in PANES) > 200


def test_two_views_of_one_model(page: Page, view: InterventionView):
    first = ready(show(page, traits_of(view), views=2))
    second = ready(page.locator(".idw").nth(1))
    hover(first, "after", 10, 10)
    expect(second).to_have_attribute("data-pixel", "")
    take(first.get_by_role("radio", name="latents"))
    expect(second.get_by_role("radio", name="latents")).to_be_checked()
    page.evaluate("window.mounted.destroy()")
    expect(page.locator(".idw")).to_have_count(0)


def test_prompts_and_names_are_shown_as_text(page: Page):
    prompt = "a <script>window.hacked=1</script> <img/src=x/onerror=alert(1)> 🐱 \u202ecat"
    root = ready(show(page, traits_of(InterventionView(synthetic_outcomes(prompt)))))
    assert root.locator(".idw-story del").text_content() == prompt.split()[1]
    assert root.locator("script, img").count() == 0
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"_maps": b"\0" * 10}, "its maps should have"),
        ({"_header": {}}, "no change to show"),
        ({"_header": {"schema_version": 99}}, "data layout 99"),
        ({"_pictures": b"not a picture"}, "pictures of this change cannot be read"),
    ],
)
def test_what_cannot_be_shown_says_so_in_the_view(
    page: Page, view: InterventionView, change: dict[str, Any], says: str
):
    root = show(page, {**traits_of(view), **change})
    expect(root.get_by_role("alert")).to_contain_text(says)
    expect(root).to_have_attribute("data-ready", "false")


def test_themes_and_narrow_columns(browser: Browser, view: InterventionView, artifacts: Path):
    looks: list[tuple[Literal["light", "dark"], int, str, int]] = [
        ("light", 1000, "rgb(29, 28, 26)", 4),
        ("dark", 1000, "rgb(236, 234, 230)", 4),
        ("light", 380, "rgb(29, 28, 26)", 2),
    ]
    for scheme, width, ink, columns in looks:
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 640})
        root = ready(show(context.new_page(), traits_of(view)))
        assert root.evaluate("(root) => getComputedStyle(root).color") == ink
        lefts = [root.locator(f'[data-pane="{one}"]').evaluate("(e) => e.offsetLeft") for one in PANES]
        assert len(set(lefts)) == columns
        assert context.pages[0].evaluate("document.documentElement.scrollWidth <= innerWidth")
        hover(root, "actual", 30, 30)
        name = f"intervention-{scheme}-{width}.png"
        context.pages[0].screenshot(path=artifacts / name, full_page=True)
        context.close()


def test_the_exported_file_works_from_disk_with_the_network_off(
    browser: Browser, view: InterventionView, tmp_path: Path
):
    path = view.to_html(tmp_path / "view.html")
    context = browser.new_context(offline=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda line: problems.append(line.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(path.as_uri())
    root = ready(page.locator(".idw"))
    hover(root, "before", 5, 5)
    assert problems == []
    context.close()


def test_where_the_kernel_is_gone_choices_are_made_all_the_same(root: Locator):
    page = root.page
    page.evaluate("() => { window.mounted.model.save_changes = () => { throw new Error('Cannot send'); }; }")
    take(root.locator(".idw-changes input").nth(1))
    ready(root, 1)
    expect(root.get_by_role("alert")).to_have_count(0)
    hover(root, "before", 20, 60)
    page.mouse.down()
    page.mouse.up()
    assert trait(page, "pinned_pixel") == [20, 60]
    ready(root, 1)


def test_what_is_wrong_with_one_change_is_not_said_of_another(page: Page, view: InterventionView):
    given = traits_of(view)
    at, length = view._header["changes"][1]["before"]
    broken = bytearray(given["_pictures"])
    broken[at : at + length] = bytes(length)
    root = ready(show(page, {**given, "_pictures": bytes(broken)}))
    alert, radios = root.locator(".idw-problem"), root.locator(".idw-changes input")
    for _ in range(2):
        take(radios.nth(1))
        expect(alert).to_contain_text("pictures of this change cannot be read")
        take(radios.nth(0))
        expect(alert).to_be_hidden()
        ready(root, 0)


def test_high_contrast_keeps_the_cursor_and_the_colours_that_are_told(
    browser: Browser, view: InterventionView, artifacts: Path
):
    context = browser.new_context(viewport={"width": 1000, "height": 700}, forced_colors="active")
    page = context.new_page()
    root = ready(show(page, traits_of(InterventionView(synthetic_outcomes(), contours=True))))
    hover(root, "before", 5, 5)
    cursor = root.locator(".idw-cell").first
    assert "gradient" in cursor.evaluate("(one) => getComputedStyle(one, '::before').backgroundImage")
    shade = "(one) => [one.style.background, getComputedStyle(one).backgroundColor]"
    said = root.locator('[data-pane="before"] .idw-said').text_content() or ""
    shown = root.locator(".idw-pixel").first.evaluate("(one) => getComputedStyle(one).backgroundColor")
    assert shown == f"rgb({', '.join(said.split())})"
    keys = root.locator(".idw-line-key:visible").evaluate_all(f"(all) => all.map({shade})")
    assert len({colour for _, colour in keys}) == 2
    page.screenshot(path=artifacts / "intervention-contrast.png", full_page=True)
    context.close()
