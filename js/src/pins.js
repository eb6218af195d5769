/**
 * Pinned words, each with a colour that it keeps until it is let go.
 */

/**
 * Colours of Okabe and Ito, which readers with any colour vision can tell apart; the same as colour.PINS in
 * Python. As many words can be pinned.
 */
export const PALETTE = /** @type {const} */ (["#e69f00", "#56b4e9", "#cc79a7", "#009e73", "#f0e442", "#d55e00"]);

/** @typedef {{ pinned_words: number[], pin_colours: number[] }} Pins */

/** The places in the palette, mended where Python gave words only. @param {Pins} pins */
export function coloursOf({ pinned_words: words, pin_colours: colours }) {
  const right = (/** @type {number} */ c) => Number.isInteger(c) && c >= 0 && c < PALETTE.length;
  const whole = colours.length === words.length && new Set(colours).size === words.length && colours.every(right);
  return whole ? colours : words.map((_, i) => i % PALETTE.length);
}

/** The colour of a pinned word, or null. @param {Pins} pins @param {number} word */
export function colourOf(pins, word) {
  const at = pins.pinned_words.indexOf(word);
  return at < 0 ? null : PALETTE[coloursOf(pins)[at]];
}

/** Pin a word or let it go; beyond the palette the oldest pin makes room. @param {Pins} pins @param {number} word @returns {Pins} */
export function togglePin(pins, word) {
  const colours = coloursOf(pins);
  let kept = pins.pinned_words.map((w, i) => ({ w, c: colours[i] }));
  if (kept.some(({ w }) => w === word)) kept = kept.filter(({ w }) => w !== word);
  else {
    kept = kept.slice(-(PALETTE.length - 1));
    const free = PALETTE.findIndex((_, c) => kept.every((pin) => pin.c !== c));
    kept.push({ w: word, c: free });
  }
  return { pinned_words: kept.map(({ w }) => w), pin_colours: kept.map(({ c }) => c) };
}

/** @param {string} hex @returns {[number, number, number]} */
export function rgb(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
