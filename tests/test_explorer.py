import base64
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import traitlets
from models import PICTURE, PROMPT, Mixture
from synthetic import synthetic_result
from synthetic_extras import with_extras

from infodiff_widgets import thumbnail
from infodiff_widgets.choices import ChoiceError, ViewChoices
from infodiff_widgets.errors import ArgumentError, InfodiffError, OutsideError, WordError
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.exploring import explore
from infodiff_widgets.selection import check_cell
from infodiff_widgets.showing import places_of_pins
from infodiff_widgets.shown import shown_names
from infodiff_widgets.viewed import Viewed

JS = Path(__file__).parents[1] / "js" / "src"
KINDS = {
    traitlets.Dict: "Partial<Header>",
    traitlets.Bytes: "DataView",
    traitlets.Enum: "string",
    traitlets.Float: "number",
    traitlets.Bool: "boolean",
    traitlets.Int: "number | null",
    traitlets.Tuple: "[number, number] | null",
    traitlets.Any: "[number, number] | null",
    traitlets.List: "number[]",
    traitlets.TraitType: "[number, number][]",
}


def own_traits() -> dict[str, traitlets.TraitType]:
    return {
        name: trait
        for name, trait in Explorer.class_traits(sync=True).items()
        if name in {**vars(Viewed), **vars(ViewChoices)} and name not in ("_esm", "_css")
    }


def test_python_and_javascript_agree_on_the_traits():
    text = (JS / "model.js").read_text()
    block = re.search(r"@typedef \{object\} Traits(.*?)\*/", text, re.DOTALL)
    assert block
    declared = {name: kind for kind, name in re.findall(r"@property \{(.+)\} (\w+)", block[1])}
    ours = {name: KINDS[type(trait)] for name, trait in own_traits().items()}
    ours |= {"progress": "Partial<JobProgress>", "_edits": "RawEdits", "region": "[number, number][]"}
    ours |= {"_header": "Partial<RawHeader>", "_details_info": "Partial<DetailsHeader>"}
    assert declared == ours


def test_the_options_agree_and_are_not_echoed():
    text = (JS / "model.js").read_text()
    block = re.search(r"DISPLAY = .*?\[(.*?)\]", text, re.DOTALL)
    assert block
    assert tuple(re.findall(r'"(\w+)"', block[1])) == Explorer.DISPLAY
    quiet = {name for name, trait in own_traits().items() if trait.metadata.get("echo_update") is False}
    assert quiet == {*Explorer.DISPLAY, "hovered_word", "hovered_pixel"}


def test_the_docstring_names_every_trait():
    table = re.findall(r"^    (\w+) : \S|``(_?\w+)`` \(", Explorer.__doc__ or "", re.MULTILINE)
    assert set(own_traits()) <= {name for names in table for name in names}


def test_unknown_and_wrong_arguments_name_the_remedy():
    with pytest.raises(TypeError, match=r"Unknown argument color: Explorer takes .*colour"):
        Explorer(synthetic_result(), color="inferno")
    with pytest.raises(traitlets.TraitError, match=r"nat.*bit"):
        Explorer(synthetic_result(), unit="joule")
    with pytest.raises(TypeError, match="open_result"):
        Explorer("result.nc")  # pyright: ignore[reportArgumentType]
    with pytest.raises(
        TypeError, match=r"None until the first draw is done\. Wait for it, Explorer\(explorer\.wait"
    ):
        Explorer(Explorer().result)  # pyright: ignore[reportArgumentType]
    with pytest.raises(RuntimeError, match="no result yet"):
        Explorer().to_html("x.html")


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"unit": "nats"}, "'nat', 'bit'"),
        ({"quantity": "attention"}, "which has cmi, mi, full: with_attention_maps.pipeline, result"),
        ({"compare": "pair"}, "compare='pair' is not in this result, .*: estimate with pairs="),
        ({"pinned_words": [99]}, "There is no word 99: the 10 words have numbers 0 to 9"),
        ({"pinned_words": ["zebra"]}, "'zebra' is not among the words"),
        ({"pin_colours": [99]}, r"pin_colours=\[99\]: give a list of places in colour.PINS, 0 to 5"),
        ({"pinned_pixel": 3}, r"pinned_pixel=3: give a latent cell, \(y, x\)"),
        ({"pinned_pixel": (99, 0)}, r"\(99, 0\) is outside the map of 32 rows"),
        ({"opacity": float("nan")}, "opacity=nan: give a part, 0 to 1"),
        ({"region": [(0.1, 0.2)]}, "give its corners"),
        ({"band": (0, 1)}, "no maps by band"),
    ],
)
def test_what_a_result_or_a_view_does_not_have_is_one_error_of_the_package(choice, message):
    with pytest.raises(InfodiffError, match=message):
        Explorer(synthetic_result(quantities=("cmi", "mi")), **choice)


