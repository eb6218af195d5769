"""What the gallery tells of each picture: its word by name, its nats, whether draws were too few for them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import traitlets
from batch_inputs import write_results
from PIL import Image

from infodiff_widgets import Gallery, gallery_sheet, open_result
from infodiff_widgets.gallery_store import GalleryStore

PROMPT = "a red b and a blue b"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(tmp_path_factory.mktemp("gallery") / "out", 3, prompt=PROMPT)


def mark(folder: Path, rough: list[bool | None] | None) -> None:
    """Say of the pictures' totals that they are rough or not, or nothing, as batches of older versions do."""
    path = folder / "words.parquet"
    words = pd.read_parquet(path).drop(columns="rough", errors="ignore")
    if rough is not None:
        words["rough"] = pd.array([rough[row] for row in words["row"]], dtype="boolean")
    words.to_parquet(path)


def cards(folder: Path, monkeypatch: pytest.MonkeyPatch, search: str = "") -> list[dict[str, Any]]:
    gallery, sent = Gallery(folder), []
    monkeypatch.setattr(gallery, "send", lambda content, buffers=None: sent.append((content, buffers)))
    gallery._receive(None, {"kind": "page", "request": 1, "by": "cmi", "sort": "table", "search": search}, [])
    return sent[0][0]["cards"]


def test_words_of_a_batch_are_rough_where_those_of_the_result_are(folder):
    words = pd.read_parquet(folder / "words.parquet")
    assert words["rough"].dtype == bool
    for row, path in enumerate(pd.read_parquet(folder / "pictures.parquet")["result"]):
        mine = words[words["row"] == row]
        assert mine["rough"].tolist() == open_result(folder / path).to_dataframe()["rough"].tolist()


@pytest.mark.parametrize(
    "rough", [[True, False, True], [False, None, True], None], ids=["known", "of one not", "older"]
)
def test_cards_say_which_totals_are_rough_and_name_repeated_words(folder, monkeypatch, rough):
    mark(folder, rough)
    told = rough or [None] * 3
    found = cards(folder, monkeypatch)
    assert [card["rough"] for card in found] == told
    called = {(0, 1): "a (0)", (6, 7): "b (2)", (12, 13): "a (4)", (19, 20): "b (6)"}
    for card in found:
        assert card["names"] == [
            called.get(tuple(span), PROMPT[slice(*span)]) for span in map(tuple, card["words"])
        ]
    both = cards(folder, monkeypatch, "red blue")
    assert [card["rough"] for card in both] == told
    assert all(card["names"] == ["red", "blue"] for card in both)


def test_the_still_sheet_says_so_too(folder):
    mark(folder, [True, False, None])
    store = GalleryStore(folder)
    _, tag = gallery_sheet.contact_sheet(store, store.select("", "cmi", "table"))
    said = tag.partition("words: ")[2].partition('"')[0].split(", ")
    assert [" rough nats" in one for one in said] == [True, False, False]


def test_a_search_pins_its_words_whatever_was_open_before(tmp_path):
    black = Image.new("RGB", (16, 16))
    pictures = [(black, "red circle"), (black, "a circle on sand, quite red")]
    gallery = Gallery(write_results(tmp_path / "out", 2, pictures=pictures), search="red")
    for place, pin in ((0, 0), (1, 5), (0, 0)):
        gallery.open_picture(place)
        assert (gallery.chosen, gallery.pinned_words) == (place, [pin])
        assert gallery.result is not None
        assert gallery.result.prompt == pictures[place][1]


def test_python_and_javascript_agree_on_the_traits_of_the_gallery():
    text = (Path(__file__).parents[1] / "js" / "src" / "gallery-state.js").read_text()
    block = re.search(r"@typedef \{object\} Traits(.*?)\*/", text, re.DOTALL)
    options = re.search(r"DISPLAY = .*?\[(.*?)\]", text, re.DOTALL)
    assert block
    assert options
    kinds: dict[type, str] = {
        traitlets.Dict: "Partial<Info>",
        traitlets.Unicode: "string",
        traitlets.Enum: "typeof SORTS[number]",
        traitlets.Float: "number | null",
        traitlets.Int: "number | null",
    }
    own = {name: trait for name, trait in Gallery.class_traits(sync=True).items() if name in vars(Gallery)}
    shown = {name: kinds[type(trait)] for name, trait in own.items() if name not in ("_esm", "_css")}
    assert {name: kind for kind, name in re.findall(r"@property \{(.+)\} (\w+)", block[1])} == shown
    quiet = {name for name, trait in own.items() if trait.metadata.get("echo_update") is False}
    assert set(re.findall(r'"(\w+)"', options[1])) == quiet
