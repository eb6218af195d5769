"""The command ``infodiff``: what it prints and writes, and how it refuses."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
from batch_kills import heed_interrupts

from infodiff_widgets import cli, loading, scenes
from infodiff_widgets.analyses import interrupts, localize, masks
from infodiff_widgets.analyses.tables import Report, Statement
from infodiff_widgets.commands import INTERRUPTED
from infodiff_widgets.commands import localize as localize_command
from infodiff_widgets.errors import InfodiffError, WordError
from infodiff_widgets.extras import install_command
from infodiff_widgets.naming import named_word
from infodiff_widgets.words import Word

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
"""A picture and what it shows."""


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_relate_prints_a_table_and_writes_it_with_where_it_comes_from(tmp_path, capsys):
    done = cli.main(
        ["relate", "--count", "1", "--draws", "4", "--quiet", "--out", str(tmp_path), "--format", "parquet"]
    )
    printed = capsys.readouterr().out
    assert done == 0
    assert files(tmp_path) == {"relate.parquet", "relate-table.csv", "relate.json", "relate.md", "relate.png"}
    for text in ("attribute", "relation", "order", "95% interval", "network evaluations", "torch", "weights"):
        assert text in printed, text
    rows = pd.read_parquet(tmp_path / "relate.parquet")
    assert list(rows["kind"]) == ["attribute", "relation"] + 4 * ["order"]
    stated = json.loads((tmp_path / "relate.json").read_text())
    assert stated["model"]["pipeline"] == "StableDiffusionPipeline"
    assert stated["evaluations"] == 4 * (3 + 3 + 6)
    assert stated["settings"]["log-SNR"][1] == -2
    assert stated["versions"]["torch"]
    markdown = (tmp_path / "relate.md").read_text()
    assert markdown.count("\n| ") == 5
    assert str(Path.cwd()) not in markdown


def test_relate_ranks_captions_of_a_picture(tmp_path, capsys):
    scene = next(scenes.sample(seed=3, held_out=True))
    scenes.picture(scene).save(tmp_path / "scene.png")
    out = tmp_path / "out"
    captions = ["--caption", "a ring on ice", "--caption", scene.caption]
    arguments = ["relate", "--image", str(tmp_path / "scene.png"), *captions, "--draws", "8"]
    assert cli.main([*arguments, "--upper", "-2", "--quiet", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "the most likely first: p = " in printed
    for said in ("behind by 95% interval", "just reaches 0", " ± ", "draws: of noise", "log-SNR: the noise"):
        assert said in printed, said
    assert "nan" not in printed.lower(), "the best is not compared with itself"
    numbers = pd.read_csv(out / "relate.csv")
    assert numbers["caption"][0] == scene.caption
    assert {"nats_error", "orthogonal_error", "behind_error", "behind_low", "behind_high"} <= set(numbers)


def test_interact_writes_matrices_that_open_offline(tmp_path, capsys):
    scene = next(scenes.sample(seed=3, held_out=True))
    scenes.picture(scene).save(tmp_path / "scene.png")
    words = ["--word", scene.items[0].kind, "--word", scene.background]
    arguments = ["interact", "--image", str(tmp_path / "scene.png"), "--prompt", scene.caption, *words]
    assert cli.main([*arguments, "--draws", "4", "--quiet", "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    for said in ("co-information, standard form", "of the orthogonal form", "A negative synergy means"):
        assert said in printed, said
    for said in ("Redundancy: what", "unique to first, unique to second: what", "log-SNR: the noise levels"):
        assert said in printed, f"a column that nothing explains: {said}"
    assert "A negative synergy means" in (tmp_path / "out" / "interact.md").read_text()
    numbers = pd.read_csv(tmp_path / "out" / "interact.csv").iloc[0]
    assert numbers["co_information"] == pytest.approx(numbers["redundancy"] - numbers["synergy"], rel=1e-4)
    page = (tmp_path / "out" / "interact-redundancy.html").read_text()
    assert "<script src=" not in page
    assert f"{scene.items[0].kind} and {scene.background}" in page


LEAF = "a green leaf left of a red heart on paper"


@pytest.mark.parametrize(
    ("command", "given", "choices"),
    [
        ("localize", ["--word", "a"], "--word {} or --word {}"),
        ("interact", ["--word", "leaf", "--word", "a"], "--word {} or --word {}"),
        ("intervene", ["--omit", "a"], "--omit {} or --omit {}"),
        ("intervene", ["--swap", "a", "the"], "--swap {} TEXT or --swap {} TEXT"),
        ("intervene", ["--add", "big", "a"], "--add TEXT {} or --add TEXT {}"),
    ],
)
def test_a_repeated_word_is_told_with_options_that_choose_one(command, given, choices, monkeypatch, capsys):
    monkeypatch.setattr(loading, "load_named", None)
    picture = ["--image", str(NOTEBOOKS / "scene.png"), "--prompt", LEAF]
    assert cli.main([command, *picture, *given]) == 1
    names, places = choices.format('"a (0)"', '"a (5)"'), choices.format("0:1", "21:22")
    told = f"'a' is there 2 times: say which, by name, {names}, or which, by place, {places}."
    assert capsys.readouterr().err == f"infodiff {command}: {told}\n"
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert 'by its name, with its number among the words from 0 on, such as "a (5)"' in shown
    assert "by its place START:STOP" in shown


def test_pairs_of_repeated_words_are_told_apart(tmp_path, capsys):
    arguments = ["interact", "--image", str(NOTEBOOKS / "scene.png"), "--prompt", LEAF, "--draws", "4"]
    words = ["--word", "a (5)", "--word", "leaf"]
    assert cli.main([*arguments, *words, "--quiet", "--out", str(tmp_path)]) == 0
    assert "a (5)" in capsys.readouterr().out
    assert "a (5)" in (tmp_path / "interact.md").read_text()
    assert "a (5)" in (tmp_path / "interact-redundancy.html").read_text()
    table = pd.read_csv(tmp_path / "interact-table.csv")
    assert {table["first"][0], table["second"][0]} == {"a (5)", "leaf"}
    numbers = pd.read_csv(tmp_path / "interact.csv")
    assert {numbers["first_start"][0], numbers["second_start"][0]} == {8, 21}


def test_a_place_names_a_word_where_it_is_none_itself():
    assert named_word(LEAF, "21:22") == Word("a", 21, 22)
    assert named_word(LEAF, "0:12") == Word("a green leaf", 0, 12)
    assert named_word("a clock at 0:1", "0:1") == Word("0:1", 11, 14)
    assert named_word(LEAF, "a (5)") == Word("a", 21, 22)
    assert named_word("a red cat, a red cat", "red cat (2:9)") == Word("red cat", 2, 9)
    with pytest.raises(WordError, match=r"by name, --word '\$5 \(0:2\)' or --word '\$5 \(3:5\)'"):
        named_word("$5 $5", "$5")
    with pytest.raises(WordError, match="holds no text"):
        named_word(LEAF, "40:60")
    for text in ("0,1", "(0, 1)", "0", "blue"):
        with pytest.raises(WordError, match="no word or phrase"):
            named_word(LEAF, text)


def test_a_probe_says_its_prompt_and_only_what_there_is(tmp_path, capsys):
    arguments = ["interact", "--template", "a {second} {first} on paper", "--first", "heart", "--count", "1"]
    arguments += ["--draws", "4", "--quiet", "--out", str(tmp_path)]
    assert cli.main([*arguments, "--second", "red"]) == 0
    printed = capsys.readouterr().out
    assert "Redundancy in “a red heart on paper”" in printed
    assert "Data: 1 picture drawn for “heart”." in printed
    assert "lead" not in printed.lower(), "one word is ahead of none"
    assert cli.main([*arguments, "--first", "leaf", "--second", "red", "--second", "blue"]) == 0
    printed = capsys.readouterr().out
    assert "Redundancy in “a red/blue heart/leaf on paper”" in printed
    assert "Data: 1 picture drawn for each of 2 words." in printed
    assert " ± ?" in printed, "one picture has no scatter"
    assert "nan" not in printed.lower()
    assert "foremost" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["localize", "--prompt", "a red heart", "--count", "1"],
        ["localize", "--word", "red"],
        ["localize", "--threshold", "otsu"],
        ["relate", "--caption", "x", "--caption", "y"],
        ["intervene", "--omit", "red"],
        ["intervene", "--swap", "red", "blue"],
        ["interact", "--prompt", "red", "--word", "red"],
        ["interact", "--word", "red", "--template", "{first} {second}"],
        ["localize", "--count", "20", "--image", "x.png", "--prompt", "x"],
        ["localize", "--method", "cmi", "--image", "x.png", "--prompt", "x"],
        ["relate", "--scan", "--image", "x.png"],
        ["relate", "--data", "scenes", "--image", "x.png"],
        ["intervene", "--root", "x", "--image", "x.png", "--prompt", "x"],
        ["interact", "--template", "x", "--image", "x.png", "--prompt", "x"],
    ],
)
def test_what_would_be_passed_over_is_refused(arguments, monkeypatch, capsys):
    """Options of a picture of one's own without one, and those of the scenes beside one."""
    monkeypatch.setattr(loading, "load_named", None)
    assert cli.main(arguments) == 1
    told = capsys.readouterr()
    assert re.fullmatch(rf"infodiff {arguments[0]}: {arguments[1]} is .*--image.*\n", told.err), told.err
    assert not told.out


