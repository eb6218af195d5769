import assert from "node:assert/strict";
import { test } from "node:test";

import { lineTo } from "../src/adapter.js";
import { fileAsker } from "../src/files.js";
import { createModel } from "../src/host.js";

/** @param {(request: any, answer: (content: object, buffers?: DataView[]) => void) => void} python */
function asking(python, patience = 1000) {
  const life = new AbortController();
  /** @type {any} */
  const model = createModel({}, (content) => python(content, (answer, buffers) => model.receive(answer, buffers)));
  return { ask: fileAsker(lineTo(model, () => {}), life.signal, patience), life, model };
}

test("the bytes of the answer become the file", async () => {
  const { ask } = asking(({ request, format }, answer) => {
    answer({ kind: "file", format, request: request + 1 }, [new DataView(new ArrayBuffer(3))]);
    answer({ kind: "file", format, request }, [new DataView(Uint8Array.of(37, 80, 68, 70).buffer)]);
  });
  const blob = await ask("pdf", [0, 0, 1]);
  assert.equal(blob.type, "application/pdf");
  assert.equal(await blob.text(), "%PDF");
});

test("Python is told which part of the picture is seen", async () => {
  const { ask } = asking(({ request, view }, answer) => answer({ kind: "file", request, problem: view.join() }));
  await assert.rejects(ask("pdf", [0.25, 0.5, 0.125]), /0.25,0.5,0.125/);
});

test("what went wrong in Python is told", async () => {
  const { ask } = asking(({ request }, answer) => answer({ kind: "file", request, problem: "ValueError: no" }));
  await assert.rejects(ask("pdf", [0, 0, 1]), /ValueError: no/);
});

test("a kernel that is gone is not waited for without end", async () => {
  const { ask } = asking(() => {}, 20);
  await assert.rejects(ask("pdf", [0, 0, 1]), /does not answer/);
});

test("where it cannot be asked, the kernel is gone, and nothing is waited for", async () => {
  const { ask } = asking(() => {
    throw new Error("Cannot send");
  });
  await assert.rejects(ask("pdf", [0, 0, 1]), /kernel that this came from is gone: run its cell again/);
});
