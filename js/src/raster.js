/**
 * Lay maps over a picture, pixel by pixel: values are interpolated, not colours. Pure arithmetic on arrays, the
 * same as `colour.lay_over` and `weave.weave` in Python. Pixels are 32-bit words, red in the lowest byte.
 */
import { DIM, LUMINANCE, ramp } from "./colour.js";

/** Device-independent periods, in CSS pixels: of the hatching of negative values, and of woven stripes. */
const HATCH_PERIOD = 6;
const WEAVE_PERIOD = 10;
/** Where words overlap, those below this part of the strongest leave the cell to it. */
const KEPT = 0.4;
/** A woven word keeps so much of its colour where the picture is black. */
const TINT_FLOOR = 0.3;
/** Red and blue lie in one mask, green in another, so that one multiplication blends two channels. */
const RED_BLUE = 0xff00ff;
const GREEN = 0x00ff00;
const HALF_RED_BLUE = 0x800080;
const HALF_GREEN = 0x008000;
const OPAQUE = 0xff000000;

/** @typedef {import("./viewport.js").Viewport} Viewport */

/**
 * What all ways of laying over share.
 * @typedef {object} Sheet
 * @property {Uint32Array} out  written
 * @property {Uint32Array} base  the picture at the same size
 * @property {Uint32Array} dim  see `dimmed`
 * @property {number} width
 * @property {number} height
 * @property {Viewport} view  the part of the picture that is seen
 * @property {[number, number]} grid
 * @property {boolean} smooth
 * @property {number} opacity
 * @property {number} threshold  as a part of the scale; below it nothing is laid over
 * @property {number} pixelRatio
 */

/** The picture as it is where a word says nothing. @param {Uint32Array} base @param {number} opacity */
export function dimmed(base, opacity) {
  const dim = new Uint32Array(base.length);
  const [red, green, blue] = LUMINANCE.map((part) => part * DIM);
  const keep = 1 - opacity;
  for (let i = 0; i < base.length; i++) {
    const pixel = base[i];
    const r = pixel & 255;
    const g = (pixel >> 8) & 255;
    const b = (pixel >> 16) & 255;
    const grey = opacity * (red * r + green * g + blue * b) + 0.5;
    dim[i] = OPAQUE | ((keep * b + grey) << 16) | ((keep * g + grey) << 8) | (keep * r + grey);
  }
  return dim;
}

/**
 * Where each of `size` pixels falls between `cells` cell centres: lower cell, upper cell, weight of the upper.
 * @param {number} size @param {number} cells @param {boolean} smooth
 * @param {number} [from] @param {number} [span]  the part that is seen
 */
export function samples(size, cells, smooth, from = 0, span = 1) {
  const low = new Int32Array(size);
  const high = new Int32Array(size);
  const weight = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const centre = (from + ((i + 0.5) / size) * span) * cells;
    if (smooth) {
      const position = Math.max(0, Math.min(cells - 1, centre - 0.5));
      low[i] = Math.floor(position);
      high[i] = Math.min(low[i] + 1, cells - 1);
      weight[i] = position - low[i];
    } else {
      low[i] = high[i] = Math.max(0, Math.min(cells - 1, Math.floor(centre)));
    }
  }
  return { low, high, weight };
}

/** @param {Sheet} sheet */
function placesOf({ width, height, grid: [rows, columns], smooth, view: [left, top, size] }) {
  return { vertical: samples(height, rows, smooth, top, size), horizontal: samples(width, columns, smooth, left, size) };
}

/** One row of a map, between its rows of cells. @param {Float32Array} row @param {Float32Array} values @param {ReturnType<typeof samples>} vertical @param {number} y @param {number} scale @param {number} shift */
function readRow(row, values, vertical, y, scale, shift) {
  const a = vertical.low[y] * row.length;
  const b = vertical.high[y] * row.length;
  const wy = vertical.weight[y];
  for (let x = 0; x < row.length; x++) row[x] = (values[a + x] + (values[b + x] - values[a + x]) * wy) * scale + shift;
}

/** Mix two pixels. @param {number} from @param {number} to @param {number} s  0 to 256 */
function mix(from, to, s) {
  const rest = 256 - s;
  const redBlue = ((Math.imul(from & RED_BLUE, rest) + Math.imul(to & RED_BLUE, s) + HALF_RED_BLUE) >>> 8) & RED_BLUE;
  const green = ((Math.imul(from & GREEN, rest) + Math.imul(to & GREEN, s) + HALF_GREEN) >>> 8) & GREEN;
  return OPAQUE | redBlue | green;
}

/**
 * Lay one map over the picture.
 * @param {Sheet} sheet
 * @param {{ values: Float32Array, top: number, look: import("./colour.js").Look }} map  top: where the scale ends
 */
