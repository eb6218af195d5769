"""JupyterLab and Notebook 7 as a user has them: a server of its own, driven through the browser."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Literal, Self

import nbformat
from explorer_page import View
from playwright.sync_api import Browser, BrowserContext, Page, expect

RUN = """
async (index) => {
  const app = window.jupyterapp;
  app.shell.currentWidget.content.activeCellIndex = index;
  await app.commands.execute('notebook:run-cell');
}
"""
ASK = """
async (code) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const future = kernel.requestExecute({ code, store_history: false });
  let printed = '';
  future.onIOPub = ({ header, content }) => { if (header.msg_type === 'stream') printed += content.text; };
  await future.done;
  return printed;
}
"""
LONG = 60_000
"""Milliseconds that a view has to appear, also on a machine that is busy with other tests."""
READY = """
async () => {
  const app = window.jupyterapp;
  await app.restored;
  const panel = app.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
}
"""


class Lab:
    """A server of JupyterLab, or of Notebook 7, with settings, runtime and notebooks in one folder."""

    def __init__(self, folder: Path, browser: Browser, app: Literal["lab", "notebook"] = "lab") -> None:
        self.folder, self.browser, self.app = folder, browser, app
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.contexts: list[BrowserContext] = []

    def __enter__(self) -> Self:
        settings = self.folder / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        quiet = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
        (self.folder / "notebooks").mkdir()
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }
        environment = os.environ | {name: str(self.folder / place) for name, place in places.items()}
        environment["PYTHONPATH"] = str(Path(__file__).parents[1])
        module = "jupyterlab" if self.app == "lab" else "notebook"
        command = [
            *(sys.executable, "-m", module, "--no-browser"),
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            "--IdentityProvider.token=",
            "--ServerApp.disable_check_xsrf=True",
            f"--ServerApp.root_dir={self.folder / 'notebooks'}",
            # Notebook 7 has JupyterLab in it, and takes its settings too.
            "--JupyterNotebookApp.expose_app_in_browser=True",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
            "--allow-root",
        ]
        self.log = (self.folder / "server.log").open("w")
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=self.log)
        self._await_server()
        return self

    def _await_server(self, seconds: float = 300) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/status", timeout=2):
                    return
            except OSError:
                time.sleep(0.2)
        self.log.flush()
        raise RuntimeError(f"{self.app} did not start:\n" + (self.folder / "server.log").read_text()[-3000:])

    def __exit__(self, *_: object) -> None:
        for context in self.contexts:
            context.close()
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

    def open(self, name: str, cells: list[Any], *, dark: bool = False, width: int = 1400) -> Notebook:
        """Write a notebook with these cells, texts or cells with outputs, and open it."""
        made = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        notebook = nbformat.v4.new_notebook(cells=made)
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        nbformat.write(notebook, self.folder / "notebooks" / f"{name}.ipynb")
        context = self.browser.new_context(viewport={"width": width, "height": 1000})
        self.contexts.append(context)
        page = context.new_page()
        return Notebook(self, page, name, dark)


class Notebook:
    """One notebook, open in JupyterLab."""

    def __init__(self, lab: Lab, page: Page, name: str, dark: bool) -> None:
        from conftest import watch

        self.page = page
        self.problems = watch(page)
        path = "lab/tree" if lab.app == "lab" else "notebooks"
        page.goto(f"http://127.0.0.1:{lab.port}/{path}/{name}.ipynb?reset")
        self._ready()
        if dark:
            self.theme("JupyterLab Dark")
        if lab.app == "lab":
            page.evaluate("window.jupyterapp.shell.collapseLeft()")

    def _ready(self) -> None:
        path = "window.jupyterapp?.shell?.currentWidget?.sessionContext"
        self.page.wait_for_function(path, timeout=240_000)
        self.page.evaluate(READY)

    def reload(self) -> None:
        """Load the page anew; the kernel goes on."""
        self.page.reload()
        self._ready()

    def theme(self, name: str) -> None:
        self.page.evaluate(
            "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name
        )
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", name)

    def run(self, index: int) -> None:
        """Run a cell, and return when it is done."""
        self.page.evaluate(RUN, index)

    def run_until(self, index: int, text: str, seconds: float = 20) -> None:
        """Run a cell until it prints a text.

        ipywidgets holds back what Python is to be told while it is being told of something before, so that a
        cell may come first.
        """
        until = time.monotonic() + seconds
        while True:
            self.run(index)
            try:
                expect(self.output(index)).to_contain_text(text, timeout=500)
            except AssertionError:
                if time.monotonic() > until:
                    raise
            else:
                return

    def ask(self, code: str) -> str:
        """Run code in the kernel, and return what it prints; no cell is shown, so nothing scrolls."""
        return self.page.evaluate(ASK, code)

    def ask_until(self, code: str, printed: str, seconds: float = 20) -> None:
        """Run code in the kernel until it prints a text, for the reason of `run_until`."""
        until = time.monotonic() + seconds
        while (last := self.ask(code)) != printed:
            assert time.monotonic() < until, f"{code} prints {last!r}, not {printed!r}"
            self.page.wait_for_timeout(100)

    def start(self, index: int) -> None:
        """Run a cell, and return at once."""
        self.page.evaluate(f"(index) => {{ ({RUN})(index); }}", index)

    def output(self, index: int) -> Any:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-OutputArea")

    def view(self, index: int) -> View:
        """Return the explorer below a cell, once it is drawn."""
        root = self.output(index).locator(".idw")
        expect(root).to_have_count(1, timeout=LONG)
        return View(self.page, root).ready(LONG)
