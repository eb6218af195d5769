/**
 * Lay a map over a picture, pixel by pixel: values are interpolated, not colours. Pure arithmetic on arrays,
 * the same as `colour.lay_over` in Python.
 */
import { DIM, LUMINANCE } from "./color.js";

/** Device-independent period of the hatching of negative values, in CSS pixels. */
const HATCH_PERIOD = 6;

/**
 * Where each of `size` pixels falls between `cells` cell centres: lower cell, upper cell, weight of the upper.
 * @param {number} size @param {number} cells @param {boolean} smooth
 */
export function samples(size, cells, smooth) {
  const low = new Int32Array(size);
  const high = new Int32Array(size);
  const weight = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    if (smooth) {
      const position = Math.max(0, Math.min(cells - 1, ((i + 0.5) * cells) / size - 0.5));
      low[i] = Math.floor(position);
      high[i] = Math.min(low[i] + 1, cells - 1);
      weight[i] = position - low[i];
    } else {
      low[i] = high[i] = Math.min(cells - 1, Math.floor(((i + 0.5) * cells) / size));
    }
  }
  return { low, high, weight };
}

/**
 * @param {object} job
 * @param {Uint8ClampedArray} job.out  RGBA, written
 * @param {Uint8ClampedArray} job.base  RGBA of the picture at the same size
 * @param {number} job.width
 * @param {number} job.height
 * @param {Float32Array} job.values
 * @param {[number, number]} job.grid
 * @param {number} job.top  the value at which the scale ends
 * @param {import("./color.js").Look} job.look
 * @param {number} job.opacity
 * @param {boolean} job.smooth
 * @param {number} [job.pixelRatio]
 */
export function layOver({ out, base, width, height, values, grid, top, look, opacity, smooth, pixelRatio = 1 }) {
  const [rows, columns] = grid;
  const vertical = samples(height, rows, smooth);
  const horizontal = samples(width, columns, smooth);
  const { strength, colours, signed } = look;
  const scale = top > 0 ? 1 / top : 0;
  const floor = signed ? -1 : 0;
  const period = Math.round(HATCH_PERIOD * pixelRatio);
  const stripe = Math.floor(period / 3);
  const [red, green, blue] = LUMINANCE;
  const row = new Float32Array(columns);
  for (let y = 0, at = 0; y < height; y++) {
    const a = vertical.low[y] * columns;
    const b = vertical.high[y] * columns;
    const wy = vertical.weight[y];
    for (let x = 0; x < columns; x++) row[x] = (values[a + x] * (1 - wy) + values[b + x] * wy) * scale;
    for (let x = 0; x < width; x++, at += 4) {
      const left = row[horizontal.low[x]];
      let t = left + (row[horizontal.high[x]] - left) * horizontal.weight[x];
      t = t < floor ? floor : t > 1 ? 1 : t;
      const index = Math.round((signed ? (t + 1) / 2 : t) * 255);
      let s = strength[index];
      if (t < 0 && (x + y) % period < stripe) s *= 0.35;
      const r = base[at];
      const g = base[at + 1];
      const bl = base[at + 2];
      const grey = (red * r + green * g + blue * bl) * DIM;
      const dimR = r + opacity * (grey - r);
      const dimG = g + opacity * (grey - g);
      const dimB = bl + opacity * (grey - bl);
      if (colours) {
        s *= opacity;
        const c = 3 * index;
        out[at] = dimR + (colours[c] - dimR) * s;
        out[at + 1] = dimG + (colours[c + 1] - dimG) * s;
        out[at + 2] = dimB + (colours[c + 2] - dimB) * s;
      } else {
        out[at] = dimR + (r - dimR) * s;
        out[at + 1] = dimG + (g - dimG) * s;
        out[at + 2] = dimB + (bl - dimB) * s;
      }
      out[at + 3] = 255;
    }
  }
}
