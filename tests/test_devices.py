"""One estimate on several devices: real processes, and threads as GPUs have them, against one device."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from models import PICTURE, PROMPT, ExactDenoiser, Mixture, Texts
from PIL import Image
from tiny import tiny_pipeline

from infodiff_widgets import Result, estimate, explore, stream
from infodiff_widgets.denoisers import as_denoiser
from infodiff_widgets.denoisers.stable_diffusion import StableDiffusionDenoiser
from infodiff_widgets.devices import SpreadEvaluator
from infodiff_widgets.devices.station import Member, Station
from infodiff_widgets.devices.thread import ThreadMember
from infodiff_widgets.errors import CheckpointError, DeviceError, NumericalError
from infodiff_widgets.evaluation import Evaluator

CPU = torch.device("cpu")
TWO = ["cpu", "cpu"]
OPTIONS = {"density": "uniform", "progress": False, "draws": 16, "batch_size": 7}


def run(
    model: object, devices: list[str] | None = None, picture: Image.Image = PICTURE, **options: object
) -> Result:
    options = OPTIONS | {"devices": devices} | options
    return estimate(model, picture, PROMPT, **options)  # pyright: ignore[reportArgumentType]


def assert_same(one: Result, other: Result) -> None:
    for name in ("maps", "maps_error", "full_map", "totals", "totals_error", "draw_totals"):
        a, b = one.data[name].values, other.data[name].values
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.nanmax(np.abs(a)), err_msg=name)


class InProcesses(Mixture):
    """Says where it is: what it does happens in other processes only."""

    def __init__(self) -> None:
        super().__init__()
        self.home = os.getpid()

    def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Texts) -> torch.Tensor:
        assert os.getpid() != self.home
        self.before(z, levels)
        return self.after(super().epsilon(z, levels, conditions), levels)

    def before(self, z: torch.Tensor, levels: torch.Tensor) -> None:
        pass

    def after(self, out: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
        return out


class Small(InProcesses):
    def before(self, z: torch.Tensor, levels: torch.Tensor) -> None:
        if len(z) > 3:
            raise torch.OutOfMemoryError("out of memory")


class Spoilt(InProcesses):
    """Returns NaN for the cleaner half of the levels."""

    def after(self, out: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
        return out * torch.where(levels < 20, torch.nan, 1.0).view(-1, 1, 1, 1)


class Dying(InProcesses):
    def before(self, z: torch.Tensor, levels: torch.Tensor) -> None:
        if len(self.calls) == 6:  # in the second step
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(autouse=True)
def nothing_is_left() -> None:
    yield  # pyright: ignore[reportReturnType]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("devices", "said"),
    [
        ("cuda:0", "give a list"),
        ([], "give a list"),
        (["gpu"], "'gpu' is no device"),
        (["cpu", 3.5], "3.5 is no device"),
        (["cuda:77"], "there is no 'cuda:77'; this machine has"),
        (["xpu:0"], "'xpu:0' is not there or not supported"),
    ],
)
def test_names_that_cannot_be(devices: list[str], said: str) -> None:
    with pytest.raises(DeviceError, match=said):
        run(Mixture(), devices)


def test_a_gpu_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(DeviceError, match="'cuda:1' is named twice"):
        run(Mixture(), ["cuda:1", "cuda:1"])
    with pytest.raises(DeviceError, match="InProcesses is on cpu and has no method copy_to"):
        run(InProcesses(), ["cpu", "cuda:1"])


def test_where_the_network_is_it_is_called_as_ever() -> None:
    model = Mixture()
    result = run(model, ["cpu"])
    assert sum(model.calls) == result.provenance["evaluations"]
    assert result.provenance["devices"] == ["cpu"]


@pytest.mark.parametrize(("model", "batch_size"), [(InProcesses, 14), (Small, 6)])
def test_processes_give_the_maps_of_one_device(model: type[ExactDenoiser], batch_size: int) -> None:
    """Also where their batches halve; Shapley values ask for other prompts in each draw."""
    asked = {"quantities": ("cmi", "mi", "shapley")}
    one, two = run(Mixture(), **asked), run(model(), TWO, **asked)
    assert_same(one, two)
    assert two.provenance["devices"] == TWO
    assert two.provenance["batch_size"] == batch_size
    assert two.provenance["evaluations"] == one.provenance["evaluations"]


def test_a_pipeline_on_processes_leaves_half_precision_there() -> None:
    pipeline = tiny_pipeline(window=64).to(dtype=torch.bfloat16)
    picture = Image.effect_noise((64, 64), 50).convert("RGB")
    given = {"picture": picture, "words": ["red", "sand"], "draws": 8, "precision": "float32"}
    one, two = run(pipeline, **given), run(pipeline, TWO, **given)
    assert_same(one, two)
    assert two.provenance["dtype"] == "float32"
    assert next(pipeline.unet.parameters()).dtype == torch.bfloat16


def test_cut_short_it_calibrates_once_and_goes_on_to_the_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infodiff_widgets.run._SECONDS_BETWEEN_SAVES", 0.0)
    options = OPTIONS | {"devices": TWO, "density": None, "words": ["red"]}
    path = tmp_path / "run"
    results = stream(InProcesses(), PICTURE, PROMPT, checkpoint=path, **options)  # pyright: ignore[reportArgumentType]
    assert next(results).draws < 16
    assert len(multiprocessing.active_children()) == 2
    results.close()
    assert multiprocessing.active_children() == []
    options["checkpoint"] = path
    resumed = run(InProcesses(), **options)
    with pytest.raises(CheckpointError, match="another run"):
        run(InProcesses(), **options | {"devices": None})
    whole = run(InProcesses(), **options | {"checkpoint": None})
    np.testing.assert_array_equal(resumed.data["maps"].values, whole.data["maps"].values)


def test_nan_in_a_process_is_said_as_ever_and_what_was_done_is_kept() -> None:
    pattern = r"NaN or infinity at timestep \d+ \(log-SNR \d\.\d+\) for the prompt '.*': run it in float32"
    with pytest.raises(NumericalError, match=pattern) as caught:
        run(Spoilt(), TWO, draws=64, log_snr_range="trained")
    assert 0 < caught.value.partial.draws < 64
    assert any("In a process on the CPU" in note for note in caught.value.__notes__)


def test_a_process_that_dies_is_one_error_and_what_was_done_is_kept() -> None:
    with pytest.raises(
        DeviceError, match=r"process 1 of 2 on the CPU was ended by SIGKILL.*memory"
    ) as caught:
        run(Dying(), TWO)
    assert 0 < caught.value.partial.draws < 16


def test_a_model_that_cannot_be_sent() -> None:
    class Local(Mixture):
        pass

    with pytest.raises(DeviceError, match="this Local cannot be sent to another process"):
        run(Local(), TWO)


def test_an_interrupt_keeps_what_is_done() -> None:
    def progress(stage: str, done: int, total: int) -> None:
        if stage == "estimating" and done == 8:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="the result holds 8 of 16 draws"):
        result = run(InProcesses(), TWO, progress=progress)
    assert not result.complete
    assert np.isfinite(result.data.totals_error).all()


def test_explore_divides_its_picture_too() -> None:
    explorer = explore(InProcesses(), PICTURE, PROMPT, devices=TWO, block=True, density="uniform", draws=8)
    assert explorer.result is not None
    assert explorer.result.provenance["devices"] == TWO
    with pytest.raises(DeviceError, match="'gpu' is no device"):
        explore(Mixture(), PICTURE, PROMPT, devices=["gpu"])


SCRIPT = """
import sys, time
sys.path[:0] = [{tests!r}]
from models import PICTURE, PROMPT, Mixture
from infodiff_widgets import estimate
import multiprocessing
class Slow(Mixture):
    def epsilon(self, *arguments):
        time.sleep(0.2)
        return super().epsilon(*arguments)
