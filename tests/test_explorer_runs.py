"""The explorer while an estimate runs: what it shows, what it says, and what `wait` raises."""

import re
import subprocess
import sys
import threading
import time
from functools import partial
from itertools import groupby, pairwise
from types import SimpleNamespace

import pytest
from models import PICTURE, PROMPT, Mixture
from synthetic import synthetic_result
from test_bad_input import CASES
from tiny import tiny_pipeline
from tqdm.std import tqdm

from infodiff_widgets import estimate, made_with, payload, progress
from infodiff_widgets.errors import NumericalError, PromptError
from infodiff_widgets.explorer import Explorer
from infodiff_widgets.exploring import explore
from infodiff_widgets.live import Job, JobProgress, Step


def partials(count=8, pause=0.0, fail=None):
    for done in range(1, count + 1):
        time.sleep(pause)
        if fail is not None and done == count:
            raise fail
        yield Step(
            4 * done, partial(synthetic_result, "a red cat", cells=(4, 4), draws=4 * count, done=4 * done)
        )


def explorer_with_job(planned=32) -> tuple[Explorer, Job]:
    explorer = Explorer()
    job = Job(explorer._commit, planned)
    explorer._job = job
    return explorer, job


def test_maps_sharpen_while_the_caller_goes_on():
    explorer, job = explorer_with_job()
    job.start(partials())
    assert explorer.wait(10).complete
    assert explorer._header["draws_done"] == 32
    assert explorer.progress == JobProgress("done", 32, 32).to_dict()


def test_updates_are_at_most_five_a_second_and_the_last_is_never_lost():
    shown: list[tuple[float, int]] = []
    job = Job(lambda result, _: shown.append((time.monotonic(), result.draws if result else 0)), 200)
    job.run(partials(50, pause=0.01))
    assert shown[-1][1] == 200
    assert all(b - a > 0.19 for (a, _), (b, _) in pairwise(shown[:-1]))


def test_cancel_keeps_what_is_done():
    explorer, job = explorer_with_job(4000)
    job.start(partials(1000, pause=0.02))
    while explorer.result is None:
        time.sleep(0.01)
    explorer._receive(explorer, {"kind": "cancel"}, [])
    with pytest.warns(UserWarning, match=r"Stopped early: the result holds .* of 4000 draws"):
        result = explorer.wait(10)
    assert 0 < result.draws < 4000
    assert explorer.progress["state"] == "cancelled"


def test_errors_are_shown_and_raised_by_wait():
    explorer, job = explorer_with_job()
    job.start(partials(3, fail=RuntimeError("out of memory")))
    with pytest.raises(RuntimeError, match="out of memory"):
        explorer.wait(10)
    assert explorer.progress["state"] == "failed"
    assert explorer.progress["message"] == "RuntimeError: out of memory", "its kind is a part of it"
    assert explorer.result is not None


def test_a_numerical_error_keeps_its_partial_result():
    partial = synthetic_result("a red cat", cells=(4, 4), done=8)
    explorer, job = explorer_with_job()
    job.start(partials(1, fail=NumericalError("NaN at level 3", partial)))
    with pytest.raises(NumericalError):
        explorer.wait(10)
    assert explorer.result is partial


def test_wait_gives_up_after_its_timeout_and_the_run_goes_on():
    explorer, job = explorer_with_job()
    job.start(partials(8, pause=0.1))
    with pytest.raises(TimeoutError, match="wait again"):
        explorer.wait(0.05)
    assert explorer.wait(10).complete


def test_an_interrupt_in_wait_cancels():
    explorer, job = explorer_with_job(4000)
    job.start(partials(1000, pause=0.01))
    while explorer.result is None:
        time.sleep(0.01)
    real, calls = job._finished.wait, []

    def interrupted(timeout=None):
        calls.append(timeout)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return real(timeout)

    job._finished.wait = interrupted  # type: ignore[method-assign]
    with pytest.warns(UserWarning, match="Stopped early"):
        assert explorer.wait(10).draws < 4000


