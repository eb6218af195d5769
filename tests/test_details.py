import json

import numpy as np
import pytest
from synthetic import synthetic_result
from synthetic_extras import with_extras
from wire import entries_of

from infodiff_widgets import payload
from infodiff_widgets.details import Details, encode_details
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.result import Result
from infodiff_widgets.shown import PAIR_MAPS, shown_maps


@pytest.fixture(scope="module")
def result():
    return with_extras(synthetic_result())


def layer(sent: Details, block: str, index: int, number: int = 0) -> np.ndarray:
    about = sent.header[block]
    rows, columns = about["grid"]
    cells, bits = rows * columns, about["bits"]
    data = np.frombuffer(sent.data, np.uint8)[about["at"][index] :].astype(int)
    code = data[number * cells :][:cells]
    if bits == 12:
        # The lower four bits of all bands come after the upper eight of all.
        place = np.arange(number * cells, (number + 1) * cells)
        code = code << 4 | data[6 * cells + place // 2] >> 4 * (place % 2) & 15
    middle = 2 ** (bits - 1) - 1
    s = (code - middle) / middle if about["signed"][index] else code / (2**bits - 1)
    return (about["top"][index] * s * np.abs(s)).reshape(rows, columns)


def test_errors_and_bands_come_back_finest_near_zero(result):
    sent = encode_details(result)
    shown = list(shown_maps(result))
    assert [len(sent.header["errors"][name]) for name in ("at", "top", "signed")] == [len(shown)] * 3
    for index, one in enumerate(shown):
        if one.errors is not None:
            top = one.errors.max()
            assert np.abs(layer(sent, "errors", index) - one.errors).max() <= top / 127
        if one.bands is not None:
            top = np.abs(one.bands).max()
            total = sum(layer(sent, "bands", index, band) for band in range(6))
            assert np.abs(total - one.values).max() <= 6 * top / 2047
            small = np.abs(one.bands[0]) < 0.01 * top
            assert np.abs(layer(sent, "bands", index) - one.bands[0])[small].max() <= 0.0002 * top
    assert json.loads(json.dumps(sent.header, allow_nan=False)) == sent.header
    assert sent.header["byte_length"] == len(sent.data)


def test_a_budget_makes_the_grid_coarser_bands_first(result):
    sizes = []
    whole = encode_details(result)
    assert [whole.header[name]["bits"] for name in ("errors", "bands")] == [8, 12]
    fewer = encode_details(result, len(whole.data) - 1)
    assert [fewer.header[name]["bits"] for name in ("errors", "bands")] == [8, 8]
    assert fewer.header["bands"]["grid"] == [32, 32]
    assert np.abs(layer(fewer, "bands", 0) - layer(whole, "bands", 0)).max() > 0
    for budget in (10**7, 10**5, 3 * 10**4, 10**3, 10):
        sent = encode_details(result, budget)
        assert len(sent.data) <= budget
        sizes.append([sent.header[name] and sent.header[name]["grid"][0] for name in ("errors", "bands")])
    assert sizes[0] == [32, 32]
    assert sizes[-1] == [None, None]
    assert all(b is None or (e is not None and e >= b) for e, b in sizes)
    coarse = encode_details(result, 10**5)
    one = next(shown_maps(result))
    assert one.bands is not None
    want = one.bands[2].reshape(16, 2, 16, 2).mean((1, 3))
    assert coarse.header["bands"]["grid"] == [16, 16]
    assert np.abs(layer(coarse, "bands", 0, 2) - want).max() <= np.abs(one.bands).max() / 60


def test_curves_and_bands_add_up_to_the_totals(result):
    sent = payload.encode(result)
    header = sent.header
    widths = np.diff(header["curve_edges"])
    for entry in entries_of(sent):
        if "curve" in entry:
            assert np.dot(entry["curve"], widths) == pytest.approx(entry["total"], rel=1e-3, abs=1e-5)
        if "band_totals" in entry:
            assert sum(entry["band_totals"]) == pytest.approx(entry["total"], rel=1e-5, abs=1e-6)
    assert header["details"] == ["errors", "bands"]
    assert payload.encode(synthetic_result()).header["details"] == ["errors"]


def test_swaps_and_parts_of_pairs_are_maps_like_others(result):
    sent = payload.encode(result)
    header, entries = sent.header, entries_of(sent)
    count = len(header["words"])
    pair = [entry for entry in entries if (entry["quantity"], entry["form"]) == ("pair", "orthogonal")]
    assert [entry["word"] for entry in pair] == list(range(count, count + len(PAIR_MAPS)))
    split = result.interaction("red", "circle")
    for entry, about in zip(pair, header["pairs"], strict=True):
        assert about["words"] == [1, 2]
        assert entry["total"] == pytest.approx(float(split[about["part"]].sum()), rel=1e-4, abs=1e-6)
    swap = next(entry for entry in entries if entry["quantity"] == "swap")
    assert (swap["word"], header["swaps"]) == (1, [{"word": 1, "text": "green"}])


@pytest.mark.parametrize("form", ["orthogonal", "standard"])
def test_parts_of_a_pair_are_told_by_noise_level_and_only_errors_that_are_known_are_sent(result, form):
    found = [one for one in shown_maps(result) if (one.quantity, one.form) == ("pair", form)]
    parts = dict(zip(PAIR_MAPS, found, strict=True))
    for one in found:
        assert one.bands is not None
        assert np.allclose(one.bands.sum(0), one.values, atol=1e-5)
    bands = {name: parts[name].bands for name in PAIR_MAPS}
    together = sum(bands[name] for name in PAIR_MAPS if name != "both")
    assert np.allclose(together, bands["both"], atol=1e-6)
    split = result.interaction("red", "circle", form)
    less = (split["first"] < split["second"]).values
    want = np.where(less, split["first_error"].values, split["second_error"].values)
    assert np.array_equal(parts["redundancy"].errors, want)
    assert [parts[name].errors is None for name in PAIR_MAPS] == [False, False, True, True, True]
    assert [np.isnan(parts[name].error) for name in PAIR_MAPS] == [False, True, True, True, True]
    sent = [entry for entry in entries_of(payload.encode(result)) if entry["quantity"] == "pair"]
    for entry in sent:
        assert ("curve" in entry) == (entry["error"] is not None)
        assert sum(entry["band_totals"]) == pytest.approx(entry["total"], rel=1e-4, abs=1e-4)


def test_details_are_sent_when_the_browser_asks_and_belong_to_their_maps(result):
    explorer = Explorer(result)
    assert explorer._details == b""
    explorer._receive(None, {"kind": "details"}, [])
    assert explorer._details_info["draws"] == result.draws
    assert len(explorer._details) == explorer._details_info["byte_length"]
    sent = explorer._details
    again = Result(result.data.copy(deep=True))
    for shown in (result, again):  # the browser is told of no change, so it would not ask once more
        explorer.show(shown)
        assert explorer._details is sent
    explorer.show(synthetic_result(done=32))
    assert (explorer._details_info, explorer._details) == ({}, b"")
