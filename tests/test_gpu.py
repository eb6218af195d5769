"""What only a GPU shows, on the scenes pipeline; skipped where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from infodiff_widgets import Result, estimate, scenes

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

PROMPT = "a red circle left of a blue square on sand"


@pytest.fixture(autouse=True)
def _exact_products(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Leave a share of the card that a batch of all inputs does not fit into, and one of some does."""
    run("cuda", batch_size=8)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    run("cuda", batch_size=8)
    free, total = torch.cuda.mem_get_info()
    wanted = 8 * torch.cuda.max_memory_allocated()
    assert wanted < free
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(wanted / total)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)


def run(device: str, dtype: torch.dtype = torch.float32, **options: Any) -> Result:
    picture = scenes.picture(next(scenes.sample(seed=3)))
    given: dict[str, Any] = {"draws": 16, "density": "uniform", "progress": False, **options}
    return estimate(scenes.load_pipeline(device).to(dtype), picture, PROMPT, **given)


def assert_same(one: Result, other: Result) -> None:
    for name in ("maps", "maps_error", "totals", "totals_error"):
        a, b = one.data[name].values, other.data[name].values
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * np.nanmax(np.abs(a)), err_msg=name)


def test_a_gpu_says_what_the_cpu_says() -> None:
    assert_same(run("cpu"), run("cuda"))


def test_batches_halve_where_the_card_is_full(little_memory: None, caplog: pytest.LogCaptureFixture) -> None:
    found = run("cuda", draws=256, batch_size=4096)
    assert "out of memory: the batch size is now" in caplog.text
    assert found.provenance["batch_size"] < 4096
    torch.cuda.set_per_process_memory_fraction(1.0)
    assert_same(found, run("cuda", draws=256, batch_size=8))


def test_memory_does_not_grow_with_draws() -> None:
    peaks = []
    for draws in (64, 64, 512):
        torch.cuda.reset_peak_memory_stats()
        run("cuda", draws=draws, batch_size=32)
        peaks.append(torch.cuda.max_memory_allocated())
    assert peaks[2] < 1.01 * peaks[1]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_kept_or_left_by_its_floor(dtype: torch.dtype) -> None:
    name = str(dtype).removeprefix("torch.")
    half = run("cuda", dtype, precision="auto", quantities="cmi")
    floor = half.provenance["floor"]
    assert floor["dtype"] == name
    assert half.provenance["dtype"] == ("float32" if floor["share"] > 0.01 else name)
    exact = run("cuda", quantities="cmi").data["totals"].sel(form="orthogonal").values.sum()
    assert half.data["totals"].sel(form="orthogonal").values.sum() == pytest.approx(exact, rel=0.05)
