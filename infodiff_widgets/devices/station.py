"""What is done where a copy of the network is, in a thread or in a process."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from infodiff_widgets.denoisers.base import Denoiser
from infodiff_widgets.evaluation import Evaluator
from infodiff_widgets.transfer import sent

__all__ = ["Member", "Station"]


class Member(Protocol):
    """A station as it is seen from where the run is: each `begin` is followed by a `finish`.

    Attributes
    ----------
    batch_size
        Most inputs per call of its network, as it was at the last `finish`.
    """

    batch_size: int

    @property
    def settled(self) -> bool:
        """Whether all its predictions are known to be finite."""
        ...

    def begin(self, name: str, *arguments: Any) -> None:
        """Have a method of the station called."""
        ...

    def finish(self) -> Any:
        """Wait for the method, and return or raise what it did."""
        ...

    def close(self) -> None:
        """Give back all that it holds; what it is at, is given up."""
        ...


class Station:
    """A network on its device, and what is asked of it.

    Parameters
    ----------
    denoiser, latents, batch_size
        Those of an `Evaluator`, on the device.
    """

    def __init__(self, denoiser: Denoiser, latents: Tensor, batch_size: int) -> None:
        self.evaluator = Evaluator(denoiser, latents, batch_size)
        self._wide = ExitStack()

    def encode(self, texts: tuple[str, ...]) -> None:
        """Encode prompts, all at once."""
        self.evaluator.encode(texts, at_least=len(texts))

    def predict(
        self,
        levels: Tensor,
        epsilon: Tensor,
        draw: NDArray[np.int64],
        texts: tuple[str, ...],
        batch_size: int,
    ) -> Tensor:
        """Predict as `Evaluator.ahead`, with epsilon from anywhere."""
        self.evaluator.batch_sizes[0] = batch_size
        return self.evaluator.ahead(levels, sent(epsilon, self.evaluator.latents.device), draw, texts)

    def settle(self) -> None:
        """Wait until all predictions are known to be finite."""
        self.evaluator.settle()

    def enter_float32(self) -> None:
        """Run in float32 from here on."""
        self._wide.enter_context(self.evaluator.in_float32())

    def leave_float32(self) -> None:
        """Run in half precision again."""
        self._wide.close()
