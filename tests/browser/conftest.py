"""A browser for the tests: Chromium of the system, one for the whole run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from explorer_page import View, show, traits_of
from lab import Lab
from playwright.sync_api import Browser, Page, sync_playwright
from slow_frames import slow_down
from synthetic import synthetic_result

from infodiff_widgets import Result
from infodiff_widgets.explorer import Explorer

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        reason = "no Chromium: install one (Debian: apt-get install chromium), or name it in CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    if late := os.environ.get("SLOW_FRAMES"):
        slow_down(int(late))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def artifacts() -> Path:
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which an error, or a request that leaves it, fails the test."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    page = context.new_page()
    problems = watch(page)
    yield page
    context.close()
    assert problems == []


@pytest.fixture(scope="session")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab"), browser) as server:
        yield server


def watch(page: Page) -> list[str]:
    """Collect what goes wrong on a page."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)

    def local(address: str) -> bool:
        return address.startswith(
            ("file:", "data:", "blob:", "about:", "http://127.0.0.1:", "ws://127.0.0.1:")
        )

    page.on("request", lambda r: None if local(r.url) else problems.append(f"request: {r.url}"))
    return problems


@pytest.fixture(scope="module")
def result() -> Result:
    """What most tests show; a module of others has its own."""
    return synthetic_result(pixels=(512, 512))


@pytest.fixture
def view(page: Page, result: Result) -> View:
    return show(page, traits_of(Explorer(result))).ready()
