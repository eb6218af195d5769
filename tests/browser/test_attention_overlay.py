"""Attention beside information in the explorer, of the pipeline that the package brings, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_page import View, show, traits_of
from playwright.sync_api import Browser, Page, expect

from infodiff_widgets import colour, estimate, scenes
from infodiff_widgets.analyses.attention import with_attention_maps
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.naming import names_of

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(scope="module")
def bare() -> Any:
    denoiser = as_denoiser(scenes.load_pipeline("cpu"))
    prompt = (NOTEBOOKS / "scene.txt").read_text().strip()
    result = estimate(denoiser, NOTEBOOKS / "scene.png", prompt, draws=16, bands=3, progress=False)
    return denoiser, result


@pytest.fixture(scope="module")
def result(bare: Any) -> Any:
    return with_attention_maps(*bare)


def shares(result: Any) -> np.ndarray:
    return result.data["attention_maps"].values


def test_attention_is_offered_where_a_result_has_it(page: Page, bare: Any, view: View):
    radio = view.root.get_by_role("radio", name="attention", exact=True)
    expect(radio).to_be_enabled()
    without = show(page, traits_of(Explorer(bare[1]))).ready()
    expect(without.root.locator('label:has(> input[value="attention"])')).to_be_hidden()
    assert without.root.locator('option[value="attention"]').count() == 0


def test_a_word_shows_the_map_and_a_pixel_ranks_the_words(view: View, result: Any, artifacts: Path):
    maps = shares(result)
    view.choose("attention")
    view.page.mouse.move(1, 1)
    base = view.pixels()
    word = int(np.argmax([one.max() for one in maps]))
    view.hover_word(word)
    want = colour.lay_over(base, maps[word], colour.shared_top(maps))
    assert np.abs(view.pixels().astype(int) - want.astype(int)).max() <= 6
    expect(view.root.locator(".idw-legend .idw-unit")).to_have_text("share of attention")
    expect(view.root.locator(".idw-what")).to_have_text(f"attention to “{result.words[word].text}”")
    expect(view.root.locator(".idw-low")).to_have_text("0")
    grid = maps.shape[1:]
    row, column = np.unravel_index(maps[word].argmax(), grid)
    view.hover_cell(int(row), int(column), grid)
    order = np.argsort(-maps[:, row, column], kind="stable")
    shown = view.ranking()
    assert [name for name, _ in shown][:3] == [names_of(result.prompt, result.words)[i] for i in order[:3]]
    assert float(shown[0][1]) == pytest.approx(maps[:, row, column].max(), abs=1e-3)
    expect(view.root.locator(".idw-head .idw-unit")).to_have_text("share of attention")
    view.hover_word(7)
    view.page.screenshot(path=artifacts / "attention.png", full_page=True)


def test_attention_has_neither_form_nor_unit_nor_error(view: View, result: Any):
    view.choose("bits")
    view.choose("standard")
    view.choose("attention")
    for name in ("orthogonal", "standard", "nats", "bits"):
        expect(view.root.get_by_role("radio", name=name, exact=True)).to_be_disabled()
    view.leave()
    expect(view.root.locator(".idw-head .idw-unit")).to_have_text("mean share of attention")
    expect(view.root.locator(".idw-head .idw-error")).to_be_hidden()
    means = shares(result).mean((1, 2))
    name, value = view.ranking()[0]
    assert name == names_of(result.prompt, result.words)[int(means.argmax())]
    assert float(value) == pytest.approx(means.max(), abs=1e-3)
    assert view.root.locator(".idw-levelname").text_content() == "attention: all noise levels together"
    for handle in view.root.locator(".idw-handle").all():
        expect(handle).to_be_disabled()
    view.choose("CMI")
    for handle in view.root.locator(".idw-handle").all():
        expect(handle).to_be_enabled()
    expect(view.root.locator(".idw-legend .idw-unit")).to_have_text("bits per latent cell")


def test_a_region_has_its_mean_and_its_part(page: Page, result: Any):
    explorer = Explorer(result, quantity="attention", region=[(0, 0), (0.5, 0), (0.5, 1), (0, 1)])
    view = show(page, traits_of(explorer)).ready()
    maps = shares(result)
    half = maps[:, :, : maps.shape[2] // 2]
    name, value = view.ranking()[0]
    best = int(half.mean((1, 2)).argmax())
    assert name == names_of(result.prompt, result.words)[best]
    assert float(value) == pytest.approx(half[best].mean(), abs=1e-3)
    part = half[best].sum() / maps[best].sum()
    first = view.root.locator('.idw-row[data-rank="0"] .idw-error')
    assert float((first.text_content() or "").rstrip("%")) / 100 == pytest.approx(part, abs=0.01)


def test_beside_information_both_scales_are_told(browser: Browser, result: Any, artifacts: Path):
    context = browser.new_context(color_scheme="dark", viewport={"width": 1000, "height": 760})
    explorer = Explorer(result, compare="attention")
    view = show(context.new_page(), traits_of(explorer)).ready()
    view.hover_word(7)
    said = view.root.locator(".idw-how").text_content() or ""
    end = colour.shared_top(shares(result))
    assert "one scale for all words" in said
    told = float(said.split("beside it 0 to ")[1].split(" share of attention")[0])
    assert told == pytest.approx(end, rel=0.05)
    twin = view.root.locator(".idw-twin")
    assert view.pixels().std() > 1
    assert twin.is_visible()
    view.page.screenshot(path=artifacts / "attention-beside-dark.png", full_page=True)
    context.close()


def test_the_exported_page_has_it_too(browser: Browser, result: Any, tmp_path: Path):
    path = Explorer(result, quantity="attention").to_html(tmp_path / "page.html")
    page = browser.new_context(offline=True).new_page()
    page.goto(path.as_uri())
    view = View(page, page.locator(".idw")).ready()
    view.hover_word(1)
    expect(view.root.locator(".idw-legend .idw-unit")).to_have_text("share of attention")
    page.context.close()
