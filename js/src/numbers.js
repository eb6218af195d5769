/**
 * How numbers are written.
 */

/** Nats to a bit. */
export const LN2 = Math.log(2);

/** Nats in the unit on display. @param {{ unit: string }} shared @param {number} nats */
export function inUnit(shared, nats) {
  return shared.unit === "bit" ? nats / LN2 : nats;
}

/** "nats" or "bits". @param {{ unit: string }} shared */
export function unitName(shared) {
  return shared.unit === "bit" ? "bits" : "nats";
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
