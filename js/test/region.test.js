import assert from "node:assert/strict";
import { test } from "node:test";
import { contour, joined } from "../src/contour.js";
import { box, boxOfCells, cellsInside, thinned } from "../src/region.js";
import { WHOLE, following, panned, toPicture, zoomed } from "../src/viewport.js";

test("cells belong to a region by their centres", () => {
  assert.deepEqual(cellsInside(box([0.5, 0.5], [0, 0]), [4, 4]), [0, 1, 4, 5]);
  assert.deepEqual(cellsInside(boxOfCells([1, 1], [2, 3], [4, 4]), [4, 4]), [5, 6, 7, 9, 10, 11]);
  assert.deepEqual(cellsInside([[0, 0], [1, 0], [0, 1]], [4, 4]), [0, 1, 2, 4, 5, 8]);
  assert.deepEqual(cellsInside([], [4, 4]), []);
  assert.equal(thinned([[0, 0], [0.001, 0], [0.1, 0]], 0.01).length, 2);
});

test("a point that is zoomed about stays where it is, and the view stays inside", () => {
  const view = zoomed(WHOLE, 4, [0.3, 0.6]);
  const close = (a, b) => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-9));
  close(toPicture(view, [0.3, 0.6]), [0.3, 0.6]);
  assert.equal(view[2], 0.25);
  close(zoomed(view, 0.01, [0.5, 0.5]), WHOLE);
  close(panned(view, 9, 9), [0, 0, 0.25]);
  close(panned(view, -9, -9), [0.75, 0.75, 0.25]);
  close(following([0, 0, 0.25], [15, 0], [16, 16]), [0, 0.75, 0.25]);
});

test("a contour lies where the interpolated map has the value, and closes around a peak", () => {
  const values = new Float32Array(25);
  values[12] = 1;
  const lines = joined(contour({ values, grid: [5, 5] }, 0.5, true));
  assert.equal(lines.length, 1);
  assert.deepEqual(lines[0][0], lines[0].at(-1));
  for (const [x, y] of lines[0]) assert.ok(Math.abs(Math.abs(x - 0.5) + Math.abs(y - 0.5) - 0.1) < 1e-6);
  const cells = joined(contour({ values, grid: [5, 5] }, 0.5, false));
  assert.equal(cells.length, 1);
  assert.equal(cells[0].length, 5);
});
