import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../src/decode.js";
import { sceneOf } from "../src/scene.js";
import { factsOf, originOf, totalsOf } from "../src/small-print.js";
import { initialLocal, initialShared } from "../src/state.js";
import { banded, payload } from "./fixture.js";

const { header, bytes } = payload();
const shared = { ...initialShared(), result: decode(header, bytes) };
const local = initialLocal();

test("a saved picture says the totals of what it shows, the noise levels and the draws", () => {
  const says = (/** @type {any} */ state) => [...totalsOf(state, sceneOf(state, local)), ...originOf(state, local, [sceneOf(state, local)])];
  const origin = ["log-SNR −5.4 to 7.1", "8 of 64 noise draws"];
  assert.deepEqual(says(shared), origin);
  assert.deepEqual(says({ ...shared, pinned_words: [1] }), ["“red” 16.0 ± 0.10 nats", ...origin, "± standard error"]);
  assert.deepEqual(says({ ...shared, pinned_words: [0, 1], unit: "bit" }).slice(0, 2), ["“a” 8.66 ± 0.14 bits", "“red” 23.1 ± 0.14 bits"]);
  const own = says({ ...shared, pinned_words: [0, 1], scale: "word" }).slice(0, 2);
  own.forEach((text, i) => assert.match(text, [/^“a” 6\.0\d* ± 0\.10 nats \(scale to \S+\)$/, /^“red” 16\.0 ± 0\.10 nats \(scale to \S+\)$/][i]));
  assert.match(says({ ...shared, pinned_words: [1], scale: "word" })[0], /nats$/, "of one word the scale is told above");
  assert.deepEqual(originOf({ ...shared, result: null }, local, []), []);
});

test("it names the network that the header names, as figures of Python do; an older header names none", () => {
  const named = { ...shared, result: decode({ ...header, network: "a-lab/some.model-2" }, bytes) };
  const scenes = [sceneOf(named, local)];
  assert.deepEqual(originOf(named, local, scenes), [...originOf(shared, local, scenes), "a-lab/some.model-2"]);
  assert.equal(originOf({ ...named, pinned_words: [1] }, local, [sceneOf({ ...named, pinned_words: [1] }, local)]).at(-1), "a-lab/some.model-2");
  assert.throws(() => decode({ ...header, network: /** @type {any} */ ({}) }, bytes), /its network are no text/);
});

test("of a change it says the change's own", () => {
  const map = { .../** @type {any} */ (shared.result).maps.get("cmi/orthogonal/1"), total: 2, error: 0.25 };
  const progress = { ...shared.progress, state: "done", done: 16, planned: 16 };
  const edit = { key: 3, word: 1, text: "blue", progress, maps: new Map([["orthogonal", map]]) };
  const state = /** @type {any} */ ({ ...shared, edits: { model: true, problem: "", list: [edit] }, pinned_edit: 3 });
  assert.deepEqual(totalsOf(state, sceneOf(state, local)), ["“red” → “blue” 2.00 ± 0.25 nats"]);
  assert.deepEqual(originOf(state, local, [sceneOf(state, local)]), [
    "log-SNR −5.4 to 7.1",
    "16 noise draws",
    "± standard error",
  ]);
  const rough = { ...state, edits: { ...state.edits, list: [{ ...edit, maps: new Map([["orthogonal", { ...map, rough: true }]]) }] } };
  assert.equal(originOf(rough, local, [sceneOf(rough, local)]).at(-1), "± standard error, rough after so few draws");
});

test("a change is of all noise levels, and so is its scale; of what the bars are is said", () => {
  const map = { values: [0, 1, 2, 3], grid: [2, 2], top: 3, total: 2, error: 0.25, signed: false };
  const progress = { ...shared.progress, state: "done", done: 16, planned: 16 };
  const edit = { key: 3, word: 1, text: "blue", progress, maps: new Map([["orthogonal", map]]) };
  const state = /** @type {any} */ ({ ...shared, edits: { model: true, problem: "", list: [edit] }, pinned_edit: 3 });
  const part = banded(state);
  assert.equal(sceneOf(part, local).layers[0].top, sceneOf(state, local).layers[0].top);
  assert.ok(factsOf(part, local, [sceneOf(part, local)]).includes("bars: log-SNR 0.0 to 1.0"));
  assert.ok(!factsOf(state, local, [sceneOf(state, local)]).some((said) => said.startsWith("bars: log-SNR")));
});

