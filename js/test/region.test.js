import assert from "node:assert/strict";
import { test } from "node:test";
import { contour } from "../src/contour.js";
import { box, boxOfCells, cellsInside, enclosesSomething, thinned } from "../src/region.js";
import { WHOLE, following, panned, toPicture, zoomed } from "../src/viewport.js";

test("cells belong to a region by their centres", () => {
  assert.deepEqual(cellsInside(box([0.5, 0.5], [0, 0]), [4, 4]), [0, 1, 4, 5]);
  assert.deepEqual(cellsInside(boxOfCells([1, 1], [2, 3], [4, 4]), [4, 4]), [5, 6, 7, 9, 10, 11]);
  assert.deepEqual(cellsInside([[0, 0], [1, 0], [0, 1]], [4, 4]), [0, 1, 2, 4, 5, 8]);
  assert.deepEqual(cellsInside([], [4, 4]), []);
  assert.deepEqual(cellsInside(box([0.3, 0.55], [0.35, 0.6]), [4, 4]), [9], "smaller than a cell");
  assert.deepEqual(cellsInside(box([0.99, 0.99], [1, 1]), [4, 4]), [15]);
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

test("at a saddle lines cut off the corners below the level where the mean is above it, and else those above", () => {
  const saddle = { values: new Float32Array([1, 0, 0, 1]), grid: /** @type {[number, number]} */ ([2, 2]) };
  const inner = (/** @type {number} */ level) =>
    contour(saddle, level, true)
      .map((line) => line.map((at) => Number((2 * at - 0.5).toFixed(6)))) // 0 and 1 at the centres of the cells
      .filter((line) => line.every((at) => at >= 0 && at <= 1) && line[0] !== line[2] && line[1] !== line[3]);
  // matplotlib's, of the same values
  assert.deepEqual(inner(0.4), [[0.6, 0, 1, 0.4], [0.4, 1, 0, 0.6]]);
  assert.deepEqual(inner(0.6), [[0, 0.4, 0.4, 0], [1, 0.6, 0.6, 1]]);
});

test("a contour lies where the interpolated map has the value, and closes around a peak", () => {
  const values = new Float32Array(25);
  values[12] = 1;
  const ends = (/** @type {[number, number, number, number][]} */ lines) => lines.flatMap(([x1, y1, x2, y2]) => [[x1, y1], [x2, y2]]);
  /** Of four segments that close, two meet at each of four corners. @param {[number, number, number, number][]} lines */
  const closes = (lines) => {
    const corners = ends(lines).map((end) => end.map((part) => part.toFixed(6)).join()).sort();
    assert.equal(lines.length, 4);
    assert.equal(new Set(corners).size, 4);
    corners.forEach((corner, i) => assert.equal(corner, corners[i ^ 1]));
  };
  const lines = contour({ values, grid: [5, 5] }, 0.5, true);
  closes(lines);
  for (const [x, y] of ends(lines)) assert.ok(Math.abs(Math.abs(x - 0.5) + Math.abs(y - 0.5) - 0.1) < 1e-6);
  closes(contour({ values, grid: [5, 5] }, 0.5, false));
});

test("what has no area that Python takes is no region", () => {
  assert.equal(enclosesSomething([]), false);
  assert.equal(enclosesSomething([[0.1, 0.1], [0.5, 0.5]]), false);
  assert.equal(enclosesSomething(box([0.2, 0.2], [0.2 + 1e-5, 0.2 + 1e-5])), false); // as corners_of in region.py
  assert.equal(enclosesSomething(box([0.2, 0.2], [0.3, 0.2001])), true);
});
