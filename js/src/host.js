/**
 * A model without a kernel, for the exported page and for tests: what anywidget's model does, in a few lines.
 */
import infodiff from "./index.js";

/**
 * @param {Partial<import("./model.js").Traits>} traits
 * @param {(content: unknown) => void} [onSend]  hears what would go to the kernel
 */
export function createModel(traits, onSend = () => {}) {
  /** @type {Record<string, unknown>} */
  const state = { ...traits };
  /** @type {Map<string, Set<(...args: any[]) => void>>} */
  const listeners = new Map();
  return {
    /** @param {string} key @returns {any} */
    get: (key) => state[key],
    /** @param {string} key @param {unknown} value */
    set(key, value) {
      if (Object.is(state[key], value)) return;
      state[key] = value;
      for (const listener of [...(listeners.get(`change:${key}`) ?? [])]) listener();
    },
    /** @param {string} name @param {(...args: any[]) => void} callback */
    on(name, callback) {
      listeners.set(name, (listeners.get(name) ?? new Set()).add(callback));
    },
    /** @param {string} name @param {(...args: any[]) => void} callback */
    off(name, callback) {
      listeners.get(name)?.delete(callback);
    },
    save_changes() {},
    /** @param {unknown} content */
    send: (content) => onSend(content),
  };
}

/**
 * Show a result in elements of a page: one model, one view for each element.
 * @param {HTMLElement | HTMLElement[]} elements
 * @param {Partial<import("./model.js").Traits>} traits
 * @param {(content: unknown) => void} [onSend]
 */
export async function mount(elements, traits, onSend) {
  const controller = new AbortController();
  const { signal } = controller;
  const model = /** @type {any} */ (createModel(traits, onSend));
  const widget = infodiff();
  const rest = /** @type {any} */ ({ signal });
  await widget.initialize({ model, ...rest });
  for (const el of [elements].flat()) await widget.render({ model, el, ...rest });
  return { model, destroy: () => controller.abort() };
}
