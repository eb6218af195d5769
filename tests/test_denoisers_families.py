"""Each class of pipelines against literal calls of its own modules."""

from __future__ import annotations

from typing import Any

import diffusers
import literal
import numpy as np
import pytest
import torch
from packaging.version import Version
from PIL import Image
from tiny_pipelines import BUILDERS, build, lacking

from infodiff_widgets import estimate
from infodiff_widgets.channel import noised
from infodiff_widgets.denoisers import SUPPORTED, as_denoiser

IMAGE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8))
TEXTS = ["red cat", "", "a dog on sand"]
LEVELS = [60, 520, 940]


@pytest.mark.parametrize("name", BUILDERS)
@torch.no_grad()
def test_predictions_are_those_of_the_pipelines_own_modules(name: str) -> None:
    pipeline = build(name)
    denoiser = as_denoiser(pipeline)
    x = denoiser.encode_image(IMAGE)
    pixels = torch.as_tensor(np.array(IMAGE)).permute(2, 0, 1)[None] / 127.5 - 1
    torch.testing.assert_close(x[None], literal.encode(name, pipeline, pixels), rtol=1e-4, atol=1e-4)

    eps = torch.randn(3, *x.shape, generator=torch.Generator().manual_seed(1))
    levels = torch.tensor(LEVELS)
    log_snr = torch.as_tensor(denoiser.schedule.log_snr[LEVELS])
    conditions: Any = denoiser.encode_prompts(TEXTS)
    chosen = [2, 0, 1]
    ours = denoiser.epsilon(noised(x, eps, log_snr), levels, conditions.select(chosen))
    for row, text in enumerate(TEXTS[index] for index in chosen):
        timestep = denoiser.schedule.timesteps[LEVELS[row]]
        theirs, a = literal.predict(name, pipeline, x[None], eps[row : row + 1], timestep, text)
        assert float(a) == pytest.approx(float(log_snr[row]), abs=1e-3)
        torch.testing.assert_close(ours[row : row + 1], theirs, rtol=2e-3, atol=2e-3 * float(theirs.std()))

    # The test would pass for a network that is deaf: it is not.
    z = noised(x, eps[:1], log_snr[1:2]).expand(3, -1, -1, -1)
    heard = denoiser.epsilon(z, levels[[1, 1, 1]], conditions)
    assert min(float((heard[i] - heard[i - 1]).abs().max()) for i in range(3)) > 1e-3


def test_only_classes_that_the_installed_diffusers_is_too_old_for_are_skipped() -> None:
    """None, with the newest; `test_every_class_that_is_supported...` has one of `BUILDERS` for each class."""
    lacks = [name for name in SUPPORTED if not hasattr(diffusers, name)]
    skipped = [name for name in BUILDERS if lacking(name)]
    if Version(diffusers.__version__) >= Version("0.37"):
        assert lacks == skipped == []
    else:
        assert len(skipped) == len(lacks) + 1, "Qwen-Image is there, and hears what pads its prompts"


@pytest.mark.parametrize("name", ["flux", "sana"])
def test_estimates(name: str) -> None:
    pipeline = build(name)
    result = estimate(pipeline, IMAGE, "red cat", draws=4, density="uniform", progress=False)
    cells = 8 if name == "flux" else 32
    assert result.map("cat").shape == (cells, 3 * cells // 2)
    assert np.isfinite(result.data.maps.values).all()
    assert result.total("cat").value > 0
    assert ("guidance" in result.provenance["denoiser"]) == (name == "flux")
