"""What `explore` does before the first draw."""

from __future__ import annotations

import pytest
from models import PICTURE, PROMPT, Mixture
from same import assert_identical

from infodiff_widgets import estimate, explore, images
from infodiff_widgets.images import ImageRule


@pytest.mark.parametrize("options", [{}, {"resize": False}])
def test_a_picture_is_read_once_and_is_the_one_that_estimate_takes(options, tmp_path, monkeypatch):
    # A side that is no multiple of what the network takes: fitted again, it would not stay as it is.
    model = Mixture()
    model.image_rule = ImageRule(50, 8)
    path = tmp_path / "picture.png"
    PICTURE.resize((64, 64) if options else (200, 100)).save(path)
    whole = estimate(model, path, PROMPT, draws=4, density="uniform", progress=False, **options)
    read, original = [], images._from_file
    monkeypatch.setattr(
        images, "_from_file", lambda given, *more: read.append(given) or original(given, *more)
    )
    explorer = explore(model, path, PROMPT, draws=4, density="uniform", block=True, **options)
    assert read == [path]
    assert_identical(explorer.result, whole)
