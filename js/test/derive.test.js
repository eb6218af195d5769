import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, mapKey } from "../src/decode.js";
import * as derive from "../src/derive.js";
import { editName, shortName, withMaps } from "../src/edits.js";
import { legendText } from "../src/legend.js";
import { curvesOf, titleOf } from "../src/levels.js";
import { captionOf, emptyText, isCompared, scaledScene, sceneOf } from "../src/scene.js";
import { initialLocal, initialShared } from "../src/state.js";
import { certainty, letGoText, placeText, wordSaid } from "../src/status.js";
import { banded, payload } from "./fixture.js";

const { header, bytes } = payload();
const shared = { ...initialShared(), result: decode(header, bytes) };
const local = initialLocal();
const whole = { kind: "whole" };

test("hovering beats focus beats the only pin; several pins are no one word", () => {
  const pinned = { ...shared, pinned_words: [0] };
  assert.equal(derive.activeWord(shared, local), null);
  assert.equal(derive.activeWord(pinned, local), 0);
  assert.equal(derive.activeWord(pinned, { ...local, focused_word: 1 }), 1);
  assert.equal(derive.activeWord(pinned, { ...local, focused_word: 1, hovered_word: 2 }), 2);
  assert.equal(derive.activeWord({ ...shared, pinned_words: [9] }, local), null);
  assert.equal(derive.activeWord({ ...shared, pinned_words: [0, 1] }, local), null);
});

test("a cell outside of the grid is no cell", () => {
  assert.deepEqual(derive.activePixel({ ...shared, pinned_pixel: [1, 1] }, local), [1, 1]);
  for (const cell of [[2, 0], [0, 2], [-1, 0]]) assert.equal(derive.activePixel({ ...shared, pinned_pixel: cell }, local), null);
});

test("words share a scale unless told otherwise", () => {
  const at = { ...local, hovered_word: 0 };
  assert.equal(sceneOf(shared, at).layers[0].top, 4);
  assert.equal(sceneOf({ ...shared, scale: "word" }, at).layers[0].top, 3);
});

test("bars are totals, or values at a cell, and ranks follow the values", () => {
  const totals = derive.bars(shared, whole);
  assert.equal(totals.top, 16);
  assert.deepEqual(totals.list.map(({ value }) => value), [6, 16, 0.5]);
  assert.deepEqual(derive.ranks(totals.list), [1, 0, 2]);
  const here = derive.bars(shared, { kind: "cell", cell: [0, 0] });
  assert.deepEqual(here.list.map(({ length }) => Number(length.toFixed(3))), [0, 1, -0.25]);
  assert.equal(here.list[0].error, null);
});

test("bars and scenes are worked out once for a state and what is pointed at", () => {
  const cell = (/** @type {number} */ column) => /** @type {const} */ ({ kind: "cell", cell: [0, column] });
  assert.equal(derive.bars(shared, cell(1)), derive.bars(shared, cell(1)));
  assert.notEqual(derive.bars(shared, cell(1)), derive.bars({ ...shared }, cell(1)));
  assert.deepEqual([0, 1, 0, 1].map((column) => Math.round(derive.bars(shared, cell(column)).list[0].value)), [0, 1, 0, 1]);
  const here = { ...local, hovered_word: 1 };
  assert.equal(sceneOf(shared, here), sceneOf(shared, { ...here, hovered_pixel: [1, 1] }));
  assert.notEqual(sceneOf(shared, here), sceneOf(shared, local));
  assert.notEqual(sceneOf(shared, here), sceneOf({ ...shared, scale: "word" }, here));
});

