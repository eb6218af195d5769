import base64
import gzip
import json
import re

import numpy as np
import pytest
from synthetic import synthetic_result
from synthetic_extras import with_extras

from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.explorer import Explorer


def export(tmp_path, prompt="a red circle", **options) -> str:
    path = Explorer(synthetic_result(prompt, pixels=(512, 512)), **options).to_html(tmp_path / "page.html")
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.html"]
    return path.read_text(encoding="utf-8")


def unpack(text: str) -> bytes:
    return gzip.decompress(base64.b64decode(text))


def content(page: str) -> dict:
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert block
    return json.loads(block[1])


def test_the_page_holds_everything_and_names_no_address(tmp_path):
    page = export(tmp_path, unit="bit")
    data = content(page)
    assert data["traits"]["unit"] == "bit"
    assert data["traits"]["_header"]["prompt"] == "a red circle"
    assert len(unpack(data["buffers"]["_maps"])) == data["traits"]["_header"]["byte_length"]
    assert len(unpack(data["buffers"]["_details"])) == data["traits"]["_details_info"]["byte_length"]
    assert b"export" in unpack(data["module"])
    assert len(page) < 1_000_000
    assert not re.findall(r"https?://[^\s\"'`)]+", page.replace("http://www.w3.org", ""))


def test_a_noisy_picture_of_ten_words_with_bands_stays_below_a_megabyte(tmp_path):
    result = with_extras(synthetic_result(cells=(64, 64), pixels=(512, 512)))
    random = np.random.default_rng(0)
    noise = random.normal(0, 8, (512, 512, 1))
    result.data["image"].values[:] = np.clip(result.data["image"].values + noise, 0, 255)
    for name in ("maps", "maps_error", "band_maps"):
        result.data[name].values *= random.lognormal(0, 0.5, result.data[name].shape)
    page = Explorer(result).to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    info = content(page)["traits"]["_details_info"]
    assert info["errors"] is not None
    assert info["bands"] is not None
    assert len(page) < 1_000_000


def test_a_prompt_cannot_end_the_script_or_become_markup(tmp_path):
    prompt = 'a </script><script>alert(1)</script> <!-- red & "blue" cat'
    page = export(tmp_path, prompt)
    assert content(page)["traits"]["_header"]["prompt"] == prompt
    assert "alert(1)</script>" not in page
    assert page.count("<script") == 2
    assert "<title>a &lt;/script&gt;" in page


def test_the_policy_forbids_all_but_the_page_itself(tmp_path):
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', export(tmp_path))
    assert policy
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    explorer = Explorer(synthetic_result("a red circle"))
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere: make it first"):
        explorer.to_html(tmp_path / "nowhere" / "page.html")
    with pytest.raises(ArgumentError, match=r"'page\.txt' is no name of a page: let it end in \.html"):
        explorer.to_html(tmp_path / "page.txt")