export function layOver(sheet, { values, top, look }) {
  const { width, height, grid, opacity, threshold, pixelRatio } = sheet;
  const { vertical, horizontal } = placesOf(sheet);
  const { low, high, weight } = horizontal;
  const { strength, colours, signed } = look;
  const plain = new Uint16Array(256);
  const hatched = new Uint16Array(256);
  const paint = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    const t = signed ? (2 * i) / 255 - 1 : i / 255;
    const s = Math.abs(t) < threshold ? 0 : strength[i] * (colours ? opacity : 1);
    plain[i] = Math.round(256 * s);
    hatched[i] = Math.round(256 * s * (t < 0 ? 0.35 : 1));
    if (colours) paint[i] = OPAQUE | (colours[3 * i + 2] << 16) | (colours[3 * i + 1] << 8) | colours[3 * i];
  }
  // Values become places in the table before they are interpolated; they saturate after.
  const scale = top > 0 ? (signed ? 127.5 : 255) / top : 0;
  const shift = (signed ? 127.5 : 0) + 0.5;
  const row = new Float32Array(grid[1]);
  const places = new Uint8ClampedArray(width);
  const runs = runsOf(low);
  const period = Math.max(2, Math.round(HATCH_PERIOD * pixelRatio));
  const stripe = signed ? Math.floor(period / 3) : 0;
  const out = integers(sheet.out);
  const dim = integers(sheet.dim);
  const base = colours ? null : integers(sheet.base);
  for (let y = 0, at = 0; y < height; y++, at += width) {
    readRow(row, values, vertical, y, scale, shift);
    for (let x = 0, run = 0; x < width; ) {
      const from = row[low[x]];
      const step = row[high[x]] - from;
      for (const end = runs[++run]; x < end; x++) places[x] = (from + step * weight[x]) | 0;
    }
    // Loops without branches: they run for every pixel at every movement of the pointer. Only signed maps are striped.
    if (stripe > 0) {
      for (let x = 0, phase = y % period; x < width; x++) {
        const i = places[x];
        out[at + x] = mix(dim[at + x], paint[i], phase < stripe ? hatched[i] : plain[i]);
        if (++phase === period) phase = 0;
      }
    } else if (base) {
      for (let x = 0; x < width; x++) out[at + x] = mix(dim[at + x], base[at + x], plain[places[x]]);
    } else {
      for (let x = 0; x < width; x++) out[at + x] = mix(dim[at + x], paint[places[x]], plain[places[x]]);
    }
  }
}

/** Where runs of pixels between the same two cells begin, and where the last ends. @param {Int32Array} low */
function runsOf(low) {
  const starts = [0];
  for (let x = 1; x < low.length; x++) if (low[x] !== low[x - 1]) starts.push(x);
  return [...starts, low.length];
}

/** Pixels as signed words, which engines keep as integers. @param {Uint32Array} pixels */
function integers(pixels) {
  return new Int32Array(pixels.buffer, pixels.byteOffset, pixels.length);
}

/**
 * Weave the maps of several words: each has a colour, the strongest decides how much is laid over, and where
 * words overlap they share the stripes as they share the information.
 * @param {Sheet} sheet
 * @param {{ values: Float32Array, top: number, colour: [number, number, number] }[]} maps
 */
export function weave(sheet, maps) {
  const { out, base, dim, width, height, grid, opacity, threshold, pixelRatio } = sheet;
  const { vertical, horizontal } = placesOf(sheet);
  const { low, high, weight } = horizontal;
  const count = maps.length;
  const rows = maps.map(() => new Float32Array(grid[1]));
  const tints = maps.map(({ colour }) => tintsOf(colour));
  const scales = maps.map(({ top }) => (top > 0 ? 1 / top : 0));
  const period = Math.max(4, Math.round(WEAVE_PERIOD * pixelRatio));
  const t = new Float32Array(count);
  for (let y = 0, at = 0; y < height; y++) {
    for (let k = 0; k < count; k++) readRow(rows[k], maps[k].values, vertical, y, scales[k], 0);
    for (let x = 0; x < width; x++, at++) {
      let most = 0;
      for (let k = 0; k < count; k++) {
        const from = rows[k][low[x]];
        const value = from + (rows[k][high[x]] - from) * weight[x];
        t[k] = value < 0 ? 0 : value > 1 ? 1 : value;
        if (t[k] > most) most = t[k];
      }
      if (most <= 0 || most < threshold) {
        out[at] = dim[at];
        continue;
      }
      let sum = 0;
      for (let k = 0; k < count; k++) {
        if (t[k] < KEPT * most) t[k] = 0;
        sum += t[k];
      }
      let rest = (sum * (((x + y) % period) + 0.5)) / period;
      let word = 0;
      while (word < count - 1 && rest >= t[word]) rest -= t[word++];
      const pixel = base[at];
      const light = (54 * (pixel & 255) + 183 * ((pixel >> 8) & 255) + 19 * ((pixel >> 16) & 255)) >> 8;
      out[at] = mix(dim[at], tints[word][light], Math.round(256 * opacity * ramp(most)));
    }
  }
}

/** A colour over each lightness of the picture, so that what is in it can still be seen. @param {[number, number, number]} colour */
function tintsOf([red, green, blue]) {
  const tints = new Uint32Array(256);
  for (let light = 0; light < 256; light++) {
    const part = TINT_FLOOR + ((1 - TINT_FLOOR) * light) / 255;
    tints[light] = OPAQUE | (Math.round(blue * part) << 16) | (Math.round(green * part) << 8) | Math.round(red * part);
  }
  return tints;
}