test("it is said for which words of what is chosen draws were too few", () => {
  const rough = (/** @type {number[]} */ words) => decode({ ...header, maps: header.maps.map((run) => ({ ...run, rough: words })) }, bytes);
  const edits = { ...shared.edits, model: true };
  assert.equal(derive.roughText(shared), "");
  assert.equal(derive.roughText({ ...shared, result: rough([1]) }), "Rough after so few draws: “red”; an estimate with more draws helps.");
  assert.equal(derive.roughText({ ...shared, result: rough([0, 1]), edits }), "Rough after so few draws: “a” and “red”; more draws help.");
  assert.equal(derive.roughText({ ...shared, result: null }), "");
  const of = (/** @type {string} */ letters, known = true) => [..."abcdefgh"].map((name) => ({ name, known, rough: letters.includes(name) }));
  assert.equal(derive.errorsSaid(of("abc")), "± standard error, rough for a, b and c after so few draws");
  assert.equal(derive.errorsSaid(of("abcd")), "± standard error, rough for 4 of 8 totals after so few draws");
  assert.equal(derive.errorsSaid(of("abcdeg")), "± standard error, rough for all but f and h after so few draws");
  assert.equal(derive.errorsSaid(of("abcdefgh")), "± standard error, rough after so few draws");
  assert.equal(derive.errorsSaid(of("")), "± standard error");
  assert.equal(derive.errorsSaid(of("abcdefgh", false)), "too few draws to tell errors");
  assert.equal(derive.errorsSaid(of("", false)), "");
});

test("where no error is known, or only a part of the noise levels is shown, that is said instead", () => {
  const maps = header.maps.map((run) => ({ ...run, rough: run.words }));
  const none = bytes.slice();
  const table = new DataView(none.buffer, header.table_at);
  for (const row of [0, 1, 2]) table.setFloat32(28 * row + 16, NaN, true);
  const state = { ...shared, result: decode({ ...header, maps, draws_done: 4 }, none) };
  assert.equal(derive.roughText(state), "4 draws are too few to tell errors; an estimate with more draws helps.");
  assert.equal(derive.roughText({ ...state, edits: { ...shared.edits, model: true } }), "4 draws are too few to tell errors; more draws help.");
  assert.deepEqual(derive.bars(state, whole).list.map(({ error, rough }) => [error, rough]), Array(3).fill([null, true]));
  assert.equal(derive.bars(state, { kind: "cell", cell: [0, 0] }).list[0].rough, false, "which is said of totals");
  const part = banded(state);
  assert.equal(derive.roughText(part), "Standard errors are unknown for a part of the noise levels.");
  assert.match(derive.roughText({ ...part, band: null }), /too few/);
});

test("in a region words are ranked by what lies in it, with the part of their total", () => {
  const state = { ...shared, region: [[0, 0], [1, 0], [1, 0.5], [0, 0.5]] };
  const says = (/** @type {any} */ some) => placeText(some, derive.placeOf(some, local));
  assert.deepEqual([state, { ...shared, pinned_pixel: [1, 0] }, shared].map(says), ["in the region, 50% of the picture", "at y 1, x 0", "whole picture"]);
  const place = derive.placeOf(state, local);
  assert.equal(place.kind, "region");
  assert.equal(derive.regionPart(state, place.corners), 0.5);
  const { list } = derive.bars(state, place);
  assert.deepEqual(list.map(({ value }) => Number(value.toFixed(3))), [1, 8, -1]);
  const shares = (/** @type {any} */ some) => derive.bars(some, place).list.map(({ share }) => share && Number(share.toFixed(2)));
  assert.deepEqual(shares(state), [0.17, 0.5, null], "-1 of 0.5 nats is no part of them");
  const unsure = decode({ ...header }, bytes);
  for (const [key, map] of unsure.maps) unsure.maps.set(key, { ...map, error: map.word === 0 ? 4 : 0.1 });
  assert.deepEqual(shares({ ...state, result: unsure }), [null, 0.5, null], "6 ± 4 nats may be none");
  assert.equal(derive.placeOf(state, { ...local, hovered_pixel: [0, 0] }).kind, "cell");
});

