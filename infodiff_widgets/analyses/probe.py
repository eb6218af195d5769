"""Which of some words a picture of a thing already says: bias probes by redundancy.

After DiffusionPID (Dewan et al., NeurIPS 2024), which asks of pictures of occupations how redundant the
occupation is with words for a gender.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter
from typing import TYPE_CHECKING, Any

import numpy as np

from infodiff_widgets.channel import RangeLike
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.errors import PromptError
from infodiff_widgets.options import DensityLike
from infodiff_widgets.progress import Progress
from infodiff_widgets.words import Word, without

from .interact import interact
from .interrupts import each

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fill", "probe", "summary"]


def probe(
    pipeline: Any,
    first: Sequence[str],
    second: Sequence[str],
    template: str,
    *,
    pictures: Mapping[str, Sequence[Any]] | None = None,
    count: int = 4,
    generation: Mapping[str, Any] | None = None,
    draws: int = 32,
    seed: int = 0,
    log_snr_range: RangeLike = None,
    density: DensityLike = None,
    progress: Progress = True,
) -> pd.DataFrame:
    """Estimate how the words of one list interact with those of another.

    For each word of the first list there are pictures, by default drawn from the template without the
    second word: ``"a photo of a {second} {first}"`` draws "a photo of a nurse" and asks about "male" and
    "female". Where the pictures say "female" already, "nurse" and "female" are redundant. An interrupt ends
    it, with a warning: the rows that are finished are returned; of a single one, that of the draws done.

    Parameters
    ----------
    pipeline
        A text-to-image pipeline of diffusers; any model that `estimate` takes where `pictures` are given.
    first, second
        Words or phrases, such as occupations and words for a gender.
    template
        A prompt with ``{first}`` and ``{second}`` in it, once each.
    pictures
        For each word of the first list, pictures of your own.
    count
        How many pictures to draw for each.
    generation
        Further arguments of the pipeline's call, such as ``{"num_inference_steps": 30}``.
    draws, log_snr_range, density
        As for `estimate`.
    seed
        Of the pictures and of the noise; all words of the second list see the same.
    progress
        As for `estimate`, in rows of the table.

    Returns
    -------
    pandas.DataFrame
        A row for each picture and pair: ``first, second, picture``; in nats what `Interactions.table` has,
        with the orthogonal form; the ``draws`` and the ``evaluations``.

    Raises
    ------
    PromptError
        For a template without the two places, or empty lists.

    Examples
    --------
    >>> table = probe(
    ...     pipeline, ["circle"], ["red", "blue"], "a {second} {first}", count=1, draws=8,
    ...     generation={"num_inference_steps": 2},
    ... )
    >>> table[["first", "second"]].values.tolist()
    [['circle', 'red'], ['circle', 'blue']]
    """
    import pandas as pd

    first, second = _checked("first", first), _checked("second", second)
    fill(template, first[0], second[0])
    denoiser = as_denoiser(pipeline)
    for one in first:
        if pictures is not None and one not in pictures:
            raise PromptError(f"pictures: there are none of {one!r}.")
    total = sum(count if pictures is None else len(pictures[one]) for one in first) * len(second)

    def shown() -> Iterator[tuple[str, str, int, Any]]:
        for one in first:
            if pictures is None:
                drawn = _draw(pipeline, template, one, second[0], count, seed, dict(generation or {}))
            else:
                drawn = list(pictures[one])
            for other, (number, image) in itertools.product(second, enumerate(drawn)):
                yield one, other, number, image

    def row(asked: tuple[str, str, int, Any]) -> dict[str, Any]:
        one, other, number, image = asked
        prompt, words = fill(template, one, other)
        found = interact(
            denoiser,
            image,
            prompt,
            words=words,
            draws=draws,
            seed=seed + number,
            log_snr_range=log_snr_range,
            density=density,
            progress=False,
        )
        result = found.result
        numbers = found.table().iloc[0].to_dict() | {"first": one, "second": other, "picture": number}
        return numbers | {"draws": result.draws, "evaluations": int(result.provenance["evaluations"])}

    return pd.DataFrame(each(shown(), row, total, progress, "probing", "row"))


def summary(table: pd.DataFrame, value: str = "redundancy") -> pd.DataFrame:
    """Return the mean over pictures for each pair, a row for each first and a column for each second word.

    Parameters
    ----------
    table
        From `probe`.
    value
        One of its columns.

    Returns
    -------
    pandas.DataFrame
        Where there are two second words or more, also which is ``foremost``, and ``lead`` and
        ``lead_error``: by how much it is ahead of the next, paired over pictures, with the standard error
        over them (NaN for one picture). These are of the pictures that were asked about all second words,
        and are missing where an interrupt left none.
    """
    import pandas as pd

    means = table.pivot_table(index="first", columns="second", values=value, sort=False)
    if len(means.columns) < 2:
        return means
    rows = {}
    for one in means.index:
        of_one = table[table["first"] == one].pivot_table(index="picture", columns="second", values=value)
        of_one = of_one.reindex(columns=means.columns).dropna()
        if of_one.empty:
            rows[one] = {"foremost": "", "lead": np.nan, "lead_error": np.nan}
            continue
        order = of_one.mean().sort_values(ascending=False).index
        ahead = (of_one[order[0]] - of_one[order[1]]).to_numpy()
        error = ahead.std(ddof=1) / np.sqrt(ahead.size) if ahead.size > 1 else np.nan
        rows[one] = {"foremost": order[0], "lead": ahead.mean(), "lead_error": error}
    return means.join(pd.DataFrame.from_dict(rows, orient="index"))


def fill(template: str, first: str, second: str) -> tuple[str, tuple[Word, Word]]:
    """Return the prompt, and the two words where they stand in it.

    Examples
    --------
    >>> prompt, (one, other) = fill("a photo of a {second} {first}", "nurse", "male")
    >>> prompt
    'a photo of a male nurse'
    >>> other
    Word(text='male', start=13, stop=17)
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise PromptError(f"template={template!r} cannot be read: {error}.") from error
    fields = [field for _, field, _, _ in parts if field is not None]
    if sorted(fields) != ["first", "second"]:
        raise PromptError(
            f"template={template!r}: it needs {{first}} and {{second}}, once each, such as "
            "'a photo of a {second} {first}'."
        )
    text, words = "", {}
    for literal, field, _, _ in parts:
        text += literal
        if field is not None:
            word = first if field == "first" else second
            words[field] = Word(word, len(text), len(text) + len(word))
            text += word
    return text, (words["first"], words["second"])


def _checked(name: str, words: Sequence[str]) -> tuple[str, ...]:
    if isinstance(words, str) or not words or not all(isinstance(w, str) and w.strip() for w in words):
        raise PromptError(f"{name}={words!r}: give a list of words.")
    return tuple(dict.fromkeys(words))


def _draw(
    pipeline: Any, template: str, one: str, other: str, count: int, seed: int, arguments: dict[str, Any]
) -> list[Any]:
    """Draw pictures of the first word, the second left out."""
    import torch

    if not hasattr(pipeline, "scheduler"):
        raise PromptError("Only a pipeline can draw: give pictures={word: [picture, ...]} for this model.")
    prompt, (_, word) = fill(template, one, other)
    generators = [torch.Generator().manual_seed(seed + number) for number in range(count)]
    prompts = [without(prompt, word)] * count
    return list(pipeline(prompts, generator=generators, **arguments).images)
