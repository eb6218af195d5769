"""For which totals of a result the draws were too few, and how that is said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .dataset import FORMS
from .numbers import between
from .statistics import Estimate, rough_of
from .words import names_of

if TYPE_CHECKING:
    from .result import Result

__all__ = ["roughness", "totals_of"]


def totals_of(result: Result, quantity: str, form: str) -> dict[int | None, Estimate]:
    """Return the totals of a quantity, nats, by place; none where it was not computed or has no errors.

    Of words their places among the result's; of "swap" and of "pair", where it is that of "both", those among
    its swaps and its pairs; of "full" None.
    """
    if quantity == "full":
        total = result.full_total(form)
        return {None: total} if math.isfinite(total.value) else {}
    if quantity == "pair":
        totals = [result.interaction_totals(*pair, form)["both"] for pair in result.pairs]
    elif quantity in result.quantities or (quantity == "swap" and result.swaps):
        totals = result.totals(quantity, form)
    else:
        totals = []
    return dict(enumerate(totals))


def roughness(result: Result) -> list[str]:
    """Say for which totals draws were too few: the largest with its interval, and how many of each kind."""
    found: list[str] = []
    for quantity in (*result.quantities, "swap", "pair", "full"):
        for form in FORMS:
            totals = totals_of(result, quantity, form)
            if any(not math.isfinite(total.standard_error) for total in totals.values()):
                return [f"{result.draws} draws are too few to tell errors: take more."]
            rough = sorted(rough_of(totals), key=lambda place: -abs(totals[place].value))
            if not rough:
                continue
            kind = quantity if form == "orthogonal" else f"{quantity} in {form} form"
            if found:
                found.append(f"{len(rough)} of {kind}")
                continue
            low_to_high = between(*totals[rough[0]].interval())
            more = f" and {len(rough) - 1} more" if len(rough) > 1 else ""
            found.append(f"{kind} of {_name(result, quantity, rough[0])} (95%: {low_to_high} nats){more}")
    if not found:
        return []
    return [f"{result.draws} draws leave some totals rough: {', '.join(found)}. Take more draws."]


def _name(result: Result, quantity: str, place: int | None) -> str:
    if place is None:
        return "the whole prompt"
    if quantity == "pair":
        return " and ".join(repr(word.text) for word in result.pairs[place])
    if quantity == "swap":
        word, text = list(result.swaps.items())[place]
        return f"{word.text!r} → {text!r}"
    return repr(names_of(result.words)[place])
