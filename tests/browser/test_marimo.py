"""The explorer in a real marimo, which speaks anywidget by itself."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import watch
from explorer_page import View
from playwright.sync_api import Browser, expect
from synthetic import synthetic_result

pytestmark = pytest.mark.lab

GRID = (32, 32)
RED, SQUARE = 1, 7
APP = """
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from synthetic import synthetic_result

    from infodiff_widgets import Explorer

    explorer = mo.ui.anywidget(Explorer(synthetic_result(pixels=(256, 256))))
    explorer
    return explorer, mo


@app.cell
def _(explorer, mo):
    mo.md(f"pinned {explorer.value['pinned_words']} {explorer.value['unit']}")
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("marimo")
    (folder / "app.py").write_text(APP)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
    environment = os.environ | places | {"PYTHONPATH": str(Path(__file__).parents[1])}
    command = [
        *(sys.executable, "-m", "marimo", "run", "app.py", "--headless", "--no-token"),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            yield _awaited(f"http://127.0.0.1:{port}", server, folder / "log")
        finally:
            server.terminate()
            server.wait(15)


def _awaited(address: str, server: subprocess.Popen[bytes], log: Path, seconds: float = 90) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):
                return address
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("marimo did not start:\n" + log.read_text()[-3000:])


def test_words_pixels_and_choices_in_marimo(browser: Browser, address: str, artifacts: Path):
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    page = context.new_page()
    problems = watch(page)
    page.goto(address)
    view = View(page, page.locator(".idw")).ready(90_000)
    bare = view.pixels()
    view.hover_word(RED)
    assert (view.pixels() != bare).any()
    view.hover_cell(10, 20, GRID)
    assert view.ranking()[0][0] == synthetic_result().ranking(10, 20)[0][0].text
    view.word(SQUARE).click()
    view.choose("bits")
    expect(page.get_by_text(f"pinned [{SQUARE}] bit")).to_be_visible(timeout=20_000)
    page.screenshot(path=artifacts / "marimo.png")
    context.close()
    # marimo asks its maker's server about itself; the explorer asks nobody.
    assert [problem for problem in problems if "marimo.io" not in problem] == []