def test_traits_that_are_set_later_are_checked_against_the_result():
    explorer = Explorer(with_extras(synthetic_result()), pinned_words="red")
    assert explorer.pinned_words == [1]
    explorer.band = 1
    assert explorer.band == explorer.result.band_edges[1:3]  # pyright: ignore[reportOptionalMemberAccess]
    assert Explorer(synthetic_result(), region=None).region == []
    explorer.region = np.array([(0.1, 0.2), (0.5, 0.2), (0.3, 0.7)])
    assert explorer.region == [(0.1, 0.2), (0.5, 0.2), (0.3, 0.7)]
    with pytest.raises(ArgumentError, match="whole prompt is no word to pin"):
        explorer.pin("whole prompt")
    with pytest.raises(WordError, match="names several words where one is asked for"):
        explorer.pin(["red", "blue"])  # pyright: ignore[reportArgumentType]
    for name, value in [("pinned_words", [99]), ("pinned_words", [1, 1]), ("quantity", "attention")]:
        before = getattr(explorer, name)
        with pytest.raises(
            traitlets.TraitError, match=r"no word 99|each word once|not in this result, which has"
        ):
            setattr(explorer, name, value)
        assert getattr(explorer, name) == before
    for name, value in [("pinned_pixel", (99, 99)), ("region", [(0, 5.0)] * 3), ("band", 99), ("band", "a")]:
        before = getattr(explorer, name)
        with pytest.raises(traitlets.TraitError, match=r"outside the map|its corners|no band 99|the edges"):
            setattr(explorer, name, value)
        assert getattr(explorer, name) == before
    with pytest.raises(
        traitlets.TraitError, match="pinned_edit=7 is the key of no change: ask for one first"
    ):
        explorer.pinned_edit = 7
    with pytest.raises(TypeError, match="shows a Result, not a str"):
        explorer.show("x")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ArgumentError, match="the function comes first"):
        explorer.observe("hovered_word", print)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ArgumentError, match="draws=3: give an even number"):
        explorer.edit("red", "blue", draws=3)


def test_pin_takes_words_as_a_result_does():
    explorer = Explorer(synthetic_result())
    explorer.pin("red")
    assert explorer.pinned_words == [1]
    explorer.pin("red", "square")
    assert explorer.pinned_words == [1, 7]
    explorer.pin(None)
    assert explorer.pinned_words == []
    explorer.pinned_pixel = [3, 4]
    assert explorer.pinned_pixel == (3, 4)
    with pytest.raises(traitlets.TraitError):
        explorer.pinned_pixel = (-1, 0)


def test_more_words_than_there_are_colours_for_are_not_pinned():
    explorer = Explorer(synthetic_result())
    explorer.pin(*range(6))
    says = "7 words cannot be pinned at once: 6 is the most"
    with pytest.raises(ArgumentError, match=says):
        explorer.pin(*range(7))
    with pytest.raises(traitlets.TraitError, match=says):
        explorer.pinned_words = [*range(7)]
    assert explorer.pinned_words == [*range(6)]
    with pytest.raises(traitlets.TraitError, match=says):
        Explorer(synthetic_result(), pinned_words=[*range(7)])


def test_the_browser_tells_what_is_hovered_once_somebody_observes_it():
    explorer = Explorer(synthetic_result())
    seen = []
    explorer.observe(print, "opacity")
    explorer.observe(lambda change: None)
    assert not explorer.sync_hover
    explorer.observe(lambda change: seen.append(change.new), "hovered_pixel")
    assert explorer.sync_hover
    explorer.set_state({"hovered_word": 2, "hovered_pixel": [3, 4]})
    assert explorer.hovered_word == 2
    assert seen == [(3, 4)]


