/**
 * What is to be seen, worked out from the state: pure functions, no DOM.
 */
import { activeEdit, editName } from "./edits.js";
import { mapKey } from "./model.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./state.js").Local} Local */
/** @typedef {import("./state.js").Cell} Cell */
/** @typedef {import("./model.js").DecodedMap} DecodedMap */

/** Nats to a bit. */
export const LN2 = Math.log(2);

/** @param {Shared} shared @param {Local} local @returns {number | null} */
export function activeWord(shared, local) {
  const count = shared.result?.header.words.length ?? 0;
  const edit = activeEdit(shared, local);
  const word = edit?.word ?? local.hovered_word ?? local.focused_word ?? shared.pinned_word;
  return word !== null && word < count ? word : null;
}

/** @param {Shared} shared @param {Local} local @returns {Cell | null} */
export function activePixel(shared, local) {
  const cell = local.hovered_pixel ?? local.focused_pixel ?? shared.pinned_pixel;
  const [height, width] = shared.result?.header.grid ?? [0, 0];
  const inside = cell && cell[0] >= 0 && cell[1] >= 0 && cell[0] < height && cell[1] < width;
  return inside ? cell : null;
}

/** @param {Shared} shared @param {number | null} word @returns {DecodedMap | null} */
export function mapOf(shared, word) {
  const { result, quantity, form } = shared;
  return result?.maps.get(mapKey(quantity, form, quantity === "full" ? null : word)) ?? null;
}

/**
 * The map that lies over the picture, if any.
 * @param {Shared} shared @param {Local} local @returns {DecodedMap | null}
 */
export function shownMap(shared, local) {
  const edit = activeEdit(shared, local);
  if (edit) return edit.maps.get(shared.form) ?? null;
  if (shared.quantity === "full") return mapOf(shared, null);
  const word = activeWord(shared, local);
  return word === null ? null : mapOf(shared, word);
}

/**
 * Where the colour scale ends, in nats per latent cell.
 * @param {Shared} shared @param {DecodedMap | null} map
 */
export function scaleTop(shared, map) {
  if (map && shared.scale === "word") return map.top;
  // The map of an edit may exceed those of the words.
  let top = map?.top ?? 0;
  for (const other of mapsOf(shared)) top = Math.max(top, other?.top ?? 0);
  return top;
}

/** The map of each word (null while there is none), or of the whole prompt alone. @param {Shared} shared */
export function mapsOf(shared) {
  if (shared.quantity === "full") return [mapOf(shared, null)];
  return (shared.result?.header.words ?? []).map((_, word) => mapOf(shared, word));
}

/** @param {Shared} shared */
export function isSigned(shared) {
  return shared.form === "standard" || shared.quantity === "shapley";
}

/**
 * The bar of each word in the list and in the sentence: value and error in nats, length in [-1, 1].
 * Local values (at a cell) share the end of the colour scale; totals share the largest total.
 * @typedef {{ value: number | null, error: number | null, length: number }} Bar
 * @param {Shared} shared @param {Cell | null} cell
 * @returns {{ list: Bar[], top: number }}  top: the value of a full bar
 */
export function bars(shared, cell) {
  const maps = mapsOf(shared);
  const width = shared.result?.header.grid[1] ?? 0;
  const values = maps.map((map) => {
    if (!map) return null;
    return cell ? map.values[cell[0] * width + cell[1]] : map.total;
  });
  let top = 0;
  if (cell) top = scaleTop({ ...shared, scale: "shared" }, null);
  else for (const value of values) top = Math.max(top, Math.abs(value ?? 0));
  const list = values.map((value, i) => ({
    value,
    error: cell ? null : (maps[i]?.error ?? null),
    length: value === null || top <= 0 ? 0 : Math.max(-1, Math.min(1, value / top)),
  }));
  return { list, top };
}

/**
 * The rank of each bar, largest value first; equal values stay in the order of the sentence.
 * @param {Bar[]} list @returns {number[]}
 */
export function ranks(list) {
  const order = list.map((_, i) => i).sort((a, b) => (list[b].value ?? 0) - (list[a].value ?? 0) || a - b);
  const rank = new Array(list.length);
  order.forEach((index, place) => (rank[index] = place));
  return rank;
}

/** Nats in the unit on display. @param {Shared} shared @param {number} nats */
export function inUnit(shared, nats) {
  return shared.unit === "bit" ? nats / LN2 : nats;
}

/** "nats" or "bits". @param {Shared} shared */
export function unitName(shared) {
  return shared.unit === "bit" ? "bits" : "nats";
}

/**
 * Three significant digits where they matter, never an exponent; a true minus sign.
 * @param {number} value
 */
export function format(value) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size >= 99.95) return sign + size.toFixed(0);
  if (size >= 9.995) return sign + size.toFixed(1);
  if (size >= 0.0995) return sign + size.toFixed(2);
  if (size >= 0.00995) return sign + size.toFixed(3);
  const digits = size.toFixed(4);
  return Number(digits) === 0 ? "0" : sign + digits;
}

/**
 * Decimals that show three significant digits of the largest of some values, so that their points align;
 * at least two below a thousand, so that small values and errors beside large ones are not lost.
 * @param {number} largest
 */
export function decimals(largest) {
  if (!(largest > 0)) return 2;
  const needed = 2 - Math.floor(Math.log10(largest * 1.0005));
  return Math.min(6, Math.max(largest < 1000 ? 2 : 0, needed));
}

/** @param {number} value @param {number} digits */
export function fixed(value, digits) {
  return value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−");
}

/** What the quantity says, in words for a caption. @param {Shared} shared @param {string | null} text */
export function describe(shared, text) {
  const form = shared.form;
  if (shared.quantity === "full") return `whole prompt, ${form} form`;
  const what = { mi: "alone", shapley: "share of all words" }[shared.quantity] ?? "given the other words";
  return text === null ? `each word ${what}, ${form} form` : `“${text}” ${what}, ${form} form`;
}

/** What an edit says, for a caption. @param {Shared} shared @param {import("./edits.js").Edit} edit */
export function describeEdit(shared, edit) {
  const header = shared.result?.header;
  return header ? `${editName(edit, header)}: where the picture would change, ${shared.form} form` : "";
}