test("of parts of a pair the curve has the steps of the bands, and the first part stands for all", () => {
  const pairs = ["both", "redundancy"].map((part) => ({ label: part, words: [0, 1], part }));
  const result = decode(header, bytes);
  const [both, redundancy] = [{ curve: [1, 3] }, { band_totals: [2, 6, 2] }];
  const maps = [both, redundancy].map((more, i) => {
    const map = { ...result.maps.get(mapKey("cmi", "orthogonal", i)), quantity: "pair", word: 3 + i, ...more };
    return /** @type {const} */ ([mapKey("pair", "orthogonal", 3 + i), map]);
  });
  const edges = { curve_edges: [-1, 0, 1], band_edges: [-1, -0.5, 0.5, 1] };
  const state = {
    ...shared,
    quantity: "pair",
    result: { ...result, header: { ...result.header, ...edges, pairs }, maps: new Map(maps), ids: new Map([["pair", [3, 4]]]) },
  };
  const { curves, top } = curvesOf(state, { ...local, hovered_word: 4 });
  assert.deepEqual(curves.map(({ name, values, edges: at }) => [name, values, at]), [["redundancy", [4, 6, 4], [-1, -0.5, 0.5, 1]]]);
  assert.equal(top, 6);
  const both0 = [["both", [1, 3]]];
  const shown = (/** @type {any} */ some, here = local) => curvesOf(some, here).curves.map(({ name, values }) => [name, values]);
  assert.deepEqual(shown(state), both0);
  assert.deepEqual(shown(state, { ...local, hovered_word: 1 }), both0, "a word has no map among pairs, and they are not summed");
  assert.deepEqual(shown({ ...state, pinned_words: [1] }), both0);
  assert.deepEqual(shown({ ...state, pinned_words: [1, 4] }), [["redundancy", [4, 6, 4]]]);
  const chosen = (/** @type {any} */ some, here = local) => curvesOf(some, here).chosen;
  assert.deepEqual([state, { ...state, pinned_words: [1] }, { ...state, pinned_words: [1, 4] }].map((some) => chosen(some)), [false, false, true]);
  assert.deepEqual([1, 4].map((hovered_word) => chosen(state, { ...local, hovered_word })), [false, true]);
});

test("curves are summed in steps that all have, or not at all", () => {
  const result = decode(header, bytes);
  const edges = { curve_edges: [-1, 0, 1], band_edges: [-1, -0.5, 0.5, 1] };
  const summed = (/** @type {any[]} */ ...each) => {
    const maps = new Map([...result.maps].map(([key, map], i) => /** @type {const} */ ([key, { ...map, ...each[i] }])));
    return curvesOf({ ...shared, result: { ...result, header: { ...result.header, ...edges }, maps } }, local).curves;
  };
  const [fine, coarse] = [{ curve: [1, 3] }, { band_totals: [1, 4, 1] }];
  assert.deepEqual(summed(fine, fine, fine), [{ id: null, name: "all words", colour: "", values: [3, 9], edges: edges.curve_edges }]);
  assert.deepEqual(summed({ ...fine, ...coarse }, coarse, coarse)[0].values, [6, 12, 6], "those of the bands");
  assert.deepEqual(summed(fine, coarse, coarse), [], "not step by step of different lengths");
  assert.deepEqual(summed(fine, {}, fine), []);
});

/** A result that has swaps of "red", and what both of two words say, besides. */
function withMore() {
  const result = decode(header, bytes);
  const more = ["swap", "pair"].map((quantity, i) => /** @type {const} */ ([mapKey(quantity, "orthogonal", [1, 3][i]), { ...result.maps.get(mapKey("cmi", "orthogonal", 1)), quantity }]));
  const ids = new Map([...result.ids, ["swap", [1]], ["pair", [3]]]);
  const extra = { swaps: [{ word: 1, text: "blue" }], pairs: [{ label: "both: red and circle", words: [1, 2], part: "both" }] };
  return { ...shared, result: { ...result, header: { ...result.header, ...extra }, maps: new Map([...result.maps, ...more]), ids, quantities: [...ids.keys()] } };
}

test("a word without a map of the quantity is named where the legend speaks", () => {
  const state = withMore();
  const says = (/** @type {any} */ changes, here = local) => legendText({ ...state, ...changes }, sceneOf({ ...state, ...changes }, here)).what;
  assert.equal(says({ quantity: "pair", pinned_words: [1] }), "no map of “red” among pairs");
  assert.equal(says({ quantity: "swap" }, { ...local, hovered_word: 2 }), "no map of “circle” among swaps");
  assert.equal(says({ quantity: "swap", pinned_words: [2, 1] }), "“red → blue”, orthogonal form; no map of “circle” among swaps");
  assert.equal(says({ pinned_words: [3] }), "no CMI map of both: red and circle");
  assert.equal(says({ pinned_words: [1] }), "“red” given the other words, orthogonal form");
  assert.equal(curvesOf({ ...state, quantity: "swap" }, { ...local, hovered_word: 2 }).curves.length, 0, "no steps are known of it");
});

