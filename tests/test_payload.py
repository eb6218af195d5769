import json
import math
from pathlib import Path

import numpy as np
import pytest
from models import PICTURE, PROMPT, Mixture
from PIL import Image
from synthetic import synthetic_result
from wire import entries_of, most_off, packed_size, read_map

from infodiff_widgets import estimate, payload
from infodiff_widgets.codes import coded, packed
from infodiff_widgets.colour import shared_top, top
from infodiff_widgets.rough import totals_of
from infodiff_widgets.shown import shown_maps
from infodiff_widgets.statistics import Estimate
from infodiff_widgets.words import split_words


def test_every_map_comes_back_to_three_digits():
    result = synthetic_result(cells=(8, 12))
    sent = payload.encode(result)
    entries = entries_of(sent)
    for entry in entries:
        if entry["word"] is None:
            values = result.full_map(entry["form"]).values
            total = result.full_total(entry["form"])
        else:
            values = result.map(entry["word"], entry["quantity"], entry["form"]).values
            total = result.total(entry["word"], entry["quantity"], entry["form"])
        stored = read_map(sent.maps, entry, sent.header["grid"])
        assert np.all(np.abs(stored - values) <= most_off(values, entry))
        assert entry["total"] == pytest.approx(total.value, rel=1e-5)
        assert [entry["low"], entry["high"]] == pytest.approx(total.interval(), rel=1e-5)
        assert entry["top"] == pytest.approx(top(values))
    assert len(entries) == 2 * (2 * len(result.words) + 1)


def test_header_is_plain_json_and_the_bytes_are_what_it_says():
    sent = payload.encode(synthetic_result(done=4))
    assert json.loads(json.dumps(sent.header, allow_nan=False)) == sent.header
    assert sent.header["byte_length"] == len(sent.maps)
    assert [entries_of(sent)[0][name] for name in ("error", "low", "high")] == [None] * 3
    assert not sent.header["complete"]
    assert [sent.header["draws_done"], sent.header["draws_planned"]] == [4, 64]


@pytest.mark.parametrize(
    ("total", "wide"),
    [
        (Estimate(3.1, 0.3, 15.0), False),
        (Estimate(3.1, 0.3, 1.0), True),  # the scatter is small, and three draws may say so by chance
        (Estimate(3.1, 1.6, 15.0), True),
        (Estimate(-3.1, 0.3, 15.0), False),
        (Estimate(3.1, 0.5, 10.0, positive=True), False),
        (Estimate(3.1, 0.5, 2.0, positive=True), True),
        (Estimate(3.1, 0.5, 10.0, skewness=4.0), True),
        (Estimate(3.1, math.nan, 1.0), True),
        (Estimate(0.0, 0.0, 1.0), False),
    ],
)
def test_an_interval_is_wide_by_what_it_covers_not_by_a_number_of_draws(total: Estimate, wide: bool):
    assert total.is_wide is wide


def test_the_header_says_for_which_words_draws_were_too_few_until_they_are_not():
    few, some, many = (
        payload.encode(result).header["maps"]
        for result in (synthetic_result(draws=8), synthetic_result(rough=("sand",)), synthetic_result())
    )
    assert all(run["rough"] == run["words"] for run in few)
    assert all(run["rough"] == [9] for run in some if run["quantity"] != "full")
    assert not any("rough" in run for run in many)
    kinds = {"swaps": {"red": "blue"}, "pairs": [("red", "sand")], "draws": 8, "density": "uniform"}
    result = estimate(Mixture(), PICTURE, PROMPT, quantities=("cmi", "shapley"), progress=False, **kinds)
    header = payload.encode(result).header
    kinds_told = {run["quantity"] for run in header["maps"] if "rough" in run}
    assert kinds_told == {"cmi", "shapley", "pair", "swap", "full"}
    names = {"swap": [1], "pair": [len(header["words"])], "full": [None]}
    for run in header["maps"]:
        assert set(run.get("rough", [])) <= set(names.get(run["quantity"], run["words"]))


