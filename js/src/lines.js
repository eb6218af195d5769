/**
 * Text broken into lines, for the saved picture: its prompt, piece by piece, and its small print. Pure functions.
 */
import { pieces } from "./geometry.js";
import { isRightToLeft } from "./words.js";

/** @typedef {{ text: string, word: number | null, x: number, width: number }} Placed */

/**
 * The prompt in lines, from the right where it is read so.
 * @param {Pick<import("./model.js").Header, "prompt" | "words">} header @param {number} width @param {(text: string) => number} measure
 * @returns {Placed[][]}
 */
export function promptLines({ prompt, words }, width, measure) {
  const lines = sentenceLines(pieces(prompt, words).line, width, measure);
  if (!isRightToLeft(prompt)) return lines;
  return lines.map((line) => line.map((one) => ({ ...one, x: width - one.x - one.width })));
}

/**
 * The prompt in lines that are no wider than so much: broken at spaces, which may hang over the end, and what is wider by
 * itself between letters. What stands beside a word without a space, as a comma does, stays with it.
 * @param {import("./geometry.js").Piece[]} prompt @param {number} width @param {(text: string) => number} measure
 * @returns {Placed[][]}
 */
function sentenceLines(prompt, width, measure) {
  /** @type {Placed[][]} */
  const lines = [[]];
  let x = 0;
  const turn = () => {
    lines.push([]);
    x = 0;
  };
  /** @param {string} text @param {number | null} word */
  function place(text, word) {
    const wide = measure(text);
    lines[lines.length - 1].push({ text, word, x, width: wide });
    x += wide;
  }
  for (const run of runsOf(prompt, width, measure)) {
    const blank = run[0].text.trim() === "";
    const wide = run.reduce((sum, { text }) => sum + measure(text), 0);
    if (!blank && x > 0 && x + wide > width) turn();
    for (const { text, word } of run) {
      if (blank || x + measure(text) <= width) {
        place(text, word);
        continue;
      }
      let part = "";
      for (const letter of text) {
        if ((part || x > 0) && x + measure(part + letter) > width) {
          if (part) place(part, word);
          turn();
          part = "";
        }
        part += letter;
      }
      place(part, word);
    }
  }
  return lines;
}

/**
 * What is not parted where a line ends, and the spaces between. A word of several is one, unless it is too wide.
 * @param {import("./geometry.js").Piece[]} prompt @param {number} width @param {(text: string) => number} measure
 */
function runsOf(prompt, width, measure) {
  /** @type {import("./geometry.js").Piece[][]} */
  const runs = [];
  let open = false;
  for (const { text: whole, word } of prompt) {
    const parts = word !== null && measure(whole) <= width ? [whole] : (whole.match(/\s+|\S+/g) ?? []);
    for (const text of parts) {
      const blank = text.trim() === "";
      if (open && !blank) runs[runs.length - 1].push({ text, word });
      else runs.push([{ text, word }]);
      open = !blank;
    }
  }
  return runs;
}

/**
 * Text in lines that are no wider than so much, none of which begins with a point or ends with "±"; a word that is
 * wider by itself is broken.
 * @param {string} text @param {number} width @param {(text: string) => number} measure @returns {string[]}
 */
export function wrapped(text, width, measure) {
  const lines = [""];
  for (const word of text.split(/(?<!±) (?!·)/)) {
    const last = lines[lines.length - 1];
    const longer = last ? `${last} ${word}` : word;
    if (measure(longer) <= width) {
      lines[lines.length - 1] = longer;
      continue;
    }
    if (last) lines.push("");
    for (const letter of word) {
      const end = lines[lines.length - 1];
      if (end && measure(end + letter) > width) lines.push(letter);
      else lines[lines.length - 1] = end + letter;
    }
  }
  return lines;
}