test("where what is looked at has no map, lines of other pins are not drawn", () => {
  const state = { ...withMore(), compare: "swap", pinned_words: [1, 2] };
  const lines = (/** @type {number | null} */ hovered_word) =>
    /** @type {const} */ (["main", "other"]).map((side) => sceneOf(state, { ...local, hovered_word }, side).lines.map(({ layer }) => layer.id));
  assert.deepEqual(lines(2), [[1], []]);
  assert.deepEqual(lines(1), [[2], []], "of the other pin there is no map");
  assert.deepEqual(lines(0), [[1, 2], []]);
});

test("swaps are told without what they are not", () => {
  const says = (/** @type {string | null} */ name) => derive.describe({ quantity: "swap", form: "standard" }, name);
  assert.deepEqual([says("red → blue"), says(null)], ["“red → blue”, standard form", "swaps, standard form"]);
});

test("the legend tells the grid of the maps that are ranked, also while none is over the picture", () => {
  const says = (/** @type {any} */ state, here = local) => legendText(state, scaledScene(state, here)).scale.replaceAll("\u00a0", " ");
  const part = banded(shared);
  assert.match(says(shared), /· 2 × 2 cells$/);
  assert.equal(says(part), "one scale for all words · 1 × 1 cells · log-SNR 0.0 to 1.0");
  assert.equal(says(part, { ...local, hovered_word: 1 }), says(part));
  assert.match(says({ ...part, details: null }), /· 2 × 2 cells · all noise levels$/, "as the maps are until the details are there");
  const failed = { key: 3, word: 1, text: null, progress: { ...shared.progress, state: "failed" }, maps: new Map() };
  const edits = { model: true, problem: "", list: [failed] };
  assert.match(says({ ...part, edits, pinned_edit: 3, compare: "words" }), /· 1 × 1 cells/, "of the picture beside one without a map");
});

test("of what a result does not have the legend says so, without a scale; beside another picture the caption of that", () => {
  const none = (/** @type {any} */ changes) => {
    const state = { ...shared, ...changes };
    const { what, scale, high } = legendText(state, scaledScene(state, local));
    return [what, scale, high];
  };
  assert.deepEqual(none({ quantity: "swap" }), ["this result has no swaps", "", ""]);
  assert.deepEqual(none({ quantity: "full" }), ["this result has no map of the whole prompt", "", ""]);
  assert.deepEqual(none({ quantity: "attention", progress: { ...shared.progress, state: "running" } }), ["no attention maps yet", "", ""]);
  const beside = { ...shared, compare: "swap" };
  assert.equal(isCompared(beside), true);
  assert.equal(captionOf(beside, sceneOf(beside, local, "other")), "this result has no swaps");
  assert.match(legendText(beside, scaledScene(beside, local)).high, /^≥ 4/, "the scale is of the main picture");
  const turned = { ...shared, quantity: "swap", compare: "cmi" };
  assert.equal(captionOf(turned, sceneOf(turned, local)), "this result has no swaps");
  assert.match(legendText(turned, scaledScene(turned, local)).high, /^≥ 4/);
  const empty = { ...beside, result: decode({ ...header, maps: [], table_at: 0, byte_length: 0 }, new Uint8Array(0)) };
  assert.equal(isCompared(empty), false, "nobody knows yet");
  assert.equal(sceneOf({ ...empty, pinned_words: [1] }, local).lack, "");
});

test("nothing is known before the first draw", () => {
  const empty = { ...shared, result: decode({ ...header, maps: [], table_at: 0, byte_length: 0 }, new Uint8Array(0)) };
  assert.deepEqual(derive.bars(empty, whole).list[1], { id: 1, value: null, error: null, interval: null, rough: false, share: null, length: 0 });
  assert.deepEqual(sceneOf({ ...empty, pinned_words: [1] }, local).layers, []);
});

