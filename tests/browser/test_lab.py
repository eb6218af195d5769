"""The explorer in a real JupyterLab: a kernel, a notebook, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, Notebook
from playwright.sync_api import expect
from synthetic import synthetic_result

pytestmark = pytest.mark.lab

GRID = (32, 32)
RED, SQUARE = 1, 7
SETUP = (
    "import time\n"
    "from models import PICTURE, PROMPT, Mixture\n"
    "from synthetic import synthetic_result\n"
    "from infodiff_widgets import Explorer, explore\n"
    "class Slow(Mixture):\n"
    "    def epsilon(self, *inputs):\n"
    "        time.sleep(0.1)\n"
    "        return super().epsilon(*inputs)\n"
    "options = dict(density='uniform', quantities=('cmi',))\n"
    "result = synthetic_result(pixels=(256, 256))"
)
READING = (
    "import threading\n"
    "gate = threading.Event()\n"
    "class Reading(Slow):\n"
    "    def encode_image(self, image):\n"
    "        assert gate.wait(120)\n"
    "        return super().encode_image(image)\n"
    "live = explore(Reading(), PICTURE, PROMPT, draws=8, **options)\n"
    "print('the cell goes on')"
)
CELLS = [
    SETUP,
    "explorer = Explorer(result)\nexplorer",
    "explorer",
    "print('pinned', explorer.pinned_words, explorer.pinned_pixel, explorer.unit)",
    "live = explore(Slow(), PICTURE, PROMPT, draws=40, **options)",
    "live = explore(Slow(), PICTURE, PROMPT, draws=4000, **options)\nlive",
    "live.wait()\nprint('stopped at', live.result.draws)",
    "live = explore(Slow(), PICTURE, PROMPT, draws=4000, block=True, **options)\nprint('kept', live.result)",
    "explore(Slow(), PICTURE, 'a red zebra', words=['lion'], draws=40, **options)",
    "seen = []\nexplorer.observe(lambda change: seen.append(change.new), 'hovered_word')",
    "live = explore(Slow(), PICTURE, PROMPT, draws=8, block=True, **options)",
    "print(live.edits)",
    "from infodiff_widgets import companion\ncompanion.linked(explorer)",
    READING,
]

# A pointer that crosses two hundred words, as fast as it can; returns how many seconds that took.
BURST = """
async (line) => {
  const began = performance.now();
  const words = line.querySelectorAll('.idw-word');
  for (let i = 0; i < 200; i++) {
    const over = new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' });
    words[i % words.length].dispatchEvent(over);
    await new Promise((done) => setTimeout(done, 5));
  }
  return (performance.now() - began) / 1000;
}
"""


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[Notebook]:
    notebook = lab.open("explorer", CELLS)
    notebook.run(0)
    yield notebook
    assert notebook.problems == []


def test_hovering_words_and_pixels(notebook: Notebook, artifacts: Path):
    notebook.run(1)
    view = notebook.view(1)
    bare = view.pixels()
    view.hover_word(RED)
    over = view.pixels()
    assert (over != bare).any()
    blob = synthetic_result().map("red").values
    rows, columns = (blob == blob.max()).nonzero()
    scale = over.shape[0] / GRID[0]
    y, x = int((rows[0] + 0.5) * scale), int((columns[0] + 0.5) * scale)
    far_y, far_x = (y + over.shape[0] // 2) % over.shape[0], (x + over.shape[1] // 2) % over.shape[1]
    kept, lost = (over / (bare + 1.0)).mean(2)[[y, far_y], [x, far_x]]
    assert kept > 0.9
    assert lost < 0.6
    view.hover_cell(10, 20, GRID)
    result = synthetic_result()
    assert view.ranking()[0][0] == result.ranking(10, 20)[0][0].text
    view.hover_word(RED)
    view.page.screenshot(path=artifacts / "lab-light.png")


def test_pins_and_choices_reach_python_and_hovering_does_not(notebook: Notebook):
    view = notebook.view(1)
    view.word(RED).click()
    view.choose("bits")
    expect(view.root).to_have_attribute("data-word", str(RED))
    notebook.run_until(3, "pinned [1] None bit")
    # Websocket frames of this page from here on: hovering sends nothing to the kernel.
    notebook.page.evaluate(
        "() => { const send = WebSocket.prototype.send; window.frames_sent = 0; WebSocket.prototype.send ="
        " function (data) { window.frames_sent++; return send.call(this, data); }; }"
    )
    for word in (2, 3, 4, SQUARE):
        view.hover_word(word)
    view.hover_cell(10, 20, GRID)
    assert notebook.page.evaluate("window.frames_sent") == 0


def test_hovering_reaches_an_observer_in_python_a_few_times_a_second(notebook: Notebook):
    notebook.run(9)
    view = notebook.view(1)
    notebook.page.evaluate("window.frames_sent = 0")
    seconds = view.root.locator(".idw-line").evaluate(BURST)
    sent = notebook.page.evaluate("window.frames_sent")
    assert 2 <= sent <= 10 * seconds + 2
    # Asked without a cell, to which JupyterLab would scroll from under the pointer.
    told = "print(seen[-1], explorer.hovered_pixel)"
    view.hover_word(SQUARE)
    notebook.ask_until(told, f"{SQUARE} None\n")
    view.hover_cell(10, 20, GRID)
    notebook.ask_until(told, "None (10, 20)\n")


def test_two_views_share_the_pin(notebook: Notebook):
    notebook.run(2)
    first, second = notebook.view(1), notebook.view(2)
    expect(second.root).to_have_attribute("data-word", str(RED))
    second.canvas.press("Escape")
    expect(first.root).to_have_attribute("data-word", "")


def test_keys_stay_in_the_widget(notebook: Notebook):
    view = notebook.view(1)
    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    active = "window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    view.canvas.click(position={"x": 20, "y": 20})
    before = notebook.page.evaluate(active)
    for key in ("ArrowDown", "ArrowDown", "b", "a", "ArrowRight"):
        notebook.page.keyboard.press(key)
    assert notebook.page.evaluate(active) == before
    assert notebook.page.locator(".jp-Notebook .jp-Cell").count() == cells
    for _ in ("the box that B began", "the pinned cell"):
        notebook.page.keyboard.press("Escape")
    view.canvas.blur()


def test_the_dark_theme_is_followed_live(notebook: Notebook, artifacts: Path):
    view = notebook.view(1)
    view.leave()
    light = view.root.evaluate("(root) => getComputedStyle(root).color")
    picture = view.pixels()
    notebook.theme("JupyterLab Dark")
    dark = view.root.evaluate("(root) => getComputedStyle(root).color")
    assert dark != light
    assert (view.pixels() == picture).all()
    view.hover_word(SQUARE)
    view.page.screenshot(path=artifacts / "lab-dark.png")
    notebook.theme("JupyterLab Light")


def test_maps_sharpen_after_the_cell_has_ended(notebook: Notebook, artifacts: Path):
    notebook.run(4)
    view = notebook.view(4)
    expect(view.root).to_have_attribute("data-state", "running")
    notebook.page.wait_for_function("(root) => root.dataset.draws > 0", arg=view.root.element_handle())
    early = int(view.root.get_attribute("data-draws") or 0)
    assert early < 40
    view.root.locator(".idw-footer").scroll_into_view_if_needed()
    view.page.screenshot(path=artifacts / "lab-running.png")
    expect(view.root).to_have_attribute("data-state", "done", timeout=30_000)
    expect(view.root).to_have_attribute("data-draws", "40")
    view.hover_word(RED)
    expect(view.root).to_have_attribute("data-map", "true")


def test_the_cell_has_ended_while_the_model_is_checked_and_the_status_says_so(
    notebook: Notebook, artifacts: Path
):
    notebook.run(13)
    expect(notebook.output(13)).to_contain_text("the cell goes on")
    view = notebook.view(13)
    status = view.root.locator(".idw-status")
    expect(status).to_have_text("reading the picture and checking the model")
    expect(view.word(RED)).to_be_visible()
    status.scroll_into_view_if_needed()
    view.root.screenshot(path=artifacts / "lab-reading.png")
    notebook.ask("gate.set()")
    expect(view.root).to_have_attribute("data-state", "done", timeout=30_000)
    expect(view.root).to_have_attribute("data-draws", "8")


def test_cancel_while_the_kernel_is_idle_and_the_view_is_shown_once(notebook: Notebook):
    notebook.run(5)
    view = notebook.view(5)
    notebook.page.wait_for_function("(root) => root.dataset.draws > 0", arg=view.root.element_handle())
    view.root.get_by_role("button", name="cancel").click()
    expect(view.root).to_have_attribute("data-state", "cancelled")
    expect(view.root.locator(".idw-status")).to_contain_text("of 4000 noise draws, stopped early")


def test_cancel_while_a_cell_waits(notebook: Notebook):
    notebook.run(5)
    view = notebook.view(5)
    notebook.start(6)
    notebook.page.wait_for_function("(root) => root.dataset.draws > 0", arg=view.root.element_handle())
    view.root.get_by_role("button", name="cancel").click()
    expect(notebook.output(6)).to_contain_text("stopped at")
    expect(notebook.output(6)).to_contain_text("Stopped early: the result holds")


@pytest.mark.parametrize("way", ["button", "interrupt"])
def test_stopping_an_estimate_that_runs_in_the_cell(notebook: Notebook, way: str):
    notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    notebook.start(7)
    view = notebook.view(7)
    notebook.page.wait_for_function("(root) => root.dataset.draws > 0", arg=view.root.element_handle())
    if way == "button":
        view.root.get_by_role("button", name="cancel").click()
    else:
        notebook.page.evaluate(
            "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
        )
    expect(view.root).to_have_attribute("data-state", "cancelled")
    expect(notebook.output(7)).to_contain_text("kept Result for")


def test_the_plotly_companion_follows_the_pointer(notebook: Notebook, artifacts: Path):
    notebook.run(1)
    view = notebook.view(1)
    notebook.run(12)
    plot = notebook.output(12).locator(".js-plotly-plot")
    expect(plot).to_be_visible(timeout=30_000)
    view.hover_word(SQUARE)
    expect(plot).to_contain_text("“square”")
    view.hover_cell(10, 20, GRID)
    expect(plot).to_contain_text("y 10, x 20")
    view.word(RED).click()
    view.leave()
    expect(plot).to_contain_text("“red”")
    plot.scroll_into_view_if_needed()
    plot.screenshot(path=artifacts / "lab-companion.png")
    view.word(RED).click()


def test_a_word_is_exchanged_from_the_widget(notebook: Notebook, artifacts: Path):
    notebook.run(10)
    view = notebook.view(10)
    view.word(RED).click()
    box = view.root.locator(".idw-editform").get_by_role("textbox")
    box.fill("blue")
    box.press("Enter")
    chip = view.root.locator(".idw-chip")
    expect(chip).to_contain_text("“red” → “blue”")
    expect(chip).to_have_attribute("data-state", "done", timeout=30_000)
    expect(view.root.locator(".idw-what")).to_contain_text("“red” → “blue”: where the picture would change")
    chip.scroll_into_view_if_needed()
    view.page.screenshot(path=artifacts / "lab-edit.png")
    notebook.run(11)
    expect(notebook.output(11)).to_contain_text("Edit('red' → 'blue', ")


def test_bad_input_is_raised_in_the_cell(notebook: Notebook):
    notebook.run(8)
    expect(notebook.output(8)).to_contain_text("WordError")
    expect(notebook.output(8).locator(".idw")).to_have_count(0)


def test_a_reload_brings_the_view_back(notebook: Notebook):
    notebook.run(1)
    view = notebook.view(1)
    view.word(SQUARE).click()
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook.page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    notebook.reload()
    expect(notebook.view(1).root).to_have_attribute("data-word", str(SQUARE), timeout=20_000)
