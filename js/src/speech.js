/**
 * What a screen reader is told: where things rest, not every step on the way there.
 */
import { make, setText } from "./dom.js";

const DELAY = 250;

/**
 * @param {() => string} text
 * @param {AbortSignal} signal
 */
export function speaker(text, signal) {
  const node = make("div", { class: "idw-sr", role: "status", "aria-live": "polite" });
  let waiting = 0;
  signal.addEventListener("abort", () => clearTimeout(waiting));
  return {
    node,
    speak() {
      clearTimeout(waiting);
      waiting = window.setTimeout(() => setText(node, text()), DELAY);
    },
  };
}
