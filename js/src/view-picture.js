/**
 * The picture with the map over it, and the cell under the pointer or the keyboard.
 */
import { make } from "./dom.js";
import { activePixel, isSigned, scaleTop, shownMap } from "./derive.js";
import { cellAt, moveCell } from "./geometry.js";
import { look } from "./color.js";
import { layOver } from "./raster.js";

/** More pixels than this per side are not worth their time. */
const LARGEST = 1200;

/**
 * @param {import("./dom.js").Context} context
 * @param {() => void} repaint  asks for another frame
 */
export function pictureView({ shared, local, signal }, repaint) {
  const canvas = make("canvas", {
    class: "idw-canvas",
    tabindex: "0",
    role: "application",
    "aria-label": "Picture. Arrow keys move over its cells, Shift makes large steps, Enter pins, Escape lets go.",
  });
  const marker = make("div", { class: "idw-cell", "aria-hidden": "true" });
  const frame = make("div", { class: "idw-frame" }, canvas, marker);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  /** @type {ImageData | null} */
  let base = null;
  /** @type {ImageData | null} */
  let out = null;
  /** @type {ImageBitmap | null} */
  let drawn = null;
  let cssWidth = 0;
  /** What is on the canvas, so that a pointer that only changes the ranking paints nothing. @type {unknown[]} */
  let painted = [];

  /** The picture at the size on screen, in device pixels; once per size. @param {ImageBitmap} picture */
  function prepare(picture) {
    cssWidth ||= frame.clientWidth || 1;
    const ratio = Math.min(window.devicePixelRatio || 1, LARGEST / cssWidth);
    const width = Math.max(1, Math.round(cssWidth * ratio));
    const height = Math.max(1, Math.round((width * picture.height) / picture.width));
    if (drawn === picture && canvas.width === width && canvas.height === height && base) return ratio;
    canvas.width = width;
    canvas.height = height;
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture, 0, 0, width, height);
    base = pen.getImageData(0, 0, width, height);
    out = pen.createImageData(width, height);
    drawn = picture;
    return ratio;
  }

  const observer = new ResizeObserver(() => {
    cssWidth = frame.clientWidth;
    repaint();
  });
  observer.observe(frame);
  signal.addEventListener("abort", () => observer.disconnect());

  /** @param {PointerEvent} event */
  function cellUnder(event) {
    const grid = shared.get().result?.header.grid;
    if (!grid) return null;
    const box = canvas.getBoundingClientRect();
    return cellAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, grid);
  }

  canvas.addEventListener("pointermove", (event) => local.set({ hovered_pixel: cellUnder(event) }), { signal });
  canvas.addEventListener("pointerleave", () => local.set({ hovered_pixel: null }), { signal });
  canvas.addEventListener("click", (event) => {
    const cell = cellUnder(/** @type {PointerEvent} */ (event));
    const pinned = shared.get().pinned_pixel;
    const again = cell && pinned && cell[0] === pinned[0] && cell[1] === pinned[1];
    shared.set({ pinned_pixel: again ? null : cell });
  }, { signal });
  canvas.addEventListener("keydown", (event) => {
    const grid = shared.get().result?.header.grid;
    if (!grid) return;
    const from = local.get().focused_pixel ?? shared.get().pinned_pixel;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (from) shared.set({ pinned_pixel: from });
      return;
    }
    const cell = moveCell(from, event.key, event.shiftKey ? Math.max(1, Math.round(grid[1] / 8)) : 1, grid);
    if (!cell) return;
    event.preventDefault();
    local.set({ focused_pixel: cell });
  }, { signal });
  canvas.addEventListener("blur", () => local.set({ focused_pixel: null }), { signal });

  return {
    root: frame,
    canvas,
    update() {
      const state = shared.get();
      const { picture, result } = state;
      if (!picture || !result) return;
      const pixelRatio = prepare(picture);
      if (!base || !out) return;
      const map = shownMap(state, local.get());
      const { grid } = result.header;
      place(marker, activePixel(state, local.get()), grid);
      const top = scaleTop(state, map);
      const wanted = [base, map, top, state.colour, state.form, state.opacity, state.smooth];
      if (wanted.every((value, i) => value === painted[i])) return;
      painted = wanted;
      if (map && state.opacity > 0) {
        layOver({
          out: out.data,
          base: base.data,
          width: out.width,
          height: out.height,
          values: map.values,
          grid,
          top,
          look: look(state.colour, isSigned(state)),
          opacity: state.opacity,
          smooth: state.smooth,
          pixelRatio,
        });
        pen.putImageData(out, 0, 0);
      } else {
        pen.putImageData(base, 0, 0);
      }
    },
  };
}

/**
 * Put the marker on a cell, in parts of the frame, or hide it.
 * @param {HTMLElement} marker @param {import("./state.js").Cell | null} cell @param {[number, number]} grid
 */
function place(marker, cell, [height, width]) {
  marker.hidden = cell === null;
  if (!cell) return;
  marker.style.left = `${(100 * cell[1]) / width}%`;
  marker.style.top = `${(100 * cell[0]) / height}%`;
  marker.style.width = `${100 / width}%`;
  marker.style.height = `${100 / height}%`;
}
