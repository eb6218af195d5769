/**
 * What lies over one of the pictures: nothing, one map, or the maps of several words woven together, with lines
 * around them. Pure functions; `paint.js` draws it.
 */
import { describe, idsOf, isSigned, missingText, nameOf, noneText, pinned, pointedWord, sharedTop } from "./derive.js";
import { activeEdit, editName, lackOf } from "./edits.js";
import { shownEdit, shownOf } from "./maps.js";
import { isShare } from "./numbers.js";
import { colourOf } from "./pins.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./state.js").Local} Local */
/** @typedef {import("./maps.js").Shown} Shown */

/** Lines at these parts of the colour scale where contours are asked for. */
const LEVELS = [0.25, 0.5, 0.75];
/** Around each of several words there is a line at this part. */
const AROUND = [0.25];

/** @typedef {{ id: number | null, name: string, shown: Shown, top: number, colour: string | null }} Layer  top: where its scale ends */
/** @typedef {{ layer: Layer, levels: number[] }} Lines */

/**
 * @typedef {object} Scene
 * @property {Layer[]} layers  none: the picture alone; several: woven
 * @property {Lines[]} lines
 * @property {boolean} signed
 * @property {string} quantity
 * @property {string} form
 * @property {boolean} common  whether the scale is one for all words
 * @property {boolean} edit  whether it is of a word left out or exchanged
 * @property {string} lack  why there is no map of what is looked at, or not a whole one
 */

/** @typedef {"main" | "other"} Side */

/** The quantity and the form of a side. @param {Shared} shared @param {Side} side */
export function quantityOf({ quantity, form, compare }, side) {
  if (side === "main" || compare === "off" || compare === "words") return { quantity, form };
  if (compare === "form") return { quantity, form: form === "standard" ? "orthogonal" : "standard" };
  return { quantity: compare, form };
}

/** Whether there are two pictures. @param {Shared} shared */
export function isCompared({ compare, quantity, result }) {
  if (compare === "form") return !isShare({ quantity });
  // Before the first draw nobody knows which quantities there will be.
  return compare === "words" || (compare !== "off" && (result?.quantities.length ?? 0) > 0);
}

/**
 * The words over a side. Of two words compared, the first pinned one is at the left, and what is pointed at, or
 * the second pinned one, at the right.
 * @param {Shared} shared @param {Local} local @param {Side} side @returns {(number | null)[]}
 */
function idsOver(shared, local, side) {
  const { quantity } = quantityOf(shared, side);
  if (quantity === "full") return [null];
  const pointed = pointedWord(shared, local);
  const pins = pinned(shared);
  if (shared.compare === "words") {
    if (pins.length === 0) return side === "main" && pointed !== null ? [pointed] : [];
    if (side === "main") return [pins[0]];
    return pointed !== null && pointed !== pins[0] ? [pointed] : pins.slice(1, 2);
  }
  return pointed !== null ? [pointed] : pins;
}

/**
 * The map of the edit that is looked at, in place of all else.
 * @param {Shared} shared @param {Local} local @returns {Scene | null}
 */
function sceneOfEdit(shared, local) {
  const edit = activeEdit(shared, local);
  const header = shared.result?.header;
  if (!edit || !header) return null;
  const map = edit.maps.get(shared.form);
  const signed = shared.form === "standard";
  const what = { quantity: "edit", form: shared.form, signed, edit: true, lack: lackOf(edit, map !== undefined), common: shared.scale === "shared" };
  if (!map) return { ...what, layers: [], lines: [] };
  // It is of all noise levels, and so is its scale, whichever are chosen; beside another picture it has that of both.
  const whole = isCompared(shared) ? shared : { ...shared, band: null };
  const top = what.common ? Math.max(map.top, shared.quantity === "full" ? 0 : commonTop(whole, what)) : map.top;
  const layer = { id: null, name: editName(edit, header), shown: shownEdit(map, header.grid), top, colour: null };
  return { ...what, layers: [layer], lines: shared.contours ? [{ layer, levels: LEVELS }] : [] };
}

/** @type {WeakMap<Shared, Map<string, Scene>>} */
const scenes = new WeakMap();

