/**
 * From the bytes that Python sends to maps. Everything is checked first: what arrives may be stale, cut off or
 * hostile, and then the reader is told so. Nothing here knows the DOM.
 */
import { packedSize, unpack } from "./codes.js";
import { SCHEMA_VERSION } from "./model.js";

/** @typedef {import("./model.js").Header} Header */
/** @typedef {import("./model.js").RawHeader} RawHeader */
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
/** @param {unknown} value */
const isNumbers = (value) => Array.isArray(value) && value.every(isNumber);
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
  const named = ["undefined", "string"].includes(typeof word?.name);
  return named && typeof word?.text === "string" && isCount(word.start) && isCount(word.stop) && word.start <= word.stop && word.stop <= length;
}

/** @param {RawHeader} header */
function check(header) {
  demand(typeof header.prompt === "string", "its header lacks the prompt");
  const { words, maps } = header;
  demand(Array.isArray(words) && Array.isArray(maps), "its header lacks words or maps");
  demand(isGrid(header.grid), "the grid of its maps is no pair of sizes");
  const length = Array.from(header.prompt).length;
  demand(words.every((word) => isWord(word, length)), "a word lies outside of the prompt");
  const { pairs, swaps, warnings, network = "" } = header;
  demand([pairs, swaps, warnings].every(Array.isArray), "its header lacks pairs, swaps or warnings");
  demand(isNumbers(header.band_edges) && isNumbers(header.curve_edges), "its noise levels are no numbers");
  demand([...warnings, network].every((line) => typeof line === "string"), "its warnings or its network are no text");
  demand(pairs.every((pair) => typeof pair?.label === "string"), "its pairs of words have no names");
  demand(swaps.every((swap) => isCount(swap?.word) && swap.word < words.length && typeof swap.text === "string"), "a swap is of no word");
  let count = 0;
  for (const run of maps) {
    demand(typeof run?.quantity === "string" && typeof run.form === "string" && Array.isArray(run.words), "a map does not say what it is of");
    const known = run.words.every((word) => word === null || (isCount(word) && word < words.length + pairs.length));
    demand(known, `a map ${run.quantity} is of no word`);
    demand(run.rough === undefined || Array.isArray(run.rough), `what is rough of the maps ${run.quantity} is no list`);
    count += run.words.length;
  }
  demand(count <= MOST_MAPS, `it announces ${count} maps`);
}

/** Columns of the table before those of the curve and of the bands; Python's payload.COLUMNS. */
const COLUMNS = ["end", "signed", "top", "total", "error", "low", "high"];

/**
 * What is known of each map: the runs of the header, written out, with their rows of the table.
 * @param {RawHeader} header @param {Uint8Array<ArrayBuffer>} bytes @returns {MapEntry[]}
 */
function entriesOf({ maps, grid, table_at: from, curve_edges: curve, band_edges: bands }, bytes) {
  const size = packedSize(grid[0] * grid[1]);
  const [steps, parts] = [curve, bands].map((edges) => Math.max(0, edges.length - 1));
  const columns = COLUMNS.length + steps + parts;
  const all = maps.flatMap(({ quantity, form, words, rough = [] }) => words.map((word) => ({ quantity, form, word, rough: rough.includes(word) })));
  demand(isCount(from) && from === size * all.length, "its maps have another size than its header says");
  demand(bytes.byteLength === from + 4 * columns * all.length, "the table of its maps has another size than its header says");
  const view = new DataView(bytes.buffer, bytes.byteOffset + from);
  return all.map((entry, row) => {
    const values = Array.from({ length: columns }, (_, column) => view.getFloat32(4 * (row * columns + column), true));
    const [end, signed, top, total, error, low, high] = values;
    const [curve, band_totals] = [values.slice(COLUMNS.length, COLUMNS.length + steps), values.slice(COLUMNS.length + steps)];
    demand(isNumber(end) && end >= 0 && isNumber(top) && top >= 0, `the numbers of the map ${entry.quantity} are wrong`);
    return {
      ...entry,
      at: row * size,
      end,
      signed: signed !== 0,
      top,
      total: isNumber(total) ? total : null,
      error: isNumber(error) ? error : null,
      interval: isNumber(low) && isNumber(high) ? [low, high] : null,
      ...(steps && curve.every(isNumber) && { curve }),
      ...(parts && band_totals.every(isNumber) && { band_totals }),
    };
  });
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {MapEntry} entry
 * @param {number} cells
 */
export function decodeMap(bytes, { at, end, signed }, cells) {
  return unpack(bytes, at, cells, end, signed);
}

/**
 * Check a header and decode its maps.
 * @param {Partial<RawHeader> | null | undefined} raw
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
  const whole = /** @type {RawHeader} */ ({ ...nothing, ...raw });
  check(whole);
  const bytes = bytesOf(data);
  if (bytes.byteLength !== whole.byte_length) {
    throw new PayloadError(
      `The maps of this result should have ${whole.byte_length} bytes, but ${bytes.byteLength} arrived. ` +
        "Run the cell again.",
    );
  }
  const header = { ...whole, maps: entriesOf(whole, bytes) };
  const cells = header.grid[0] * header.grid[1];
  /** @type {Decoded["maps"]} */
  const maps = new Map();
  /** @type {Decoded["ids"]} */
  const ids = new Map();
  header.maps.forEach((entry, index) => {
    maps.set(mapKey(entry.quantity, entry.form, entry.word), { ...entry, index, values: decodeMap(bytes, entry, cells) });
    const known = ids.get(entry.quantity) ?? [];
    if (entry.word !== null && !known.includes(entry.word)) known.push(entry.word);
    ids.set(entry.quantity, known);
  });
  return { header, maps, quantities: [...ids.keys()], ids };
}
