import assert from "node:assert/strict";
import { test } from "node:test";
import { DIM, look, ramp, table } from "../src/colour.js";
import { dimmed, layOver, samples, weave } from "../src/raster.js";

/** @param {object} options @returns {Uint8ClampedArray} */
function paint(options) {
  const { width = 4, height = 4, grid = [2, 2], values = [0, 1, 0, 1], colour = "inferno", signed = false, top = 1, more = {} } = options;
  const base = new Uint32Array(width * height).fill(0xffc8c8c8);
  const out = new Uint32Array(base.length);
  const sheet = { out, base, width, height, grid, view: [0, 0, 1], opacity: 1, smooth: true, threshold: 0, pixelRatio: 1, ...more };
  layOver({ ...sheet, dim: dimmed(base, sheet.opacity) }, { values: Float32Array.from(values), top, look: look(colour, signed) });
  return new Uint8ClampedArray(out.buffer);
}

/** @param {number[][]} maps @param {object} [more] */
function woven(maps, more = {}) {
  const base = new Uint32Array(400).fill(0xffffffff);
  const out = new Uint32Array(400);
  const sheet = { out, base, dim: dimmed(base, 1), width: 20, height: 20, grid: [1, 1], view: [0, 0, 1], opacity: 1, smooth: true, threshold: 0, pixelRatio: 1, ...more };
  const colours = [[255, 0, 0], [0, 0, 255]];
  weave(sheet, maps.map((values, k) => ({ values: Float32Array.from(values), top: 1, colour: colours[k] })));
  return out;
}

test("no information shows the dimmed picture, the end of the scale its last colour", () => {
  const out = paint({});
  assert.ok(Math.abs(out[0] - 200 * DIM) <= 1);
  const last = table("inferno").slice(765);
  assert.deepEqual([...out.slice(12, 15)], [...last]);
  assert.equal(out[15], 255);
});

test("in the light look the picture itself is what comes through", () => {
  const out = paint({ colour: "light" });
  assert.ok(Math.abs(out[0] - 200 * DIM) <= 1);
  assert.deepEqual([...out.slice(12, 15)], [200, 200, 200]);
});

test("without opacity only the picture is left", () => {
  const out = paint({ more: { opacity: 0 } });
  assert.ok(out.every((value, i) => value === (i % 4 === 3 ? 255 : 200)));
});

test("values are interpolated, not colours, and beyond the end they saturate", () => {
  const smooth = samples(4, 2, true);
  assert.deepEqual([...smooth.weight].map((w) => Number(w.toFixed(2))), [0, 0.25, 0.75, 0]);
  const cells = samples(4, 2, false);
  assert.deepEqual([...cells.low], [0, 0, 1, 1]);
  assert.deepEqual([...paint({ values: [5, 5, 5, 5] })], [...paint({ values: [1, 1, 1, 1] })]);
});

test("signs differ in colour and in texture", () => {
  const plus = paint({ signed: true, values: [1, 1, 1, 1], width: 12, height: 12 });
  const minus = paint({ signed: true, values: [-1, -1, -1, -1], width: 12, height: 12 });
  assert.equal(new Set(plus.filter((_, i) => i % 4 === 0)).size, 1);
  assert.equal(new Set(minus.filter((_, i) => i % 4 === 0)).size, 2);
  assert.notDeepEqual([...plus.slice(12, 15)], [...minus.slice(12, 15)]);
});

test("a scale that ends at nothing shows nothing", () => {
  assert.deepEqual([...paint({ top: 0 })], [...paint({ values: [0, 0, 0, 0] })]);
  assert.equal(ramp(1), 1);
});

test("below the threshold nothing is laid over", () => {
  const flat = paint({ values: [0.4, 0.4, 0.4, 0.4], more: { threshold: 0.5 } });
  assert.deepEqual([...flat], [...paint({ values: [0, 0, 0, 0] })]);
});

test("a part of the picture is the same as that part of the whole", () => {
  const whole = paint({ values: [0, 1, 0.5, 0.2], width: 8, height: 8 });
  const part = paint({ values: [0, 1, 0.5, 0.2], width: 4, height: 4, more: { view: [0.5, 0, 0.5] } });
  for (let y = 0; y < 4; y++) assert.deepEqual([...part.slice(16 * y, 16 * y + 16)], [...whole.slice(32 * y + 16, 32 * y + 32)]);
});

test("where words overlap they share the stripes as they share the information", () => {
  const count = (pixels, colour) => pixels.filter((pixel) => pixel === colour).length;
  const [red, blue] = [0xff0000ff, 0xffff0000];
  const even = woven([[1], [1]]);
  assert.deepEqual([count(even, red), count(even, blue)], [200, 200]);
  const uneven = woven([[1], [0.66]]);
  assert.deepEqual([count(uneven, red), count(uneven, blue)], [240, 160]);
  assert.equal(count(woven([[1], [0.3]]), red), 400);
  assert.deepEqual(woven([[0.2], [0.1]], { threshold: 0.5 }), woven([[0], [0]]));
});
