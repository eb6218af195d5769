"""The gallery on a page without Jupyter; the messages go to the real widget and back."""

from __future__ import annotations

import base64
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batch_inputs import write_results
from explorer_page import View
from playwright.sync_api import Browser, Locator, Page, expect

from infodiff_widgets import scenes
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.gallery import Gallery
from infodiff_widgets.html import static_text

COUNT = 30
MOUNT = """
async ({ module, traits, buffers }) => {
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  for (const [name, text] of Object.entries(buffers)) traits[name] = bytes(text);
  const { mount } = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
  window.sent = [];
  const onSend = async (content) => {
    window.sent.push(content);
    const { traits, bytes: raw, messages } = await window.kernel(content);
    const { model } = await window.mounting;
    for (const [name, value] of Object.entries(traits)) model.set(name, value);
    for (const [name, text] of Object.entries(raw)) model.set(name, bytes(text));
    for (const [message, parts] of messages) model.receive(message, parts.map(bytes));
  };
  window.mounting = mount(document.body.appendChild(document.createElement("div")), traits, onSend);
  await window.mounting;
}
"""
NAMES = (
    "_header",
    "_maps",
    "_image",
    "_gallery",
    "search",
    "by",
    "sort",
    "least",
    "chosen",
    *Explorer.DISPLAY,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of scenes; what their words say is made up, since only the view is looked at."""
    drawn = list(itertools.islice(scenes.sample(seed=9), COUNT))
    pictures = [(scenes.picture(one), one.caption) for one in drawn]
    return write_results(tmp_path_factory.mktemp("gallery") / "out", COUNT, pictures=pictures)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Kernel:
    """Answers the browser with what the widget sets and sends."""

    def __init__(self, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gallery, self.sent = gallery, []
        monkeypatch.setattr(
            gallery, "send", lambda content, buffers=None: self.sent.append((content, buffers or []))
        )

    def state(self) -> dict[str, dict[str, Any]]:
        values = {name: getattr(self.gallery, name) for name in NAMES}
        raw = {name: encoded(value) for name, value in values.items() if isinstance(value, bytes)}
        return {"traits": {n: v for n, v in values.items() if not isinstance(v, bytes)}, "bytes": raw}

    def __call__(self, content: dict[str, Any]) -> dict[str, Any]:
        before = self.state()
        self.sent.clear()
        self.gallery._receive(self.gallery, content, [])
        after = self.state()
        changed = {
            kind: {name: value for name, value in after[kind].items() if value != before[kind][name]}
            for kind in after
        }
        return {
            **changed,
            "messages": [(message, [encoded(b) for b in buffers]) for message, buffers in self.sent],
        }


def show(page: Page, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> Locator:
    kernel = Kernel(gallery, monkeypatch)
    page.set_content("<!doctype html><title>gallery</title>")
    page.add_style_tag(content=static_text("gallery.css"))
    page.expose_function("kernel", kernel)
    state = kernel.state()
    data = {"module": static_text("gallery.js"), "traits": state["traits"], "buffers": state["bytes"]}
    page.evaluate(MOUNT, data)
    root = page.locator(".idg")
    expect(root).to_have_attribute("data-ready", "true", timeout=20_000)
    return root


def cards(root: Locator) -> list[tuple[str, float]]:
    found = root.locator(".idg-card").evaluate_all(
        "(cards) => cards.map((card) => [card.querySelector('.idg-word').textContent,"
        " card.querySelector('.idg-nats').firstChild.textContent])"
    )
    return [(word, float(nats.replace("−", "-"))) for word, nats in found]


def test_a_page_shows_the_pictures_that_say_most_and_asks_for_no_more(page, folder, monkeypatch):
    gallery = Gallery(folder)
    root = show(page, gallery, monkeypatch)
    expected = gallery.pictures
    shown = cards(root)
    per_page = page.evaluate("() => window.sent.at(-1).count")
    assert 12 <= len(shown) == per_page < COUNT
    np.testing.assert_allclose(
        [nats for _, nats in shown], expected["nats"][:per_page], rtol=0.006, atol=0.006
    )
    sizes = root.locator("img").evaluate_all(
        "(all) => Promise.all(all.map((i) => i.decode().then(() => i.naturalWidth)))"
    )
    assert set(sizes) == {128}
    expect(root.locator(".idg-found")).to_have_text(f"{COUNT} pictures")
    expect(root.locator(".idg-where")).to_have_text(f"1–{per_page}")
    root.get_by_role("button", name="next").click()
    expect(root.locator(".idg-where")).to_have_text(f"{per_page + 1}–{COUNT}")
    expect(root).to_have_attribute("data-ready", "true")
    np.testing.assert_allclose(cards(root)[0][1], expected["nats"].iloc[per_page], rtol=0.006, atol=0.006)


def test_search_filter_and_sort(page, folder, monkeypatch):
    gallery = Gallery(folder)
    root = show(page, gallery, monkeypatch)
    root.get_by_role("combobox", name="words that the prompts must have").fill("red")
    expect(root.locator(".idg-found")).to_contain_text(" of ")
    expect(root).to_have_attribute("data-ready", "true")
    gallery.search = "red"
    expected = gallery.pictures
    assert 0 < len(expected) < COUNT
    expect(root.locator(".idg-found")).to_have_text(f"{len(expected)} of {COUNT} pictures")
    shown = cards(root)
    assert {word.split(" (")[0] for word, _ in shown} == {"red"}
    np.testing.assert_allclose(
        [nats for _, nats in shown], expected["nats"][: len(shown)], rtol=0.006, atol=0.006
    )
    root.get_by_role("combobox", name="order").select_option("least")
    expect(root.locator(".idg-nats").first).to_contain_text(f"{expected['nats'].min():.2g}"[:3])
    middle = float(expected["nats"].median())
    root.get_by_role("spinbutton").fill(f"{middle:.3f}")
    above = int((expected["nats"] >= round(middle, 3)).sum())
    expect(root.locator(".idg-found")).to_have_text(f"{above} of {COUNT} pictures")
    root.get_by_role("combobox", name="words that the prompts must have").fill("zebra <b>")
    expect(root.locator(".idg-nothing")).to_contain_text("No prompt has “zebra” and “<b>” with at least")
    assert root.locator(".idg-nothing b").count() == 0


def test_a_search_that_finds_nothing_says_so_and_is_cleared_beside_it(page, folder, monkeypatch, artifacts):
    gallery = Gallery(folder, search="zebra", least=2.5)
    assert repr(gallery) == f"Gallery({str(folder)!r}, 0 of {COUNT} pictures, by search='zebra', least=2.5)"
    said = gallery._repr_mimebundle_()[0]
    assert said["text/html"] == f"<p>A batch: 0 of {COUNT} pictures, by search='zebra', least=2.5</p>"
    assert "image/png" not in said
    root = show(page, gallery, monkeypatch)
    expect(root.locator(".idg-why")).to_have_text("No prompt has “zebra” with at least 2.50 nats.")
    expect(root.locator(".idg-found")).to_have_text(f"0 of {COUNT} pictures")
    page.screenshot(path=str(artifacts / "gallery-empty.png"))
    clear = root.get_by_role("button", name="clear the search and show all pictures")
    clear.focus()
    page.keyboard.press("Enter")
    expect(root.locator(".idg-found")).to_have_text(f"{COUNT} pictures")
    expect(clear).to_be_hidden()
    expect(root.get_by_label("words that the prompts must have")).to_be_focused()
    expect(root.get_by_label("words that the prompts must have")).to_have_value("")
    expect(root.get_by_label("at least so many nats")).to_have_value("")
    # What is left out is left out of the still page, too.
    assert repr(Gallery(folder)) == f"Gallery({str(folder)!r}, {COUNT} pictures)"
    few = Gallery(folder, search="red")
    found = f"{len(few.pictures)} of {COUNT} pictures, by search='red'"
    assert repr(few) == f"Gallery({str(folder)!r}, {found})"
    assert f"A batch: {found}; the first of them" in few._repr_mimebundle_()[0]["text/html"]
    few.least = float(few.pictures["nats"].iloc[0])
    assert few._repr_mimebundle_()[0]["text/html"].count(" nats") == 1


def test_the_keyboard_moves_pages_and_opens_in_the_explorer(page, folder, monkeypatch):
    gallery = Gallery(folder, search="red", sort="table")
    root = show(page, gallery, monkeypatch)
    first = root.locator(".idg-card").first
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(root.locator(".idg-card").nth(1)).to_be_focused()
    page.keyboard.press("Home")
    expect(first).to_be_focused()
    assert root.locator('.idg-card[tabindex="0"]').count() == 1
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    explorer = View(page, page.locator(".idg-below .idw")).ready()
    place = int(root.get_attribute("data-chosen"))
    assert gallery.chosen == place
    assert gallery.result.prompt == gallery._store.pictures["prompt"][place]
    expect(root.locator('.idg-card[aria-current="true"]')).to_have_attribute("data-place", str(place))
    red = [word.text for word in gallery.result.words].index("red")
    expect(explorer.word(red)).to_have_attribute("aria-pressed", "true")
    assert explorer.canvas.is_visible()


def test_a_page_that_comes_late_does_not_take_the_keyboard_away(page, folder, monkeypatch):
    root = show(page, Gallery(folder), monkeypatch)
    all_cards = root.locator(".idg-card")
    before = all_cards.first.get_attribute("data-place")
    all_cards.first.focus()
    # Both at once: the search has the focus before the next page is there.
    all_cards.first.evaluate("""(card) => {
      card.dispatchEvent(new KeyboardEvent("keydown", { key: "PageDown", bubbles: true, cancelable: true }));
      card.closest(".idg").querySelector(".idg-search").focus();
    }""")
    expect(all_cards.first).not_to_have_attribute("data-place", str(before))
    expect(root).to_have_attribute("data-ready", "true")
    expect(root.get_by_label("words that the prompts must have")).to_be_focused()


def test_a_result_that_is_gone_is_said(page, folder, monkeypatch, tmp_path):
    gallery = Gallery(folder, sort="table")
    root = show(page, gallery, monkeypatch)
    monkeypatch.setattr(gallery._store, "folder", tmp_path)
    root.locator(".idg-card").first.click()
    expect(root.get_by_role("alert")).to_contain_text("The result of this picture is not in")


def test_a_kernel_that_is_gone_is_said_when_it_is_asked(page, folder, monkeypatch):
    root = show(page, Gallery(folder, sort="table"), monkeypatch)
    page.evaluate(
        "async () => { (await window.mounting).model.send = () => { throw new Error('Cannot send') } }"
    )
    root.locator(".idg-card").first.click()
    expect(root.get_by_role("alert")).to_have_text(
        "The kernel that this came from is gone: run its cell again."
    )
    expect(root).to_have_attribute("aria-busy", "false")
    root.get_by_role("combobox", name="order").select_option("least")
    expect(root).to_have_attribute("data-ready", "true")


def test_errors_of_the_gallery_are_shown_in_it(browser: Browser, folder, monkeypatch):
    context = browser.new_context()
    page = context.new_page()
    root = show(page, Gallery(folder), monkeypatch)
    page.evaluate("() => { Number.prototype.toLocaleString = () => { throw new Error('no numbers') } }")
    root.get_by_role("combobox", name="order").select_option("least")
    expect(root.get_by_role("alert")).to_have_text("The viewer failed: no numbers")
    context.close()


def test_prompts_are_text(page, tmp_path, monkeypatch):
    hostile = 'a red <img src=x onerror="window.hacked = 1"> circle 🎈 on red sand'
    gallery = Gallery(write_results(tmp_path / "out", 1, prompt=hostile), search="sand")
    root = show(page, gallery, monkeypatch)
    expect(root.locator(".idg-prompt")).to_have_text(hostile)
    expect(root.locator(".idg-prompt b")).to_have_text("sand")
    assert page.evaluate("() => window.hacked") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_of_it(browser: Browser, artifacts: Path, folder: Path, monkeypatch, scheme):
    context = browser.new_context(
        viewport={"width": 1000, "height": 1500}, color_scheme=scheme, device_scale_factor=1.5
    )
    page = context.new_page()
    gallery = Gallery(folder)
    root = show(page, gallery, monkeypatch)
    page.add_style_tag(content="@media (prefers-color-scheme: dark) { body { background: #161514; } }")
    root.locator(".idg-card").nth(2).click()
    View(page, page.locator(".idg-below .idw")).ready()
    page.screenshot(path=str(artifacts / f"gallery-{scheme}.png"))
    expect(root.locator('.idg-card[aria-current="true"]')).to_have_count(1)
    expect(root.locator(".idg-card").nth(2)).to_have_attribute("aria-current", "true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000, "nothing is wider than the page"
    ink = root.locator(".idg-word").first.evaluate(
        "(word) => getComputedStyle(word).color.match(/[\\d.]+/g).slice(0, 3).map(Number)"
    )
    assert (min(ink) > 150) if scheme == "dark" else (max(ink) < 100)
    context.close()
