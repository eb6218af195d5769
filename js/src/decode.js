/**
 * From the bytes that Python sends to maps. Everything is checked first: what arrives may be stale, cut off or
 * hostile, and then the reader is told so. Nothing here knows the DOM.
 */
import { SCHEMA_VERSION } from "./model.js";

/** @typedef {import("./model.js").Header} Header */
/** @typedef {import("./model.js").MapEntry} MapEntry */
/** @typedef {MapEntry & { values: Float32Array, index: number }} DecodedMap  index: its place in the header */

/**
 * @typedef {object} Decoded
 * @property {Header} header
 * @property {Map<string, DecodedMap>} maps  by `mapKey`
 * @property {string[]} quantities
 * @property {Map<string, number[]>} ids  of each quantity: the words, or parts of pairs, that have a map
 */

/** A payload that cannot be shown; the message is for the reader of the widget. */
export class PayloadError extends Error {}

/** More cells or maps than any result has: a header that asks for them is not one of ours. */
const MOST_CELLS = 1 << 22;
const MOST_MAPS = 20_000;

/**
 * @param {string} quantity
 * @param {string} form
 * @param {number | null} word
 */
export function mapKey(quantity, form, word) {
  return `${quantity}/${form}/${word ?? "all"}`;
}

/**
 * The bytes of whatever the host hands over: a DataView, a typed array or an ArrayBuffer.
 * @param {unknown} data
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytesOf(data) {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(/** @type {ArrayBuffer} */ (data.buffer), data.byteOffset, data.byteLength);
  }
  throw new PayloadError("The data of the maps did not arrive as bytes. Run the cell again.");
}

/** @param {unknown} value @returns {value is number} */
export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
/** @param {unknown} value @returns {value is number} */
export const isCount = (value) => isNumber(value) && Number.isInteger(value) && value >= 0;
/** @param {unknown} value @param {number} [length] */
export const isNumbers = (value, length) =>
  Array.isArray(value) && value.every(isNumber) && (length === undefined || value.length === length);
/** @param {unknown} value */
export const isGrid = (value) =>
  Array.isArray(value) && value.length === 2 && value.every((n) => isCount(n) && n > 0) && value[0] * value[1] <= MOST_CELLS;
/** @param {unknown} value */
export const isMaybe = (value) => value === null || value === undefined || isNumber(value);

/** @param {boolean} right @param {string} what @returns {asserts right} */
export function demand(right, what) {
  if (!right) throw new PayloadError(`This result cannot be shown: ${what}. Run the cell again.`);
}

/** @param {any} word @param {number} length */
function isWord(word, length) {
  return typeof word?.text === "string" && isCount(word.start) && isCount(word.stop) && word.start <= word.stop && word.stop <= length;
}

/** @param {Header} header */
function check(header) {
  demand(typeof header.prompt === "string", "its header lacks the prompt");
  const { words, maps } = header;
  demand(Array.isArray(words) && Array.isArray(maps), "its header lacks words or maps");
  demand(maps.length <= MOST_MAPS, `it announces ${maps.length} maps`);
  demand(isGrid(header.grid), "the grid of its maps is no pair of sizes");
  const length = Array.from(header.prompt).length;
  demand(words.every((word) => isWord(word, length)), "a word lies outside of the prompt");
  const { pairs, swaps, warnings } = header;
  demand([pairs, swaps, warnings].every(Array.isArray), "its header lacks pairs, swaps or warnings");
  demand(isNumbers(header.band_edges) && isNumbers(header.curve_edges), "its noise levels are no numbers");
  demand(warnings.every((line) => typeof line === "string"), "its warnings are no text");
  demand(pairs.every((pair) => typeof pair?.label === "string"), "its pairs of words have no names");
  demand(swaps.every((swap) => isCount(swap?.word) && swap.word < words.length && typeof swap.text === "string"), "a swap is of no word");
  for (const entry of maps) {
    demand(typeof entry?.quantity === "string" && typeof entry.form === "string", "a map does not say what it is of");
    const { quantity, at, low, step, top, word } = entry;
    demand(isCount(at) && [low, step, top].every(isNumber) && top >= 0, `the numbers of the map ${quantity} are wrong`);
    demand(isMaybe(entry.total) && isMaybe(entry.error), `the total of the map ${quantity} is no number`);
    demand(word === null || (isCount(word) && word < words.length + pairs.length), `the map ${quantity} is of no word`);
    demand(!entry.curve || isNumbers(entry.curve, header.curve_edges.length - 1), `the curve of ${quantity} is wrong`);
    demand(!entry.band_totals || isNumbers(entry.band_totals, header.band_edges.length - 1), `the bands of ${quantity} are wrong`);
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {MapEntry} entry
 * @param {number} cells
 */
export function decodeMap(bytes, entry, cells) {
  const view = new DataView(bytes.buffer, bytes.byteOffset + entry.at, 2 * cells);
  const values = new Float32Array(cells);
  for (let i = 0; i < cells; i++) values[i] = entry.low + entry.step * view.getUint16(2 * i, true);
  return values;
}

/**
 * Check a header and decode its maps.
 * @param {Partial<Header> | null | undefined} raw
 * @param {unknown} data
 * @returns {Decoded}
 */
export function decode(raw, data) {
  if (!raw || typeof raw !== "object" || raw.schema_version === undefined) {
    throw new PayloadError("There is no result to show yet. If none comes, run the cell again.");
  }
  if (raw.schema_version !== SCHEMA_VERSION) {
    throw new PayloadError(
      `This result has data layout ${raw.schema_version}, this viewer reads ${SCHEMA_VERSION}. ` +
        "Restart the kernel and reload the page so that both sides are the same version.",
    );
  }
  const nothing = { pairs: [], swaps: [], warnings: [], details: [], band_edges: [], curve_edges: [] };
  const header = /** @type {Header} */ ({ ...nothing, ...raw });
  check(header);
  const bytes = bytesOf(data);
  if (bytes.byteLength !== header.byte_length) {
    throw new PayloadError(
      `The maps of this result should have ${header.byte_length} bytes, but ${bytes.byteLength} arrived. ` +
        "Run the cell again.",
    );
  }
  const cells = header.grid[0] * header.grid[1];
  /** @type {Decoded["maps"]} */
  const maps = new Map();
  /** @type {Decoded["ids"]} */
  const ids = new Map();
  header.maps.forEach((entry, index) => {
    if (entry.at + 2 * cells > bytes.byteLength) {
      throw new PayloadError(`The map ${entry.quantity}, ${entry.form} lies outside of the data that arrived.`);
    }
    maps.set(mapKey(entry.quantity, entry.form, entry.word), { ...entry, index, values: decodeMap(bytes, entry, cells) });
    const known = ids.get(entry.quantity) ?? [];
    if (entry.word !== null && !known.includes(entry.word)) known.push(entry.word);
    ids.set(entry.quantity, known);
  });
  return { header, maps, quantities: [...ids.keys()], ids };
}