def progress(stage, done, total):
    if done:
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
if __name__ == "__main__":
    options = dict(density="uniform", draws=1000, batch_size=24, devices=["cpu", "cpu"])
    print("kept", estimate(Slow(), PICTURE, PROMPT, progress=progress, **options).draws)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_run(tmp_path: Path, how: signal.Signals) -> None:
    """Ctrl-C, which reaches every process of the terminal, and the sudden end of the run's own process."""
    script = tmp_path / "job.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent)))
    job = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    assert job.stdout is not None
    children = [psutil.Process(int(pid)) for pid in job.stdout.readline().split()]
    assert len(children) == 2
    if how == signal.SIGINT:
        os.killpg(job.pid, how)
    else:
        os.kill(job.pid, how)
    said, errors = job.communicate(timeout=200)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    if how == signal.SIGINT:
        assert "kept" in said.splitlines()[-1]
        assert "Traceback" not in errors


class Threads(SpreadEvaluator):
    """As on GPUs: a copy of the network for each device, in a thread of its own."""

    def _begun(self, stack: ExitStack) -> tuple[Member, ...]:
        copies = [self.denoiser, *(self.denoiser.copy_to(CPU) for _ in self.devices[1:])]  # pyright: ignore[reportAttributeAccessIssue]
        members = [ThreadMember(Station(one, self.latents, 4)) for one in copies]
        for member in members:
            stack.callback(member.close)
        return tuple(members)


def test_threads_give_what_one_device_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infodiff_widgets.soundness._at_once", lambda device: False)
    denoiser = as_denoiser(tiny_pipeline(window=64).to(dtype=torch.bfloat16))
    assert isinstance(denoiser, StableDiffusionDenoiser)
    latents = denoiser.encode_image(Image.effect_noise((64, 64), 50).convert("RGB"))
    texts = ["", "a red circle", "sand"] * 3
    levels, draw = torch.tensor([900, 500, 100]), np.repeat(np.arange(3), 3)
    epsilon = torch.randn((3, *latents.shape), generator=torch.Generator().manual_seed(0))
    alone, spread = Evaluator(denoiser, latents, 9), Threads(denoiser, latents, 4, (CPU,) * 3)
    for evaluator in (alone, spread):
        evaluator.encode(texts)
    with alone.in_float32():
        expected = alone(levels, epsilon, draw, texts)
    with spread.at_work():
        with spread.in_float32():
            found = spread.ahead(levels, epsilon, draw, texts)
            assert not spread.settled
            few = spread.ahead(levels[:1], epsilon[:1], draw[:1], texts[:1])  # not a job for each
            spread.settle()
            assert spread.settled
        assert denoiser.half == "bfloat16"
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(few, expected[:1], rtol=1e-4, atol=1e-5)
    assert spread.count == 10


def test_a_copy_shares_no_weights_and_offloading_is_refused() -> None:
    denoiser = as_denoiser(tiny_pipeline())
    assert isinstance(denoiser, StableDiffusionDenoiser)
    copy = denoiser.copy_to(torch.device("meta"))
    assert {weight.device.type for weight in copy.network.parameters()} == {"meta"}
    assert {weight.device.type for weight in denoiser.network.parameters()} == {"cpu"}
    assert copy.network is copy.pipeline.unet is not denoiser.network
    denoiser.pipeline.unet._hf_hook = object()
    with pytest.raises(DeviceError, match="offloading"):
        denoiser.copy_to(torch.device("meta"))
