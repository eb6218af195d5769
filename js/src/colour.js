/**
 * Colour scales as look-up tables; the same numbers as infodiff_widgets/colour.py.
 */
import { TABLES } from "./tables.js";

const SIGNED_SCALE = "managua_r";
/** How dark the picture gets where a word says nothing, as a part of its own luminance. */
export const DIM = 0.29;
export const LUMINANCE = /** @type {const} */ ([0.2126, 0.7152, 0.0722]);

/**
 * A look: 256 strengths, and 256 colours unless the picture itself is what lights up.
 * @typedef {{ strength: Float32Array, colours: Uint8Array | null, signed: boolean }} Look
 */

/** How strongly a value t in [0, 1] is laid over the picture. @param {number} t */
export function ramp(t) {
  return t * (2 - t);
}

/** @param {string} name */
export function table(name) {
  const digits = TABLES[/** @type {keyof typeof TABLES} */ (name)] ?? TABLES.inferno;
  const colours = new Uint8Array(768);
  for (let i = 0; i < 768; i++) colours[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return colours;
}

/** @param {string} colour @param {boolean} signed @returns {Look} */
export function look(colour, signed) {
  const strength = new Float32Array(256);
  for (let i = 0; i < 256; i++) strength[i] = ramp(signed ? Math.abs((i / 255) * 2 - 1) : i / 255);
  const lit = colour === "light" && !signed;
  return { strength, colours: lit ? null : table(signed ? SIGNED_SCALE : colour), signed };
}
