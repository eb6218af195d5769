/**
 * What is to be seen, worked out from the state: pure functions, no DOM.
 */
import { activeEdit } from "./edits.js";
import { ERRORS, at, shownEdit, shownOf } from "./maps.js";
import { isShare } from "./numbers.js";
import { cellsInside } from "./region.js";
import { joined, wordName } from "./words.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./state.js").Local} Local */
/** @typedef {import("./state.js").Cell} Cell */
/** @typedef {import("./state.js").Point} Point */
/** @typedef {import("./maps.js").Shown} Shown */

/** How many words, and parts of pairs after them, can be pointed at. @param {Shared} shared */
function count(shared) {
  const header = shared.result?.header;
  return header ? header.words.length + header.pairs.length : 0;
}

/** The word under the pointer or the focus. @param {Shared} shared @param {Local} local @returns {number | null} */
export function pointedWord(shared, local) {
  const word = local.hovered_word ?? local.focused_word;
  return word !== null && word < count(shared) ? word : null;
}

/** The word that is looked at: pointed at, that of an edit, or the only one that is pinned. @param {Shared} shared @param {Local} local @returns {number | null} */
export function activeWord(shared, local) {
  const pins = pinned(shared);
  return activeEdit(shared, local)?.word ?? pointedWord(shared, local) ?? (pins.length === 1 ? pins[0] : null);
}

/** The word that is lit: one that is looked at, unless all of them are meant together. @param {Shared} shared @param {Local} local @returns {number | null} */
export function litWord(shared, local) {
  return shared.quantity === "full" ? null : activeWord(shared, local);
}

/** Whether words have bars: parts of pairs, and the whole prompt, are no words. @param {{ quantity: string }} shared */
export function hasBars({ quantity }) {
  return quantity !== "full" && quantity !== "pair";
}

/** Pinned words that there are. @param {Shared} shared */
export function pinned(shared) {
  return shared.pinned_words.filter((word) => word < count(shared));
}

/** @param {Shared} shared @param {Local} local @returns {Cell | null} */
export function activePixel(shared, local) {
  const cell = local.hovered_pixel ?? local.focused_pixel ?? shared.pinned_pixel;
  const [height, width] = shared.result?.header.grid ?? [0, 0];
  const inside = cell && cell[0] >= 0 && cell[1] >= 0 && cell[0] < height && cell[1] < width;
  return inside ? cell : null;
}

/** What is ranked and has a row: words, parts of pairs, or the whole prompt alone. @param {Shared} shared @returns {(number | null)[]} */
export function idsOf(shared) {
  const { result, quantity } = shared;
  if (!result) return [];
  if (quantity === "full") return [null];
  return result.ids.get(quantity) ?? (result.quantities.length ? [] : result.header.words.map((_, i) => i));
}

/** @param {Shared} shared @param {number | null} id */
export function nameOf({ result, quantity }, id) {
  const header = result?.header;
  if (!header) return "";
  if (id === null) return "whole prompt";
  if (id >= header.words.length) return header.pairs[id - header.words.length]?.label ?? "";
  const other = quantity === "swap" ? header.swaps.find(({ word }) => word === id) : undefined;
  return wordName(header.words, id) + (other ? ` → ${other.text}` : "");
}

/** @param {Shared} shared @param {number | null} id @returns {Shown | null} */
export function mapOf(shared, id) {
  return shownOf(shared, shared.quantity, shared.form, id);
}

/** What a result lacks that has no map of a quantity, and what a word does. @type {Record<string, { none: string, of: (name: string) => string }>} */
const LACKS = {
  cmi: { none: "CMI", of: (name) => `no CMI map of ${name}` },
  mi: { none: "MI", of: (name) => `no MI map of ${name}` },
  shapley: { none: "Shapley values", of: (name) => `no Shapley map of ${name}` },
  pair: { none: "pairs", of: (name) => `no map of ${name} among pairs` },
  swap: { none: "swaps", of: (name) => `no map of ${name} among swaps` },
  attention: { none: "attention maps", of: (name) => `no attention map of ${name}` },
  full: { none: "map of the whole prompt", of: (name) => `no map of the ${name}` },
};

