from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of many tests first, as processes take them whole; before them two of few that take minutes."""
    count = Counter(item.path for item in items)
    long = ("test_batch_kill.py", "test_notebooks.py")
    items.sort(key=lambda item: (item.path.name not in long, -count[item.path]))


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tests have a cache of their own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr("infodiff_widgets.cache.user_cache_path", lambda *_, **__: folder)
    return folder


@pytest.fixture
def save_at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs with a checkpoint write it after each block of draws."""
    monkeypatch.setattr("infodiff_widgets.run._SECONDS_BETWEEN_SAVES", 0.0)


@pytest.fixture(scope="module")
def denoiser() -> Any:
    """That of the scenes pipeline."""
    from infodiff_widgets import scenes
    from infodiff_widgets.denoisers import as_denoiser

    return as_denoiser(scenes.load_pipeline("cpu"))


@pytest.fixture(scope="session", autouse=True)
def _whole_range() -> Iterator[None]:
    """The closed-form truths are of the whole trained range; the package's default stops earlier."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infodiff_widgets.channel.DEFAULT_UPPER_LOG_SNR", None)
        yield
