/**
 * The adapter of the view of interventions; see index.js for that of the explorer.
 */
import { lifetime, lineTo, linkTraits, readImage, readTogether } from "./adapter.js";
import { bytesOf } from "./decode.js";
import { decodeChanges } from "./decode-intervention.js";
import { changeOf } from "./derive-intervention.js";
import { hosted } from "./host.js";
import { DISPLAY, initialShared } from "./model-intervention.js";
import { reasonOf } from "./problems.js";
import { createStore } from "./state.js";
import { mountInterventions } from "./view-intervention.js";

/** @typedef {import("./model-intervention.js").Traits} Traits */
/** @typedef {import("./adapter.js").Line} Model */
/** @typedef {import("./state.js").Store<import("./model-intervention.js").Shared>} SharedStore */

/** @param {Model} model @param {SharedStore} shared */
function readChanges(model, shared) {
  try {
    shared.set({ changes: decodeChanges(model.get("_header"), model.get("_maps")), error: "", view_error: "" });
  } catch (problem) {
    shared.set({ changes: [], error: reasonOf(problem) });
  }
}

/**
 * Read the pictures of whichever change is chosen, each once.
 * @param {Model} model @param {SharedStore} shared @param {AbortSignal} signal
 */
function pictureReader(model, shared, signal) {
  /** @type {WeakMap<object, Promise<ImageBitmap[]>>} */
  const known = new WeakMap();
  return async () => {
    const of = changeOf(shared.get());
    // Those of another change are none of its business.
    shared.set({ picture_error: "" });
    if (!of || shared.get().pictures?.of === of) return;
    try {
      const bytes = bytesOf(model.get("_pictures"));
      const read = async (/** @type {[number, number]} */ [at, length]) => {
        const picture = await readImage(bytes.subarray(at, at + length));
        if (!picture) throw new Error("it is empty");
        return picture;
      };
      const both = known.get(of) ?? Promise.all([read(of.before), read(of.after)]);
      known.set(of, both);
      const [before, after] = await both;
      if (!signal.aborted && changeOf(shared.get()) === of) shared.set({ pictures: { of, before, after } });
    } catch (problem) {
      known.delete(of);
      if (changeOf(shared.get()) === of) shared.set({ picture_error: `The pictures of this change cannot be read (${reasonOf(problem)}). Run the cell again.` });
    }
  };
}

/** @param {Model} model @param {SharedStore} shared @param {AbortSignal} signal */
function connect(model, shared, signal) {
  const pictures = pictureReader(model, shared, signal);
  readTogether(model, ["_header", "_maps", "_pictures"], () => readChanges(model, shared), signal);
  signal.addEventListener("abort", shared.subscribe((changed) => {
    if (changed.has("changes") || changed.has("chosen")) void pictures();
  }));
  linkTraits(model, shared, DISPLAY, signal);
  readChanges(model, shared);
}

/** @type {() => { initialize: import("@anywidget/types").Initialize<Traits>, render: import("@anywidget/types").Render<Traits> }} */
export default function interventions() {
  const shared = createStore(initialShared());
  return {
    initialize({ model, signal }) {
      const life = lifetime(signal);
      connect(lineTo(model, () => {}), shared, life.signal); // nothing is asked of Python that could stay unheard
      return () => life.abort();
    },
    render({ el, signal }) {
      const life = lifetime(signal);
      mountInterventions(el, shared, life.signal);
      return () => life.abort();
    },
  };
}

export const mount = hosted(interventions);
