import io
import warnings

import pytest
from matplotlib.figure import Figure

from infodiff_widgets import lettering
from infodiff_widgets.lettering import cut, fitting, lettered, lines_of, wide

PIECES = ["CMI, orthogonal form", "one scale for all words", "32 × 32 latent cells", "log-SNR −5.4 to 1.0"]


def test_what_there_is_no_room_for_is_cut_between_words():
    text = "a green triangle left of a purple triangle on sand"
    for inches in (0.5, 1.0, 2.0):
        short = cut(text, inches, 8)
        assert wide(short, 8) <= inches
        assert short.endswith("…")
        assert text.startswith(short[:-1] + " ")
    assert cut("one, two", wide("one, t…", 8), 8) == "one…"
    assert cut(text, 5, 8) == text
    assert cut("extraordinarily", 0.4, 8) == "extr…"
    assert cut("$x$ & <b>", 5, 8) == "$x$ & <b>"


@pytest.mark.parametrize("inches", [1.0, 1.6, 2.4, 3.19, 6.74])
def test_lines_are_few_and_about_as_long_and_pieces_are_not_broken(inches):
    lines = lines_of(PIECES, inches, 6.5, " · ")
    assert all(wide(line, 6.5) <= inches for line in lines)
    assert " ".join(" ".join(lines).replace("·", " ").split()) == " ".join(PIECES)
    if inches > 1.5:
        assert [piece for line in lines for piece in line.split(" · ")] == PIECES


def test_no_word_is_left_alone_on_the_last_line():
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
    room = wide(" ".join(words[:-1]), 8)
    first, last = lines_of(words, room, 8)
    assert len(last.split()) > 3
    assert f"{first} {last}" == " ".join(words)


def test_too_many_lines_end_in_an_ellipsis():
    words = ["word"] * 100
    lines = lines_of(words, 2, 8, most=3)
    assert len(lines) == 3
    assert lines[-1].endswith("word…")
    assert all(wide(line, 8) <= 2 for line in lines)
    assert lines_of([], 2, 8) == []


def test_letters_are_as_large_as_there_is_room_for():
    inches = wide("square", 7)
    assert fitting(["red", "square"], inches, (9, 8, 7, 6)) == 7
    assert fitting(["red"], inches, (9, 8, 7, 6)) == 9
    assert fitting(["square"], 0.1, (9, 8, 7, 6)) is None


@pytest.fixture
def turns_to(request, monkeypatch):
    """Have no other fonts to turn to than the one that matplotlib brings along, or none."""
    monkeypatch.setattr(lettering, "_FALLBACKS", request.param)
    lettering._families.cache_clear()
    yield
    lettering._families.cache_clear()


def drawn(text: str, kind: str = "png") -> Figure:
    figure = Figure()
    figure.text(0.1, 0.5, text)
    with lettered(figure):
        figure.savefig(io.BytesIO(), format=kind)
    return figure


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
@pytest.mark.parametrize("turns_to", [("STIXGeneral",)], indirect=True)
@pytest.mark.usefixtures("turns_to")
def test_letters_come_from_other_fonts_where_the_usual_one_has_them_not(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert wide("a ᶄ", 8) > wide("a ", 8)
        assert drawn("a ᶄ", kind).texts[0].get_fontfamily() == ["sans-serif", "STIXGeneral"]
        assert drawn("a naïve −", kind).texts[0].get_fontfamily() == ["sans-serif"]


@pytest.mark.parametrize("turns_to", [()], indirect=True)
@pytest.mark.usefixtures("turns_to")
def test_letters_that_no_font_has_are_named_once():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wide("a 心", 9)
    with pytest.warns(UserWarning, match=r"No installed font has '心', '犬': .* Install a font") as told:
        drawn("a 心 犬 心")
    assert len(told) == 1
