import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../src/decode.js";
import { createModel } from "../src/host.js";
import { createStore } from "../src/state.js";
import { fileName } from "../src/saved-file.js";
import { footerText } from "../src/status.js";
import { initialShared } from "../src/state.js";
import { payload } from "./fixture.js";

test("listeners hear of what differs, and stop when asked", () => {
  const store = createStore({ a: 1, cell: /** @type {number[] | null} */ ([1, 2]) });
  /** @type {string[][]} */
  const heard = [];
  const off = store.subscribe((changed) => heard.push([...changed]));
  store.set({ a: 1, cell: [1, 2] });
  store.set({ a: 2 });
  store.set({ cell: null });
  off();
  store.set({ a: 3 });
  assert.deepEqual(heard, [["a"], ["cell"]]);
});

test("the model without a kernel tells of changes and takes messages", () => {
  /** @type {unknown[]} */
  const sent = [];
  const model = createModel({ unit: "nat" }, (content) => sent.push(content));
  let changes = 0;
  const count = () => changes++;
  model.on("change:unit", count);
  model.set("unit", "nat");
  model.set("unit", "bit");
  model.off("change:unit", count);
  model.set("unit", "nat");
  model.send({ kind: "cancel" });
  assert.equal(changes, 1);
  assert.deepEqual(sent, [{ kind: "cancel" }]);
});

test("file names are made of the words of the prompt", () => {
  assert.equal(fileName("A red/../circle <script>", "png"), "a-red-circle-script.png");
  assert.equal(fileName("🐱", "svg"), "picture.svg");
  assert.equal(fileName("a yellow sun above a red heart on ice", "png", ["red → blue"]), "a-yellow-sun-above-a-red-heart-on-ice--red-blue.png");
  assert.match(fileName("word ".repeat(40), "png", ["sun"]), /^(word-)+word--sun\.png$/);
});

test("progress says how far and how long", () => {
  const shared = initialShared();
  /** @param {object} progress */
  const say = (progress) => footerText({ ...shared, progress: { ...shared.progress, state: "running", planned: 64, ...progress } });
  assert.equal(say({ message: "calibrating" }), "calibrating");
  assert.equal(say({ done: 8, seconds_left: 12.4 }), "8 of 64 noise draws · 12 s left");
  assert.equal(say({ done: 8, seconds_left: 600 }), "8 of 64 noise draws · 10 min left");
  const { header, bytes } = payload();
  /** @param {object} more */
  const ended = (more) => footerText({ ...shared, result: decode({ ...header, ...more }, bytes) });
  assert.equal(ended({}), "8 of 64 noise draws, stopped early · log-SNR −5.4 to 7.1");
  assert.equal(ended({ complete: true }), "8 noise draws · log-SNR −5.4 to 7.1");
});
