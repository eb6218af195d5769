"""When two results are the same."""

from __future__ import annotations

import numpy as np

from infodiff_widgets import Result


def assert_identical(one: Result, other: Result) -> None:
    """Of the same arrays, to the bit."""
    assert set(one.data.variables) == set(other.data.variables)
    for name in one.data.data_vars:
        np.testing.assert_array_equal(one.data[name].values, other.data[name].values, err_msg=str(name))
