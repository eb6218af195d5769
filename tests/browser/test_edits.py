"""Leaving words out and exchanging them, on a page without Jupyter: what is sent, and what is shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_page import View, show, traits_of
from playwright.sync_api import Page, expect
from synthetic import synthetic_result

from infodiff_widgets import Explorer

RED, SQUARE = 1, 7
NO_KERNEL = "() => { window.sent.push = () => { throw new Error('Cannot send'); }; }"
HOSTILE = '<img src=x onerror="alert(1)"> ‮ 🟦'


def traits(explorer: Explorer, **changes: Any) -> dict[str, Any]:
    asked = {"_edits": {**explorer._edits, "model": True}, "_edit_maps": explorer._edit_maps}
    return {**traits_of(explorer), **asked, **changes}


@pytest.fixture
def explorer() -> Explorer:
    """A result with one word left out; the text that stands for another is put in by hand."""
    explorer = Explorer(synthetic_result(pixels=(256, 256)))
    explorer.edit("square")
    return explorer


def test_the_pinned_word_can_be_left_out_or_exchanged(page: Page, explorer: Explorer):
    view = show(page, traits(explorer)).ready()
    form = view.root.locator(".idw-editform")
    expect(form).to_be_hidden()
    expect(view.root.locator(".idw-edithint")).to_contain_text("Pin a word")
    view.word(RED).click()
    expect(form).to_contain_text("“red”")
    form.get_by_role("button", name="leave out").click()
    form.get_by_role("textbox").fill(HOSTILE)
    page.keyboard.press("Enter")
    problem = view.root.locator(".idw-editproblem")
    for blank in ("  ", "\u200b "):
        form.get_by_role("textbox").fill(blank)
        expect(problem).to_be_hidden()
        form.get_by_role("button", name="put in its place").click()
        expect(problem).to_have_text("Write what is to take the place of “red”, or leave it out.")
        expect(problem).to_be_visible()
    form.get_by_role("textbox").fill(" red ")
    expect(problem).to_be_hidden()
    page.keyboard.press("Enter")
    expect(problem).to_have_text("“red” is there already: write another text, or leave it out.")
    view.word(SQUARE).click()
    expect(problem).to_be_hidden()
    assert page.evaluate("window.sent") == [
        {"kind": "edit", "word": RED, "text": None},
        {"kind": "edit", "word": RED, "text": HOSTILE},
    ]


def test_beside_the_map_of_an_edit_it_is_said_that_the_rest_is_of_the_prompt_as_it_stands(
    page: Page, explorer: Explorer, artifacts: Path
):
    view = show(page, traits(explorer)).ready()
    where, curve = view.root.locator(".idw-where"), view.root.locator(".idw-levelname")
    expect(view.root.locator(".idw-what")).to_contain_text("without “square”")
    expect(where).to_have_text("whole picture, prompt as it stands")
    expect(curve).to_have_text("“square”, as it stands")
    assert where.evaluate("(one) => one.scrollWidth <= one.clientWidth"), "cut off"
    page.screenshot(path=artifacts / "dom-edit-beside.png")
    view.hover_word(RED)
    expect(where).to_have_text("whole picture")
    expect(curve).to_have_text("red")


def test_an_edit_shows_its_map_on_hover_and_stays_when_pinned(
    page: Page, explorer: Explorer, artifacts: Path
):
    state = {**explorer._edits, "model": True}
    state["edits"] = [{**state["edits"][0], "text": HOSTILE}]
    view = show(page, traits(explorer, _edits=state, pinned_edit=None)).ready()
    bare = view.pixels()
    chip = view.root.locator(".idw-chip")
    expect(chip).to_contain_text(f"“square” → “{HOSTILE}”")
    expect(chip).to_contain_text(re.compile(r"[\d.]+ ± [\d.]+ nats"))
    chip.hover()
    expect(view.root.locator(".idw-how")).to_contain_text(
        re.compile("scale of this change|the scale of all words")
    )
    expect(view.root).to_have_attribute("data-map", "true")
    expect(view.root).to_have_attribute("data-word", str(SQUARE))
    expect(view.root.locator(".idw-what")).to_contain_text("where the picture would change")
    hovered = view.pixels()
    assert (hovered != bare).any()
    chip.locator(".idw-editshow").click()
    page.mouse.move(1, 1)
    assert (view.pixels() == hovered).all()
    page.screenshot(path=artifacts / "dom-edit.png")
    view.hover_word(RED)
    assert (view.pixels() != hovered).any()
    view.word(RED).click()
    page.mouse.move(1, 1)
    assert page.evaluate("window.mounted.model.get('pinned_edit')") is None
    chip.get_by_role("button", name="Forget").click()
    assert page.evaluate("window.sent.at(-1)") == {"kind": "drop_edit", "edit": state["edits"][0]["key"]}


def test_the_map_of_an_edit_is_that_of_the_word_left_out(page: Page, explorer: Explorer):
    view = show(page, traits(explorer, pinned_edit=None)).ready()
    view.hover_word(SQUARE)
    want = view.pixels().astype(int)
    view.root.locator(".idw-chip").hover()
    assert np.abs(view.pixels().astype(int) - want).max() <= 1


def test_progress_and_failure_are_told(page: Page, explorer: Explorer):
    (entry,) = explorer._edits["edits"]
    running = {"state": "running", "done": 12, "planned": 64, "seconds_left": 3.0, "message": ""}
    failed = {
        "state": "failed",
        "done": 0,
        "planned": 64,
        "seconds_left": None,
        "message": "too long",
    }
    entries = [
        {**entry, "key": 5, "progress": running},
        {**entry, "key": 6, "progress": failed, "maps": []},
    ]
    state = {**explorer._edits, "model": True, "problem": "<b>refused</b>", "edits": entries}
    view = show(page, traits(explorer, _edits=state)).ready()
    first, second = view.root.locator(".idw-chip").all()
    expect(first).to_contain_text("12 of 64 draws")
    expect(first.get_by_role("button", name="Stop")).to_be_visible()
    expect(second).to_contain_text("failed: too long")
    expect(view.root.locator(".idw-editproblem")).to_have_text("<b>refused</b>")


LONG = "a nebula of many stars " * 8
FAILED = {
    "state": "failed", "done": 0, "planned": 64, "seconds_left": None,
    "message": "The text in place of 'red' makes the prompt longer than the network reads.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("progress", "says"),
    [
        (FAILED, "this change failed"),
        ({**FAILED, "state": "cancelled", "message": ""}, "this change was stopped before its first draw"),
        ({**FAILED, "state": "running", "message": "waiting"}, "nothing yet"),
    ],
)
def test_of_a_change_without_a_map_the_legend_says_why_and_shows_no_scale(
    page: Page, explorer: Explorer, artifacts: Path, progress: dict[str, Any], says: str
):
    (entry,) = explorer._edits["edits"]
    entry = {**entry, "key": 6, "word": RED, "text": LONG, "progress": progress, "maps": []}
    state = {**explorer._edits, "model": True, "edits": [entry]}
    view = show(page, traits(explorer, _edits=state, pinned_words=[RED], pinned_edit=6)).ready()
    expect(view.root.locator(".idw-what")).to_have_text(says)
    expect(view.root.locator(".idw-scaleline")).to_be_hidden()
    expect(view.root.locator(".idw-how")).to_have_text("")
    expect(view.root.get_by_text(LONG.strip())).to_have_count(0)
    name = view.root.get_by_text(re.compile("“red” → “a nebula .*…”"))
    expect(name).to_have_count(1)
    expect(view.root.locator(".idw-editshow")).to_have_attribute("title", LONG)
    page.screenshot(path=artifacts / f"dom-edit-{progress['state']}.png", full_page=True)
    view.hover_word(SQUARE)
    expect(view.root.locator(".idw-scaleline")).to_be_visible()


def test_a_change_that_failed_after_some_draws_keeps_its_map_and_says_so(page: Page, explorer: Explorer):
    (entry,) = explorer._edits["edits"]
    state = {**explorer._edits, "edits": [{**entry, "progress": {**FAILED, "done": 8}}]}
    view = show(page, traits(explorer, _edits=state)).ready()
    expect(view.root.locator(".idw-what")).to_contain_text("; this change failed before all its draws")
    expect(view.root.locator(".idw-scaleline")).to_be_visible()


def test_without_a_model_the_row_says_so(page: Page, explorer: Explorer):
    view = show(page, {**traits(explorer), "_edits": {"model": False, "problem": "", "edits": []}}).ready()
    expect(view.root.locator(".idw-edits")).to_be_hidden()
    view.word(RED).click()
    hint = view.root.locator(".idw-edithint")
    expect(hint).to_have_text(
        "To leave words out or swap them, attach the model in Python: explorer.attach(pipeline)"
    )
    expect(view.root.locator(".idw-editform")).to_be_hidden()


def test_where_the_kernel_is_gone_each_button_says_so_and_the_rest_goes_on(
    page: Page, explorer: Explorer, artifacts: Path
):
    says = "The kernel that this came from is gone: run its cell again."
    view = show(page, traits(explorer, pinned_edit=None)).ready()
    page.evaluate(NO_KERNEL)
    alert = view.root.locator(".idw-problem")
    expect(alert).to_be_hidden()
    view.word(RED).click()
    expect(alert).to_be_hidden()
    view.root.get_by_role("button", name="leave out").click()
    expect(alert).to_have_text(says)
    more = view.root.get_by_role("button", name="more draws")
    more.click()
    expect(more).to_be_enabled()
    view.root.get_by_role("button", name="Forget").click()
    view.root.get_by_role("button", name="PDF", exact=True).click()
    expect(view.root.locator(".idw-savenote")).to_have_text(f"no PDF: {says}")
    expect(view.root).to_have_attribute("data-ready", "true")
    pinned = view.pixels()
    view.hover_word(SQUARE)
    assert (view.pixels() != pinned).any()
    page.screenshot(path=artifacts / "dom-kernel-gone.png", full_page=True)


def test_while_python_does_not_answer_the_view_says_so(page: Page, explorer: Explorer):
    view = show(page, traits(explorer, pinned_edit=None)).ready()
    alert = view.root.locator(".idw-problem")
    view.root.get_by_role("button", name="more draws").click()
    expect(alert).to_be_hidden()
    expect(alert).to_contain_text(
        "Python has not answered yet: another cell is running, or the kernel is gone"
    )
    page.evaluate("window.mounted.model.receive({ kind: 'heard' })")
    expect(alert).to_be_hidden()
    assert page.evaluate("window.sent") == [{"kind": "more"}]


def test_cancel_can_be_pressed_again_where_the_kernel_is_gone(page: Page, explorer: Explorer):
    progress = {"state": "running", "done": 8, "planned": 64, "seconds_left": 3.0, "message": ""}
    view = show(page, traits(explorer, progress=progress)).ready()
    page.evaluate(NO_KERNEL)
    stop = view.root.get_by_role("button", name="cancel", exact=True)
    stop.click()
    expect(view.root.locator(".idw-problem")).to_contain_text("kernel that this came from is gone")
    expect(stop).to_be_enabled()


def test_an_exported_page_shows_the_pinned_change(page: Page, explorer: Explorer, tmp_path: Path):
    (edit,) = explorer.edits
    explorer.pinned_edit, explorer.pinned_words = None, [RED]
    explorer.pinned_edit = edit.key
    page.goto(explorer.to_html(tmp_path / "page.html").as_uri())
    view = View(page, page.locator(".idw")).ready()
    expect(view.root.locator(".idw-what")).to_contain_text("without “square”: where the picture would change")
    expect(view.root).to_have_attribute("data-map", "true")
    expect(view.root).to_have_attribute("data-word", str(SQUARE))
    (entry,) = explorer._edits["edits"]
    waiting = {**entry["progress"], "state": "running", "message": "waiting"}
    explorer._edits = {**explorer._edits, "edits": [{**entry, "progress": waiting, "maps": []}]}
    page.goto(explorer.to_html(tmp_path / "early.html").as_uri())
    view = View(page, page.locator(".idw")).ready()
    expect(view.root.locator(".idw-what")).to_have_text("nothing yet when this page was saved")
    expect(view.root.locator(".idw-chip")).to_contain_text("nothing yet when this page was saved")


def test_an_exported_page_offers_nothing_that_python_would_have_to_do(
    page: Page, explorer: Explorer, tmp_path: Path
):
    (entry,) = explorer._edits["edits"]
    failed = {**entry["progress"], "state": "failed", "done": 0, "message": "out of memory"}
    lost = {**entry, "key": entry["key"] + 1, "progress": failed, "maps": []}
    explorer._edits = {**explorer._edits, "edits": [entry, lost]}
    page.goto(explorer.to_html(tmp_path / "page.html").as_uri())
    view = View(page, page.locator(".idw")).ready()
    view.word(RED).click()
    expect(view.root.locator(".idw-chip")).to_have_count(1)  # of what failed there is nothing to see
    expect(view.root.locator(".idw-chip")).to_contain_text("without “square”")
    expect(view.root).not_to_contain_text("attach")
    expect(view.root.get_by_role("button", name="Forget")).to_have_count(0)


def test_a_word_and_a_change_that_python_pins_together_both_stay(page: Page, explorer: Explorer):
    (edit,) = explorer.edits
    view = show(page, traits(explorer, pinned_edit=None), views=2).ready()
    page.evaluate(
        "(key) => { const { model } = window.mounted;"
        " model.set('pinned_edit', key); model.set('pinned_words', [1]); }",
        edit.key,
    )
    expect(view.root.locator(".idw-what")).to_contain_text("without “square”")
    assert page.evaluate("window.mounted.model.get('pinned_edit')") == edit.key


def test_a_change_that_is_forgotten_leaves_the_focus_in_the_view(page: Page, explorer: Explorer):
    (entry,) = explorer._edits["edits"]
    both = {**explorer._edits, "model": True, "edits": [entry, {**entry, "key": entry["key"] + 1}]}
    view = show(page, traits(explorer, _edits=both, pinned_edit=None)).ready()
    for kept in ([both["edits"][1]], []):
        view.root.locator(".idw-drop").first.focus()
        page.keyboard.press("Enter")
        page.evaluate("(edits) => window.mounted.model.set('_edits', edits)", {**both, "edits": kept})
        expect(view.root.locator(".idw-editshow")).to_have_count(len(kept))
        expect(view.root.locator(".idw-editshow") if kept else view.canvas).to_be_focused()


def test_the_focus_goes_from_more_draws_to_cancel_and_back(page: Page, explorer: Explorer):
    view = show(page, traits(explorer)).ready()
    more = view.root.get_by_role("button", name="more draws")
    stop = view.root.get_by_role("button", name="cancel", exact=True)
    progress = {"state": "running", "done": 0, "planned": 64, "seconds_left": None, "message": ""}
    for pressed, state, other in ((more, "running", stop), (stop, "cancelled", more)):
        pressed.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(pressed).to_be_focused()
        expect(pressed).to_be_disabled()
        page.evaluate(
            "(progress) => window.mounted.model.set('progress', progress)", {**progress, "state": state}
        )
        expect(other).to_be_focused()
        expect(other).to_be_enabled()
    assert page.evaluate("window.sent.map(({ kind }) => kind)") == ["more", "cancel"]


def test_what_is_wrong_with_changes_is_said_until_they_are_read_well_beside_what_else_is_wrong(
    page: Page, explorer: Explorer
):
    bad = {**explorer._edits, "edits": [{"key": "x"}]}
    view = show(page, traits(explorer, _edits=bad, _image=b"no picture", pinned_edit=None))
    alert = view.root.locator(".idw-problem")
    expect(alert).to_contain_text("picture of this result cannot be read")
    expect(alert).to_contain_text("a change is of no word")
    page.evaluate("(edits) => window.mounted.model.set('_edits', edits)", {**explorer._edits, "model": True})
    expect(view.root.locator(".idw-chip")).to_contain_text("without “square”")
    expect(alert).not_to_contain_text("a change is of no word")
    expect(alert).to_contain_text("picture of this result cannot be read")
