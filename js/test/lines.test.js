import assert from "node:assert/strict";
import { test } from "node:test";
import { promptLines, wrapped } from "../src/lines.js";
import { isRightToLeft } from "../src/words.js";

const measure = (/** @type {string} */ text) => Array.from(text).length;
/** @param {string} prompt @param {string[]} asked @param {number} width */
function linesOf(prompt, asked, width) {
  const words = asked.map((text) => ({ text, start: prompt.indexOf(text), stop: prompt.indexOf(text) + text.length }));
  return promptLines({ prompt, words }, width, measure);
}
const said = (/** @type {{ text: string }[][]} */ lines) => lines.map((line) => line.map(({ text }) => text).join(""));

test("a saved sentence is broken at spaces, also between the words that were asked about", () => {
  const prompt = "a red circle, in the style of a photograph, at dawn";
  const lines = linesOf(prompt, ["red", "circle", "dawn"], 14);
  assert.deepEqual(said(lines), ["a red circle, ", "in the style ", "of a ", "photograph, at ", "dawn"]);
  assert.equal(said(lines).join(""), prompt);
  assert.deepEqual(lines.flat().filter(({ word }) => word !== null).map(({ text, word, x }) => [text, word, x]), [["red", 0, 2], ["circle", 1, 6], ["dawn", 2, 0]]);
  for (const { text, x, width } of lines.flat()) assert.ok(x + width <= 14 || text === " ", text);
});

test("what is wider than a line is broken between its letters, and stays one word", () => {
  const lines = linesOf("a Donaudampfschiff, on sand", ["Donaudampfschiff", "sand"], 6);
  assert.deepEqual(said(lines), ["a ", "Donaud", "ampfsc", "hiff, ", "on ", "sand"]);
  assert.deepEqual(lines.flat().filter(({ word }) => word === 0).map(({ text }) => text), ["Donaud", "ampfsc", "hiff"]);
  assert.deepEqual(said(linesOf("a blue square here", ["blue square"], 12)), ["a ", "blue square ", "here"]);
  assert.deepEqual(said(linesOf("a blue square here", ["blue square"], 8)), ["a blue ", "square ", "here"]);
});

test("the first letter tells which way a prompt is read", () => {
  assert.deepEqual(["a قطة", "12 قطة a", "«חתול»", "", "猫"].map(isRightToLeft), [false, true, true, false, false]);
});

test("lines are no wider than they may be", () => {
  assert.deepEqual(wrapped("one two three", 7, measure), ["one two", "three"]);
  assert.deepEqual(wrapped("a somewhat long", 4, measure), ["a", "some", "what", "long"]);
  assert.deepEqual(wrapped("one two · three", 8, measure), ["one", "two ·", "three"]);
  assert.deepEqual(wrapped("one 2 ± 1 two", 7, measure), ["one 2", "± 1 two"]);
  assert.deepEqual(wrapped("", 4, measure), [""]);
});

test("a prompt that is read from the right begins there", () => {
  const [line] = linesOf("חתול שחור", ["שחור"], 12);
  assert.deepEqual(line.map(({ x, width }) => x + width), [12, 8, 7]);
});