def test_the_browser_may_write_while_a_worker_commits():
    explorer, job = explorer_with_job(400)
    job._shown = float("-inf")
    stop = threading.Event()

    def click() -> None:
        word = 0
        while not stop.is_set():
            explorer.set_state({"pinned_words": [word % 3], "opacity": (word % 10) / 10})
            word += 1

    thread = threading.Thread(target=click)
    thread.start()
    for done, result in partials(40):
        explorer._commit(result(), JobProgress("running", done, 160))
    stop.set()
    thread.join(10)
    assert explorer._header["draws_done"] == 160
    assert explorer._header["byte_length"] == len(explorer._maps)
    assert explorer.progress["done"] == 160


class Gated(Mixture):
    """Its encoder of pictures waits until it is told to go on."""

    def __init__(self):
        super().__init__()
        self.gate, self.asked = threading.Event(), threading.Event()

    def encode_image(self, image):
        self.asked.set()
        assert self.gate.wait(60)
        return super().encode_image(image)


def test_the_cell_is_given_back_before_the_network_is_called_and_the_status_says_what_goes_on(cache_folder):
    model = Gated()
    explorer = explore(model, PICTURE, PROMPT, draws=8, words=["red"])
    assert model.asked.wait(60)
    assert explorer.progress["state"] == "running"
    assert explorer.progress["message"] == "reading the picture and checking the model"
    assert [word["text"] for word in explorer._header["words"]] == ["red"]
    said: list[str] = []
    explorer.observe(lambda change: said.append(change.new["message"]), "progress")
    model.gate.set()
    assert explorer.wait(60).draws == 8
    stages = [key for key, _ in groupby(re.sub(r"\d+ of 64", "n of 64", text) for text in said)]
    assert stages == [
        "reading the prompts",
        "calibrating, once per network: n of 64 draws",
        "making the first of 8 noise draws",
        "",
    ]
    assert explorer.progress == JobProgress("done", 8, 8).to_dict()


def test_a_cell_that_is_run_again_meanwhile_says_what_it_waits_for(cache_folder):
    model = Gated()
    first = explore(model, PICTURE, PROMPT, draws=8, density="uniform")
    assert model.asked.wait(60)
    said: list[str] = []

    class Watched(Explorer):
        def _commit(self, *what):
            super()._commit(*what)
            said.append(self.progress["message"])
            model.gate.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infodiff_widgets.exploring.Explorer", Watched)
        again = explore(model, PICTURE, PROMPT, draws=8, density="uniform")
    assert said[0] == "waiting for another estimate on this model"
    assert first.wait(60).complete
    assert again.wait(60).complete


def test_a_change_says_what_goes_on_before_its_first_draw():
    model = Gated()
    model.gate.set()
    explorer = explore(model, PICTURE, PROMPT, draws=8, density="uniform", block=True)
    model.gate.clear()
    model.asked.clear()
    edit = explorer.edit("red", "blue")
    assert model.asked.wait(60)
    assert edit.progress.message == "reading the picture and the prompts"
    assert explorer._edits["edits"][0]["progress"]["message"] == edit.progress.message
    model.gate.set()
    assert edit.wait(60).complete


def test_details_stay_where_more_draws_are_cancelled_before_the_first_of_them():
    model = Gated()
    model.gate.set()
    explorer = explore(model, PICTURE, PROMPT, draws=8, density="uniform", block=True)
    explorer._receive(explorer, {"kind": "details"}, [])
    sent = explorer._details
    assert sent
    model.gate.clear()
    model.asked.clear()
    explorer.more(8)
    assert model.asked.wait(60)
    explorer.cancel()
    model.gate.set()
    assert explorer.wait(60).draws == 8
    assert explorer.progress["state"] == "cancelled"
    assert explorer._details is sent


@pytest.mark.parametrize(("change", "kind", "message"), CASES)
def test_what_is_wrong_with_what_is_asked_is_raised_in_the_cell_and_the_network_is_not_called(
    change, kind, message
):
    class Silent(Mixture):
        def encode_image(self, image):
            raise AssertionError

        def encode_prompts(self, prompts):
            raise AssertionError

    if "progress" in change:
        pytest.skip("explore has a progress of its own")
    arguments = {"model": Silent(), "image": PICTURE, "prompt": PROMPT} | change
    with pytest.raises(kind, match=message):
        explore(arguments.pop("model"), arguments.pop("image"), arguments.pop("prompt"), **arguments)


