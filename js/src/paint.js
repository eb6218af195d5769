/**
 * Paint a scene: the raster of its maps, and over it lines, hatching and the region. For the screen and for
 * the picture that is saved.
 */
import { look } from "./colour.js";
import { contour } from "./contour.js";
import { ERRORS } from "./maps.js";
import { rgb } from "./pins.js";
import { layOver, weave } from "./raster.js";

/** @typedef {import("./scene.js").Layer} Layer */
/** @typedef {Pick<import("./scene.js").Scene, "layers" | "lines" | "signed">} Overlay */
/** @typedef {import("./state.js").Point} Point */
/** @typedef {import("./viewport.js").Viewport} Viewport */
/** @typedef {{ colour: string, opacity: number, smooth: boolean, threshold: number }} Choices */

/** Hatching marks what can be seen but is below its error: this part of the scale counts as seen. */
const SEEN = 0.06;

/** Where lines of several words run together, each is seen for so long, in CSS pixels. */
const STRIPE = 7;

/**
 * @param {Overlay} scene
 * @param {Pick<import("./raster.js").Sheet, "out" | "base" | "dim" | "width" | "height" | "view" | "pixelRatio">} sheet
 * @param {Choices} choices
 */
export function paintMaps({ layers, signed }, sheet, { colour, opacity, smooth, threshold }) {
  const whole = { ...sheet, grid: layers[0].shown.grid, opacity, smooth, threshold };
  if (layers.length === 1) {
    const { shown, top } = layers[0];
    layOver(whole, { values: shown.visible, top, look: look(colour, signed) });
  } else {
    weave(whole, layers.map(({ shown, top, colour: own }) => ({ values: shown.visible, top, colour: rgb(own ?? "#ffffff") })));
  }
}

/** @type {WeakMap<Float32Array, Map<string, Path2D>>} */
const paths = new WeakMap();

/** @param {Float32Array} values @param {string} key @param {() => Path2D} make */
function cached(values, key, make) {
  const known = paths.get(values) ?? new Map();
  paths.set(values, known);
  if (known.size > 24) known.clear(); // the threshold and the scale move; old lines are of no use
  if (!known.has(key)) known.set(key, make());
  return /** @type {Path2D} */ (known.get(key));
}

/** @param {Layer} layer @param {number} level @param {boolean} smooth */
function linePath({ shown, top }, level, smooth) {
  return cached(shown.visible, `${level * top}/${smooth}`, () => {
    const path = new Path2D();
    for (const [x1, y1, x2, y2] of contour({ values: shown.visible, grid: shown.grid }, level * top, smooth)) {
      path.moveTo(x1, y1);
      path.lineTo(x2, y2);
    }
    return path;
  });
}

/** The cells that are seen but below their error. @param {Layer} layer */
function belowPath({ shown: { values, errors, grid: [height, width] }, top }) {
  if (!errors) return null;
  return cached(errors, `below/${top}`, () => {
    const path = new Path2D();
    const isBelow = (/** @type {number} */ i) => Math.abs(values[i]) < ERRORS * errors[i] && Math.abs(values[i]) > SEEN * top;
    for (let row = 0; row < height; row++) {
      for (let from = 0; from < width; from++) {
        if (!isBelow(row * width + from)) continue;
        let to = from;
        while (to < width && isBelow(row * width + to)) to++;
        path.rect(from / width, row / height, (to - from) / width, 1 / height);
        from = to;
      }
    }
    return path;
  });
}

/**
 * Draw what lies over the raster; the canvas is cleared first.
 * @param {CanvasRenderingContext2D} pen
 * @param {Overlay} scene
 * @param {{ corners: Point[], open: boolean, view: Viewport, pixelRatio: number, smooth: boolean, hatch: boolean }} how
 *   open: the region is still being drawn
 */
export function paintLines(pen, scene, { corners, open, view: [left, top, size], pixelRatio, smooth, hatch }) {
  const { width, height } = pen.canvas;
  pen.clearRect(0, 0, width, height);
  const onto = new DOMMatrix([width / size, 0, 0, height / size, (-left * width) / size, (-top * height) / size]);
  /** @param {Path2D} path */
  const placed = (path) => {
    const moved = new Path2D();
    moved.addPath(path, onto);
    return moved;
  };
  if (hatch && scene.layers.length === 1) {
    const below = belowPath(scene.layers[0]);
    if (below) drawHatch(pen, placed(below), pixelRatio);
  }
  pen.lineJoin = pen.lineCap = "round";
  /** @param {import("./scene.js").Lines} lines @param {boolean} edged */
  const around = ({ layer, levels }, edged) => {
    for (const level of scene.signed ? levels.flatMap((l) => [l, -l]) : levels) {
      const path = placed(linePath(layer, level, smooth));
      const wide = (levels.length === 1 || Math.abs(level) === 0.5 ? 1.6 : 1) * pixelRatio;
      pen.setLineDash(level < 0 ? [4 * pixelRatio, 3 * pixelRatio] : []);
      if (edged) stroke(pen, path, "rgb(0 0 0 / 60%)", wide + 1.6 * pixelRatio);
      stroke(pen, path, layer.colour ?? "#fff", wide);
    }
  };
  for (const lines of scene.lines) around(lines, true);
  // Where lines of several words run together, the last one hides the others, so each comes to the top in stripes of
  // its own; where it runs alone nothing changes.
  const count = scene.lines.length;
  for (const [i, lines] of scene.lines.entries()) {
    if (i === count - 1) break; // it is at the top already
    pen.save();
    pen.clip(stripes(pen.canvas, STRIPE * pixelRatio, i, count));
    around(lines, false);
    pen.restore();
  }
  if (corners.length > 1) {
    const path = new Path2D();
    corners.forEach(([x, y]) => path.lineTo(x, y));
    if (!open) path.closePath();
    const outline = placed(path);
    pen.setLineDash([]);
    stroke(pen, outline, "rgb(0 0 0 / 70%)", 3 * pixelRatio);
    pen.setLineDash([5 * pixelRatio, 4 * pixelRatio]);
    stroke(pen, outline, "#fff", 1.4 * pixelRatio);
  }
  pen.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} pen @param {Path2D} path @param {string} colour @param {number} width */
function stroke(pen, path, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke(path);
}

/**
 * One in so many slanting stripes, at an angle that lines seldom have.
 * @param {{ width: number, height: number }} sheet @param {number} wide @param {number} which @param {number} count
 */
function stripes({ width, height }, wide, which, count) {
  const path = new Path2D();
  const slant = height / 2;
  for (let x = which * wide - Math.ceil(slant / (wide * count)) * wide * count; x < width; x += wide * count) {
    path.moveTo(x, 0);
    path.lineTo(x + wide, 0);
    path.lineTo(x + wide + slant, height);
    path.lineTo(x + slant, height);
    path.closePath();
  }
  return path;
}

/** @param {CanvasRenderingContext2D} pen @param {Path2D} path @param {number} pixelRatio */
function drawHatch(pen, path, pixelRatio) {
  const step = 5 * pixelRatio;
  const { width, height } = pen.canvas;
  pen.save();
  pen.clip(path);
  const strokes = new Path2D();
  for (let x = -height; x < width; x += step) {
    strokes.moveTo(x, 0);
    strokes.lineTo(x + height, height);
  }
  stroke(pen, strokes, "rgb(0 0 0 / 75%)", 1.5 * pixelRatio);
  pen.restore();
}
