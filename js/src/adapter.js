/**
 * What the adapters of all widgets share: how long a model or a view lives, traits and store kept equal, and pictures.
 */
import { bytesOf } from "./decode.js";
import { same } from "./state.js";

/**
 * A signal of our own: hosts with an anywidget before 0.11 give none, but call what we return.
 * @param {AbortSignal | undefined} given
 */
export function lifetime(given) {
  const controller = new AbortController();
  given?.addEventListener("abort", () => controller.abort());
  return controller;
}

/** What is told of a kernel that was restarted, or has ended. */
export const GONE = "The kernel that this came from is gone: run its cell again.";

/**
 * @typedef {object} Line  to Python: what there is of a model, with sends that never throw
 * @property {(key: any) => any} get
 * @property {(key: any, value: any) => void} set
 * @property {(name: any, callback: (...args: any[]) => void) => void} on
 * @property {(name: any, callback: (...args: any[]) => void) => void} off
 * @property {() => void} save_changes
 * @property {(content: object) => boolean} send  whether it left
 */

/**
 * The one way to Python. Where a kernel is gone, Jupyter throws as a message is sent: that is told, and the view goes
 * on with what it has. A choice that cannot be told is made here all the same, so of that nothing is said.
 * @param {any} model
 * @param {(problem: string) => void} tell
 * @returns {Line}
 */
export function lineTo(model, tell) {
  return {
    get: (key) => model.get(key),
    set: (key, value) => model.set(key, value),
    on: (name, callback) => model.on(name, callback),
    off: (name, callback) => model.off(name, callback),
    save_changes() {
      try {
        model.save_changes();
      } catch {
        // the kernel is gone
      }
    },
    send(content) {
      try {
        model.send(content);
        return true;
      } catch {
        tell(GONE);
        return false;
      }
    },
  };
}

/**
 * Keep some keys of a store and the traits of the same names equal, both ways.
 * @template {object} S
 * @param {{ get: (key: any) => any, set: (key: any, value: any) => void, on: (name: any, callback: () => void) => void, save_changes: () => void }} model
 * @param {import("./state.js").Store<S>} store
 * @param {readonly (keyof S & string)[]} keys
 * @param {AbortSignal} signal
 */
export function linkTraits(model, store, keys, signal) {
  /** One at a time: while several are written, the model still holds old values of the others. @param {keyof S & string} key */
  const read = (key) => {
    const value = model.get(key);
    if (value !== undefined) store.set(/** @type {Partial<S>} */ ({ [key]: value }));
  };
  for (const key of keys) model.on(`change:${key}`, () => read(key));
  const undo = store.subscribe((changed) => {
    let touched = false;
    for (const key of keys) {
      if (!changed.has(key) || same(model.get(key), store.get()[key])) continue;
      model.set(key, store.get()[key]);
      touched = true;
    }
    if (touched) model.save_changes();
  });
  signal.addEventListener("abort", undo);
  keys.forEach(read);
}

/**
 * Read traits that arrive together but are announced one by one: once, after all.
 * @param {{ on: (name: any, callback: () => void) => void }} model
 * @param {readonly string[]} names
 * @param {() => void} read
 * @param {AbortSignal} signal
 */
export function readTogether(model, names, read, signal) {
  let queued = false;
  const later = () => {
    if (queued) return;
    queued = true;
    queueMicrotask(() => {
      queued = false;
      if (!signal.aborted) read();
    });
  };
  for (const name of names) model.on(`change:${name}`, later);
}

/** A picture that came as PNG or JPEG; null where there is none yet. @param {unknown} data @returns {Promise<ImageBitmap | null>} */
export async function readImage(data) {
  const bytes = bytesOf(data);
  return bytes.byteLength ? createImageBitmap(new Blob([bytes], { type: "image/png" })) : null;
}
