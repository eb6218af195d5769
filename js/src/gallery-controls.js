/**
 * Searching, sorting, and turning pages.
 */
import { QUANTITIES } from "./choices.js";
import { listen, make, setAttribute, setText } from "./dom.js";
import { SORTS } from "./gallery-state.js";

const SORT_NAMES = { most: "most nats first", least: "fewest nats first", table: "in the order of the table" };

/** @param {string} name  of a quantity */
const labelOf = (name) => QUANTITIES.find(({ value }) => value === name)?.label ?? name;

let lists = 0;

/** @param {number} value */
const counted = (value) => value.toLocaleString("en");

/** @param {import("./gallery-view.js").GalleryContext} context */
export function galleryControls(context) {
  const { store } = context;
  lists += 1;
  const words = make("datalist", { id: `idg-words-${lists}` });
  const search = make("input", {
    class: "idg-search",
    type: "search",
    placeholder: "a word",
    "aria-label": "words that the prompts must have",
    list: words.id,
    spellcheck: "false",
    autocomplete: "off",
  });
  const by = make("select", { class: "idw-select", "aria-label": "quantity" });
  const sort = make("select", { class: "idw-select", "aria-label": "order" });
  sort.append(...SORTS.map((name) => make("option", { value: name }, SORT_NAMES[name])));
  const least = make("input", { class: "idg-least", type: "number", step: "any", "aria-label": "at least so many nats" });
  const atLeast = make("label", { class: "idw-group" }, make("span", { class: "idw-label" }, "at least"), least, make("span", { class: "idw-label" }, "nats"));
  const found = make("span", { class: "idg-found", role: "status", "aria-live": "polite" });
  const root = make("div", { class: "idg-controls" }, search, words, by, sort, atLeast, found);

  const before = make("button", { type: "button", class: "idg-turn" }, "← previous");
  const after = make("button", { type: "button", class: "idg-turn" }, "next →");
  const where = make("span", { class: "idg-where" });
  const pager = make("nav", { class: "idg-pager", "aria-label": "pages" }, before, where, after);

  listen(context, search, "input", () => store.set({ search: search.value }));
  listen(context, by, "change", () => store.set({ by: by.value }));
  listen(context, sort, "change", () => store.set({ sort: /** @type {typeof SORTS[number]} */ (sort.value) }));
  listen(context, least, "input", () => store.set({ least: least.value === "" ? null : least.valueAsNumber }));
  listen(context, before, "click", () => store.set({ start: Math.max(0, store.get().start - store.get().count) }));
  listen(context, after, "click", () => store.set({ start: store.get().start + store.get().count }));

  /** @type {unknown} */
  let filled = null;
  function update() {
    const { info, page, start, count, ...state } = store.get();
    if (filled !== info) {
      filled = info;
      words.replaceChildren(...info.suggestions.map((word) => make("option", { value: word })));
      by.replaceChildren(...info.quantities.map((name) => make("option", { value: name }, labelOf(name))));
      by.hidden = info.quantities.length < 2;
    }
    if (search.value !== state.search) search.value = state.search;
    by.value = state.by;
    sort.value = state.sort;
    const shown = state.least === null ? "" : String(state.least);
    if (least.value !== shown && Number(least.value) !== state.least) least.value = shown;
    const total = page?.total ?? 0;
    const all = total === info.count;
    setText(found, page ? (all ? `${counted(total)} pictures` : `${counted(total)} of ${counted(info.count)} pictures`) : "");
    const last = Math.min(total, start + count);
    setText(where, total ? `${counted(Math.min(start + 1, last))}–${counted(last)}` : "");
    before.disabled = start === 0;
    after.disabled = start + count >= total;
    setAttribute(pager, "data-single", String(total <= count));
  }
  return { root, pager, update, focus: () => search.focus() };
}
