"""Asking back, on a model whose information is known in closed form."""

import threading
import time

import numpy as np
import pytest
from models import PICTURE, PROMPT, Mixture
from synthetic import synthetic_result
from wire import most_off, read_map

from infodiff_widgets import Explorer, estimate, explore
from infodiff_widgets.asking import Edit
from infodiff_widgets.errors import PromptError, WordError
from infodiff_widgets.numbers import with_error

OPTIONS = {"draws": 16, "density": "uniform"}


class Slow(Mixture):
    """Takes its time, and notes when two threads call it at once."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = threading.Lock()
        self.clashes = 0

    def epsilon(self, *inputs):
        free = self.busy.acquire(blocking=False)
        self.clashes += not free
        time.sleep(0.02)
        if free:
            self.busy.release()
        return super().epsilon(*inputs)


def test_a_swap_is_what_the_estimator_says_at_the_same_draws():
    explorer = explore(Mixture(), PICTURE, PROMPT, block=True, **OPTIONS)
    edit = explorer.edit("red", "blue")
    edit.wait(20)
    direct = estimate(Mixture(), PICTURE, PROMPT, swaps={"red": "blue"}, progress=False, **OPTIONS)
    assert np.allclose(edit.map(), direct.map("red", "swap"), rtol=1e-5)
    assert edit.total().value == pytest.approx(direct.total("red", "swap").value, rel=1e-6)
    assert explorer.edits == (edit,)
    assert explorer.pinned_edit == edit.key
    assert repr(edit).startswith("Edit('red' → 'blue', ")


def test_the_browser_is_sent_the_maps_of_edits():
    explorer = explore(Mixture(), PICTURE, PROMPT, block=True, **OPTIONS)
    edit = explorer.edit("circle", "square")
    edit.wait(20)
    sent = explorer._edits
    assert (sent["model"], sent["problem"], sent["byte_length"]) == (True, "", len(explorer._edit_maps))
    (entry,) = sent["edits"]
    assert (entry["word"], entry["text"], entry["progress"]["state"]) == (2, "square", "done")
    height, width = sent["grid"]
    for form, stored in zip(("orthogonal", "standard"), entry["maps"], strict=True):
        values = read_map(explorer._edit_maps, stored, (height, width))
        assert stored["form"] == form
        assert np.all(np.abs(values - edit.map(form)) <= most_off(edit.map(form), stored))
        assert stored["total"] == pytest.approx(edit.total(form).value)


def test_a_word_left_out_is_its_cmi_and_needs_no_model_where_that_is_known(tmp_path):
    result = synthetic_result()
    result.save(tmp_path / "r.nc")
    explorer = Explorer(result)
    edit = explorer.edit("red")
    assert edit.total() == result.total("red")
    with pytest.raises(RuntimeError, match=r"No model is attached.*attach\(model\)"):
        explorer.edit("red", "blue")
    assert len(explorer.edits) == 1


def test_a_word_left_out_is_estimated_where_its_cmi_is_not_known():
    explorer = explore(Mixture(), PICTURE, PROMPT, block=True, quantities="mi", **OPTIONS)
    edit = explorer.edit("red")
    edit.wait(20)
    whole = estimate(Mixture(), PICTURE, PROMPT, quantities="cmi", progress=False, **OPTIONS)
    assert edit.total().value == pytest.approx(whole.total("red").value, rel=1e-6)


def test_a_model_can_be_attached_to_a_result():
    result = estimate(Mixture(), PICTURE, PROMPT, progress=False, **OPTIONS)
    explorer = Explorer(result).attach(Mixture())
    assert explorer._edits["model"]
    assert explorer.edit("sand", "grass", draws=8).wait(20).draws == 8
    with pytest.raises(TypeError, match="'a model' is a name: load it"):
        explorer.attach("a model")


def test_messages_of_the_browser_begin_and_drop_edits_and_say_what_is_wrong():
    explorer = explore(Mixture(), PICTURE, PROMPT, block=True, **OPTIONS)
    explorer._receive(explorer, {"kind": "edit", "word": 1, "text": "green"}, [])
    explorer.edits[0].wait(20)
    for text, said in (
        ("red", "another text"),
        (" ", "another text"),
        ("\u200b", "another text"),
        ("\0", "is no text"),
    ):
        explorer._receive(explorer, {"kind": "edit", "word": 1, "text": text}, [])
        assert said in explorer._edits["problem"]
        assert "None" not in explorer._edits["problem"], "it is read by a person at the widget"
    explorer._receive(explorer, {"kind": "edit", "word": 99, "text": "green"}, [])
    assert "There is no word 99" in explorer._edits["problem"]
    for nonsense in (
        None,
        {},
        {"kind": "edit"},
        {"kind": "edit", "word": "1", "text": "x"},
        {"kind": "eval"},
    ):
        explorer._receive(explorer, nonsense, [])
    assert len(explorer.edits) == 1
    explorer._receive(explorer, {"kind": "drop_edit", "edit": explorer.edits[0].key}, [])
    assert explorer.edits == ()
    assert explorer._edits["edits"] == []


def test_edits_wait_for_the_estimate_and_for_each_other_and_the_model_is_called_by_one_at_a_time():
    model = Slow()
    explorer = explore(model, PICTURE, PROMPT, **OPTIONS)
    first, second = explorer.edit("red", "blue"), explorer.edit("red", "green")
    again = explore(model, PICTURE, PROMPT, **OPTIONS)  # the cell is run again meanwhile
    assert explorer.edits[0].progress.state == "running"
    second.wait(60)
    assert first.progress.state == "done"
    assert explorer.wait(0.1).complete
    assert again.wait(60).complete
    assert model.clashes == 0


def test_an_edit_can_be_stopped_while_it_waits_and_while_it_runs():
    model = Slow()
    explorer = explore(model, PICTURE, PROMPT, draws=400, density="uniform")
    waiting = explorer.edit("red", "blue")
    waiting.cancel()
    with pytest.raises(RuntimeError, match="no result"):
        waiting.wait(20)
    assert waiting.progress.state == "cancelled"
    explorer.cancel()
    with pytest.warns(UserWarning, match="Stopped early"):
        explorer.wait(20)
    running = explorer.edit("red", "green", draws=2000)
    while running.result is None:
        time.sleep(0.01)
    explorer._receive(explorer, {"kind": "drop_edit", "edit": running.key}, [])
    assert 0 < running.wait(20).draws < 2000
    assert running in explorer.edits, "what was computed is kept"


def test_a_replacement_that_does_not_fit_fails_in_the_widget_and_in_wait():
    class Picky(Mixture):
        def encode_prompts(self, prompts):
            if any("nebula" in prompt for prompt in prompts):
                raise WordError("nebula is too long")
            return super().encode_prompts(prompts)

    explorer = explore(Picky(), PICTURE, PROMPT, block=True, **OPTIONS)
    edit = explorer.edit("red", "nebula")
    with pytest.raises(WordError, match="too long"):
        edit.wait(20)
    assert explorer._edits["edits"][0]["progress"]["message"] == "nebula is too long"


def test_a_text_that_is_too_long_is_refused_with_what_can_be_done_in_an_edit():
    class Short(Mixture):
        def encode_prompts(self, prompts):
            if any("nebula" in prompt for prompt in prompts):
                raise PromptError("9 tokens: shorten it, or cut it with truncate=True")
            return super().encode_prompts(prompts)

    explorer = explore(Short(), PICTURE, PROMPT, block=True, **OPTIONS)
    edit = explorer.edit("red", "nebula " * 20)
    says = "The text in place of 'red' makes the prompt longer than the network reads: give a shorter one."
    with pytest.raises(PromptError, match=says):
        edit.wait(20)
    assert explorer._edits["edits"][0]["progress"]["message"] == says


def test_what_was_asked_already_is_shown_again_unless_it_was_given_up():
    model = Slow()
    explorer = explore(model, PICTURE, PROMPT, block=True, **OPTIONS)
    first = explorer.edit("red", "blue")
    assert explorer.edit("red", " blue ") is first, "while it runs"
    first.wait(20)
    out = explorer.edit("red")
    explorer.pinned_edit = None
    explorer._asked.problem = "of something else"
    explorer._receive(explorer, {"kind": "edit", "word": 1, "text": "blue"}, [])
    assert explorer.edits == (first, out)
    assert explorer.pinned_edit == first.key
    assert explorer._edits["problem"] == ""
    assert explorer.edit("red") is out
    others = [explorer.edit("red", "blue", draws=8), explorer.edit("red", "green")]
    others[1].cancel()
    again = explorer.edit("red", "green")
    assert explorer.edits == (first, out, *others, again)
    again.wait(20)


def test_edits_of_few_draws_tell_the_browser_that_their_errors_are_rough():
    few, many = (synthetic_result(draws=64, done=done) for done in (8, 64))
    for result, wide in ((few, True), (many, False)):
        explorer = Explorer(result)
        explorer._asked.model = Mixture()
        edit = Edit(1, result.words[1], None, result.draws, result)
        explorer._asked._edits = (edit,)
        explorer._commit_edits()
        small_print = explorer.figure([1]).texts
        assert any("rough after so few draws" in text.get_text() for text in small_print) == wide
        assert [entry.get("rough", False) for entry in explorer._edits["edits"][0]["maps"]] == [wide, wide]


def test_another_result_forgets_the_edits():
    explorer = Explorer(synthetic_result())
    explorer.edit("red")
    explorer.show(synthetic_result("a green cat on ice", seed=2))
    assert explorer.edits == ()
    assert explorer._edits["edits"] == []


def test_the_exported_page_keeps_edits_but_has_no_model(tmp_path):
    explorer = explore(Mixture(), PICTURE, PROMPT, block=True, **OPTIONS)
    explorer.edit("red", "</script><b>blue").wait(20)
    page = explorer.to_html(tmp_path / "page.html").read_text()
    assert '"model": false' in page
    assert "</script><b>blue" not in page
    assert "\\u003c/script>\\u003cb>blue" in page


def test_the_figure_is_of_the_change_that_is_on_the_screen():
    explorer = explore(Mixture(), PICTURE, PROMPT, block=True, **OPTIONS)
    edit = explorer.edit("red", "blue")
    edit.wait(20)
    explorer.pinned_words = [1, 2]

    def said() -> str:
        texts = [text.get_text() for text in explorer.figure().texts]
        return " ".join(texts)

    total = edit.total()
    assert f"“red → blue”  {with_error(total.value, total.standard_error)} nats" in said()
    assert "scale of this change" in said()  # which says more than any word
    assert "one scale for all words" not in said()
    explorer.scale, explorer.quantity = "word", "full"
    assert "red → blue" in said()
    assert "red → blue" not in " ".join(
        text.get_text() for text in explorer.figure("red", quantity="cmi").texts
    )
    explorer.pinned_edit = None
    explorer.quantity = "cmi"
    assert "red → blue" not in said()
    explorer.pinned_edit = explorer.edit("red").key
    explorer.edits[-1].wait(20)
    assert "“red”" in said()
    explorer.scale = "shared"
    least = min(("red", "circle", "sand"), key=lambda word: float(explorer.result.map(word).max()))
    explorer.pinned_edit = explorer.edit(least).key
    explorer.edits[-1].wait(20)
    assert "the scale of all words" in said()


def test_a_word_that_only_a_swap_is_about_can_be_left_out():
    """The result has no CMI of it: the network is asked, and other changes go on."""
    result = estimate(
        Mixture(), PICTURE, PROMPT, words=["red"], swaps={"circle": "square"}, progress=False, **OPTIONS
    )
    explorer = Explorer(result).attach(Mixture())
    edit = explorer.edit("circle")
    edit.wait(20)
    direct = estimate(Mixture(), PICTURE, PROMPT, words=["circle"], progress=False, **OPTIONS)
    assert edit.total().value == pytest.approx(direct.total("circle").value, rel=1e-6)
    assert explorer.edit("red").result is result
    assert [one["word"] for one in explorer._edits["edits"]] == [1, 0]


def test_what_was_refused_is_no_longer_told_once_something_else_was_asked_for():
    explorer = Explorer(estimate(Mixture(), PICTURE, PROMPT, progress=False, **OPTIONS))
    explorer._receive(None, {"kind": "more"}, [])
    assert "No model is attached" in explorer._edits["problem"]
    explorer.attach(Mixture())
    explorer._receive(None, {"kind": "more"}, [])
    assert explorer._edits["problem"] == ""
    assert explorer.wait(20).draws == 32


def test_the_scale_of_a_change_is_of_all_noise_levels_as_its_map_is():
    explorer = explore(Mixture(), PICTURE, PROMPT, block=True, **OPTIONS)
    explorer.edit("red").wait(20)
    whole = [text.get_text() for text in explorer.figure().texts]
    assert any(text.startswith("without “red”") for text in whole)
    ends = [label.get_text() for axes in explorer.figure().axes for label in axes.get_xticklabels()]
    result = explorer.result
    assert result is not None
    explorer.band = result.band_edges[:2]
    assert [text.get_text() for text in explorer.figure().texts] == whole
    assert [label.get_text() for axes in explorer.figure().axes for label in axes.get_xticklabels()] == ends
