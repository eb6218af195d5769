from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import pytest
import xarray as xr
from synthetic import synthetic_result

from infodiff_widgets import Result, open_result
from infodiff_widgets.errors import ArgumentError, InfodiffError, ResultFileError, WordError, WriteError
from infodiff_widgets.html import write as write_html
from infodiff_widgets.numbers import between, with_error


@pytest.fixture(scope="module")
def result() -> Result:
    return synthetic_result()


def test_labels(result: Result) -> None:
    assert result.prompt == "a red circle left of a blue square on sand"
    assert [word.text for word in result.words][:3] == ["a", "red", "circle"]
    assert all(result.prompt[word.start : word.stop] == word.text for word in result.words)
    assert result.quantities == ("cmi", "mi")
    assert (result.complete, result.draws, result.draws_planned) == (True, 64, 64)
    assert result.image.size == (64, 64)
    assert result.data.attrs["unit"] == "nat"
    assert result.provenance == {"model": "synthetic", "seed": 0}


def test_maps_by_index_text_span_and_word(result: Result) -> None:
    expected = result.data.maps.sel(quantity="cmi", form="orthogonal").isel(word=1)
    for key in (1, "red", (2, 5), result.words[1], -9):
        assert result.map(key).identical(expected)
    assert result.map("red").dims == ("y", "x")
    assert result.map_error("red", "mi", "standard").shape == (32, 32)
    assert result.full_map("standard").shape == (32, 32)
    with pytest.raises(
        WordError, match=r"'a' is there 2 times: say which, 'a \(0\)' or 'a \(5\)', or by place"
    ):
        result.map("a")


def test_cells_and_levels_of_a_wrong_kind_are_refused(result: Result) -> None:
    for quantity in (None, ["cmi"], 3):
        calls = [result.map, result.map_error, result.total, result.convergence, result.left_tail]
        for call in calls:
            with pytest.raises(ValueError, match="is not in this result, which has cmi, mi"):
                call("red", quantity)  # pyright: ignore[reportArgumentType]
        with pytest.raises(ValueError, match="is not in this result"):
            result.totals(quantity)  # pyright: ignore[reportArgumentType]
    for cell in (("a", 0), (1.5, 0), (0, None), (True, 0)):
        with pytest.raises(IndexError, match="is outside the map of 32 rows and 32 columns: give whole"):
            result.ranking(*cell)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="level='95%' is no probability between 0 and 1"):
        result.total("red").interval("95%")  # pyright: ignore[reportArgumentType]


def test_totals(result: Result) -> None:
    total = result.total("red", "mi")
    assert total.value == pytest.approx(float(result.map("red", "mi").sum()), rel=1e-5)
    assert total.value == pytest.approx(float(result.data.totals.sel(quantity="mi", form="orthogonal")[1]))
    assert total.standard_error == pytest.approx(
        float(result.data.totals_error.sel(quantity="mi", form="orthogonal")[1])
    )
    low, high = total.interval()
    assert 0 < low < total.value < high
    assert not result.total("red", form="standard").positive
    assert result.full_total().value == pytest.approx(float(result.data.full_total[0]))


def test_unknown_quantities_and_forms(result: Result) -> None:
    with pytest.raises(ValueError, match="quantity='pmi' is not in this result, which has cmi, mi"):
        result.map("red", "pmi")
    with pytest.raises(ValueError, match="form='signed': the forms are 'orthogonal' and 'standard'"):
        result.full_total("signed")


def test_ranking(result: Result) -> None:
    ranked = result.ranking(5, 7)
    assert len(ranked) == len(result.words)
    values = [value for _, value in ranked]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(float(result.map(ranked[0][0])[5, 7]))
    with pytest.raises(IndexError, match=r"\(32, 0\) is outside the map of 32 rows"):
        result.ranking(32, 0)


def test_bands_add_up(result: Result) -> None:
    bands = result.bands(4)
    assert bands.dims == ("quantity", "form", "word", "band")
    np.testing.assert_allclose(bands.sum("band"), result.data.totals)
    assert bands.band_low.values == pytest.approx(np.linspace(-5.36, 7.07, 5)[:-1])
    two = result.bands([-1.0, 0.0, 2.0])
    inside = (result.data.draw_log_snr >= -1) & (result.data.draw_log_snr < 2)
    expected = (result.data.draw_totals / result.data.draw_density * inside).sum("draw") / 64
    np.testing.assert_allclose(two.sum("band"), expected)
    for edges in ([1.0], [2.0, 1.0], [[0, 1]], 0):
        with pytest.raises(ValueError, match="at least two ascending"):
            result.bands(edges)  # pyright: ignore[reportArgumentType]


