import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../src/decode.js";
import { initialLocal, initialShared } from "../src/state.js";
import { changeText, spoken } from "../src/status.js";
import { payload } from "./fixture.js";

const { header, bytes } = payload();
const shared = { ...initialShared(), result: decode(header, bytes) };
const map = { values: new Float32Array([0, 1, 2, 3]), top: 3, total: 6, error: 0.25, signed: false };
const progress = { ...shared.progress, state: "done", done: 16, planned: 16 };
const edit = { key: 3, word: 1, text: "blue", progress, maps: new Map([["orthogonal", map]]) };
const changed = /** @type {any} */ ({ ...shared, edits: { model: true, problem: "", list: [edit] }, pinned_edit: 3 });
const local = /** @type {any} */ ({ ...initialLocal(), hovered_pixel: [1, 0] });

test("what a change says at a cell is written and heard before the words, which are of the prompt as it stands", () => {
  assert.equal(changeText(changed, local), "2.00 nats per latent cell");
  assert.equal(changeText({ ...changed, unit: "bit", quantity: "attention" }, local), "2.89 bits per latent cell", "of information always");
  assert.match(spoken(changed, local), /^At y 1, x 0: “red” → “blue” 2\.00 nats per latent cell; as the prompt stands, red 4\.00, /);
  assert.match(spoken(shared, local), /^At y 1, x 0: red 4\.00, /);
  assert.equal(spoken({ ...changed, quantity: "full" }, local), "At y 1, x 0: “red” → “blue” 2.00 nats per latent cell");
  assert.equal(spoken({ ...shared, quantity: "full" }, local), "");
});

test("in a region a change is summed; over the whole picture, without a map and while a word is pointed at nothing is said of it", () => {
  const left = /** @type {any} */ ([[0, 0], [0.5, 0], [0.5, 1], [0, 1]]);
  assert.equal(changeText({ ...changed, region: left }, initialLocal()), "2.00 nats");
  assert.match(spoken({ ...changed, region: left }, initialLocal()), /^In the region: “red” → “blue” 2\.00 nats; as the prompt stands, red 8\.00, 50% of it; /);
  assert.equal(changeText(changed, initialLocal()), "");
  assert.equal(changeText({ ...changed, form: "standard" }, local), "");
  assert.equal(changeText(changed, { ...local, hovered_word: 0 }), "");
});
