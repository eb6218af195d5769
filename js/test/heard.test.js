import assert from "node:assert/strict";
import { test } from "node:test";
import { GONE, lineTo } from "../src/adapter.js";
import { SILENT, confirmed } from "../src/heard.js";
import { createModel } from "../src/host.js";

test("of a kernel that does not answer the reader is told, until it does", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {unknown[]} */
  const sent = [];
  /** @type {string[]} */
  const told = [];
  const model = createModel({}, (content) => sent.push(content));
  const life = new AbortController();
  const ask = confirmed(lineTo(model, (problem) => told.push(problem)), (problem) => told.push(problem), life.signal);
  assert.equal(ask({ kind: "more" }), true);
  mock.timers.tick(2000);
  model.receive({ kind: "heard" });
  mock.timers.tick(5000);
  assert.deepEqual([sent, told], [[{ kind: "more" }], []]);
  ask({ kind: "more" });
  mock.timers.tick(3000);
  assert.deepEqual(told, [SILENT]);
  model.receive({ kind: "file" });
  assert.deepEqual(told, [SILENT], "no answer to this");
  model.receive({ kind: "heard" });
  model.receive({ kind: "heard" });
  assert.deepEqual(told, [SILENT, ""]);
  ask({ kind: "more" });
  life.abort();
  mock.timers.tick(5000);
  assert.equal(told.length, 2, "a view that is gone says nothing");
});

test("of what could not even be sent it is said once, and nothing is waited for", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {string[]} */
  const told = [];
  const tell = (/** @type {string} */ problem) => void told.push(problem);
  const model = createModel({}, () => {
    throw new Error("Cannot send");
  });
  assert.equal(confirmed(lineTo(model, tell), tell, new AbortController().signal)({ kind: "cancel" }), false);
  mock.timers.tick(5000);
  assert.deepEqual(told, [GONE]);
});

test("a view that is gone takes its complaint with it, where it is told", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {string[]} */
  const told = [];
  const tell = (/** @type {string} */ problem) => void told.push(problem);
  const life = new AbortController();
  confirmed(lineTo(createModel({}, () => {}), tell), tell, life.signal)({ kind: "more" });
  mock.timers.tick(3000);
  life.abort();
  assert.deepEqual(told, [SILENT, ""]);
});
