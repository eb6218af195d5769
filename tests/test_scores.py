"""Scores against values that can be told by hand or by brute force."""

from __future__ import annotations

import numpy as np
import pytest

from infodiff_widgets.analyses.localize import SHARES, Found
from infodiff_widgets.analyses.localize_table import cross_validated, paired, scores_table
from infodiff_widgets.analyses.scores import (
    COCO_IT_SHARES,
    area_under_curve,
    average_precision,
    best_share,
    coco_it,
    concept_attention,
    foreground_iou,
    mean_iou,
    min_max,
    pointing,
    pooled_accuracy,
    pooled_mean_iou,
    share_ious,
)
from infodiff_widgets.analyses.scores_bootstrap import Interval, bootstrap, mean_by_picture

MASK = np.array([[1, 1, 0], [0, 0, 0]], bool)
HEAT = np.array([[4.0, 1.0, 3.0], [0.0, 2.0, 0.0]])


def test_ious_by_hand():
    found = HEAT > 1.5  # (0, 0), (0, 2), (1, 1)
    assert foreground_iou(found, MASK) == pytest.approx(1 / 4)
    assert mean_iou(found, MASK) == pytest.approx(0.5 * (1 / 4 + 2 / 5))
    assert foreground_iou(np.zeros(3), np.zeros(3)) == 1
    shares = [0.1, 0.3, 0.6]  # of a map from 0 to 4
    by_hand = [mean_iou(HEAT - 4 * share > 0, MASK) for share in shares]
    assert share_ious(HEAT + 7, MASK, shares, mean_iou).tolist() == by_hand


def test_ranking_scores_by_brute_force():
    rng = np.random.default_rng(0)
    heat, mask = rng.normal(size=60), rng.random(60) < 0.3
    inside, outside = heat[mask], heat[~mask]
    wins = (inside[:, None] > outside).mean()
    assert area_under_curve(heat, mask) == pytest.approx(wins)
    order = np.argsort(-heat)
    hits = mask[order]
    precision = np.cumsum(hits) / np.arange(1, 61)
    assert average_precision(heat, mask) == pytest.approx(precision[hits].mean())
    assert np.isnan(area_under_curve(heat, np.ones(60, bool)))
    assert np.isnan(average_precision(heat, np.zeros(60, bool)))


def test_pointing():
    assert pointing(HEAT, MASK)
    assert not pointing(HEAT, ~MASK)
    assert pointing(HEAT, ~MASK, tolerance=1)
    plateau = np.zeros((5, 5))
    plateau[1:4, 1:4] = 1
    centre = np.zeros((5, 5), bool)
    centre[2, 2] = True
    assert pointing(plateau, centre), "of equal maxima the one in the middle"


def test_coco_it_is_an_oracle_over_its_own_thresholds():
    rng = np.random.default_rng(1)
    masks = [rng.random((12, 12)) < 0.3 for _ in range(5)]
    heats = [mask * rng.uniform(0.2, 1, (12, 12)) + 0.3 * rng.random((12, 12)) for mask in masks]
    score = coco_it([share_ious(h, m, COCO_IT_SHARES) for h, m in zip(heats, masks, strict=True)])
    every = [
        np.mean([foreground_iou(min_max(h) > share, m) for h, m in zip(heats, masks, strict=True)])
        for share in np.linspace(0.1, 0.5, 50)
    ]
    assert score.ious.mean() == pytest.approx(max(every))
    assert score.threshold == pytest.approx(np.linspace(0.1, 0.5, 50)[int(np.argmax(every))])
    assert min_max(np.full(3, 2.0)).tolist() == [0, 0, 0]


def test_concept_attention_pools_pixels_before_it_divides():
    heats = [HEAT, np.array([[0.0, 1.0], [1.0, 1.0]])]
    masks = [MASK, np.array([[0, 1], [1, 0]], bool)]
    scores = [concept_attention(heat, mask) for heat, mask in zip(heats, masks, strict=True)]
    counts = np.array([score.counts for score in scores])
    # Means 5/3 and 3/4: found {(0,0), (0,2), (1,1)} and the three ones.
    assert pooled_accuracy(counts) == pytest.approx((3 + 3) / (6 + 4))
    assert pooled_mean_iou(counts) == pytest.approx(0.5 * ((1 + 2) / (4 + 3) + (2 + 1) / (5 + 2)))
    classes = np.r_[~MASK.ravel(), MASK.ravel()]
    values = np.r_[1 - HEAT.ravel() / 4, HEAT.ravel() / 4]
    assert scores[0].precision == pytest.approx(average_precision(values, classes))


