/**
 * What Python sends: the traits, the header, and the decoding of the maps. Nothing here knows the DOM.
 */

/** The layout that this front end reads; Python's payload.py writes the same number. */
export const SCHEMA_VERSION = 1;

/** @typedef {{ text: string, start: number, stop: number }} Word  offsets count code points, stop excluded */

/**
 * One map in the buffer: uint16, little-endian, row by row; value = low + step * stored.
 * `word` is null for the whole prompt; `top` is where the map's own colour scale ends.
 * @typedef {object} MapEntry
 * @property {string} quantity
 * @property {string} form
 * @property {number | null} word
 * @property {number} at
 * @property {number} low
 * @property {number} step
 * @property {number} top
 * @property {number | null} total
 * @property {number | null} error
 */

/**
 * @typedef {object} Header
 * @property {number} schema_version
 * @property {string} prompt
 * @property {string} unit
 * @property {[number, number]} grid  height and width in latent cells
 * @property {Word[]} words
 * @property {MapEntry[]} maps
 * @property {number} byte_length
 * @property {number} draws_done
 * @property {number} draws_planned
 * @property {boolean} complete
 * @property {[number, number] | null} log_snr
 */

/**
 * @typedef {object} Progress
 * @property {"idle" | "running" | "cancelled" | "done" | "failed"} state
 * @property {number} done
 * @property {number} planned
 * @property {number | null} seconds_left
 * @property {string} message
 */

/**
 * What was asked back, as it arrives; edits.js decodes it.
 * @typedef {object} RawEdits
 * @property {boolean} [model]
 * @property {string} [problem]
 * @property {[number, number]} [grid]
 * @property {number} [byte_length]
 * @property {{ key: number, word: number, text: string | null, progress: Progress, maps: MapEntry[] }[]} edits
 */

/**
 * The traits of the Python class `Explorer`, one for one (a test compares the two).
 * @typedef {object} Traits
 * @property {Partial<Header>} _header
 * @property {DataView} _maps
 * @property {DataView} _image
 * @property {RawEdits} _edits
 * @property {DataView} _edit_maps
 * @property {Partial<Progress>} progress
 * @property {string} quantity
 * @property {string} form
 * @property {string} unit
 * @property {string} colour
 * @property {string} scale
 * @property {number} opacity
 * @property {boolean} smooth
 * @property {number | null} pinned_word
 * @property {[number, number] | null} pinned_pixel
 * @property {number | null} pinned_edit
 * @property {boolean} sync_hover
 * @property {number | null} hovered_word
 * @property {[number, number] | null} hovered_pixel
 */

/** Traits that the browser writes as well as reads. */
export const OPTIONS = /** @type {const} */ ([
  "quantity",
  "form",
  "unit",
  "colour",
  "scale",
  "opacity",
  "smooth",
  "pinned_word",
  "pinned_pixel",
  "pinned_edit",
]);

/** @typedef {MapEntry & { values: Float32Array }} DecodedMap */

/**
 * @typedef {object} Decoded
 * @property {Header} header
 * @property {Map<string, DecodedMap>} maps  by `mapKey`
 * @property {string[]} quantities
 */

/** A payload that cannot be shown; the message is for the reader of the widget. */
export class PayloadError extends Error {}

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
  const header = /** @type {Header} */ (raw);
  if (typeof header.prompt !== "string" || !Array.isArray(header.words) || !Array.isArray(header.maps)) {
    throw new PayloadError("The header of this result lacks its prompt, words or maps.");
  }
  const [height, width] = header.grid ?? [0, 0];
  const bytes = bytesOf(data);
  if (bytes.byteLength !== header.byte_length) {
    throw new PayloadError(
      `The maps of this result should have ${header.byte_length} bytes, but ${bytes.byteLength} arrived. ` +
        "Run the cell again.",
    );
  }
  const cells = height * width;
  /** @type {Map<string, DecodedMap>} */
  const maps = new Map();
  for (const entry of header.maps) {
    if (!(entry.at >= 0) || entry.at + 2 * cells > bytes.byteLength) {
      throw new PayloadError(`The map ${entry.quantity}, ${entry.form} lies outside of the data that arrived.`);
    }
    maps.set(mapKey(entry.quantity, entry.form, entry.word), { ...entry, values: decodeMap(bytes, entry, cells) });
  }
  return { header, maps, quantities: [...new Set(header.maps.map((entry) => entry.quantity))] };
}
