"""Maps by band of noise level, and the warning that they call for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from models import Linear, Mixture
from synthetic import synthetic_result
from test_estimator import run

from infodiff_widgets import Result, open_result
from infodiff_widgets.bands import band_edges
from infodiff_widgets.errors import ArgumentError, ResultFileError


@pytest.fixture(scope="module")
def result() -> Result:
    return run(Mixture(), quantities=("cmi", "mi", "shapley"), draws=32)


def test_bands_add_up_to_the_maps(result: Result) -> None:
    assert result.data.band_maps.dims == ("band", "quantity", "form", "word", "y", "x")
    assert result.data.sizes["band"] == 6
    for parts, whole in (
        (result.data.band_maps, result.data.maps),
        (result.data.band_full_map, result.data.full_map),
    ):
        np.testing.assert_allclose(parts.sum("band"), whole, rtol=1e-5, atol=1e-6 * float(abs(whole).max()))


def test_maps_agree_with_totals_by_band(result: Result) -> None:
    totals = result.bands()
    sums = result.data.band_maps.sum(("y", "x")).transpose("quantity", "form", "word", "band")
    np.testing.assert_allclose(sums, totals, rtol=1e-4, atol=1e-6)
    for name in ("band_low", "band_high"):
        assert np.array_equal(totals[name], result.data[name])


def test_band_maps(result: Result) -> None:
    low, *_, high = edges = result.band_edges
    assert (low, high) == result.log_snr_range
    first = result.band_map("red", 0)
    assert first.dims == ("y", "x")
    assert first.equals(result.band_map("red", edges[:2]))
    assert result.band_map("red", -1, "mi", "standard").equals(result.band_map("red", 5, "mi", "standard"))
    two = result.band_map("red", (round(edges[1], 2), edges[3]))
    np.testing.assert_allclose(two, result.band_map("red", 1) + result.band_map("red", 2), rtol=1e-6)
    np.testing.assert_allclose(result.full_band_map((low, high)), result.full_map(), rtol=1e-5, atol=1e-7)
    with pytest.raises(ValueError, match=r"a lower and an upper one of the edges, -5\.36, -3\.29, "):
        result.band_map("red", (0.0, 2.0))
    for band in (1.5, None, "0", True, (), (edges[0],), "ab", ("-5.36", "7.07"), ((1, 2), 3)):
        with pytest.raises(ArgumentError, match=r"a lower and an upper one of .*; or the number of"):
            result.band_map("red", band)  # pyright: ignore[reportArgumentType]
    for given in (1.5, "abc", True, 0, -3, [[0, 1]], ["0", "1"], [[0], [1, 2]]):
        with pytest.raises(ArgumentError, match="edges="):
            result.bands(given)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ArgumentError, match="too many, give 256 at most"):
        result.bands(10**9)
    with pytest.raises(IndexError, match="no band 6: the bands are 0 to 5"):
        result.band_map("red", 6)


def test_edges() -> None:
    assert band_edges([-5.36, -1, 3], -5.364, 7.0).tolist() == [-5.364, -1, 3, 7]
    assert band_edges([], -5, 7).tolist() == [-5, 7]
    assert band_edges(None, -5, 7).size == 0
    cut = run(Mixture(), draws=8, bands=[-1, 3])
    assert cut.band_edges == pytest.approx((-5.364, -1, 3, 7.069), abs=1e-3)
    np.testing.assert_allclose(cut.data.band_maps.sum("band"), cut.data.maps, rtol=1e-5, atol=1e-7)
    for bands in (0, [3, 1], [-9, 1], [[1]]):
        with pytest.raises(ValueError, match=r"bands="):
            run(Mixture(), bands=bands)


def test_no_bands() -> None:
    result = run(Mixture(), draws=4, bands=None)
    assert result.band_edges == ()
    assert "band_maps" not in result.data
    assert result.bands().sizes["band"] == 6
    with pytest.raises(ValueError, match="no maps by band: estimate with bands=6"):
        result.band_map("red", 0)


def test_bands_of_an_exact_model() -> None:
    """Each band holds the exact integral over it."""
    model = Linear()
    result = run(model, draws=256, bands=[-2, 1], words=["red"])
    for band, edges in enumerate([(-5.364, -2), (-2, 1), (1, 7.069)]):
        exact = model.truth("a circle on sand", "a red circle on sand", model.schedule.quadrature(edges))[0]
        values = result.band_map("red", band).values
        assert values.sum() == pytest.approx(exact.sum(), rel=0.1)
        assert np.corrcoef(values.ravel(), exact.ravel())[0, 1] > 0.95


def test_a_file_of_the_first_schema(tmp_path: Path, result: Result) -> None:
    data = synthetic_result().data.assign_attrs(schema_version=1)
    old = Result(data)
    assert open_result(old.save(tmp_path / "old.nc")).data.identical(data)
    assert (old.swaps, old.pairs, old.band_edges, old.warnings) == ({}, (), (), [])
    assert open_result(result.save(tmp_path / "new.nc")).data.identical(result.data)
    with pytest.raises(ResultFileError, match="band_maps missing"):
        Result(result.data.drop_vars("band_maps"))


def test_words_that_leak_are_named() -> None:
    """With little else than the words in the picture, it shows them at high log-SNR."""
    model = Linear()
    model.SIGMA = 0.05
    leaking = run(model)
    warning, rough = leaking.warnings
    assert "draws leave some totals rough" in rough
    assert warning.startswith("Most of the cmi of 'red' (")
    assert "log_snr_range=(-5.36, 3)" in warning
    assert f"Warning: {warning}" in repr(leaking)
    share = float(leaking.bands([3, 7.07])[0, 0, 1, 0]) / leaking.total("red").value
    assert f"'red' ({share:.0%})" in warning
    assert not any("Most of" in one for one in run(model, log_snr_range=(-5.36, 3)).warnings)
    assert not any("Most of" in one for one in run(Mixture()).warnings)
