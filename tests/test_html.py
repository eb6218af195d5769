import base64
import json
import re

from synthetic import synthetic_result

from infodiff_widgets.explorer import Explorer


def export(tmp_path, prompt="a red circle", **options) -> str:
    path = Explorer(synthetic_result(prompt, pixels=(512, 512)), **options).to_html(tmp_path / "page.html")
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.html"]
    return path.read_text(encoding="utf-8")


def content(page: str) -> dict:
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert block
    return json.loads(block[1])


def test_the_page_holds_everything_and_names_no_address(tmp_path):
    page = export(tmp_path, unit="bit")
    data = content(page)
    assert data["traits"]["unit"] == "bit"
    assert data["traits"]["_header"]["prompt"] == "a red circle"
    assert len(base64.b64decode(data["buffers"]["_maps"])) == data["traits"]["_header"]["byte_length"]
    assert "export" in data["module"]
    assert len(page) < 1_000_000
    assert not re.findall(r"https?://[^\s\"'`)]+", page.replace("http://www.w3.org", ""))


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
