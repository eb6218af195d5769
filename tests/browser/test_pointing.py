"""Of a pointer that rests on the picture, keys and a drawn region, the last has the word."""

from __future__ import annotations

import re

from explorer_page import View
from playwright.sync_api import expect

GRID = (32, 32)


def test_keys_move_on_from_a_pointer_that_rests_on_the_picture(view: View):
    view.hover_cell(10, 20, GRID)
    view.page.mouse.down()
    view.page.mouse.up()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        view.page.keyboard.press(key)
    expect(view.root).to_have_attribute("data-pixel", "11,22")
    view.page.keyboard.press("Enter")
    assert view.page.evaluate("window.mounted.model.get('pinned_pixel')") == [11, 22]
    view.hover_cell(4, 6, GRID)  # and the pointer from them, once it moves
    view.page.keyboard.press("ArrowLeft")
    expect(view.root).to_have_attribute("data-pixel", "4,5")


def test_a_box_is_ranked_when_it_is_let_go_and_a_screen_reader_hears_when_it_is_gone(view: View):
    where, spoken = view.root.locator(".idw-where"), view.root.locator("div.idw-sr")
    box = view.canvas.bounding_box()
    assert box
    left, top = box["x"] + box["width"] / 4, box["y"] + box["height"] / 4
    view.page.mouse.move(left, top)
    view.page.mouse.down()
    view.page.mouse.move(left + 60, top + 80, steps=4)
    view.page.mouse.up()
    expect(where).to_have_text(re.compile("in the region, "))
    view.page.mouse.move(left + 63, top + 82)  # a hand is never still
    expect(where).to_have_text(re.compile("in the region, "))
    expect(spoken).to_have_text(re.compile("In the region: "))
    view.page.mouse.move(left + 30, top + 40)
    expect(where).to_have_text(re.compile(r"at y \d+, x \d+"))
    view.page.mouse.move(1, 1)
    expect(where).to_have_text(re.compile("in the region, "))
    expect(spoken).to_have_text(re.compile("In the region: "))
    view.canvas.press("Escape")
    expect(where).to_have_text("whole picture")
    expect(spoken).to_have_text("")
