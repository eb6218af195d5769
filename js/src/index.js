/**
 * The adapter of the explorer: its traits and messages. One store per model, one view per output.
 */
import { lifetime, lineTo, linkTraits, readImage, readTogether } from "./adapter.js";
import { decodeEdits, withMaps } from "./edits.js";
import { hoverReporter } from "./hover.js";
import { bytesOf, decode } from "./decode.js";
import { decodeDetails } from "./details.js";
import { fileAsker } from "./files.js";
import { confirmed } from "./heard.js";
import { hosted } from "./host.js";
import { DISPLAY } from "./model.js";
import { reasonOf } from "./problems.js";
import { createStore, initialShared } from "./state.js";
import { mountView } from "./view.js";

/** @typedef {import("./model.js").Traits} Traits */
/** @typedef {import("./adapter.js").Line} Model */
/** @typedef {import("./state.js").Store<import("./state.js").Shared>} SharedStore */

/** @param {Model} model @param {SharedStore} shared */
function readMaps(model, shared) {
  try {
    shared.set({ result: decode(model.get("_header"), model.get("_maps")), error: "", view_error: "" });
  } catch (problem) {
    shared.set({ result: null, error: reasonOf(problem) });
  }
}

/** @param {Model} model @param {SharedStore} shared */
function readDetails(model, shared) {
  const { result } = shared.get();
  try {
    const details = result && decodeDetails(result.header, model.get("_details_info"), model.get("_details"));
    shared.set({ details, details_error: "" });
  } catch (problem) {
    shared.set({ details: null, details_error: reasonOf(problem) });
  }
}

/** Milliseconds after the maps; they are on the screen by then. */
const DETAILS_DELAY = 60;

/**
 * Ask for what the first picture does not need, once for each result, and not while an estimate still runs.
 * @param {Model} model @param {SharedStore} shared @param {AbortSignal} signal
 */
function detailsAsker(model, shared, signal) {
  /** @type {unknown} */
  let asked = null;
  return () =>
    setTimeout(() => {
      const { result, details, progress } = shared.get();
      if (signal.aborted || details || !result?.header.details.length || progress.state === "running") return;
      if (asked === result) return;
      asked = result;
      model.send({ kind: "details" });
    }, DETAILS_DELAY);
}

/**
 * Reads the picture, unless it is the one that was read last; of several the last that came is shown, whichever is
 * decoded first.
 * @param {Model} model @param {SharedStore} shared @param {AbortSignal} signal
 */
function pictureReader(model, shared, signal) {
  let last = new Uint8Array(0);
  return async () => {
    let bytes = null;
    try {
      bytes = bytesOf(model.get("_image"));
      // It comes later, as after a reload of the page; or once more.
      if (bytes.byteLength === 0 || sameBytes(bytes, last)) return;
      last = bytes;
      const picture = await readImage(bytes);
      if (!picture) return;
      const before = shared.get().picture;
      if (signal.aborted || last !== bytes) return picture.close();
      shared.set({ picture, picture_error: "" });
      before?.close(); // views draw what the store has
    } catch (problem) {
      if (!bytes || last === bytes) shared.set({ picture_error: `The picture of this result cannot be read (${reasonOf(problem)}). Run the cell again.` });
    }
  };
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Keep the store and the traits equal, both ways.
 * @param {Model} model @param {SharedStore} shared @param {boolean} offline @param {AbortSignal} signal
 */
function connect(model, shared, offline, signal) {
  const ask = detailsAsker(model, shared, signal);
  const readEdits = () => {
    try {
      const edits = decodeEdits(model.get("_edits"), model.get("_edit_maps"));
      shared.set({ edits: offline ? withMaps(edits, shared.get().pinned_edit) : edits, edits_error: "" });
    } catch (problem) {
      shared.set({ edits_error: reasonOf(problem) });
    }
  };
  const readProgress = () => {
    shared.set({ progress: { ...initialShared().progress, ...model.get("progress") } });
    ask();
  };

  const readAll = () => {
    readMaps(model, shared);
    readDetails(model, shared);
    ask();
  };
  readTogether(model, ["_header", "_maps"], readAll, signal);
  readTogether(model, ["_details_info", "_details"], () => readDetails(model, shared), signal);
  readTogether(model, ["_edits", "_edit_maps"], readEdits, signal);
  const readPicture = pictureReader(model, shared, signal);
  model.on("change:_image", readPicture);
  model.on("change:progress", readProgress);

  linkTraits(model, shared, DISPLAY, signal);
  readProgress();
  readEdits();
  readMaps(model, shared);
  readDetails(model, shared);
  void readPicture();
}

/** Whether there is no Python behind the page, as behind an exported one. @param {object} model */
function isOffline(model) {
  return /** @type {any} */ (model).offline === true;
}

/** @type {() => { initialize: import("@anywidget/types").Initialize<Traits>, render: import("@anywidget/types").Render<Traits> }} */
export default function infodiff() {
  const shared = createStore(initialShared());
  const unheard = (/** @type {string} */ problem) => shared.set({ unheard: problem });
  return {
    initialize({ model, signal }) {
      const life = lifetime(signal);
      connect(lineTo(model, unheard), shared, isOffline(model), life.signal);
      return () => life.abort();
    },
    render({ model, el, signal }) {
      const life = lifetime(signal);
      const line = lineTo(model, unheard);
      const offline = isOffline(model);
      const ask = offline ? line.send : confirmed(line, unheard, life.signal);
      mountView(el, shared, life.signal, {
        cancel: () => ask({ kind: "cancel" }),
        more: () => ask({ kind: "more" }),
        file: offline ? null : fileAsker(line, life.signal),
        hovered: hoverReporter(line, life.signal),
        edit: (word, text) => ask({ kind: "edit", word, text }),
        dropEdit: offline ? null : (key) => ask({ kind: "drop_edit", edit: key }),
        attach: offline ? "" : `${line.get("_gallery") ? "gallery" : "explorer"}.attach(pipeline)`,
      });
      return () => life.abort();
    },
  };
}

export const mount = hosted(infodiff);
