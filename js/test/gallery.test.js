import assert from "node:assert/strict";
import { test } from "node:test";

import { cut, emptyText, readPage, step } from "../src/gallery-state.js";

test("a prompt is cut at its words by code points", () => {
  const said = cut("🎈 a red circle on red", [[18, 21], [4, 7]]);
  assert.deepEqual(said.map(({ text }) => text), ["🎈 a ", "red", " circle on ", "red"]);
  assert.deepEqual(said.map(({ word }) => word), [false, true, false, true]);
});

test("overlapping words are cut once, and nothing is lost", () => {
  const said = cut("dark red", [[0, 8], [5, 8]]);
  assert.deepEqual(said, [{ text: "dark red", word: true }]);
  assert.equal(cut("plain", []).map(({ text }) => text).join(""), "plain");
});

test("keys move among cards, and over the edges of a page", () => {
  assert.deepEqual(step("ArrowRight", 0, 6, 3), { index: 1, pages: 0 });
  assert.deepEqual(step("ArrowDown", 1, 6, 3), { index: 4, pages: 0 });
  assert.deepEqual(step("ArrowRight", 5, 6, 3), { index: 0, pages: 1 });
  assert.deepEqual(step("ArrowUp", 1, 6, 3), { index: Infinity, pages: -1 });
  assert.deepEqual(step("End", 1, 6, 3), { index: 5, pages: 0 });
  assert.deepEqual(step("PageDown", 2, 6, 3), { index: 2, pages: 1 });
  assert.equal(step("Enter", 2, 6, 3), null);
});

test("a page that is not whole is refused", () => {
  const card = { place: 3, prompt: "a", nats: 1.5, error: null, words: [[0, 1]], names: ["a (3)"], rough: true };
  const page = readPage({ start: 0, total: 1, top: 1.5, cards: [card] }, [new Uint8Array([1, 2])]);
  assert.equal(page.cards[0].thumbnail.size, 2);
  assert.deepEqual([page.cards[0].names, page.cards[0].rough], [["a (3)"], true]);
  assert.throws(() => readPage({ start: 0, total: 1, top: 1, cards: [card] }, []), /did not arrive whole/);
  assert.throws(() => readPage({ start: 0, total: 1, top: 1, cards: null }, []), /did not arrive whole/);
});

test("where nothing is shown, it says why", () => {
  assert.equal(emptyText(30, " zebra ", null), "No prompt has “zebra”.");
  assert.equal(emptyText(30, "zebra red", 5), "No prompt has “zebra” and “red” with at least 5.00 nats.");
  assert.equal(emptyText(30, " ", 5), "No word of any prompt says at least 5.00 nats.");
  assert.equal(emptyText(0, "", null), "This batch has no finished picture; errors.parquet says why.");
});
