/**
 * The adapter of the gallery: pages come as messages when they are asked for; what is opened is shown by the
 * explorer, which shares the model.
 */
import { lifetime, lineTo, linkTraits } from "./adapter.js";
import { mountGallery } from "./gallery-view.js";
import { DISPLAY, initialGallery, readPage, WAIT } from "./gallery-state.js";
import { hosted } from "./host.js";
import infodiff from "./index.js";
import { reasonOf } from "./problems.js";
import { createStore } from "./state.js";

/** @typedef {import("./gallery-state.js").Gallery} Gallery */
/** @typedef {import("./state.js").Store<Gallery>} GalleryStore */
/** @typedef {import("./gallery-state.js").Traits & import("./model.js").Traits} Traits  one model for both */

/** What makes it another list of pictures. */
const ASKED = /** @type {const} */ (["search", "by", "sort", "least"]);

/** While somebody types, one question is enough. */
const TYPING = 120;

/**
 * Ask for the page that is to be seen, and take the answer to the latest question.
 * @param {import("./adapter.js").Line} model @param {GalleryStore} store @param {AbortSignal} signal
 */
function pager(model, store, signal) {
  let request = 0;
  let timer = 0;
  let patience = 0;
  const giveUp = () => store.set({ problem: "The kernel does not answer. Run the cell again to page on." });
  const ask = () => {
    if (signal.aborted || store.get().count === 0) return;
    const { search, by, sort, least, start, count } = store.get();
    request += 1;
    clearTimeout(patience);
    if (!model.send({ kind: "page", request, search, by, sort, least, start, count })) return;
    patience = window.setTimeout(giveUp, WAIT);
  };
  /** @param {any} content @param {DataView[]} buffers */
  const take = (content, buffers) => {
    if (content?.kind === "gallery_problem") store.set({ problem: String(content.text), opening: null });
    if (content?.kind !== "page" || content.request !== request) return;
    clearTimeout(patience);
    try {
      store.set({ page: readPage(content, buffers), waiting: false, problem: "" });
    } catch (problem) {
      store.set({ waiting: false, problem: reasonOf(problem) });
    }
  };
  model.on("msg:custom", take);
  const undo = store.subscribe((changed) => {
    const other = ASKED.some((name) => changed.has(name));
    if (!other && !changed.has("start") && !changed.has("count")) return;
    store.set({ waiting: true, ...(other ? { start: 0 } : {}) });
    clearTimeout(timer);
    timer = window.setTimeout(ask, changed.has("search") || changed.has("least") ? TYPING : 0);
  });
  signal.addEventListener("abort", () => {
    undo();
    clearTimeout(timer);
    clearTimeout(patience);
    model.off("msg:custom", take);
  });
}

/** @type {() => { initialize: import("@anywidget/types").Initialize<Traits>, render: import("@anywidget/types").Render<Traits> }} */
export default function gallery() {
  const store = createStore(initialGallery());
  const explorer = infodiff();
  const unheard = (/** @type {string} */ problem) => store.set({ problem, opening: null, waiting: false });
  return {
    initialize(context) {
      const life = lifetime(context.signal);
      const model = lineTo(context.model, unheard);
      linkTraits(model, store, DISPLAY, life.signal);
      const readInfo = () => store.set({ info: { ...initialGallery().info, ...model.get("_gallery") } });
      model.on("change:_gallery", readInfo);
      model.on("change:chosen", () => store.set({ opening: null, problem: "" }));
      readInfo();
      pager(model, store, life.signal);
      const undo = explorer.initialize(context);
      return () => {
        life.abort();
        if (typeof undo === "function") undo();
      };
    },
    render(context) {
      const life = lifetime(context.signal);
      const { el } = context;
      const model = lineTo(context.model, unheard);
      const below = mountGallery(el, store, life.signal, {
        open(place) {
          store.set({ opening: place, problem: "" });
          model.send({ kind: "open", place });
        },
      });
      /** @type {unknown} */
      let undo;
      let shown = false;
      const show = () => {
        if (life.signal.aborted || model.get("_header")?.schema_version === undefined) return;
        below.hidden = false;
        if (shown) return;
        shown = true;
        undo = explorer.render({ ...context, el: below });
      };
      model.on("change:_header", show);
      life.signal.addEventListener("abort", () => model.off("change:_header", show));
      show();
      return () => {
        life.abort();
        if (typeof undo === "function") undo();
      };
    },
  };
}

export const mount = hosted(gallery);
