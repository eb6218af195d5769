/**
 * What pointers and keys do alike on any canvas whose view lies in a store: zoom, pan, and the cell under the pointer.
 */
import { listen } from "./dom.js";
import { cellAt } from "./geometry.js";
import { WHOLE, panned, toPicture, zoomed } from "./viewport.js";

/** @typedef {import("./viewport.js").Viewport} Viewport */
/** @typedef {import("./state.js").Point} Point */
/** @typedef {Pick<import("./state.js").Store<{ view: Viewport }>, "get" | "set">} Views */

const KEY_ZOOM = 1.5;
/** CSS pixels that a pointer moves before it drags rather than clicks. */
export const SLACK = 5;

/** In fractions of the canvas. @param {HTMLElement} canvas @param {MouseEvent} event @returns {Point} */
export function onCanvas(canvas, event) {
  const rect = canvas.getBoundingClientRect();
  return [(event.clientX - rect.left) / rect.width, (event.clientY - rect.top) / rect.height];
}

/**
 * The cell, or the pixel, under the pointer; null outside of the canvas.
 * @param {HTMLElement} canvas @param {MouseEvent} event @param {Viewport} view @param {[number, number] | undefined} grid
 */
export function cellUnder(canvas, event, view, grid) {
  const [x, y] = onCanvas(canvas, event);
  if (!grid || x < 0 || y < 0 || x > 1 || y > 1) return null;
  return cellAt(...toPicture(view, [x, y]), grid);
}

/** Move what is seen by CSS pixels. @param {HTMLElement} canvas @param {Views} local @param {number} dx @param {number} dy */
export function pan(canvas, local, dx, dy) {
  const rect = canvas.getBoundingClientRect();
  local.set({ view: panned(local.get().view, dx / rect.width, dy / rect.height) });
}

/** @param {Pick<import("./dom.js").Context, "signal" | "fail">} context @param {HTMLElement} canvas @param {Views} local */
export function wheelZoom(context, canvas, local) {
  listen(context, canvas, "wheel", (event) => {
    // The page scrolls as everywhere, unless the picture has the focus or the gesture means to zoom.
    const meant = event.ctrlKey || event.metaKey || canvas.matches(":focus");
    const { view } = local.get();
    const next = zoomed(view, Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), onCanvas(canvas, event));
    if (!meant || String(next) === String(view)) return;
    event.preventDefault();
    local.set({ view: next });
  });
  listen(context, canvas, "dblclick", () => local.set({ view: WHOLE }));
}

/** What plus, minus and 0 do; about a cell where one is given. @param {Views} local @param {string} key @param {import("./state.js").Cell | null} cell @param {[number, number]} grid @returns {boolean} whether the key zooms */
export function keyZoom(local, key, cell, [height, width]) {
  /** @type {Record<string, number>} */
  const factors = { "+": KEY_ZOOM, "=": KEY_ZOOM, "-": 1 / KEY_ZOOM, _: 1 / KEY_ZOOM, 0: 0 };
  if (!Object.hasOwn(factors, key)) return false;
  const factor = factors[key];
  const { view } = local.get();
  const [left, top, size] = view;
  /** @type {Point} */
  const about = cell ? [((cell[1] + 0.5) / width - left) / size, ((cell[0] + 0.5) / height - top) / size] : [0.5, 0.5];
  local.set({ view: factor ? zoomed(view, factor, about) : WHOLE });
  return true;
}
