"""Batches in this process: what goes in, what comes out, what fails and what does not follow from it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
import xarray as xr
from batch_inputs import PROMPT, Sick, final_bytes, parts, write_scenes
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from models import Mixture
from PIL import Image
from tiny import tiny_pipeline
from tqdm.auto import tqdm

from infodiff_widgets import batch, cli, estimate, open_result
from infodiff_widgets.batching.folder import BatchFolder
from infodiff_widgets.batching.starting import Starting
from infodiff_widgets.calibration import PILOT_DRAWS
from infodiff_widgets.errors import BatchError

QUIET = {"progress": False}
QUICK = {"draws": 8, "progress": False}
PROMPTS = (PROMPT, "a blue circle on sand", "a red square on grass", "a green square on sand")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Four pictures for models that do not look at them."""
    for index, shade in enumerate((10, 90, 170, 250)):
        Image.new("RGB", (48, 48), (shade, 60, 120)).save(tmp_path / f"{index}.png")
    rows = [{"image": f"{index}.png", "prompt": prompt} for index, prompt in enumerate(PROMPTS)]
    pd.DataFrame(rows).to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


def test_totals_and_maps_are_those_of_estimate(table, tmp_path):
    out = tmp_path / "out"
    summary = batch(Mixture(), table, out, maps="float32", **QUICK)
    assert (summary.finished, summary.failed, summary.before) == (4, 0, 0)
    pictures, words = pd.read_parquet(out / "pictures.parquet"), pd.read_parquet(out / "words.parquet")
    assert pictures["prompt"].tolist() == list(PROMPTS)
    assert summary.evaluations == pictures["evaluations"].sum()
    store = xr.open_zarr(out / "maps.zarr", group="6x6")
    for row, picture in pictures.iterrows():
        density = json.loads((out / "settled.json").read_text())["density"]
        options = {"draws": 8, "seed": picture["seed"], "density": density, "bands": None}
        alone = estimate(Mixture(), picture["image"], picture["prompt"], progress=False, **options)
        mine = words[words["row"] == row]
        expected = alone.to_dataframe()
        for column in expected:
            assert mine[column].tolist() == expected[column].tolist(), column
        of_words = mine[(mine["quantity"] == "mi") & (mine["form"] == "standard")]["map"].to_numpy()
        same = {"quantity": "mi", "form": "standard"}
        np.testing.assert_array_equal(store["mi_standard"][of_words], alone.data["maps"].sel(same))
        np.testing.assert_array_equal(
            store["mi_standard_error"][of_words], alone.data["maps_error"].sel(same)
        )
        assert set(store["row"].values[of_words]) == {row}
        kept = open_result(out / picture["result"])
        assert kept.to_dataframe().equals(expected)
        assert picture["full_standard"] == alone.full_total("standard").value
    assert store["mi_standard"].attrs["units"] == "nat per latent cell"
    assert pq.read_schema(out / "words.parquet").field("nats").metadata == {b"unit": b"nat"}


def test_what_comes_before_the_first_picture_is_said_and_counted(table, tmp_path, monkeypatch, capsys):
    said: list[str] = []
    shown = tqdm.set_description_str
    monkeypatch.setattr(tqdm, "set_description_str", lambda bar, text: (said.append(text), shown(bar, text)))
    model = Counting()
    first = batch(model, table, tmp_path / "first", draws=8)
    assert said[:2] == ["loading the network", "checking the network"]
    assert said[2] == f"calibrating, once per network: 0 of {PILOT_DRAWS} draws"
    assert said[-2] == f"calibrating, once per network: {PILOT_DRAWS} of {PILOT_DRAWS} draws"
    assert said[-1] == "pictures"
    assert first.prepared > PILOT_DRAWS
    assert first.evaluations + first.prepared == model.spent
    beside = f"{first.prepared:,} of them beforehand (checks, calibration, trial draws)"
    assert f"{model.spent:,} evaluations, {beside}, in " in str(first)
    assert json.loads((tmp_path / "first" / "summary.json").read_text())["prepared"] == first.prepared
    said.clear()
    again = batch(model, table, tmp_path / "again", draws=8)
    assert not any("calibrating" in text for text in said)
    assert 0 < again.prepared < PILOT_DRAWS, "the draws that tell the precision"
    assert first.evaluations + first.prepared + again.evaluations + again.prepared == model.spent
    whole = batch(model, table, tmp_path / "again", draws=8)
    assert (whole.evaluations, whole.prepared) == (0, 0)
    assert "0 evaluations in" in str(whole)


class Counting(Mixture):
    """The same, that counts."""

    spent = 0

    def predict(self, z: torch.Tensor, log_snr: torch.Tensor, text: str) -> torch.Tensor:
        """Predict, and count."""
        self.spent += len(z)
        return super().predict(z, log_snr, text)


