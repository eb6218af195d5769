"""Quantities that are another's by definition, on the same noise; the shipped range; order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from models import PROMPT, Linear, Mixture
from test_estimator import run
from torch import Tensor

from infodiff_widgets.channel import NoiseSchedule, network_input, to_epsilon
from infodiff_widgets.dataset import FORMS

OPTIONS = {"draws": 8, "words": ["red"]}


@pytest.mark.parametrize("form", FORMS)
def test_a_text_as_the_reference_is_what_a_word_is_compared_with(form: str) -> None:
    """MI of "red" against "blue" is the swap of one for the other where nothing else is said."""
    told = run(Mixture(), "red", reference="blue", quantities="mi", **OPTIONS)
    swapped = run(Mixture(), "red", swaps={"red": "blue"}, quantities="cmi", **OPTIONS)
    expected = swapped.map("red", "swap", form).values
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(told.map("red", "mi", form), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(told.full_map(form), expected, rtol=1e-4, atol=1e-6)
    assert not np.allclose(expected, run(Mixture(), "red", quantities="mi", **OPTIONS).map("red", "mi", form))


@pytest.mark.parametrize("form", FORMS)
def test_a_placeholder_is_what_the_network_reads_instead(form: str) -> None:
    standing = run(Mixture(), placeholder="blue", quantities="cmi", **OPTIONS)
    swapped = run(Mixture(), swaps={"red": "blue"}, quantities="cmi", **OPTIONS)
    np.testing.assert_array_equal(standing.map("red", "cmi", form), swapped.map("red", "swap", form))
    deleted = swapped.map("red", "cmi", form).values
    assert not np.allclose(standing.map("red", "cmi", form), deleted)


def test_spans_are_words_and_may_cut_them() -> None:
    by_place = run(Mixture(), words=[(2, 5), (2, 12), (2, 4)], quantities="cmi", draws=8)
    by_name = run(Mixture(), words=["red", "red circle"], quantities="cmi", draws=8)
    np.testing.assert_array_equal(by_place.data.maps.values[:, :, :2], by_name.data.maps.values)
    assert by_place.words[:2] == by_name.words
    assert "a d circle on sand" in by_place.provenance["prompts"]
    assert by_place.provenance["words"] == [["red", 2, 5], ["red circle", 2, 12], ["re", 2, 4]]


def test_the_order_of_words_and_quantities_changes_nothing() -> None:
    words = ["red", "circle", "sand", "on"]
    one = run(Mixture(), words=words, quantities=("cmi", "mi"), draws=8)
    other = run(Mixture(), words=words[::-1], quantities=("mi", "cmi"), draws=8)
    for name in ("maps", "maps_error", "band_maps", "draw_totals"):
        values = one.data[name].transpose("word", ...).values
        np.testing.assert_allclose(other.data[name].transpose("word", ...).values[::-1], values, rtol=1e-5)
    assert one.quantities == other.quantities


def test_the_shipped_range_ends_where_the_measurement_put_it(tmp_path: Path) -> None:
    """In a process of its own, since all other tests are of the whole range; it is said in words too."""
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from models import PICTURE, PROMPT, Linear\n"
        "from infodiff_widgets import estimate\n"
        "options = dict(draws=8, density='uniform', progress=False)\n"
        "result = estimate(Linear(), PICTURE, PROMPT, **options)\n"
        "assert result.log_snr_range == (result.trained_log_snr_range[0], 1.0), result.log_snr_range\n"
        "assert max(result.data.draw_log_snr.values) <= 1.01\n"
        "said = 'log-SNR -5.36 to 1.00 (the network was trained on -5.36 to 7.07)'\n"
        "assert said in repr(result), repr(result)\n"
        "whole = estimate(Linear(), PICTURE, PROMPT, log_snr_range='trained', **options)\n"
        "assert whole.log_snr_range == whole.trained_log_snr_range\n"
        "assert 'log-SNR -5.36 to 7.07 (all that the network was trained on)' in repr(whole), repr(whole)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path, timeout=300)


class Flow(Linear):
    """The same model as a rectified flow: it sees (1 - t) x + t eps and t, and predicts eps - x."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = NoiseSchedule.rectified_flow(1000)

    def predict(self, z: Tensor, log_snr: Tensor, text: str) -> Tensor:
        x_t = network_input(z, log_snr, "flow_prediction")
        t = (1 / (1 + (log_snr / 2).exp())).view(-1, 1, 1, 1)
        eps = super().predict(x_t / (t**2 + (1 - t) ** 2).sqrt(), log_snr, text)
        velocity = eps - (x_t - t * eps) / (1 - t)
        return to_epsilon(velocity, z, log_snr, "flow_prediction")


def test_a_rectified_flow_gives_the_answer_of_the_diffusion_model() -> None:
    """Two schedules, two parametrisations, one world: exact integrals agree, and estimates with them."""
    diffusion, flow, span = Linear(), Flow(), (-5.0, 5.0)
    results = [run(model, log_snr_range=span, words=["red", "circle"]) for model in (diffusion, flow)]
    for word, context in (("red", "a circle on sand"), ("circle", "a red on sand")):
        truths = [
            model.truth(context, PROMPT, model.schedule.quadrature(span)) for model in (diffusion, flow)
        ]
        np.testing.assert_allclose(*truths, rtol=2e-3, atol=1e-4)
        for form, exact in zip(FORMS, truths[0], strict=True):
            totals = [result.total(word, form=form) for result in results]
            for total in totals:
                assert abs(total.value - exact.sum()) < 4 * total.standard_error < 0.4 * exact.sum()
