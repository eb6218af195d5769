/**
 * Numbers in few bits, finest near zero: value = end * s * |s|, s being the code as 0..1, or as -1..1 where
 * there are both signs. Python's codes.py writes them.
 */

/** What each code stands for. @param {number} bits @param {number} end @param {boolean} signed */
export function levels(bits, end, signed) {
  const values = new Float32Array(1 << bits);
  const middle = (1 << (bits - 1)) - 1;
  for (let code = 0; code < values.length; code++) {
    const s = signed ? (code - middle) / middle : code / (values.length - 1);
    values[code] = end * s * Math.abs(s);
  }
  return values;
}

/** The bytes of so many packed codes. @param {number} count */
export const packedSize = (count) => count + Math.ceil(count / 2);

/**
 * Codes of 12 bits: first all of their upper 8 bits, then the lower 4, two to a byte.
 * @param {Uint8Array} bytes @param {number} at @param {number} count @param {number} end @param {boolean} signed
 */
export function unpack(bytes, at, count, end, signed) {
  const values = new Float32Array(count);
  const level = levels(12, end, signed);
  const lower = at + count;
  for (let i = 0; i < count; i++) values[i] = level[(bytes[at + i] << 4) | ((bytes[lower + (i >> 1)] >> ((i & 1) << 2)) & 15)];
  return values;
}
