/**
 * How numbers are written.
 */

/** Nats to a bit. */
const LN2 = Math.log(2);

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
 * A number by the rule of `number` in numbers.py: three significant digits, an exponent where zeros would fill the
 * line, so that only 0 is written as "0"; here with a true minus sign. For ends of scales and of intervals, which
 * have to be exact however small; values of words are written by `figuresOf`.
 * @param {number} value
 */
export function format(value) {
  if (Number.isNaN(value)) return "?";
  if (value === 0) return "0";
  const exponent = () => value.toExponential(0).replace(/e-(\d)$/, "e-0$1"); // as Python has it
  return (power(value, 3) >= SMALLEST ? value.toFixed(places(value, 3)) : exponent()).replace(/^-/, "−");
}

/** @param {number} value @param {number} digits */
export function fixed(value, digits) {
  return value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−");
}

/** The power of ten below which an exponent takes the place of zeros, and an error is only said to be smaller: so many decimals fit into its column. */
const SMALLEST = -6;

/** The power of ten of the first digit, once rounded to so many. @param {number} value @param {number} digits */
function power(value, digits) {
  return Number(value.toExponential(digits - 1).split("e")[1]);
}

/** @param {number} value @param {number} digits */
function places(value, digits) {
  return Math.max(0, digits - 1 - power(value, digits));
}

/** That a value is nearer to 0 than any that is written in digits: nobody has to read an exponent. @param {number} value */
function nearZero(value) {
  const end = (10 ** SMALLEST).toFixed(-SMALLEST);
  return value < 0 ? `>−${end}` : `<${end}`;
}

/** Three significant digits of a value, of a small one as many as fit into its column. @param {number} value */
function plain(value) {
  if (value && power(value, 3) < SMALLEST) return nearZero(value);
  return value ? fixed(value, Math.min(places(value, 3), 1 - SMALLEST)) : "0";
}

/** The same without a column to fit into. @param {number} value */
function alone(value) {
  return value && power(value, 3) < SMALLEST ? nearZero(value) : format(value);
}

/**
 * A value and its standard error, by the rule of `with_error` in numbers.py: of the error two significant digits
 * whatever its size; of the value three, but it ends between the first and the second digit of its error.
 * @param {number} value @param {number} error @returns {[string, string]}  "0.400", "± 0.031"
 */
export function withError(value, error) {
  if (!Number.isFinite(error)) return [plain(value), "± ?"];
  if (!(error > 0)) return [plain(value), "± 0"];
  if (power(error, 2) < SMALLEST) return [plain(value), `± ${nearZero(error)}`];
  const [least, most] = [places(error, 1), places(error, 2)];
  const digits = value ? Math.min(Math.max(places(value, 3), least), most) : least;
  return [fixed(value, digits), `± ${error.toFixed(most)}`];
}

/**
 * Nats and their error, "" where it is not known, in the unit on display: by this one rule wherever a value is read.
 * @param {Unit} shared @param {number} nats @param {number | null} error @returns {[string, string]}
 */
export function figuresOf(shared, nats, error) {
  const value = inUnit(shared, nats);
  return error === null ? [alone(value), ""] : withError(value, inUnit(shared, error));
}

/** The same in one text. @param {Unit} shared @param {number} nats @param {number | null} error */
export function sayWithError(shared, nats, error) {
  return figuresOf(shared, nats, error || null).filter(Boolean).join(" ");
}

/**
 * The bounds of an interval, by the rule of `between` in numbers.py: two significant digits of each and of its width.
 * @param {number} low @param {number} high
 */
export function between(low, high) {
  const width = high - low;
  const shown = (/** @type {number} */ value) => value !== 0 && Number.isFinite(value) && power(value, 2) >= SMALLEST;
  const least = shown(width) ? places(width, 2) : 0;
  /** @param {number} bound */
  const said = (bound) => (shown(bound) ? fixed(bound, Math.max(least, places(bound, 2))) : format(bound));
  return `${said(low)} to ${said(high)}`;
}

/** At most three digits and a point, for the small figure under a bar, where only 0 reads as "0". @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 9.95 ? 0 : size >= 0.995 ? 1 : 2);
  if (value > 0 && Number(text) === 0) return "<.01";
  // A sign and no digits: ">−.01" is wider than there is room for between short words.
  return value === 0 ? "0" : text.replace(/^(-?)0\./, "$1.").replace("-", "−");
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

/** A range of log-SNR. @param {number} low @param {number} high */
export function levelRange(low, high) {
  return `${level(low)} to ${level(high)}`;
}
