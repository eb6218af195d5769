import assert from "node:assert/strict";
import { test } from "node:test";
import { packedSize } from "../src/codes.js";
import { PayloadError } from "../src/decode.js";
import { decodeEdits, noEdits } from "../src/edits.js";
import { pack } from "./fixture.js";

const bytes = new Uint8Array(packedSize(4));
const map = { quantity: "cmi", form: "orthogonal", word: 1, at: 0, ...pack(bytes, 0, [0, 1, 2, 3]), top: 3, total: 6, error: null };
const progress = { state: "done", done: 8, planned: 8, seconds_left: null, message: "" };
const edit = { key: 4, word: 1, text: "blue", progress, maps: [map] };
const raw = { model: true, problem: "", grid: [2, 2], byte_length: bytes.length, edits: [edit] };

test("changes come with their maps by form, and without any before the first draw", () => {
  const { model, list: [one] } = decodeEdits(raw, new DataView(bytes.buffer));
  assert.equal(model, true);
  assert.deepEqual([one.key, one.text, one.maps.get("orthogonal").total], [4, "blue", 6]);
  assert.ok(Math.abs(one.maps.get("orthogonal").values[2] - 2) < 1e-3);
  const early = { ...raw, grid: [0, 0], byte_length: 0, edits: [{ ...edit, text: null, maps: [] }] };
  assert.equal(decodeEdits(early, new Uint8Array(0)).list[0].maps.size, 0);
  assert.deepEqual(decodeEdits(undefined, bytes), noEdits());
  assert.deepEqual(decodeEdits(raw, new Uint8Array(0)).list, [], "the bytes are announced after it");
});

test("changes that cannot be shown are refused with a reason", () => {
  const one = (/** @type {object} */ more) => ({ ...raw, edits: [{ ...edit, ...more }] });
  for (const [wrong, says] of /** @type {[any, RegExp][]} */ ([
    [one({ maps: [{ ...map, at: 1 }] }), /outside of the data/],
    [one({ maps: [{ ...map, at: -1 }] }), /numbers of the map/],
    [one({ maps: [{ ...map, end: "3" }] }), /numbers of the map/],
    [one({ maps: [{ ...map, total: {} }] }), /numbers of the map/],
    [one({ maps: [null] }), /numbers of the map/],
    [one({ maps: {} }), /no maps/],
    [one({ key: "4" }), /no word/],
    [one({ text: 7 }), /no text/],
    [one({ progress: null }), /how far/],
    [{ ...raw, edits: [null] }, /no word/],
    [{ ...raw, grid: [1e9, 1e9] }, /grid of the changes/],
    [{ ...raw, grid: "2x2" }, /grid of the changes/],
    [{ ...raw, grid: [4, 4] }, /outside of the data/],
  ])) {
    assert.throws(() => decodeEdits(wrong, bytes), (problem) => problem instanceof PayloadError && says.test(problem.message), String(says));
  }
  assert.throws(() => decodeEdits(raw, "text"), PayloadError);
});
