/**
 * What is being computed or was: progress with a way to stop it, then the provenance in one quiet line, and
 * what to know before trusting the numbers.
 */
import { roughText } from "./derive.js";
import { focusPicture, isWaited, listen, make, memory, setAttribute, setFacts, setStyle, setText, setWaited } from "./dom.js";
import { footerText, letGoText } from "./status.js";

/**
 * @param {import("./dom.js").Context} context
 * @param {{ cancel: () => boolean, more: () => boolean }} actions
 */
export function footerView(context, { cancel, more }) {
  const { shared, local } = context;
  const fill = make("span", { class: "idw-fill" });
  const bar = make("span", { class: "idw-progress", role: "progressbar", "aria-label": "Noise draws", "aria-valuemin": "0" }, fill);
  const text = make("span", { class: "idw-status" });
  const stop = make("button", { type: "button", class: "idw-cancel", title: "Stop and keep what has been computed" }, "cancel");
  const add = make("button", { type: "button", class: "idw-cancel" }, "more draws");
  const note = make("div", { class: "idw-note", role: "note" });
  const rough = make("span", { class: "idw-rough" });
  // Always there, so that a screen reader hears what it comes to say.
  const gone = make("span", { role: "status" });
  const root = make("div", { class: "idw-footer" }, bar, text, stop, rough, add, note, gone);
  listen(context, stop, "click", () => {
    if (!isWaited(stop)) setWaited(stop, cancel());
  });
  listen(context, add, "click", () => {
    if (!isWaited(add)) setWaited(add, more());
  });
  const asBefore = memory();
  return {
    root,
    update() {
      const state = shared.get();
      setText(gone, letGoText(state, local.get()));
      if (asBefore(state.progress, state.result, state.edits, state.quantity, state.form, state.band)) return;
      const { done, planned, state: phase } = state.progress;
      const running = phase === "running";
      const held = [stop, add].find((button) => button.matches(":focus"));
      bar.hidden = stop.hidden = !running;
      if (!running) setWaited(stop, false);
      const header = state.result?.header;
      // Whatever has changed, the wish was heard, or refused.
      setWaited(add, false);
      add.hidden = running || !state.edits.model || !header?.draws_done;
      if (held?.hidden) {
        const other = [stop, add].find((button) => !button.hidden);
        if (other) other.focus();
        else focusPicture(root);
      }
      add.title = header?.complete ? "As many noise draws again: errors become smaller" : "Go on with what is left of the run";
      setFacts(text, footerText(state));
      const said = roughText(state);
      rough.hidden = said === "";
      setText(rough, said);
      setAttribute(bar, "aria-valuemax", String(planned));
      setAttribute(bar, "aria-valuenow", String(done));
      setStyle(fill, "transform", `scaleX(${planned > 0 ? done / planned : 0})`);
      const warnings = running ? [] : (state.result?.header.warnings ?? []);
      setText(note, warnings.join(" "));
      note.hidden = warnings.length === 0;
    },
  };
}
