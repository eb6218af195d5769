/**
 * A region of the picture: a polygon in fractions of its sides. Cells whose centre lies inside belong to it.
 */

/** @typedef {import("./state.js").Point} Point */
/** @typedef {import("./state.js").Cell} Cell */

/** The corners of a box. @param {Point} a @param {Point} b @returns {Point[]} */
export function box(a, b) {
  const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
  const [top, bottom] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

/** The box around two cells, both included. @param {Cell} a @param {Cell} b @param {[number, number]} grid @returns {Point[]} */
export function boxOfCells(a, b, [height, width]) {
  const [top, bottom] = [Math.min(a[0], b[0]), Math.max(a[0], b[0]) + 1];
  const [left, right] = [Math.min(a[1], b[1]), Math.max(a[1], b[1]) + 1];
  return box([left / width, top / height], [right / width, bottom / height]);
}

/** What Python (region.py) takes for no region: an area no larger, as a part of the picture. */
const NOTHING = 1e-9;

/** Whether a polygon has an area, so that Python takes it for a region. @param {Point[]} corners */
export function enclosesSomething(corners) {
  const twice = corners.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length];
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2 > NOTHING;
}

/**
 * The indices of the cells inside, by the even-odd rule, in the order of rows; of a region that is smaller than a
 * cell, the cell at the middle of its corners.
 * @param {Point[]} corners @param {[number, number]} grid
 */
export function cellsInside(corners, [height, width]) {
  /** @type {number[]} */
  const inside = [];
  for (let row = 0; row < height; row++) {
    const y = (row + 0.5) / height;
    /** @type {number[]} */
    const crossings = [];
    corners.forEach(([x1, y1], i) => {
      const [x2, y2] = corners[(i + 1) % corners.length];
      if (y1 > y !== y2 > y) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
    });
    crossings.sort((a, b) => a - b);
    for (let column = 0, passed = 0; column < width; column++) {
      const x = (column + 0.5) / width;
      while (passed < crossings.length && crossings[passed] <= x) passed++;
      if (passed % 2 === 1) inside.push(row * width + column);
    }
  }
  if (corners.length > 0 && inside.length === 0) {
    const [x, y] = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
    inside.push(Math.min(Math.floor(y * height), height - 1) * width + Math.min(Math.floor(x * width), width - 1));
  }
  return inside;
}

/**
 * Leave out corners that a lasso does not need: those nearer than `distance` to the last that is kept.
 * @param {Point[]} corners @param {number} distance @returns {Point[]}
 */
export function thinned(corners, distance) {
  /** @type {Point[]} */
  const kept = [];
  for (const corner of corners) {
    const last = kept[kept.length - 1];
    if (!last || Math.hypot(corner[0] - last[0], corner[1] - last[1]) >= distance) kept.push(corner);
  }
  return kept;
}
