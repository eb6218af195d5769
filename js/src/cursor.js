/**
 * One cursor in several pictures of the same size: point, click, drag and keys on any of them.
 */
import { hovers, listen } from "./dom.js";
import { moveCell } from "./geometry.js";
import { following } from "./viewport.js";
import { SLACK, cellUnder, keyZoom, pan, wheelZoom } from "./zoom.js";

/** @typedef {import("./state.js").Cell} Cell */
/** @typedef {import("./view-intervention.js").Context} Context */

/** A click so near to the pinned pixel lets it go, as a part of the picture. */
const NEAR = 0.02;

/**
 * @param {Context} context
 * @param {HTMLCanvasElement[]} canvases
 * @param {() => { size: [number, number], grid: [number, number] } | null} sizes  in pixels, and in latent cells
 */
export function linkCursor(context, canvases, sizes) {
  const { shared, local } = context;
  /** @type {{ at: [number, number], moved: boolean } | null} */
  let drag = null;

  /** @param {HTMLCanvasElement} canvas @param {PointerEvent} event */
  const pixelUnder = (canvas, event) => cellUnder(canvas, event, local.get().view, sizes()?.size);

  /** Keep the cursor at a pixel, or let it go. @param {Cell | null} pixel @param {number} near */
  function keep(pixel, near) {
    const pinned = shared.get().pinned_pixel;
    const size = sizes()?.size;
    const again = pixel && pinned && size && Math.hypot(...pixel.map((p, axis) => (p - pinned[axis]) / size[axis])) <= near;
    shared.set({ pinned_pixel: again ? null : pixel });
  }

  /** One of them is where Tab leads. @param {HTMLCanvasElement} chosen */
  function rove(chosen) {
    for (const canvas of canvases) canvas.tabIndex = canvas === chosen ? 0 : -1;
  }

  rove(canvases[0]);
  for (const canvas of canvases) {
    wheelZoom(context, canvas, local);
    listen(context, canvas, "pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      drag = { at: [event.clientX, event.clientY], moved: false };
    });
    listen(context, canvas, "pointermove", (event) => {
      if (drag) {
        const [dx, dy] = [event.clientX - drag.at[0], event.clientY - drag.at[1]];
        drag.moved ||= Math.hypot(dx, dy) >= SLACK;
        if (drag.moved && local.get().view[2] < 1) {
          drag.at = [event.clientX, event.clientY];
          pan(canvas, local, dx, dy);
        }
      }
      if (hovers(event)) local.set({ hovered_pixel: pixelUnder(canvas, event) });
    });
    listen(context, canvas, "pointerup", (event) => {
      const ended = drag;
      drag = null;
      if (ended && !ended.moved) keep(pixelUnder(canvas, event), NEAR);
    });
    listen(context, canvas, "pointercancel", () => (drag = null));
    listen(context, canvas, "pointerleave", () => local.set({ hovered_pixel: null }));
    listen(context, canvas, "focus", () => rove(canvas));
    listen(context, canvas, "blur", (event) => {
      const next = event.relatedTarget;
      if (!(next instanceof HTMLCanvasElement) || !canvases.includes(next)) local.set({ focused_pixel: null });
    });
    listen(context, canvas, "keydown", (event) => {
      const there = sizes();
      if (!there || event.ctrlKey || event.metaKey || event.altKey) return;
      const { size, grid } = there;
      const from = local.get().focused_pixel ?? shared.get().pinned_pixel;
      const other = canvases[Number(event.key) - 1];
      if (other) {
        event.preventDefault();
        other.focus();
        return;
      }
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        keep(from, 0);
        return;
      }
      if (keyZoom(local, event.key, from, size)) return event.preventDefault();
      const step = event.shiftKey ? Math.max(1, Math.round(size[1] / grid[1])) : 1;
      const pixel = moveCell(from, event.key, step, size);
      if (!pixel) return;
      event.preventDefault();
      local.set({ focused_pixel: pixel, hovered_pixel: null, view: following(local.get().view, pixel, size) });
    });
  }
}