def test_a_band_and_a_cell_that_the_result_does_not_have_are_refused():
    plain, banded = synthetic_result(), with_extras(synthetic_result())
    edges = banded.band_edges
    explorer = Explorer(banded, band=(edges[0], edges[2]), pinned_pixel=(31, 0))
    for band in ((edges[0] + 0.5, edges[2]), (edges[2], edges[0])):
        with pytest.raises(ArgumentError, match=r"give a lower and an upper one of the edges"):
            Explorer(banded, band=band)
        with pytest.raises(traitlets.TraitError, match=r"give a lower and an upper one of the edges"):
            explorer.band = band
    explorer.band = None
    with pytest.raises(ArgumentError, match="no maps by band: estimate with bands=6"):
        Explorer(plain, band=(-3, 0))
    with pytest.raises(InfodiffError, match=r"\(99, 0\) is outside the map of 32 rows"):
        Explorer(plain, pinned_pixel=(99, 0))


def test_a_cell_is_refused_in_the_same_words_wherever_it_is_named():
    result = synthetic_result()
    explorer, said = Explorer(result), []
    for kind, name_it in [
        (OutsideError, lambda: result.ranking(32, 0)),
        (OutsideError, lambda: Explorer(result, pinned_pixel=(32, 0))),
        (ChoiceError, lambda: setattr(explorer, "pinned_pixel", (32, 0))),
    ]:
        with pytest.raises(kind) as caught:
            name_it()
        said.append(str(caught.value))
    assert len(set(said)) == 1
    assert "ChoiceError" in (check_cell.__doc__ or ""), "what comes of it where a trait is set"
    assert "OutsideError" in (ChoiceError.__doc__ or "")


def test_what_comes_as_an_array_or_in_short_is_made_what_a_trait_holds():
    """Why region, band and the colours of pins are no List, Tuple or Union."""
    explorer = Explorer(with_extras(synthetic_result()), region=np.array([(0.1, 0.2), (0.5, 0.7)]), band=0)
    assert len(explorer.region) == 4
    assert isinstance(explorer.band, tuple)
    explorer.region = None
    assert explorer.region == []
    with pytest.raises(ChoiceError, match=r"give a list of places in colour\.PINS"):
        explorer.pin_colours = ["red"]


def test_a_trait_that_there_is_not_is_refused_when_it_is_observed():
    explorer = Explorer(synthetic_result())
    seen = []
    for names in ("hoverd_word", ["unit", "hoverd_word"], ("hoverd_word", traitlets.All)):
        with pytest.raises(ArgumentError, match=r"no trait 'hoverd_word' to observe: .* 'hovered_word', "):
            explorer.observe(seen.append, names)
    with pytest.raises(ArgumentError, match=r"no trait 'x' to observe: use one of 'band', .*, 'unit'"):
        explorer.observe(seen.append, "x")
    explorer.unit = "bit"
    assert (seen, explorer.sync_hover) == ([], False), "nothing was taken of what was refused"
    explorer.observe(lambda change: seen.append(("all", change.name)))
    explorer.observe(lambda change: seen.append(("two", change.name)), ["opacity", "smooth"])
    explorer.opacity, explorer.unit = 0.5, "nat"
    assert sorted(seen) == [("all", "opacity"), ("all", "unit"), ("two", "opacity")]