def test_a_prompt_that_is_too_long_is_refused_in_the_cell():
    pipeline = tiny_pipeline()
    with pytest.raises(PromptError, match="the text encoder reads 16: shorten it"):
        explore(pipeline, PICTURE, "a cat " * 20)
    explorer = None
    with pytest.warns(UserWarning, match="the prompt is cut"):
        explorer = explore(pipeline, PICTURE, "a cat " * 20, truncate=True, draws=4, density="uniform")
    assert len(explorer.wait(120).prompt) < 120


def test_what_only_the_network_can_tell_is_said_in_the_widget_and_raised_by_wait():
    class Broken(Mixture):
        def encode_image(self, image):
            return super().encode_image(image) * float("nan")

    explorer = explore(Broken(), PICTURE, PROMPT, draws=8)
    with pytest.raises(NumericalError, match="latents hold NaN"):
        explorer.wait(60)
    assert explorer.progress["state"] == "failed"
    assert explorer.progress["message"].startswith("The picture's latents hold NaN")
    with pytest.raises(NumericalError, match="latents hold NaN"):
        explore(Broken(), PICTURE, PROMPT, draws=8, block=True)


def test_a_run_that_is_watched_ends_as_the_estimate_does():
    options = {"words": ["red", "sand"], "quantities": "cmi", "density": "uniform", "block": True}
    explorer = explore(Mixture(), PICTURE, PROMPT, until="8%", **options)
    accurate = explorer.result
    assert accurate.stopped == "until"
    assert 64 < accurate.draws < accurate.draws_planned
    assert explorer.edit("red", "blue").wait(60).draws == accurate.draws
    assert explore(Mixture(), PICTURE, PROMPT, max_evaluations=60, **options).result.draws == 20
    assert explore(Mixture(), PICTURE, PROMPT, **options).result.draws == 64