/** That a result has no maps of a quantity at all; "" where it has, and before the first draw. @param {Shared} shared @param {string} [quantity] */
export function noneText({ result, progress, quantity: chosen }, quantity = chosen) {
  if (!result || result.quantities.length === 0 || result.quantities.includes(quantity)) return "";
  const { none } = LACKS[quantity] ?? { none: quantity };
  return progress.state === "running" ? `no ${none} yet` : `this result has no ${none}`;
}

/** That there are no maps of some words, or parts of pairs, among those of a quantity; "" where there are. @param {Shared} shared @param {string} quantity @param {(number | null)[]} ids */
export function missingText(shared, quantity, ids) {
  if (!shared.result || ids.length === 0 || !(quantity in LACKS)) return "";
  const { words } = shared.result.header;
  // A part of a pair is named by a sentence already, whatever quantity is chosen; a word by itself, not with what is in its place.
  const names = ids.map((id) => (id !== null && id < words.length ? `“${wordName(words, id)}”` : nameOf(shared, id)));
  return LACKS[quantity].of(joined(names));
}

/** @param {{ quantity: string, form: string }} shared */
export function isSigned({ quantity, form }) {
  if (isShare({ quantity })) return false;
  return form === "standard" || quantity === "shapley" || quantity === "pair";
}

/** @type {WeakMap<Shared, Map<string, number>>} */
const tops = new WeakMap();

/** Where the colour scale that all words share ends, in nats per latent cell, or as a share. @param {Shared} shared @param {string} [quantity] @param {string} [form] */
export function sharedTop(shared, quantity = shared.quantity, form = shared.form) {
  const key = `${quantity}/${form}`;
  const known = tops.get(shared) ?? new Map();
  tops.set(shared, known);
  if (!known.has(key)) {
    const ids = idsOf({ ...shared, quantity });
    known.set(key, Math.max(0, ...ids.map((id) => shownOf(shared, quantity, form, id)?.top ?? 0)));
  }
  return /** @type {number} */ (known.get(key));
}

/** A name in a sentence; that of a part of a pair, or of the whole prompt, is one already. @param {{ id: number | null, name: string }} what @param {string} quantity */
export function quoted({ id, name }, quantity) {
  return id === null || quantity === "pair" ? name : `“${name}”`;
}

/** Words that are named where draws were too few for them, or for all others; more are counted. */
const NAMED = 3;

/** What is said where a part of the noise levels is chosen. */
export const NO_ERRORS = "standard errors are unknown for a part of the noise levels";
/** What is said of a total for which draws were too few. */
export const ROUGH = "rough after so few draws";

/** @typedef {{ name: string, known: boolean, rough: boolean }} Total  known: whether its error is; rough: whether draws were too few for it */

/**
 * What stands after totals, and for which of them draws were too few; "" without any. rough.py says the same.
 * @param {Total[]} shown
 */
export function errorsSaid(shown) {
  const [told, rough] = [shown.filter((one) => one.known || one.rough), shown.filter((one) => one.rough)];
  if (!shown.some((one) => one.known)) return rough.length ? "too few draws to tell errors" : "";
  if (rough.length === 0) return "± standard error";
  return `± standard error, rough${rough.length === told.length ? "" : ` for ${listed(rough, told)}`} after so few draws`;
}

/** Name some of several totals, or those that are not among them, or count them. @param {Total[]} some @param {Total[]} of */
function listed(some, of) {
  const names = namesOf(some);
  const others = namesOf(of).filter((name) => !names.includes(name));
  if (names.length <= NAMED) return joined(names);
  if (some.length === of.length) return "all totals";
  return others.length > 0 && others.length <= NAMED ? `all but ${joined(others)}` : `${some.length} of ${of.length} totals`;
}

