"""Make the README's animation: a pointer over words, then over pixels, of an explorer as it is.

``python tools/animation.py`` estimates a scene whose caption training never saw, exports the explorer, opens
that page in Chromium, moves the mouse, and takes a picture of every step. Only the pointer is drawn by this
program, since a browser's pictures have none; and one state fades into the next.
"""

from __future__ import annotations

import argparse
import io
import itertools
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from playwright.sync_api import Page, sync_playwright
from tqdm.auto import tqdm

from infodiff_widgets import explore, open_result, scenes
from infodiff_widgets.explorer import Explorer

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests")]
from conftest import FLAGS, chromium  # noqa: E402 # pyright: ignore[reportMissingImports]
from explorer_page import FRAMES, View  # noqa: E402 # pyright: ignore[reportMissingImports]

SEED, CAPTION = 2024, "a pink circle right of a yellow cross on sand"
WORDS = ("pink", "circle", "yellow", "cross", "sand")
WIDTH, HEIGHT = 1000, 600
FRAME = 70  # milliseconds
STAY = 14  # frames on what is pointed at
STRIDE = 34  # pixels a frame at the pointer's fastest
FADE = 0.65  # of the way to the new state, each frame
ARROW = ((0, 0), (0, 17), (4, 13.4), (6.8, 19.6), (9.6, 18.4), (6.9, 12.3), (12.2, 12.1))

Point = tuple[float, float]
Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Step:
    """Where the pointer goes, and for how many frames it stays there."""

    at: Point
    frames: int = 1


def main() -> None:
    """Make the animation, and say how large it is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "explorer.webp", help=".webp or .gif")
    parser.add_argument("--draws", type=int, default=64)
    parser.add_argument("--result", type=Path, help="the estimate, from a file that Result.save wrote")
    options = parser.parse_args()
    scene = next(s for s in scenes.sample(seed=SEED, held_out=True) if s.caption == CAPTION)
    if options.result:
        explorer = Explorer(open_result(options.result))
    else:
        pipeline, picture = scenes.load_pipeline("cpu"), scenes.picture(scene, 256)
        explorer = explore(pipeline, picture, CAPTION, quantities="cmi", draws=options.draws, block=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "explorer.html"
        explorer.to_html(page)
        # The cross, the circle, and the ground between and beside them, in fractions of the picture.
        circle, cross = ((item.x, item.y) for item in scene.items)
        frames = list(faded(pictures(page, [cross, circle, (0.5, 0.12)])))
    write(frames, options.out)
    seconds = sum(duration for _, duration in frames) / 1000
    print(f"{options.out}: {len(frames)} frames, {seconds:.1f} s, {options.out.stat().st_size / 1e6:.2f} MB")  # noqa: T201


def pictures(path: Path, spots: list[Point]) -> Iterator[tuple[Pixels, Point, int]]:
    """Move the mouse over words and over spots of the picture; yield what is seen, and where the mouse is."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(path.as_uri())
        view = View(page, page.locator(".idw")).ready(60_000)
        steps = list(route(targets(view, spots)))
        for step in tqdm(steps, desc="pictures"):
            page.mouse.move(*step.at)
            yield seen(page), step.at, step.frames
        browser.close()


def targets(view: View, spots: list[Point]) -> list[Point]:
    """Return the places where the pointer stays: the words, then the spots, then out of the way."""
    places = []
    for name in WORDS:
        box = view.root.locator(".idw-word", has_text=name).first.bounding_box()
        assert box
        places.append((box["x"] + 0.55 * box["width"], box["y"] + 0.6 * box["height"]))
    box = view.canvas.bounding_box()
    assert box
    places += [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in spots]
    return places


def route(places: list[Point]) -> Iterator[Step]:
    """Glide from place to place and stay there; begin and end beside the explorer, for it plays for ever."""
    outside = (WIDTH - 60.0, HEIGHT - 24.0)
    yield Step(outside, STAY // 2)
    for start, end in itertools.pairwise([outside, *places, outside]):
        count = max(4, round(np.hypot(end[0] - start[0], end[1] - start[1]) / STRIDE * 1.5))
        for index in range(1, count + 1):
            share = index / count
            eased = share * share * (3 - 2 * share)
            at = (start[0] + eased * (end[0] - start[0]), start[1] + eased * (end[1] - start[1]))
            yield Step(at, STAY if index == count and end != outside else 1)


def seen(page: Page) -> Pixels:
    """Take a picture of the page, once it has come to rest."""
    page.evaluate(FRAMES)
    page.evaluate("Promise.all(document.getAnimations().map((a) => a.finished))")
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), np.float32)


def faded(steps: Iterator[tuple[Pixels, Point, int]]) -> Iterator[tuple[Image.Image, int]]:
    """Let each state fade into the next, and draw the pointer; yield frames with their milliseconds."""
    arrow = pointer()
    shown = np.empty(0, np.float32)
    for target, at, frames in steps:
        shown = shown if shown.size else target
        while frames:
            left = target - shown
            settled = bool(np.abs(left).max() < 3)
            shown = target if settled else shown + np.float32(FADE) * left
            frame = Image.fromarray(shown.round().astype(np.uint8))
            frame.paste(arrow, (round(at[0]), round(at[1])), arrow)
            yield frame, FRAME * (frames if settled else 1)
            frames = 0 if settled else frames - 1


def pointer(finer: int = 8) -> Image.Image:
    """Draw the pointer, with smooth edges."""
    large = Image.new("RGBA", (16 * finer, 24 * finer))
    outline = [((x + 1) * finer, (y + 1) * finer) for x, y in ARROW]
    ImageDraw.Draw(large).polygon(outline, fill="black", outline="white", width=int(1.3 * finer))
    return large.resize((22, 33), Image.Resampling.LANCZOS)


def write(frames: list[tuple[Image.Image, int]], path: Path) -> None:
    """Write frames that play for ever, as WebP or, larger, as GIF."""
    images, durations = zip(*frames, strict=True)
    lossy = {"quality": 70, "method": 4}
    options = lossy if path.suffix == ".webp" else {"optimize": True, "disposal": 1}
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations, loop=0, **options)


if __name__ == "__main__":
    main()
