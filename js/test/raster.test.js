import assert from "node:assert/strict";
import { test } from "node:test";
import { DIM, look, ramp, table } from "../src/color.js";
import { layOver, samples } from "../src/raster.js";

/** @param {object} options */
function paint(options) {
  const { width = 4, height = 4, grid = [2, 2], values = [0, 1, 0, 1], colour = "inferno", signed = false } = options;
  const base = new Uint8ClampedArray(width * height * 4).fill(200);
  const out = new Uint8ClampedArray(base.length);
  layOver({ out, base, width, height, values: Float32Array.from(values), grid, top: 1, look: look(colour, signed), opacity: 1, smooth: true, ...options.more });
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
  assert.deepEqual([...paint({ more: { top: 0 } })], [...paint({ values: [0, 0, 0, 0] })]);
  assert.equal(ramp(1), 1);
});
