/**
 * The second block of bytes: standard errors of the maps, and their parts by band of noise level. It comes
 * after the first picture, see codes.js.
 */
import { packedSize, reader } from "./codes.js";
import { PayloadError, bytesOf, isGrid } from "./decode.js";

/** @typedef {import("./model.js").Header} Header */
/** @typedef {import("./model.js").DetailsHeader} DetailsHeader */
/** @typedef {import("./model.js").Block} Block */
/** @typedef {import("./decode.js").DecodedMap} DecodedMap */

/** @typedef {{ header: DetailsHeader, bytes: Uint8Array<ArrayBuffer>, bands: number }} Details  with how many bands there are */

/**
 * Read the block, or null where there is none or it is of an earlier state of a running estimate.
 * @param {Header} header
 * @param {Partial<DetailsHeader> | null | undefined} raw
 * @param {unknown} data
 * @returns {Details | null}
 */
export function decodeDetails(header, raw, data) {
  if (!raw || raw.byte_length === undefined || raw.draws !== header.draws_done) return null;
  const bytes = bytesOf(data);
  const details = /** @type {DetailsHeader} */ (raw);
  if (bytes.byteLength !== details.byte_length) return null; // its two parts are announced one by one
  const bands = Math.max(0, header.band_edges.length - 1);
  for (const [block, layers] of /** @type {[Block | null, number][]} */ ([[details.errors, 1], [details.bands, bands]])) {
    if (!block) continue;
    const lists = [block.at, block.top, block.signed];
    const whole = isGrid(block.grid) && [8, 12].includes(block.bits) && lists.every((list) => Array.isArray(list) && list.length === header.maps.length);
    const size = whole ? packedSize(layers * block.grid[0] * block.grid[1], block.bits) : 0;
    if (!whole || !block.at.every((at) => at === null || (at >= 0 && at + size <= bytes.byteLength))) {
      throw new PayloadError("The errors or bands of this result are damaged. Run the cell again.");
    }
  }
  return { header: details, bytes, bands };
}

/**
 * The standard errors of a map, on the grid asked for; null where they are not there.
 * @param {Details | null} details @param {DecodedMap} map @param {[number, number]} grid
 */
export function errorsOf(details, map, [height, width]) {
  const block = details?.header.errors;
  const at = block?.at[map.index] ?? null;
  if (!details || !block || at === null) return null;
  const [rows, columns] = block.grid;
  const read = reader(block.bits, details.bytes, at, rows * columns, block.top[map.index], block.signed[map.index]);
  const errors = new Float32Array(height * width);
  for (let y = 0, i = 0; y < height; y++) {
    const from = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x++, i++) errors[i] = read(from + Math.floor((x * columns) / width));
  }
  return errors;
}

/**
 * The sum of some bands of a map, on the grid of the bands; null where they are not there.
 * @param {Details | null} details @param {DecodedMap} map
 * @param {[number, number]} range  the first band, and the one after the last
 */
export function bandSum(details, map, [first, end]) {
  const block = details?.header.bands;
  const at = block?.at[map.index] ?? null;
  if (!details || !block || at === null) return null;
  const cells = block.grid[0] * block.grid[1];
  const read = reader(block.bits, details.bytes, at, details.bands * cells, block.top[map.index], block.signed[map.index]);
  const values = new Float32Array(cells);
  for (let band = first; band < end; band++) {
    for (let i = 0; i < cells; i++) values[i] += read(band * cells + i);
  }
  return { values, grid: block.grid };
}
