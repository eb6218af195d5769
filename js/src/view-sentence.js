/**
 * The prompt as a sentence: every word a button that stands on a bar, its information.
 */
import { make, setAttribute, setText } from "./dom.js";
import { activePixel, activeWord, bars, format, unitName, inUnit } from "./derive.js";
import { pieces } from "./geometry.js";

/** Above so many words the sentence is set smaller and without figures. */
const LONG = 28;

/**
 * @param {import("./dom.js").Context} context
 */
export function sentenceView({ shared, local, signal }) {
  const line = make("div", { class: "idw-line" });
  const root = make("div", { class: "idw-sentence", role: "toolbar", "aria-label": "Prompt, word by word" }, line);
  /** @type {{ button: HTMLButtonElement, bar: HTMLElement, figure: HTMLElement, word: number }[]} */
  let buttons = [];
  let shown = "";
  let rover = 0;
  /** @type {Readonly<import("./state.js").Shared> | null} */
  let named = null;

  /** @param {string} text @param {number} word */
  function makeButton(text, word) {
    const bar = make("span", { class: "idw-bar" });
    const figure = make("span", { class: "idw-figure" });
    const button = make(
      "button",
      { type: "button", class: "idw-word", "data-index": String(word), "aria-pressed": "false" },
      make("span", { class: "idw-text", dir: "auto" }, text),
      make("span", { class: "idw-plinth", "aria-hidden": "true" }, bar, figure),
    );
    buttons.push({ button, bar, figure, word });
    return button;
  }

  /** @param {import("./model.js").Header} header */
  function build(header) {
    buttons = [];
    const { line: pieceLine, extra } = pieces(header.prompt, header.words);
    const nodes = pieceLine.map(({ text, word }) =>
      word === null ? make("span", { class: "idw-between" }, text) : makeButton(text, word),
    );
    for (const { text, word } of extra) nodes.push(make("span", { class: "idw-between" }, " · "), makeButton(text, /** @type {number} */ (word)));
    line.replaceChildren(...nodes);
    root.dataset.size = header.words.length > LONG ? "long" : "short";
    rover = 0;
  }

  /** Names for screen readers carry the totals. @param {Readonly<import("./state.js").Shared>} state */
  function nameButtons(state) {
    const { list } = state.quantity === "full" ? { list: [] } : bars(state, null);
    for (const { button, word } of buttons) {
      const name = state.result?.header.words[word].text ?? "";
      const total = list[word]?.value ?? null;
      const text = total === null ? name : `${name}, ${format(inUnit(state, total))} ${unitName(state)}`;
      setAttribute(button, "aria-label", text);
      setAttribute(button, "aria-pressed", String(word === state.pinned_word));
    }
  }

  /** @param {EventTarget | null} target */
  function wordOf(target) {
    const button = target instanceof Element ? target.closest(".idw-word") : null;
    return button instanceof HTMLElement ? Number(button.dataset.index) : null;
  }

  line.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") local.set({ hovered_word: wordOf(event.target) });
  }, { signal });
  line.addEventListener("pointerleave", () => local.set({ hovered_word: null }), { signal });
  line.addEventListener("click", (event) => {
    const word = wordOf(event.target);
    if (word === null) return;
    rover = buttons.findIndex((entry) => entry.word === word);
    shared.set({ pinned_word: shared.get().pinned_word === word ? null : word });
  }, { signal });
  line.addEventListener("focusin", (event) => {
    const word = wordOf(event.target);
    const visible = event.target instanceof Element && event.target.matches(":focus-visible");
    rover = Math.max(0, buttons.findIndex((entry) => entry.word === word));
    local.set({ focused_word: visible ? word : null });
  }, { signal });
  line.addEventListener("focusout", () => local.set({ focused_word: null }), { signal });
  line.addEventListener("keydown", (event) => {
    const last = buttons.length - 1;
    /** @type {Record<string, number>} */
    const targets = { ArrowRight: rover + 1, ArrowDown: rover + 1, ArrowLeft: rover - 1, ArrowUp: rover - 1, Home: 0, End: last };
    const target = targets[event.key];
    if (target === undefined || buttons.length === 0) return;
    event.preventDefault();
    rover = Math.max(0, Math.min(last, target));
    buttons[rover].button.focus();
    local.set({ focused_word: buttons[rover].word });
  }, { signal });

  return {
    root,
    update() {
      const state = shared.get();
      const header = state.result?.header;
      if (!header) return;
      const text = JSON.stringify([header.prompt, header.words]);
      if (text !== shown) {
        shown = text;
        build(header);
      }
      if (state !== named) {
        named = state;
        nameButtons(state);
      }
      const whole = state.quantity === "full";
      const active = whole ? null : activeWord(state, local.get());
      const cell = activePixel(state, local.get());
      const { list } = whole ? { list: [] } : bars(state, cell);
      root.dataset.mode = whole ? "whole" : cell ? "local" : "total";
      buttons.forEach(({ button, bar, figure, word }, i) => {
        const entry = list[word];
        const length = entry?.length ?? 0;
        const size = Math.abs(length);
        button.style.setProperty("--size", size.toFixed(4));
        bar.classList.toggle("idw-negative", length < 0);
        const value = entry?.value ?? null;
        if (cell === null) setText(figure, value === null ? "" : short(inUnit(state, value)));
        button.classList.toggle("idw-active", word === active);
        const tabIndex = i === rover ? 0 : -1;
        if (button.tabIndex !== tabIndex) button.tabIndex = tabIndex;
      });
    },
  };
}

/** At most three digits and a point, for the small figure under a bar. @param {number} value */
function short(value) {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 9.95 ? 0 : size >= 0.995 ? 1 : 2);
  return Number(text) === 0 ? "0" : text.replace(/^(-?)0\./, "$1.").replace("-", "−");
}
