import assert from "node:assert/strict";
import { test } from "node:test";
import { PALETTE, colourOf, coloursOf, rgb, togglePin } from "../src/pins.js";
import { press } from "../src/press.js";
import { createStore, initialLocal, initialShared } from "../src/state.js";

test("a word keeps its colour when another is let go, and the next takes the free one", () => {
  let pins = { pinned_words: [], pin_colours: [] };
  for (const word of [4, 7, 9]) pins = togglePin(pins, word);
  assert.deepEqual(pins, { pinned_words: [4, 7, 9], pin_colours: [0, 1, 2] });
  pins = togglePin(pins, 4);
  assert.equal(colourOf(pins, 9), PALETTE[2]);
  pins = togglePin(pins, 1);
  assert.deepEqual(pins, { pinned_words: [7, 9, 1], pin_colours: [1, 2, 0] });
});

test("beyond the palette the oldest makes room", () => {
  let pins = { pinned_words: [], pin_colours: [] };
  for (let word = 0; word < 9; word++) pins = togglePin(pins, word);
  assert.deepEqual(pins.pinned_words, [3, 4, 5, 6, 7, 8]);
  assert.equal(new Set(pins.pin_colours).size, 6);
});

test("colours that do not fit the words are mended", () => {
  for (const colours of [[], [0], [0, 0], [0, 99]]) assert.deepEqual(coloursOf({ pinned_words: [3, 5], pin_colours: colours }), [0, 1]);
  assert.deepEqual(rgb("#e69f00"), [230, 159, 0]);
});

test("a view tells which word made room, and only then", () => {
  const shared = createStore(initialShared());
  const local = createStore(initialLocal());
  const told = [0, 1, 2, 3, 4, 5, 5, 5, 6, 7, 7].map((word) => {
    press({ shared, local }, word);
    return local.get().let_go;
  });
  assert.deepEqual(told, [null, null, null, null, null, null, null, null, 0, 1, null]);
});

test("a word that is pressed takes the picture from a change; pins that come from Python do not", () => {
  const shared = createStore({ ...initialShared(), pinned_edit: 2 });
  const local = createStore(initialLocal());
  shared.set({ pinned_words: [1] });
  assert.equal(shared.get().pinned_edit, 2);
  press({ shared, local }, 1);
  assert.deepEqual([shared.get().pinned_words, shared.get().pinned_edit], [[], null]);
});
