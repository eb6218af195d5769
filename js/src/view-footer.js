/**
 * What is being computed or was: progress with a way to stop it, then the provenance in one quiet line.
 */
import { make, setAttribute, setText } from "./dom.js";

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 1) return "a moment left";
  if (seconds < 90) return `${Math.round(seconds)} s left`;
  return `${Math.round(seconds / 60)} min left`;
}

/** @param {number} value */
const level = (value) => value.toFixed(1).replace("-", "−");

/** @param {import("./state.js").Shared} state */
export function footerText({ progress, result }) {
  const { state, done, planned, seconds_left: left, message } = progress;
  if (state === "running") {
    if (done === 0) return message || "starting";
    return `${done} of ${planned} noise draws${left === null ? "" : ` · ${duration(left)}`}`;
  }
  const header = result?.header;
  if (!header || header.draws_done === 0) return state === "failed" ? "" : message;
  const range = header.log_snr ? ` · log-SNR ${level(header.log_snr[0])} to ${level(header.log_snr[1])}` : "";
  const partial = header.complete ? "" : ` of ${header.draws_planned}, stopped early`;
  return `${header.draws_done}${partial} noise draws${range}`;
}

/**
 * @param {import("./dom.js").Context} context
 * @param {() => void} cancel
 */
export function footerView({ shared, signal }, cancel) {
  const fill = make("span", { class: "idw-fill" });
  const bar = make("span", { class: "idw-progress", role: "progressbar", "aria-label": "Noise draws", "aria-valuemin": "0" }, fill);
  const text = make("span", { class: "idw-status" });
  const stop = make("button", { type: "button", class: "idw-cancel", title: "Stop and keep what has been computed" }, "cancel");
  const root = make("div", { class: "idw-footer" }, bar, text, stop);
  stop.addEventListener("click", () => {
    stop.disabled = true;
    cancel();
  }, { signal });
  return {
    root,
    update() {
      const state = shared.get();
      const { done, planned, state: phase } = state.progress;
      const running = phase === "running";
      root.dataset.running = String(running);
      bar.hidden = stop.hidden = !running;
      if (!running) stop.disabled = false;
      setText(text, footerText(state));
      setAttribute(bar, "aria-valuemax", String(planned));
      setAttribute(bar, "aria-valuenow", String(done));
      fill.style.transform = `scaleX(${planned > 0 ? done / planned : 0})`;
    },
  };
}
