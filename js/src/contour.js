/**
 * Lines along which a map has a value: marching squares between the centres of the cells, or the outlines of
 * the cells where these are shown as they are. Coordinates are fractions of the picture.
 */

/** @typedef {{ values: Float32Array, grid: [number, number] }} Field */
/** @typedef {[number, number, number, number]} Segment  x1, y1, x2, y2 */

/**
 * For each case of the four corners (1 top left, 2 top right, 4 bottom right, 8 bottom left above the level)
 * the sides that lines join: 0 top, 1 right, 2 bottom, 3 left. Saddles, here cut at the corners above, are cut at those
 * below where their mean is above: as matplotlib does in figures.
 * @type {[number, number][][]}
 */
const CASES = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [[0, 1], [2, 3]], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];

/** @param {Field} field @param {number} level @param {boolean} smooth @returns {Segment[]} */
export function contour(field, level, smooth) {
  return smooth ? between(field, level) : outline(field, level);
}

/** @param {Field} field @param {number} level */
function between({ values, grid: [height, width] }, level) {
  /** @type {Segment[]} */
  const lines = [];
  // A border of the outer values, so that lines reach the edge of the picture, where values stay constant.
  const row = (/** @type {number} */ i) => Math.max(0, Math.min(height - 1, i));
  const column = (/** @type {number} */ j) => Math.max(0, Math.min(width - 1, j));
  const px = (/** @type {number} */ j) => Math.max(0, Math.min(1, (j + 0.5) / width));
  const py = (/** @type {number} */ i) => Math.max(0, Math.min(1, (i + 0.5) / height));
  const part = (/** @type {number} */ a, /** @type {number} */ b) => (level - a) / (b - a);
  for (let i = -1; i < height; i++) {
    const up = row(i) * width;
    const down = row(i + 1) * width;
    for (let j = -1; j < width; j++) {
      const [west, east] = [column(j), column(j + 1)];
      const a = values[up + west];
      const b = values[up + east];
      const c = values[down + east];
      const d = values[down + west];
      const kind = Number(a > level) + 2 * Number(b > level) + 4 * Number(c > level) + 8 * Number(d > level);
      if (kind === 0 || kind === 15) continue;
      const [x0, x1, y0, y1] = [px(j), px(j + 1), py(i), py(i + 1)];
      const at = (/** @type {number} */ side) => {
        if (side === 0) return [x0 + part(a, b) * (x1 - x0), y0];
        if (side === 1) return [x1, y0 + part(b, c) * (y1 - y0)];
        if (side === 2) return [x0 + part(d, c) * (x1 - x0), y1];
        return [x0, y0 + part(a, d) * (y1 - y0)];
      };
      const saddle = kind === 5 || kind === 10;
      for (const [from, to] of CASES[saddle && a + b + c + d > 4 * level ? 15 - kind : kind]) lines.push(/** @type {Segment} */ ([...at(from), ...at(to)]));
    }
  }
  return lines;
}

/** @param {Field} field @param {number} level */
function outline({ values, grid: [height, width] }, level) {
  /** @type {Segment[]} */
  const lines = [];
  const above = (/** @type {number} */ i, /** @type {number} */ j) =>
    i >= 0 && j >= 0 && i < height && j < width && values[i * width + j] > level;
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const here = above(i, j);
      if (j + 1 < width && here !== above(i, j + 1)) lines.push([(j + 1) / width, i / height, (j + 1) / width, (i + 1) / height]);
      if (i + 1 < height && here !== above(i + 1, j)) lines.push([j / width, (i + 1) / height, (j + 1) / width, (i + 1) / height]);
    }
  }
  return lines;
}
