from pathlib import Path

import numpy as np

from infodiff_widgets import colour
from infodiff_widgets.region import cells_inside, corners_of

TABLES = Path(__file__).parents[1] / "js" / "src" / "tables.js"


def test_the_browser_has_the_same_colour_tables():
    assert TABLES.read_text() == colour.javascript()


def test_laying_over():
    picture = np.full((8, 8, 3), 200, np.uint8)
    flat = np.ones((2, 2))
    assert (colour.lay_over(picture, flat, 1.0) == 200).all()
    assert (colour.lay_over(picture, 0 * flat, 1.0, opacity=1.0) == round(200 * colour.DIM)).all()
    assert (colour.lay_over(picture, flat, 1.0, opacity=0.0, colour="inferno") == 200).all()
    assert (
        colour.lay_over(picture, 9 * flat, 1.0, colour="viridis", opacity=1.0) == colour.table("viridis")[-1]
    ).all()
    assert (colour.lay_over(picture, flat, 0.0) == colour.lay_over(picture, 0 * flat, 1.0)).all()
    minus = colour.lay_over(picture, -flat, 1.0, signed=True)
    assert len(np.unique(minus[..., 0])) == 2


def test_upsampling_interpolates_between_centres_or_shows_cells():
    ramp = np.array([[0.0, 1.0]])
    assert colour.upsample(ramp, 1, 4)[0].tolist() == [0.0, 0.25, 0.75, 1.0]
    assert colour.upsample(ramp, 1, 4, smooth=False)[0].tolist() == [0.0, 0.0, 1.0, 1.0]


def test_a_region_smaller_than_a_cell_is_the_cell_at_its_middle():
    for corners, cell in (
        ([(0.3, 0.55), (0.35, 0.6)], (2, 1)),
        ([(0.99, 0.99), (1.0, 1.0)], (3, 3)),
        ([(0.5, 0.5), (0.55, 0.5), (0.5, 0.55)], (2, 2)),
    ):
        assert np.argwhere(cells_inside(corners_of(corners), (4, 4))).tolist() == [list(cell)]
    assert not cells_inside([], (4, 4)).any()
