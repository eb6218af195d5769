/**
 * What the gallery knows: the choices, the page that came last, and what is being waited for.
 */
import { bytesOf } from "./decode.js";
import { pieces } from "./geometry.js";
import { format } from "./numbers.js";

/**
 * The traits of the Python class `Gallery` that the explorer does not have, one for one (a test compares the two).
 * @typedef {object} Traits
 * @property {Partial<Info>} _gallery
 * @property {string} search
 * @property {string} by
 * @property {typeof SORTS[number]} sort
 * @property {number | null} least
 * @property {number | null} chosen
 */

/** Those that the browser writes as well as reads. */
export const DISPLAY = /** @type {const} */ (["search", "by", "sort", "least", "chosen"]);

/** Milliseconds after which a kernel is taken for gone. */
export const WAIT = 15_000;

export const SORTS = /** @type {const} */ (["most", "least", "table"]);

/**
 * @typedef {object} Card  a picture on a page
 * @property {number} place  its row among the pictures
 * @property {string} prompt
 * @property {number} nats  what `words` say about it
 * @property {number | null} error
 * @property {[number, number][]} words  where they are in the prompt, in code points
 * @property {string[]} names  what they are called
 * @property {boolean} rough  whether draws were too few for it
 * @property {Blob} thumbnail
 */

/** @typedef {{ start: number, total: number, top: number, cards: Card[] }} Page */
/** @typedef {{ count: number, quantities: string[], suggestions: string[] }} Info */

/**
 * @typedef {object} Gallery
 * @property {string} search
 * @property {string} by
 * @property {typeof SORTS[number]} sort
 * @property {number | null} least
 * @property {number | null} chosen
 * @property {Info} info
 * @property {number} start  the first picture that is wanted
 * @property {number} count  how many fit on a page; 0 while nobody looks
 * @property {Page | null} page
 * @property {boolean} waiting
 * @property {number | null} opening
 * @property {string} problem
 */

/** @returns {Gallery} */
export function initialGallery() {
  return {
    search: "",
    by: "cmi",
    sort: "most",
    least: null,
    chosen: null,
    info: { count: 0, quantities: [], suggestions: [] },
    start: 0,
    count: 0,
    page: null,
    waiting: false,
    opening: null,
    problem: "",
  };
}

/**
 * Check a page as it came; the thumbnails are its buffers.
 * @param {any} content @param {unknown[]} buffers
 * @returns {Page}
 */
export function readPage(content, buffers) {
  const { start, total, top, cards } = content;
  if (!Array.isArray(cards) || cards.length !== buffers.length || !(total >= 0) || !(start >= 0)) {
    throw new Error("The page did not arrive whole. Turn it once more.");
  }
  return {
    start,
    total,
    top: Number(top),
    cards: cards.map((card, index) => ({
      place: Number(card.place),
      prompt: String(card.prompt),
      nats: Number(card.nats),
      error: typeof card.error === "number" ? card.error : null,
      words: card.words,
      names: Array.isArray(card.names) ? card.names.map(String) : [],
      rough: card.rough === true,
      thumbnail: new Blob([bytesOf(buffers[index])], { type: "image/jpeg" }),
    })),
  };
}

/**
 * A prompt cut at its words: texts, with whether each is one of the words.
 * @param {string} prompt @param {[number, number][]} words
 * @returns {{ text: string, word: boolean }[]}
 */
export function cut(prompt, words) {
  const { line } = pieces(prompt, words.map(([start, stop]) => ({ text: "", start, stop })));
  return line.map(({ text, word }) => ({ text, word: word !== null }));
}

/**
 * Where the focus goes from a card, for a key: a card of this page, or a step of pages.
 * @param {string} key @param {number} index @param {number} cards @param {number} columns
 * @returns {{ index: number, pages: number } | null}
 */
export function step(key, index, cards, columns) {
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (key === "Home") return { index: 0, pages: 0 };
  if (key === "End") return { index: cards - 1, pages: 0 };
  if (key === "PageUp") return { index, pages: -1 };
  if (key === "PageDown") return { index, pages: 1 };
  if (!(key in moves)) return null;
  const next = index + moves[/** @type {keyof typeof moves} */ (key)];
  if (next < 0) return { index: Infinity, pages: -1 };
  if (next >= cards) return { index: 0, pages: 1 };
  return { index: next, pages: 0 };
}

/**
 * Why no picture is shown.
 * @param {number} count  pictures of the batch @param {string} search @param {number | null} least
 */
export function emptyText(count, search, least) {
  if (count === 0) return "This batch has no finished picture; errors.parquet says why.";
  const words = search.trim().split(/\s+/).filter(Boolean).map((word) => `“${word}”`).join(" and ");
  const nats = least === null ? "" : `at least ${format(least)} nats`;
  if (!words) return `No word of any prompt says ${nats || "anything"}.`;
  return `No prompt has ${words}${nats && ` with ${nats}`}.`;
}
