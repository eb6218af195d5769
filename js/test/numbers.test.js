import assert from "node:assert/strict";
import { test } from "node:test";
import { cellUnit, decimals, fixed, format, inUnit, percent, sayWithError, short, withError } from "../src/numbers.js";

test("numbers", () => {
  assert.deepEqual([123.4, 12.34, 1.234, 0.1234, 0.01234, 0.00012, 0, -2].map(format), ["123", "12.3", "1.23", "0.12", "0.012", "0.00012", "0", "−2.00"]);
  assert.deepEqual([0.004321, 0.0000251, -3.4e-8].map(format), ["0.0043", "0.000025", "−3e-8"], "only 0 is written as 0");
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

test("a value ends where its error ends, as Python writes it", () => {
  // The cases of tests/test_numbers.py, and those that were once rounded coarser than their error.
  /** @type {[number, number, string][]} */
  const cases = [
    [1.0243, 0.0789, "1.02 ± 0.079"],
    [4.1, 0.32, "4.10 ± 0.32"],
    [0.1602, 0.162, "0.16 ± 0.16"],
    [23.44, 12.1, "23 ± 12"],
    [123.4, 0.23, "123.4 ± 0.23"],
    [2, 0.0004, "2.0000 ± 0.00040"],
    [-0.00002, 0.5, "0.00 ± 0.50"],
    [0, 0.5, "0.0 ± 0.50"],
    [1234.6, 230.4, "1235 ± 230"],
    [0.0076, 0.0006, "0.00760 ± 0.00060"],
    [0.39963, 0.0312, "0.400 ± 0.031"],
    [11.123, 1.74, "11.1 ± 1.7"],
    [-3.1416, 0.0995, "−3.14 ± 0.10"],
  ];
  for (const [value, error, text] of cases) assert.equal(withError(value, error).join(" "), text);
});

test("an error never reads as none", () => {
  assert.deepEqual([1e-6, 9e-7, 1e-12].map((error) => withError(2, error)[1]), ["± 0.0000010", "± <0.000001", "± <0.000001"]);
  assert.deepEqual(withError(1.163e-5, 5.1e-7), ["0.0000116", "± <0.000001"]);
  assert.deepEqual(withError(-1.81e-6, 3.4e-7), ["−0.0000018", "± <0.000001"]);
  assert.deepEqual(withError(0, 3.4e-7), ["0", "± <0.000001"]);
  assert.deepEqual(withError(2, 0), ["2.00", "± 0"]);
  assert.deepEqual(withError(2, NaN), ["2.00", "± ?"]);
  assert.equal(sayWithError({ unit: "bit" }, Math.log(2), Math.log(2) / 10), "1.00 ± 0.10");
  assert.equal(sayWithError({ unit: "nat" }, 0.4, null), "0.40");
});
