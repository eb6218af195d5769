"""Which of several captions a picture has, by how many nats, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from infodiff_widgets.errors import ArgumentError
from infodiff_widgets.statistics import Estimate, estimate_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Form", "Look", "Ranking", "p_value_of"]

Form = Literal["standard", "orthogonal"]


@dataclass(frozen=True, slots=True)
class Look:
    """When a caption was last compared with the best one.

    Attributes
    ----------
    number
        How many looks there had been before: 0 for the first.
    threshold
        The p-value below which a look ends the matter.
    eliminated
        Whether it did.
    """

    number: int
    threshold: float
    eliminated: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Ranking:
    """Captions in the order of their likelihood, given a picture.

    The standard form (Kong et al., eq. 5a) of a caption is the log-likelihood ratio
    ``log p(x | caption) - log p(x | reference)``, so far as the range of log-SNR decides it; differences of
    captions need no reference. The orthogonal form (eq. 5b) grows with every change that a caption makes,
    right or wrong, and is there for comparison.

    Attributes
    ----------
    captions
        K texts.
    draw : (D,)
        Ascending places of the draws done among `planned`.
    log_snr : (D,)
        Their levels.
    losses : (K, D)
        Half of ``|eps - e(z | caption)|^2`` over the density of the draw; NaN where the caption was no longer
        in question.
    reference_losses : (D,)
        The same of the reference; None where there is none.
    shifts : (K, D)
        Half of ``|e(z | reference) - e(z | caption)|^2`` over the density; None without a reference.
    planned
        Draws that the whole run would have had.
    looks : (K,)
        When each caption was last compared with the best.
    log_snr_range
        Of the integral.
    evaluations, seconds
        What it took.
    complete
        False where an interrupt has ended it.

    Examples
    --------
    >>> from infodiff_widgets.analyses.ranking_run import rank_captions
    >>> ranking = rank_captions(pipeline, picture, ["a red circle", "a blue circle"], draws=8)
    >>> sorted(ranking.order())
    [0, 1]
    >>> ranking.difference(0, 1).standard_error > 0
    True
    """

    captions: tuple[str, ...]
    draw: NDArray[np.int64]
    log_snr: NDArray[np.float64]
    losses: NDArray[np.float64]
    reference_losses: NDArray[np.float64] | None
    shifts: NDArray[np.float64] | None
    planned: int
    looks: tuple[Look, ...]
    log_snr_range: tuple[float, float]
    evaluations: int
    seconds: float
    complete: bool = True

    @property
    def draws(self) -> int:
        """Draws done."""
        return self.draw.size

    def values(self, index: int, form: Form = "standard") -> NDArray[np.float64]:
        """Return what each draw says for a caption against the reference, (D,) nats, NaN where not asked."""
        if self.reference_losses is None or self.shifts is None:
            raise ArgumentError("This ranking has no reference: rank with reference='', the empty prompt.")
        return self.shifts[index] if form == "orthogonal" else self.reference_losses - self.losses[index]

    def nats(self, index: int, form: Form = "standard") -> Estimate:
        """Return what a caption says about the picture that the reference does not."""
        return self._estimate(self.values(index, form), positive=form == "orthogonal")

    def difference(self, index: int, other: int, form: Form = "standard") -> Estimate:
        """Return the nats by which a caption is ahead of another, on the draws that both had.

        The noise is the same for both, so that its error is far smaller than those of the two.
        """
        if form == "orthogonal":
            return self._estimate(self.values(index, form) - self.values(other, form))
        return self._estimate(self.losses[other] - self.losses[index])

    def order(self, form: Form = "standard") -> list[int]:
        """Return the captions, the best first.

        In the standard form those eliminated come last, in the reverse order of elimination. The orthogonal
        form had no say in that: there each caption is ahead of the next on the draws that both had.
        """
        kept = (~np.isnan(self.losses)).sum(1)
        if form == "standard":
            means = np.nanmean(self.losses, axis=1)
            # Losses of captions on unlike draws do not compare; those of one look do.
            return sorted(range(len(self.captions)), key=lambda index: (-kept[index], means[index]))
        found: list[int] = []
        for index in np.argsort(-kept, kind="stable").tolist():
            behind = (at for at, other in enumerate(found) if self.difference(index, other, form).value > 0)
            found.insert(next(behind, len(found)), index)
        return found

    @property
    def best(self) -> int:
        """The index of the most likely caption."""
        return self.order()[0]

    def p_value_against(self, other: int) -> float:
        """Return the p-value for "the best caption is more likely than this one", for this network.

        That of their difference (`p_value_of`), two-sided, since either of the two might have come out as the
        better one. It allows for the best having been chosen among K by the same draws (Bonferroni over
        K - 1), and for having looked before: each earlier look would have decided below its threshold on
        either side, which is added (Haybittle and Peto's rule, as a union bound). So a p-value below 0.05
        stands beside a 95% interval without 0; with more than two captions, or looks before, the converse
        need not hold.
        """
        if other == self.best:
            return math.nan
        look = self.looks[other]
        p = p_value_of(self.difference(self.best, other)) * (len(self.captions) - 1)
        return min(1.0, p + 2 * look.number * look.threshold)

    @property
    def p_value(self) -> float:
        """The p-value for "the best caption is the most likely": the largest against any other."""
        return max(self.p_value_against(other) for other in range(len(self.captions)) if other != self.best)

    def to_dataframe(self) -> pd.DataFrame:
        """Return a row for each caption, the best first.

        Returns
        -------
        pandas.DataFrame
            ``caption``; where there is a reference, ``nats`` and ``orthogonal`` against it, with their
            standard errors ``nats_error`` and ``orthogonal_error``; ``behind``, the paired difference from
            the best, with its standard error ``behind_error`` and its 95% interval, ``behind_low`` to
            ``behind_high``; ``p_value`` of the best being more likely, see `p_value_against`; ``draws``. The
            best is not compared with itself: there all but its ``behind``, 0, is NaN.
        """
        import pandas as pd

        rows = []
        for index in self.order():
            row: dict[str, Any] = {"caption": self.captions[index]}
            if self.reference_losses is not None:
                for name, total in (
                    ("nats", self.nats(index)),
                    ("orthogonal", self.nats(index, "orthogonal")),
                ):
                    row |= {name: total.value, f"{name}_error": total.standard_error}
            row |= self._behind(index)
            row |= {"p_value": self.p_value_against(index), "draws": int(self._done(index).sum())}
            rows.append(row)
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        low, high = self.log_snr_range
        table = self.to_dataframe().round(3).to_string(index=False, na_rep="")
        return (
            f"Ranking of {len(self.captions)} captions, {self.draws} of {self.planned} draws, "
            f"log-SNR {low:.2f} to {high:.2f}, p = {self.p_value:.2g}\n{table}"
        )

    def _behind(self, index: int) -> dict[str, float]:
        names = "behind_error", "behind_low", "behind_high"
        if index == self.best:
            return {"behind": 0.0, **dict.fromkeys(names, math.nan)}
        behind = self.difference(self.best, index)
        return {"behind": behind.value} | dict(
            zip(names, (behind.standard_error, *behind.interval()), strict=True)
        )

    def _done(self, index: int) -> NDArray[np.bool_]:
        return ~np.isnan(self.losses[index])

    def _estimate(self, values: NDArray[np.float64], *, positive: bool = False) -> Estimate:
        done = ~np.isnan(values)
        return estimate_of(values[done], self.draw[done], self.planned, positive=positive)


def p_value_of(difference: Estimate) -> float:
    """Return the p-value for "the difference is above 0": that at which its interval just reaches 0.

    Number and interval so are of one distribution, its skewness included, and agree at every level.

    Parameters
    ----------
    difference
        Of a quantity with either sign.

    Returns
    -------
    float
        1 where it is not above 0, or nothing can be told; at least 1e-15.

    Examples
    --------
    >>> difference = Estimate(2.0, 0.5, degrees_of_freedom=4, skewness=-0.3)
    >>> p = p_value_of(difference)
    >>> round(p, 3), abs(round(difference.interval(1 - p)[0], 6))
    (0.039, 0.0)
    """
    if not (difference.value > 0 and difference.standard_error > 0):
        return 1.0
    low, high = math.log(_SMALLEST_P), 0.0
    if difference.interval(1 - _SMALLEST_P)[0] > 0:
        return _SMALLEST_P
    for _ in range(60):
        middle = 0.5 * (low + high)
        if difference.interval(-math.expm1(middle))[0] > 0:
            high = middle
        else:
            low = middle
    return math.exp(high)


_SMALLEST_P = 1e-15