test("shares and pairs are signed in both forms, amounts only in the standard one", () => {
  const signed = (quantity, form) => derive.isSigned({ quantity, form });
  assert.equal(signed("shapley", "orthogonal"), true);
  assert.equal(signed("pair", "orthogonal"), true);
  assert.equal(signed("cmi", "orthogonal"), false);
  assert.equal(signed("cmi", "standard"), true);
});

test("of two words compared the first pinned one is at the left, the one pointed at to the right", () => {
  const state = { ...shared, compare: "words", pinned_words: [0, 2], pin_colours: [] };
  const ids = (side, here = local) => sceneOf(state, here, side).layers.map(({ id }) => id);
  assert.deepEqual([ids("main"), ids("other")], [[0], [2]]);
  assert.deepEqual([ids("main", { ...local, hovered_word: 1 }), ids("other", { ...local, hovered_word: 1 })], [[0], [1]]);
});

test("several pinned words lie over the picture together, each with a line around it", () => {
  const state = { ...shared, pinned_words: [0, 1], pin_colours: [3, 1] };
  const scene = sceneOf(state, local);
  assert.deepEqual(scene.layers.map(({ colour }) => colour), ["#009e73", "#56b4e9"]);
  assert.deepEqual(scene.lines.map(({ levels }) => levels), [[0.25], [0.25]]);
  const hovering = sceneOf(state, { ...local, hovered_word: 2 });
  assert.deepEqual(hovering.layers.map(({ id }) => id), [2]);
  assert.deepEqual(hovering.lines.map(({ layer }) => layer.id), [0, 1]);
});

test("attention has no form, no sign, its own unit and its own scale beside information", () => {
  const { maps, ids, ...rest } = decode(header, bytes);
  const at = { ...maps.get(mapKey("cmi", "orthogonal", 1)), quantity: "attention", form: "", total: 4, top: 0.5 };
  const result = { ...rest, maps: new Map([...maps, [mapKey("attention", "", 1), at]]), ids: new Map([...ids, ["attention", [1]]]), quantities: ["cmi", "attention"] };
  const state = { ...shared, result, quantity: "attention", form: "standard", compare: "form" };
  assert.deepEqual(derive.idsOf(state), [1]);
  assert.equal(derive.isSigned(state), false);
  const scene = sceneOf(state, { ...local, hovered_word: 1 });
  assert.equal(scene.layers[0].top, 0.5);
  assert.equal(derive.describe(state, "red"), "attention to “red”");
  assert.equal(isCompared(state), false);
  const beside = { ...shared, result, compare: "attention" };
  assert.equal(sceneOf(beside, { ...local, hovered_word: 1 }).layers[0].top, 4);
  assert.equal(sceneOf(beside, { ...local, hovered_word: 1 }, "other").layers[0].top, 0.5);
  const region = { kind: "region", corners: [[0, 0], [1, 0], [1, 0.5], [0, 0.5]] };
  const [bar] = derive.bars(state, region).list;
  assert.deepEqual([bar.value, bar.share], [4, 0.5], "a mean, and the part of all");
});

test("curves say what they are of, where the picture shows a change or the ranking a place", () => {
  const curve = { id: 1, name: "red", colour: "", values: [], edges: [] };
  assert.equal(titleOf([curve], "cmi", false, false), "red");
  assert.equal(titleOf([curve], "cmi", true, true), "“red”, as it stands, whole picture");
  assert.equal(titleOf([curve], "pair", true, false), "red, as it stands", "the name of a part of a pair is one already");
  assert.equal(titleOf([curve, curve], "cmi", false, true), "pinned words, whole picture");
  assert.equal(titleOf([{ ...curve, id: null, name: "all words" }], "cmi", true, false), "all words, as it stands");
});

test("below a saved picture the noise levels are told in the small print, so not by the legend", () => {
  const state = { ...banded(shared), pinned_words: [1] };
  const says = (/** @type {any} */ where) => legendText(state, sceneOf(state, local), where).scale;
  assert.match(says({}), /log-SNR 0\.0 to 1\.0$/);
  assert.doesNotMatch(says({ saved: true }), /noise levels|log-SNR/);
});

