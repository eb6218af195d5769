"""The world: its exact distribution, captions, pictures and masks."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from matplotlib.colors import rgb_to_hsv

from infodiff_widgets import scenes
from infodiff_widgets.scenes.captions import vary
from infodiff_widgets.scenes.read import colour_votes, dominant_colours
from infodiff_widgets.scenes.render import render
from infodiff_widgets.scenes.vocabulary import BACKGROUNDS, COLOURS, KINDS, NOUNS, RELATIONS
from infodiff_widgets.scenes.world import Role, is_held_out, probability


@pytest.fixture(scope="module")
def many() -> list[scenes.Scene]:
    return list(itertools.islice(scenes.sample(seed=3), 4000))


def test_probabilities_sum_to_one():
    assert math.isclose(sum(probability(c, k) for c in COLOURS for k in KINDS), 1.0)


def test_frequencies_follow_the_stated_distribution(many):
    counts = Counter((item.colour, item.kind) for scene in many for item in scene.items)
    n = 2 * len(many)
    for colour, kind in itertools.product(COLOURS, KINDS):
        p = probability(colour, kind)
        assert abs(counts[colour, kind] - n * p) < 5 * math.sqrt(n * p * (1 - p)) + 1, (colour, kind)


def test_entropy_is_the_mean_information_of_the_word(many):
    for word in ("red", "blue", "circle", "heart", "left of", "sand"):
        values = [
            scene.information(role)
            for scene in many
            for text, role in scene.units
            if text == word and role.name != "article"
        ]
        error = np.std(values) / math.sqrt(len(values))
        assert abs(np.mean(values) - scenes.entropy(word)) < 4 * error + 1e-9, word


def test_spans_are_where_the_units_stand(many):
    for scene in many[:100]:
        said = [scene.caption[start:stop] for start, stop in scene.spans.values()]
        assert list(zip(said, scene.spans, strict=True)) == list(scene.units)


def test_entropy_knows_its_words():
    assert scenes.entropy("below") == pytest.approx(math.log(4))
    assert scenes.entropy("left") == pytest.approx(math.log(2))
    assert scenes.entropy("a") == 0
    with pytest.raises(ValueError, match="'zebra' is not a word of the scenes world"):
        scenes.entropy("zebra")


def test_a_noun_mostly_has_its_own_colour(many):
    for noun, colour in NOUNS.items():
        colours = [item.colour for scene in many for item in scene.items if item.kind == noun]
        assert abs(np.mean([c == colour for c in colours]) - 0.9) < 0.04


def test_hue_classes_are_disjoint_and_not_constant(many):
    spans = sorted(colour.hue for colour in COLOURS.values())
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))
    reds = {item.hsv for scene in many for item in scene.items if item.colour == "red"}
    assert len(reds) > 100


def test_relation_says_where_the_first_object_is(many):
    for scene in many[:500]:
        dx, dy = RELATIONS[scene.relation]
        first, second = scene.items
        along = dx * (first.x - second.x) + dy * (first.y - second.y)
        across = abs(dy * (first.x - second.x)) + abs(dx * (first.y - second.y))
        assert along > 0.3
        assert along > across


def test_same_seed_same_scenes_and_held_out_captions_stay_out():
    a, b = (list(itertools.islice(scenes.sample(seed=7, held_out=False), 50)) for _ in range(2))
    assert a == b
    assert not any(is_held_out(scene) for scene in a)
    assert all(is_held_out(scene) for scene in itertools.islice(scenes.sample(seed=7, held_out=True), 5))


def test_captions_lose_words_independently_of_what_they_say(many):
    rng = np.random.default_rng(0)
    scene = many[0]
    drawn = Counter(vary(scene.units, rng) for _ in range(4000))
    assert 0.25 < drawn[scene.caption] / 4000 < 0.45
    assert 0.07 < drawn[""] / 4000 < 0.20
    without = " ".join(text for text, role in scene.units if role != Role("colour", 0))
    assert drawn[without] > 20
    assert any("_" in caption for caption in drawn)


def test_left_of_goes_like_above():
    """Dropping the relation must not tell, by how often it happens, which relation it was."""
    units = next(scenes.sample(seed=1)).units
    shares = []
    for relation in ("left of", "above"):
        rows = [(relation if role.name == "relation" else text, role) for text, role in units]
        rng = np.random.default_rng(5)
        captions = [vary(rows, rng) for _ in range(4000)]
        shares.append(np.mean([not set(relation.split()) & set(c.split()) for c in captions]))
    assert abs(shares[0] - shares[1]) < 0.04


@pytest.fixture(scope="module")
def pictures(many) -> np.ndarray:
    return (255 * render(many[:60])).byte().permute(0, 2, 3, 1).numpy()


def test_pictures_show_their_colours_at_their_places(many, pictures):
    for scene, image in zip(many, pictures, strict=False):
        assert dominant_colours(image, scene.relation) == tuple(item.colour for item in scene.items)


def test_masks_cover_the_object_and_nothing_else(many, pictures):
    for scene, image in zip(many[:20], pictures, strict=False):
        votes = colour_votes(image)
        for index, item in enumerate(scene.items):
            owned = scenes.mask(scene, Role("colour", index))
            assert owned.dtype == bool
            assert owned.shape == (128, 128)
            assert 0.02 < owned.mean() < 0.15
            assert (votes[owned] == list(COLOURS).index(item.colour)).mean() > 0.9
        both = scenes.mask(scene, Role("relation"))
        assert np.array_equal(both, ~scenes.mask(scene, Role("background")))
        assert not scenes.mask(scene, Role("article", 0)).any()


def test_backgrounds_look_like_their_words(many, pictures):
    seen = set()
    for scene, image in zip(many, pictures, strict=False):
        look = BACKGROUNDS[scene.background].colour
        corner = rgb_to_hsv(np.median(image[:6, :6].reshape(-1, 3), axis=0) / 255)
        assert look.value[0] - 0.15 < corner[2] < look.value[1] + 0.15
        seen.add(scene.background)
    assert seen == set(BACKGROUNDS)


def test_size_changes_the_sampling_not_the_scene(many):
    small, large = render(many[:4], 64), render(many[:4], 128)
    halved = large.reshape(4, 3, 64, 2, 64, 2).mean((3, 5))
    assert float((small - halved).abs().mean()) < 0.01
