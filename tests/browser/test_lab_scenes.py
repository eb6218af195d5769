"""The main job, end to end: a trained pipeline, a picture, a prompt, and the explorer in JupyterLab.

Its pictures are those at the top of the README.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest
from explorer_page import FRAMES, View
from lab import Lab
from playwright.sync_api import expect

from infodiff_widgets import scenes
from infodiff_widgets.scenes.world import Role

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

GRID = (32, 32)
CAPTION = "a pink circle right of a yellow cross on sand"
PINK, CIRCLE, CROSS = 1, 2, 7
CELLS = [
    'from infodiff_widgets import explore, scenes\n\npipeline = scenes.load_pipeline("cpu")  # or yours',
    f'explorer = explore(pipeline, "scene.png", "{CAPTION}", quantities="cmi")',
    "explorer.wait()",
]


def take(view: View, path: Path) -> None:
    view.page.mouse.move(1, 1)
    view.page.evaluate("Promise.all(document.getAnimations().map((a) => a.finished))")
    view.page.evaluate(FRAMES)
    view.root.screenshot(path=path)


def pictures_of_choices(view: View, artifacts: Path) -> None:
    """Take two words beside each other, and one at coarse levels with its curve."""
    view.word(CIRCLE).click()
    view.word(CROSS).click()
    view.root.get_by_label("Compare with").select_option("words")
    expect(view.root).to_have_attribute("data-compare", "true")
    take(view, artifacts / "explorer-compare.png")
    view.root.get_by_label("Compare with").select_option("off")
    view.word(CIRCLE).click()
    expect(view.root).to_have_attribute("data-details", "true", timeout=30_000)
    handle = view.root.get_by_label("Lowest log-SNR of the maps")
    handle.focus()
    for _ in range(3):
        handle.press("ArrowRight")
    expect(view.root.locator(".idw-chosen")).to_contain_text("log-SNR")
    handle.blur()
    take(view, artifacts / "explorer-levels.png")


def pictures_of_regions(view: View, artifacts: Path) -> None:
    """Draw around the cross, freehand: the words ranked there, and their shares."""
    view.choose("lasso")
    box = view.canvas.bounding_box()
    assert box
    cross = next(s for s in scenes.sample(seed=2024, held_out=True) if s.caption == CAPTION).items[1]
    for step in range(41):
        angle, reach = 2 * math.pi * step / 40, 0.235 + 0.008 * math.sin(5 * step)
        x, y = cross.x - 0.02 + reach * math.cos(angle), cross.y - 0.04 + reach * math.sin(angle)
        place = (
            box["x"] + min(max(x, 0.01), 0.99) * box["width"],
            box["y"] + min(max(y, 0.01), 0.99) * box["height"],
        )
        view.page.mouse.move(*place)
        if step == 0:
            view.page.mouse.down()
    view.page.mouse.up()
    view.choose("point")
    view.word(CROSS).click()
    expect(view.root.locator(".idw-where")).to_contain_text("in the region")
    take(view, artifacts / "explorer-region.png")


def first_of(view: View, *words: str) -> str:
    """Which of these words says most at the pixel; "right of" says something about both objects."""
    return next(name for name, _ in view.ranking() if name in words)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_word_lights_its_object_and_a_pixel_names_its_words(lab: Lab, artifacts: Path, dark: bool):
    scene = next(s for s in scenes.sample(seed=2024, held_out=True) if s.caption == CAPTION)
    scenes.picture(scene, 256).save(lab.folder / "notebooks" / "scene.png")
    notebook = lab.open(f"scenes-{'dark' if dark else 'light'}", CELLS, dark=dark, width=1280)
    for cell in range(3):
        notebook.run(cell)
    # What other libraries say on loading is no part of the picture.
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[0].model.clearExecution()")
    view = notebook.view(1)
    bare = view.pixels()
    for word, role in ((PINK, Role("colour", 0)), (CROSS, Role("kind", 1))):
        view.hover_word(word)
        kept = view.pixels().sum(2, dtype=float) / (bare.sum(2, dtype=float) + 1.0)  # of its light
        owned = scenes.mask(scene, role, size=kept.shape[0])
        other = scenes.mask(scene, role._replace(item=1 - (role.item or 0)), size=kept.shape[0])
        assert kept[owned].mean() > kept[other].mean() + 0.1
        assert kept[owned].mean() > kept[~owned].mean() + 0.1
    circle, cross = scene.items
    view.hover_cell(int(cross.y * GRID[0]), int(cross.x * GRID[1]), GRID)
    assert first_of(view, "pink", "circle", "yellow", "cross") in {"yellow", "cross"}
    view.hover_cell(int(circle.y * GRID[0]), int(circle.x * GRID[1]), GRID)
    assert first_of(view, "pink", "circle", "yellow", "cross") in {"pink", "circle"}
    view.hover_word(CROSS)
    view.page.evaluate("Promise.all(document.getAnimations().map((a) => a.finished))")
    view.page.screenshot(path=artifacts / f"explorer-{'dark' if dark else 'light'}.png")
    for word in (CIRCLE, CROSS):
        view.word(word).click()
    view.page.mouse.move(1, 1)
    view.page.evaluate("Promise.all(document.getAnimations().map((a) => a.finished))")
    view.root.screenshot(path=artifacts / f"explorer-two-{'dark' if dark else 'light'}.png")
    for word in (CIRCLE, CROSS):
        view.word(word).click()
    (pictures_of_regions if dark else pictures_of_choices)(view, artifacts)
    assert notebook.problems == []


def test_the_caption_is_one_that_training_never_saw():
    captions = (s.caption for s in itertools.islice(scenes.sample(seed=2024, held_out=True), 20))
    assert CAPTION in captions
