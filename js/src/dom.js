/**
 * Make elements; text only ever becomes text, so that no prompt can be markup.
 */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Set the text only when it differs, so that nothing is laid out in vain. @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} element @param {string} name @param {string} value */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * What a view is given: the two stores, and the signal that ends its listeners.
 * @typedef {object} Context
 * @property {import("./state.js").Store<import("./state.js").Shared>} shared
 * @property {import("./state.js").Store<import("./state.js").Local>} local
 * @property {AbortSignal} signal
 */
