/**
 * A model without a kernel, for the exported page and for tests: what anywidget's model does, in a few lines.
 */

/**
 * @param {object} traits
 * @param {(content: unknown) => void} [onSend]  hears what would go to the kernel; without it there is none
 */
export function createModel(traits, onSend) {
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
    send: (content) => onSend?.(content),
    /** As a message from the kernel. @param {unknown} content @param {DataView[]} [buffers] */
    receive(content, buffers = []) {
      for (const listener of [...(listeners.get("msg:custom") ?? [])]) listener(content, buffers);
    },
    offline: !onSend,
  };
}

/**
 * How a widget is shown in elements of a page: one model, one view for each element.
 * @param {() => { initialize: Function, render: Function }} widget
 */
export function hosted(widget) {
  /**
   * @param {HTMLElement | HTMLElement[]} elements
   * @param {object} traits
   * @param {(content: unknown) => void} [onSend]
   */
  return async (elements, traits, onSend) => {
    const controller = new AbortController();
    const { signal } = controller;
    const model = createModel(traits, onSend);
    const { initialize, render } = widget();
    await initialize({ model, signal });
    for (const el of [elements].flat()) await render({ model, el, signal });
    return { model, destroy: () => controller.abort() };
  };
}