@pytest.mark.parametrize(
    ("arguments", "choice"),
    [
        (["relate", "--upper", "-2", "--scan"], "--scan"),
        (["relate", "--eliminate", "0", "--scan"], "--scan"),
        (["localize", "--method", "cmi", "--data", "coco-wl"], "--data coco-wl"),
        (["localize", "--upsampling", "bilinear", "--data", "coco-wl"], "--data coco-wl"),
    ],
)
def test_what_another_choice_would_pass_over_is_refused(arguments, choice, monkeypatch, capsys):
    monkeypatch.setattr(loading, "load_named", None)
    assert cli.main(arguments) == 1
    told = f"{arguments[1]} has no say with {choice}: leave it out, or {choice}."
    assert capsys.readouterr().err == f"infodiff {arguments[0]}: {told}\n"


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["relate", "--root", "somewhere"], "--data SET"),
        (["relate", "--image", "x.png", "--caption", "a dog"], "--caption twice or more"),
        (["relate", "--data", "vg-relation"], "--root FOLDER"),
        (["relate", "--data", "vg-relation", "--root", "nowhere"], "visual_genome_relation.json"),
        (["interact", "--image", "a.png"], "--prompt"),
        (["interact", "--first", "nurse"], "--template"),
        (["interact", "--upper", "99"], "--upper 99: log_snr_range"),
        (["relate", "--image", "nowhere.png", "--caption", "a dog", "--caption", "a cat"], "nowhere.png"),
        (["relate", "--pipeline", str(Path(__file__).parent)], "model_index.json"),
        (["relate", "--device", "gpu"], "device: 'gpu' is no device"),
        (["localize", "--device", "cuda:99"], "device: there is no 'cuda:99'; this machine has"),
        (["interact", "--out", f"{__file__}/out"], "no folder can be made there"),
        (["batch", "--pictures", str(NOTEBOOKS), "--out", f"{__file__}/out"], "no folder can be made there"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_status(arguments, match, capsys):
    assert cli.main([*arguments, "--quiet"]) == 1
    told = capsys.readouterr()
    (line,) = (line for line in told.err.splitlines() if line.startswith(f"infodiff {arguments[0]}: "))
    assert match in line
    assert "Traceback" not in told.err
    assert not told.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["localize", "--image", "nowhere.png", "--prompt", "a cat"],
        ["relate", "--image", "nowhere.png", "--caption", "a dog", "--caption", "a cat"],
        ["intervene", "--image", "nowhere.png", "--prompt", "a cat", "--omit", "cat"],
        ["interact", "--image", "nowhere.png", "--prompt", "a cat"],
        ["relate", "--out", f"{__file__}/out"],
    ],
)
def test_files_are_looked_at_before_a_pipeline_is_loaded(arguments, monkeypatch, capsys):
    monkeypatch.setattr(loading, "load_named", None)
    assert cli.main(arguments) == 1
    assert capsys.readouterr().err.startswith(f"infodiff {arguments[0]}: ")