/** @param {Total[]} totals */
function namesOf(totals) {
  return [...new Set(totals.map(({ name }) => name))];
}

/**
 * Which numbers are rough or have no errors, and what helps: the button for more draws, where there is one; "" where
 * there is nothing to say.
 * @param {Shared} shared
 */
export function roughText(shared) {
  const all = idsOf(shared).flatMap((id) => {
    const shown = mapOf(shared, id);
    const name = quoted({ id, name: nameOf(shared, id) }, shared.quantity);
    return shown ? [{ name, known: shown.error !== null, rough: shown.rough, part: shown.part }] : [];
  });
  if (all.some(({ part }) => part)) return `S${NO_ERRORS.slice(1)}.`;
  const [known, rough] = [all.filter((one) => one.known), all.filter((one) => one.rough)];
  if (rough.length === 0) return "";
  const helps = shared.edits.model ? "more draws help" : "an estimate with more draws helps";
  if (known.length === 0) return `${shared.result?.header.draws_done} draws are too few to tell errors; ${helps}.`;
  return `Rough after so few draws: ${listed(rough, known)}; ${helps}.`;
}

/**
 * Where words are ranked: at a cell, in a region, or over the whole picture.
 * @typedef {{ kind: "cell", cell: Cell } | { kind: "region", corners: Point[] } | { kind: "whole" }} Place
 * @param {Shared} shared @param {Local} local @returns {Place}
 */
export function placeOf(shared, local) {
  const pointed = local.hovered_pixel ?? local.focused_pixel;
  const cell = activePixel(shared, local);
  const corners = local.draft.length > 2 ? local.draft : shared.region;
  if (local.draft.length > 2 || (!pointed && corners.length > 2)) return { kind: "region", corners };
  return cell ? { kind: "cell", cell } : { kind: "whole" };
}

/** @type {WeakMap<Point[], Map<string, number[]>>} */
const regions = new WeakMap();

/** The cells of a region, found once. @param {Point[]} corners @param {[number, number]} grid */
function regionCells(corners, grid) {
  const known = regions.get(corners) ?? new Map();
  regions.set(corners, known);
  const key = String(grid);
  if (!known.has(key)) known.set(key, cellsInside(corners, grid));
  return /** @type {number[]} */ (known.get(key));
}

/** The part of the picture that a region covers. @param {Shared} shared @param {Point[]} corners */
export function regionPart(shared, corners) {
  const [height, width] = shared.result?.header.grid ?? [1, 1];
  return regionCells(corners, [height, width]).length / (height * width);
}

/** The sum of a map over a region: of information what it says there, in nats. @param {Shared} shared @param {Shown} shown @param {Point[]} corners */
function inRegion(shared, shown, corners) {
  const [height, width] = shared.result?.header.grid ?? [1, 1];
  let sum = 0;
  for (const cell of regionCells(corners, shown.grid)) sum += shown.values[cell];
  return (sum * height * width) / (shown.grid[0] * shown.grid[1]);
}

/** What a map says at a cell. @param {Shown} shown @param {Cell} cell @param {[number, number]} full */
function valueAt(shown, cell, full) {
  return { value: at(shown, shown.values, cell, full), error: shown.errors && at(shown, shown.errors, cell, full) };
}

/**
 * What the change that is looked at says at the cell or in the region, in nats; null without one, and where there is
 * neither: of the whole picture its total is told among the changes.
 * @param {Shared} shared @param {Local} local @returns {{ value: number, error: number | null } | null}
 */
export function changeAt(shared, local) {
  const edit = activeEdit(shared, local);
  const map = edit?.maps.get(shared.form);
  const place = placeOf(shared, local);
  if (!map || !shared.result || place.kind === "whole") return null;
  const { grid } = shared.result.header;
  const shown = shownEdit(map, grid);
  return place.kind === "cell" ? valueAt(shown, place.cell, grid) : { value: inRegion(shared, shown, place.corners), error: null };
}

