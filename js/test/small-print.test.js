import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../src/decode.js";
import { sceneOf } from "../src/scene.js";
import { originOf, totalsOf, wrapped } from "../src/small-print.js";
import { initialLocal, initialShared } from "../src/state.js";
import { payload } from "./fixture.js";

const { header, bytes } = payload();
const shared = { ...initialShared(), result: decode(header, bytes) };
const local = initialLocal();

test("a saved picture says the totals of what it shows, the noise levels and the draws", () => {
  const says = (/** @type {any} */ state) => [...totalsOf(state, sceneOf(state, local)), ...originOf(state, local, [sceneOf(state, local)])];
  const origin = ["log-SNR −5.4 to 7.1", "8 of 64 noise draws"];
  assert.deepEqual(says(shared), origin);
  assert.deepEqual(says({ ...shared, pinned_words: [1] }), ["“red” 16.0 ± 0.10 nats", ...origin, "± standard error"]);
  assert.deepEqual(says({ ...shared, pinned_words: [0, 1], unit: "bit" }).slice(0, 2), ["“a” 8.66 ± 0.14 bits", "“red” 23.1 ± 0.14 bits"]);
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
  map.rough = true;
  assert.equal(originOf(state, local, [sceneOf(state, local)]).at(-1), "± standard error, rough after so few draws");
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

test("lines are no wider than they may be", () => {
  const measure = (/** @type {string} */ text) => text.length;
  assert.deepEqual(wrapped("one two three", 7, measure), ["one two", "three"]);
  assert.deepEqual(wrapped("a somewhat long", 4, measure), ["a", "some", "what", "long"]);
  assert.deepEqual(wrapped("one two · three", 8, measure), ["one", "two ·", "three"]);
  assert.deepEqual(wrapped("", 4, measure), [""]);
});
