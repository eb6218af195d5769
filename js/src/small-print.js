/**
 * What a saved picture says of itself below its legend, as the figures of Python do (small_print.py): the totals of what
 * is shown, how it is drawn, over what was integrated and by how many draws of which network. Pure functions.
 */
import { NO_ERRORS, errorsSaid, hasBars, placeOf, quoted, regionPart } from "./derive.js";
import { activeEdit } from "./edits.js";
import { cellName } from "./geometry.js";
import { ERRORS, bandRange } from "./maps.js";
import { format, inUnit, isShare, levelRange, percent, sayWithError, unitName } from "./numbers.js";
import { joined } from "./words.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./state.js").Local} Local */

/**
 * The total of each map over a picture, and where its scale ends unless that is told once for all.
 * @param {Shared} state @param {import("./scene.js").Scene} scene @returns {string[]}
 */
export function totalsOf(state, { layers, common, quantity }) {
  const unit = { unit: state.unit, quantity };
  const name = `${isShare(unit) ? "mean " : ""}${unitName(unit)}`;
  return layers.flatMap((layer) => {
    const { total, error } = layer.shown;
    const end = layers.length > 1 && !common ? `(scale to ${format(inUnit(unit, layer.top))})` : "";
    const said = total === null ? "" : `${sayWithError(unit, total, error)} ${name}`;
    return said || end ? [[quoted(layer, quantity), said, end].filter(Boolean).join(" ")] : [];
  });
}

/**
 * How the maps are drawn, beyond what the legend says, and of what the bars below the words are.
 * @param {Shared} state @param {Local} local @param {import("./scene.js").Scene[]} scenes @returns {string[]}
 */
export function factsOf(state, local, scenes) {
  /** @type {string[]} */
  const said = [];
  if (local.view[2] < 1) said.push("a part of the picture");
  if (scenes.some(({ layers }) => layers.length > 1)) said.push("striped where words overlap");
  const drawn = scenes.find(({ lines }) => lines.length > 0);
  if (drawn) {
    const places = joined(drawn.lines[0].levels.map((part) => `${Math.round(100 * part)}%`));
    const below = scenes.some(({ lines, signed }) => lines.length > 0 && signed) ? ", dashed below 0" : "";
    said.push(`lines at ${places} of the scale${below}`);
  }
  const doubted = scenes.some(({ layers }) => (state.below_error === "hide" || layers.length === 1) && layers.some(({ shown }) => shown.errors));
  if (state.below_error !== "show" && doubted) said.push(`${state.below_error === "hide" ? "hidden" : "hatched"}: below ${ERRORS} standard errors`);
  if (state.region.length > 2) said.push("dashed outline: chosen region");
  const place = placeOf(state, local);
  if (!hasBars(state)) return said;
  if (place.kind === "region") said.push(`bars: region, ${percent(regionPart(state, place.corners))} of the picture`);
  if (place.kind === "cell") said.push(`bars: cell ${cellName(place.cell)}`);
  const range = bandRange(state);
  const edges = state.result?.header.band_edges ?? [];
  // A change is of all noise levels, whichever are chosen.
  if (range && activeEdit(state, local)) said.push(`bars: log-SNR ${levelRange(edges[range[0]], edges[range[1]])}`);
  return said;
}

/**
 * Over what was integrated, by how many draws, and of which network.
 * @param {Shared} state @param {Local} local @param {import("./scene.js").Scene[]} scenes  of one picture, or of two
 * @returns {string[]}
 */
export function originOf(state, local, scenes) {
  const header = state.result?.header;
  if (!header) return [];
  const layers = scenes.flatMap((scene) => scene.layers);
  /** @type {string[]} */
  const said = [];
  if (header.log_snr) {
    const whole = levelRange(...header.log_snr);
    const range = bandRange(state);
    const edges = header.band_edges;
    const part = range && layers.some(({ shown }) => shown.part);
    said.push(`log-SNR ${part ? `${levelRange(edges[range[0]], edges[range[1]])} of ` : ""}${whole}`);
  }
  const edit = activeEdit(state, local);
  const draws = edit?.progress.done || header.draws_done;
  const planned = edit?.progress.planned || (header.complete ? draws : header.draws_planned);
  said.push(`${draws}${planned > draws ? ` of ${planned}` : ""} noise draws`);
  const totals = scenes.flatMap(({ layers: some, quantity }) =>
    some.filter(({ shown }) => shown.total !== null).map((layer) => ({ name: quoted(layer, quantity), known: Boolean(layer.shown.error), rough: layer.shown.rough })),
  );
  if (layers.some(({ shown }) => shown.part && shown.total !== null)) said.push(NO_ERRORS);
  return [...said, errorsSaid(totals), header.network ?? ""].filter(Boolean);
}
