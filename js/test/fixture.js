/** A small payload, made as Python makes it. */
import { packedSize } from "../src/codes.js";

/** Write a map in 12 bits a cell, as codes.py does. @param {Uint8Array} bytes @param {number} at @param {number[]} values */
export function pack(bytes, at, values) {
  const end = Math.max(...values.map(Math.abs));
  const signed = values.some((value) => value < 0);
  values.forEach((value, i) => {
    const root = end ? Math.sign(value) * Math.sqrt(Math.abs(value) / end) : 0;
    const code = Math.round(signed ? 2047 + 2047 * root : 4095 * root);
    bytes[at + i] = code >> 4;
    bytes[at + values.length + (i >> 1)] |= (code & 15) << (4 * (i & 1));
  });
  return { end, signed };
}

/**
 * @param {object} [options]
 * @returns {{ header: any, bytes: Uint8Array }}
 */
export function payload({ prompt = "a red circle", values = [[0, 1, 2, 3], [4, 4, 4, 4], [-1, 0, 0.5, 1]], intervals = [[5, 8], [15.5, 17.25]] } = {}) {
  const words = [
    { text: "a", start: 0, stop: 1 },
    { text: "red", start: 2, stop: 5 },
    { text: "circle", start: 6, stop: 12 },
  ];
  const bytes = new Uint8Array(values.length * (packedSize(4) + 28));
  const view = new DataView(bytes.buffer);
  const from = values.length * packedSize(4);
  values.forEach((map, word) => {
    const { end, signed } = pack(bytes, word * packedSize(4), map);
    const total = map.reduce((a, b) => a + b);
    [end, Number(signed), end, total, 0.1, ...(intervals[word] ?? [NaN, NaN])].forEach((number, i) => view.setFloat32(from + 28 * word + 4 * i, number, true));
  });
  const header = {
    schema_version: 4,
    prompt,
    unit: "nat",
    grid: [2, 2],
    words,
    maps: [{ quantity: "cmi", form: "orthogonal", words: values.map((_, word) => word) }],
    table_at: from,
    byte_length: bytes.length,
    draws_done: 8,
    draws_planned: 64,
    complete: false,
    log_snr: [-5.4, 7.1],
  };
  return { header, bytes };
}

/** The same state where the upper of two bands of noise levels is chosen. @param {any} state @returns {any} */
export function banded(state) {
  const { result } = state;
  const bands = { grid: [1, 1], at: [0, 2, 4], top: [1, 1, 1], signed: [false, false, false] };
  const details = { header: { bands, errors: null }, bytes: new Uint8Array(6).fill(255) };
  return { ...state, details, band: [0, 1], result: { ...result, header: { ...result.header, band_edges: [-1, 0, 1] } } };
}
