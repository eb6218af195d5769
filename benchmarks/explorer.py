"""How quick and how light the explorer is, in a real Chromium: ``python -m benchmarks.explorer``.

The mouse is moved for real. The browser keeps a movement until its next frame begins, up to 16.7 ms at 60 Hz,
and hands it to the page then: an event's time is from there to the end of the page's work on the frame that
shows it. "Since moved" holds the browser's wait as well. On a busy machine the CPU of the page's thread says
more: all that an event takes, with its frames. The time to the first picture is taken in a real JupyterLab,
from the end of the cell.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests")]

from conftest import FLAGS, chromium  # noqa: E402
from explorer_page import show, traits_of  # noqa: E402
from lab import Lab  # noqa: E402
from synthetic import synthetic_result  # noqa: E402

from infodiff_widgets import Explorer, Result  # noqa: E402
from infodiff_widgets.html import STATIC  # noqa: E402

# Notes the first event of a movement. `painted` comes in the task after the frame was drawn.
WATCH = """
(type) => {
  const channel = new MessageChannel();
  window.addEventListener(type, (event) => {
    const { told } = window;
    if (!told) return;
    window.told = null;
    const handed = performance.now();
    requestAnimationFrame(() => {
      channel.port1.onmessage = () => {
        const painted = performance.now();
        told([painted - handed, painted - event.timeStamp]);
      };
      channel.port2.postMessage(0);
    });
  }, { capture: true });
}
"""
BOXES = """
(all) => all.map((one) => one.getBoundingClientRect()).map(({ x, y, width, height }) => [x, y, width, height])
"""
ARM = "() => { window.timed = new Promise((done) => { window.told = done; }); }"
MANY = """
async (count) => {
  const root = document.querySelector('.idw'), canvas = root.querySelector('.idw-canvas');
  const buttons = [...root.querySelectorAll('.idw-word')], box = canvas.getBoundingClientRect();
  for (let i = 0; i < count; i++) {
    const mouse = { bubbles: true, pointerType: 'mouse',
      clientX: box.left + box.width * Math.random(), clientY: box.top + box.height * Math.random() };
    if (i % 2) canvas.dispatchEvent(new PointerEvent('pointermove', mouse));
    else buttons[(i * 7) % buttons.length].dispatchEvent(new PointerEvent('pointerover', mouse));
    if (i % 10 === 9) await new Promise(requestAnimationFrame);
  }
}
"""
FIRST_PICTURE = """
async (index) => {
  const app = window.jupyterapp, panel = app.shell.currentWidget;
  panel.content.activeCellIndex = index;
  const cell = panel.content.widgets[index].node;
  const ready = new Promise((done) => {
    const look = () => cell.querySelector('.idw[data-ready="true"]')
      ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 1);
    look();
  });
  await app.commands.execute('notebook:run-cell');
  const ended = performance.now();
  return await ready - ended;
}
"""
SETUP = (
    "from synthetic import synthetic_result\nfrom infodiff_widgets import Explorer\n"
    "result = synthetic_result(cells=(64, 64), pixels=(512, 512))\nExplorer(result)"
)


class Row(NamedTuple):
    """One line of the table; `limit` is what `value` may be at most."""

    what: str
    value: float
    limit: float
    unit: str
    note: str = ""


def result_of(words: int, cells: int, pixels: int) -> Result:
    """Return a synthetic result of so many words."""
    prompt = " ".join(f"word{index}" for index in range(words))
    return synthetic_result(prompt, cells=(cells, cells), pixels=(pixels, pixels))


@contextmanager
def shown(browser: Browser, result: Result) -> Iterator[Page]:
    """Show a result on a page of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    show(page, traits_of(Explorer(result), details=False)).ready(30_000)
    yield page
    context.close()


def places(page: Page, kind: str, count: int) -> Iterator[tuple[float, float]]:
    """Yield where the pointer goes: from word to word, or anywhere on the picture."""
    random = np.random.default_rng(0)
    found = page.locator(".idw-word" if kind == "word" else ".idw-canvas").evaluate_all(BOXES)
    for index in range(count):
        x, y, width, height = found[index * 7 % len(found)]
        across, down = (0.5, 0.3) if kind == "word" else (random.random(), random.random())
        yield x + across * width, y + down * height


def moves(page: Page, kind: str, count: int) -> list[tuple[float, float]]:
    """Move the mouse at random moments; milliseconds to its frame since handed over and since moved."""
    random, times = np.random.default_rng(1), []
    for x, y in places(page, kind, count):
        page.evaluate(ARM)
        page.wait_for_timeout(20 + 17 * random.random())
        page.mouse.move(x, y)
        times.append(tuple(page.evaluate("() => window.timed")))
    return times