def test_what_is_said_to_be_rough_is_of_the_totals_that_are_shown():
    kinds = {"swaps": {"red": "blue"}, "pairs": [("red", "sand")], "draws": 8, "density": "uniform"}
    result = estimate(Mixture(), PICTURE, PROMPT, quantities=("cmi", "shapley"), progress=False, **kinds)
    compared = 0
    sent = entries_of(payload.encode(result))
    for quantity in (*result.quantities, "swap", "pair", "full"):
        for form in ("orthogonal", "standard"):
            maps = [one for one in shown_maps(result) if (one.quantity, one.form) == (quantity, form)]
            totals = totals_of(result, quantity, form).values()
            shown = [(one.total, one.error) for one in maps if one.halves is not None]
            np.testing.assert_allclose([(total.value, total.standard_error) for total in totals], shown)
            kind = [entry for entry in sent if (entry["quantity"], entry["form"]) == (quantity, form)]
            bounds = [(entry["low"], entry["high"]) for entry in kind if entry["low"] is not None]
            np.testing.assert_allclose(bounds, [total.interval() for total in totals], rtol=1e-6)
            compared += len(shown)
    assert compared == 2 * (2 * len(result.words) + 3)


def test_all_that_is_sent_is_no_more_than_the_maps_as_float16():
    result = synthetic_result(" ".join(f"word{i}" for i in range(77)), cells=(64, 64))
    sent = payload.encode(result)
    need = 2 * (result.data["maps"].size + result.data["full_map"].size)
    assert len(json.dumps(sent.header)) < 10_000
    assert len(json.dumps(sent.header)) + len(sent.maps) < need


def test_codes_are_finest_near_zero_and_odd_numbers_of_them_are_whole():
    values = np.array([-2.0, -1e-3, 0.0, 1e-6, 0.5, 1.0, 2.0])
    codes, end, signed = coded(values, 12)
    assert (end, signed) == (2.0, True)
    assert codes.tolist()[2::4] == [2047, 4094]
    data = packed(codes, 12)
    assert len(data) == packed_size(7) == 11
    back = read_map(data, {"at": 0, "end": end, "signed": signed}, (1, 7))[0]
    assert np.all(np.abs(back - values) <= most_off(values, {"end": end, "signed": True}))
    assert abs(back[1] + 1e-3) < 3e-5
    assert coded(np.zeros(3), 8)[1:] == (0.0, False)


def test_words_carry_their_place_in_the_prompt():
    prompt = "a cat, a 🐱 cat"
    words = payload.encode(synthetic_result(prompt)).header["words"]
    assert [prompt[word["start"] : word["stop"]] for word in words] == [word["text"] for word in words]


def test_a_whole_prompt_that_was_not_asked_for_is_left_out():
    result = synthetic_result()
    for name in ("full_map", "full_total"):
        result.data[name].values[:] = np.nan
    assert {entry["quantity"] for entry in payload.encode(result).header["maps"]} == {"cmi", "mi"}


def test_flat_maps_and_empty_ones():
    result = synthetic_result()
    result.data["maps"].values[:] = 0.25
    sent = payload.encode(result)
    assert (read_map(sent.maps, entries_of(sent)[0], (32, 32)) == 0.25).all()
    nothing = payload.empty("a cat", split_words("a cat"), 64)
    assert nothing.maps == b""
    assert nothing.header["draws_planned"] == 64


def test_scale_ends_below_a_lone_speckle():
    values = np.zeros((64, 64))
    values[0, 0], values[10:20, 10:20] = 100.0, 1.0
    assert top(values) == 1.0
    assert shared_top(np.stack([values, 3 * values])) == 3.0


def test_large_pictures_are_made_smaller_for_the_screen():
    png = payload.encode_image(Image.new("RGB", (2048, 1024)))
    import io

    assert Image.open(io.BytesIO(png)).size == (1024, 512)


def test_both_sides_name_the_same_layout():
    model = Path(__file__).parents[1] / "js" / "src" / "model.js"
    assert f"SCHEMA_VERSION = {payload.SCHEMA_VERSION};" in model.read_text()
