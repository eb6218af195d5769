/**
 * Asking back: leave the pinned word out, or put another text in its place, and see where the picture changes.
 */
import { focusPicture, listen, make, memory, setAttribute, setText } from "./dom.js";
import { shortName } from "./edits.js";
import { editStatus, pinnedLast, refusal } from "./status.js";
import { wordName } from "./words.js";

/** @typedef {import("./edits.js").Edit} Edit */
/**
 * @typedef {object} Actions
 * @property {(word: number, text: string | null) => void} edit
 * @property {((key: number) => void) | null} dropEdit  null on a page without Python
 * @property {string} attach  what brings the model in Python; "" on a page without it
 */

/**
 * @param {import("./dom.js").Context} context
 * @param {Actions} actions
 */
export function editsView(context, actions) {
  const { shared, local, signal } = context;
  const attach = actions.attach && `To leave words out or swap them, attach the model in Python: ${actions.attach}`;
  const name = make("span", { class: "idw-editword", dir: "auto" });
  const out = make("button", { type: "button", class: "idw-ask", title: "Where would the picture change without this word?" }, "leave out");
  const input = make("input", { type: "text", class: "idw-edittext", size: "14", maxlength: "200", placeholder: "another text", "aria-label": "Text in place of the word", dir: "auto" });
  const swap = make("button", { type: "submit", class: "idw-ask", title: "Where would the picture change with this text in its place?" }, "put in its place");
  const form = make("form", { class: "idw-editform", "aria-label": "Change the pinned word" }, name, out, make("span", { class: "idw-or" }, "or"), input, swap);
  const hint = make("span", { class: "idw-edithint" });
  const problem = make("span", { class: "idw-editproblem", role: "alert" });
  const list = make("div", { class: "idw-editlist" });
  const root = make("div", { class: "idw-edits", role: "group", "aria-label": "Changes of the prompt" }, form, hint, problem, list);
  /** @type {Map<number, { chip: HTMLElement, show: HTMLButtonElement, title: HTMLElement, status: HTMLElement, drop: HTMLButtonElement }>} */
  const chips = new Map();
  const asBefore = memory();
  let refused = "";

  /** Say, before Python is asked, why a text cannot take the word's place. @param {string} why */
  function refuse(why) {
    refused = why;
    showProblem();
  }

  function showProblem() {
    const said = refused || shared.get().edits.problem;
    setText(problem, said);
    problem.hidden = !said;
  }

  /** @param {string | null} text */
  function ask(text) {
    const word = pinnedLast(shared.get());
    if (word !== null) actions.edit(word, text);
  }
  listen(context, form, "submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    refuse(refusal(shared.get(), text));
    if (refused) return;
    input.value = "";
    ask(text);
  });
  listen(context, input, "input", () => refuse(""));
  listen(context, out, "click", () => {
    refuse("");
    ask(null);
  });
  const undo = shared.subscribe((changed) => {
    if (changed.has("pinned_words")) refuse("");
  });
  signal.addEventListener("abort", undo);

  /** @param {Edit} edit */
  function makeChip({ key }) {
    const title = make("span", { dir: "auto" });
    const status = make("span", { class: "idw-editstatus" });
    const show = make("button", { type: "button", class: "idw-editshow" }, title, status);
    const drop = make("button", { type: "button", class: "idw-drop" }, "×");
    const chip = make("span", { class: "idw-chip", "data-edit": String(key) }, show, drop);
    const pin = () => shared.set({ pinned_edit: shared.get().pinned_edit === key ? null : key });
    listen(context, show, "click", pin);
    listen(context, drop, "click", () => actions.dropEdit?.(key));
    drop.hidden = !actions.dropEdit;
    listen(context, chip, "pointerenter", () => local.set({ hovered_edit: key }));
    listen(context, chip, "pointerleave", () => local.set({ hovered_edit: null }));
    chips.set(key, { chip, show, title, status, drop });
    list.append(chip);
    return chips.get(key);
  }

  return {
    root,
    update() {
      const state = shared.get();
      const header = state.result?.header;
      if (!header || asBefore(state.edits, state.pinned_words, state.pinned_edit, state.form, state.unit, header)) return;
      const pinned = pinnedLast(state);
      const word = pinned === null ? undefined : header.words[pinned];
      const { model, list: edits } = state.edits;
      form.hidden = !model || !word;
      setText(name, word && pinned !== null ? `“${wordName(header.words, pinned)}”` : "");
      setText(hint, model ? "Pin a word to leave it out, or to put another text in its place." : attach);
      hint.hidden = model ? Boolean(word) : !word || !attach;
      showProblem();
      const keys = new Set(edits.map(({ key }) => key));
      let left = false;
      for (const [key, { chip }] of chips) {
        if (keys.has(key)) continue;
        left ||= chip.matches(":focus-within");
        chip.remove();
        chips.delete(key);
        if (local.get().hovered_edit === key) local.set({ hovered_edit: null });
      }
      for (const edit of edits) {
        const parts = chips.get(edit.key) ?? makeChip(edit);
        if (!parts) continue;
        const running = edit.progress.state === "running";
        setText(parts.title, shortName(edit, header));
        setAttribute(parts.show, "title", edit.text ?? ""); // in full
        setText(parts.status, editStatus(state, edit));
        parts.chip.dataset.state = edit.progress.state;
        parts.show.setAttribute("aria-pressed", String(edit.key === state.pinned_edit));
        parts.drop.title = running ? "Stop, and keep what has been computed" : "Forget this change";
        parts.drop.setAttribute("aria-label", `${running ? "Stop" : "Forget"} ${shortName(edit, header)}`);
      }
      const [next] = chips.values();
      if (left && next) next.show.focus();
      else if (left) focusPicture(root);
      root.hidden = form.hidden && hint.hidden && problem.hidden && edits.length === 0;
    },
  };
}
