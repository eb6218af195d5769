"""How a total settled while a run went on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .statistics import block_of, error_of_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["convergence_of"]


def convergence_of(
    values: NDArray[np.floating], draw: NDArray[np.integer], order: NDArray[np.integer], planned: int
) -> pd.DataFrame:
    """Tell the mean and its standard error after each block.

    Parameters
    ----------
    values : (draw,)
        Each draw's contribution ``f / (2 p)``, nats.
    draw, order : (draw,)
        Ascending places among the planned draws, and when each was made.
    planned
        Number of draws of the whole run.

    Returns
    -------
    pandas.DataFrame
        Columns "draws", "nats" and "standard_error".
    """
    import pandas as pd

    made = np.argsort(order)
    ends = np.flatnonzero(np.diff(block_of(draw[made], planned), append=-1)) + 1
    rows = []
    for end in ends.tolist():
        done = np.sort(made[:end])
        error = float(error_of_mean(values[done], draw[done], planned).error)
        rows.append((end, float(values[done].mean()), error))
    return pd.DataFrame(rows, columns=["draws", "nats", "standard_error"])