def test_workers_elsewhere_leave_notes_of_how_far_they_are(tmp_path, monkeypatch):
    folder = BatchFolder(tmp_path)
    assert Starting(folder, "now").furthest() is None
    for name, notes in (
        ("one", [("checking", 0, 0), ("calibrating", 0, 64), ("calibrating", 8, 64)]),
        ("two", [("checking", 0, 0), ("calibrating", 40, 64)]),
        ("three", [("checking", 0, 0), ("measuring what float16 adds", 0, 8)]),
    ):
        worker = Starting(folder, "now")
        monkeypatch.setattr("platform.node", lambda name=name: name)
        for note in notes:
            worker.tell(*note)
    assert Starting(folder, "now").furthest() == ("calibrating", 40, 64)
    worker.tell("estimating", 0, 0)
    assert Starting(folder, "now").furthest() == ("estimating", 0, 0)
    assert Starting(folder, "earlier").furthest() is None


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_pipeline_is_counted_at_its_door_and_may_move_before_the_end(table, tmp_path, capsys, dtype):
    spent = 0
    folder = tmp_path / "here"
    tiny_pipeline(window=77).save_pretrained(folder)

    def load(_: str | None) -> StableDiffusionPipeline:
        pipeline = StableDiffusionPipeline.from_pretrained(folder).to(dtype)
        pipeline.unet.conv_in.register_forward_hook(count)
        return pipeline

    def count(_: torch.nn.Module, given: tuple[torch.Tensor], __: torch.Tensor) -> None:
        nonlocal spent
        spent += len(given[0])

    options = {"quantities": "cmi", **QUICK}
    (tmp_path / "0.png").rename(tmp_path / "away.png")
    first = batch(load, table, tmp_path / "out", **{**options, "progress": True})
    assert (first.finished, first.failed) == (3, 1)
    measured = "measuring what bfloat16 adds, once per network: 8 of 8 draws" in capsys.readouterr().err
    assert measured == (dtype == torch.bfloat16)
    assert first.evaluations + first.prepared == spent
    assert first.prepared > 2 + PILOT_DRAWS
    (tmp_path / "away.png").rename(tmp_path / "0.png")
    folder = folder.rename(tmp_path / "there")
    second = batch(load, table, tmp_path / "out", **options)
    assert (second.finished, second.before) == (4, 3)
    assert second.prepared == 2, "what verifies the output, as for each denoiser"
    assert first.evaluations + first.prepared + second.evaluations + 2 == spent


