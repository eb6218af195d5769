"""Parts of speech by spaCy, an optional extra."""

from __future__ import annotations

from collections.abc import Callable

from infodiff_widgets.errors import InfodiffError
from infodiff_widgets.extras import install_command

from .relate_shuffles import Tag, Token

__all__ = ["SPACY_MODEL", "load_tagger"]

SPACY_MODEL = "en_core_web_sm"


def load_tagger() -> Callable[[str], list[Token]]:
    """Return a function from a caption to its tokens, by the model of spaCy that ARO uses.

    Raises
    ------
    InfodiffError
        Where spaCy or its model is missing.
    """
    try:
        import spacy  # pyright: ignore[reportMissingImports] - optional

        language = spacy.load(SPACY_MODEL, disable=["parser", "ner", "lemmatizer"])
    except (ImportError, OSError) as error:
        raise InfodiffError(
            "The order sets of ARO are made by shuffling nouns, adjectives and the rest, which spaCy tells "
            f"apart: {install_command('aro')} and python -m spacy download {SPACY_MODEL}. Or give "
            "annotations whose records have caption_options, the true caption first."
        ) from error

    def tag(caption: str) -> list[Token]:
        return [Token(token.text, _part_of_speech(token.tag_)) for token in language(caption)]

    return tag


def _part_of_speech(tag: str) -> Tag:
    """Name a tag of the Penn Treebank."""
    if tag in {"NN", "NNS", "NNP", "NNPS"}:
        return "noun"
    return "adjective" if tag in {"JJ", "JJR", "JJS"} else "other"
