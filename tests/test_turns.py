"""Two users of one pipeline at a time: neither reads, changes or ends what the other does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import tiny_pipeline

from infodiff_widgets import estimate, explore
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
