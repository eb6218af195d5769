/**
 * Tells Python what is hovered, where it asked to know: at most ten times a second, the last always.
 * What is on the screen never waits for it.
 */

/** Milliseconds between two reports. */
export const INTERVAL = 100;

/** @typedef {import("./state.js").Local} Local */
/** @typedef {Pick<import("./adapter.js").Line, "get" | "set" | "save_changes">} Model */

/**
 * @param {Model} model
 * @param {AbortSignal} signal  ends the view; what was hovered there is hovered no more
 * @returns {(local: Readonly<Local>) => void}  takes every change of what a view points at
 */
export function hoverReporter(model, signal) {
  let timer = 0;
  let last = -INTERVAL;
  /** @type {Readonly<Local> | null} */
  let latest = null;

  function send() {
    timer = 0;
    last = performance.now();
    const word = latest?.hovered_word ?? latest?.focused_word ?? null;
    const pixel = latest?.hovered_pixel ?? latest?.focused_pixel ?? null;
    const same = word === model.get("hovered_word") && String(pixel) === String(model.get("hovered_pixel"));
    if (same) return;
    model.set("hovered_word", word);
    model.set("hovered_pixel", pixel);
    model.save_changes();
  }

  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    latest = null;
    if (model.get("sync_hover")) send();
  });
  return (local) => {
    latest = local;
    if (timer || signal.aborted || !model.get("sync_hover")) return;
    timer = setTimeout(send, Math.max(0, last + INTERVAL - performance.now()));
  };
}
