/**
 * One view of the gallery: controls, a page of pictures, and a place below for the explorer.
 */
import { guarded, listen, make, setAttribute, setData, setText } from "./dom.js";
import { galleryControls } from "./gallery-controls.js";
import { galleryGrid } from "./gallery-grid.js";
import { failure } from "./problems.js";

/** @typedef {import("./gallery-state.js").Gallery} Gallery */
/** @typedef {{ open: (place: number) => void, clear: () => void }} Actions  clear: of search and limit */

/**
 * @typedef {object} GalleryContext
 * @property {import("./state.js").Store<Gallery>} store
 * @property {AbortSignal} signal
 * @property {(problem: unknown) => void} fail
 */

/**
 * @param {HTMLElement} el
 * @param {import("./state.js").Store<Gallery>} store
 * @param {AbortSignal} signal
 * @param {Pick<Actions, "open">} actions
 * @returns {HTMLElement} where the explorer goes
 */
export function mountGallery(el, store, signal, actions) {
  const fail = failure((problem) => store.set({ problem }));
  const context = { store, signal, fail };
  const controls = galleryControls(context);
  const clear = () => {
    store.set({ search: "", least: null });
    // What was pressed is gone.
    controls.focus();
  };
  const grid = galleryGrid(context, { ...actions, clear });
  const problem = make("div", { class: "idw-problem", role: "alert" });
  const root = make(
    "section",
    { class: "idw idg", "aria-label": "Pictures of the batch", "data-lm-suppress-shortcuts": "true", "data-ready": "false" },
    controls.root,
    grid.root,
    controls.pager,
    problem,
  );
  const below = make("div", { class: "idg-below" });
  below.hidden = true;
  listen(context, root, "keydown", (event) => event.stopPropagation());

  const update = guarded(fail, () => {
    const state = store.get();
    // First, since what follows may be what fails.
    setText(problem, state.problem);
    problem.hidden = !state.problem;
    controls.update();
    grid.update();
    setData(root, "ready", String(state.page !== null && !state.waiting));
    setData(root, "chosen", String(state.chosen ?? ""));
    setAttribute(root, "aria-busy", String(state.waiting));
  });
  const undo = store.subscribe(update);
  signal.addEventListener("abort", () => {
    undo();
    root.remove();
    below.remove();
  });
  el.append(root, below);
  update();
  return below;
}
