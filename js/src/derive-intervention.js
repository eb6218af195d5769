/**
 * What is to be seen of a change, worked out from the state: pure functions, no DOM.
 */
import { NAMES } from "./choices-intervention.js";
import { cellName, clamp } from "./geometry.js";
import { at, shownEdit } from "./maps.js";
import { cellUnit, figuresOf, format, inUnit, percent } from "./numbers.js";
import { PALETTE } from "./pins.js";

/** @typedef {import("./model-intervention.js").Shared} Shared */
/** @typedef {import("./model-intervention.js").Local} Local */
/** @typedef {import("./decode-intervention.js").DecodedMap} DecodedMap */
/** @typedef {import("./state.js").Cell} Cell */

/** The four pictures, in order. */
export const PANES = /** @type {const} */ (["before", "after", "predicted", "actual"]);
/** @typedef {typeof PANES[number]} Pane */

/** Colours of the outlines. */
export const LINES = { predicted: PALETTE[1], actual: PALETTE[0] };
/** Outlines lie at this part of a map's own scale, so that there are some also where a change does little. */
const LEVEL = 0.5;

/** @param {Shared} shared */
export function changeOf({ changes, chosen }) {
  return changes[chosen] ?? changes[0] ?? null;
}

/** The pixel that is looked at. @param {Shared} shared @param {Local} local @returns {Cell | null} */
export function cursorOf(shared, local) {
  const change = changeOf(shared);
  const pixel = local.hovered_pixel ?? local.focused_pixel ?? shared.pinned_pixel;
  if (!change || !pixel) return null;
  return [clamp(pixel[0], 0, change.size[0] - 1), clamp(pixel[1], 0, change.size[1] - 1)];
}

/** Which map a pane has. @param {Shared} shared @param {Pane} pane */
export function quantityOf(shared, pane) {
  if (pane === "predicted") return shared.predictor;
  return pane === "actual" ? shared.actual : null;
}

/** @param {Shared} shared @param {Pane} pane @returns {DecodedMap | null} */
export function mapOf(shared, pane) {
  const quantity = quantityOf(shared, pane);
  return (quantity !== null && changeOf(shared)?.maps.get(quantity)) || null;
}

/** Whether the scale is one for several changes. @param {Shared} shared */
export function isCommon({ scale, changes }) {
  return scale === "shared" && changes.length > 1;
}

/** Where the scale of a pane's map ends. @param {Shared} shared @param {DecodedMap} map */
export function topOf(shared, map) {
  if (!isCommon(shared)) return map.top;
  return Math.max(...shared.changes.map(({ maps }) => maps.get(map.quantity)?.top ?? 0));
}

/** @param {Shared} shared @param {"predicted" | "actual"} pane @param {(map: DecodedMap) => number} top @returns {import("./scene.js").Layer[]} */
function layersOf(shared, pane, top) {
  const map = mapOf(shared, pane);
  return map ? [{ id: null, name: pane, shown: shownEdit(map, map.grid), top: top(map), colour: LINES[pane] }] : [];
}

/** What lies over the picture of a pane. @param {Shared} shared @param {Pane} pane @returns {import("./paint.js").Overlay} */
export function overlayOf(shared, pane) {
  const layers = pane === "predicted" || pane === "actual" ? layersOf(shared, pane, (map) => topOf(shared, map)) : [];
  const around = shared.contours ? /** @type {const} */ (["predicted", "actual"]).flatMap((one) => layersOf(shared, one, ({ top }) => top)) : [];
  return { layers, lines: around.map((layer) => ({ layer, levels: [LEVEL] })), signed: false };
}

/** @type {WeakMap<DecodedMap, Float32Array>} */
const sorted = new WeakMap();

/** The part of the picture that has less. @param {DecodedMap} map @param {number} value */
function partBelow(map, value) {
  const order = sorted.get(map) ?? Float32Array.from(map.values).sort();
  sorted.set(map, order);
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low / order.length;
}

/** @param {Shared} shared @param {string} quantity */
export function unitOf({ unit }, quantity) {
  if (quantity === "pixels") return "of the pixels’ range";
  if (quantity === "latents") return "squared latents";
  return cellUnit({ unit, quantity: quantity === "regeneration" ? "attention" : quantity });
}

/** Where the scale of a map ends, as it is written. @param {Shared} shared @param {string} quantity @param {number} value */
export function written({ unit }, quantity, value) {
  return format(quantity === "information" ? inUnit({ unit }, value) : value);
}

/** What a pane says of the pixel under the cursor. @param {Shared} shared @param {Local} local @param {Pane} pane */
export function readoutOf(shared, local, pane) {
  const change = changeOf(shared);
  const cursor = cursorOf(shared, local);
  const map = mapOf(shared, pane);
  if (!change || !cursor || !map) return null;
  const value = at(map, map.values, cursor, change.size);
  const unit = map.quantity === "information" ? shared.unit : "nat"; // what is no information stays as it is
  return { value: figuresOf({ unit }, value, null)[0], unit: unitOf(shared, map.quantity), below: percent(partBelow(map, value)) };
}

/** How well the predictor does, and what else is known of the change. @param {Shared} shared */
export function scoresOf(shared) {
  const change = changeOf(shared);
  if (!change) return "";
  const [pearson = null, spearman = null] = change.scores[shared.predictor]?.[shared.actual] ?? [];
  const [height, width] = change.grid;
  /** @param {string} name @param {number | null} score */
  const told = (name, score) => `${name} ${score === null ? "not defined" : format(score)}`;
  const known = pearson === null && spearman === null && !change.scores[shared.predictor];
  const first = known
    ? `${NAMES[shared.predictor]}: not known for this change`
    : `${NAMES[shared.predictor]} and the change of ${shared.actual}: ${told("r", pearson)}, ${told("ρ", spearman)} over ${width} × ${height} cells`;
  const back = `under the unchanged prompt the picture returns to within ${percent(Math.max(0.001, change.return_error))}`;
  const shows = change.obeyed === null ? [] : [change.obeyed ? "the new picture shows what was asked for" : "the new picture does not show what was asked for"];
  return [first, back, ...shows].join(" · ");
}

/** What a screen reader says of the pixel. @param {Shared} shared @param {Local} local */
export function spoken(shared, local) {
  const cursor = cursorOf(shared, local);
  if (!cursor) return "";
  const said = /** @type {const} */ (["predicted", "actual"]).flatMap((pane) => {
    const one = readoutOf(shared, local, pane);
    return one ? [`${pane} ${one.value} ${one.unit}, above ${one.below} of the picture`] : [];
  });
  return `At ${cellName(cursor)}: ${said.join("; ")}`;
}
