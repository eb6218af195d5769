"""Attention in the explorer: what the browser is sent, and what figures say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from figure_texts import texts
from synthetic import synthetic_result
from synthetic_extras import with_extras, with_shares
from wire import entries_of, most_off, read_map

from infodiff_widgets import open_result, payload
from infodiff_widgets.details import encode_details
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.figure import grid_figure, word_figure
from infodiff_widgets.shown import SHOWN, shown_maps

CHOICES = Path(__file__).parents[1] / "js" / "src" / "choices.js"


@pytest.fixture(scope="module")
def result():
    return with_shares(with_extras(synthetic_result()))


def test_the_browser_is_sent_shares_without_form_or_error(result):
    sent = payload.encode(result)
    entries = [entry for entry in entries_of(sent) if entry["quantity"] == "attention"]
    maps = result.data["attention_maps"].values
    assert [entry["word"] for entry in entries] == list(range(len(result.words)))
    for entry, values in zip(entries, maps, strict=True):
        stored = read_map(sent.maps, entry, sent.header["grid"])
        assert np.all(np.abs(stored - values) <= most_off(values, entry))
        assert entry["total"] == pytest.approx(values.mean(), rel=1e-5)
        assert entry["form"] == ""
        assert entry["error"] is None
        assert "curve" not in entry
    details = encode_details(result)
    assert details.header["errors"]
    assert len(details.header["errors"]["at"]) == len(entries_of(sent))


def test_without_attention_nothing_changes(result):
    bare = result.data.drop_vars("attention_maps")
    without = payload.encode(type(result)(bare))
    quantities = {one.quantity for one in shown_maps(type(result)(bare))}
    assert quantities == set(SHOWN) - {"attention", "shapley"}
    kept = [entry for entry in entries_of(payload.encode(result)) if entry["quantity"] != "attention"]
    places = ({**entry, "at": 0} for entry in kept)
    assert [{**entry, "at": 0} for entry in entries_of(without)] == list(places)
    with pytest.raises(ValueError, match="quantity='attention' is not in this result, which has cmi, mi"):
        grid_figure(type(result)(bare), quantity="attention")


def test_both_sides_offer_the_same_quantities():
    block = re.search(r"QUANTITIES = \[(.*?)\];", CHOICES.read_text(), re.DOTALL)
    assert block
    assert set(re.findall(r'value: "(\w+)"', block[1])) == set(SHOWN)


@pytest.mark.parametrize("form", ["orthogonal", "standard"])
def test_a_figure_of_attention_has_its_own_unit(result, form):
    said = texts(word_figure(result, "red", quantity="attention", form=form, unit="bit", below_error="hatch"))
    mean = float(result.data["attention_maps"][1].mean())
    assert f"“red”  {mean:.3g} mean share of attention" in said
    assert "share of attention" in said
    assert "brightness = share of attention" in said
    levels = "log-SNR −5.4 to 7.1"
    assert levels in said
    assert not re.search(r"nat|bit|form|error|−", said.replace(levels, ""))
    assert "totals: mean share of attention" in texts(grid_figure(result, quantity="attention"))
    edges = result.band_edges
    assert "all noise levels" in texts(
        word_figure(result, "red", quantity="attention", band=(edges[0], edges[2]))
    )


def test_beside_information_each_has_its_own_scale(result):
    figure = word_figure(result, "red", quantity="cmi", compare="attention")
    said = texts(figure)
    ends = {
        one.quantity: max(
            float(np.quantile(np.abs(other.values), 0.995))
            for other in shown_maps(result)
            if (other.quantity, other.form) == (one.quantity, one.form)
        )
        for one in shown_maps(result)
        if one.form in ("orthogonal", "")
    }
    for quantity in ("cmi", "attention"):
        assert f"≥ {ends[quantity]:.3g}" in said
    assert "nats per latent cell" in said
    assert "share of attention" in said
    assert len(word_figure(result, "red", quantity="attention", compare="form").axes) == 2


def test_the_explorer_draws_and_exports_what_it_shows(result, tmp_path):
    explorer = Explorer(result, quantity="attention")
    explorer.pin("red")
    assert "mean share of attention" in texts(explorer.figure())
    assert '"quantity": "attention"' in explorer.to_html(tmp_path / "x.html").read_text()
    again = Explorer(open_result(result.save(tmp_path / "r.nc")), quantity="attention")
    assert again._maps == explorer._maps
