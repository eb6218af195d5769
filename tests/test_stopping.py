"""Runs that end by a relative error, a number of evaluations or seconds, and how totals settle."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
import torch
from models import PICTURE, PROMPT, Mixture, Texts

from infodiff_widgets import Result, estimate
from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.sampling import Design, LevelDensity
from infodiff_widgets.statistics import DEFAULT_DRAWS
from infodiff_widgets.stopping import DRAWS_LIMIT, MOST_DRAWS, Stop

WORDS = ["red", "circle", "sand"]


def run(model: Mixture, **options: object) -> Result:
    options = {"density": "uniform", "progress": False, "words": WORDS, "quantities": "cmi"} | options
    return estimate(model, PICTURE, PROMPT, **options)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("until", ["12%", 0.12, " 0.12 "])
def test_until_reaches_the_relative_error(until: str | float) -> None:
    result = run(Mixture(), until=until)
    assert result.stopped == "until"
    assert result.complete
    assert 32 <= result.draws < result.draws_planned == MOST_DRAWS
    largest = max(result.total(word).value for word in WORDS)
    for word in WORDS:
        total = result.total(word)
        assert total.standard_error <= 0.12 * max(total.value, 0.1 * largest)
    assert "ended by until" in repr(result)
    before = result.convergence("red").iloc[-2]
    assert before.draws == result.draws - 4


def test_a_smaller_error_takes_more_draws() -> None:
    draws = [run(Mixture(), until=until).draws for until in ("20%", "10%", "6%")]
    assert draws[0] < draws[1] < draws[2]


def test_until_gives_up_at_the_planned_draws() -> None:
    result = run(Mixture(), until="0.01%", draws=40)
    assert result.stopped is None
    assert result.draws == 40
    assert "until=0.0001 is not reached with 40 draws: some totals are less accurate." in result.warnings
    assert not any("until" in warning for warning in run(Mixture(), until="20%").warnings)
    assert not any("until" in warning for warning in run(Mixture(), draws=40).warnings)


def test_words_that_say_nothing_do_not_hold_a_run_up() -> None:
    result = run(Mixture(), until="12%", words=["red", "a"])
    assert result.total("a").value < 1e-3 * result.total("red").value
    assert result.stopped == "until"


def test_max_evaluations_plans_as_many_draws_as_they_pay_for() -> None:
    result = run(Mixture(), max_evaluations=203)
    assert result.provenance["evaluations"] == 4 * 50  # pairs of draws, three words and the prompt
    assert result.draws == result.draws_planned == 50
    assert result.stopped is None


def test_max_evaluations_ends_a_longer_plan() -> None:
    result = run(Mixture(), draws=400, max_evaluations=203, batch_size=64)
    assert result.provenance["evaluations"] == 4 * 48  # whole blocks of four draws
    assert result.stopped == "max_evaluations"
    assert result.complete


def test_max_seconds() -> None:
    class Slow(Mixture):
        def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
            time.sleep(0.02)
            return super().epsilon(z, levels, conditions)

    result = run(Slow(), max_seconds=0.5, batch_size=16)
    assert result.stopped == "max_seconds"
    assert 4 <= result.draws <= 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"until": "0%"}, "'5%'"),
        ({"until": "five"}, "until='five'"),
        ({"until": 1.5}, "between 0 and 1"),
        ({"max_evaluations": 0}, "max_evaluations=0"),
        ({"max_evaluations": 7}, "takes 8"),
        ({"max_seconds": -1.0}, "max_seconds=-1"),
        ({"draws": 3}, "draws=3"),
        ({"draws": DRAWS_LIMIT + 2}, "draws=1000002: give 1,000,000 at most"),
    ],
)
def test_what_cannot_be_is_refused_before_the_run(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        run(Mixture(), **options)


def test_the_number_of_draws_without_any_of_it() -> None:
    assert Stop().planned(None, 5) == DEFAULT_DRAWS
    assert Stop(seconds=3.0).planned(None, 5) == MOST_DRAWS
    assert Stop(relative_error=0.1).planned(128, 5) == 128
    assert Stop(evaluations=10**15).planned(None, 5) == DRAWS_LIMIT


def test_so_many_draws_cannot_be_added_either() -> None:
    with pytest.raises(ArgumentError, match="give 1,000,000 at most"):
        Explorer(run(Mixture(), draws=8)).attach(Mixture()).more(DRAWS_LIMIT)


def test_the_most_draws_are_laid_out_in_no_time() -> None:
    schedule = Mixture().schedule
    before = time.process_time()
    design = Design.systematic(schedule.quadrature(), LevelDensity.uniform(), DRAWS_LIMIT, seed=0)
    assert time.process_time() - before < 20  # a second; by comparing each block with each draw, a minute
    assert np.array_equal(np.sort(np.concatenate(design.blocks)), np.arange(DRAWS_LIMIT))


def test_convergence_ends_at_the_total_and_narrows() -> None:
    result = run(Mixture(), draws=128)
    curve = result.convergence("red")
    total = result.total("red")
    assert curve.draws.tolist() == list(range(4, 129, 4))
    assert curve.nats.iloc[-1] == pytest.approx(total.value, rel=1e-12)
    assert curve.standard_error.iloc[-1] == pytest.approx(total.standard_error, rel=1e-12)
    assert np.isnan(curve.standard_error.iloc[0])
    assert curve.standard_error.iloc[-1] < 0.6 * curve.standard_error.iloc[3]
    short = run(Mixture(), draws=128, max_evaluations=4 * 40, batch_size=16)
    half = short.convergence("red")
    assert half.nats.to_numpy() == pytest.approx(curve.nats.to_numpy()[: len(half)], rel=1e-5)


def test_results_of_before_have_no_convergence() -> None:
    result = run(Mixture(), draws=8)
    with pytest.raises(ValueError, match=r"an older one .* in which order .* run it again"):
        Result(result.data.drop_vars("draw_order")).convergence("red")