def row(picture: int, heat: np.ndarray, mask: np.ndarray, method: str = "cmi") -> Found:
    return Found(
        picture=f"{picture}",
        word="w",
        kind="colour",
        method=method,
        coco_it_ious=share_ious(heat, mask, COCO_IT_SHARES),
        share_ious=share_ious(heat, mask, SHARES),
        share_mean_ious=share_ious(heat, mask, SHARES, mean_iou),
        concept=concept_attention(heat, mask).counts,
        concept_precision=0.5,
        auroc=area_under_curve(heat, mask),
        precision=average_precision(heat, mask),
        pointing=1.0,
        otsu_iou=0.5,
        covered=float(mask.mean()),
    )


def test_a_threshold_is_never_chosen_on_the_picture_on_which_it_is_used():
    mask = np.zeros((10, 10), bool)
    mask[:5] = True
    # Even pictures want a share below 0.3, odd ones one above 0.7: each half gets the other's.
    low = np.where(mask, 0.3, 0.0) + np.eye(10)[9] * 0.7 * mask
    low[0, 0] = 1.0
    high = np.where(mask, 1.0, 0.7)
    high[9, 9] = 0.0
    rows = [row(index, low if index % 2 == 0 else high, mask) for index in range(6)]
    ious, _ = cross_validated(rows)
    assert ious[0] < 0.5
    assert ious[1] == pytest.approx(50 / 99)
    same = [row(index, high, mask) for index in range(6)]
    assert cross_validated(same)[0] == pytest.approx(np.ones(6))
    assert np.isnan(cross_validated(rows[:1])[0]).all()
    assert best_share([[0.1, 0.9], [0.5, 0.2]], [0.3, 0.6]) == 0.6


def test_the_table_compares_methods_on_the_same_words():
    rng = np.random.default_rng(3)
    rows = []
    for picture in range(12):
        mask = rng.random((8, 8)) < 0.4
        rows.append(row(picture, mask + rng.normal(0, 0.5, (8, 8)), mask))
        rows.append(row(picture, mask + rng.normal(0, 2.0, (8, 8)), mask, "attention"))
    table = scores_table(rows).set_index("method")
    better, worse = table.loc["cmi", "AUROC"], table.loc["attention", "AUROC"]
    assert better.low > worse.high
    gain = paired(rows, "cmi", "attention")
    assert gain.value == pytest.approx(better.value - worse.value)
    assert gain.low > 0


def test_one_picture_has_a_number_and_no_interval():
    assert str(bootstrap(["a", "a"], lambda rows: 0.5)) == "0.500"
    assert str(mean_by_picture(["a"], [np.nan])) == ""
    assert str(Interval(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"


def test_bootstrap_intervals_cover_and_do_not_count_words_as_pictures():
    rng = np.random.default_rng(4)
    covered = 0
    for trial in range(300):
        values = rng.normal(1.0, 2.0, 30)
        interval = mean_by_picture(np.arange(30), values, seed=trial)
        covered += interval.low <= 1.0 <= interval.high
    assert 0.88 < covered / 300 < 0.98
    values = rng.normal(size=30)
    once = mean_by_picture(np.arange(30), values)
    thrice = mean_by_picture(np.repeat(np.arange(30), 3), np.repeat(values, 3))
    assert thrice == pytest.approx(once)
    assert np.isnan(mean_by_picture(["a", "a"], [1.0, 2.0]).low), "one picture has no spread"
    assert np.isnan(mean_by_picture(["a", "b"], [np.nan, np.nan]).value)
    assert once == pytest.approx(bootstrap(np.arange(30), lambda rows: float(values[rows].mean())))
    assert bootstrap([1, 2, 3], lambda rows: 7.0) == (7.0, 7.0, 7.0)
