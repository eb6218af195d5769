/**
 * Between points of the picture and latent cells. Pure functions.
 */

/** @typedef {import("./state.js").Cell} Cell */

/** @param {number} value @param {number} low @param {number} high */
export function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

/**
 * The cell under a point given in fractions of the picture (0 to 1), or null outside.
 * @param {number} x @param {number} y @param {[number, number]} grid @returns {Cell | null}
 */
export function cellAt(x, y, [height, width]) {
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1) || height < 1 || width < 1) return null;
  return [Math.min(height - 1, Math.floor(y * height)), Math.min(width - 1, Math.floor(x * width))];
}

/** A cell, or a pixel, by the names and the numbers that Python has for it. @param {Cell} cell */
export function cellName([y, x]) {
  return `y ${y}, x ${x}`;
}

/**
 * A step of the keyboard cursor; it starts in the middle and stays inside.
 * @param {Cell | null} cell @param {string} key @param {number} step @param {[number, number]} grid
 * @returns {Cell | null} null for a key that moves nothing
 */
export function moveCell(cell, key, step, [height, width]) {
  /** @type {Record<string, [number, number]>} */
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const move = moves[key];
  if (!move) return null;
  if (!cell) return [Math.floor(height / 2), Math.floor(width / 2)];
  return [clamp(cell[0] + step * move[0], 0, height - 1), clamp(cell[1] + step * move[1], 0, width - 1)];
}

/**
 * The prompt as pieces in order: text between words, and words. Words that overlap an earlier one come last.
 * @typedef {{ text: string, word: number | null }} Piece
 * @param {string} prompt @param {import("./model.js").Word[]} words
 * @returns {{ line: Piece[], extra: Piece[] }}
 */
export function pieces(prompt, words) {
  const points = Array.from(prompt); // Python counts code points, JavaScript UTF-16 units
  const order = words.map((_, i) => i).sort((a, b) => words[a].start - words[b].start || words[b].stop - words[a].stop);
  /** @type {Piece[]} */
  const line = [];
  /** @type {Piece[]} */
  const extra = [];
  let at = 0;
  for (const i of order) {
    const { text, start, stop } = words[i];
    if (start < at) {
      extra.push({ text, word: i });
      continue;
    }
    if (start > at) line.push({ text: points.slice(at, start).join(""), word: null });
    line.push({ text: points.slice(start, stop).join(""), word: i });
    at = stop;
  }
  if (at < points.length) line.push({ text: points.slice(at).join(""), word: null });
  return { line, extra };
}