/** The part of a total that a sum is; null of a total that may be 0, and where values of both signs make it no part. @param {number} sum @param {Shown} of @returns {number | null} */
function partOf(sum, { sum: total, error }) {
  const part = sum / total;
  const isPart = part >= 0 && part <= 1 + 1e-9; // NaN, of no total, is none
  return isPart && Math.abs(total) >= ERRORS * (error ?? 0) ? Math.min(1, part) : null;
}

/** @type {WeakMap<Shared, Map<unknown, { list: Bar[], top: number }>>} */
const ranked = new WeakMap();

/**
 * The bar of each word in the list and in the sentence: value and error in nats, length in [-1, 1], of a total its
 * 95% interval and whether draws were too few for it, and for a region the part of the word's total that lies in it. Information adds up over cells, attention is their mean. Values at a cell share the end of the colour scale;
 * others the largest among them.
 * @typedef {{ id: number | null, value: number | null, error: number | null, interval: [number, number] | null, rough: boolean, share: number | null, length: number }} Bar
 * @param {Shared} shared @param {Place} place
 * @returns {{ list: Bar[], top: number }}  top: the value of a full bar
 */
export function bars(shared, place) {
  const known = ranked.get(shared) ?? new Map();
  ranked.set(shared, known);
  // The sentence and the list ask for the same place in one frame, and the names of the words for the whole picture.
  const key = place.kind === "cell" ? String(place.cell) : place.kind === "region" ? place.corners : place.kind;
  if (known.size > 2 && !known.has(key)) known.clear();
  if (!known.has(key)) known.set(key, barsAt(shared, place));
  return /** @type {{ list: Bar[], top: number }} */ (known.get(key));
}

/** @param {Shared} shared @param {Place} place */
function barsAt(shared, place) {
  /** @type {[number, number]} */
  const full = shared.result?.header.grid ?? [1, 1];
  const list = idsOf(shared).map((id) => {
    /** @type {Bar} */
    const bar = { id, value: null, error: null, interval: null, rough: false, share: null, length: 0 };
    const shown = mapOf(shared, id);
    if (!shown) return bar;
    if (place.kind === "cell") {
      Object.assign(bar, valueAt(shown, place.cell, full));
    } else if (place.kind === "region") {
      const sum = inRegion(shared, shown, place.corners);
      bar.value = isShare(shared) ? sum / Math.max(1, regionCells(place.corners, full).length) : sum;
      bar.share = partOf(sum, shown);
    } else {
      bar.value = shown.total;
      bar.error = shown.error;
      bar.interval = shown.interval;
      bar.rough = shown.rough;
    }
    return bar;
  });
  let top = 0;
  if (place.kind === "cell") top = sharedTop(shared);
  else for (const { value } of list) top = Math.max(top, Math.abs(value ?? 0));
  for (const bar of list) bar.length = bar.value === null || top <= 0 ? 0 : Math.max(-1, Math.min(1, bar.value / top));
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

/** What a quantity says, in words for a caption. @param {{ quantity: string, form: string }} what @param {string | null} name */
export function describe({ quantity, form }, name) {
  if (quantity === "full") return `whole prompt, ${form} form`;
  if (quantity === "pair") return `${name ?? "parts of what two words say"}, ${form} form`;
  if (isShare({ quantity })) return name === null ? "attention to each word" : `attention to “${name}”`;
  if (quantity === "swap") return `${name === null ? "swaps" : `“${name}”`}, ${form} form`;
  if (quantity === "shapley") return `${name === null ? "share of each word" : `share of “${name}”`} in all that words say, ${form} form`;
  const says = quantity === "mi" ? "alone" : "given the other words";
  return name === null ? `each word ${says}, ${form} form` : `“${name}” ${says}, ${form} form`;
}
