import assert from "node:assert/strict";
import { test } from "node:test";

import { INTERVAL, hoverReporter } from "../src/hover.js";
import { initialLocal } from "../src/state.js";

function model(sync_hover) {
  const state = { sync_hover, hovered_word: null, hovered_pixel: null };
  const saved = [];
  return {
    saved,
    get: (key) => state[key],
    set: (key, value) => (state[key] = value),
    save_changes: () => saved.push([state.hovered_word, state.hovered_pixel]),
  };
}
const pause = (time) => new Promise((done) => setTimeout(done, time));

test("a burst of hovering is told in few messages, and the last is never lost", async () => {
  const told = model(true);
  const report = hoverReporter(told, new AbortController().signal);
  for (let i = 0; i <= 60; i++) {
    report({ ...initialLocal(), hovered_word: i, hovered_pixel: [i, 1] });
    await pause(5);
  }
  await pause(INTERVAL + 20);
  assert.deepEqual(told.saved.at(-1), [60, [60, 1]]);
  assert.ok(told.saved.length >= 2 && told.saved.length <= 12, `${told.saved.length} messages`);
});

test("nothing is told unasked, nor twice", async () => {
  const quiet = model(false);
  hoverReporter(quiet, new AbortController().signal)({ ...initialLocal(), hovered_word: 1 });
  const told = model(true);
  const report = hoverReporter(told, new AbortController().signal);
  report({ ...initialLocal(), focused_word: 2 });
  await pause(INTERVAL + 20);
  report({ ...initialLocal(), focused_word: 2, hovered_pixel: null });
  await pause(INTERVAL + 20);
  assert.deepEqual(quiet.saved, []);
  assert.deepEqual(told.saved, [[2, null]]);
});

test("a view that ends hovers nothing", async () => {
  const told = model(true);
  const life = new AbortController();
  const report = hoverReporter(told, life.signal);
  report({ ...initialLocal(), hovered_word: 3 });
  await pause(20);
  life.abort();
  report({ ...initialLocal(), hovered_word: 4 });
  await pause(INTERVAL + 20);
  assert.deepEqual(told.saved.at(-1), [null, null]);
});
