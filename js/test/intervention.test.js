import assert from "node:assert/strict";
import { test } from "node:test";
import { packedSize } from "../src/codes.js";
import { decodeChanges } from "../src/decode-intervention.js";
import * as derive from "../src/derive-intervention.js";
import { SCHEMA_VERSION, initialLocal, initialShared } from "../src/model-intervention.js";
import { pack } from "./fixture.js";

/** Two changes of a picture of 4 x 8 pixels over 2 x 2 cells; values of maps are those given. */
function payload(first = [0, 1, 2, 3], second = [0, 0.1, 0.2, 0.3]) {
  const bytes = new Uint8Array(packedSize(4) * 4);
  let at = -packedSize(4);
  const add = (quantity, values) => {
    at += packedSize(4);
    return { quantity, form: "", word: null, at, ...pack(bytes, at, values), top: Math.max(...values), total: null, error: null, grid: [2, 2] };
  };
  const change = (title, values, obeyed) => ({
    name: "beach",
    title,
    pieces: [["a ", "same"], ["red", "out"], ["blue", "in"]],
    size: [4, 8],
    grid: [2, 2],
    before: [0, 10],
    after: [10, 10],
    maps: [add("information", values), add("pixels", values.map((v) => v / 10))],
    scores: { information: { pixels: [0.5, null] } },
    return_error: 0.02,
    obeyed,
  });
  const changes = [change("red → blue", first, true), change("without red", second, null)];
  return { header: { schema_version: SCHEMA_VERSION, changes, byte_length: bytes.length, picture_length: 20 }, bytes };
}

const { header, bytes } = payload();
const shared = { ...initialShared(), changes: decodeChanges(header, bytes) };
const local = initialLocal();

test("one scale for all changes, or one for each", () => {
  const [first, second] = shared.changes.map(({ maps }) => maps.get("information"));
  assert.equal(derive.topOf(shared, second), 3);
  assert.equal(derive.topOf({ ...shared, scale: "own" }, second), second.top);
  assert.equal(derive.topOf({ ...shared, changes: shared.changes.slice(1) }, second), second.top);
  assert.equal(derive.overlayOf(shared, "predicted").layers[0].top, first.top);
  assert.deepEqual(derive.overlayOf(shared, "before").layers, []);
});

test("outlines are at half of each map's own scale", () => {
  const state = { ...shared, chosen: 1, contours: true };
  const { lines } = derive.overlayOf(state, "before");
  assert.deepEqual(lines.map(({ layer, levels }) => [layer.name, levels, Number(layer.top.toFixed(3))]), [["predicted", [0.5], 0.3], ["actual", [0.5], 0.03]]);
});

test("the pixel lies in a cell, and is compared with all of the picture", () => {
  const here = { ...local, hovered_pixel: [3, 5] };
  assert.deepEqual(derive.cursorOf(shared, here), [3, 5]);
  assert.deepEqual(derive.cursorOf({ ...shared, pinned_pixel: [99, 99] }, local), [3, 7]);
  assert.deepEqual(derive.readoutOf(shared, here, "predicted"), { value: "3.00", unit: "nats per latent cell", below: "75%" });
  assert.equal(derive.readoutOf({ ...shared, unit: "bit" }, here, "predicted").value, "4.33");
  assert.equal(derive.readoutOf({ ...shared, unit: "bit" }, here, "actual").value, "0.300");
  assert.equal(derive.readoutOf(shared, { ...local, hovered_pixel: [0, 0] }, "actual").below, "0.0%");
  const tiny = payload([0, 1e-8, 2e-8, 3e-8]);
  const faint = { ...shared, changes: decodeChanges(tiny.header, tiny.bytes) };
  assert.equal(derive.readoutOf(faint, here, "predicted").value, "<0.000001", "and no exponent");
  assert.equal(derive.readoutOf({ ...shared, predictor: "attention" }, here, "predicted"), null);
  assert.equal(derive.spoken(shared, here), "At y 3, x 5: predicted 3.00 nats per latent cell, above 75% of the picture; actual 0.300 of the pixels’ range, above 75% of the picture");
});

test("what is known of a change is told, and what is not", () => {
  assert.match(derive.scoresOf(shared), /^information and the change of pixels: r 0\.500, ρ not defined over 2 × 2 cells · .* within 2\.0% · the new picture shows what was asked for$/);
  assert.match(derive.scoresOf({ ...shared, predictor: "attention" }), /^attention: not known for this change/);
  assert.doesNotMatch(derive.scoresOf({ ...shared, chosen: 1 }), /asked for/);
  assert.equal(derive.scoresOf(initialShared()), "");
});

test("a payload that is cut off, foreign or of another version is refused", () => {
  const wrong = (/** @type {object} */ more) => ({ ...header, ...more });
  const one = (/** @type {object} */ more) => wrong({ changes: [{ ...header.changes[0], ...more }] });
  for (const [raw, data, says] of [
    [{}, bytes, /no change to show/],
    [wrong({ schema_version: 9 }), bytes, /data layout 9/],
    [wrong({ changes: [] }), bytes, /no changes/],
    [header, bytes.subarray(2), /24 bytes, but 22 arrived/],
    [one({ after: [15, 10] }), bytes, /picture lies outside/],
    [one({ size: [0, 8] }), bytes, /size is no pair/],
    [one({ pieces: [["a", "script"]] }), bytes, /prompt is no text/],
    [one({ scores: { information: { pixels: ["1", 0] } } }), bytes, /score is no number/],
    [one({ maps: [{ ...header.changes[0].maps[0], at: 20 }] }), bytes, /outside of the data/],
    [one({ maps: [{ ...header.changes[0].maps[0], end: Infinity }] }), bytes, /numbers of a map/],
  ]) {
    assert.throws(() => decodeChanges(raw, data), says);
  }
});
