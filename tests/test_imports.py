"""What importing the package brings in, each in a fresh interpreter."""

from __future__ import annotations

import ast
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType

import pytest
from batch_inputs import write_results

from infodiff_widgets.extras import install_command

HEAVY = {"torch", "diffusers", "transformers", "matplotlib", "pandas", "plotly", "importlib.metadata"}


def _newly_imported(statement: str) -> set[str]:
    code = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_package_opens_without_what_is_heavy() -> None:
    new = _newly_imported("import infodiff_widgets")
    assert "infodiff_widgets" in new
    assert not new.intersection(HEAVY)
    assert {name for name in new if name.startswith("infodiff_widgets")} == {"infodiff_widgets"}


@pytest.mark.parametrize("name", ["Explorer", "Result", "Word", "errors", "open_result", "split_words"])
def test_what_shows_a_stored_result_needs_no_torch(name: str) -> None:
    new = _newly_imported(f"from infodiff_widgets import {name}")
    assert not new.intersection(("torch", "diffusers", "transformers"))


def test_every_public_name_is_found_and_listed() -> None:
    import infodiff_widgets

    assert dir(infodiff_widgets) == sorted(infodiff_widgets.__all__)
    for name in infodiff_widgets.__all__:
        assert getattr(infodiff_widgets, name) is not None
    with pytest.raises(AttributeError, match="nothing_of_the_sort"):
        _ = infodiff_widgets.nothing_of_the_sort


def test_the_version_is_that_of_the_installed_package() -> None:
    from importlib.metadata import version

    import infodiff_widgets

    assert infodiff_widgets.__version__ == version("infodiff-widgets")


def _names_of(module: ModuleType) -> Iterator[tuple[ModuleType, str]]:
    """What a module imports from others of the package: from which, and the name."""
    assert module.__file__ is not None
    for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            name = resolve_name("." * node.level + (node.module or ""), module.__spec__.parent)
            if name.split(".")[0] == "infodiff_widgets":
                yield from ((import_module(name), alias.name) for alias in node.names)


def test_modules_import_of_one_another_what_these_list():
    """`__all__` says what others use, so that what is in no list can be changed without looking further."""
    import infodiff_widgets

    found = pkgutil.walk_packages(infodiff_widgets.__path__, "infodiff_widgets.")
    missing = [
        f"{source.__name__}.{name}, for {module.__name__}"
        for module in (import_module(each.name) for each in found if not each.name.endswith("__main__"))
        for source, name in _names_of(module)
        if not (name.startswith("_") or isinstance(getattr(source, name), ModuleType))
        and name not in getattr(source, "__all__", [name])
    ]
    assert missing == []


# Python refuses to import a module that is None, as where it is not installed.
WITHOUT_EXTRAS = """
import sys
sys.modules.update(dict.fromkeys(["pyarrow", "zarr", "ray", "duckdb", "pycocotools", "spacy"]))

from infodiff_widgets import *
import infodiff_widgets
assert {name for name in infodiff_widgets.__all__ if name not in globals()} == set()

for use in (lambda: batch("scenes", "table.csv", "out"), lambda: Gallery(sys.argv[1])):
    try:
        use()
    except errors.InfodiffError as error:
        print(error)
"""


def test_without_extras_every_public_name_is_there_and_a_batch_names_its_extra(tmp_path: Path) -> None:
    write_results(tmp_path, 1)
    command = [sys.executable, "-c", WITHOUT_EXTRAS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        f"A batch needs pyarrow and zarr: {install_command('batch')}.",
        f"The tables of a batch need pyarrow: {install_command('batch')}.",
    ]


CLONE = Path("/home/her clone")
WHEEL = "file:///tmp/infodiff_widgets-0.1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("note", "command"),
    [
        ({"url": CLONE.as_uri(), "dir_info": {"editable": True}}, f"pip install -e '{CLONE}[batch]'"),
        ({"url": CLONE.as_uri(), "dir_info": {}}, f"pip install '{CLONE}[batch]'"),
        ({"url": Path.cwd().as_uri(), "dir_info": {"editable": True}}, "pip install -e '.[batch]'"),
        ({"url": WHEEL, "archive_info": {}}, f"pip install 'infodiff-widgets[batch] @ {WHEEL}'"),
        (
            {"url": "https://a.b/c.git", "vcs_info": {"vcs": "git", "commit_id": "1f"}},
            "pip install 'infodiff-widgets[batch] @ git+https://a.b/c.git@1f'",
        ),
        (None, "pip install 'infodiff-widgets[batch]'"),
    ],
)
def test_an_extra_is_added_to_the_installation_that_there_is(note, command, monkeypatch) -> None:
    class Installed:
        def read_text(self, name: str) -> str | None:
            return None if note is None else {"direct_url.json": json.dumps(note)}[name]

    monkeypatch.setattr("infodiff_widgets.extras.distribution", lambda _: Installed())
    assert install_command("batch") == command
