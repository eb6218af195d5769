"""Every public name has an example, and every example runs.

What is public is what the reference in docs/ shows, and at least what the packages list in `__all__`.
"""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from synthetic import synthetic_result
from tiny import tiny_pipeline

import infodiff_widgets
from infodiff_widgets import denoisers, scenes

PAGES = sorted((Path(__file__).parents[1] / "docs" / "reference").glob("*.md"))
NAMES = [
    name for page in PAGES for name in re.findall(r"^::: (\S+)$", page.read_text(encoding="utf-8"), re.M)
]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _resolve(name: str) -> Any:
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise LookupError(name)


def _examples_of(name: str) -> list[doctest.DocTest]:
    """Those of an object and, for a class, of its methods."""
    found = _resolve(name)
    if isinstance(found, ModuleType):
        return [doctest.DocTestParser().get_doctest(found.__doc__ or "", {}, name, found.__file__, 0)]
    tests = doctest.DocTestFinder(exclude_empty=True).find(found, name)
    return [test for test in tests if test.examples]


@pytest.fixture(scope="module")
def kept_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples-cache")


@pytest.fixture(autouse=True)
def cache_folder(kept_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One cache for all, so that the tiny network is calibrated once."""
    monkeypatch.setattr("infodiff_widgets.cache.user_cache_path", lambda *_, **__: kept_cache)
    return kept_cache


@pytest.fixture(scope="module")
def shared() -> dict[str, Any]:
    """What the examples may use without making it: see docs/reference/estimate.md."""
    result = synthetic_result()
    pipeline = tiny_pipeline(window=64)
    pipeline.set_progress_bar_config(disable=True)
    return {
        "pipeline": pipeline,
        "picture": result.image,
        "prompt": result.prompt,
        "result": result,
        "np": np,
        "pd": pd,
        "torch": torch,
        **{name: getattr(infodiff_widgets, name) for name in infodiff_widgets.__all__},
    }


@pytest.mark.parametrize("name", NAMES)
def test_it_has_an_example_that_runs(
    name: str, shared: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = _examples_of(name)
    assert any(test.examples for test in tests), f"{name} has no example in its docstring"
    monkeypatch.chdir(tmp_path)
    shared["picture"].save("picture.png")
    home = import_module(getattr(_resolve(name), "__module__", name))
    for test in tests:
        skipped = [one.source for one in test.examples if doctest.SKIP in one.options]
        assert not skipped, f"{name} skips {skipped}"
        explorer = infodiff_widgets.Explorer(shared["result"])
        test.globs = {**vars(home), **shared, "explorer": explorer}
        told: list[str] = []
        outcome = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=told.append)
        assert outcome.failed == 0, "".join(told)


@pytest.mark.parametrize("package", [infodiff_widgets, scenes, denoisers])
def test_the_reference_shows_all_that_is_public(package: ModuleType) -> None:
    shown = {id(_resolve(name)) for name in NAMES}
    constants = {"FOLDER", "SUPPORTED"}
    missing = {
        name for name in package.__all__ if id(getattr(package, name)) not in shown and name not in constants
    }
    assert not missing
