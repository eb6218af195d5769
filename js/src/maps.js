/**
 * The maps as they are chosen to be seen: of a range of noise levels, without what is below its error. Worked
 * out once for each choice, not for each frame.
 */
import { mapKey } from "./decode.js";
import { bandSum, errorsOf } from "./details.js";
import { isShare } from "./numbers.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./decode.js").DecodedMap} DecodedMap */

/** Where a map's own colour scale ends, as a quantile of its magnitude; colour.TOP_QUANTILE in Python. */
const TOP_QUANTILE = 0.995;
/** What is below so many standard errors counts as below its error. */
export const ERRORS = 2;

/**
 * @typedef {object} Shown
 * @property {DecodedMap} map
 * @property {Float32Array} values  nats per latent cell, or shares of attention
 * @property {Float32Array} visible  the same, 0 where it is hidden
 * @property {[number, number]} grid
 * @property {number} top
 * @property {number} sum  over the picture, in nats
 * @property {number | null} total
 * @property {number | null} error  of the total
 * @property {[number, number] | null} interval  of the total, of 95%
 * @property {boolean} rough  whether draws were too few for the total
 * @property {Float32Array | null} errors  of the values
 * @property {boolean} part  whether it is of the chosen range of noise levels alone
 */

/** @type {WeakMap<DecodedMap, { key: string, details: unknown, shown: Shown }>} */
const cache = new WeakMap();

/** The place of the edge nearest to a level. @param {number[]} edges @param {number} level */
export function nearest(edges, level) {
  return edges.reduce((best, edge, i) => (Math.abs(edge - level) < Math.abs(edges[best] - level) ? i : best), 0);
}

/**
 * Bands of the chosen range: the first, and the one after the last; null for all of them.
 * @param {Shared} shared @returns {[number, number] | null}
 */
export function bandRange(shared) {
  const edges = shared.result?.header.band_edges ?? [];
  if (!shared.band || edges.length < 2) return null;
  const first = Math.min(nearest(edges, shared.band[0]), edges.length - 2);
  const end = Math.max(nearest(edges, shared.band[1]), first + 1);
  return first === 0 && end === edges.length - 1 ? null : [first, end];
}

/**
 * The map of a word (or part of a pair) as it is to be seen, or null where there is none. Attention has no forms.
 * @param {Shared} shared @param {string} quantity @param {string} form @param {number | null} id @returns {Shown | null}
 */
export function shownOf(shared, quantity, form, id) {
  const map = shared.result?.maps.get(mapKey(quantity, isShare({ quantity }) ? "" : form, quantity === "full" ? null : id));
  if (!map || !shared.result) return null;
  const range = bandRange(shared);
  const key = `${range}/${shared.below_error === "hide"}`;
  const known = cache.get(map);
  if (known && known.key === key && known.details === shared.details) return known.shown;
  const shown = work(shared, map, range, shared.result.header.grid);
  cache.set(map, { key, details: shared.details, shown });
  return shown;
}

/**
 * @param {Shared} shared @param {DecodedMap} map @param {[number, number] | null} range
 * @param {[number, number]} full  the grid of whole maps
 * @returns {Shown}
 */
function work(shared, map, range, full) {
  const part = range && bandSum(shared.details, map, range);
  const { values, grid } = part ?? { values: map.values, grid: full };
  // The errors are of the whole range; nothing is known of those of its parts.
  const errors = part ? null : errorsOf(shared.details, map, grid);
  const hide = shared.below_error === "hide" && errors;
  const visible = hide ? values.map((v, i) => (Math.abs(v) < ERRORS * errors[i] ? 0 : v)) : values;
  const scale = (full[0] * full[1]) / (grid[0] * grid[1]);
  let sum = 0;
  for (const value of values) sum += value;
  const inRange = range && map.band_totals?.slice(...range).reduce((a, b) => a + b, 0);
  return {
    map,
    values,
    visible,
    grid,
    top: part ? quantile(values, TOP_QUANTILE) : map.top,
    sum: sum * scale,
    total: part ? (inRange ?? sum * scale) : map.total,
    error: part ? null : map.error,
    interval: part ? null : (map.interval ?? null),
    rough: !part && map.rough === true,
    errors,
    part: part !== null,
  };
}

/** @type {WeakMap<DecodedMap, Shown>} */
const edited = new WeakMap();

/** The map of an edit, as it is: of the whole range, with no errors of its cells. @param {DecodedMap} map @param {[number, number]} grid @returns {Shown} */
export function shownEdit(map, grid) {
  const { values, top, total, error, rough = false } = map;
  const sum = { sum: total ?? 0, total, error, interval: null, rough };
  const known = edited.get(map) ?? { map, values, visible: values, grid, top, ...sum, errors: null, part: false };
  edited.set(map, known);
  return known;
}

/** A quantile of the magnitudes, to within 1/2048 of the largest. @param {Float32Array} values @param {number} q */
function quantile(values, q) {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return 0;
  const bins = 2048;
  const counts = new Uint32Array(bins);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((Math.abs(value) / largest) * bins))]++;
  const target = q * (values.length - 1) + 1;
  let before = 0;
  for (let bin = 0; bin < bins; bin++) {
    if (before + counts[bin] >= target) return ((bin + (target - before) / (counts[bin] + 1)) / bins) * largest;
    before += counts[bin];
  }
  return largest;
}

/**
 * The value at a cell of the whole grid, or at a pixel of the picture.
 * @param {{ grid: [number, number] }} map @param {Float32Array} field @param {[number, number]} cell @param {[number, number]} full
 */
export function at({ grid: [rows, columns] }, field, [row, column], [height, width]) {
  return field[Math.floor((row * rows) / height) * columns + Math.floor((column * columns) / width)];
}
