"""The gallery in JupyterLab: a batch is paged, searched, and a picture explored."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from batch_inputs import write_results
from explorer_page import FRAMES, View
from lab import Lab, Notebook
from playwright.sync_api import Locator, expect

from infodiff_widgets import scenes
from infodiff_widgets.gallery import Gallery

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

COUNT = 40
CELLS = [
    'from infodiff_widgets import Gallery\n\ngallery = Gallery("study")\ngallery',
    "print(gallery.chosen, gallery.search, gallery.sort, gallery.result.prompt)",
    'gallery.search, gallery.sort, gallery.least = "", "table", None\ngallery.chosen = 3',
]


@pytest.fixture(scope="module")
def study(lab: Lab) -> Path:
    """Scenes where the notebooks are; what their words say is made up, since only the view is looked at."""
    drawn = itertools.islice(scenes.sample(seed=2024, held_out=True), COUNT)
    pictures = [(scenes.picture(one, 256), one.caption) for one in drawn]
    return write_results(lab.folder / "notebooks" / "study", COUNT, pictures=pictures)


@pytest.fixture
def notebook(lab: Lab, study: Path, dark: bool) -> Notebook:
    return lab.open(f"gallery-{'dark' if dark else 'light'}", CELLS, dark=dark, width=1280)


def ready(notebook: Notebook) -> Locator:
    root = notebook.output(0).locator(".idg")
    expect(root).to_have_attribute("data-ready", "true", timeout=60_000)
    return root


def take(notebook: Notebook, path: Path) -> None:
    notebook.page.evaluate("Promise.all(document.getAnimations().map((a) => a.finished))")
    notebook.page.evaluate(FRAMES)
    notebook.output(0).screenshot(path=path)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_batch_is_paged_searched_and_explored(notebook: Notebook, study, artifacts: Path, dark: bool):
    page = notebook.page
    notebook.run(0)
    root = ready(notebook)
    expected = Gallery(study)
    cards = root.locator(".idg-card")
    expect(root.locator(".idg-found")).to_have_text(f"{COUNT} pictures")
    places = expected._store.select("", "cmi", "most").place.tolist()
    first = [int(place) for place in cards.evaluate_all("(all) => all.map((card) => card.dataset.place)")]
    assert first == places[: len(first)]
    assert len(first) < COUNT

    # By the keyboard alone: on past the end of the page, back, and to the search.
    cards.first.focus()
    page.keyboard.press("End")
    expect(cards.nth(len(first) - 1)).to_be_focused()
    page.keyboard.press("PageDown")
    expect(root.locator(".idg-where")).to_have_text(re.compile(rf"^{len(first) + 1}–"))
    expect(root.locator(".idg-card:focus")).to_have_count(1)
    page.keyboard.press("PageUp")
    expect(root.locator(".idg-where")).to_have_text(re.compile(r"^1–"))
    root.get_by_label("words that the prompts must have").focus()
    page.keyboard.type("red")
    expected.search = "red"
    expect(root.locator(".idg-found")).to_have_text(f"{len(expected.pictures)} of {COUNT} pictures")
    ready(notebook)
    words = cards.locator(".idg-word").all_text_contents()
    assert {word.split(" (")[0] for word in words} == {"red"}  # which of two, by its number
    root.get_by_label("order").select_option("least")
    least, most = (float(expected.pictures["nats"].agg(name)) for name in ("min", "median"))
    expect(cards.first).to_have_attribute(
        "data-place", str(expected._store.select("red", "cmi", "least").place[0])
    )
    root.get_by_label("at least so many nats").fill(f"{most:.2f}")
    above = int((expected.pictures["nats"] >= round(most, 2)).sum())
    expect(root.locator(".idg-found")).to_have_text(f"{above} of {COUNT} pictures")
    assert least < most
    ready(notebook)

    # Enter opens a picture below; Python knows which, and no key of the gallery was JupyterLab's.
    cards.first.focus()
    page.keyboard.press("Enter")
    view = View(page, notebook.output(0).locator(".idg-below .idw")).ready(60_000)
    place = int(root.get_attribute("data-chosen") or -1)
    prompt = expected._store.pictures["prompt"][place]
    red = prompt.split().index("red")
    expect(view.word(red)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(CELLS))
    page.mouse.move(1, 1)
    take(notebook, artifacts / f"lab-gallery-{'dark' if dark else 'light'}.png")
    notebook.run_until(1, f"{place} red least {prompt}")

    # And what Python chooses is seen.
    notebook.run(2)
    expect(root).to_have_attribute("data-chosen", "3")
    expect(root.locator(".idg-found")).to_have_text(f"{COUNT} pictures")
    expect(root.locator('.idg-card[aria-current="true"]')).to_have_attribute("data-place", "3")
    assert notebook.problems == []
