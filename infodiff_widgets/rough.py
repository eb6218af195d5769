"""For which totals of a result the draws were too few, and how that is said."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .dataset import FORMS
from .listing import listed
from .naming import names_of
from .numbers import between
from .selection import swap_names
from .statistics import DEFAULT_DRAWS, Estimate, rough_of

if TYPE_CHECKING:
    from .result import Result

__all__ = ["errors_said", "rough_said", "roughness", "totals_of"]

NAMED = 3
"""Words that are named where draws were too few for them, or for all others; more are counted."""
_KINDS = {"swap": "swaps", "pair": "pairs"}
"""What has the totals of a quantity, where that is not words."""


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
    """Say for which totals draws were too few, by kind, and the interval of the largest."""
    found: list[str] = []
    for quantity, form in itertools.product((*result.quantities, "swap", "pair", "full"), FORMS):
        totals = totals_of(result, quantity, form)
        if any(not math.isfinite(total.standard_error) for total in totals.values()):
            return [f"{result.draws} draws are too few to tell errors: take more."]
        rough = rough_of(totals)
        if not rough:
            continue
        names = {place: _name(result, quantity, place) for place in totals}
        kind = _KINDS.get(quantity, "words")
        whose = _whose(
            [names[place] for place in rough],
            list(names.values()),
            f"{len(rough)} of the {len(names)} {kind}",
        )
        whose = whose or f"all {len(names)} {kind}"
        said = names[0] if quantity == "full" else f"{quantity} of {names[0] if len(names) == 1 else whose}"
        said += "" if form == "orthogonal" else f" in {form} form"
        if not found:
            first = max(rough, key=lambda place: abs(totals[place].value))
            which = f"{names[first]} " if len(rough) > 1 else ""
            said += f" (95%: {which}{between(*totals[first].interval())} nats)"
        found.append(said)
    if not found:
        return []
    remedy = f"Take more draws, such as draws={max(DEFAULT_DRAWS, 2 * result.draws)}."
    return [f"{result.draws} draws leave some totals rough: {'; '.join(found)}. {remedy}"]


def errors_said(shown: Sequence[tuple[str, bool]], rough: Sequence[str]) -> str:
    """Say what stands after totals; js/src/derive.js says the same.

    Parameters
    ----------
    shown
        The totals by name, and whether their errors are known.
    rough
        The names of those for which draws were too few.

    Examples
    --------
    >>> errors_said([("“red”", True), ("“sand”", True)], ["“sand”"])
    '± standard error, rough for “sand” after so few draws'
    >>> errors_said([("“red”", True), ("“sand”", True)], ["“red”", "“sand”"])
    '± standard error, rough after so few draws'
    >>> errors_said([("“red”", False)], ["“red”"])
    'too few draws to tell errors'
    >>> errors_said([("“a”", True), ("“red”", False)], ["“red”"])
    '± standard error, rough for “red” after so few draws'
    """
    said = rough_said(shown, rough)
    if not any(is_known for _, is_known in shown):
        return said
    return f"± standard error, {said}" if said else "± standard error"


def rough_said(shown: Sequence[tuple[str, bool]], rough: Sequence[str]) -> str:
    """Say for which totals draws were too few, as `errors_said` does, where no errors stand beside them.

    Examples
    --------
    >>> rough_said([("red and circle", True), ("red and sand", True)], ["red and sand"])
    'rough for red and sand after so few draws'
    """
    if not rough:
        return ""
    if not any(is_known for _, is_known in shown):
        return "too few draws to tell errors"
    names = [name for name, is_known in shown if is_known or name in rough]
    whose = _whose(rough, names, f"{len(rough)} of {len(names)} totals")
    return f"rough{whose and f' for {whose}'} after so few draws"


def _whose(some: Sequence[str], of: Sequence[str], counted: str) -> str:
    """Name some of several, or those that are not among them, or say the count; "" where they are all."""
    names = list(dict.fromkeys(some))
    others = [name for name in dict.fromkeys(of) if name not in names]
    if len(some) == len(of):
        return ""
    if len(names) <= NAMED:
        return listed(names)
    if 0 < len(others) <= NAMED:
        return f"all but {listed(others)}"
    return counted


def _name(result: Result, quantity: str, place: int) -> str:
    if quantity == "full":
        return "the whole prompt"
    if quantity == "swap":
        return repr(swap_names(result)[place])
    words = result.pairs[place] if quantity == "pair" else (result.words[place],)
    return listed(map(repr, names_of(result.prompt, words)))