test("of errors that few draws leave rough it says for which of the words shown, as figures of Python do", () => {
  const last = (/** @type {number[]} */ pinned_words, /** @type {number[]} */ rough, form = "orthogonal") => {
    const maps = header.maps.map((run) => ({ ...run, ...(run.form === form && { rough }) }));
    const state = { ...shared, result: decode({ ...header, maps }, bytes), pinned_words };
    return originOf(state, local, [sceneOf(state, local)]).at(-1);
  };
  assert.equal(last([1], [1]), "± standard error, rough after so few draws");
  assert.equal(last([0, 1], [0, 1]), "± standard error, rough after so few draws");
  assert.equal(last([0, 1], [1]), "± standard error, rough for “red” after so few draws");
  assert.equal(last([0], [1]), "± standard error", "of a word that is not shown nothing is said");
  assert.equal(last([1], [1], "standard"), "± standard error", "each form by itself");
  assert.equal(last([], [1]), "8 of 64 noise draws");
  assert.throws(() => decode({ ...header, maps: header.maps.map((run) => ({ ...run, rough: /** @type {any} */ (true) })) }, bytes), /is no list/);
});

test("where no error is known, or a part of the noise levels is shown, it says so in place of the errors", () => {
  const says = (/** @type {any} */ state) => originOf(state, local, [sceneOf(state, local)]).slice(-1)[0];
  assert.equal(says(banded({ ...shared, pinned_words: [1] })), "standard errors are unknown for a part of the noise levels");
  assert.equal(says(banded(shared)), "8 of 64 noise draws", "without a total nothing is missing");
  const none = bytes.slice();
  new DataView(none.buffer, header.table_at).setFloat32(28 + 16, NaN, true);
  const few = { ...shared, result: decode({ ...header, maps: header.maps.map((run) => ({ ...run, rough: [1] })) }, none) };
  assert.equal(says({ ...few, pinned_words: [1] }), "too few draws to tell errors");
  assert.equal(says({ ...few, pinned_words: [0, 1] }), "± standard error, rough for “red” after so few draws");
});

test("it says how maps are drawn and of what the bars are, as figures of Python and the ranking do", () => {
  const says = (/** @type {any} */ more, here = local) => {
    const state = { ...shared, ...more };
    return factsOf(state, here, [sceneOf(state, here)]);
  };
  assert.deepEqual(says({}), []);
  assert.deepEqual(says({ pinned_words: [0, 1] }), ["striped where words overlap", "lines at 25% of the scale"]);
  assert.deepEqual(says({ pinned_words: [0], contours: true }), ["lines at 25%, 50% and 75% of the scale"]);
  assert.deepEqual(says({ pinned_words: [0], below_error: "hide" }), [], "nothing is hidden while the errors are not there");
  const region = [[0, 0], [1, 0], [1, 0.5], [0, 0.5]];
  assert.deepEqual(says({ region }), ["dashed outline: chosen region", "bars: region, 50% of the picture"]);
  assert.deepEqual(says({ region, quantity: "full" }), ["dashed outline: chosen region"]);
  assert.deepEqual(says({ pinned_pixel: [1, 0] }), ["bars: cell y 1, x 0"]);
  assert.deepEqual(says({}, { ...local, view: [0, 0, 0.5] }), ["a part of the picture"]);
  const errors = { grid: [2, 2], at: [0, 0, 0], top: [1, 1, 1], signed: [false, false, false] };
  const known = { details: { header: { errors, bands: null }, bytes: new Uint8Array(4).fill(255) }, pinned_words: [0, 1] };
  assert.equal(says({ ...known, below_error: "hide" }).at(-1), "hidden: below 2 standard errors");
  assert.equal(says({ ...known, below_error: "hatch" }).at(-1), "lines at 25% of the scale", "woven maps are not hatched");
  assert.equal(says({ ...known, pinned_words: [0], below_error: "hatch" }).at(-1), "hatched: below 2 standard errors");
});
