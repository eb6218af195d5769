"""The pages of the site that are made from notebooks; `make docs` builds all of it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    pytest.importorskip("mkdocs")
    spec = importlib.util.spec_from_file_location("site_hook", ROOT / "tools" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "DEMO", tmp_path)
    return module


def test_a_notebook_is_shown_as_it_was_executed_or_says_how(hook: ModuleType, tmp_path: Path) -> None:
    from mkdocs.config import load_config
    from mkdocs.structure.files import Files

    executed = nbformat.read(ROOT / "notebooks" / "many.ipynb", as_version=4)
    code = next(cell for cell in executed.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text="it was executed\n")]
    nbformat.write(executed, tmp_path / "many.ipynb")
    config = load_config(str(ROOT / "mkdocs.yml"))
    config.plugins._current_plugin = "tools/docs.py"  # whose files they are, as in a build
    files = hook.on_files(Files([]), config)

    def page(name: str) -> str:
        file = files.get_file_from_path(f"notebooks/{name}.md")
        assert file is not None
        return file.content_string

    assert "it was executed" in page("many")
    assert "Without its outputs" not in page("many")
    title, _, said, *_ = page("quickstart").splitlines()
    assert title.startswith("# ")
    assert said == '!!! note "Without its outputs"'
    assert "`python notebooks/run.py quickstart`" in page("quickstart")


def test_docstrings_have_no_tables_of_another_markup() -> None:
    """Of reStructuredText: the site would show them as one paragraph."""
    sources = (ROOT / "infodiff_widgets").rglob("*.py")
    assert [path for path in sources if re.search(r"^ *={3,} +={3,}", path.read_text("utf-8"), re.M)] == []
