"""What a notebook goes through: a reload while estimating, a restart, a file opened again, two models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from explorer_page import View
from lab import LONG, Lab, Notebook
from playwright.sync_api import expect

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

RED, SQUARE = 1, 7
SETUP = (
    "import time\n"
    "from models import PICTURE, PROMPT, Mixture\n"
    "from synthetic import synthetic_result\n"
    "from infodiff_widgets import Explorer, explore\n"
    "class Slow(Mixture):\n"
    "    pause = 0.05\n"
    "    def epsilon(self, *inputs):\n"
    "        time.sleep(self.pause)\n"
    "        return super().epsilon(*inputs)\n"
    "model = Slow()\n"
    "options = dict(density='uniform', quantities=('cmi',), bands=None)\n"
)
CELLS = [
    SETUP,
    "live = explore(model, PICTURE, PROMPT, draws=4000, **options)",
    "one = Explorer(synthetic_result(pixels=(256, 256)))\none",
    "other = Explorer(synthetic_result('a green cat on ice', pixels=(256, 256), seed=3))\nother",
    "print('pinned', one.pinned_words, other.pinned_words)",
    "small = explore(model, PICTURE, PROMPT, draws=16, block=True, **options)",
    "print('now', small.result.draws, small.result.complete)",
]
RESTART = "window.jupyterapp.shell.currentWidget.sessionContext.restartKernel().then(() => undefined)"
SAVE = "window.jupyterapp.commands.execute('docmanager:save')"
CLEAN = "!window.jupyterapp.shell.currentWidget.context.model.dirty"
DRAWS = "([root, least]) => Number(root.dataset.draws) > least"


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[Notebook]:
    notebook = lab.open("life", CELLS)
    notebook.run(0)
    yield notebook
    assert notebook.problems == []


def wait_for_draws(view: View, least: int) -> int:
    view.page.wait_for_function(DRAWS, arg=[view.root.element_handle(), least], timeout=LONG)
    return int(view.root.get_attribute("data-draws") or 0)


def save(notebook: Notebook) -> None:
    notebook.page.evaluate(SAVE)
    notebook.page.wait_for_function(CLEAN, timeout=LONG)


def test_two_models_of_one_notebook_have_hovers_and_pins_of_their_own(notebook: Notebook):
    notebook.run(2)
    notebook.run(3)
    one, other = notebook.view(2), notebook.view(3)
    bare = other.pixels()
    one.hover_word(RED)
    expect(other.root).to_have_attribute("data-word", "")
    assert (other.pixels() == bare).all()
    one.word(SQUARE).click()
    other.word(2).click()
    notebook.run_until(4, f"pinned [{SQUARE}] [2]")
    expect(one.root).to_have_attribute("data-word", str(SQUARE))


def test_a_reload_while_estimating_brings_the_view_back_and_it_can_be_cancelled(notebook: Notebook):
    notebook.run(1)
    before = wait_for_draws(notebook.view(1), 0)
    save(notebook)
    notebook.reload()
    view = notebook.view(1)
    expect(view.root).to_have_attribute("data-state", "running")
    after = wait_for_draws(view, before)
    wait_for_draws(view, after)  # and it goes on
    view.root.get_by_role("button", name="cancel").click()
    expect(view.root).to_have_attribute("data-state", "cancelled", timeout=LONG)
    expect(view.root.locator(".idw-status")).to_contain_text("of 4000 noise draws, stopped early")
    expect(view.root.get_by_role("button", name="more draws")).to_be_visible()


def test_more_draws_join_those_that_are_there(notebook: Notebook, artifacts: Path):
    notebook.run(5)
    view = notebook.view(5)
    expect(view.root).to_have_attribute("data-draws", "16", timeout=LONG)
    view.hover_word(RED)
    few = view.pixels()
    button = view.root.get_by_role("button", name="more draws")
    button.scroll_into_view_if_needed()
    button.click()
    expect(view.root).to_have_attribute("data-draws", "32", timeout=LONG)
    expect(view.root).to_have_attribute("data-state", "done", timeout=LONG)
    expect(view.root.locator(".idw-status")).to_contain_text("32 noise draws")
    view.hover_word(RED)
    assert (view.pixels() != few).any()
    notebook.run(6)
    expect(notebook.output(6)).to_contain_text("now 32 True")
    view.page.screenshot(path=artifacts / "lab-more.png")


def test_the_figure_is_saved_as_pdf_from_the_menu(notebook: Notebook, artifacts: Path):
    view = notebook.view(2)
    with notebook.page.expect_download(timeout=LONG) as download:
        view.root.get_by_role("button", name="PDF", exact=True).click()
    assert download.value.suggested_filename == "a-red-circle-left-of-a-blue-square-on-sand--square.pdf"
    path = artifacts / "saved-view.pdf"
    download.value.save_as(path)
    assert path.read_bytes()[:5] == b"%PDF-"
    expect(view.root.locator(".idw-savenote")).to_be_empty()


def test_after_a_restart_the_view_stays_readable_and_says_so_and_the_cell_runs_again(
    notebook: Notebook, artifacts: Path
):
    view = notebook.view(2)
    asking = notebook.view(5)
    notebook.page.evaluate(RESTART)
    notebook.page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'", timeout=LONG
    )
    view.hover_word(RED)
    expect(view.root).to_have_attribute("data-map", "true")
    # What only Python can do is refused in a sentence, and nothing waits for it.
    says = "The kernel that this came from is gone: run its cell again."
    asking.word(1).click()
    expect(asking.root.locator(".idw-problem")).to_be_hidden()
    asking.root.get_by_role("button", name="leave out").click()
    expect(asking.root.locator(".idw-problem")).to_have_text(says)
    more = asking.root.get_by_role("button", name="more draws")
    more.click()
    expect(more).to_be_enabled()
    view.root.get_by_role("button", name="PDF", exact=True).click()
    expect(view.root.locator(".idw-savenote")).to_have_text(f"no PDF: {says}")
    asking.choose("bits")
    expect(asking.root.locator(".idw-legend .idw-unit")).to_have_text("bits per latent cell")
    asking.page.screenshot(path=artifacts / "lab-kernel-gone.png")
    notebook.run(0)
    notebook.run(2)
    again = notebook.view(2)
    again.hover_word(RED)
    expect(again.root).to_have_attribute("data-map", "true")


def test_a_notebook_opened_again_with_another_kernel_shows_the_picture(lab: Lab, notebook: Notebook):
    # In a notebook that it trusts, JupyterLab itself says that the model is gone, and shows nothing else.
    save(notebook)
    written = nbformat.read(lab.folder / "notebooks" / "life.ipynb", 4)
    bundle = written.cells[2].outputs[0].data
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "image/png"} <= set(bundle)
    assert "<script" not in bundle["text/html"]
    # A kernel of its own, as a reader has who was sent the file.
    reader = lab.open("reader", written.cells[2:3])
    output = reader.output(0)
    picture = output.locator("img, .idw").first
    expect(picture).to_be_visible(timeout=LONG)
    shown = picture.evaluate("(image) => [image.tagName, image.naturalWidth ?? 0]")
    assert shown[0] == "IMG"
    assert shown[1] > 100
    expect(output).to_contain_text("the words that say most about it")
    reader.run(0)
    expect(output).to_contain_text("NameError")
