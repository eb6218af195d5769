/**
 * A page of pictures: each a button, moved among by the arrow keys.
 */
import { listen, make, setAttribute, setData, setStyle, setText } from "./dom.js";
import { cut, emptyText, step } from "./gallery-state.js";
import { figuresOf } from "./numbers.js";

/** @typedef {import("./gallery-state.js").Card} Card */

const WIDTH = 138;
const GAP = 18;
const ROWS = 3;

/**
 * @param {import("./gallery-view.js").GalleryContext} context
 * @param {import("./gallery-view.js").Actions} actions
 */
export function galleryGrid(context, actions) {
  const { store, signal } = context;
  const why = make("p", { class: "idg-why" });
  const all = make("button", { type: "button", class: "idg-all" }, "clear the search and show all pictures");
  const nothing = make("div", { class: "idg-nothing" }, why, all);
  const list = make("div", { class: "idg-grid", role: "group", "aria-label": "page of pictures; arrow keys move, Enter opens" });
  const root = make("div", { class: "idg-page" }, list, nothing);
  /** @type {string[]} */
  let addresses = [];
  /** @type {unknown} */
  let drawn = null;
  let focused = 0;
  let wanted = false;

  const observer = new ResizeObserver(() => {
    const columns = columnsOf();
    setStyle(list, "--columns", String(columns));
    const { start, count } = store.get();
    const fits = columns * ROWS;
    // The first picture that is seen stays on the page.
    if (fits !== count) store.set({ count: fits, start: Math.floor(start / fits) * fits });
  });
  observer.observe(root);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    forget();
  });

  const columnsOf = () => Math.max(2, Math.floor((root.clientWidth + GAP) / (WIDTH + GAP)));
  const cards = () => /** @type {HTMLButtonElement[]} */ ([...list.children]);

  function forget() {
    for (const address of addresses) URL.revokeObjectURL(address);
    addresses = [];
  }

  listen(context, all, "click", actions.clear);
  listen(context, list, "click", (event) => {
    const card = event.target instanceof Element ? event.target.closest("button") : null;
    if (!card) return;
    focused = cards().indexOf(card);
    actions.open(Number(card.dataset.place));
  });
  listen(context, list, "focusin", (event) => {
    const index = cards().indexOf(/** @type {HTMLButtonElement} */ (event.target));
    if (index >= 0) focused = index;
    rove();
  });
  listen(context, list, "keydown", (event) => {
    const move = step(event.key, focused, list.children.length, columnsOf());
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const { start, count, page } = store.get();
    const next = start + move.pages * count;
    if (move.pages && (next < 0 || next >= (page?.total ?? 0))) return;
    focused = move.index;
    if (move.pages) {
      wanted = true;
      store.set({ start: next });
    } else {
      cards()[focused]?.focus();
    }
  });

  function rove() {
    cards().forEach((card, index) => setAttribute(card, "tabindex", index === focused ? "0" : "-1"));
  }

  function update() {
    const { page, chosen, opening, search, least, info } = store.get();
    if (page !== drawn) {
      drawn = page;
      // Whoever turned the page by a key and went elsewhere before it came is not called back.
      const here = wanted && list.contains(root.ownerDocument.activeElement);
      forget();
      list.replaceChildren(...(page?.cards ?? []).map((card) => draw(card, page?.top ?? 0)));
      focused = Math.max(0, Math.min(focused, list.children.length - 1));
      rove();
      if (here) cards()[focused]?.focus();
      wanted = false;
    }
    for (const card of cards()) {
      const place = Number(card.dataset.place);
      setAttribute(card, "aria-current", String(place === chosen));
      setData(card, "opening", String(place === opening));
    }
    const empty = page !== null && page.total === 0;
    nothing.hidden = !empty;
    if (empty) setText(why, emptyText(info.count, search, least));
    all.hidden = info.count === 0;
  }

  /** @param {Card} card @param {number} top */
  function draw(card, top) {
    const address = URL.createObjectURL(card.thumbnail);
    addresses.push(address);
    const pieces = cut(card.prompt, card.words);
    const [nats, error] = figuresOf({ unit: "nat" }, card.nats, card.error);
    const bar = make("span", { class: "idg-fill" });
    setStyle(bar, "--share", String(top > 0 ? Math.max(0, Math.min(1, card.nats / top)) : 0));
    return make(
      "button",
      {
        type: "button",
        class: "idg-card",
        "data-place": String(card.place),
        title: card.prompt,
        "aria-label": `${card.prompt}: ${card.names.join(", ")} ${[nats, error].filter(Boolean).join(" ")} nats${card.rough ? ", rough after so few draws" : ""}`,
      },
      make("span", { class: "idg-frame" }, make("img", { src: address, alt: "", draggable: "false" })),
      make("span", { class: "idg-bar" }, bar),
      make(
        "span",
        { class: "idg-numbers" },
        make("span", { class: "idg-word" }, card.names.join(" ")),
        make("span", { class: "idg-nats" }, nats, make("span", { class: `idg-error${card.rough ? " idg-rough" : ""}`, title: card.rough ? "rough after so few draws" : "" }, error && ` ${error}`)),
      ),
      make("span", { class: "idg-prompt" }, ...pieces.map(({ text, word }) => (word ? make("b", {}, text) : text))),
    );
  }
  return { root, update };
}
