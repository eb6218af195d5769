/**
 * Numbers in few bits, finest near zero: value = end * s * |s|, s being the code as 0..1, or as -1..1 where
 * there are both signs. Python's codes.py writes them.
 */

/** What each code stands for. @param {number} bits @param {number} end @param {boolean} signed */
function levels(bits, end, signed) {
  const values = new Float32Array(1 << bits);
  const middle = (1 << (bits - 1)) - 1;
  for (let code = 0; code < values.length; code++) {
    const s = signed ? (code - middle) / middle : code / (values.length - 1);
    values[code] = end * s * Math.abs(s);
  }
  return values;
}

/** The bytes of so many codes. @param {number} count @param {number} [bits] */
export const packedSize = (count, bits = 12) => (bits === 8 ? count : count + Math.ceil(count / 2));

/**
 * What reads one value of so many: of 8 bits, a byte each; of 12, first all of their upper 8 bits, then the lower 4, two
 * to a byte.
 * @param {number} bits @param {Uint8Array} bytes @param {number} at @param {number} count @param {number} end @param {boolean} signed
 * @returns {(i: number) => number}
 */
export function reader(bits, bytes, at, count, end, signed) {
  const level = levels(bits, end, signed);
  const lower = at + count;
  if (bits === 8) return (i) => level[bytes[at + i]];
  return (i) => level[(bytes[at + i] << 4) | ((bytes[lower + (i >> 1)] >> ((i & 1) << 2)) & 15)];
}

/** All values of a map, of 12 bits. @param {Uint8Array} bytes @param {number} at @param {number} count @param {number} end @param {boolean} signed */
export function unpack(bytes, at, count, end, signed) {
  const read = reader(12, bytes, at, count, end, signed);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = read(i);
  return values;
}
