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

/**
 * What was written last: to read it back from the document costs more than to write it.
 * @type {WeakMap<Node, Map<string, unknown>>}
 */
const written = new WeakMap();

/** Whether it is already there; it is from now on. @param {Node} node @param {string} name @param {unknown} value */
function known(node, name, value) {
  let there = written.get(node);
  if (!there) written.set(node, (there = new Map()));
  if (there.get(name) === value) return true;
  there.set(name, value);
  return false;
}

/** Set the text only when it differs, so that nothing is laid out in vain. Nobody else writes to the node. @param {Node} node @param {string} text */
export function setText(node, text) {
  if (!known(node, "#text", text)) node.textContent = text;
}

/** Facts in a row, "… · …": no line begins with the point. @param {Node} node @param {string} text */
export function setFacts(node, text) {
  setText(node, text.replaceAll(" · ", "\u00a0· "));
}

/** @param {Element} element @param {string} name @param {string} value */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Styles by way of the object model: a strict policy forbids style attributes. @param {HTMLElement} element @param {string} name @param {string} value */
export function setStyle(element, name, value) {
  if (!known(element, name, value)) element.style.setProperty(name, value);
}

/** @param {HTMLElement} element @param {string} name @param {string} value */
export function setData(element, name, value) {
  if (!known(element, `data ${name}`, value)) element.dataset[name] = value;
}

/** @param {Element} element @param {string} name @param {boolean} on */
export function setClass(element, name, on) {
  if (!known(element, `.${name}`, on)) element.classList.toggle(name, on);
}

/** Tells whether what it is called with is what it was called with before. */
export function memory() {
  /** @type {unknown[]} */
  let before = [];
  return (/** @type {unknown[]} */ ...now) => {
    const same = now.length === before.length && now.every((value, i) => value === before[i]);
    before = now;
    return same;
  };
}

/**
 * Listen as long as the view lives; what goes wrong is shown in it, not only in the console.
 * @template {keyof HTMLElementEventMap} K
 * @param {Pick<Context, "signal" | "fail">} context
 * @param {HTMLElement} element
 * @param {K} type
 * @param {(event: HTMLElementEventMap[K]) => void} handle
 */
export function listen({ signal, fail }, element, type, handle) {
  element.addEventListener(type, guarded(fail, handle), { signal, passive: false });
}

/**
 * The same work; what goes wrong in it is told.
 * @template {unknown[]} A
 * @param {Context["fail"]} fail @param {(...given: A) => void} work @returns {(...given: A) => void}
 */
export function guarded(fail, work) {
  return (...given) => {
    try {
      work(...given);
    } catch (problem) {
      fail(problem);
    }
  };
}

/** Asks for another frame, as long as the view lives; however often it is asked for, one is painted. @param {Pick<Context, "signal" | "fail">} context @param {() => void} paint */
export function frames({ signal, fail }, paint) {
  let frame = 0;
  const next = guarded(fail, () => {
    frame = 0;
    if (!signal.aborted) paint();
  });
  return () => {
    frame ||= requestAnimationFrame(next);
  };
}

/** Where what had the focus goes, the picture has it: else it would be lost to the page. @param {Element} within */
export function focusPicture(within) {
  const canvas = within.closest(".idw")?.querySelector(".idw-canvas");
  if (canvas instanceof HTMLElement) canvas.focus({ preventScroll: true });
}

/** A button that is waited for: it takes no press and keeps the focus, which a disabled one would lose. @param {HTMLButtonElement} button @param {boolean} waited */
export function setWaited(button, waited) {
  setAttribute(button, "aria-disabled", String(waited));
}

/** @param {HTMLButtonElement} button */
export function isWaited(button) {
  return button.getAttribute("aria-disabled") === "true";
}

/** Whether a pointer that hovers, rather than touches, is meant. @param {PointerEvent} event */
export function hovers(event) {
  return event.pointerType !== "touch";
}

/**
 * What a view is given: the two stores, the signal that ends its listeners, and where problems are shown.
 * @typedef {object} Context
 * @property {import("./state.js").Store<import("./state.js").Shared>} shared
 * @property {import("./state.js").Store<import("./state.js").Local>} local
 * @property {AbortSignal} signal
 * @property {(problem: unknown) => void} fail
 */