def test_a_file_that_is_no_figure_is_refused_before_it_is_drawn(tmp_path, monkeypatch):
    explorer = Explorer(synthetic_result("a cat"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    for name in ("y.html", tmp_path / "Y.HTM"):
        with pytest.raises(
            ArgumentError, match=r"the name of a page: explorer\.to_html\(.*(y.html|Y.HTM)'\)"
        ):
            explorer.save(name)
    for folder in (".", tmp_path / "folder.png"):
        with pytest.raises(ArgumentError, match="is a folder: give the name of a file in it"):
            explorer.save(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]
    assert explorer.save("y.png").stat().st_size > 1000


def test_a_result_of_mi_alone_shows_mi():
    assert Explorer(synthetic_result(quantities=("mi",))).quantity == "mi"


def test_a_stored_result_needs_no_torch(tmp_path):
    synthetic_result().save(tmp_path / "r.nc")
    program = (
        "import sys; from infodiff_widgets import Explorer, open_result; "
        f"e = Explorer(open_result({str(tmp_path / 'r.nc')!r})); e._repr_mimebundle_(); "
        f"e.to_html({str(tmp_path / 'r.html')!r}); assert not {{'torch', 'diffusers'}} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_fallbacks_are_small_and_hold_no_script():
    prompt = 'a <script>alert(1)</script> "red" circle & more'
    data, _ = Explorer(synthetic_result(prompt, pixels=(512, 512)))._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert len(data["image/png"]) + len(data["text/html"]) <= 200_000
    assert "<script" not in data["text/html"]
    assert "&lt;script&gt;" in data["text/html"]
    assert 'alt="Picture of' in data["text/html"]


def test_the_still_picture_tells_words_of_one_text_apart(monkeypatch):
    labels, tiled = [], thumbnail.tiled

    def noted(tiles):
        labels.append([text for _, text in tiles])
        return tiled(tiles)

    monkeypatch.setattr(thumbnail, "tiled", noted)
    data, _ = Explorer(synthetic_result("cat and cat"))._repr_mimebundle_()
    assert sorted(labels[0]) == ["", "and", "cat (0)", "cat (2)"]
    for name in ("cat (0)", "cat (2)", "and"):
        assert re.search(rf"[:,] {re.escape(name)} \S+ nats", data["text/html"]), name


def test_nbconvert_shows_the_fallback_where_there_is_no_kernel():
    import nbformat
    from nbconvert import HTMLExporter

    data, metadata = Explorer(synthetic_result())._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("explorer", outputs=[output])
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert 'alt="Picture of “a red circle left of a blue square on sand”' in page


def test_repr_is_short():
    assert repr(Explorer(synthetic_result("a cat", done=8))) == "Explorer('a cat', 8 of 64 draws)"
    assert repr(Explorer()) == "Explorer(no result yet)"


def test_showing_another_result_replaces_the_picture():
    explorer = Explorer(synthetic_result(seed=1))
    before = explorer._image
    explorer.show(synthetic_result("a green cat on ice", seed=2))
    assert explorer._image != before
    assert explorer._header["prompt"] == "a green cat on ice"


def test_shapley_alone_can_be_watched_kept_and_drawn(tmp_path):
    explorer = explore(
        Mixture(), PICTURE, PROMPT, block=True, quantities="shapley", draws=8, density="uniform"
    )
    assert explorer.quantity == "shapley"
    assert explorer.result is not None
    assert explorer.result.quantities == ("shapley",)
    assert {entry["quantity"] for entry in explorer._header["maps"]} == {"shapley", "full"}
    text = explorer.save(tmp_path / "words.svg").read_text()
    assert "Shapley" in text
    assert "≤" in text, "shares are signed, also in the orthogonal form"
    assert explorer.to_html(tmp_path / "words.html").stat().st_size > 10_000


def test_a_cell_is_pinned_whatever_the_quantities_of_the_result():
    result = synthetic_result(quantities=("mi",))
    explorer = Explorer(result, pinned_pixel=(1, 2))
    explorer.set_state({"pinned_pixel": [2, 3]})
    assert explorer.pinned_pixel == (2, 3)
    with pytest.raises(InfodiffError, match="outside the map"):
        explorer.pinned_pixel = (1, 99)


def test_another_result_that_is_shown_lets_go_of_choices_that_it_does_not_have():
    """Pins stay where the same words are; what a reader sees can always be drawn."""
    first = with_extras(synthetic_result())
    explorer = Explorer(
        first, quantity="mi", compare="pair", pinned_words=["red", "sand"], pinned_pixel=(20, 20)
    )
    explorer.band = first.band_edges[:2]
    explorer.show(synthetic_result("a red cat", cells=(8, 8), quantities=("cmi",)))
    assert (explorer.quantity, explorer.compare, explorer.band) == ("cmi", "off", None)
    assert (explorer.pinned_words, explorer.pinned_pixel) == ([1], None)
    assert "“red”" in " ".join(text.get_text() for text in explorer.figure().texts)
    explorer.show(synthetic_result("a red cat", quantities=("cmi", "mi")))
    assert explorer.pinned_words == [1]


def test_words_pinned_from_python_take_the_place_of_a_change():
    explorer = Explorer(synthetic_result())
    edit = explorer.edit("red")
    assert explorer.pinned_edit == edit.key
    explorer.pin("blue")
    assert (explorer.pinned_edit, explorer.pinned_words) == (None, [6])


def test_places_of_numpy_name_words_parts_of_pairs_and_cells():
    result = with_extras(synthetic_result())
    part = max(place for place in shown_names(result, "pair") if place is not None)
    explorer = Explorer(
        result, quantity="pair", pinned_words=[np.int64(part)], pinned_pixel=(np.int64(1), np.int64(2))
    )
    assert explorer.pinned_words == [part]
    assert result.ranking(np.int64(1), np.int64(2)) == result.ranking(1, 2)
    # Before the first result, too, of which the parts of pairs are.
    assert places_of_pins([np.int64(part)], {"_header": explorer._header}, None) == [part]
    with pytest.raises(InfodiffError, match="outside the map"):
        result.ranking(True, 2)
