/**
 * One picture: the raster of a scene, the lines over it, and the mark on a cell. It paints only what differs
 * from what is on it.
 */
import { make, memory, setStyle } from "./dom.js";
import { paintLines, paintMaps } from "./paint.js";
import { dimmed } from "./raster.js";

/** More pixels than this along the longer side are not worth their time. */
const LARGEST = 1200;

/** @typedef {import("./viewport.js").Viewport} Viewport */

/**
 * What is to be seen on it.
 * @typedef {object} Sight
 * @property {ImageBitmap} picture
 * @property {Viewport} view  the part of the picture that is seen
 * @property {import("./paint.js").Overlay} scene
 * @property {import("./paint.js").Choices} choices
 * @property {import("./state.js").Cell | null} cell  that is marked
 * @property {[number, number]} grid  of that cell
 * @property {import("./state.js").Point[]} [corners]  of a region
 * @property {boolean} [open]  whether it is still being drawn
 * @property {boolean} [hatch]  what is below its error
 */

/**
 * @param {Record<string, string>} attributes  of the canvas that takes pointer and keys
 * @param {() => void} repaint  asks for another frame
 * @param {AbortSignal} signal
 */
export function createPanel(attributes, repaint, signal) {
  const canvas = make("canvas", attributes);
  const overlay = make("canvas", { class: "idw-overlay", "aria-hidden": "true" });
  const marker = make("div", { class: "idw-cell", "aria-hidden": "true" });
  const root = make("div", { class: "idw-frame" }, canvas, overlay, marker);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const ink = /** @type {CanvasRenderingContext2D} */ (overlay.getContext("2d"));
  /** @type {{ image: ImageData, base: Uint32Array, dim: Uint32Array, out: Uint32Array, opacity: number } | null} */
  let sheet = null;
  let cssWidth = 0;
  const [asPrepared, asPainted, asLined] = [memory(), memory(), memory()];

  const observer = new ResizeObserver(() => {
    cssWidth = root.clientWidth;
    repaint();
  });
  observer.observe(root);
  signal.addEventListener("abort", () => observer.disconnect());

  /** The seen part of the picture at the size on screen, in device pixels; once per size. @param {ImageBitmap} picture @param {Viewport} view @param {number} opacity */
  function prepare(picture, view, opacity) {
    cssWidth ||= root.clientWidth || 1;
    const longer = cssWidth * Math.max(1, picture.height / picture.width);
    const pixelRatio = Math.min(window.devicePixelRatio || 1, LARGEST / longer);
    const width = Math.max(1, Math.round(cssWidth * pixelRatio));
    const height = Math.max(1, Math.round((width * picture.height) / picture.width));
    if (!asPrepared(picture, width, height, ...view)) sheet = null;
    if (!sheet) {
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = overlay.width = width;
        canvas.height = overlay.height = height;
      }
      const [left, top, size] = view;
      pen.imageSmoothingEnabled = true;
      pen.imageSmoothingQuality = "high";
      pen.drawImage(picture, left * picture.width, top * picture.height, size * picture.width, size * picture.height, 0, 0, width, height);
      const base = new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer);
      const image = pen.createImageData(width, height);
      sheet = { image, base, dim: dimmed(base, opacity), out: new Uint32Array(image.data.buffer), opacity };
    } else if (sheet.opacity !== opacity) {
      sheet.dim = dimmed(sheet.base, opacity);
      sheet.opacity = opacity;
    }
    return { ...sheet, width, height, pixelRatio };
  }

  return {
    root,
    canvas,
    /** @param {Sight} sight */
    update({ picture, view, scene, choices, cell, grid, corners = [], open = false, hatch = false }) {
      const { opacity, colour, smooth, threshold } = choices;
      const ready = prepare(picture, view, opacity);
      place(marker, cell, grid, view);
      const bare = scene.layers.length === 0 || opacity === 0;
      const shown = scene.layers.flatMap(({ shown: { visible }, top, colour }) => [visible, top, scene.layers.length > 1 && colour]);
      if (!asPainted(ready.base, ready.dim, bare, colour, smooth, threshold, ...shown)) {
        if (bare) ready.out.set(ready.base);
        else paintMaps(scene, { ...ready, view }, choices);
        pen.putImageData(ready.image, 0, 0);
      }
      const lines = scene.lines.flatMap(({ layer, levels }) => [layer.shown.visible, layer.top, layer.colour, String(levels)]);
      // Errors come after the maps: it is they that are hatched.
      const doubted = hatch && !bare && scene.layers[0]?.shown;
      if (!asLined(ready.base, corners, open, doubted && doubted.values, doubted && doubted.errors, smooth, opacity === 0, ...lines)) {
        paintLines(ink, scene, { corners, open, view, pixelRatio: ready.pixelRatio, smooth, hatch: hatch && !bare });
      }
    },
  };
}

/**
 * Put the marker on a cell, in parts of the frame, or hide it.
 * @param {HTMLElement} marker @param {import("./state.js").Cell | null} cell @param {[number, number]} grid @param {Viewport} view
 */
function place(marker, cell, [height, width], [left, top, size]) {
  marker.hidden = cell === null;
  if (!cell) return;
  const part = (/** @type {number} */ value) => `${(100 * value).toFixed(4)}%`;
  // Moved by a transform, which asks for no layout; its parts are those of the marker itself.
  const moved = `translate(${part(cell[1] - left * width)}, ${part(cell[0] - top * height)})`;
  const places = { width: part(1 / (width * size)), height: part(1 / (height * size)), transform: moved };
  for (const [name, value] of Object.entries(places)) setStyle(marker, name, value);
}