/**
 * Worked out once for each word or change that is pointed at: the picture, the legend and the marks of the view ask.
 * @param {Shared} shared @param {Local} local @param {Side} [side] @returns {Scene}
 */
export function sceneOf(shared, local, side = "main") {
  const known = scenes.get(shared) ?? new Map();
  scenes.set(shared, known);
  const key = [side, local.hovered_word, local.focused_word, local.hovered_edit].join("/");
  if (!known.has(key)) known.set(key, sceneAt(shared, local, side));
  return /** @type {Scene} */ (known.get(key));
}

/** @param {Shared} shared @param {Local} local @param {Side} side @returns {Scene} */
function sceneAt(shared, local, side) {
  const edit = side === "main" ? sceneOfEdit(shared, local) : null;
  if (edit) return edit;
  const what = quantityOf(shared, side);
  const there = { ...shared, ...what };
  const common = shared.scale === "shared" && what.quantity !== "full";
  const top = common ? commonTop(shared, what) : 0;
  /** @param {number | null} id @param {string | null} [colour] @returns {Layer[]} */
  const layer = (id, colour = id !== null && pinned(shared).length > 1 ? colourOf(shared, id) : null) => {
    const shown = shownOf(shared, what.quantity, what.form, id);
    return shown ? [{ id, name: nameOf(there, id), shown, top: common ? top : shown.top, colour }] : [];
  };
  const wanted = idsOver(shared, local, side);
  const layers = wanted.flatMap((id) => layer(id));
  const missing = wanted.filter((id) => layers.every((one) => one.id !== id));
  const none = noneText(shared, what.quantity);
  const others = shared.compare === "words" || what.quantity === "full" ? [] : pinned(shared);
  // Without a map of what is looked at, lines of others would be taken for it.
  const around = (layers.length ? others : []).filter((id) => layers.every((one) => one.id !== id)).flatMap((id) => layer(id, colourOf(shared, id)));
  const levels = shared.contours ? LEVELS : layers.length > 1 ? AROUND : [];
  const lines = layers.filter(() => levels.length > 0).map((one) => ({ layer: one, levels }));
  return {
    layers,
    lines: [...lines, ...around.map((one) => ({ layer: one, levels: AROUND }))],
    signed: isSigned(what),
    common,
    edit: false,
    lack: none || (shared.result?.quantities.length ? missingText(shared, what.quantity, missing) : ""),
    ...what,
  };
}

/**
 * The scene that the scale is of: that of the other picture where the result has nothing to show in the main one.
 * @param {Shared} shared @param {Local} local
 */
export function scaledScene(shared, local) {
  const scene = sceneOf(shared, local);
  const bare = !scene.edit && noneText(shared) !== "" && isCompared(shared);
  return bare ? sceneOf(shared, local, "other") : scene;
}

/**
 * One scale for all words, and for both pictures where they have one unit.
 * @param {Shared} shared @param {{ quantity: string }} what
 */
export function commonTop(shared, what) {
  const sides = isCompared(shared) ? /** @type {Side[]} */ (["main", "other"]) : /** @type {Side[]} */ (["main"]);
  const tops = sides.map((side) => quantityOf(shared, side)).filter((side) => side.quantity !== "full" && isShare(side) === isShare(what));
  return Math.max(0, ...tops.map(({ quantity, form }) => sharedTop(shared, quantity, form)));
}

/** What a side shows, in words. @param {Shared} shared @param {Scene} scene */
export function captionOf(shared, { layers, quantity, form, edit, lack }) {
  if (layers.length === 0 && lack) return lack;
  if (edit) return `${layers[0].name}: where the picture would change, ${form} form${lack && `; ${lack}`}`;
  const what = { quantity, form };
  const more = lack && `; ${lack}`;
  if (layers.length < 2) return describe(what, layers.length ? layers[0].name : null) + more;
  const first = idsOf({ ...shared, quantity }).length;
  return describe(what, null).replace("each word", layers.length === first ? "each word" : "pinned words") + more;
}

/** What stands below a picture beside another while it shows no word. @param {Shared} shared @param {Side} side */
export function emptyText({ compare, pinned_words: pins }, side) {
  if (compare !== "words") return "point at a word";
  return side === "main" && pins.length === 0 ? "pin a word" : "point at another word";
}