def test_neither_order_nor_company_changes_a_picture(table, tmp_path):
    batch(Mixture(), table, tmp_path / "all", **QUICK)
    rows = pd.read_csv(table)[::-1]
    rows.iloc[:2].to_csv(tmp_path / "some.csv", index=False)
    batch(Mixture(), tmp_path / "some.csv", tmp_path / "some", **QUICK)
    rest = ["row", "map"]
    every, some = (
        pd.read_parquet(tmp_path / name / "words.parquet").drop(columns=rest) for name in ("all", "some")
    )
    for name, mine in some.groupby("picture"):
        expected = every[every["picture"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine.reset_index(drop=True), expected, check_exact=True)
    assert some["picture"].nunique() == 2


def test_a_folder_in_which_nothing_was_computed_is_free_again(table, tmp_path, monkeypatch, capsys):
    said = "not cached, and an error occurred. Please check out the root cause in the stacktrace above."
    monkeypatch.setattr("diffusers.DiffusionPipeline.from_pretrained", raising(OSError(said)))
    out = tmp_path / "out"
    arguments = [
        "batch",
        "--pipeline",
        "nosuch/model",
        "--pictures",
        str(table),
        "--out",
        str(out),
        "--quiet",
    ]
    assert cli.main(arguments) == 1
    told = capsys.readouterr()
    assert told.err.startswith("Model: nosuch/model.\n")
    assert "there (not cached, and an error occurred). Give a folder" in told.err
    assert batch(Mixture(), table, out, **QUICK).finished == 4
    with pytest.raises(BatchError, match="holds a batch with model='Mixture', and now model='Sick'"):
        batch(Sick(), table, out, **QUICK)
    with pytest.raises(
        BatchError, match=r"first 4 pictures can be used \(0\.png: There is no file .*\), so that"
    ):
        batch(Sick(), elsewhere(table), tmp_path / "failed", **QUICK)
    batch(Mixture(), table, tmp_path / "failed", **QUICK)
    assert final_bytes(tmp_path / "failed") == final_bytes(out)
    # The network settled and the tables written, but no picture there: other choices begin anew.
    for kind in ("parts", "results"):
        shutil.rmtree(out / kind)
    capsys.readouterr()
    batch(Sick(), table, out, draws=8)
    assert "out: begun anew, with other model; no picture was done yet" in capsys.readouterr().err
    batch(Sick(), table, out, draws=8)
    assert "begun anew" not in capsys.readouterr().err
    batch(Sick(), table, tmp_path / "fresh", **QUICK)
    assert final_bytes(out) == final_bytes(tmp_path / "fresh")


def test_a_prompt_that_was_cut_says_what_fell_away(tmp_path):
    Image.new("RGB", (48, 48)).save(tmp_path / "a.png")
    long = "a red cat, sand and " * 8 + "snow"
    rows = [{"image": "a.png", "prompt": long}, {"image": "a.png", "prompt": "a cat"}]
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    options = {"draws": 4, "truncate": True, "density": "uniform", "quantities": "cmi", **QUIET}
    summary = batch(tiny_pipeline(), tmp_path / "t.csv", tmp_path / "out", **options)
    assert (summary.finished, summary.cut) == (2, 1)
    assert "1 prompt was cut: what fell away is in pictures.parquet." in str(summary)
    pictures = pd.read_parquet(tmp_path / "out" / "pictures.parquet")
    assert (pictures["prompt"] + pictures["cut"]).tolist() == [long, "a cat"]
    assert pictures["cut"][0].endswith("snow")
    result = open_result(tmp_path / "out" / pictures["result"][0])
    assert any("The prompt was cut" in warning and "snow" in warning for warning in result.warnings)
    assert not any(
        "cut" in warning for warning in open_result(tmp_path / "out" / pictures["result"][1]).warnings
    )


def raising(error: Exception):
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def elsewhere(table: Path) -> Path:
    """The same table, beside which there are no pictures."""
    (table.parent / "elsewhere").mkdir()
    return Path(shutil.copy(table, table.parent / "elsewhere"))


def test_what_fails_is_listed_and_counts_nowhere(table, tmp_path):
    with table.open("a") as file:
        file.write("missing.png,a red circle\n1.png,\n2.png,?!\n,a red circle\n")
    summary = batch(Sick(), table, tmp_path / "out", **QUICK)
    errors = pd.read_parquet(tmp_path / "out" / "errors.parquet")
    assert errors["row"].tolist() == [2, 4, 5, 6, 7]
    for reason, said in zip(
        errors["reason"], ("NaN", "no file", "is empty", "no words", "names no picture"), strict=True
    ):
        assert said in reason
    assert (summary.finished, summary.failed) == (3, 5)
    assert pd.read_parquet(tmp_path / "out" / "words.parquet")["row"].unique().tolist() == [0, 1, 3]
    assert summary.evaluations == pd.read_parquet(tmp_path / "out" / "pictures.parquet")["evaluations"].sum()
    assert len(list((tmp_path / "out").glob("results/*/*.nc"))) == 3
    assert "errors.parquet" not in str(summary)
    assert "5 failed:" in str(summary)
    # A model that is mended is another model, and the folder says so; the same one tries the failed again.
    again = batch(Sick(), table, tmp_path / "out", **QUICK)
    assert (again.before, again.finished, again.failed, again.evaluations) == (3, 3, 5, 0)
    with pytest.raises(BatchError, match="holds a batch with model='Sick', and now model='Mixture'"):
        batch(Mixture(), table, tmp_path / "out", **QUICK)


def test_a_broken_device_ends_the_batch(table, tmp_path):
    class Broken(Mixture):
        def predict(self, *_):
            raise RuntimeError("CUDA error: device-side assert triggered")

    rows = pd.concat([pd.read_csv(table)] * 2).assign(id=range(8))
    rows.to_csv(table, index=False)
    with pytest.raises(RuntimeError, match="device-side assert"):
        batch(Broken(), table, tmp_path / "early", **QUICK)
    began = Mixture()
    batch(began, table, tmp_path / "out", **QUICK)
    for part in (tmp_path / "out").glob("parts/*/*"):
        part.unlink()
    for result in (tmp_path / "out").glob("results/*/*"):
        result.unlink()
    began.predict = Broken.predict.__get__(began)
    with pytest.raises(BatchError, match=r"5 pictures in a row failed .* device-side assert"):
        batch(began, table, tmp_path / "out", **QUICK)
    assert not list((tmp_path / "out").glob("parts/*/*"))


def test_a_longer_table_goes_on_and_other_choices_do_not(table, tmp_path):
    whole = pd.read_csv(table)
    whole[:2].to_csv(tmp_path / "half.csv", index=False)
    batch(Mixture(), tmp_path / "half.csv", tmp_path / "out", **QUICK)
    before = parts(tmp_path / "out")
    summary = batch(Mixture(), table, tmp_path / "out", **QUICK)
    assert (summary.before, summary.finished) == (2, 4)
    after = parts(tmp_path / "out")
    assert {name: after[name] for name in before} == before
    batch(Mixture(), table, tmp_path / "fresh", **QUICK)
    assert final_bytes(tmp_path / "out") == final_bytes(tmp_path / "fresh")
    with pytest.raises(BatchError, match=r"options={'bands': None, 'draws': 8}, and now options="):
        batch(Mixture(), table, tmp_path / "out", draws=16, progress=False)
    with pytest.raises(BatchError, match="holds other files"):
        batch(Mixture(), table, tmp_path, **QUICK)
    with pytest.raises(TypeError, match="Unknown argument max_seconds"):
        batch(Mixture(), table, tmp_path / "other", max_seconds=3, **QUICK)


def test_the_same_choices_go_on_however_they_are_named(table, tmp_path):
    """What is usual may be named or not, on the command line or here, and in folders of older versions."""
    out = tmp_path / "out"
    pd.read_csv(table)[:2].to_csv(tmp_path / "half.csv", index=False)
    named = {"precision": "auto", "truncate": False, "quantities": ["cmi", "mi"], "until": "90%"}
    batch(Mixture(), tmp_path / "half.csv", out, **named, **QUICK)
    manifest = json.loads((out / "batch.json").read_text())
    assert manifest["options"] == {"bands": None, "draws": 8, "until": "90%"}
    assert batch(Mixture(), table, out, until=0.9, **QUICK).before == 2
    manifest["options"]["precision"] = "auto"  # as older versions wrote
    (out / "batch.json").write_text(json.dumps(manifest))
    assert batch(Mixture(), table, out, until=0.9, quantities=("cmi", "mi"), **QUICK).before == 4
    for other in ({"precision": "float32"}, {"bands": 6}, {"quantities": "cmi"}):
        with pytest.raises(BatchError, match="is asked for: give another folder"):
            batch(Mixture(), table, out, until=0.9, **other, **QUICK)


def test_half_written_files_and_damaged_results_are_not_taken(table, tmp_path):
    out = tmp_path / "out"
    batch(Mixture(), table, out, **QUICK)
    expected = final_bytes(out)
    first, second = sorted(out.glob("parts/*/*.safetensors"))[:2]
    first.unlink()
    result = out / "results" / first.parent.name / f"{first.stem}.nc"
    result.write_bytes(result.read_bytes()[:2000])
    (first.parent / f".{first.stem}.host-1.part.safetensors").write_bytes(b"half")
    (out / ".maps.host-1.part.zarr").mkdir()
    summary = batch(Mixture(), table, out, **QUICK)
    assert summary.before == 3
    assert final_bytes(out) == expected
    assert open_result(result)
    assert not list(out.rglob(".*.part.*"))
    second.write_bytes(second.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"is damaged .* delete it"):
        batch(Mixture(), table, out, **QUICK)


def test_only_one_driver_at_a_time(table, tmp_path):
    from infodiff_widgets.batching.folder import BatchFolder

    out = tmp_path / "out"
    with BatchFolder(out).locked(), pytest.raises(BatchError, match="another batch is writing there"):
        batch(Mixture(), table, out, **QUICK)


def test_figures_and_no_results(table, tmp_path):
    out = tmp_path / "out"
    batch(Mixture(), table, out, results=False, figures=True, **QUICK)
    assert len(list(out.glob("figures/*/*.png"))) == 4
    assert not (out / "results").exists()
    assert pd.read_parquet(out / "pictures.parquet")["result"].isna().all()


def test_the_command(tmp_path, capsys, monkeypatch):
    """The real pipeline, through the command, with rows that cannot work."""
    write_scenes(tmp_path / "in", 2, bad=True)
    monkeypatch.chdir(tmp_path)
    arguments = ["batch", "--pictures", "in/table.jsonl", "--out", "out", "--quiet"]
    assert cli.main([*arguments, "--quantity", "cmi", "--draws", "4"]) == 1
    printed, told = capsys.readouterr()
    assert told.startswith("No --pipeline is given: the package's own small network, scenes, which ")
    assert "Model: scenes.\n2 of 7 pictures are done." in printed
    assert "5 failed:" in printed
    assert re.search(r"\n  [0-9a-f]{16}: 0\.png: The prompt ' +' is empty", printed), printed
    reasons = pd.read_parquet(tmp_path / "out" / "errors.parquet")["reason"]
    for reason, said in zip(
        reasons, ("no file", "cannot be read as a picture", "is empty", "zebra", "202 tokens"), strict=True
    ):
        assert said in reason, reason
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["evaluations"] == 2 * 2 * 4
    assert summary["model"] == "scenes"
    assert summary["failed"] == 5
    assert cli.main(["batch", "--pictures", str(tmp_path / "none.csv"), "--out", str(tmp_path / "o")]) == 1
    assert "There is no file or folder" in capsys.readouterr().err