@pytest.mark.parametrize("missing", ["pyarrow", "zarr"])
def test_a_missing_module_is_named_with_its_extra(missing, monkeypatch, capsys, tmp_path):
    # As on a machine without the package: Python refuses to import a module that is None.
    monkeypatch.setitem(sys.modules, missing, None)
    assert cli.main(["batch", "--pictures", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    expected = f"infodiff batch: A batch needs {missing}: {install_command('batch')}."
    assert capsys.readouterr().err.strip() == expected
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("moment", ["torch", "infodiff_widgets.scenes"])
def test_an_interrupt_is_one_line(moment, tmp_path):
    """While torch is imported, and when it is and the pipeline is loaded."""
    command = [sys.executable, "-X", "importtime", "-m", "infodiff_widgets.cli", "localize"]
    with subprocess.Popen(
        [*command, "--out", str(tmp_path / "out")],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rpartition("|")[2].strip().startswith(moment):
                process.send_signal(signal.SIGINT)
                break
        said = [line for line in process.stderr if not line.startswith("import time:")]
    assert (said, process.returncode) == (["Interrupted.\n"], 130)
    assert not (tmp_path / "out").exists(), "no empty folder is left"


def interrupted(folder: Path, moment: str, *arguments: str) -> tuple[list[str], str]:
    """Send SIGINT to a command when its bar shows a moment; return the rest of standard error, and output."""
    command = [sys.executable, "-m", "infodiff_widgets.cli", *arguments, "--out", str(folder)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        for line in process.stderr:
            if re.search(moment, line):
                process.send_signal(signal.SIGINT)
                break
        said = [line.strip() for line in process.stderr]
        printed = process.stdout.read()
    assert process.returncode == INTERRUPTED, said
    return [line for line in said if line and "%|" not in line], printed


def test_an_interrupt_of_one_picture_leaves_its_draws(tmp_path):
    picture = [
        "--image",
        str(NOTEBOOKS / "scene.png"),
        "--prompt",
        LEAF,
        "--word",
        "a (5)",
        "--draws",
        "4096",
    ]
    said, printed = interrupted(tmp_path, r"estimating: .* [1-9]\d*/4096", "localize", *picture)
    (line,) = said
    told = re.fullmatch(r"Interrupted: the result holds (\d+) of 4096 draws\.", line)
    assert told
    assert 0 < int(told[1]) < 4096
    assert {"localize.csv", "localize-table.csv", "localize.md", "localize.png", "mask-0-a.png"} <= files(
        tmp_path
    )
    left = f"{told[1]} of 4096 (interrupted)"
    assert f"Settings: draws {left}, " in printed
    assert json.loads((tmp_path / "localize.json").read_text())["settings"]["draws"] == left
    assert f"draws {left}" in (tmp_path / "localize.md").read_text()


def test_an_interrupt_of_many_pictures_leaves_those_that_are_finished(tmp_path):
    quick = ["--count", "60", "--draws", "32", "--method", "cmi"]
    said, printed = interrupted(tmp_path, r"localising: .* [1-9]\d*/60", "localize", *quick)
    (line,) = said
    told = re.fullmatch(r"Interrupted: (\d+) of 60 pictures are finished; the others are left out\.", line)
    assert told
    assert files(tmp_path) >= {"localize.csv", "localize-table.csv", "localize.json", "localize.md"}
    assert f"Settings: pictures {told[1]} of 60 (interrupted), draws 32, " in printed
    assert pd.read_csv(tmp_path / "localize.csv")["picture"].nunique() == int(told[1])


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (["interact", "--count", "2"], "objects 1 of 6 (interrupted)"),
        (["relate", "--count", "1"], "cases 1 of 3 (interrupted)"),
        (["intervene", "--count", "1", "--steps", "2"], "changes 1 of 2 (interrupted)"),
        (
            [
                "interact",
                "--template",
                "a {second} {first}",
                "--first",
                "ring",
                "--second",
                "red",
                "--count",
                "2",
            ],
            "rows 1 of 2 (interrupted)",
        ),
    ],
)
def test_every_command_says_what_an_interrupt_left(given, left, tmp_path, monkeypatch, capsys):
    def press_after(progress, stage, total, unit):
        def report(done: int) -> None:
            raise KeyboardInterrupt

        return nullcontext(report)

    monkeypatch.setattr(interrupts, "reporter", press_after)
    common = ["--draws", "4", "--quiet", "--out", str(tmp_path)]
    assert cli.main([*given, *common]) == INTERRUPTED == 130
    shown = capsys.readouterr()
    assert f"Settings: {left}, " in shown.out
    assert re.fullmatch(r"Interrupted: 1 of \d \w+ are finished; the others are left out\.\n", shown.err)
    assert left in (tmp_path / f"{given[0]}.md").read_text()


def test_an_interrupt_inside_an_exec_has_the_same_status(tmp_path):
    """Dataclasses are made so: Python marks the interrupt as not handled, and ends `-m` by the signal."""
    (tmp_path / "pressed.py").write_text(
        "from infodiff_widgets import cli\n"
        "from infodiff_widgets.commands import localize\n"
        "localize.run = lambda options: exec('raise KeyboardInterrupt')\n"
        "raise SystemExit(cli.main(['localize']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pressed"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert (done.stderr, done.returncode) == ("Interrupted.\n", 130)


def test_what_localize_offers_is_what_its_analysis_takes():
    """Named twice, so that --help need not import it."""
    assert localize_command.METHODS == localize.METHODS
    assert get_args(masks.Upsampling) == localize_command.UPSAMPLINGS


def test_help_and_version_need_no_torch():
    script = (
        "import sys\n"
        "from infodiff_widgets import cli\n"
        "for arguments in (['--help'], ['--version'], *([name, '--help'] for name in cli.COMMANDS)):\n"
        "    try:\n"
        "        cli.main(arguments)\n"
        "    except SystemExit as error:\n"
        "        assert error.code == 0\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    for text in (*cli.COMMANDS, "--draws", "--pipeline", "--out", "infodiff-widgets "):
        assert text in done.stdout
    default = "by default 'scenes', the package's own small network, which knows only its own world"
    assert " ".join(done.stdout.split()).count(default) == len(cli.COMMANDS)


@pytest.mark.parametrize("command", ["localize", "relate", "intervene", "interact"])
@pytest.mark.parametrize(
    ("name", "value"), [("--draws", "3"), ("--draws", "many"), ("--seed", "-1"), ("--count", "0")]
)
def test_numbers_that_cannot_be_used_are_usage_errors(command, name, value, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([command, f"{name}={value}"])
    assert caught.value.code == 2
    assert f"argument {name}: {value!r}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        ("intervene", "--steps", "1"),
        ("relate", "--eliminate", "3"),
        ("batch", "--workers", "0"),
        ("batch", "--together", "0"),
        ("batch", "--bands", "few"),
        ("batch", "--batch-size", "0"),
        ("batch", "--until", "five"),
    ],
)
def test_numbers_of_one_command_are_usage_errors_too(command, name, value, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([command, f"{name}={value}"])
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert f"argument {name}: " in told
    assert repr(value) in told


def test_no_command_and_unknown_ones_are_usage_errors(capsys):
    for arguments in ([], ["explain"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        assert caught.value.code == 2
    assert "invalid choice: 'explain'" in capsys.readouterr().err


def report(**changes) -> Report:
    table = pd.DataFrame({"word": ["a|b", "red"], "nats": [1.23456, 2.0], "range": [(0.5, 1.0), (1.0, 2.0)]})
    statement = Statement(
        model={"class": "Mixture"}, data="two words", settings={"seed": 0}, seconds=1.6, evaluations=12345
    )
    made = {"name": "words", "title": "Words", "table": table, "numbers": table, "statement": statement}
    return Report(**{**made, **changes})


def test_markdown_is_a_table_that_cells_cannot_break():
    lines = report(remarks=["Read it."]).markdown().splitlines()
    assert lines[0] == "**Words**"
    assert lines[2:6] == [
        "| word | nats | range |",
        "| --- | --- | --- |",
        "| a\\|b | 1.23 | 0.5 to 1 |",
        "| red | 2 | 1 to 2 |",
    ]
    assert lines[7] == "Read it."
    assert "Model: Mixture. Data: two words." in lines[-1]
    assert "12,345 network evaluations, 2 s" in lines[-1]


def test_without_pyarrow_parquet_is_refused(tmp_path, monkeypatch):
    for name in ("pyarrow", "fastparquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InfodiffError, match=re.escape(install_command("parquet"))):
        report().write(tmp_path, "parquet")
    assert not list(tmp_path.iterdir())