def test_table(result: Result) -> None:
    table = result.to_dataframe()
    assert len(table) == 2 * 2 * len(result.words)
    row = table[(table.quantity == "mi") & (table.form == "orthogonal") & (table.word == "red")].iloc[0]
    assert (row.start, row.stop) == (2, 5)
    assert row.low < row.nats < row.high


def test_the_repr_counts_words_as_one_does():
    assert "\n  1 word, 64 draws" in repr(synthetic_result("cat"))
    assert "\n    and 1 more word\n" in repr(synthetic_result("a b c d e f g h i j k l m"))
    assert "and 2 more words" in repr(synthetic_result("a b c d e f g h i j k l m n"))


def test_repr(result: Result) -> None:
    text = repr(result)
    assert "10 words, 64 draws, log-SNR -5.36 to 7.07 (all that the network was trained on)" in text
    assert "CMI, orthogonal, nats ± standard error, 95% interval:" in text
    total = result.total("red")
    low, high = total.interval()
    assert f"    red     {with_error(total.value, total.standard_error)}" in text
    assert f"  {between(low, high)}\n" in text
    assert "and 18 more words" in repr(
        synthetic_result("one two three four five six seven eight nine ten " * 3)
    )


def test_the_repr_says_what_it_cost(result: Result) -> None:
    assert "evaluations" not in repr(result), "where that is not known"
    data = result.data.copy()
    data.attrs["provenance"] = json.dumps({"evaluations": 1344})
    assert "\n  10 words, 64 draws, 1,344 network evaluations, log-SNR -5.36 to 7.07 (" in repr(Result(data))


def test_the_repr_tells_repeated_words_apart_and_says_what_else_there_is(result: Result) -> None:
    lines = repr(result).splitlines()
    for index, span in ((0, (0, 1)), (5, (21, 22))):
        (line,) = (line for line in lines if line.startswith(f"    a ({index})  "))
        assert result.total(index) == result.total(span)
        assert with_error(result.total(index).value, result.total(index).standard_error) in line
    assert "  Also here: MI, total(word, 'mi'); the whole prompt, full_total()" in lines


@pytest.mark.parametrize("done", [4, 8, 64])
def test_a_result_of_few_draws_says_that_it_is_rough(done: int) -> None:
    result = synthetic_result(done=done)
    found = [warning for warning in result.warnings if "rough" in warning]
    assert len(found) == (4 < done < 64)
    if done == 4:
        assert "4 draws are too few to tell errors: take more." in result.warnings
    if found:
        largest = max((result.total(index) for index in range(len(result.words))), key=lambda one: one.value)
        assert f"{done} draws leave some totals rough: cmi of " in found[0]
        assert between(*largest.interval()) in found[0]
        assert found[0].endswith("Take more draws, such as draws=64."), "fewer would hardly do"
        assert found[0] in repr(result)


def test_a_word_is_rough_by_itself_and_in_each_form(result: Result) -> None:
    assert result.warnings == []
    some = synthetic_result(rough=("sand", "red"))
    (found,) = some.warnings
    interval = between(*some.total("red").interval())
    kinds = "cmi of 'red' and 'sand' in standard form; mi of 'red' and 'sand'; mi of 'red' and 'sand'"
    assert found == (
        f"64 draws leave some totals rough: cmi of 'red' and 'sand' (95%: 'red' {interval} nats); {kinds} "
        "in standard form. Take more draws, such as draws=128."
    )
    several = synthetic_result(rough=("a", "circle", "left", "red", "sand"))
    assert "cmi of 4 of the 10 words (95%: " in several.warnings[0]
    assert "cmi of all 10 words (95%: " in synthetic_result(done=8).warnings[-1]
    table = some.to_dataframe()
    assert set(table["word"][table["rough"]]) == {"red", "sand"}
    assert table["rough"].sum() == 8
    signed = some.data.copy(deep=True)
    signed["draw_totals"].loc[{"form": "orthogonal"}] = result.data["draw_totals"].sel(form="orthogonal")
    (found,) = Result(signed).warnings
    assert found.startswith(
        "64 draws leave some totals rough: cmi of 'red' and 'sand' in standard form (95%: 'red' "
    )
    slight = synthetic_result(rough=("on",))
    assert slight.warnings == [], "it says next to nothing"


