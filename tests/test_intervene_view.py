"""The widget of interventions: what the browser is sent, and what stands in where there is no kernel."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets
from PIL import Image
from scipy.stats import pearsonr, spearmanr
from synthetic_outcomes import GRID, PROMPT, SIZE, synthetic_outcomes
from wire import most_off, read_map

from infodiff_widgets.analyses import intervene_payload
from infodiff_widgets.analyses.intervene import Interventions
from infodiff_widgets.analyses.intervene_cases import add, omit, swap
from infodiff_widgets.analyses.intervene_view import InterventionView
from infodiff_widgets.analyses.tables import Statement

JS = Path(__file__).parents[1] / "js" / "src"
KINDS = {
    traitlets.Dict: "Partial<Header>",
    traitlets.Bytes: "DataView",
    traitlets.Enum: "string",
    traitlets.Float: "number",
    traitlets.Bool: "boolean",
    traitlets.Int: "number",
    traitlets.Tuple: "[number, number] | null",
}


@pytest.fixture(scope="module")
def view() -> InterventionView:
    return InterventionView(synthetic_outcomes())


def own_traits() -> dict[str, Any]:
    traits = InterventionView.class_traits(sync=True)
    return {n: t for n, t in traits.items() if n in vars(InterventionView) and n not in ("_esm", "_css")}


def test_python_and_javascript_agree_on_the_traits():
    text = (JS / "model-intervention.js").read_text()
    block = re.search(r"@typedef \{object\} Traits(.*?)\*/", text, re.DOTALL)
    assert block
    declared = {name: kind for kind, name in re.findall(r"@property \{(.+)\} (\w+)", block[1])}
    assert declared == {name: KINDS[type(trait)] for name, trait in own_traits().items()}
    options = re.search(r"DISPLAY = .*?\[(.*?)\]", text, re.DOTALL)
    assert options
    assert tuple(re.findall(r'"(\w+)"', options[1])) == InterventionView.DISPLAY
    quiet = {name for name, trait in own_traits().items() if trait.metadata.get("echo_update") is False}
    assert quiet == set(InterventionView.DISPLAY)
    assert f"SCHEMA_VERSION = {intervene_payload.SCHEMA_VERSION};" in text


def test_defaults_are_those_of_the_browser():
    text = (JS / "model-intervention.js").read_text()
    block = re.search(r"export function initialShared\(\) \{\s+return \{(.*?)\};", text, re.DOTALL)
    assert block
    theirs = dict(re.findall(r"(\w+): (.+),", block[1]))
    for name in InterventionView.DISPLAY:
        assert json.loads(theirs[name]) == own_traits()[name].default_value, name


def test_the_docstring_names_every_trait():
    table = re.findall(r"^    (\w+) : \S|``(_?\w+)`` \(", InterventionView.__doc__ or "", re.MULTILINE)
    assert set(own_traits()) <= {name for names in table for name in names}


def test_maps_pictures_and_scores_come_as_they_are(view: InterventionView):
    header = view._header
    assert json.loads(json.dumps(header, allow_nan=False)) == header
    assert header["byte_length"] == len(view._maps)
    assert header["picture_length"] == len(view._pictures)
    for change, outcome in zip(header["changes"], view.outcomes, strict=True):
        assert (tuple(change["size"]), tuple(change["grid"])) == (SIZE, GRID)
        truth = {**outcome.maps, "pixels": outcome.edit.changed, "latents": outcome.edit.moved}
        for entry in change["maps"]:
            values = truth[entry["quantity"]]
            stored = read_map(view._maps, entry, entry["grid"])
            assert np.all(np.abs(stored - values) <= most_off(values, entry))
        for name, picture in (("before", outcome.edit.before), ("after", outcome.edit.after)):
            at, length = change[name]
            seen = Image.open(io.BytesIO(view._pictures[at : at + length]))
            assert (np.asarray(seen) == np.asarray(picture)).all()
        pixels = outcome.edit.changed.reshape(16, 4, 24, 4).mean((1, 3))
        information = outcome.maps["information"]
        scores = change["scores"]["information"]
        for measure, actual in (("pixels", pixels), ("latents", outcome.edit.moved)):
            pair = information.ravel(), actual.ravel()
            truth = pearsonr(*pair)[0], spearmanr(*pair)[0]
            assert scores[measure] == pytest.approx(truth)
    assert "regeneration" not in header["changes"][2]["scores"]


def test_pixels_of_large_pictures_are_merged():
    (outcome, *_) = synthetic_outcomes()
    large = {
        name: getattr(outcome.edit, name).resize((960, 640)) for name in ("before", "reconstructed", "after")
    }
    edit = type(outcome.edit)(**{**vars(outcome.edit), **large})
    (change,) = intervene_payload.encode([type(outcome)(**{**vars(outcome), "edit": edit})])["_header"][
        "changes"
    ]
    (pixels,) = (entry for entry in change["maps"] if entry["quantity"] == "pixels")
    assert change["size"] == [640, 960]
    assert pixels["grid"] == [160, 240]


def test_the_prompt_comes_in_pieces():
    assert swap(PROMPT, "red", "blue").pieces() == [
        ("a ", "same"),
        ("red", "out"),
        ("blue", "in"),
        (" circle on sand", "same"),
    ]
    assert omit(PROMPT, "red").pieces()[1:] == [("red", "out"), (" circle on sand", "same")]
    assert omit(PROMPT, "red", "_").pieces()[1:3] == [("red", "out"), ("_", "in")]
    assert add(PROMPT, "big", "red").pieces() == [
        ("a ", "same"),
        ("big", "in"),
        (" red circle on sand", "same"),
    ]
    assert [c.title for c in (omit(PROMPT, "red"), add(PROMPT, "big", "red"))] == ["without red", "with big"]
    cats = "a cat and a dog"
    titles = [change.title for change in (omit(cats, 3), swap(cats, 0, "the"), add(cats, "a", "cat"))]
    assert titles == ["without a (3)", "a (0) → the", "with a (1)"], "as a view names repeated words"


def test_wrong_arguments_name_the_remedy(view: InterventionView):
    with pytest.raises(ValueError, match="at least one outcome"):
        InterventionView([])
    with pytest.raises(TypeError, match=r"Unknown argument color: the view takes chosen, .*colour"):
        InterventionView(view.outcomes, color="inferno")
    with pytest.raises(traitlets.TraitError, match="changes 0 to 2"):
        InterventionView(view.outcomes, chosen=3)
    with pytest.raises(traitlets.TraitError, match=r"pixels.*latents"):
        InterventionView(view.outcomes, actual="words")


def test_interventions_and_outcomes_have_views():
    outcomes = synthetic_outcomes()
    statement = Statement(model={}, data="", settings={}, seconds=0, evaluations=0)
    found = Interventions(outcomes, statement)
    assert len(found.view(most=2).outcomes) == 2
    one = outcomes[1].view(actual="latents")
    assert one.outcomes == (outcomes[1],)
    assert one.actual == "latents"
    assert repr(found.view(chosen=1)) == "InterventionView(2 of 3: without red in 'a red circle on sand')"
    assert found.view(chosen=1).outcome is outcomes[1]
    assert len(found.view().figure().axes) == 6
    assert "Give more steps" not in str(found.report())
    lost = [replace(one, edit=replace(one.edit, reconstruction_error=0.5)) for one in outcomes]
    assert "5.0e-01" in str(Interventions(lost, statement).report())
    assert "Give more steps" in str(Interventions(lost, statement).report())


def test_fallbacks_are_small_and_hold_no_script():
    prompt = "a <script>alert(1)</script> & circle"
    shown = InterventionView(synthetic_outcomes(prompt))
    data, _ = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    with Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) as sheet:
        assert sheet.width > 3 * sheet.height
    assert len(data["image/png"]) + len(data["text/html"]) <= 200_000
    assert "<script" not in data["text/html"]
    assert f"→ blue; information r = {shown.outcome.pearson['information']:.2f}" in data["text/html"]


def test_one_page_holds_it_all(view: InterventionView, tmp_path: Path):
    text = view.to_html(tmp_path / "view.html").read_text()
    assert len(text) < 300_000
    assert '"actual": "pixels"' in text
