"""The explorer in a real Notebook 7."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, Notebook
from playwright.sync_api import Browser
from synthetic import synthetic_result

pytestmark = pytest.mark.lab

GRID = (32, 32)
RED, SQUARE = 1, 7
SETUP = (
    "from synthetic import synthetic_result\nfrom infodiff_widgets import Explorer\n"
    "explorer = Explorer(synthetic_result(pixels=(256, 256)))\nexplorer"
)
CELLS = [
    SETUP,
    "print('pinned', explorer.pinned_words, explorer.unit)",
]


@pytest.fixture(scope="module")
def notebook(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    with Lab(tmp_path_factory.mktemp("notebook7"), browser, "notebook") as server:
        notebook = server.open("explorer", CELLS)
        yield notebook
        # Notebook 7.6 itself stumbles over settings of plugins that only JupyterLab has.
        assert [problem for problem in notebook.problems if "reading 'schema'" not in problem] == []


def test_words_pixels_and_choices_in_notebook_7(notebook: Notebook, artifacts: Path):
    notebook.run(0)
    view = notebook.view(0)
    bare = view.pixels()
    view.hover_word(RED)
    over = view.pixels()
    assert (over != bare).any()
    view.hover_cell(10, 20, GRID)
    assert view.ranking()[0][0] == synthetic_result().ranking(10, 20)[0][0].text
    view.word(SQUARE).click()
    view.choose("bits")
    notebook.run_until(1, f"pinned [{SQUARE}] bit")
    view.page.screenshot(path=artifacts / "notebook7.png")
