/**
 * The words ranked: at the cell under the pointer, or by what they say about the whole picture.
 * Rows keep their place in the document and glide to their rank, so that nothing jumps.
 */
import { make, setText } from "./dom.js";
import { activePixel, activeWord, bars, decimals, fixed, inUnit, isSigned, ranks, unitName } from "./derive.js";

/** Rows shown at most; the rest is counted. */
const SHOWN = 12;

/**
 * @param {import("./dom.js").Context} context
 */
export function rankingView({ shared, local, signal }) {
  const where = make("span", { class: "idw-where" });
  const unit = make("span", { class: "idw-unit" });
  const spread = make("span", { class: "idw-error", title: "standard error" }, "± s.e.");
  const list = make("div", { class: "idw-rows", "aria-hidden": "true" });
  const root = make("div", { class: "idw-ranking" }, make("div", { class: "idw-head" }, where, unit, spread), list);
  /** @type {{ row: HTMLElement, bar: HTMLElement, value: HTMLElement, error: HTMLElement }[]} */
  let rows = [];
  let shown = "";

  /** @param {string[]} names */
  function build(names) {
    rows = names.map((name, i) => {
      const bar = make("span", { class: "idw-rowbar" });
      const value = make("span", { class: "idw-value" });
      const error = make("span", { class: "idw-error" });
      const row = make(
        "div",
        { class: "idw-row", "data-index": String(i) },
        make("span", { class: "idw-name", dir: "auto" }, name),
        make("span", { class: "idw-track" }, bar),
        value,
        error,
      );
      return { row, bar, value, error };
    });
    list.replaceChildren(...rows.map(({ row }) => row));
  }

  /** @param {EventTarget | null} target */
  function wordOf(target) {
    const row = target instanceof Element ? target.closest(".idw-row") : null;
    return row instanceof HTMLElement && shared.get().quantity !== "full" ? Number(row.dataset.index) : null;
  }

  list.addEventListener("pointerover", (event) => local.set({ hovered_word: wordOf(event.target) }), { signal });
  list.addEventListener("pointerleave", () => local.set({ hovered_word: null }), { signal });
  list.addEventListener("click", (event) => {
    const word = wordOf(event.target);
    if (word !== null) shared.set({ pinned_word: shared.get().pinned_word === word ? null : word });
  }, { signal });

  return {
    root,
    update() {
      const state = shared.get();
      const header = state.result?.header;
      if (!header) return;
      const whole = state.quantity === "full";
      const names = whole ? ["whole prompt"] : header.words.map(({ text }) => text);
      const key = JSON.stringify(names);
      if (key !== shown) {
        shown = key;
        build(names);
      }
      const cell = activePixel(state, local.get());
      const { list: entries, top } = bars(state, cell);
      const digits = decimals(inUnit(state, top));
      const order = ranks(entries);
      const active = whole ? 0 : activeWord(state, local.get());
      setText(where, cell ? `at row ${cell[0] + 1}, column ${cell[1] + 1}` : "whole picture");
      spread.style.visibility = cell ? "hidden" : "visible";
      list.style.setProperty("--rows", String(Math.min(SHOWN, header.words.length)));
      setText(unit, cell ? `${unitName(state)} per latent cell` : unitName(state));
      root.dataset.signed = String(isSigned(state));
      // The word in question is always in sight: where it ranks too low, it takes the last place.
      const apart = active !== null && order[active] >= SHOWN;
      rows.forEach(({ row, bar, value, error }, i) => {
        const entry = entries[i];
        const last = apart && i === active;
        row.style.setProperty("--rank", String(last ? SHOWN - 1 : order[i]));
        row.dataset.rank = String(order[i]);
        row.classList.toggle("idw-below", !last && order[i] >= SHOWN - Number(apart));
        row.classList.toggle("idw-apart", last);
        row.classList.toggle("idw-active", i === active);
        bar.style.setProperty("--length", Math.abs(entry.length).toFixed(4));
        bar.classList.toggle("idw-negative", entry.length < 0);
        setText(value, entry.value === null ? "–" : fixed(inUnit(state, entry.value), digits));
        setText(error, entry.error === null ? "" : `± ${fixed(inUnit(state, entry.error), digits)}`);
      });
    },
  };
}