test("while no map lies over the picture the legend says what the scale waits for; a saved picture has none", () => {
  const says = (/** @type {any} */ changes, /** @type {any} */ where = {}, here = local) => legendText({ ...shared, ...changes }, sceneOf({ ...shared, ...changes }, here), where);
  assert.equal(says({}).hint, "point at a word: its map is drawn by this scale");
  assert.equal(says({ scale: "word" }).hint, "point at a word: its map is drawn by a scale of its own");
  for (const text of [says({}, {}, { ...local, hovered_word: 1 }), says({ pinned_words: [1] }), says({ compare: "form" })]) assert.deepEqual([text.hint, text.scale !== ""], ["", true]);
  assert.deepEqual([says({}, { saved: true })].map(({ low, high, unit, scale, hint }) => [low, high, unit, scale, hint]), [["", "", "", "", ""]]);
  assert.notEqual(says({ pinned_words: [1] }, { saved: true }).scale, "");
});

test("a word that is too weak for the scale that it shares is named with what it reaches", () => {
  const { header: head, bytes: data } = payload({ values: [[0, 0.1, 0.2, 0.3], [4, 4, 4, 4], [1, 1, 1, 1]] });
  const state = { ...shared, result: decode(head, data) };
  const says = (/** @type {any} */ changes) => legendText({ ...state, ...changes }, sceneOf({ ...state, ...changes }, local)).scale;
  const cells = "2\u00a0×\u00a02\u00a0cells"; // no line ends within
  assert.equal(says({ pinned_words: [0] }), `one scale for all; “a” reaches 0.300 · ${cells}`);
  assert.equal(says({ pinned_words: [2] }), `one scale for all words · ${cells}`);
  const tiny = payload({ values: [[0, 1e-8, 2e-8, 3e-8], [4, 4, 4, 4], [1, 1, 1, 1]] });
  assert.equal(says({ result: decode(tiny.header, tiny.bytes), pinned_words: [0] }), `one scale for all; “a” reaches <0.000001 · ${cells}`);
  assert.equal(says({ pinned_words: [1, 0] }), `one scale for all; “a” reaches 0.300 · ${cells}`);
  assert.equal(says({ pinned_words: [0], scale: "word" }), `scale of this word · ${cells}`);
  const parts = [...state.result.maps].map(([key, map]) => /** @type {const} */ ([key.replace("cmi", "pair"), map]));
  const header = { ...state.result.header, pairs: [{ label: "both", words: [0, 1], part: "both" }], words: state.result.header.words.slice(1) };
  const pair = { quantity: "pair", result: { ...state.result, header, maps: new Map(parts), ids: new Map([["pair", [0, 1, 2]]]) } };
  assert.match(says({ ...pair, pinned_words: [0] }), /^one scale for all; red reaches 0\.300/, "the names of parts are not quoted");
});

test("of a change that failed the legend says so, without a scale, and beside another picture keeps the scale of that", () => {
  const edit = { key: 1, word: 1, text: "blue", progress: { ...shared.progress, state: "failed" }, maps: new Map() };
  const state = { ...shared, edits: { model: true, problem: "", list: [edit] }, pinned_edit: 1 };
  const text = legendText(state, sceneOf(state, local));
  assert.deepEqual([text.what, text.scale, text.high], ["this change failed", "", ""]);
  const beside = { ...state, compare: "form" };
  const other = legendText(beside, sceneOf(beside, local));
  assert.equal(other.what, "this change failed");
  assert.match(other.scale, /^one scale for both pictures/);
});

test("a change of a word that is there again says which, by the name that Python has for it", () => {
  const named = [{ text: "a", name: "a (0)", start: 0, stop: 1 }, { text: "red", start: 2, stop: 5 }, { text: "a", name: "a (2)", start: 6, stop: 7 }];
  const twice = { ...header, words: named };
  assert.deepEqual([0, 1].map((word) => editName({ word, text: null }, /** @type {any} */ (twice))), ["without “a (0)”", "without “red”"]);
  assert.equal(editName({ word: 2, text: "the" }, /** @type {any} */ (twice)), "“a (2)” → “the”");
});

