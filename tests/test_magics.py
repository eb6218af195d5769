"""The magics, in a real IPython shell."""

import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from models import PICTURE, PROMPT, Mixture
from PIL import Image

from infodiff_widgets import Explorer

QUICK = "-d 8 -q cmi --block"


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.delattr("builtins._", raising=False)  # doctest leaves it, and IPython heeds it
    # It puts a module of its own there, and empties it at the end.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "infodiff_widgets")
    shell.user_ns.update(model=Mixture(), picture=PICTURE, red="blue", Mixture=Mixture)
    yield shell
    shell.run_line_magic("reset", "-f")
    InteractiveShell.clear_instance()


def run(shell: InteractiveShell, code: str) -> Explorer:
    done = shell.run_cell(code)
    done.raise_error()
    return done.result


def test_a_line_is_an_explorer(shell: InteractiveShell):
    explorer = run(shell, f'%infodiff model picture "{PROMPT}" {QUICK} --unit bit -w red -w circle -s 3')
    assert explorer.wait(20).prompt == PROMPT
    assert [word.text for word in explorer.wait().words] == ["red", "circle"]
    assert explorer.unit == "bit"
    assert explorer.wait().provenance["seed"] == 3
    assert shell.user_ns["_"] is explorer


def test_a_cell_holds_the_prompt_and_a_file_the_picture(shell: InteractiveShell, tmp_path):
    PICTURE.save(tmp_path / "my picture.png")
    run(shell, f"%%infodiff model '{tmp_path}/my picture.png' {QUICK} -o found\na red circle\non sand\n")
    assert shell.user_ns["found"].wait(20).prompt == PROMPT


@pytest.mark.parametrize(
    "prompt",
    ["a {red} circle $red", "a <script>alert(1)</script> dog's", "‮ عين 🟦 \\n {1/0}", "--draws 3 cat"],
)
def test_a_prompt_is_taken_as_it_stands(shell: InteractiveShell, prompt: str):
    explorer = run(shell, f"%%infodiff model picture {QUICK}\n{prompt}")
    assert explorer.wait(20).prompt == prompt
    data, _ = explorer._repr_mimebundle_()
    assert "<script" not in data["text/html"]


def test_a_repeated_word_is_named_by_its_place(shell: InteractiveShell):
    explorer = run(shell, f'%infodiff model picture "a cat and a dog" {QUICK} -w 10:11 -w cat')
    assert [word.span for word in explorer.wait(20).words] == [(10, 11), (2, 5)]


def test_braces_in_a_line_are_not_filled_in(shell: InteractiveShell):
    explorer = run(shell, f'%infodiff model picture "a {{red}} circle $red" {QUICK}')
    assert explorer.wait(20).prompt == "a {red} circle $red"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%infodiff modl picture a cat", "no 'modl' in this notebook"),
        ("%infodiff model picture a dog's nose", "%%infodiff"),
        ("%infodiff model picture a cat --unit joule", "invalid choice: 'joule'"),
        ("%infodiff model", "required: image"),
        ("%%infodiff model picture a cat\na dog", "given twice"),
        ("%infodiff model picture a cat -o 1x", "no name of a variable"),
        ("%infodiff model nowhere.png a cat", "nowhere.png"),
        ("%infodiff model picture ''", "is empty"),
        ("%infodiff model picture a cat -w dog", "'dog' is no word"),
        ("%infodiff model picture a cat and a dog -w a", "which, by place, --word 0:1 or --word 10:11"),
        ("%infodiff model picture a cat -d 7", "draws=7: give an even number"),
        ("%infodiff model picture a cat -s -1", "seed=-1: give a whole number, 0 or more"),
        ("%infodiff model picture a cat -q cmi,nats", "choose from 'cmi'"),
        ("%infodiff model picture a cat --block -d 7", "draws=7: give an even number"),
    ],
)
def test_bad_lines_name_the_remedy(shell: InteractiveShell, line: str, said: str, capsys):
    done = shell.run_cell(line)
    assert not done.success
    output = capsys.readouterr()
    assert said in output.err + output.out + str(done.error_in_exec)
    assert isinstance(done.error_in_exec, UsageError), "which IPython shows in a line"


def faulty(namespace: str) -> Callable[..., Any]:
    """Make what fails in a module, by no ``raise`` of its own."""
    there: dict[str, Any] = {"__name__": namespace}
    exec("def explore(*_, **__):\n    return int('x')", there)
    return there["explore"]


class Late(Mixture):
    def encode_image(self, image: Image.Image) -> torch.Tensor:
        raise ValueError("of a class of the user's own")


def test_faults_keep_their_traceback(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    shell.user_ns["late"] = Late()
    done = shell.run_cell(f"%infodiff late picture a cat {QUICK}")
    assert type(done.error_in_exec) is ValueError
    for namespace in ("infodiff_widgets.exploring", "numpy"):
        monkeypatch.setattr("infodiff_widgets.magics.explore", faulty(namespace))
        done = shell.run_cell("%infodiff model picture a cat")
        assert type(done.error_in_exec) is ValueError
        assert "invalid literal" in str(done.error_in_exec)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%infodiff ", {"model"}),
        ("x = %infodiff mo", {"model"}),
        ("%%infodiff model pic", {"picture"}),
        ("%infodiff model picture --dr", {"--draws"}),
        ("%%infodiff model picture --unit ", {"nat", "bit"}),
        ("%infodiff model picture -q s", {"shapley"}),
    ],
)
def test_options_and_names_are_completed(shell: InteractiveShell, line: str, offered: set[str]):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # IPython calls its completions provisional
        assert {found.text for found in shell.Completer.completions(line, len(line))} == offered


def test_files_are_completed_and_other_lines_are_left_alone(shell: InteractiveShell, tmp_path):
    (tmp_path / "scene.png").touch()
    (tmp_path / "notes.txt").touch()
    line = f"%infodiff model {tmp_path}/"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        offered = [found.text for found in shell.Completer.completions(line, len(line))]
        assert offered == [f"{tmp_path}/scene.png"]
        assert "picture" in {found.text for found in shell.Completer.completions("pic", 3)}


def test_loading_twice_completes_once_and_help_names_the_options(shell: InteractiveShell):
    shell.run_line_magic("reload_ext", "infodiff_widgets")
    names = [getattr(one, "matcher_identifier", "") for one in shell.Completer.custom_matchers]
    assert names.count("infodiff_widgets.magics") == 1
    shown = shell.object_inspect("%infodiff")["docstring"]
    assert "--quantities" in shown
    assert "%%infodiff pipeline image" in shown
