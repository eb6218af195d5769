"""NaN is found without waiting for the device, and never stays in a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from models import PICTURE, PROMPT, Mixture, Texts
from PIL import Image
from test_estimator import DENSITY
from tiny import tiny_pipeline
from torch.utils._python_dispatch import TorchDispatchMode

from infodiff_widgets import estimate, stream
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import NumericalError
from infodiff_widgets.evaluation import Evaluator
from infodiff_widgets.options import Options
from infodiff_widgets.run import Run
from infodiff_widgets.sampling import Design, LevelDensity

OPTIONS: dict[str, Any] = {"density": DENSITY, "progress": False, "batch_size": 24}
PATTERN = r"NaN or infinity at timestep \d+ \(log-SNR -?\d+\.\d+\) for the prompt '.*': run it in float32"


class Spoilt(Mixture):
    """NaN in one of its calls."""

    def __init__(self, call: int) -> None:
        super().__init__()
        self.call = call

    def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
        out = super().epsilon(z, levels, conditions)
        return out * torch.nan if len(self.calls) == self.call else out


@pytest.fixture
def as_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Predictions are looked at one step later."""
    monkeypatch.setattr("infodiff_widgets.soundness._at_once", lambda device: False)


@pytest.mark.usefixtures("as_on_a_gpu")
@pytest.mark.parametrize(("call", "kept", "calls"), [(1, 0, 2), (4, 12, 5), (16, 60, 16)])
def test_a_bad_step_is_found_one_step_later_and_is_no_part_of_the_result(
    call: int, kept: int, calls: int
) -> None:
    """One call a step, of four draws; the last step is looked at before the run ends."""
    options = OPTIONS | {"batch_size": 48}
    model = Spoilt(call)
    with pytest.raises(NumericalError, match=PATTERN) as caught:
        estimate(model, PICTURE, PROMPT, **options)
    partial = caught.value.partial
    assert len(model.calls) == calls
    assert (partial.draws if partial is not None else 0) == kept
    if partial is not None:
        assert np.isfinite(partial.data.maps).all()
        assert np.isfinite(partial.data.totals).all()


@pytest.mark.usefixtures("as_on_a_gpu")
def test_who_reads_a_running_result_is_told_at_once() -> None:
    model = Spoilt(3)
    results = stream(model, PICTURE, PROMPT, **OPTIONS | {"batch_size": 48})
    assert [next(results).draws, next(results).draws] == [4, 8]
    with pytest.raises(NumericalError, match=PATTERN) as caught:
        next(results)
    assert caught.value.partial.draws == 8
    assert len(model.calls) == 3


@pytest.mark.usefixtures("as_on_a_gpu")
def test_an_interrupted_run_leaves_out_a_step_that_turns_out_bad() -> None:
    class Interrupted(Spoilt):
        def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
            if len(self.calls) == 4:
                raise KeyboardInterrupt
            return super().epsilon(z, levels, conditions)

    for call, kept in ((4, 12), (99, 16)):
        with pytest.warns(UserWarning, match=f"the result holds {kept} of 64 draws"):
            result = estimate(Interrupted(call), PICTURE, PROMPT, **OPTIONS | {"batch_size": 48})
        assert np.isfinite(result.data.maps).all()


def test_late_and_early_looks_give_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    early = estimate(Mixture(), PICTURE, PROMPT, **OPTIONS)
    monkeypatch.setattr("infodiff_widgets.soundness._at_once", lambda device: False)
    late = estimate(Mixture(), PICTURE, PROMPT, **OPTIONS)
    for name in early.data.data_vars:
        np.testing.assert_array_equal(early.data[name].values, late.data[name].values)


class NoWaiting(TorchDispatchMode):
    """Collects copies to a device for which the host waits."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []
        self.copies = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        source = args[0] if args and isinstance(args[0], torch.Tensor) else None
        if isinstance(out, torch.Tensor) and out.is_meta and source is not None and not source.is_meta:
            given = dict(zip((one.name for one in func._schema.arguments), args, strict=False)) | kwargs
            self.copies += 1
            if not given.get("non_blocking"):
                self.waits.append(f"{func} of {tuple(source.shape)} {source.dtype}")
        return out


def test_a_step_never_waits_for_the_device() -> None:
    """A whole step of a pipeline on a device whose values cannot be read: reading one raises."""
    meta = torch.device("meta")
    denoiser = as_denoiser(tiny_pipeline(window=64))
    picture = Image.effect_noise((64, 64), 50).convert("RGB")
    run = Run(denoiser, picture, PROMPT, _options())
    onto: Any = denoiser
    evaluator = Evaluator(onto.copy_to(meta), run.evaluator.latents.to(meta))
    for conditions, _ in run.evaluator._sets:
        for size, arguments in conditions.recorded.items():
            conditions.recorded[size] = _moved(arguments, meta)
    evaluator._sets = run.evaluator._sets
    run.evaluator = evaluator
    design = Design.systematic(run.question.quadrature, LevelDensity.uniform(), 16, 0)
    with NoWaiting() as seen:
        run._advance(design, design.blocks[:2])
    assert run.draws_done == len(design.blocks[0]) + len(design.blocks[1])
    assert seen.copies > 5
    assert seen.waits == []


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, torch.Tensor):
        return value.to(device)
    return {key: _moved(one, device) for key, one in value.items()} if isinstance(value, Mapping) else value


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_step_on_a_gpu_never_synchronises() -> None:
    """CUDA's own word for it."""
    pipeline = tiny_pipeline(window=64).to("cuda")
    run = Run(pipeline, Image.effect_noise((64, 64), 50).convert("RGB"), PROMPT, _options())
    design = Design.systematic(run.question.quadrature, LevelDensity.uniform(), 16, 0)
    run._advance(design, design.blocks[:1])
    torch.cuda.set_sync_debug_mode("error")
    try:
        run._advance(design, design.blocks[1:2])
    finally:
        torch.cuda.set_sync_debug_mode("default")


def _options() -> Options:
    given = dict.fromkeys(Options.__dataclass_fields__) | {
        "quantities": ("cmi", "mi", "shapley"), "seed": 0, "draws": 16, "bands": 4, "reference": "",
        "pairs": (), "resize": True, "truncate": False, "precision": "pipeline", "progress": False,
    }  # fmt: skip
    return Options(**given)
