/**
 * What was asked back: words left out or exchanged, each with maps of where the picture would change.
 * Python's asking.py sends it. Nothing here knows the DOM.
 */
import { packedSize } from "./codes.js";
import { bytesOf, decodeMap, demand, isCount, isGrid, isMaybe, isNumber } from "./decode.js";
import { wordName } from "./words.js";

/**
 * @typedef {object} Edit
 * @property {number} key
 * @property {number} word
 * @property {string | null} text  what takes the word's place; null where it is left out
 * @property {import("./model.js").JobProgress} progress
 * @property {Map<string, import("./decode.js").DecodedMap>} maps  by form
 */

/**
 * @typedef {object} Edits
 * @property {boolean} model  whether new ones can be asked for
 * @property {string} problem  why the last one was refused
 * @property {Edit[]} list
 */

/** @returns {Edits} */
export const noEdits = () => ({ model: false, problem: "", list: [] });

/** @param {any} edit @param {number} cells @param {number} length  of the bytes */
function check(edit, cells, length) {
  demand(isCount(edit?.key) && isCount(edit.word), "a change is of no word");
  demand(edit.text === null || typeof edit.text === "string", "what takes the place of a word is no text");
  const { progress, maps } = edit;
  const counted = isCount(progress?.done) && isCount(progress.planned);
  demand(counted && typeof progress.state === "string" && typeof progress.message === "string", "it is not said how far a change is");
  demand(Array.isArray(maps), "a change has no maps");
  for (const map of maps) {
    const { form, at, end, top, total, error } = map ?? {};
    demand(typeof form === "string" && isCount(at) && [end, top].every(isNumber) && [total, error].every(isMaybe), "the numbers of the map of a change are wrong");
    demand(at + packedSize(cells) <= length, "the map of a change lies outside of the data that arrived");
  }
}

/**
 * Check what arrives and decode its maps, as `decode` does.
 * @param {import("./model.js").RawEdits | null | undefined} raw
 * @param {unknown} data
 * @returns {Edits}
 */
export function decodeEdits(raw, data) {
  if (!raw || !Array.isArray(raw.edits)) return noEdits();
  const { model = false, problem = "" } = raw;
  if (raw.edits.length === 0) return { model, problem, list: [] };
  const bytes = bytesOf(data);
  // Header and bytes arrive together but are announced one by one.
  if (bytes.byteLength !== raw.byte_length) return { model, problem, list: [] };
  const { grid = [0, 0] } = raw;
  // Before the first map is there nobody knows its size.
  demand(isGrid(grid) || String(grid) === "0,0", "the grid of the changes is no pair of sizes");
  const cells = grid[0] * grid[1];
  for (const edit of raw.edits) check(edit, cells, bytes.byteLength);
  const list = raw.edits.map(({ maps, ...edit }) => ({
    ...edit,
    maps: new Map(maps.map((entry) => [entry.form, { ...entry, index: -1, values: decodeMap(bytes, entry, cells) }])),
  }));
  return { model, problem, list };
}

/** What is said on an exported page of a change whose first draw was not done by then. */
const SAVED = "nothing yet when this page was saved";

/**
 * Those that there is something to see of: a page without Python can neither go on with the others nor forget them.
 * The pinned one stays, so that the page tells why its picture does not show it.
 * @param {Edits} edits @param {number | null} pinned  key of one @returns {Edits}
 */
export function withMaps(edits, pinned) {
  const list = edits.list.filter(({ maps, key }) => maps.size > 0 || key === pinned).map((edit) => {
    const waits = edit.maps.size === 0 && edit.progress.state === "running";
    return waits ? { ...edit, progress: { ...edit.progress, state: /** @type {const} */ ("idle"), message: SAVED } } : edit;
  });
  return { ...edits, list };
}

/**
 * The edit whose map is to be seen: the one under the pointer, else the pinned one, unless a word is hovered.
 * @param {import("./state.js").Shared} shared @param {import("./state.js").Local} local
 */
export function activeEdit(shared, local) {
  const hovered = shared.edits.list.find(({ key }) => key === local.hovered_edit);
  if (hovered) return hovered;
  if (local.hovered_word !== null || local.focused_word !== null) return null;
  return shared.edits.list.find(({ key }) => key === shared.pinned_edit) ?? null;
}

/** Letters of a text that are shown, as in Python's messages (words.py). */
const LONGEST = 60;

/** @param {string} text */
function shortened(text) {
  const letters = Array.from(text); // whole ones: an emoji is two of a string's
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("")}…` : text;
}

/** @param {Pick<Edit, "word" | "text">} edit @param {import("./model.js").Header} header */
export function editName({ word: index, text }, header) {
  const word = wordName(header.words, index);
  return text === null ? `without “${word}”` : `“${word}” → “${text}”`;
}

/** The same with the beginning of a long text. @param {Edit} edit @param {import("./model.js").Header} header */
export function shortName({ word, text }, header) {
  return editName({ word, text: text === null ? null : shortened(text) }, header);
}

/** Why there is no map of an edit, or not a whole one; "" where nothing went wrong. @param {Edit} edit @param {boolean} there */
export function lackOf({ progress: { state } }, there) {
  if (state === "failed") return there ? "this change failed before all its draws" : "this change failed";
  if (there) return "";
  if (state === "idle") return SAVED;
  return state === "cancelled" ? "this change was stopped before its first draw" : "nothing yet";
}
