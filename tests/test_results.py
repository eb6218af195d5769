"""`make results`: the marked section of the README and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from infodiff_widgets import results
from infodiff_widgets.errors import InfodiffError
from infodiff_widgets.results import ANALYSES

ROOT = Path(__file__).resolve().parent.parent


def test_only_what_stands_between_the_marks_changes():
    text = f"# Title\n\n{results.BEGIN}\nold\n{results.END}\n\nThe end.\n"
    assert (
        results.rewrite(text, " new \n")
        == f"# Title\n\n{results.BEGIN}\n\nnew\n\n{results.END}\n\nThe end.\n"
    )
    again = results.rewrite(results.rewrite(text, "new"), "new")
    assert again == results.rewrite(text, "new")


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        results.BEGIN,
        f"{results.END} {results.BEGIN}",
        f"{results.BEGIN} {results.BEGIN} {results.END}",
    ],
)
def test_without_the_marks_it_is_refused(text):
    with pytest.raises(InfodiffError, match="once each"):
        results.rewrite(text, "new")


def test_a_section_is_folded_under_its_question():
    folded = results.folded("**Is a < b?**\n\n| a |\n| --- |\n")
    assert folded.splitlines()[1] == "<summary><b>Is a &lt; b?</b></summary>"
    assert folded.splitlines()[3:5] == ["| a |", "| --- |"]


def test_the_readme_of_the_project_has_them():
    assert results.rewrite((ROOT / "README.md").read_text(), "x")


def test_one_command_is_run_and_the_others_are_taken(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"Before\n{results.BEGIN}\n{results.END}\nAfter\n")
    out = tmp_path / "out"
    arguments = [
        "--readme",
        str(readme),
        "--out",
        str(out),
        "--only",
        "interact",
        "--count",
        "1",
        "--draws",
        "4",
    ]
    assert results.main(arguments) == 1, "there are no others yet"
    assert readme.read_text() == f"Before\n{results.BEGIN}\n{results.END}\nAfter\n"
    for name in ANALYSES:
        if name != "interact":
            (out / f"{name}.md").write_text(f"**{name}**")
    assert results.main(arguments) == 0
    text = readme.read_text()
    assert text.startswith("Before\n")
    assert text.endswith("\nAfter\n")
    places = [text.index(f"<b>{name}</b>") for name in ANALYSES if name != "interact"]
    assert places == sorted(places)
    assert "What does a colour word say beside its noun?" in text
    assert not list(tmp_path.glob("*.part"))
