"""What a batch is given: tables, folders and pictures of many kinds, and a pipeline by its name."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batch_inputs import PROMPT
from models import Mixture
from PIL import Image

from infodiff_widgets import batch
from infodiff_widgets.batching.inputs import read_pictures
from infodiff_widgets.batching.job import ModelSource
from infodiff_widgets.batching.picture import Picture
from infodiff_widgets.batching.worker import _image
from infodiff_widgets.errors import ArgumentError, DatasetError
from infodiff_widgets.images import ImageRule, load_image
from infodiff_widgets.loading import load_named

FORMS = ("csv", "tsv", "jsonl", "parquet", "captions", "metadata", "bytes", "datasets")


@pytest.mark.parametrize("form", FORMS)
def test_what_is_read(form, tmp_path):
    prompts = {"a.png": "a “red” circle, left", "sub/b.jpg": "ein rotes Dreieck;"}
    (tmp_path / "in" / "sub").mkdir(parents=True)
    source = folder = tmp_path / "in"
    for name in prompts:
        Image.new("RGB", (16, 16), "red").save(folder / name)
    rows = [{"image": name, "prompt": prompt, "words": ["left"]} for name, prompt in prompts.items()]
    flat = pd.DataFrame([{**row, "words": "left"} for row in rows])
    held = [{"bytes": (folder / name).read_bytes(), "path": name} for name in prompts]
    match form:
        case "csv":
            flat.to_csv(source := folder / "t.csv", index=False)
        case "tsv":
            flat.to_csv(source := folder / "t.tsv", index=False, sep="\t")
        case "jsonl":
            (source := folder / "t.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
        case "parquet":
            pd.DataFrame(rows).to_parquet(source := folder / "t.parquet")
        case "captions":
            for name, prompt in prompts.items():
                (folder / name).with_suffix(".txt").write_text(prompt + "\n", encoding="utf-8")
        case "metadata":
            lines = [json.dumps({"file_name": name, "text": prompt}) for name, prompt in prompts.items()]
            (folder / "metadata.jsonl").write_text("\n".join(lines))
        case "bytes":
            pq.write_table(
                pa.table({"image": held, "caption": list(prompts.values())}), source := folder / "t.parquet"
            )
        case "datasets":  # what datasets.Dataset.save_to_disk leaves
            data = pa.table({"image": held, "text": list(prompts.values())})
            path = str(folder / "data-00000-of-00001.arrow")
            with pa.OSFile(path, "wb") as file, pa.ipc.new_stream(file, data.schema) as writer:
                writer.write_table(data)
            state = {"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}
            (folder / "state.json").write_text(json.dumps(state))
    found, repeated = read_pictures(source)
    assert [one.prompt for one in found] == list(prompts.values())
    assert repeated == 0
    asked = ("left",) if form in FORMS[:4] else None
    assert {one.words for one in found} == {asked}
    for one in found:
        assert load_image(_image(one), ImageRule(16, 8)).getpixel((0, 0))[0] > 240
        assert Picture.from_json(one.to_json()) == one
    assert len({one.key for one in found}) == 2


def test_inputs_that_cannot_be(tmp_path):
    with pytest.raises(DatasetError, match="There is no file or folder"):
        read_pictures(tmp_path / "none.csv")
    with pytest.raises(DatasetError, match="there are no pictures"):
        read_pictures(tmp_path)
    (tmp_path / "a.csv").write_text("file,caption\nx.png,hello\n")
    with pytest.raises(DatasetError, match="columns file, caption, and none of image, file_name, path"):
        read_pictures(tmp_path / "a.csv")
    (tmp_path / "b.jsonl").write_text('{"image": "x.png"')
    with pytest.raises(DatasetError, match=r"b\.jsonl cannot be read"):
        read_pictures(tmp_path / "b.jsonl")
    (tmp_path / "c.csv").write_text("id,image,prompt\n1,x.png,one\n1,y.png,two\n")
    with pytest.raises(DatasetError, match="two rows have the id '1'"):
        read_pictures(tmp_path / "c.csv")
    (tmp_path / "d.csv").write_text("image,prompt\nx.png,one\nx.png,one\nx.png,two\n")
    found, repeated = read_pictures(tmp_path / "d.csv")
    assert (len(found), repeated) == (2, 1)
    (tmp_path / "e.parquet").write_bytes(b"no parquet")
    with pytest.raises(DatasetError, match="cannot be read as Parquet"):
        read_pictures(tmp_path / "e.parquet")
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(DatasetError, match=r"holds splits: give one of .*train"):
        read_pictures(tmp_path)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("[red", r"'\[red' is no whole list \(.*\): give a list"),
        (5, "5 is no list: give"),
        (0.5, "0.5 is no"),
    ],
)
def test_words_that_are_no_list_are_refused_with_their_cell(cell, said, tmp_path):
    table = pd.DataFrame(
        {"image": ["x.png"] * 2, "prompt": [PROMPT] * 2, "words": [None, cell]}, dtype=object
    )
    with pytest.raises(DatasetError, match=f"^the table: words in row 1: {said}"):
        read_pictures(table)
    if isinstance(cell, str):
        table.to_csv(tmp_path / "t.csv", index=False)
        with pytest.raises(DatasetError, match=rf"t\.csv: words in row 1: {said}"):
            read_pictures(tmp_path / "t.csv")
    table["words"] = [float("nan"), '["red", "circle"]']
    assert [picture.words for picture in read_pictures(table)[0]] == [None, ("red", "circle")]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"maps": "int8"}, "maps='int8': give 'float16' or 'float32'"),
        ({"maps": "fp16"}, "maps='fp16': give 'float16' or 'float32'"),
        ({"dtype": "fp16"}, "dtype='fp16': give 'float32', 'float16' or 'bfloat16'"),
        ({"dtype": "nn"}, "dtype='nn': give"),
        ({"engine": "dask"}, "engine='dask': give 'auto', 'local' or 'ray'"),
        ({"together": "2"}, "together='2': give a whole number, 1 or more, or None"),
        ({"together": 2.5}, "together=2.5: give a whole number"),
        ({"together": True}, "together=True: give a whole number"),
        ({"workers": "2"}, "workers='2': give a whole number"),
        ({"workers": 0}, "workers=0: give 1 or more"),
    ],
)
def test_options_that_cannot_be_meant_are_refused_before_anything(option, said, tmp_path):
    model = Mixture()
    table = pd.DataFrame({"image": ["x.png"], "prompt": [PROMPT]})
    with pytest.raises(ArgumentError, match=f"^{said}"):
        batch(model, table, tmp_path / "out", progress=False, **option)
    assert not model.calls
    assert not (tmp_path / "out").exists()


def test_a_data_type_that_there_is_not_is_refused_before_a_pipeline_is_looked_for():
    with pytest.raises(ArgumentError, match="dtype='fp16': give one of 'float32', 'float16', 'bfloat16'"):
        load_named("nowhere", "cpu", "fp16")


def test_a_picture_without_a_caption_says_where_it_should_be(tmp_path):
    for name, caption in (("told", PROMPT), ("nocap", None), ("empty", " \n")):
        Image.new("RGB", (48, 48)).save(tmp_path / f"{name}.png")
        if caption is not None:
            (tmp_path / f"{name}.txt").write_text(caption)
    summary = batch(Mixture(), tmp_path, tmp_path / "out", draws=8, progress=False)
    assert (summary.finished, summary.failed) == (1, 2)
    assert [reason for _, reason in summary.failures] == [
        "empty.png: empty.txt beside it is empty: write there what the picture shows.",
        "nocap.png: There is no nocap.txt beside it: write there what the picture shows.",
    ]
    found = [Picture.from_json(one.to_json()) for one in read_pictures(tmp_path)[0]]
    assert found == read_pictures(tmp_path)[0]
    # The captions come: those pictures are done, and none is called otherwise.
    (tmp_path / "nocap.txt").write_text(PROMPT)
    assert batch(Mixture(), tmp_path, tmp_path / "out", draws=8, progress=False).finished == 2


def test_a_folder_of_a_pipeline_is_the_same_however_it_is_named(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "scenes").mkdir()
    monkeypatch.chdir(tmp_path)
    named = {ModelSource(given).name for given in ("mine", "./mine", Path("mine"), tmp_path / "mine")}
    assert named == {str((tmp_path / "mine").resolve())}
    assert [ModelSource(given).name for given in ("scenes", "someone/model")] == ["scenes", "someone/model"]