def latency(browser: Browser, name: str, result: Result, limit: float, count: int) -> Iterator[Row]:
    """Measure the pointer on words and on the picture."""
    for kind in ("word", "cell"):
        with shown(browser, result) as page:
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})

            def spent(session: CDPSession = session) -> float:
                metrics = session.send("Performance.getMetrics")["metrics"]
                return 1000 * next(row["value"] for row in metrics if row["name"] == "TaskDuration")

            page.evaluate(WATCH, "pointerover" if kind == "word" else "pointermove")
            moves(page, kind, 20)  # compiled by then
            before = spent()
            handed, moved = (sorted(times) for times in zip(*moves(page, kind, count), strict=True))
            cost = (spent() - before) / count
            middle, high = len(handed) // 2, int(0.95 * (len(handed) - 1))
            since = f"since moved p50 {moved[middle]:.1f}, p95 {moved[high]:.1f}"
            note = f"p50 {handed[middle]:.1f}; {since}; CPU {cost:.1f}"
            yield Row(f"{kind} hovered to frame painted, p95: {name}", handed[high], limit, "ms", note)


def heap(browser: Browser, count: int) -> Row:
    """Measure what is left on the heap by many pointer events."""
    with shown(browser, result_of(12, 64, 512)) as page:
        session = page.context.new_cdp_session(page)

        def used() -> float:
            session.send("HeapProfiler.collectGarbage")
            return session.send("Runtime.getHeapUsage")["usedSize"] / 1024

        page.evaluate(MANY, 1000)
        before = used()
        page.evaluate(MANY, count)
        after = used()
    return Row(f"heap after {count} pointer events more", after - before, 256, "kB", f"of {before:.0f}")


def first_picture(browser: Browser, count: int = 5) -> Row:
    """Measure from the end of a cell to its picture, in JupyterLab; the module is loaded by then."""
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder), browser) as lab:
        notebook = lab.open("bench", [SETUP, *["Explorer(result)"] * count])
        notebook.run(0)
        times = sorted(notebook.page.evaluate(FIRST_PICTURE, index + 1) for index in range(count))
    return Row("cell's end to first picture, median", times[count // 2], 300, "ms", f"most {times[-1]:.0f}")


def weights() -> Iterator[Row]:
    """Measure what is sent."""
    for words, cells, pixels in ((10, 64, 512), (77, 64, 512), (24, 128, 1024)):
        result = result_of(words, cells, pixels)
        explorer = Explorer(result)
        maps = sum(result.data[name].size for name in ("maps", "full_map"))
        need = (2 * maps + len(explorer._image)) / 1000
        header = len(json.dumps(explorer._header)) / 1000
        sent = header + (len(explorer._maps) + len(explorer._image)) / 1000
        name = f"sent for the first picture: {words} words, {cells} x {cells} cells"
        yield Row(name, sent, need, "kB", f"header {header:.1f}, PNG {len(explorer._image) / 1000:.0f}")
    files = [(STATIC / name).read_bytes() for name in ("widget.js", "widget.css")]
    packed = sum(len(gzip.compress(file)) for file in files) / 1000
    yield Row("bundle", sum(map(len, files)) / 1000, 100, "kB", f"{packed:.0f} packed")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200, help="timed, of each kind (200)")
    parser.add_argument("--heap-events", type=int, default=10_000, help="for the heap (10000)")
    parser.add_argument("--without-lab", action="store_true", help="leave JupyterLab out")
    options = parser.parse_args()
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    print(f"Load {load:.1f} on {cores} cores", end="", flush=True)
    print(
        ": the machine is busy, and times below are longer than they would be." if load > cores / 2 else "."
    )
    with sync_playwright() as playwright:
        browser: Any = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        rows = [*weights()]
        small, large = result_of(77, 64, 512), result_of(24, 128, 1024)
        rows += latency(browser, "512 x 512, 77 words", small, 16, options.events)
        rows += latency(browser, "1024 x 1024, 128 x 128 cells", large, 25, options.events)
        rows.append(heap(browser, options.heap_events))
        if not options.without_lab:
            rows.append(first_picture(browser))
        browser.close()
    for row in rows:
        verdict = "ok  " if row.value <= row.limit else "OVER"
        print(f"{verdict} {row.what:<66} {row.value:9.1f} of {row.limit:7.1f} {row.unit}  ({row.note})")
    print(f"Load at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