def test_python_ends_while_an_estimate_runs():
    """A thread that is in torch as Python ends aborts the process: scripts would end by a signal."""
    code = (
        "from infodiff_widgets import explore, scenes\n"
        "import time\n"
        "picture = scenes.picture(next(iter(scenes.sample(seed=1))))\n"
        "pipeline = scenes.load_pipeline('cpu')\n"
        "explorer = explore(pipeline, picture, 'a red heart', draws=4000, density='uniform')\n"
        "while explorer.result is None: time.sleep(0.05)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, "terminate called" in done.stderr) == (0, False), done.stderr


def test_an_estimate_that_runs_does_not_take_the_place_of_what_is_shown_meanwhile():
    explorer = Explorer()
    job = explorer._watch(4000, None)
    job.start(partials(1000, pause=0.01))
    while explorer.result is None:
        time.sleep(0.01)
    other = synthetic_result("a green dog", cells=(4, 4))
    explorer.show(other)
    job.wait(10)
    assert job.stopping
    assert job.result is not None
    assert explorer.result is other
    assert explorer._header["prompt"] == "a green dog"
    assert explorer.progress["state"] == "idle"
    assert explorer.wait() is other


def test_the_browser_does_not_wait_while_another_result_is_encoded_and_its_network_compared(monkeypatch):
    model = Mixture()
    explorer = Explorer(estimate(model, PICTURE, PROMPT, draws=4, density="uniform", progress=False))
    explorer.attach(model)
    waited: list[str] = []

    def watched(name, work):
        def done(*given):
            browser = threading.Thread(target=explorer.set_state, args=({"opacity": 0.5},), daemon=True)
            browser.start()
            browser.join(5)
            waited.extend([name] if browser.is_alive() else [])
            return work(*given)

        return done

    monkeypatch.setattr(payload, "encode", watched("maps", payload.encode))
    monkeypatch.setattr(payload, "encode_image", watched("picture", payload.encode_image))
    monkeypatch.setattr(made_with, "refuse_other", watched("network", made_with.refuse_other))
    explorer.show(synthetic_result("a green cat"))
    assert (waited, explorer.opacity, explorer._header["prompt"]) == ([], 0.5, "a green cat")


@pytest.mark.parametrize("begun", ["job", "model"])
def test_what_another_thread_begins_while_a_result_is_encoded_is_not_left_over(begun, monkeypatch):
    explorer, first = explorer_with_job()
    first.run(partials())
    other = estimate(Mixture(), PICTURE, PROMPT, draws=4, density="uniform", progress=False)
    encode = payload.encode
    later = Job(explorer._commit, 32)

    def meanwhile(result):
        monkeypatch.setattr(payload, "encode", encode)
        if begun == "job":
            explorer._job = later
        else:
            explorer._asked.model = Mixture(1)
        explorer._commit(synthetic_result("a green cat", cells=(4, 4)), None)
        return encode(result)

    monkeypatch.setattr(payload, "encode", meanwhile)
    explorer.show(other)
    assert (explorer._job, later.stopping) == (None, begun == "job")
    assert explorer._asked.model is None
    assert ("of another network" in explorer._edits["problem"]) == (begun == "model")
    assert explorer._image == payload.encode_image(other.image)


class Slow(Mixture):
    pause = 0.01

    def epsilon(self, z, levels, conditions):
        time.sleep(self.pause)
        return super().epsilon(z, levels, conditions)


@pytest.fixture
def drawn_bars(monkeypatch):
    """The bars that are shown meanwhile."""
    found = []

    class Bar(tqdm):
        def __init__(self, *given, **options):
            super().__init__(*given, **options)
            found.extend([] if self.disable else [self])

    monkeypatch.setattr(progress, "tqdm", Bar)
    return found


@pytest.mark.parametrize("block", [False, True])
def test_a_script_shows_the_bars_that_estimate_shows(drawn_bars, cache_folder, block):
    options = {"words": ["red"], "draws": 64, "batch_size": 2}
    explore(Slow(), PICTURE, PROMPT, block=block, **options).wait()
    waited = [(bar.desc, bar.total) for bar in drawn_bars]
    assert drawn_bars[-1].n == 64
    drawn_bars.clear()
    for path in cache_folder.rglob("*.json"):
        path.unlink()  # so that it calibrates as well
    estimate(Slow(), PICTURE, PROMPT, **options)
    assert waited == [(bar.desc, bar.total) for bar in drawn_bars]
    assert [name for name, _ in waited] == ["calibrating", "estimating"]


def test_an_edit_and_more_draws_show_bars_in_a_script(drawn_bars):
    model = Slow()
    explorer = explore(model, PICTURE, PROMPT, words=["red"], draws=16, block=True)
    model.pause = 0.5  # so that it is waited for
    for run, draws in ((explorer.edit("red", "blue").wait, 16), (lambda: explorer.more(16, block=True), 32)):
        drawn_bars.clear()
        run()
        assert [(bar.desc, bar.n, bar.total) for bar in drawn_bars] == [("estimating", draws, draws)]


def test_waiting_in_a_notebook_shows_no_bar(capsys, monkeypatch):
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: SimpleNamespace(kernel=1))
    explorer, job = explorer_with_job()
    job.start(partials(4, pause=0.2))
    assert explorer.wait(10).complete
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("end", ["interrupt", "timeout", "error"])
def test_a_bar_is_closed_however_the_waiting_ends(end, drawn_bars, monkeypatch):
    explorer, job = explorer_with_job(4000)
    job.start(partials(20, pause=0.05, fail=RuntimeError("broken") if end == "error" else None))
    calls, advance = [], tqdm.update

    def update(bar, count=1):
        calls.append(count)
        if end == "interrupt" and len(calls) == 3:
            raise KeyboardInterrupt
        return advance(bar, count)

    monkeypatch.setattr(tqdm, "update", update)
    raised = {"timeout": TimeoutError, "error": RuntimeError}.get(end)
    with pytest.raises(raised) if raised else pytest.warns(UserWarning, match="Stopped early"):
        explorer.wait(0.5 if end == "timeout" else 20)
    job.cancel()
    assert drawn_bars
    assert all(bar.disable for bar in drawn_bars), "tqdm marks one that is closed so"
