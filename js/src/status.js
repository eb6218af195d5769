/**
 * What is said of a run, of pins, of changes and of a place, in words: pure functions.
 */
import { ROUGH, bars, changeAt, nameOf, placeOf, quoted, ranks, regionPart } from "./derive.js";
import { QUANTITIES } from "./choices.js";
import { activeEdit, editName } from "./edits.js";
import { cellName } from "./geometry.js";
import { between, cellUnit, figuresOf, inUnit, levelRange, percent, sayWithError, unitName } from "./numbers.js";
import { PALETTE } from "./pins.js";
import { isCompared } from "./scene.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./state.js").Local} Local */

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 1) return "a moment left";
  if (seconds < 90) return `${Math.round(seconds)} s left`;
  return `${Math.round(seconds / 60)} min left`;
}

/** @param {Shared} state */
export function footerText({ progress, result }) {
  const { state, done, planned, seconds_left: left, message } = progress;
  if (state === "running") {
    if (done === 0) return message || "starting";
    return `${done} of ${planned} noise draws${left === null ? "" : ` · ${duration(left)}`}`;
  }
  const header = result?.header;
  if (!header || header.draws_done === 0) return state === "failed" ? "" : message;
  const range = header.log_snr ? ` · log-SNR ${levelRange(...header.log_snr)}` : "";
  const draws = `${header.draws_done}${header.complete ? "" : ` of ${header.draws_planned}`} noise draws`;
  return `${draws}${header.complete ? "" : ", stopped early"}${range}`;
}

/** Which word made room for the last that was pinned. @param {Shared} state @param {Local} local */
export function letGoText(state, { let_go: word }) {
  return word === null ? "" : `${quoted({ id: word, name: nameOf(state, word) }, state.quantity)} was let go: ${PALETTE.length} words at most can be pinned.`;
}

/** How far an edit is, or what it found. @param {Shared} state @param {import("./edits.js").Edit} edit */
export function editStatus(state, edit) {
  const { progress } = edit;
  const map = edit.maps.get(state.form);
  const unit = { unit: state.unit }; // of information, whatever quantity is chosen
  const total = map && map.total !== null ? `${sayWithError(unit, map.total, map.error)} ${unitName(unit)}` : "";
  if (progress.state === "running") {
    return progress.done ? `${total}, ${progress.done} of ${progress.planned} draws` : progress.message || "starting";
  }
  if (progress.state === "failed") return `failed: ${progress.message}`;
  return total || progress.message;
}

/** The word to be changed: the last that was pinned. @param {Shared} state */
export function pinnedLast({ pinned_words: pins, result }) {
  const last = pins.at(-1) ?? -1;
  return last >= 0 && last < (result?.header.words.length ?? 0) ? last : null;
}

/** Why a text cannot take the place of the pinned word; "" where it can. @param {Shared} state @param {string} text */
export function refusal(state, text) {
  const pinned = pinnedLast(state);
  const word = pinned === null ? "" : (state.result?.header.words[pinned].text ?? "");
  // What no reader sees, as spaces without width, is nothing.
  if (!/[^\s\p{Cc}\p{Cf}]/u.test(text)) return `Write what is to take the place of “${word}”, or leave it out.`;
  return text === word ? `“${word}” is there already: write another text, or leave it out.` : "";
}

/** Where words are ranked. @param {Shared} state @param {import("./derive.js").Place} place */
export function placeText(state, place) {
  if (place.kind === "cell") return `at ${cellName(place.cell)}`;
  if (place.kind === "region") return `in the region, ${percent(regionPart(state, place.corners))} of the picture`;
  return "whole picture";
}

/** What is ranked, where another quantity or form stands beside it; "" where there is one alone. @param {Shared} state */
export function rankedText(state) {
  if (!isCompared(state) || state.compare === "words") return "";
  if (state.compare === "form") return `${state.form} form`;
  return QUANTITIES.find(({ value }) => value === state.quantity)?.label ?? "";
}

/** The 95% interval of a total, in the unit on display; "" where it is not known. @param {Shared} state @param {[number, number] | null} interval */
function intervalOf(state, interval) {
  return interval ? between(inUnit(state, interval[0]), inUnit(state, interval[1])) : "";
}

/** How well a total is known: its interval, and that draws were too few. @param {Shared} state @param {import("./derive.js").Bar} bar */
export function certainty(state, { interval, rough }) {
  const said = intervalOf(state, interval);
  return [said && `95%: ${said} ${unitName(state)}`, rough ? ROUGH : ""].filter(Boolean).join("; ");
}

/** What a word is called for a screen reader: its name, its total and the interval of that. @param {Shared} state @param {string} name @param {import("./derive.js").Bar | undefined} bar */
export function wordSaid(state, name, bar) {
  if (!bar || bar.value === null) return name;
  const said = intervalOf(state, bar.interval);
  return `${name}, ${figuresOf(state, bar.value, bar.error || null)[0]} ${unitName(state)}${said && `, 95% ${said}`}`;
}

/** What the change that is looked at says at the cell or in the region; "" where there is none. @param {Shared} state @param {Local} local */
export function changeText(state, local) {
  const found = changeAt(state, local);
  if (!found) return "";
  const unit = { unit: state.unit }; // of information, whatever quantity is chosen
  return `${sayWithError(unit, found.value, found.error)} ${placeOf(state, local).kind === "cell" ? cellUnit(unit) : unitName(unit)}`;
}

/** What a screen reader says about the cell or the region. @param {Shared} state @param {Local} local */
export function spoken(state, local) {
  const place = placeOf(state, local);
  if (!state.result || place.kind === "whole") return "";
  const change = changeText(state, local);
  const edit = activeEdit(state, local);
  const first = change && edit ? `${editName(edit, state.result.header)} ${change}` : "";
  const words = state.quantity === "full" ? "" : bestWords(state, place);
  if (!first && !words) return "";
  const said = [first, first && words ? `as the prompt stands, ${words}` : words].filter(Boolean).join("; ");
  return `${place.kind === "region" ? "In the region" : `At ${cellName(place.cell)}`}: ${said}`;
}

/** The words that say most at a cell or in a region. @param {Shared} state @param {import("./derive.js").Place} place */
function bestWords(state, place) {
  const { list } = bars(state, place);
  const order = ranks(list);
  const best = list
    .map(({ id, value, error, share }, i) => ({ value, error, share, name: nameOf(state, id), rank: order[i] }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, 3)
    .map(({ value, error, share, name }) => {
      const more = share !== null ? `, ${percent(share)} of it` : "";
      return `${name} ${sayWithError(state, value ?? 0, error)}${more}`;
    });
  return place.kind === "region" ? `${best.join("; ")}; ${unitName(state)}` : `${best.join(", ")} ${cellUnit(state)}`;
}
