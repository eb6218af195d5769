/**
 * What the legend says of a scene, on the screen and below a saved picture: pure functions.
 */
import { idsOf, isSigned, noneText, quoted, sharedTop } from "./derive.js";
import { bandRange, shownOf } from "./maps.js";
import { cellUnit, figuresOf, format, inUnit, isShare, levelRange } from "./numbers.js";
import { joined } from "./words.js";
import { captionOf, commonTop, isCompared, quantityOf } from "./scene.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./scene.js").Scene} Scene */

/** What ends below this part of the shared scale looks dark all over. */
const WEAK = 0.2;

/** What is too weak for a scale that it shares, and how far it reaches; else nothing. @param {Scene["layers"]} layers @param {{ unit: string, quantity: string }} unit */
function weakest(layers, unit) {
  const weak = layers.filter(({ shown, top }) => shown.top < WEAK * top).sort((a, b) => a.shown.top - b.shown.top)[0];
  if (!weak) return "";
  return `; ${quoted(weak, unit.quantity)} reaches ${figuresOf(unit, weak.shown.top, null)[0]}`;
}

/**
 * One of the maps that the scale is of, to know their grid and noise levels by: of those over the picture, else, while
 * nothing is looked at, of those that are ranked.
 * @param {Shared} state @param {Scene} scene
 */
function exampleOf(state, { layers, edit, ...what }) {
  if (layers.length > 0) return layers[0].shown;
  const { quantity, form } = edit ? quantityOf(state, "other") : what; // without a map the scale is that of the other picture
  for (const id of idsOf({ ...state, quantity })) {
    const shown = shownOf(state, quantity, form, id);
    if (shown) return shown;
  }
  return null;
}

/**
 * What the legend says, also for the saved picture, of which the small print tells the noise levels; no scale where
 * there is none.
 * @param {Shared} state @param {Scene} scene @param {{ saved?: boolean }} [where]
 */
export function legendText(state, scene, { saved = false } = {}) {
  const { layers, common, quantity } = scene;
  // Of a change without a map there is no scale, nor of what the result does not have; what would stand there tells why.
  // On the screen that of the words waits for one to be pointed at; a file waits for nothing.
  const none = saved || (scene.edit ? !isCompared(state) : noneText(state, quantity) !== "");
  if (layers.length === 0 && none) return { low: "", high: "", unit: "", what: captionOf(state, scene), scale: "", weak: false, hint: "" };
  const top = layers.length === 1 || common ? (layers[0]?.top ?? (quantity === "full" ? 0 : commonTop(state, scene))) : null;
  const example = exampleOf(state, scene);
  const [height, width] = example?.grid ?? state.result?.header.grid ?? [0, 0];
  const edges = state.result?.header.band_edges ?? [];
  const range = bandRange(state);
  const unit = { unit: state.unit, quantity };
  const sides = /** @type {const} */ (["main", "other"]).map((side) => quantityOf(state, side));
  const beside = isCompared(state) && sides.every((side) => noneText(state, side.quantity) === "") ? sides[1] : null;
  const apart = beside !== null && isShare(beside) !== isShare(unit);
  const shared = beside && !apart ? "one scale for both pictures" : "one scale for all words";
  const own = layers.length === 1 ? "scale of this word" : "a scale for each word";
  const change = layers.some(({ top: end, shown }) => end > shown.top) ? "the scale of all words" : "scale of this change";
  const scale = quantity === "full" ? "own scale" : common ? shared : own;
  const weak = weakest(layers, unit);
  // So that nobody asks what the scale is of; two pictures say it each below itself.
  const waits = layers.length === 0 && !scene.edit && !scene.lack && !isCompared(state);
  const said = scene.edit && layers.length ? change : scale;
  const how = [weak ? said.replace("for all words", "for all") + weak : said, `${width} × ${height} cells`.replaceAll(" ", "\u00a0")];
  // Attention, and what has no bands, is of the whole range whatever is chosen.
  const part = example ? example.part : !isShare(unit);
  if (range && !saved) how.push(part ? `log-SNR ${levelRange(edges[range[0]], edges[range[1]])}` : "all noise levels");
  if (beside && apart) {
    const end = common && beside.quantity !== "full" ? sharedTop(state, beside.quantity, beside.form) : null;
    const other = { unit: state.unit, ...beside };
    const high = inUnit(other, end ?? 0);
    const low = isSigned(beside) ? format(-high) : "0";
    how.push(end === null ? "the other on its own" : `beside it ${low} to ${format(high)} ${cellUnit(other)}`);
  }
  if (layers.length > 1 && scene.signed) how.push("colour: positive parts");
  const outlined = scene.lines.map(({ layer }) => layer).filter((layer) => !layers.includes(layer));
  if (outlined.length > 0) how.push(`outlined: ${joined(outlined.map((layer) => quoted(layer, quantity)))}`);
  if (state.threshold > 0) how.push(`shown from ${Math.round(100 * state.threshold)}% of the scale`);
  // Hatching on the picture may also stand for what is below its error. Last, since it is what to leave out without room.
  if (layers.length < 2 && scene.signed) how.push("hatched:\u00a0below\u00a00");
  return {
    low: scene.signed && layers.length < 2 ? `≤ ${format(-inUnit(unit, top ?? 0))}` : "0",
    high: top === null ? "end of each" : `≥ ${format(inUnit(unit, top))}`,
    unit: cellUnit(unit),
    what: captionOf(state, scene),
    scale: how.join(" · "),
    weak: weak !== "",
    hint: waits ? `point at a word: its map is drawn by ${common ? "this scale" : "a scale of its own"}` : "",
  };
}
