"""ARO's files as they are published: tiny ones of that format, made from scenes."""

from __future__ import annotations

import itertools
import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from models import Mixture
from PIL import Image

from infodiff_widgets import scenes
from infodiff_widgets.analyses.aro import ARO_SETS, clean_caption, read_aro
from infodiff_widgets.analyses.relate import relate
from infodiff_widgets.analyses.relate_cases import scene_cases
from infodiff_widgets.analyses.relate_shuffles import SHUFFLES, Token
from infodiff_widgets.errors import DatasetError, InfodiffError
from infodiff_widgets.extras import install_command
from infodiff_widgets.scenes.vocabulary import COLOURS, KINDS

BOX = {"bbox_x": 8, "bbox_y": 16, "bbox_w": 100, "bbox_h": 90}


def write(root: Path, name: str, count: int = 3) -> list[dict]:
    """Write a set of scenes in the published format; return its records."""
    aro = ARO_SETS[name]
    (root / aro.pictures).mkdir(exist_ok=True)
    kind = {"vg-attribution": "attribute", "vg-relation": "relation"}.get(name, "order")
    records = []
    for number, case in enumerate(scene_cases(kind, count)):
        case.picture().save(root / aro.pictures / f"{number}.png")
        if name.startswith("vg-"):
            record = {"image_id": number, "image_path": f"{number}.png", **BOX, "true_caption": case.truth}
            record |= {"false_caption": case.others[0][1]}
            words = case.truth.split()
            record |= (
                {"attributes": [words[1], words[-4]], "obj1_name": words[2], "obj2_name": words[-3]}
                if name == "vg-attribution"
                else {"relation_name": " ".join(words[3:-5])}
            )
        else:
            record = {"image": f"{number}.png", "caption": [case.truth.capitalize() + ".", case.truth]}
        records.append(record)
    (root / aro.annotations).write_text(json.dumps(records))
    return records


def tagger(caption: str) -> list[Token]:
    """The parts of speech of the scenes' words are known."""
    return [
        Token(word, "adjective" if word in COLOURS else "noun" if word in KINDS else "other")
        for word in caption.split()
    ]


@pytest.mark.parametrize("name", ["vg-attribution", "vg-relation"])
def test_visual_genome(tmp_path, name):
    records = write(tmp_path, name)
    cases = list(read_aro(name, tmp_path))
    assert [case.truth for case in cases] == [record["true_caption"] for record in records]
    assert [case.others[0][1] for case in cases] == [record["false_caption"] for record in records]
    whole = Image.open(tmp_path / "images" / "0.png")
    picture = cases[0].picture()
    assert picture.size == (100, 90)
    np.testing.assert_array_equal(np.asarray(picture), np.asarray(whole)[16:106, 8:108])
    change = cases[0].others[0][0]
    told = records[0].get("relation_name") or " and ".join(records[0]["attributes"])
    assert change == told


@pytest.mark.parametrize("name", ["coco-order", "flickr30k-order"])
def test_order(tmp_path, name):
    write(tmp_path, name, 2)
    cases = list(read_aro(name, tmp_path, tagger=tagger))
    assert len(cases) == 4, "a case for each caption of a picture"
    assert cases[0].truth == cases[1].truth, "capitals and full stops are gone"
    for case in cases:
        assert [change for change, _ in case.others] == list(SHUFFLES)
        assert all(sorted(caption.split()) == sorted(case.truth.split()) for _, caption in case.others)
    again = list(read_aro(name, tmp_path, tagger=tagger))
    assert [case.others for case in cases] == [case.others for case in again]
    other = list(read_aro(name, tmp_path, tagger=tagger, seed=1))
    assert [case.others for case in cases] != [case.others for case in other]


def test_options_that_are_given_are_taken(tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    options = ["a red ball", "ball a red", "a red ball", "red a ball", "ball a red"]
    records = [
        {"image": "a.png", "caption_options": options},
        {"image": "a.png", "caption_options": options[:1]},
    ]
    (tmp_path / "mine.json").write_text(json.dumps(records))
    (case,) = read_aro("coco-order", tmp_path, annotations=tmp_path / "mine.json")
    assert case.truth == "a red ball"
    assert case.others == (("option 1", "ball a red"), ("option 3", "red a ball")), "no case without a choice"


def test_the_whole_way(tmp_path):
    write(tmp_path, "vg-relation", 2)
    decisions = relate(Mixture(), list(read_aro("vg-relation", tmp_path)), draws=8, progress=False)
    assert [decision.case.name for decision in decisions] == ["0.png", "1.png"]
    assert all(decision.lead == 0 for decision in decisions), "this model knows no relations"


@pytest.mark.parametrize("name", ARO_SETS)
def test_a_missing_file_is_named_with_its_source_and_keys(tmp_path, name):
    aro = ARO_SETS[name]
    with pytest.raises(DatasetError) as caught:
        read_aro(name, tmp_path)
    message = str(caught.value)
    assert str(tmp_path / aro.annotations) in message
    assert aro.source in message
    assert all(key in message for key in aro.keys)


def test_a_missing_picture_is_named(tmp_path):
    write(tmp_path, "vg-relation", 1)
    (tmp_path / "images" / "0.png").unlink()
    (case,) = read_aro("vg-relation", tmp_path)
    with pytest.raises(DatasetError, match=r"no picture .*0\.png.*vgr_vga_images"):
        case.picture()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[{", "no whole JSON"),
        ("{}", "no list of records"),
        ("[]", "no list of records"),
        ('[{"image_path": "a.png"}]', "record 0 .* lacks bbox_x"),
        ("[3]", "record 0 .* lacks image_path"),
    ],
)
def test_a_file_of_another_format_is_refused(tmp_path, text, match):
    (tmp_path / "visual_genome_relation.json").write_text(text)
    with pytest.raises(DatasetError, match=match):
        read_aro("vg-relation", tmp_path)


@pytest.mark.skipif(find_spec("spacy") is not None, reason="spaCy is installed")
def test_without_spacy_the_message_says_what_to_install(tmp_path):
    write(tmp_path, "coco-order", 1)
    with pytest.raises(InfodiffError, match=re.escape(install_command("aro")) + ".*caption_options"):
        read_aro("coco-order", tmp_path)


def test_an_unknown_set_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'vg-attribution', 'vg-relation', 'coco-order', 'flickr30k-order'"):
        read_aro("sugarcrepe", tmp_path)


def test_captions_are_cleaned_as_in_aro():
    assert clean_caption('A dog (brown), "Rex": runs!\n') == "a dog brown , rex runs"
    long = " ".join(map(str, range(40)))
    assert clean_caption(long) == " ".join(map(str, range(30)))


def test_scenes_that_cannot_be_exchanged_are_passed_over():
    alike = {
        scene.caption
        for scene in itertools.islice(scenes.sample(seed=1, held_out=True), 60)
        if scene.items[0].colour == scene.items[1].colour
    }
    assert alike, "there are some among so many"
    assert not alike & {case.truth for case in scene_cases("attribute", 40)}
