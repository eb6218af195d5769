/**
 * The part of the picture that is seen: left, top and size in fractions of it. Pure functions.
 */
import { clamp } from "./geometry.js";

/** @typedef {[number, number, number]} Viewport */
/** @typedef {import("./state.js").Point} Point */

/** @type {Viewport} */
export const WHOLE = [0, 0, 1];
/** The smallest part that can be seen, as a fraction of a side. */
const SMALLEST = 1 / 16;

/** @param {Viewport} view @returns {Viewport} */
function inside([left, top, size]) {
  return [clamp(left, 0, 1 - size), clamp(top, 0, 1 - size), size];
}

/**
 * Zoom by a factor about a point of the canvas (fractions of it), which stays where it is.
 * @param {Viewport} view @param {number} factor @param {Point} about @returns {Viewport}
 */
export function zoomed([left, top, size], factor, about) {
  const after = clamp(size / factor, SMALLEST, 1);
  return inside([left + about[0] * (size - after), top + about[1] * (size - after), after]);
}

/** Move by fractions of the canvas. @param {Viewport} view @param {number} dx @param {number} dy @returns {Viewport} */
export function panned([left, top, size], dx, dy) {
  return inside([left - dx * size, top - dy * size, size]);
}

/** From a point of the canvas to one of the picture, both in fractions. @param {Viewport} view @param {Point} point @returns {Point} */
export function toPicture([left, top, size], [x, y]) {
  return [left + x * size, top + y * size];
}

/** Move as little as brings a cell into view. @param {Viewport} view @param {import("./state.js").Cell} cell @param {[number, number]} grid @returns {Viewport} */
export function following([left, top, size], [row, column], [height, width]) {
  const x = clamp(left, (column + 1) / width - size, column / width);
  const y = clamp(top, (row + 1) / height - size, row / height);
  return inside([x, y, size]);
}
