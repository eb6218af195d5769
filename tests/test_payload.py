import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from synthetic import synthetic_result

from infodiff_widgets import payload
from infodiff_widgets.colour import shared_top, top
from infodiff_widgets.words import split_words


def decode(sent: payload.Payload, entry: dict) -> np.ndarray:
    height, width = sent.header["grid"]
    stored = np.frombuffer(sent.maps, "<u2", height * width, entry["at"]).reshape(height, width)
    return entry["low"] + entry["step"] * stored.astype(float)


def test_every_map_comes_back_to_within_half_a_step():
    result = synthetic_result(cells=(8, 12))
    sent = payload.encode(result)
    for entry in sent.header["maps"]:
        if entry["word"] is None:
            values = result.full_map(entry["form"]).values
            total = result.full_total(entry["form"]).value
        else:
            values = result.map(entry["word"], entry["quantity"], entry["form"]).values
            total = result.total(entry["word"], entry["quantity"], entry["form"]).value
        assert np.abs(decode(sent, entry) - values).max() <= 0.51 * entry["step"] + 1e-9
        assert entry["total"] == pytest.approx(total, rel=1e-5)
        assert entry["top"] == pytest.approx(top(values))
    assert len(sent.header["maps"]) == 2 * (2 * len(result.words) + 1)


def test_header_is_plain_json_and_the_bytes_are_what_it_says():
    sent = payload.encode(synthetic_result(done=4))
    assert json.loads(json.dumps(sent.header, allow_nan=False)) == sent.header
    assert sent.header["byte_length"] == len(sent.maps)
    assert sent.header["maps"][0]["error"] is None
    assert not sent.header["complete"]
    assert [sent.header["draws_done"], sent.header["draws_planned"]] == [4, 64]


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
    assert decode(sent, sent.header["maps"][0]) == pytest.approx(np.full((32, 32), 0.25))
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
