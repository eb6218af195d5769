import assert from "node:assert/strict";
import { test } from "node:test";
import { cellUnit, decimals, fixed, format, inUnit, percent, plusMinus, short } from "../src/numbers.js";

test("numbers", () => {
  assert.deepEqual([123.4, 12.34, 1.234, 0.1234, 0.01234, 0.00012, 0, -2].map(format), ["123", "12.3", "1.23", "0.12", "0.012", "0.0001", "0", "−2.00"]);
  assert.deepEqual([3700, 37, 2.52, 0.0123, 0].map(decimals), [0, 2, 2, 4, 2]);
  assert.equal(fixed(-0.001, 2), "0.00");
  assert.equal(fixed(-1.26, 1), "−1.3");
  assert.deepEqual([0.5, 1.04, 12.3, -0.004].map(short), [".50", "1.0", "12", "0"]);
  assert.deepEqual([0.123, 0.0123, -0.5].map(percent), ["12%", "1.2%", "−50%"]);
  assert.equal(inUnit({ unit: "bit" }, Math.log(2)), 1);
  assert.equal(inUnit({ unit: "bit", quantity: "attention" }, 0.5), 0.5);
  assert.equal(cellUnit({ unit: "bit", quantity: "attention" }), "share of attention");
  assert.equal(cellUnit({ unit: "bit", quantity: "cmi" }), "bits per latent cell");
});

test("an error never reads as none, whatever the decimals of what it is of", () => {
  const beside = [[0.12, 2], [0.004, 2], [0.0049, 2], [0.0051, 2], [0.4, 0], [0.00012, 6], [0, 2]];
  assert.deepEqual(beside.map(([error, digits]) => plusMinus(error, digits)), ["± 0.12", "± 0.004", "± 0.005", "± 0.01", "± 0.4", "± 0.000120", "± 0.00"]);
  assert.deepEqual([1.234, 0.00002, 0].map((error) => plusMinus(error)), ["± 1.23", "± 0.00002", "± 0"]);
  assert.deepEqual([1e-6, 9e-7, 1e-12].map((error) => plusMinus(error, 2)), ["± 0.000001", "± <0.000001", "± <0.000001"]);
});
