import assert from "node:assert/strict";
import { test } from "node:test";
import { GONE, lineTo, linkTraits, readTogether } from "../src/adapter.js";
import { createModel } from "../src/host.js";
import { failure } from "../src/problems.js";
import { createStore } from "../src/state.js";

test("what arrives together is read once, with both there; nothing is read any more once it is over", async () => {
  const model = createModel({ a: 0, b: 0 });
  const over = new AbortController();
  /** @type {[number, number][]} */
  const seen = [];
  readTogether(model, ["a", "b"], () => seen.push([model.get("a"), model.get("b")]), over.signal);
  model.set("a", 1);
  model.set("b", 2);
  await Promise.resolve();
  assert.deepEqual(seen, [[1, 2]]);
  model.set("b", 3);
  await Promise.resolve();
  model.set("b", 4);
  over.abort();
  await Promise.resolve();
  assert.deepEqual(seen, [[1, 2], [1, 3]]);
});

test("traits and store are kept equal until it is over", () => {
  const model = createModel({ unit: "bit" });
  const store = createStore({ unit: "nat" });
  const over = new AbortController();
  linkTraits(model, store, ["unit"], over.signal);
  assert.equal(store.get().unit, "bit");
  store.set({ unit: "nat" });
  assert.equal(model.get("unit"), "nat");
  over.abort();
  store.set({ unit: "bit" });
  assert.equal(model.get("unit"), "nat");
});

test("a failure is told to the reader and to the console", (t) => {
  const console = t.mock.method(globalThis.console, "error", () => {});
  /** @type {string[]} */
  const told = [];
  const fail = failure((message) => told.push(message));
  fail(new Error("no paint"));
  fail("text");
  assert.deepEqual(told, ["The viewer failed: no paint", "The viewer failed: text"]);
  assert.equal(console.mock.callCount(), 2);
});

test("where the kernel is gone, that is told of what is asked, and choices are made here all the same", () => {
  const cannot = () => {
    throw new Error("Cannot send");
  };
  const model = { ...createModel({ unit: "nat" }, cannot), save_changes: cannot };
  /** @type {string[]} */
  const told = [];
  const line = lineTo(model, (problem) => told.push(problem));
  const store = createStore({ unit: "bit" });
  linkTraits(line, store, ["unit"], new AbortController().signal);
  store.set({ unit: "bit" });
  assert.equal(model.get("unit"), "bit");
  assert.deepEqual(told, []);
  assert.equal(line.send({ kind: "cancel" }), false);
  assert.deepEqual(told, [GONE]);
  assert.equal(lineTo(createModel({}, () => {}), (problem) => told.push(problem)).send({}), true);
  assert.equal(told.length, 1);
});
