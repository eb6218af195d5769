import assert from "node:assert/strict";
import { test } from "node:test";
import * as derive from "../src/derive.js";
import { decode } from "../src/model.js";
import { initialLocal, initialShared } from "../src/state.js";
import { payload } from "./fixture.js";

const { header, bytes } = payload();
const shared = { ...initialShared(), result: decode(header, bytes) };
const local = initialLocal();

test("hovering beats focus beats the pin", () => {
  const pinned = { ...shared, pinned_word: 0 };
  assert.equal(derive.activeWord(shared, local), null);
  assert.equal(derive.activeWord(pinned, local), 0);
  assert.equal(derive.activeWord(pinned, { ...local, focused_word: 1 }), 1);
  assert.equal(derive.activeWord(pinned, { ...local, focused_word: 1, hovered_word: 2 }), 2);
  assert.equal(derive.activeWord({ ...shared, pinned_word: 9 }, local), null);
});

test("a cell outside of the grid is no cell", () => {
  assert.deepEqual(derive.activePixel({ ...shared, pinned_pixel: [1, 1] }, local), [1, 1]);
  for (const cell of [[2, 0], [0, 2], [-1, 0]]) assert.equal(derive.activePixel({ ...shared, pinned_pixel: cell }, local), null);
});

test("words share a scale unless told otherwise", () => {
  const map = derive.mapOf(shared, 0);
  assert.equal(derive.scaleTop(shared, map), 4);
  assert.equal(derive.scaleTop({ ...shared, scale: "word" }, map), 3);
});

test("bars are totals, or values at a cell, and ranks follow the values", () => {
  const totals = derive.bars(shared, null);
  assert.equal(totals.top, 16);
  assert.deepEqual(totals.list.map(({ value }) => value), [6, 16, 0.5]);
  assert.deepEqual(derive.ranks(totals.list), [1, 0, 2]);
  const here = derive.bars(shared, [0, 0]);
  assert.deepEqual(here.list.map(({ length }) => Number(length.toFixed(3))), [0, 1, -0.25]);
  assert.equal(here.list[0].error, null);
});

test("nothing is known before the first draw", () => {
  const empty = { ...shared, result: decode({ ...header, maps: [], byte_length: 0 }, new Uint8Array(0)) };
  assert.deepEqual(derive.bars(empty, null).list[1], { value: null, error: null, length: 0 });
  assert.equal(derive.shownMap({ ...empty, pinned_word: 1 }, local), null);
});

test("numbers", () => {
  assert.deepEqual([123.4, 12.34, 1.234, 0.1234, 0.01234, 0.00012, 0, -2].map(derive.format), ["123", "12.3", "1.23", "0.12", "0.012", "0.0001", "0", "−2.00"]);
  assert.deepEqual([3700, 37, 2.52, 0.0123, 0].map(derive.decimals), [0, 2, 2, 4, 2]);
  assert.equal(derive.fixed(-0.001, 2), "0.00");
  assert.equal(derive.fixed(-1.26, 1), "−1.3");
  assert.equal(derive.inUnit({ ...shared, unit: "bit" }, Math.log(2)), 1);
});

test("shares are signed in both forms, amounts only in the standard one", () => {
  const state = (quantity, form) => ({ ...initialShared(), quantity, form });
  assert.equal(derive.isSigned(state("shapley", "orthogonal")), true);
  assert.equal(derive.isSigned(state("cmi", "orthogonal")), false);
  assert.equal(derive.isSigned(state("cmi", "standard")), true);
});
