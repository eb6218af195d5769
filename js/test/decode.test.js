import assert from "node:assert/strict";
import { test } from "node:test";
import { PayloadError, bytesOf, decode, mapKey } from "../src/decode.js";
import { packedSize, unpack } from "../src/codes.js";
import { pack, payload } from "./fixture.js";

test("maps come back to three digits, and what is known of each", () => {
  const { header, bytes } = payload();
  const { maps, quantities } = decode(header, new DataView(bytes.buffer));
  assert.deepEqual(quantities, ["cmi"]);
  const map = maps.get(mapKey("cmi", "orthogonal", 2));
  [-1, 0, 0.5, 1].forEach((value, i) => assert.ok(Math.abs(map.values[i] - value) < 5e-4));
  assert.deepEqual([map.total, map.top, map.signed, map.curve], [0.5, 1, true, undefined]);
  assert.ok(Math.abs(map.error - 0.1) < 1e-7);
  assert.deepEqual([...maps.get(mapKey("cmi", "orthogonal", 1)).values], [4, 4, 4, 4]);
  assert.deepEqual([...maps.values()].map(({ interval }) => interval), [[5, 8], [15.5, 17.25], null]);
});

test("a slice of a larger buffer at an odd offset is read where it lies", () => {
  const { header, bytes } = payload();
  const larger = new Uint8Array(bytes.length + 7);
  larger.set(bytes, 3);
  const { maps } = decode(header, new DataView(larger.buffer, 3, bytes.length));
  assert.ok(Math.abs(maps.get(mapKey("cmi", "orthogonal", 0)).values[3] - 3) < 1e-6);
});

test("what cannot be shown is refused with a reason", () => {
  const { header, bytes } = payload();
  assert.throws(() => decode({}, bytes), /run the cell again/);
  assert.throws(() => decode(undefined, bytes), PayloadError);
  assert.throws(() => decode({ ...header, schema_version: 99 }, bytes), /layout 99.*reads 4/);
  assert.throws(() => decode(header, bytes.slice(2)), /should have 102 bytes, but 100/);
  assert.throws(() => decode(header, "text"), /bytes/);
  assert.throws(() => decode({ ...header, words: null }, bytes), /lacks/);
  assert.throws(() => decode({ ...header, grid: [1e9, 1e9] }, bytes), /grid of its maps/);
  assert.throws(() => decode({ ...header, grid: "2x2" }, bytes), /grid of its maps/);
  assert.throws(() => decode({ ...header, words: [{ text: "a", start: 0, stop: 99 }] }, bytes), /outside of the prompt/);
  assert.throws(() => decode({ ...header, words: [{ text: {}, start: 0, stop: 1 }] }, bytes), /outside of the prompt/);
  assert.throws(() => decode({ ...header, words: [{ text: "a", name: 1, start: 0, stop: 1 }] }, bytes), /outside of the prompt/);
  const damaged = bytes.slice();
  new DataView(damaged.buffer).setFloat32(header.table_at, NaN, true);
  assert.throws(() => decode(header, damaged), /numbers of the map/);
  assert.throws(() => decode({ ...header, maps: [null] }, bytes), /what it is of/);
  assert.throws(() => decode({ ...header, maps: [{ ...header.maps[0], words: [0, 1, 7] }] }, bytes), /no word/);
  assert.throws(() => decode({ ...header, maps: [{ ...header.maps[0], words: new Array(30_000).fill(0) }] }, bytes), /30000 maps/);
  assert.throws(() => decode({ ...header, curve_edges: [0, 1] }, bytes), /table of its maps/);
  assert.throws(() => decode({ ...header, curve_edges: [0, "1"] }, bytes), /no numbers/);
  assert.throws(() => decode({ ...header, warnings: [{}] }, bytes), /warnings/);
  assert.throws(() => decode({ ...header, maps: [{ ...header.maps[0], words: [0, 1] }] }, bytes), /another size/);
  assert.throws(() => decode({ ...header, table_at: -1 }, bytes), /another size/);
});

test("curves and bands follow what is known of each map; what is not known is left out", () => {
  const { header, bytes } = payload({ values: [[0, 1, 2, 3], [1, 1, 1, 1], [2, 2, 2, 2]] });
  const rows = [[0.5, 1.5, 0.25], [NaN, NaN, NaN], [1, NaN, 2]];
  const old = new DataView(bytes.buffer, header.table_at);
  const more = new Uint8Array(bytes.length + 3 * 12);
  more.set(bytes.slice(0, header.table_at));
  const table = new DataView(more.buffer, header.table_at);
  rows.forEach((row, i) => {
    for (let column = 0; column < 7; column++) table.setFloat32(40 * i + 4 * column, column === 4 ? NaN : old.getFloat32(28 * i + 4 * column, true), true);
    row.forEach((number, j) => table.setFloat32(40 * i + 28 + 4 * j, number, true));
  });
  const longer = { ...header, curve_edges: [-1, 0, 1], band_edges: [-1, 1], byte_length: more.length };
  const maps = [...decode(longer, more).maps.values()];
  assert.deepEqual(maps.map(({ curve, band_totals, error, total }) => [curve, band_totals, error, total]), [
    [[0.5, 1.5], [0.25], null, 6],
    [undefined, undefined, null, 4],
    [undefined, [2], null, 8],
  ]);
});

test("an odd number of cells has half a byte to spare", () => {
  const bytes = new Uint8Array(packedSize(3));
  const { end, signed } = pack(bytes, 0, [4, 0, 1]);
  assert.equal(bytes.length, 5);
  const values = unpack(bytes, 0, 3, end, signed);
  assert.deepEqual([values[0], values[1]], [4, 0]);
  assert.ok(Math.abs(values[2] - 1) < 1e-3);
});

test("bytes of a buffer, of a view and of an array are the same", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  for (const data of [bytes, bytes.buffer, new DataView(bytes.buffer)]) assert.deepEqual([...bytesOf(data)], [1, 2, 3, 4]);
});