test("a long text in place of a word is shortened to whole letters among the changes", () => {
  const edit = { key: 1, word: 1, text: "🟦".repeat(61), progress: shared.progress, maps: new Map() };
  assert.equal(shortName(edit, header), `“red” → “${"🟦".repeat(59)}…”`);
  assert.ok(editName(edit, header).includes(edit.text), "as a saved picture has it");
  assert.equal(shortName({ ...edit, text: "🟦".repeat(60) }, header), `“red” → “${"🟦".repeat(60)}”`);
});

test("how well a total is known is said with its interval, in the unit that is chosen", () => {
  const rough = decode({ ...header, maps: header.maps.map((run) => ({ ...run, rough: [0] })) }, bytes);
  const says = (/** @type {any} */ more, /** @type {number} */ word) => {
    const state = { ...shared, result: rough, ...more };
    const bar = derive.bars(state, whole).list[word];
    return [certainty(state, bar), wordSaid(state, derive.nameOf(state, word), bar)];
  };
  assert.deepEqual(says({}, 0), ["95%: 5.0 to 8.0 nats; rough after so few draws", "a, 6.00 nats, 95% 5.0 to 8.0"]);
  assert.deepEqual(says({ unit: "bit" }, 1), ["95%: 22.4 to 24.9 bits", "red, 23.1 bits, 95% 22.4 to 24.9"]);
  assert.deepEqual(says({}, 2), ["", "circle, 0.50 nats"]);
  assert.deepEqual(says(banded(shared), 0)[0], "", "nothing is known of a part of the noise levels");
  assert.equal(wordSaid(shared, "a (0)", undefined), "a (0)");
});

test("names of words stand in quotes, those of parts of pairs do not", () => {
  const says = (/** @type {any} */ more) => letGoText({ ...shared, ...more }, { ...local, let_go: 1 });
  assert.match(says({}), /^“red” was let go: 6 words/);
  assert.match(says({ quantity: "pair" }), /^red was let go/);
  assert.equal(letGoText(shared, local), "");
});

test("a picture beside another says what it waits for", () => {
  const says = (/** @type {any} */ more) => /** @type {const} */ (["main", "other"]).map((side) => emptyText({ ...shared, ...more }, side));
  assert.deepEqual(says({ compare: "form" }), ["point at a word", "point at a word"]);
  assert.deepEqual(says({ compare: "words" }), ["pin a word", "point at another word"]);
  assert.deepEqual(says({ compare: "words", pinned_words: [0] }), ["point at another word", "point at another word"]);
});

test("a page without Python lists the changes that there is something to see of", () => {
  const edit = (/** @type {number} */ key, /** @type {any} */ maps, state = "failed") => ({ key, word: 1, text: "blue", progress: { ...shared.progress, state }, maps: new Map(maps) });
  const all = { model: false, problem: "", list: [edit(1, []), edit(2, [["orthogonal", {}]]), edit(3, [], "running")] };
  const kept = (/** @type {number | null} */ pinned) => withMaps(all, pinned).list.map(({ key }) => key);
  assert.deepEqual([null, 1, 2].map(kept), [[2], [1, 2], [2]], "and the pinned one");
  const waiting = { ...shared, edits: withMaps(all, 3), pinned_edit: 3 };
  assert.equal(legendText(waiting, sceneOf(waiting, local)).what, "nothing yet when this page was saved");
});

test("signed scales say what is hatched, where one map lies over the picture", () => {
  const says = (/** @type {any} */ more) => legendText({ ...shared, ...more }, sceneOf({ ...shared, ...more }, local)).scale;
  assert.match(says({ form: "standard" }), / · hatched:\u00a0below\u00a00$/);
  assert.doesNotMatch(says({}), /hatched/);
});

test("of the whole prompt no word is lit, and only words have bars", () => {
  const pinned = { ...shared, pinned_words: [0] };
  assert.deepEqual(["cmi", "pair", "full"].map((quantity) => derive.litWord({ ...pinned, quantity }, local)), [0, 0, null]);
  assert.deepEqual(["cmi", "attention", "pair", "full"].map((quantity) => derive.hasBars({ quantity })), [true, true, false, false]);
});
