"""What half precision adds, and how a run leaves it: where rounding is known, and on real networks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from models import PICTURE, PROMPT, Mixture, Texts
from PIL import Image
from tiny import tiny_pipeline

from infodiff_widgets import Result, estimate, scenes, stream
from infodiff_widgets.analyses.ranking_run import rank_captions
from infodiff_widgets.denoisers.half import half_of, in_float32
from infodiff_widgets.errors import NumericalError

IMAGE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))


class Rounded(Mixture):
    """An exact network that adds noise of a known size to each cell unless it runs in float32."""

    half: str | None = "bfloat16"

    def __init__(self, size: float) -> None:
        super().__init__()
        self.size, self.random = size, torch.Generator().manual_seed(0)

    @property
    def identity(self) -> dict[str, Any]:
        return {**super().identity, "size": self.size}

    @contextmanager
    def in_float32(self) -> Iterator[None]:
        self.half = None
        try:
            yield
        finally:
            self.half = "bfloat16"

    def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
        exact = super().epsilon(z, levels, conditions)
        if self.half is None:
            return exact
        return exact + self.size * torch.randn(exact.shape, generator=self.random)


def run(model: Any, **options: Any) -> Result:
    return estimate(
        model, PICTURE, PROMPT, **{"density": "uniform", "draws": 32, "progress": False} | options
    )


def test_the_floor_is_what_rounding_adds() -> None:
    size = 0.02
    model = Rounded(size)
    result = run(model, precision="pipeline")
    floor = result.provenance["floor"]
    low, high = result.trained_log_snr_range
    values = model.x.numel()
    assert floor["dtype"] == "bfloat16"
    assert floor["nats"] == pytest.approx(0.5 * (high - low) * 2 * size**2 * values, rel=0.1)
    # And it is what the totals of words that say nothing are made of.
    assert result.total("a").value == pytest.approx(floor["nats"], rel=0.15)
    assert any("Rounding in bfloat16" in warning for warning in result.warnings)


def test_a_high_floor_leaves_half_precision_and_a_low_one_does_not(cache_folder: Path) -> None:
    noisy, fine = run(Rounded(0.05)), run(Rounded(1e-5))
    assert noisy.provenance["dtype"] == "float32"
    assert fine.provenance["dtype"] == "bfloat16"
    exact = run(Mixture())
    np.testing.assert_allclose(noisy.data["maps"], exact.data["maps"], rtol=1e-5, atol=1e-6)
    assert not [warning for warning in (*noisy.warnings, *fine.warnings) if "Rounding" in warning]
    assert len(list((cache_folder / "floors").iterdir())) == 2
    model = Rounded(0.05)
    assert run(model).provenance["pilot_evaluations"] == 0  # from the cache
    assert model.half == "bfloat16"


def test_what_is_measured_once_is_told_while_it_is() -> None:
    stages: list[tuple[str, int, int]] = []
    for _ in range(2):
        run(Rounded(0.05), progress=lambda *stage: stages.append(stage))
    measured = [(done, total) for stage, done, total in stages if stage == "measuring what bfloat16 adds"]
    assert measured == [(0, 8), (8, 8)]
    assert stages[0][0] == "measuring what bfloat16 adds"


def test_float32_is_not_measured() -> None:
    result = run(Rounded(0.05), precision="float32")
    assert result.provenance["floor"] is None
    assert result.provenance["dtype"] == "float32"


def test_the_network_comes_back_after_a_failure() -> None:
    class Failing(Rounded):
        def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
            return super().epsilon(z, levels, conditions) * torch.nan

    model = Failing(0.05)
    with pytest.raises(NumericalError):
        run(model, precision="float32")
    assert model.half == "bfloat16"


def test_a_network_that_overflows_in_half_precision_runs_in_float32() -> None:
    class Overflowing(Rounded):
        def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
            exact = super().epsilon(z, levels, conditions)
            return exact if self.half is None else exact * torch.inf

    for _ in range(2):  # the second time from the cache
        result = run(Overflowing(0.05))
        assert result.provenance["floor"]["share"] == np.inf
        assert result.provenance["dtype"] == "float32"
        assert np.isfinite(result.data["maps"]).all()
    with pytest.raises(NumericalError, match="run it in float32"):
        run(Overflowing(0.05), precision="pipeline")


def test_no_memory_for_float32_is_said_and_no_obstacle(caplog: pytest.LogCaptureFixture) -> None:
    class Large(Rounded):
        @contextmanager
        def in_float32(self) -> Iterator[None]:
            raise torch.OutOfMemoryError("CUDA out of memory")
            yield

    result = run(Large(0.05))
    assert "what bfloat16 adds is not known" in caplog.text
    assert result.provenance["floor"] is None
    assert result.provenance["dtype"] == "bfloat16"


def test_a_ranking_stays_in_the_float32_that_another_run_has_begun_and_ends_meanwhile() -> None:
    pipeline = tiny_pipeline().to(torch.bfloat16)
    seen: list[torch.dtype] = []
    with ExitStack() as other:
        other.enter_context(in_float32(pipeline.unet))

        def told(_: str, done: int, __: int) -> None:
            if done:
                other.close()

        hook = pipeline.unet.register_forward_pre_hook(lambda unet, _: seen.append(unet.dtype))
        captions = ["red cat", "blue cat"]
        ranking = rank_captions(pipeline, IMAGE, captions, draws=32, eliminate=0, progress=told)
        hook.remove()
    assert ranking.complete
    assert len(seen) > 2
    assert set(seen) == {torch.float32}
    assert pipeline.unet.dtype == torch.bfloat16


def test_a_real_pipeline_leaves_half_precision_and_comes_back() -> None:
    pipeline = tiny_pipeline().to(torch.bfloat16)
    before = {name: tensor.clone() for name, tensor in pipeline.unet.state_dict().items()}
    options: dict[str, Any] = {"density": "uniform", "draws": 8, "progress": False}
    result = estimate(pipeline, IMAGE, "red cat", **options)
    assert result.provenance["floor"]["share"] > 0.01  # random weights say little
    assert result.provenance["dtype"] == "float32"
    for name, tensor in pipeline.unet.state_dict().items():
        assert tensor.dtype == torch.bfloat16
        assert torch.equal(tensor, before[name])
    pipeline.unet.to(torch.float32)
    wide = estimate(pipeline, IMAGE, "red cat", **options)
    assert wide.provenance["floor"] is None
    np.testing.assert_allclose(result.data["maps"], wide.data["maps"], rtol=1e-4, atol=1e-9)


def test_runs_that_overlap_leave_half_precision_until_the_last_has_ended(cache_folder: Path) -> None:
    pipeline = tiny_pipeline().to(torch.bfloat16)
    options: dict[str, Any] = {"density": "uniform", "draws": 16, "batch_size": 4, "progress": False}
    with in_float32(pipeline.unet):  # one run
        another = stream(pipeline, IMAGE, "red cat", **options)
        next(another)
    assert pipeline.unet.dtype == torch.float32
    *_, result = another
    assert pipeline.unet.dtype == torch.bfloat16
    assert result.provenance["dtype"] == "float32"
    assert not (cache_folder / "floors").exists()  # nothing is rounded meanwhile, which tells no floor
    wide = estimate(pipeline, IMAGE, "red cat", precision="float32", **options)
    np.testing.assert_array_equal(result.data["maps"], wide.data["maps"])


@pytest.mark.parametrize("half", ["bfloat16", "float16"])
def test_the_trained_pipeline_is_measured(half: str) -> None:
    """bfloat16 has 3 bits less than float16, and squares count double: 64 times the floor."""
    pipeline = scenes.load_pipeline("cpu")
    pipeline.unet.to(getattr(torch, half))
    scene = next(scenes.sample(seed=3))
    options: dict[str, Any] = {"density": "uniform", "quantities": "cmi", "draws": 2, "progress": False}
    result = estimate(pipeline, scenes.picture(scene), scene.caption, **options)
    floor = result.provenance["floor"]
    if half == "bfloat16":
        assert floor["share"] > 0.1
        assert result.provenance["dtype"] == "float32"
    else:
        assert 0 < floor["share"] < 0.1


def test_mixed_and_quantised_weights() -> None:
    mixed = torch.nn.Sequential(torch.nn.Linear(3, 3).half(), torch.nn.LayerNorm(3))
    assert half_of(mixed) == "float16"
    with in_float32(mixed):
        assert {tensor.dtype for tensor in mixed.parameters()} == {torch.float32}
    assert [tensor.dtype for tensor in mixed.parameters()] == 2 * [torch.float16] + 2 * [torch.float32]
    layers = [torch.nn.Linear(3, 3).to(dtype) for dtype in (torch.bfloat16, torch.float32, torch.float16)]
    assert half_of(torch.nn.Sequential(*layers[:2])) == "bfloat16", "one that keeps a large weight in float32"
    assert half_of(torch.nn.Sequential(*layers)) == "float16", "of both always the same"
    quantised = torch.nn.Linear(3, 3)
    quantised.weight = torch.nn.Parameter(torch.zeros(3, 3, dtype=torch.int8), requires_grad=False)
    assert half_of(quantised) is None
    assert half_of(torch.nn.Linear(3, 3)) is None


def test_an_unknown_precision() -> None:
    with pytest.raises(ValueError, match="precision='half': give 'auto'"):
        run(Mixture(), precision="half")
