"""The documented example of a network that is no diffusers pipeline: it runs, and its numbers are its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from infodiff_widgets import estimate
from infodiff_widgets.denoisers import Denoiser

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "networks.md"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All names of the example, once run as it stands there."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    names: dict[str, Any] = {"__name__": "example"}
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infodiff_widgets.cache.user_cache_path", lambda *_, **__: folder)
        exec(compile(code, str(PAGE), "exec", dont_inherit=True), names)
    return names


def test_it_runs_and_needs_no_diffusers(example: dict[str, Any]) -> None:
    result = example["result"]
    assert isinstance(example["denoiser"], Denoiser)
    assert result.map("seven").shape == (16, 16)
    assert result.total("seven").value > 1e-3
    assert result.provenance["denoiser"]["network"] == "digits, step 1000"
    for word in ("a", "handwritten"):  # not in its vocabulary
        assert np.abs(result.map(word)).max() == 0


def test_its_numbers_are_those_of_its_network(example: dict[str, Any]) -> None:
    """One level only: half its width times the squared difference of the predictions, by hand."""
    denoiser, digit = example["denoiser"], example["digit"]
    schedule = denoiser.schedule
    a = schedule.log_snr[500]
    # A range within the surroundings of one level, so that both draws of the pair are there.
    span = (a - 0.001, a + 0.001)
    result = estimate(
        denoiser,
        digit,
        "seven",
        quantities="cmi",
        draws=2,
        density="uniform",
        log_snr_range=span,
        progress=False,
    )
    from infodiff_widgets.sampling import draw_noise

    x = denoiser.encode_image(digit)
    signal, noise = (1 / (1 + np.exp(-a))) ** 0.5, (1 / (1 + np.exp(a))) ** 0.5
    eps = draw_noise(0, 0, x.shape)
    expected = np.zeros((16, 16))
    for sign in (1, -1):
        z = (signal * x + sign * noise * eps)[None].float()
        with torch.no_grad():
            told = torch.tensor([float(a)])
            with_, without = (
                denoiser.network(z, told, torch.tensor([[0.0, said]]))[0] for said in (1.0, 0.0)
            )
        expected += 0.5 * 0.5 * 0.002 * (signal * (with_ - without)).square().sum(0).numpy()
    assert expected.max() > 0
    np.testing.assert_allclose(result.map("seven"), expected, rtol=1e-3)
