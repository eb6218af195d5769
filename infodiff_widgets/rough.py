"""For which totals of a result the draws were too few, and how that is said."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from .dataset import FORMS
from .numbers import between
from .statistics import Estimate, rough_of
from .words import names_of

if TYPE_CHECKING:
    from .result import Result

__all__ = ["roughness", "totals_of"]


def totals_of(result: Result, quantity: str, form: str) -> dict[int, Estimate]:
    """Return the totals of a quantity, nats, by place; none where it was not computed or has no errors.

    Of words their places among the result's; of "swap" and of "pair", where it is that of "both", those among
    its swaps and its pairs; of "full", which is one, 0.
    """
    if quantity == "full":
        total = result.full_total(form)
        return {0: total} if math.isfinite(total.value) else {}
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
    for quantity, form in itertools.product((*result.quantities, "swap", "pair", "full"), FORMS):
        totals = totals_of(result, quantity, form)
        if any(not math.isfinite(total.standard_error) for total in totals.values()):
            return [f"{result.draws} draws are too few to tell errors: take more."]
        rough = sorted(rough_of(totals), key=lambda place: -abs(totals[place].value))
        if not rough:
            continue
        where = "" if form == "orthogonal" else f" in {form} form"
        if quantity == "full":
            said = f"the whole prompt{where}"
        elif found:
            said = f"{len(rough)} of {quantity}{where}"
        else:
            said = f"{quantity}{where} of {_name(result, quantity, rough[0])}"
        if not found:
            said += f" (95%: {between(*totals[rough[0]].interval())} nats)"
            said += f" and {len(rough) - 1} more" if len(rough) > 1 else ""
        found.append(said)
    if not found:
        return []
    return [f"{result.draws} draws leave some totals rough: {', '.join(found)}. Take more draws."]


def _name(result: Result, quantity: str, place: int) -> str:
    called = dict(zip(result.words, names_of(result.words), strict=True))
    if quantity == "pair":
        return " and ".join(repr(called.get(word, word.text)) for word in result.pairs[place])
    if quantity == "swap":
        word, text = list(result.swaps.items())[place]
        return f"{called.get(word, word.text)!r} → {text!r}"
    return repr(called[result.words[place]])
