import assert from "node:assert/strict";
import { test } from "node:test";
import { cellAt, moveCell, pieces } from "../src/geometry.js";

test("the cell under a point", () => {
  assert.deepEqual(cellAt(0, 0, [4, 8]), [0, 0]);
  assert.deepEqual(cellAt(1, 1, [4, 8]), [3, 7]);
  assert.deepEqual(cellAt(0.49, 0.26, [4, 8]), [1, 3]);
  assert.equal(cellAt(1.01, 0.5, [4, 8]), null);
  assert.equal(cellAt(NaN, 0.5, [4, 8]), null);
});

test("the keyboard cursor starts in the middle and stays inside", () => {
  assert.deepEqual(moveCell(null, "ArrowUp", 1, [4, 8]), [2, 4]);
  assert.deepEqual(moveCell([0, 0], "ArrowUp", 1, [4, 8]), [0, 0]);
  assert.deepEqual(moveCell([0, 0], "ArrowRight", 8, [4, 8]), [0, 7]);
  assert.equal(moveCell([0, 0], "x", 1, [4, 8]), null);
});

test("a prompt falls into words and what is between them", () => {
  const { line, extra } = pieces("a red, circle!", [
    { text: "red", start: 2, stop: 5 },
    { text: "circle", start: 7, stop: 13 },
    { text: "red, circle", start: 2, stop: 13 },
  ]);
  assert.equal(line.map(({ text }) => text).join(""), "a red, circle!");
  assert.deepEqual(line.filter(({ word }) => word !== null).map(({ word }) => word), [2]);
  assert.deepEqual(extra.map(({ word }) => word), [0, 1]);
});

test("offsets count code points, so that emoji shift nothing", () => {
  const { line } = pieces("🐱 cat", [{ text: "cat", start: 2, stop: 5 }]);
  assert.deepEqual(line, [{ text: "🐱 ", word: null }, { text: "cat", word: 0 }]);
});
