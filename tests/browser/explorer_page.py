"""Drives one view of the explorer, whatever page it is on."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from infodiff_widgets.details import encode_details
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.html import static_text

MOUNT = """
async ({ module, traits, buffers, views }) => {
  for (const [name, text] of Object.entries(buffers)) {
    traits[name] = new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  }
  const { mount } = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
  const add = () => document.body.appendChild(document.createElement("div"));
  const elements = Array.from({ length: views }, add);
  window.sent = [];
  window.mounted = await mount(elements, traits, (content) => window.sent.push(content));
}
"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


def take(radio: Locator) -> None:
    """Choose it once it can be chosen: a view is drawn with the next frame, and `force` waits for nothing."""
    expect(radio).to_be_enabled()
    radio.check(force=True)  # it is drawn by its label


def traits_of(explorer: Explorer, *, details: bool = True) -> dict[str, Any]:
    """What the browser is given; with the details that it would ask for."""
    names = ("_header", "_maps", "_image", "progress", *Explorer.DISPLAY)
    traits = {name: getattr(explorer, name) for name in names}
    if details and explorer.result is not None:
        sent = encode_details(explorer.result)
        traits |= {"_details_info": sent.header, "_details": sent.data}
    return traits


def show(page: Page, traits: Mapping[str, Any], views: int = 1) -> View:
    """Mount the explorer on an empty page, through the host of the exported page."""
    page.set_content("<!doctype html><title>explorer</title>")
    page.add_style_tag(content=static_text("widget.css"))
    buffers = {k: base64.b64encode(v).decode() for k, v in traits.items() if isinstance(v, bytes)}
    rest = {k: v for k, v in traits.items() if not isinstance(v, bytes)}
    data = {"module": static_text("widget.js"), "traits": rest, "buffers": buffers, "views": views}
    page.evaluate(MOUNT, data)
    return View(page, page.locator(".idw").first)


def state(view: View, name: str) -> Any:
    """A trait of the model that the view shows."""
    return view.page.evaluate(f"window.mounted.model.get('{name}')")


class View:
    def __init__(self, page: Page, root: Locator) -> None:
        self.page, self.root = page, root
        self.canvas = root.locator(".idw-canvas")
        self.problem = root.locator(".idw-problem")

    def ready(self, timeout: float = 10_000) -> View:
        expect(self.root).to_have_attribute("data-ready", "true", timeout=timeout)
        self.page.evaluate(FRAMES)  # all parts of the view are drawn by then
        return self

    def word(self, index: int) -> Locator:
        return self.root.locator(f'.idw-word[data-index="{index}"]')

    def hover_word(self, index: int) -> None:
        self.word(index).hover()
        expect(self.root).to_have_attribute("data-word", str(index))

    def hover_cell(self, row: int, column: int, grid: tuple[int, int]) -> None:
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        assert box
        x, y = (column + 0.5) / grid[1] * box["width"], (row + 0.5) / grid[0] * box["height"]
        self.canvas.hover(position={"x": x, "y": y})
        expect(self.root).to_have_attribute("data-pixel", f"{row},{column}")

    def leave(self) -> None:
        self.page.mouse.move(1, 1)
        expect(self.root).to_have_attribute("data-pixel", "")

    def choose(self, name: str) -> None:
        """Take one of the choices in the row of controls, by its text."""
        radio = self.root.get_by_role("radio", name=name, exact=True)
        if not radio.is_visible():
            self.more()
        take(radio)

    def more(self) -> None:
        """Show the controls that are seldom needed."""
        self.root.get_by_role("button", name="more", exact=True).click()

    def pixels(self) -> NDArray[np.uint8]:
        """Read the canvas back, (height, width, 3)."""
        self.page.evaluate(FRAMES)
        address = self.canvas.evaluate("(canvas) => canvas.toDataURL('image/png')")
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB"))

    def overlay(self) -> NDArray[np.uint8]:
        """Read back what is drawn over the canvas, (height, width, 4)."""
        self.page.evaluate(FRAMES)
        layer = self.root.locator(".idw-overlay").first
        address = layer.evaluate("(canvas) => canvas.toDataURL('image/png')")
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGBA"))

    def ranking(self) -> list[tuple[str, str]]:
        """Words and values in the order of their rank."""
        self.page.evaluate(FRAMES)
        rows = self.root.locator(".idw-row:not(.idw-below)").evaluate_all(
            "(rows) => rows.map((row) => [Number(row.dataset.rank),"
            " row.querySelector('.idw-name').textContent, row.querySelector('.idw-value').textContent])"
        )
        return [(name, value) for _, name, value in sorted(rows)]
