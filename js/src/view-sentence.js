/**
 * The prompt as a sentence: every word a button that stands on a bar, its information.
 */
import { bars, hasBars, litWord, placeOf } from "./derive.js";
import { hovers, listen, make, setAttribute, setClass, setData, setStyle, setText } from "./dom.js";
import { pieces } from "./geometry.js";
import { inUnit, short } from "./numbers.js";
import { colourOf } from "./pins.js";
import { press } from "./press.js";
import { wordSaid } from "./status.js";
import { wordName } from "./words.js";

/** Above so many words the sentence is set smaller and without figures. */
const LONG = 28;
/** Height of a full bar in CSS pixels, and the part of it that the bar of a word without information keeps. */
const BAR = 12;
const THINNEST = 0.084;
/** Steps of a bar's height, a quarter of a pixel each: what would not be seen to move is not restyled. */
const STEPS = 4 * BAR;

/** @typedef {import("./derive.js").Bar} Bar */

/**
 * @param {import("./dom.js").Context} context
 */
export function sentenceView(context) {
  const { shared, local } = context;
  const line = make("div", { class: "idw-line", dir: "auto" });
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
      make("span", { class: "idw-text" }, text),
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
      word === null ? make("span", {}, text) : makeButton(text, word),
    );
    for (const { text, word } of extra) nodes.push(make("span", {}, " · "), makeButton(text, /** @type {number} */ (word)));
    line.replaceChildren(...nodes);
    root.dataset.size = header.words.length > LONG ? "long" : "short";
    rover = 0;
  }

  /** The bars by word. @param {Readonly<import("./state.js").Shared>} state @param {import("./derive.js").Place} place */
  function byWord(state, place) {
    /** @type {Map<number, Bar>} */
    const found = new Map();
    if (!hasBars(state)) return found;
    for (const bar of bars(state, place).list) if (bar.id !== null) found.set(bar.id, bar);
    return found;
  }

  /** Names for screen readers carry the totals and their intervals; pins their colour. @param {Readonly<import("./state.js").Shared>} state */
  function nameButtons(state) {
    const totals = byWord(state, { kind: "whole" });
    for (const { button, word } of buttons) {
      const name = wordName(state.result?.header.words ?? [], word);
      const colour = colourOf(state, word);
      setAttribute(button, "aria-label", wordSaid(state, name, totals.get(word)));
      setAttribute(button, "aria-pressed", String(colour !== null));
      const many = state.pinned_words.length > 1 && colour !== null;
      setClass(button, "idw-pinned", many);
      setStyle(button, "--pin", many ? colour : "");
    }
  }

  /** @param {EventTarget | null} target */
  function wordOf(target) {
    const button = target instanceof Element ? target.closest(".idw-word") : null;
    return button instanceof HTMLElement ? Number(button.dataset.index) : null;
  }

  listen(context, line, "pointerover", (event) => {
    if (hovers(event)) local.set({ hovered_word: wordOf(event.target) });
  });
  listen(context, line, "pointerleave", () => local.set({ hovered_word: null }));
  listen(context, line, "click", (event) => {
    const word = wordOf(event.target);
    if (word === null) return;
    rover = buttons.findIndex((entry) => entry.word === word);
    press(context, word);
  });
  listen(context, line, "focusin", (event) => {
    const word = wordOf(event.target);
    const visible = event.target instanceof Element && event.target.matches(":focus-visible");
    rover = Math.max(0, buttons.findIndex((entry) => entry.word === word));
    local.set({ focused_word: visible ? word : null });
  });
  listen(context, line, "focusout", () => local.set({ focused_word: null }));
  listen(context, line, "keydown", (event) => {
    const last = buttons.length - 1;
    const right = getComputedStyle(line).direction === "rtl" ? -1 : 1;
    /** @type {Record<string, number>} */
    const targets = { ArrowRight: rover + right, ArrowDown: rover + 1, ArrowLeft: rover - right, ArrowUp: rover - 1, Home: 0, End: last };
    const target = Object.hasOwn(targets, event.key) ? targets[event.key] : undefined;
    if (target === undefined || buttons.length === 0) return;
    event.preventDefault();
    rover = Math.max(0, Math.min(last, target));
    buttons[rover].button.focus();
    local.set({ focused_word: buttons[rover].word });
  });

  return {
    root,
    update() {
      const state = shared.get();
      const here = local.get();
      const header = state.result?.header;
      if (!header) return;
      if (state !== named) {
        named = state;
        const text = JSON.stringify([header.prompt, header.words]);
        if (text !== shown) {
          shown = text;
          build(header);
        }
        nameButtons(state);
      }
      const place = placeOf(state, here);
      const found = byWord(state, place);
      const active = litWord(state, here);
      setData(root, "mode", !hasBars(state) ? "whole" : place.kind === "whole" ? "total" : "local");
      buttons.forEach(({ button, bar, figure, word }, i) => {
        const entry = found.get(word);
        const length = entry?.length ?? 0;
        const value = entry?.value ?? null;
        // On the element itself: a variable would restyle all that inherits it.
        const height = Math.round(STEPS * Math.abs(length)) / STEPS;
        setStyle(bar, "transform", `scaleY(${Math.max(THINNEST, height).toFixed(3)})`);
        setClass(bar, "idw-negative", length < 0);
        if (place.kind === "whole") {
          setText(figure, value === null ? "" : short(inUnit(state, value)));
          setStyle(figure, "transform", `translate(-50%, ${(BAR * Math.abs(length)).toFixed(1)}px)`);
        }
        setClass(button, "idw-active", word === active);
        const tabIndex = i === rover ? 0 : -1;
        if (button.tabIndex !== tabIndex) button.tabIndex = tabIndex;
      });
    },
  };
}
