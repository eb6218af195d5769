import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { between, cellUnit, figuresOf, fixed, format, inUnit, levelRange, percent, sayWithError, short, withError } from "../src/numbers.js";

/** What both sides must write alike. @type {{ number: [number | null, string][], with_error: [number, number | null, string][], between: [number | null, number | null, string][] }} */
const both = JSON.parse(readFileSync(new URL("../../tests/numbers.json", import.meta.url), "utf8"));
const here = (/** @type {string} */ text) => text.replace(/^(>?)-/, "$1−");

test("numbers are written as Python writes them", () => {
  for (const [value, text] of both.number) assert.equal(format(value ?? NaN), here(text));
});

test("bounds are written as Python writes them", () => {
  for (const [low, high, text] of both.between) assert.equal(between(low ?? NaN, high ?? NaN), text.replaceAll("-", "−").replace("e−", "e-"));
});

test("figures, shares and units", () => {
  assert.equal(fixed(-0.001, 2), "0.00");
  assert.equal(fixed(-1.26, 1), "−1.3");
  assert.deepEqual([0.5, 1.04, 12.3, -0.05].map(short), [".50", "1.0", "12", "−.05"]);
  assert.deepEqual([0.002, 1e-12, -0.004, 0, -0].map(short), ["<.01", "<.01", "−.00", "0", "0"], "only 0 reads as 0");
  assert.deepEqual([0.123, 0.0123, -0.5].map(percent), ["12%", "1.2%", "−50%"]);
  assert.equal(inUnit({ unit: "bit" }, Math.log(2)), 1);
  assert.equal(inUnit({ unit: "bit", quantity: "attention" }, 0.5), 0.5);
  assert.equal(cellUnit({ unit: "bit", quantity: "attention" }), "share of attention");
  assert.equal(cellUnit({ unit: "bit", quantity: "cmi" }), "bits per latent cell");
});

test("a value ends where its error ends, as Python writes it", () => {
  for (const [value, error, text] of both.with_error) assert.equal(withError(value, error ?? NaN).join(" "), here(text));
});

test("what has no error has three digits, as in figures, and what has one ends with it", () => {
  const nats = { unit: "nat" };
  assert.deepEqual([0.024, 0.0232, 0.00694, -0.244].map((value) => figuresOf(nats, value, null)[0]), ["0.0240", "0.0232", "0.00694", "−0.244"]);
  assert.deepEqual(figuresOf(nats, 0.244, 0.031), ["0.244", "± 0.031"]);
  assert.deepEqual(figuresOf(nats, 0.244, 0.31), ["0.24", "± 0.31"]);
  assert.deepEqual(figuresOf({ unit: "bit" }, Math.log(2), NaN), ["1.00", "± ?"]);
});

test("a value near 0 is said to be so without an exponent, in as many letters as its column holds", () => {
  const nats = { unit: "nat" };
  const says = (/** @type {number} */ value, /** @type {number | null} */ error) => sayWithError(nats, value, error);
  assert.deepEqual([9.4e-7, -3.4e-8, 9.996e-7, 0].map((value) => says(value, null)), ["<0.000001", ">−0.000001", "0.00000100", "0"]);
  assert.deepEqual([says(3e-8, 1e-9), says(-3e-9, NaN)], ["<0.000001 ± <0.000001", ">−0.000001"]);
  assert.deepEqual(withError(2e-9, NaN), ["<0.000001", "± ?"], "and does not read as 0");
  assert.equal(says(1e-9, 0.5), "0.00 ± 0.50", "its error tells");
  assert.equal(format(3e-9), "3e-09", "the end of a scale is exact");
});

test("an error never reads as none", () => {
  assert.deepEqual([1e-6, 9e-7, 1e-12].map((error) => withError(2, error)[1]), ["± 0.0000010", "± <0.000001", "± <0.000001"]);
  assert.deepEqual(withError(1.163e-5, 5.1e-7), ["0.0000116", "± <0.000001"]);
  assert.deepEqual(withError(-1.81e-6, 3.4e-7), ["−0.0000018", "± <0.000001"]);
  assert.deepEqual(withError(0, 3.4e-7), ["0", "± <0.000001"]);
  assert.deepEqual(withError(2, 0), ["2.00", "± 0"]);
  assert.deepEqual(withError(2, NaN), ["2.00", "± ?"]);
  assert.equal(sayWithError({ unit: "bit" }, Math.log(2), Math.log(2) / 10), "1.00 ± 0.10");
  assert.equal(sayWithError({ unit: "nat" }, 0.4, null), "0.400");
});

test("a range of noise levels is written in one way", () => {
  assert.equal(levelRange(-5.36, 7.1), "−5.4 to 7.1");
});
