/**
 * The information of words against the noise level, as step curves: pure functions.
 */
import { idsOf, litWord, mapOf, nameOf, pinned, quoted } from "./derive.js";
import { colourOf } from "./pins.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {{ values: number[], edges: number[] }} Steps */
/** @typedef {{ id: number | null, name: string, colour: string } & Steps} Curve  id: null of the sum and of the whole prompt */

/** The name of the sum. */
const ALL = "all words";

/**
 * Nats per unit of log-SNR: fine steps where the draws tell them, else those of the bands.
 * @param {Shared} state @param {number | null} id @param {boolean} [banded]  whether those of the bands are asked for
 * @returns {Steps}
 */
function stepsOf(state, id, banded = false) {
  const map = mapOf(state, id)?.map;
  const { curve_edges: fine, band_edges: coarse } = state.result?.header ?? { curve_edges: [], band_edges: [] };
  if (map?.curve && !banded) return { values: map.curve, edges: fine };
  const values = map?.band_totals?.map((nats, i) => nats / (coarse[i + 1] - coarse[i]));
  return { values: values ?? [], edges: coarse };
}

/**
 * The sum over some ids, in steps that all of them have; without values where there are none.
 * @param {Shared} state @param {(number | null)[]} ids @returns {Steps}
 */
function sumOf(state, ids) {
  for (const banded of [false, true]) {
    const all = ids.map((id) => stepsOf(state, id, banded));
    const alike = all.every(({ values, edges }) => edges === all[0].edges && values.length === all[0].values.length);
    if (alike && all.length) return { ...all[0], values: all[0].values.map((_, i) => all.reduce((sum, { values }) => sum + values[i], 0)) };
  }
  return { values: [], edges: [] };
}

/**
 * The curves to be seen, where their common scale ends, and whether they are of what is pointed at or pinned; else they
 * stand for all.
 * @param {Shared} state @param {import("./state.js").Local} local
 */
export function curvesOf(state, local) {
  const ids = idsOf(state);
  const steps = ids.map((id) => stepsOf(state, id));
  const all = steps.map(({ values }) => values);
  const active = litWord(state, local);
  const pins = pinned(state);
  /** @type {(number | null)[]} */
  const asked = active !== null ? [active] : pins;
  const found = asked.filter((id) => ids.includes(id));
  // Parts of a pair are no words to be summed: the first is what both say. Nor is there a sum of one swap.
  const alone = state.quantity === "pair" || (state.quantity === "swap" && ids.length === 1);
  const wanted = found.length === 0 && alone ? ids.slice(0, 1) : found;
  /** @type {Curve[]} */
  let curves = wanted.map((id) => ({
    id,
    name: nameOf(state, id),
    colour: (id !== null && state.pinned_words.length > 1 && colourOf(state, id)) || "",
    ...steps[ids.indexOf(id)],
  }));
  let top = Math.max(0, ...all.flat().map(Math.abs));
  if (curves.length === 0) {
    const name = { full: "whole prompt", swap: "all swaps" }[state.quantity] ?? ALL;
    curves = [{ id: null, name, colour: "", ...sumOf(state, ids) }];
    top = Math.max(0, ...curves[0].values.map(Math.abs));
  } else if (state.scale === "word") {
    top = Math.max(0, ...curves.flatMap(({ values }) => values.map(Math.abs)));
  }
  return { curves: curves.filter(({ values }) => values.length > 0), top, chosen: found.length > 0 };
}

/**
 * What the curves are of: not of the change that the picture shows, nor of the place where words are ranked.
 * @param {Curve[]} curves @param {string} quantity @param {boolean} changed @param {boolean} apart
 */
export function titleOf(curves, quantity, changed, apart) {
  const name = curves.length > 1 ? "pinned words" : curves[0].name;
  const said = changed && curves.length === 1 ? quoted(curves[0], quantity) : name;
  return `${said}${changed ? ", as it stands" : ""}${apart ? ", whole picture" : ""}`;
}
