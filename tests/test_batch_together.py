"""Pictures that share calls of the network: full calls, and numbers that depend on no other picture."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from batch_inputs import PROMPT, Sick, final_bytes, write_scenes
from batch_kills import Driver
from models import Mixture
from PIL import Image

from infodiff_widgets import batch, scenes
from infodiff_widgets.batching.shared_prompts import alike
from infodiff_widgets.batching.together import SharedDenoiser, is_indifferent
from infodiff_widgets.denoisers.conditions import RecordedConditions
from infodiff_widgets.errors import BatchError

pytestmark = pytest.mark.timeout(1800)

SIZE = 8
SCENES = {"draws": 4, "quantities": "cmi", "batch_size": SIZE, "progress": False}
QUICK = {"draws": 8, "progress": False}


class Counted:
    """The denoiser of scenes, that counts the inputs of its calls, and may fail."""

    def __init__(self, denoiser, fail: Callable[[int], Exception | None] = lambda size: None) -> None:
        self.denoiser, self.fail, self.sizes = denoiser, fail, []

    def __getattr__(self, name: str):
        return getattr(self.denoiser, name)

    def epsilon(self, z, levels, conditions):
        self.sizes.append(len(z))
        if (error := self.fail(len(z))) is not None:
            raise error
        return self.denoiser.epsilon(z, levels, conditions)


def ask(shared: SharedDenoiser, counts: tuple[int, ...]) -> list[torch.Tensor | Exception]:
    """Ask from so many threads, each for so many predictions of a picture and two prompts of its own."""
    found: list[torch.Tensor | Exception] = [RuntimeError("never answered")] * len(counts)
    all_there = threading.Barrier(len(counts))

    def run(place: int) -> None:
        scene = next(scenes.sample(seed=place))
        conditions = shared.encode_prompts(["", scene.caption])
        z, levels = question(shared, scene, counts[place])
        with shared.running():
            all_there.wait()
            try:
                chosen = conditions.select([index % 2 for index in range(counts[place])])
                with torch.inference_mode():
                    found[place] = shared.epsilon(z, levels, chosen)
            except (RuntimeError, ValueError) as error:
                found[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(counts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def question(shared: SharedDenoiser, scene, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    latents = shared.encode_image(scenes.picture(scene))
    noise = torch.randn((count, *latents.shape), generator=torch.Generator().manual_seed(count))
    return latents + noise, torch.arange(count) * 40 + 100


def test_calls_are_of_one_size_and_shared(denoiser):
    counted = Counted(denoiser)
    together = ask(SharedDenoiser(counted, SIZE), (3, 3, 4))
    # Ten inputs in two calls, the second with one of them again.
    assert counted.sizes == [SIZE, SIZE]
    for place, count in enumerate((3, 3, 4)):
        scene = next(scenes.sample(seed=place))
        z, levels = question(SharedDenoiser(denoiser, SIZE), scene, count)
        conditions = denoiser.encode_prompts(["", scene.caption])
        alone = denoiser.epsilon(z, levels, conditions.select([index % 2 for index in range(count)]))
        assert isinstance(together[place], torch.Tensor)
        np.testing.assert_allclose(together[place], alone, rtol=0, atol=2e-5)
    by_themselves = [
        ask(SharedDenoiser(denoiser, SIZE), (3,))[0],
        ask(SharedDenoiser(denoiser, SIZE), (3, 3))[1],
    ]
    for one, other in zip(together, by_themselves, strict=False):
        assert torch.equal(one, other), "a picture's numbers depend on those that came with it"


def test_a_call_that_fails_fails_for_all_that_share_it_and_memory_is_found(denoiser):
    broken = Counted(denoiser, lambda size: ValueError("device-side assert"))
    assert [str(error) for error in ask(SharedDenoiser(broken, SIZE), (4, 4))] == ["device-side assert"] * 2
    small = Counted(denoiser, lambda size: torch.OutOfMemoryError("out of memory") if size > 2 else None)
    shared = SharedDenoiser(small, SIZE)
    assert [len(one) for one in ask(shared, (3, 2))] == [3, 2]
    assert shared.size == 2
    assert small.sizes == [8, 4, 2, 2, 2]


def test_what_prompts_share_must_be_the_same():
    def conditions(width: int, shared: float) -> RecordedConditions:
        arguments = {"embeds": torch.zeros(2, 3, width), "ids": torch.full((4,), shared)}
        return RecordedConditions(lambda size: arguments, {"embeds": True, "ids": False}, (0, 1))

    one = conditions(5, 1.0)
    assert alike(one, conditions(5, 1.0), (8, 8))
    assert not alike(one, conditions(5, 2.0), (8, 8))
    assert not alike(one, conditions(6, 1.0), (8, 8))
    assert not alike(one, "no recorded conditions", (8, 8))


def test_order_and_company_change_no_byte(tmp_path):
    table = write_scenes(tmp_path / "in", 5)
    out = tmp_path / "out"
    batch("scenes", table, out, together=3, **SCENES)
    assert json.loads((out / "settled.json").read_text())["calls"] == SIZE
    expected = final_bytes(out)
    # As after a kill: two of them are done again, in company of their own.
    for name in [*sorted(out.glob("parts/*/*"))[1:3], *sorted(out.glob("results/*/*"))[1:3]]:
        name.unlink()
    assert batch("scenes", table, out, together=3, **SCENES).before == 3
    assert final_bytes(out) == expected
    lines = table.read_text().splitlines()[::-1]
    table.with_name("other.jsonl").write_text("\n".join(lines))
    batch("scenes", table.with_name("other.jsonl"), tmp_path / "other", together=2, **SCENES)
    batch("scenes", table, tmp_path / "alone", **SCENES)
    totals, other, alone = (
        pd.read_parquet(tmp_path / name / "words.parquet").set_index(["picture", "quantity", "form", "start"])
        for name in ("out", "other", "alone")
    )
    pd.testing.assert_series_equal(totals["nats"], other["nats"].reindex(totals.index), check_exact=True)
    np.testing.assert_allclose(totals["nats"], alone["nats"].reindex(totals.index), rtol=1e-3, atol=1e-3)


def test_workers_share_calls_too_and_no_byte_is_another(tmp_path):
    pytest.importorskip("ray")
    table = write_scenes(tmp_path / "in", 4)
    workers = ("--engine", "ray", "--workers", "2", "--device", "cpu")
    Driver(table, tmp_path / "here", "--together", "2").finish(0)
    Driver(table, tmp_path / "workers", "--together", "2", *workers).finish(0)
    assert final_bytes(tmp_path / "workers") == final_bytes(tmp_path / "here")


def test_a_network_that_heeds_its_company_is_asked_for_one_picture_at_a_time(tmp_path):
    class Sociable(Mixture):
        def epsilon(self, z, levels, conditions):
            return super().epsilon(z, levels, conditions) + 1e-6 * z.mean()

    one = Mixture()
    latents = one.encode_image(Image.new("RGB", (48, 48)))
    assert is_indifferent(one, latents, ["", PROMPT], SIZE)
    assert not is_indifferent(Sociable(), latents, ["", PROMPT], SIZE)
    table = pictures(tmp_path)
    batch(Sociable(), table, tmp_path / "out", together=3, **QUICK)
    batch(Sociable(), table, tmp_path / "alone", **QUICK)
    assert json.loads((tmp_path / "out" / "settled.json").read_text())["calls"] is None
    ours, theirs = (pd.read_parquet(tmp_path / name / "words.parquet") for name in ("out", "alone"))
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_what_fails_takes_nothing_with_it(tmp_path):
    table = pictures(tmp_path)
    summary = batch(Sick(), table, tmp_path / "out", together=3, **QUICK)
    assert (summary.finished, summary.failed) == (3, 1)
    errors = pd.read_parquet(tmp_path / "out" / "errors.parquet")
    assert errors["row"].tolist() == [2]
    assert "NaN" in errors["reason"][0]
    with pytest.raises(BatchError, match="together"):
        batch(Sick(), table, tmp_path / "out", together=2, **QUICK)
    with pytest.raises(ValueError, match="together=0: give 1 or more"):
        batch(Sick(), table, tmp_path / "other", together=0, **QUICK)


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"until": "five"}, {"draws": 7}, {"seed": -1}])
def test_what_no_picture_could_be_estimated_with_is_refused_once(tmp_path, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"^{name}="):
        batch(Sick(), pictures(tmp_path), tmp_path / "out", **QUICK | wrong)
    assert not (tmp_path / "out").exists()


def pictures(folder: Path) -> Path:
    """Four pictures for models that do not look at them."""
    prompts = (PROMPT, "a blue circle on sand", "a red square on grass", "a green square on sand")
    for index in range(len(prompts)):
        Image.new("RGB", (48, 48), (60 * index, 60, 120)).save(folder / f"{index}.png")
    rows = [{"image": f"{index}.png", "prompt": prompt} for index, prompt in enumerate(prompts)]
    pd.DataFrame(rows).to_csv(folder / "table.csv", index=False)
    return folder / "table.csv"
