"""A saved notebook that its reader trusts, opened again when its kernel is gone.

JupyterLab then takes the widget over the pictures beside it, whatever stands in the bundle: its renderer
ranks first (-10, in jupyterlab_widgets), and where it knows no such model it writes "model not found" in that
place and asks no other renderer. So nothing that Python sends makes it fall back. What helps is "Save Widget
State Automatically" in JupyterLab's settings menu, off by default: the whole explorer then comes from the
file.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from lab import LONG, Lab, Notebook
from playwright.sync_api import expect
from test_lab_life import save

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

RED, SQUARE = 1, 7
CELLS = [
    "from synthetic import synthetic_result\nfrom infodiff_widgets import Explorer",
    "Explorer(synthetic_result(pixels=(256, 256)), unit='bit')",
    "Explorer(synthetic_result(pixels=(256, 256))).figure()",
]
SHUT_DOWN = "window.jupyterapp.shell.currentWidget.sessionContext.shutdown().then(() => undefined)"
COMMAND = "'@jupyter-widgets/jupyterlab-manager:saveWidgetState'"
KEEP_STATE = f"window.jupyterapp.commands.execute({COMMAND}).then(() => undefined)"
KEPT = f"window.jupyterapp.commands.isToggled({COMMAND})"


def opened_again(lab: Lab, notebook: Notebook) -> Notebook:
    """Save, end the kernel, and open the same file in a browser that has not seen it."""
    save(notebook)
    notebook.page.evaluate(SHUT_DOWN)
    notebook.page.context.close()
    context = lab.browser.new_context(viewport={"width": 1400, "height": 1000})
    lab.contexts.append(context)
    return Notebook(lab, context.new_page(), "reopened", dark=False)


def size_of(path: Path) -> float:
    return path.stat().st_size / 1000


def test_with_its_state_saved_the_explorer_comes_from_the_file_without_it_the_figure_stays(
    lab: Lab, artifacts: Path
):
    path = lab.folder / "notebooks" / "reopened.ipynb"
    notebook = lab.open("reopened", CELLS)
    for index in range(3):
        notebook.run(index)
    notebook.view(1)
    reader = opened_again(lab, notebook)
    expect(reader.output(1)).to_contain_text("model not found", timeout=LONG)
    expect(reader.output(1).locator("img")).to_have_count(0)
    expect(reader.output(2).locator("img")).to_be_visible()
    bare = size_of(path)

    for index in range(2):
        reader.run(index)
    view = reader.view(1)
    expect(view.root).to_have_attribute("data-details", "true", timeout=LONG)
    view.word(SQUARE).click()
    reader.page.evaluate(KEEP_STATE)
    reader.page.wait_for_function(KEPT, timeout=LONG)
    reader = opened_again(lab, reader)
    view = reader.view(1)
    expect(view.root).to_have_attribute("data-word", str(SQUARE))
    expect(view.root).to_have_attribute("data-details", "true")
    view.hover_word(RED)
    expect(view.root).to_have_attribute("data-map", "true")
    expect(view.problem).to_be_hidden()
    assert "widgets" in nbformat.read(path, 4).metadata
    assert size_of(path) - bare < 1000
    reader.page.screenshot(path=artifacts / "lab-reopened.png")
    assert reader.problems == []
    reader.page.evaluate(KEEP_STATE)  # as it was, for the tests that follow
