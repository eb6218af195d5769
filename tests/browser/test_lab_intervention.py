"""The view of interventions in JupyterLab, dark: what is chosen there is known in Python, and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_page import take
from lab import Lab
from playwright.sync_api import expect

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

CELLS = [
    "from synthetic_outcomes import synthetic_outcomes\nfrom infodiff_widgets.analyses import intervene_view",
    "view = intervene_view.InterventionView(synthetic_outcomes())\nview",
    "print(view.chosen, view.actual, view.pinned_pixel, view.outcome.edit.change)",
    "view.chosen = 2",
]


def test_the_view_and_python_agree(lab: Lab, artifacts: Path):
    notebook = lab.open("interventions", CELLS, dark=True, width=1280)
    for cell in range(2):
        notebook.run(cell)
    root = notebook.output(1).locator(".idw")
    expect(root).to_have_attribute("data-ready", "true")
    take(root.get_by_role("radio", name="without red"))
    take(root.get_by_role("radio", name="latents"))
    first = root.locator('[data-pane="before"] .idw-canvas')
    first.focus()
    for key in ("ArrowDown", "b", "ArrowDown", "Enter"):
        notebook.page.keyboard.press(key)
    expect(root).to_have_attribute("data-pixel", "33,48")
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(CELLS))
    notebook.page.screenshot(path=artifacts / "lab-intervention-dark.png")
    notebook.run_until(2, "1 latents (33, 48) - red")
    notebook.run(3)
    expect(root).to_have_attribute("data-change", "2")
    expect(root.locator(".idw-story ins")).to_have_text("big")
