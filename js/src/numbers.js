/**
 * How numbers are written.
 */

/** Nats to a bit. */
export const LN2 = Math.log(2);

/** @typedef {{ unit: string, quantity?: string }} Unit  of what is shown */

/** Whether a quantity is a share, 0 to 1, rather than information. @param {{ quantity?: string }} shared */
export function isShare({ quantity }) {
  return quantity === "attention";
}

/** Nats in the unit on display; shares stay as they are. @param {Unit} shared @param {number} value */
export function inUnit(shared, value) {
  return shared.unit === "bit" && !isShare(shared) ? value / LN2 : value;
}

/** "nats", "bits", or what a share is of. @param {Unit} shared */
export function unitName(shared) {
  if (isShare(shared)) return "share of attention";
  return shared.unit === "bit" ? "bits" : "nats";
}

/** The unit of a value at a cell. @param {Unit} shared */
export function cellUnit(shared) {
  return isShare(shared) ? unitName(shared) : `${unitName(shared)} per latent cell`;
}

/**
 * Three significant digits where they matter, never an exponent; a true minus sign.
 * @param {number} value
 */
export function format(value) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size >= 99.95) return sign + size.toFixed(0);
  if (size >= 9.995) return sign + size.toFixed(1);
  if (size >= 0.0995) return sign + size.toFixed(2);
  if (size >= 0.00995) return sign + size.toFixed(3);
  const digits = size.toFixed(4);
  return Number(digits) === 0 ? "0" : sign + digits;
}

/**
 * Decimals that show three significant digits of the largest of some values, so that their points align;
 * at least two below a thousand, so that small values and errors beside large ones are not lost.
 * @param {number} largest
 */
export function decimals(largest) {
  if (!(largest > 0)) return 2;
  const needed = 2 - Math.floor(Math.log10(largest * 1.0005));
  return Math.min(6, Math.max(largest < 1000 ? 2 : 0, needed));
}

/** @param {number} value @param {number} digits */
export function fixed(value, digits) {
  return value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−");
}

/** Decimals of the smallest error that is written out; the column of errors is as wide. */
const MOST = 6;

/**
 * An error, with the decimals of what it is of where they are given; with more where it would read as none.
 * @param {number} error @param {number} [digits]
 */
export function plusMinus(error, digits) {
  const text = digits === undefined ? format(error) : fixed(error, digits);
  if (!(error > 0) || Number(text) > 0) return `± ${text}`;
  const needed = -Math.floor(Math.log10(error));
  return needed > MOST ? `± <${(10 ** -MOST).toFixed(MOST)}` : `± ${error.toFixed(needed)}`;
}

/** At most three digits and a point, for the small figure under a bar. @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 9.95 ? 0 : size >= 0.995 ? 1 : 2);
  return Number(text) === 0 ? "0" : text.replace(/^(-?)0\./, "$1.").replace("-", "−");
}

/** A part as a percentage, with a digit more where it is small. @param {number} part */
export function percent(part) {
  const hundred = 100 * part;
  return `${Math.abs(hundred) >= 9.95 ? hundred.toFixed(0) : hundred.toFixed(1)}%`.replace("-", "−");
}

/** A log-SNR. @param {number} value */
export function level(value) {
  return value.toFixed(1).replace("-", "−");
}
