/** A small payload, made as Python makes it. */

/**
 * @param {object} [options]
 * @returns {{ header: any, bytes: Uint8Array }}
 */
export function payload({ prompt = "a red circle", values = [[0, 1, 2, 3], [4, 4, 4, 4], [-1, 0, 0.5, 1]] } = {}) {
  const words = [
    { text: "a", start: 0, stop: 1 },
    { text: "red", start: 2, stop: 5 },
    { text: "circle", start: 6, stop: 12 },
  ];
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  const maps = values.map((map, word) => {
    const low = Math.min(...map);
    const step = (Math.max(...map) - low) / 65535;
    map.forEach((value, i) => view.setUint16(word * 8 + 2 * i, step ? Math.round((value - low) / step) : 0, true));
    const total = map.reduce((a, b) => a + b);
    const top = Math.max(...map.map(Math.abs));
    return { quantity: "cmi", form: "orthogonal", word, at: word * 8, low, step, top, total, error: 0.1 };
  });
  const header = {
    schema_version: 2,
    prompt,
    unit: "nat",
    grid: [2, 2],
    words,
    maps,
    byte_length: bytes.length,
    draws_done: 8,
    draws_planned: 64,
    complete: false,
    log_snr: [-5.4, 7.1],
  };
  return { header, bytes };
}
