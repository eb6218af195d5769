"""Ranking captions: against exact log-likelihoods, and on scenes."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from models import PICTURE, Linear, Mixture, long_run
from scipy.stats import t as student
from test_tables import press

from infodiff_widgets import scenes
from infodiff_widgets.analyses.ranking import Look, Ranking, p_value_of
from infodiff_widgets.analyses.ranking_run import rank_captions
from infodiff_widgets.analyses.relate import Decision, accuracy, accuracy_by_upper_end, relate, to_dataframe
from infodiff_widgets.analyses.relate_cases import SCENE_KINDS, Case, scene_cases
from infodiff_widgets.analyses.relate_figure import lead_by_level, lead_figure
from infodiff_widgets.analyses.relate_shuffles import SHUFFLES, Token, shuffled_captions
from infodiff_widgets.analyses.tables import wilson
from infodiff_widgets.errors import PromptError
from infodiff_widgets.statistics import Estimate

RED, BLUE, SQUARE = "a red circle on sand", "a blue circle on sand", "a red square on sand"


def log_likelihood(model: Mixture, text: str) -> float:
    centres = model.components(text)
    distances = (model.x - centres).square().flatten(1).sum(1)
    return float(torch.logsumexp(-0.5 * distances / model.SIGMA**2, 0) - np.log(len(centres)))


@pytest.mark.parametrize("seed", range(4))
def test_differences_are_log_likelihood_ratios(seed):
    model = Mixture(seed, strength=0.15)
    ranking = rank_captions(model, PICTURE, [RED, BLUE, "a red"], draws=512, eliminate=0, reference=None)
    for one, other in ((0, 1), (0, 2), (2, 1)):
        captions = ranking.captions[one], ranking.captions[other]
        truth = log_likelihood(model, captions[0]) - log_likelihood(model, captions[1])
        found = ranking.difference(one, other)
        # The range leaves out less than 1% of it.
        assert found.value == pytest.approx(truth, abs=4 * found.standard_error + 0.015 * abs(truth) + 0.01)
    likelihoods = [log_likelihood(model, caption) for caption in ranking.captions]
    assert ranking.order() == np.argsort(likelihoods)[::-1].tolist()


def test_both_forms_are_those_of_the_estimator():
    model = Mixture(1, strength=0.15)
    ranking = rank_captions(model, PICTURE, [RED, BLUE], draws=512, eliminate=0)
    quadrature = model.schedule.quadrature("trained")
    for index, caption in enumerate(ranking.captions):
        maps, errors = long_run(model, "", caption, quadrature)
        for form, truth, error in zip(("orthogonal", "standard"), maps.sum((1, 2)), errors, strict=True):
            found = ranking.nats(index, form)
            scatter = found.standard_error + np.sqrt((error**2).sum())
            assert found.value == pytest.approx(truth, abs=4 * scatter), (caption, form)


def test_the_orthogonal_form_prefers_what_changes_more():
    """It ranks a wrong caption above a right but poorer one; this is why captions are ranked by the other."""

    class Wrong(Linear):
        """What it expects of "blue" is far from the picture."""

        def moments(self, text):
            mean, variance = super().moments(text)
            return (mean - 6, variance) if "blue" in text else (mean, variance)

    ranking = rank_captions(Wrong(), PICTURE, ["a blue circle", "a circle"], draws=32, eliminate=0)
    assert ranking.order("standard")[0] == 1
    assert ranking.order("orthogonal")[0] == 0


def ranking_of(losses: list[list[float]], shifts: list[list[float]]) -> Ranking:
    count = len(losses[0])
    return Ranking(
        captions=tuple("abcdef"[: len(losses)]),
        draw=np.arange(count),
        log_snr=np.linspace(-5, 5, count),
        losses=np.array(losses),
        reference_losses=np.zeros(count),
        shifts=np.array(shifts),
        planned=count,
        looks=(Look(0, 0.001, eliminated=False),) * len(losses),
        log_snr_range=(-5, 5),
        evaluations=0,
        seconds=0,
    )


def test_captions_are_ordered_on_draws_that_they_share_in_either_form():
    nan, half = math.nan, [math.nan] * 4
    losses = [[1.0] * 8, [2.0] * 4 + half, [1.5] * 6 + [nan] * 2]
    early = [1.0] * 4 + [0.0] * 4
    # The likeliest moves the output as much as others where both were asked, and less later.
    ranking = ranking_of(losses[:2], [early, [0.9] * 4 + half])
    assert ranking.difference(0, 1, "orthogonal").value == pytest.approx(0.1)
    assert ranking.order("orthogonal") == ranking.order() == [0, 1]
    # What was eliminated for its likelihood may still have moved the output most.
    ranking = ranking_of(losses[:2], [early, [1.1] * 4 + half])
    assert (ranking.order(), ranking.order("orthogonal")) == ([0, 1], [1, 0])
    ranking = ranking_of(losses, [early, [0.9] * 4 + half, [0.95] * 4 + [0.1] * 2 + [nan] * 2])
    assert ranking.order() == [0, 2, 1]
    found = ranking.order("orthogonal")
    assert found == [0, 2, 1]
    assert all(ranking.difference(*pair, "orthogonal").value > 0 for pair in itertools.pairwise(found))


def test_where_nothing_was_eliminated_either_form_orders_by_its_mean():
    random = np.random.default_rng(0)
    for _ in range(20):
        losses, shifts = random.exponential(size=(2, 5, 8))
        ranking = ranking_of(losses.tolist(), shifts.tolist())
        assert ranking.order() == np.argsort(losses.mean(1)).tolist()
        assert ranking.order("orthogonal") == np.argsort(-shifts.mean(1)).tolist()


def test_p_values_are_valid_where_captions_tie():
    """x is moved to where both captions are equally likely: each is then wrong half of the time."""
    below = {0.02: 0, 0.05: 0, 0.2: 0}
    runs = 200
    model = Mixture(0, strength=0.15)
    one, other = model.components(RED)[0], model.components(BLUE)[0]
    apart = one - other
    model.x = model.x - apart * ((apart * (model.x - 0.5 * (one + other))).sum() / apart.square().sum())
    for seed in range(runs):
        p = rank_captions(model, PICTURE, [RED, BLUE], draws=32, seed=seed, reference=None).p_value
        for level in below:
            below[level] += p < level
    for level, count in below.items():
        # Decided in either direction; a binomial bound of three standard deviations.
        assert count <= runs * level + 3 * np.sqrt(runs * level), (level, count)
    assert below[0.2] > 0.1 * runs, "nor are they far too large"


@pytest.mark.parametrize("skewness", [-1.5, -0.2, 0, 0.8])
@pytest.mark.parametrize("freedom", [1, 3.5, 20])
def test_a_p_value_is_where_its_interval_reaches_0(skewness, freedom):
    for value in (0.4, 2, 30):
        difference = Estimate(value, 1.0, freedom, skewness=skewness)
        p = p_value_of(difference)
        if 1e-9 < p < 1:  # nearer to 1 levels are too coarse
            assert difference.interval(1 - p)[0] == pytest.approx(0, abs=1e-6 * value)
        assert (p < 0.05) == (difference.interval(0.95)[0] > 0)
        if skewness >= 0:
            assert p == pytest.approx(2 * student.sf(value, freedom), rel=1e-6)
    assert p_value_of(Estimate(1e9, 1.0, 20)) == 1e-15
    for nothing in (Estimate(-1, 1, 3), Estimate(0, 1, 3), Estimate(1, math.nan, 1), Estimate(0, 0, 1)):
        assert p_value_of(nothing) == 1


def test_a_ranking_says_whose_each_error_is():
    for seed in range(6):
        ranking = rank_captions(Mixture(seed, strength=0.1), PICTURE, [RED, BLUE], draws=16, eliminate=0)
        best, other = (row for _, row in ranking.to_dataframe().iterrows())
        assert (other["p_value"] < 0.05) == (other["behind_low"] > 0)
        assert best["behind"] == 0
        assert best[["behind_error", "behind_low", "behind_high", "p_value"]].isna().all()
        for index, row in zip(ranking.order(), (best, other), strict=True):
            assert row["nats_error"] == ranking.nats(index).standard_error
            assert row["orthogonal_error"] == ranking.nats(index, "orthogonal").standard_error
        assert "NaN" not in repr(ranking)


def test_progress_counts_cases(capsys):
    case = Case("colour", "picture", lambda: PICTURE, RED, (("swap", BLUE),))
    relate(Mixture(), [case], draws=4)
    assert "?case/s" in capsys.readouterr().err


def test_an_interrupt_leaves_the_draws_of_one_ranking():
    """Three texts: 8 draws in a call."""
    with pytest.warns(UserWarning, match="the result holds 40 of 64 draws"):
        ranking = rank_captions(press(Mixture(), 6), PICTURE, [RED, BLUE], draws=64, eliminate=0)
    assert (ranking.draws, ranking.planned, ranking.complete) == (40, 64, False)
    assert ranking.looks[1 - ranking.best].number == 4, "after 16, 24, 32 and 40 draws, and at the end"
    assert 0 <= ranking.p_value <= 1
    with pytest.raises(KeyboardInterrupt):
        rank_captions(press(Mixture(), 1), PICTURE, [RED, BLUE], draws=64)


def test_an_interrupt_leaves_the_cases_that_are_finished():
    cases = [Case("colour", f"{n}", lambda: PICTURE, RED, (("swap", BLUE),)) for n in range(4)]
    given = {"draws": 16, "eliminate": 0, "progress": False}
    with pytest.warns(UserWarning, match="2 of 4 cases are finished") as warned:
        decisions = relate(press(Mixture(), 6), cases, **given)
    assert [decision.case.name for decision in decisions] == ["0", "1"]
    assert len(warned) == 1
    with pytest.warns(UserWarning, match="the result holds 8 of 16 draws"):
        (decision,) = relate(press(Mixture(), 2), cases[:1], **given)
    assert not decision.ranking.complete


def test_hopeless_captions_drop_out_and_the_winner_is_the_same():
    model = Mixture(3, strength=0.3)
    captions = [BLUE, SQUARE, "a green square on grass", RED]
    whole = rank_captions(model, PICTURE, captions, draws=64, eliminate=0)
    short = rank_captions(model, PICTURE, captions, draws=64)
    assert whole.best == short.best == 3
    assert whole.evaluations == 64 * 5
    assert short.evaluations < 0.7 * whole.evaluations
    assert 16 <= short.draws < 64
    assert {look.eliminated for look in short.looks} == {True, False}
    assert short.p_value < 0.05
    table = short.to_dataframe()
    assert table["caption"][0] == RED
    assert table["behind"][0] == 0
    assert (table["behind"][1:] > 0).all()
    assert (table["draws"].diff().dropna() <= 0).all(), "those that dropped out first come last"
    assert "Ranking of 4 captions" in repr(short)


def test_the_batch_size_changes_nothing():
    model = Mixture(3, strength=0.3)
    one, other = (
        rank_captions(model, PICTURE, [RED, BLUE, SQUARE], draws=32, batch_size=size) for size in (1, 50)
    )
    assert one.order() == other.order()
    assert one.draws == other.draws
    np.testing.assert_allclose(one.losses, other.losses, rtol=1e-6)


def test_without_a_reference_there_are_differences_only():
    model = Mixture(3, strength=0.3)
    ranking = rank_captions(model, PICTURE, [RED, BLUE], draws=8, reference=None)
    assert ranking.evaluations == 16
    assert "nats" not in ranking.to_dataframe()
    with pytest.raises(ValueError, match="no reference"):
        ranking.nats(0)
    with pytest.raises(ValueError, match="no reference"):
        ranking.order("orthogonal")


@pytest.mark.parametrize(
    ("captions", "match"),
    [
        ("a red circle", "list of two or more"),
        ([RED], "list of two or more"),
        ([RED, BLUE, RED], "given twice"),
        ([RED, "  "], "empty"),
    ],
)
def test_captions_that_cannot_be_ranked(captions, match):
    with pytest.raises(PromptError, match=match):
        rank_captions(Mixture(), PICTURE, captions)


def test_eliminate_is_a_probability():
    with pytest.raises(ValueError, match=r"eliminate=1\.5"):
        rank_captions(Mixture(), PICTURE, [RED, BLUE], eliminate=1.5)


def test_a_tie_is_not_significant_and_counts_as_wrong():
    case = Case("tie", "picture", lambda: PICTURE, RED, (("nothing", "the red circle on sand"),))
    (decision,) = relate(Mixture(), [case], draws=16, progress=False)
    assert decision.lead == 0
    assert decision.ranking.p_value == 1
    assert not decision.right()
    assert not decision.right("orthogonal")


def decisions_of_mixtures(count: int = 12) -> list[Decision]:
    found = []
    for seed in range(count):
        kind = "colour" if seed % 2 else "shape"
        other = BLUE if seed % 2 else SQUARE
        case = Case(kind, f"mixture {seed}", lambda: PICTURE, RED, ((kind, other),))
        found += relate(Mixture(seed), [case], draws=16, eliminate=0, progress=False)
    return found


def test_accuracy_counts_by_kind():
    decisions = decisions_of_mixtures()
    table = accuracy(decisions).set_index("kind")
    for kind in ("colour", "shape"):
        right = [decision.right() for decision in decisions if decision.case.kind == kind]
        row = table.loc[kind]
        assert row["cases"] == 6
        assert row["options"] == 2
        assert row["accuracy"] == np.mean(right)
        assert (row["low"], row["high"]) == wilson(sum(right), 6)
        assert row["draws"] == 16
        assert row["evaluations"] == 48
    rows = to_dataframe(decisions)
    assert len(rows) == 12
    assert ((rows["lead"] > 0) == rows["right"]).all()


def test_the_scan_agrees_with_the_whole_range_at_its_end():
    decisions = decisions_of_mixtures()
    table = accuracy_by_upper_end(decisions, [-5.0, 0.0, 8.0])
    last = table[table["upper"] == 8].set_index("kind")
    whole = accuracy(decisions).set_index("kind")
    assert (last["accuracy"] == whole["accuracy"]).all()
    leads = [decision.lead for decision in decisions if decision.case.kind == "shape"]
    assert last.loc["shape", "lead"] == pytest.approx(np.mean(leads))
    assert (table[table["upper"] == -5]["lead"].abs() < 0.3 * last["lead"].abs().max()).all()


def test_leads_by_level_add_up_to_the_lead():
    decisions = decisions_of_mixtures(4)
    mean, error = lead_by_level(decisions, np.linspace(-5.4, 7.2, 9))
    assert mean.sum() == pytest.approx(np.mean([decision.lead for decision in decisions]))
    assert (error >= 0).all()
    figure = lead_figure(decisions, (-5.4, 7.2))
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == [
        "shape (2)",
        "colour (2)",
    ]
    assert "mean ± standard error" in figure.get_supxlabel()


def test_wilson_is_that_of_the_textbook():
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(10, 10)[1] == 1
    assert np.isnan(wilson(0, 0)).all()


@pytest.mark.parametrize("kind", SCENE_KINDS)
def test_false_captions_of_scenes_have_the_words_of_the_true_one(kind):
    cases = list(scene_cases(kind, 30))
    assert len(cases) == 30
    for case in cases:
        for _, caption in case.others:
            assert caption != case.truth
            assert sorted(caption.split()) == sorted(case.truth.split())
        assert len({caption for _, caption in case.others}) == (len(SHUFFLES) if kind == "order" else 1)
    again = list(scene_cases(kind, 30))
    assert [case.others for case in cases] == [case.others for case in again]


def test_exchanges_say_what_they_do():
    case = next(scene_cases("attribute", 1))
    a, b = case.truth.split(), case.others[0][1].split()
    changed = [index for index, (one, other) in enumerate(zip(a, b, strict=True)) if one != other]
    assert [a[index] for index in changed] == [b[index] for index in changed][::-1]
    assert all(
        a[index] in {"red", "brown", "yellow", "green", "teal", "blue", "purple", "pink"} for index in changed
    )
    with pytest.raises(ValueError, match="choose from 'attribute', 'relation', 'order'"):
        scene_cases("colour", 1)


def test_shuffles_move_what_they_name():
    tags = ["other", "adjective", "noun", "other", "other", "adjective", "noun", "other", "noun"]
    words = ["a", "red", "circle", "above", "a", "blue", "square", "on", "sand"]
    tokens = [Token(word, tag) for word, tag in zip(words, tags, strict=True)]
    seen = set()
    for seed in range(40):
        found = dict(shuffled_captions(tokens, np.random.default_rng(seed)))
        seen |= set(found)
        kept = found["nouns and adjectives"].split()
        assert [kept[index] for index in (0, 3, 4, 7)] == ["a", "above", "a", "on"]
        assert {kept[1], kept[5]} == {"red", "blue"}
        kept = found["all but nouns and adjectives"].split()
        assert [kept[index] for index in (1, 2, 5, 6, 8)] == ["red", "circle", "blue", "square", "sand"]
        kept = found["within trigrams"].split()
        assert all(sorted(kept[i : i + 3]) == sorted(words[i : i + 3]) for i in (0, 3, 6))
        kept = found["trigrams"].split()
        assert sorted(kept[i : i + 3] for i in (0, 3, 6)) == sorted(words[i : i + 3] for i in (0, 3, 6))
    assert seen == set(SHUFFLES)
    assert shuffled_captions(tokens[1:2], np.random.default_rng(0)) == [], "one word has no other order"


def test_the_shipped_pipeline_tells_colours_and_places_apart():
    pipeline = scenes.load_pipeline("cpu")
    cases = list(itertools.chain(scene_cases("attribute", 4), scene_cases("relation", 4)))
    low = -5.36
    decisions = relate(pipeline, cases, draws=32, reference=None, log_snr_range=(low, -2.0), progress=False)
    assert sum(decision.right() for decision in decisions) >= 7
    for decision in decisions:
        assert decision.ranking.log_snr.max() < -1.9
