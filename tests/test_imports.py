"""What importing the package brings in, each in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
