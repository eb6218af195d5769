"""What is done of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .running import RunningMaps

__all__ = ["Done"]


@dataclass(frozen=True, slots=True)
class Done:
    """Replaced as a whole, so that an interrupt leaves no half-added block.

    Attributes
    ----------
    maps
        Running sums.
    draws, halves
        By block, in the order in which they were made: places among the planned draws, and half the
        integrands summed over cells, (draws, 2, comparisons).
    seconds
        Spent on them.
    """

    maps: RunningMaps = RunningMaps()  # noqa: RUF009 - immutable
    draws: tuple[NDArray[np.int64], ...] = ()
    halves: tuple[Tensor, ...] = ()
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """Draws done."""
        return sum(map(len, self.draws))

    def in_order(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return the draws in ascending log-SNR, when each was made, and half their integrands.

        Returns
        -------
        (draw,), (draw,) and (2, comparisons, draw)
        """
        draws = np.concatenate(self.draws)
        order = np.argsort(draws)
        halves = torch.cat(self.halves).double().cpu().numpy()[order].transpose(1, 2, 0)
        return draws[order], order, halves

    def stored(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return tensors and plain values, from which `restored` makes the same."""
        sums = vars(self.maps)
        arrays = {name: value for name, value in sums.items() if isinstance(value, Tensor)}
        numbers = {name: value for name, value in sums.items() if isinstance(value, int | float)}
        state = {"maps": numbers, "blocks": len(self.draws), "seconds": self.seconds}
        return {**arrays, "halves": torch.cat(self.halves)}, state

    @classmethod
    def restored(
        cls, arrays: Mapping[str, Tensor], state: Mapping[str, Any], blocks: Sequence[NDArray[np.int64]]
    ) -> Done:
        """Return what `stored` gave, of a run with these blocks."""
        draws = tuple(blocks[: state["blocks"]])
        sums = {name: value for name, value in arrays.items() if name != "halves"}
        halves = arrays["halves"].split([len(block) for block in draws])
        return cls(RunningMaps(**sums, **state["maps"]), draws, halves, state["seconds"])
