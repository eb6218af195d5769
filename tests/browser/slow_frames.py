"""Frames that come late: a test that looks before the view is drawn then always fails, not now and then."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext

LATE = """
const [draw, stop] = [requestAnimationFrame.bind(window), cancelAnimationFrame.bind(window)];
const timers = new Map();
let last = 1e9; // so that no number is one of the browser's own
window.requestAnimationFrame = (call) => {
  timers.set(++last, setTimeout((id) => (timers.delete(id), draw(call)), MILLISECONDS, last));
  return last;
};
window.cancelAnimationFrame = (id) => {
  clearTimeout(timers.get(id));
  if (!timers.delete(id)) stop(id);
};
"""


def slow_down(milliseconds: int) -> None:
    """Let every page of this process draw so much later."""
    fast = Browser.new_context

    def slow(self: Browser, **options: Any) -> BrowserContext:
        context = fast(self, **options)
        context.add_init_script(f"{{{LATE.replace('MILLISECONDS', str(milliseconds))}}}")
        return context

    Browser.new_context = slow
