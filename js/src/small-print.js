/**
 * What a saved picture says of itself below its legend, as the figures of Python do (sheet.py): the totals of what
 * is shown, over what was integrated and by how many draws of which network. Pure functions.
 */
import { errorsSaid, quoted } from "./derive.js";
import { activeEdit } from "./edits.js";
import { bandRange } from "./maps.js";
import { isShare, level, sayWithError, unitName } from "./numbers.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./state.js").Local} Local */

/** The total of each map over a picture. @param {Shared} state @param {import("./scene.js").Scene} scene @returns {string[]} */
export function totalsOf(state, { layers, quantity }) {
  const unit = { unit: state.unit, quantity };
  const name = `${isShare(unit) ? "mean " : ""}${unitName(unit)}`;
  return layers.flatMap((layer) =>
    layer.shown.total === null ? [] : [`${quoted(layer, quantity)} ${sayWithError(unit, layer.shown.total, layer.shown.error)} ${name}`],
  );
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
    const whole = header.log_snr.map(level).join(" to ");
    const range = bandRange(state);
    const part = range && layers.some(({ shown }) => shown.part);
    said.push(`log-SNR ${part ? `${range.map((i) => level(header.band_edges[i])).join(" to ")} of ` : ""}${whole}`);
  }
  const edit = activeEdit(state, local);
  const draws = edit?.progress.done || header.draws_done;
  const planned = edit?.progress.planned || (header.complete ? draws : header.draws_planned);
  said.push(`${draws}${planned > draws ? ` of ${planned}` : ""} noise draws`);
  const known = scenes.flatMap(({ layers: some, quantity }) =>
    some.filter(({ shown }) => shown.total !== null && shown.error).map((layer) => ({ name: quoted(layer, quantity), rough: layer.shown.map.rough === true })),
  );
  if (known.length) said.push(errorsSaid(known));
  return header.network ? [...said, header.network] : said;
}

/**
 * Text in lines that are no wider than so much, none of which begins with a point; a word that is wider by itself
 * is broken.
 * @param {string} text @param {number} width @param {(text: string) => number} measure @returns {string[]}
 */
export function wrapped(text, width, measure) {
  const lines = [""];
  for (const word of text.split(/ (?!·)/)) {
    const last = lines[lines.length - 1];
    const longer = last ? `${last} ${word}` : word;
    if (measure(longer) <= width) {
      lines[lines.length - 1] = longer;
      continue;
    }
    if (last) lines.push("");
    for (const letter of word) {
      const end = lines[lines.length - 1];
      if (end && measure(end + letter) > width) lines.push(letter);
      else lines[lines.length - 1] = end + letter;
    }
  }
  return lines;
}