@pytest.mark.parametrize("done", [4, 24, 64])
def test_files_hold_everything(tmp_path: Path, done: int) -> None:
    result = synthetic_result("un café — 猫 🐱, 'red'\n\"x\"", done=done)
    path = result.save(tmp_path / "result.nc")
    opened = open_result(path)
    assert opened.data.identical(result.data)
    assert opened.words == result.words
    assert opened.complete == (done == 64)
    assert repr(opened) == repr(result)
    result.save(path)  # over itself
    assert [item.name for item in tmp_path.iterdir()] == ["result.nc"]
    assert path.stat().st_mode & 0o777 == 0o644 or sys.platform == "win32"


def test_files_open_without_torch(tmp_path: Path, result: Result) -> None:
    path = result.save(tmp_path / "result.nc")
    code = (
        "import sys; from infodiff_widgets import open_result, split_words; r = open_result(sys.argv[1]);"
        "r.total('red').interval(); r.bands(); r.to_dataframe(); repr(r); r.image;"
        "heavy = {'torch', 'diffusers', 'transformers', 'anywidget'} & {*sys.modules}; assert not heavy"
    )
    subprocess.run([sys.executable, "-c", code, path], check=True)


def test_a_failed_save_leaves_the_old_file(
    tmp_path: Path, result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = result.save(tmp_path / "result.nc")
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", fail)
    with pytest.raises(OSError, match="No space left"):
        result.save(path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["result.nc"]
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere: make it first"):
        result.save(tmp_path / "nowhere" / "result.nc")


def test_what_cannot_be_written_says_which_file_it_is(
    tmp_path: Path, result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_page(path: Path) -> Path:
        return write_html(path, "a page")

    for name in ("a.csv", "a", "a.nc.png"):
        with pytest.raises(
            ArgumentError, match=rf"'{name}' is no name of a netCDF file, .*: let it end in one of \.nc, "
        ):
            result.save(tmp_path / name)
    assert open_result(result.save(tmp_path / "a.NC")).words == result.words
    (tmp_path / "folder.nc").mkdir()
    writes: dict[str, Callable[[Path], Any]] = {"folder.nc": result.save, "folder": write_page}
    (tmp_path / "folder").mkdir()
    for name, write in writes.items():
        with pytest.raises(ArgumentError, match=rf"{name} is a folder: give the name of a file in it"):
            write(tmp_path / name)

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "/x/.r.nc.k3j2.part")

    monkeypatch.setattr(Path, "touch", forbidden)  # by which files are begun
    writes = {"r.nc": result.save, "r.html": write_page}
    for name, write in writes.items():
        with pytest.raises(
            WriteError, match=rf"{name} cannot be written \(Permission denied\): see"
        ) as caught:
            write(tmp_path / name)
        assert "part" not in str(caught.value)


def test_damaged_and_foreign_files(tmp_path: Path, result: Result) -> None:
    whole = result.save(tmp_path / "whole.nc").read_bytes()
    flipped = bytearray(whole)
    middle = len(flipped) // 2
    flipped[middle : middle + 4000] = bytes(4000)
    for name, content in [
        ("half", whole[: len(whole) // 2]),
        ("empty", b""),
        ("text", b"hello"),
        ("flip", flipped),
    ]:
        path = tmp_path / f"{name}.nc"
        path.write_bytes(content)
        with pytest.raises(ResultFileError, match=f"{name}.nc cannot be read as a result .*damaged or "):
            Result.open(path)
    with pytest.raises(FileNotFoundError, match=r"There is no file .*missing\.nc"):
        open_result(tmp_path / "missing.nc")


def test_other_netcdf_files(tmp_path: Path, result: Result) -> None:
    path = tmp_path / "other.nc"
    xr.Dataset({"t": ("x", [1.0])}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(ResultFileError, match="is no result of infodiff-widgets"):
        open_result(path)
    result.save(path)
    with h5netcdf.File(path, "a") as file:
        file.attrs["schema_version"] = 99
    with pytest.raises(ResultFileError, match=r"schema version 99, .*pip install --upgrade"):
        open_result(path)
    with pytest.raises(InfodiffError, match="not a whole result: maps, image missing"):
        Result(result.data.drop_vars(["maps", "image"]))
