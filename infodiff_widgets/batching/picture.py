"""One row of the input: a picture, its prompt and perhaps words, and what it is called in all files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

__all__ = ["Picture"]


@dataclass(frozen=True)
class Picture:
    """A picture to be worked on.

    Attributes
    ----------
    name
        What it is called in the output; unique.
    image
        A path; or, with `inside`, the Parquet or Arrow file that holds it.
    prompt
        What it shows.
    words
        Texts of words of the prompt; None for every word.
    inside
        Row of the file in `image`, where the picture lies in one.
    lacks
        What it cannot be worked on without, and where that should be; "" where it has all.
    """

    name: str
    image: str
    prompt: str
    words: tuple[str, ...] | None = None
    inside: int | None = None
    lacks: str = ""

    @classmethod
    def named(
        cls,
        name: str | None,
        reference: str,
        image: str,
        prompt: str,
        words: tuple[str, ...] | None,
        inside: int | None = None,
        lacks: str = "",
    ) -> Self:
        """Make one; without a name of its own it is called by a digest of what its row says.

        Parameters
        ----------
        name
            What the table calls it, or None.
        reference
            The picture as the table names it, so that a folder may move.
        image, prompt, words, inside, lacks
            As the attributes.
        """
        said = [reference, prompt, list(words) if words is not None else None, inside]
        return cls(
            name if name is not None else _digest(json.dumps(said)), image, prompt, words, inside, lacks
        )

    @cached_property
    def key(self) -> str:
        """The name of its files."""
        return _digest(self.name)

    @property
    def place(self) -> str:
        """Where it is, for people: the name of its file, and the row where it lies in one."""
        return Path(self.image).name + (f", row {self.inside}" if self.inside is not None else "")

    def seed(self, base: int) -> int:
        """Return the seed of its noise: it depends on the picture, not on when or where it is its turn."""
        return int(hashlib.sha256(f"{base}/{self.key}".encode()).hexdigest()[:12], 16)

    def to_json(self) -> str:
        """Return it as text, for the way to a worker."""
        return json.dumps([self.name, self.image, self.prompt, self.words, self.inside, self.lacks])

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        values: list[Any] = json.loads(text)
        name, image, prompt, words, inside, lacks = values
        return cls(name, image, prompt, None if words is None else tuple(words), inside, lacks)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
