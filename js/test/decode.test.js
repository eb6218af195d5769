import assert from "node:assert/strict";
import { test } from "node:test";
import { PayloadError, bytesOf, decode, mapKey } from "../src/decode.js";
import { payload } from "./fixture.js";

test("maps come back to within half a step", () => {
  const { header, bytes } = payload();
  const { maps, quantities } = decode(header, new DataView(bytes.buffer));
  assert.deepEqual(quantities, ["cmi"]);
  const map = maps.get(mapKey("cmi", "orthogonal", 2));
  [-1, 0, 0.5, 1].forEach((value, i) => assert.ok(Math.abs(map.values[i] - value) < 2e-5));
  assert.deepEqual([...maps.get(mapKey("cmi", "orthogonal", 1)).values], [4, 4, 4, 4]);
});

test("a slice of a larger buffer at an odd offset is read where it lies", () => {
  const { header, bytes } = payload();
  const larger = new Uint8Array(bytes.length + 7);
  larger.set(bytes, 3);
  const { maps } = decode(header, new DataView(larger.buffer, 3, bytes.length));
  assert.ok(Math.abs(maps.get(mapKey("cmi", "orthogonal", 0)).values[3] - 3) < 1e-4);
});

test("what cannot be shown is refused with a reason", () => {
  const { header, bytes } = payload();
  assert.throws(() => decode({}, bytes), /run the cell again/);
  assert.throws(() => decode(undefined, bytes), PayloadError);
  assert.throws(() => decode({ ...header, schema_version: 99 }, bytes), /layout 99.*reads 2/);
  assert.throws(() => decode(header, bytes.slice(2)), /should have 24 bytes, but 22/);
  assert.throws(() => decode(header, "text"), /bytes/);
  assert.throws(() => decode({ ...header, words: null }, bytes), /lacks/);
  assert.throws(() => decode({ ...header, grid: [1e9, 1e9] }, bytes), /grid of its maps/);
  assert.throws(() => decode({ ...header, grid: "2x2" }, bytes), /grid of its maps/);
  assert.throws(() => decode({ ...header, words: [{ text: "a", start: 0, stop: 99 }] }, bytes), /outside of the prompt/);
  assert.throws(() => decode({ ...header, words: [{ text: {}, start: 0, stop: 1 }] }, bytes), /outside of the prompt/);
  assert.throws(() => decode({ ...header, maps: [{ ...header.maps[0], step: "1" }] }, bytes), /numbers of the map/);
  assert.throws(() => decode({ ...header, maps: [null] }, bytes), /what it is of/);
  assert.throws(() => decode({ ...header, maps: [{ ...header.maps[0], word: 7 }] }, bytes), /no word/);
  assert.throws(() => decode({ ...header, maps: new Array(30_000).fill(header.maps[0]) }, bytes), /30000 maps/);
  assert.throws(() => decode({ ...header, curve_edges: [0, 1], maps: [{ ...header.maps[0], curve: [1, 2] }] }, bytes), /curve/);
  assert.throws(() => decode({ ...header, warnings: [{}] }, bytes), /warnings/);
  const outside = { ...header, maps: [{ ...header.maps[0], at: 20 }] };
  assert.throws(() => decode(outside, bytes), /outside/);
});

test("bytes of a buffer, of a view and of an array are the same", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  for (const data of [bytes, bytes.buffer, new DataView(bytes.buffer)]) assert.deepEqual([...bytesOf(data)], [1, 2, 3, 4]);
});
