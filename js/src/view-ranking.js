/**
 * The words ranked: at the cell under the pointer, in the region, or by what they say about the whole picture.
 * Rows keep their place in the document and glide to their rank, so that nothing jumps. Words are reached and heard in
 * the sentence; parts of pairs, and the whole prompt, in the rows.
 */
import { bars, hasBars, idsOf, isSigned, litWord, nameOf, placeOf, ranks, roughText } from "./derive.js";
import { focusPicture, hovers, listen, make, memory, setAttribute, setClass, setData, setStyle, setText } from "./dom.js";
import { activeEdit } from "./edits.js";
import { cellUnit, figuresOf, isShare, percent, unitName } from "./numbers.js";
import { colourOf } from "./pins.js";
import { press } from "./press.js";
import { certainty, placeText, rankedText, wordSaid } from "./status.js";

/** Letters that the columns of figures hold: small values and errors in full, as in "0.0000203" and "± 0.0000080". */
const [FIGURES, SPREAD] = [9, 11];

/** Where one has more letters, as parts of a pair do, names are set smaller in a narrow list, in two lines if need be. */
const LONG = 22;

/** Rows shown at most, unless all are asked for. */
const SHOWN = 12;

/**
 * @param {import("./dom.js").Context} context
 */
export function rankingView(context) {
  const { shared, local } = context;
  const where = make("span", { class: "idw-where" });
  const unit = make("span", { class: "idw-unit" });
  const spread = make("span", { class: "idw-error" });
  const list = make("div", { class: "idw-rows", role: "toolbar", "aria-orientation": "vertical", "aria-label": "Ranking", "aria-hidden": "true" });
  const whatToClear = make("span", { class: "idw-cleartext" });
  const clear = make("button", { type: "button", class: "idw-clear" }, make("span", { class: "idw-cross", "aria-hidden": "true" }, "×"), whatToClear);
  const all = make("button", { type: "button", class: "idw-all" });
  const root = make("div", { class: "idw-ranking" }, make("div", { class: "idw-head" }, where, clear, unit, spread), list, all);
  /** @type {{ row: HTMLElement, bar: HTMLElement, value: HTMLElement, error: HTMLElement, id: number | null }[]} */
  let rows = [];
  let shown = "";
  /** The row that Tab leads to, and rows in the order of their ranks. */
  let rover = 0;
  /** @type {number[]} */
  let byRank = [];
  const asSettled = memory();
  let errorTitle = "";
  let [figures, spreading] = [FIGURES, SPREAD];

  /** What the pointer does not change. @param {Readonly<import("./state.js").Shared>} state @param {import("./model.js").Header} header */
  function settle(state, header) {
    const ids = idsOf(state);
    const names = ids.map((id) => nameOf(state, id));
    const key = JSON.stringify([names, ids]);
    if (key !== shown) {
      shown = key;
      build(names, ids, state);
    }
    if (!hasBars(state)) nameRows(state, names);
    // As many places as the quantity with the most rows needs, so that nothing below moves.
    const most = Math.max(1, header.words.length, ...[...(state.result?.ids.values() ?? [])].map((some) => some.length));
    setStyle(list, "--rows", String(local.get().all_rows ? most : Math.min(SHOWN, most)));
    all.hidden = most <= SHOWN;
    setData(root, "signed", String(isSigned(state)));
    const kept = state.region.length > 2 ? "clear region" : state.pinned_pixel ? "unpin cell" : "";
    clear.hidden = !kept;
    setText(whatToClear, kept);
    setAttribute(clear, "aria-label", kept);
    setAttribute(clear, "title", `${kept} (Escape)`);
    const rough = roughText(state);
    errorTitle = `standard error; ? where it is not known${rough && `. ${rough}`}`;
  }

  /** For screen readers. @param {Readonly<import("./state.js").Shared>} state @param {string[]} names */
  function nameRows(state, names) {
    const totals = bars(state, { kind: "whole" }).list;
    rows.forEach(({ row, id }, i) => {
      setAttribute(row, "aria-label", wordSaid(state, names[i], totals[i]));
      if (id !== null) setAttribute(row, "aria-pressed", String(colourOf(state, id) !== null));
    });
  }

  /** @param {string[]} names @param {(number | null)[]} ids @param {Readonly<import("./state.js").Shared>} state */
  function build(names, ids, state) {
    const alone = !hasBars(state);
    if (alone) list.removeAttribute("aria-hidden");
    else list.setAttribute("aria-hidden", "true");
    /** @type {Record<string, string>} */
    const reached = alone ? { role: ids[0] === null ? "group" : "button", tabindex: "-1" } : {};
    rover = 0;
    rows = names.map((name, i) => {
      const bar = make("span", { class: "idw-rowbar" });
      const value = make("span", { class: "idw-value" });
      const error = make("span", { class: "idw-error" });
      const row = make(
        "div",
        { class: "idw-row", "data-index": String(ids[i] ?? 0), ...reached },
        make("span", { class: "idw-name", dir: "auto", title: name }, name),
        make("span", { class: "idw-track" }, bar),
        value,
        error,
      );
      return { row, bar, value, error, id: ids[i] };
    });
    list.replaceChildren(...rows.map(({ row }) => row));
    const longest = Math.max(0, ...names.map((name) => name.length));
    setStyle(root, "--names", String(longest));
    setData(root, "names", longest > LONG ? "long" : "short");
    [figures, spreading] = [FIGURES, SPREAD];
  }

  /** @param {EventTarget | null} target */
  function wordOf(target) {
    const row = target instanceof Element ? target.closest(".idw-row") : null;
    return row instanceof HTMLElement && shared.get().quantity !== "full" ? Number(row.dataset.index) : null;
  }

  listen(context, list, "pointerover", (event) => {
    if (hovers(event)) local.set({ hovered_word: wordOf(event.target) });
  });
  listen(context, list, "pointerleave", () => local.set({ hovered_word: null }));
  listen(context, list, "click", (event) => {
    const word = wordOf(event.target);
    if (word !== null) press(context, word);
  });

  listen(context, list, "focusin", (event) => {
    const row = event.target;
    rover = Math.max(0, rows.findIndex((entry) => entry.row === row));
    if (row instanceof Element && row.matches(":focus-visible")) local.set({ focused_word: rows[rover].id });
    rove();
  });
  listen(context, list, "focusout", () => local.set({ focused_word: null }));
  listen(context, list, "keydown", (event) => {
    const at = byRank.indexOf(rover);
    /** @type {Record<string, number>} */
    const targets = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: byRank.length - 1 };
    const { id } = rows[rover];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (id !== null) press(context, id);
      return;
    }
    if (!Object.hasOwn(targets, event.key)) return;
    event.preventDefault();
    const { row } = rows[byRank[Math.max(0, Math.min(byRank.length - 1, targets[event.key]))]];
    setClass(row, "idw-below", false); // what is not seen takes no focus
    row.focus();
  });

  function rove() {
    rows.forEach(({ row }, i) => setAttribute(row, "tabindex", i === rover ? "0" : "-1"));
  }

  listen(context, all, "click", () => local.set({ all_rows: !local.get().all_rows }));
  listen(context, clear, "click", () => {
    shared.set({ region: [], pinned_pixel: null });
    focusPicture(root); // where the region was drawn: the button goes
  });

  return {
    root,
    update() {
      const state = shared.get();
      const here = local.get();
      const header = state.result?.header;
      if (!header) return;
      if (!asSettled(state, here.all_rows)) settle(state, header);
      const room = here.all_rows ? rows.length : SHOWN;
      setStyle(all, "visibility", rows.length > SHOWN ? "visible" : "hidden");
      setText(all, here.all_rows ? `show ${SHOWN}` : `show all ${rows.length}`);
      setAttribute(all, "aria-expanded", String(here.all_rows));
      const place = placeOf(state, here);
      const { list: entries } = bars(state, place);
      const order = ranks(entries);
      byRank = order.map((_, i) => i).sort((a, b) => order[a] - order[b]);
      const active = litWord(state, here);
      const many = state.pinned_words.length > 1;
      // The map of a change is in the picture; the ranking is not of it.
      const part = rows.length > room ? `, ${room} of ${rows.length}` : "";
      const what = [rankedText(state), placeText(state, place) + part, activeEdit(state, here) ? "prompt as it stands" : ""];
      setText(where, what.filter(Boolean).join(", "));
      setAttribute(where, "title", place.kind === "cell" ? `as in result.ranking(y=${place.cell[0]}, x=${place.cell[1]})` : "");
      const mean = isShare(state) ? "mean " : "";
      setText(unit, place.kind === "cell" ? cellUnit(state) : mean + unitName(state));
      setText(spread, place.kind === "region" ? "share" : "± s.e.");
      spread.title = place.kind === "region" ? "the part of the word's total that lies in the region; none of a total about 0, or where values of both signs make it no part; errors of sums over a region are not kept" : errorTitle;
      setData(root, "place", place.kind);
      const spreads = entries.some(({ error, share, rough }) => error !== null || share !== null || rough);
      setStyle(spread, "visibility", spreads ? "visible" : "hidden");
      // The words in question are always in sight: where they rank too low, they take the last places.
      const lit = rows.findIndex(({ id }) => id === active && (id !== null || state.quantity === "full"));
      const asked = (/** @type {number} */ i) => i === lit || (many && rows[i].id !== null && state.pinned_words.includes(Number(rows[i].id)));
      /** @type {number[]} */
      let apart = [];
      // Each that is moved there takes a place from those that had one by rank, which may be one in question.
      for (let before = -1; before !== apart.length; ) {
        before = apart.length;
        apart = byRank.slice(room - before).filter(asked);
      }
      rows.forEach(({ row, bar, value, error, id }, i) => {
        const { value: nats, error: nats2, share, rough, length } = entries[i];
        const last = apart.indexOf(i);
        const below = last < 0 && order[i] >= room - apart.length;
        setClass(row, "idw-below", below);
        setData(row, "rank", below ? "" : String(order[i]));
        if (below) return; // what cannot be seen is not written
        const [figure, sure] = nats === null ? ["–", ""] : figuresOf(state, nats, nats2);
        setText(value, figure);
        figures = Math.max(figures, figure.length);
        setStyle(row, "transform", `translateY(${100 * (last < 0 ? order[i] : room - apart.length + last)}%)`);
        setClass(row, "idw-apart", last === 0);
        setClass(row, "idw-active", i === lit);
        const colour = id === null || !many ? null : colourOf(state, id);
        setClass(row, "idw-pinned", colour !== null);
        setStyle(row, "--pin", colour ?? "");
        setStyle(bar, "transform", `scaleX(${Math.abs(length).toFixed(3)})`);
        setClass(bar, "idw-negative", length < 0);
        const unknown = spreads && nats !== null && place.kind !== "region" ? "± ?" : "";
        const beside = share !== null ? percent(share) : (sure || unknown);
        setText(error, beside);
        setClass(error, "idw-few", rough);
        const within = certainty(state, entries[i]);
        for (const cell of [value, error]) setAttribute(cell, "title", within);
        spreading = Math.max(spreading, beside.length);
      });
      if (!hasBars(state) && rows.length > 0) {
        if (rows[rover].row.matches(".idw-below")) rover = byRank[0];
        rove();
      }
      // They only grow, so that bars do not jump from cell to cell.
      setStyle(root, "--figures", String(figures));
      setStyle(root, "--spread", String(spreading));
    },
  };
}
