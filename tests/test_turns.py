"""Two users of one pipeline at a time: neither reads, changes or ends what the other does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from models import Mixture
from PIL import Image
from tiny import tiny_pipeline

from infodiff_widgets import estimate, explore
from infodiff_widgets.analyses.intervene_cases import swap
from infodiff_widgets.analyses.intervene_edit import edit
from infodiff_widgets.analyses.ranking_run import rank_captions
from infodiff_widgets.live import Job, JobProgress
from infodiff_widgets.turns import turn_of

PICTURE = Image.effect_noise((64, 64), 50).convert("RGB")
PROMPT = "a red circle"
OPTIONS: dict[str, Any] = {"draws": 4, "density": "uniform"}


@contextmanager
def while_reading(pipeline: Any, do: Any) -> Iterator[list[int]]:
    """Do something, once, in the midst of the pipeline's own call; the list holds calls of its encoder."""
    calls: list[int] = []

    def between(*_: Any) -> None:
        calls.append(threading.get_ident())
        if len(calls) == 1:
            do()

    hook = pipeline.text_encoder.register_forward_hook(between)
    try:
        yield calls
    finally:
        hook.remove()


def picture_of(pipeline: Any) -> np.ndarray:
    given = {"num_inference_steps": 3, "height": 64, "width": 64, "output_type": "np"}
    return pipeline(PROMPT, generator=torch.Generator().manual_seed(0), **given).images[0]


def test_a_picture_that_is_generated_while_prompts_are_read_is_what_it_is_without() -> None:
    pipeline, made = tiny_pipeline(window=64), []
    expected, told = picture_of(pipeline), estimate(pipeline, PICTURE, PROMPT, **OPTIONS)

    def generate() -> None:
        thread = threading.Thread(target=lambda: made.append(picture_of(pipeline)))
        thread.start()
        thread.join(60)

    with while_reading(pipeline, generate) as calls:
        beside = estimate(pipeline, PICTURE, PROMPT, **OPTIONS)
    assert len(set(calls)) == 2
    np.testing.assert_array_equal(made[0], expected)
    np.testing.assert_array_equal(beside.data.maps.values, told.data.maps.values)
    np.testing.assert_array_equal(picture_of(pipeline), expected)


def test_an_estimate_waits_for_an_explorer_that_reads_its_prompts() -> None:
    pipeline = tiny_pipeline(window=64)
    alone = estimate(pipeline, PICTURE, PROMPT, **OPTIONS)
    begun, go_on = threading.Event(), threading.Event()

    def pause() -> None:
        begun.set()
        go_on.wait(1.0)

    with while_reading(pipeline, pause) as calls:
        explorer = explore(pipeline, PICTURE, PROMPT, **OPTIONS)
        assert begun.wait(60)
        assert turn_of(pipeline).taken
        beside = estimate(pipeline, PICTURE, PROMPT, **OPTIONS)
        explorer.wait(60)
    assert len(set(calls)) == 2
    for result in (beside, explorer.result):
        np.testing.assert_array_equal(result.data.maps.values, alone.data.maps.values)


class Slow(Mixture):
    """One that takes a while over all that is asked of it, and counts who is there at once."""

    def __init__(self) -> None:
        super().__init__()
        self.here, self.most, self.users = 0, 0, set[int]()
        self.counting = threading.Lock()
        self.begun = threading.Event()

    @contextmanager
    def used(self) -> Iterator[None]:
        with self.counting:
            self.here += 1
            self.most = max(self.most, self.here)
        self.users.add(threading.get_ident())
        time.sleep(0.005)
        yield
        with self.counting:
            self.here -= 1

    def encode_image(self, image: Image.Image) -> torch.Tensor:
        """Encode, slowly."""
        with self.used():
            return super().encode_image(image)

    def encode_prompts(self, prompts: Any) -> Any:
        """Encode, slowly."""
        with self.used():
            return super().encode_prompts(prompts)

    def epsilon(self, z: torch.Tensor, levels: torch.Tensor, conditions: Any) -> torch.Tensor:
        """Predict, slowly."""
        self.begun.set()
        with self.used():
            return super().epsilon(z, levels, conditions)

    def decode_latents(self, latents: torch.Tensor) -> list[Image.Image]:
        """Decode, slowly."""
        with self.used():
            return [PICTURE] * len(latents)


@pytest.mark.parametrize(
    "use",
    [
        lambda model: rank_captions(model, PICTURE, [PROMPT, "a blue circle"], draws=16, batch_size=4),
        lambda model: edit(model, PICTURE, swap(PROMPT, "red", "blue"), steps=6),
    ],
)
def test_who_ranks_or_edits_waits_for_an_estimate_on_the_same_model_and_it_for_them(use: Any) -> None:
    model = Slow()
    explorer = explore(model, PICTURE, PROMPT, draws=32, density="uniform", batch_size=4)
    assert model.begun.wait(60)
    with turn_of(model):
        use(model)  # whose turn it is already
    use(model)
    explorer.wait(60)
    assert len(model.users) == 2
    assert model.most == 1


def test_a_job_tells_whatever_ends_it() -> None:
    class Odd(BaseException):
        pass

    def results() -> Iterator[Any]:
        raise Odd("in a thread")
        yield

    seen: list[JobProgress] = []
    job = Job(lambda _, progress: seen.append(progress), planned=4)
    job.start(results())
    job.wait(60)
    assert (seen[-1].state, seen[-1].message) == ("failed", "Odd: in a thread")
    with pytest.raises(Odd):
        raise job.error or AssertionError
