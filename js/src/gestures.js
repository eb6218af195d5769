/**
 * What pointers and keys do on a picture: point at a cell, pin it, draw a region, zoom and pan.
 */
import { hovers, listen } from "./dom.js";
import { clamp, moveCell } from "./geometry.js";
import { box, boxOfCells, enclosesSomething, thinned } from "./region.js";
import { following, toPicture, zoomed } from "./viewport.js";
import { SLACK, cellUnder, keyZoom, onCanvas, pan, wheelZoom } from "./zoom.js";

/** @typedef {import("./dom.js").Context} Context */
/** @typedef {import("./state.js").Point} Point */

/** CSS pixels that it moves before it points again, after keys or a drawn region have had the last word. */
const REST = 12;
/** CSS pixels that a finger slips in a tap, as browsers have it. */
const TAP = 15;
/** Corners of a lasso are so far apart, as a part of the picture. */
const LASSO_STEP = 0.004;

/** @typedef {{ kind: "box" | "lasso" | "pan" | "none", from: Point, at: [number, number], moved: boolean }} Drag */

/**
 * @param {Context} context
 * @param {HTMLCanvasElement} canvas
 */
export function pointers(context, canvas) {
  const { shared, local } = context;
  /** @type {Map<number, [number, number]>} */
  const down = new Map();
  /** @type {Drag | null} */
  let drag = null;
  let spread = 0;
  /** Where the pointer is, and where it was when it last pointed no more. @type {[number, number] | null} */
  let here = null;
  /** @type {[number, number] | null} */
  let rest = null;

  /** Whether the pointer has stayed where it pointed no more. @param {MouseEvent} event */
  function rests(event) {
    if (rest && Math.hypot(event.clientX - rest[0], event.clientY - rest[1]) >= REST) rest = null;
    return rest !== null;
  }

  /** A captured pointer may be beyond its edge, as one on the border is. @param {MouseEvent} event @returns {Point} */
  function onPicture(event) {
    const [x, y] = toPicture(local.get().view, onCanvas(canvas, event));
    return [clamp(x, 0, 1), clamp(y, 0, 1)];
  }

  /** @param {MouseEvent} event */
  const under = (event) => cellUnder(canvas, event, local.get().view, shared.get().result?.header.grid);

  /** @param {PointerEvent} event @returns {Drag["kind"]} */
  function kindOf(event) {
    const { tool, view } = local.get();
    if (event.shiftKey) return "box";
    if (event.altKey) return "lasso";
    if (tool === "box" || tool === "lasso") return tool;
    if (view[2] < 1) return "pan";
    return hovers(event) ? "box" : "none"; // a finger scrolls the page
  }

  function pinch() {
    const [a, b] = [...down.values()];
    const rect = canvas.getBoundingClientRect();
    const distance = Math.hypot(a[0] - b[0], a[1] - b[1]);
    /** @type {Point} */
    const middle = [((a[0] + b[0]) / 2 - rect.left) / rect.width, ((a[1] + b[1]) / 2 - rect.top) / rect.height];
    if (spread > 0) local.set({ view: zoomed(local.get().view, distance / spread, middle) });
    spread = distance;
  }

  /** @param {PointerEvent} event */
  function move(event) {
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.at[0], event.clientY - drag.at[1]];
    if (!drag.moved && Math.hypot(dx, dy) < (drag.kind === "none" ? TAP : SLACK)) return;
    drag.moved = true;
    if (drag.kind === "pan") {
      drag.at = [event.clientX, event.clientY];
      pan(canvas, local, dx, dy);
      return;
    }
    const to = onPicture(event);
    if (drag.kind === "box") local.set({ draft: box(drag.from, to), draft_open: false, hovered_pixel: null });
    if (drag.kind === "lasso") {
      const draft = local.get().draft;
      local.set({ draft: thinned([...(draft.length ? draft : [drag.from]), to], LASSO_STEP), draft_open: true, hovered_pixel: null });
    }
  }

  listen(context, canvas, "pointerdown", (event) => {
    if (event.button !== 0) return;
    down.set(event.pointerId, [event.clientX, event.clientY]);
    spread = 0;
    if (down.size > 1) {
      drag = null;
      local.set({ draft: [] });
      return;
    }
    canvas.setPointerCapture(event.pointerId);
    drag = { kind: kindOf(event), from: onPicture(event), at: [event.clientX, event.clientY], moved: false };
  });
  listen(context, canvas, "pointermove", (event) => {
    if (down.has(event.pointerId)) down.set(event.pointerId, [event.clientX, event.clientY]);
    if (down.size > 1) pinch();
    else if (drag) move(event);
    here = [event.clientX, event.clientY];
    if (!drag?.moved && hovers(event) && !rests(event)) local.set({ hovered_pixel: under(event) });
  });
  listen(context, canvas, "pointerleave", () => {
    here = rest = null;
    local.set({ hovered_pixel: null });
  });
  listen(context, canvas, "keydown", () => {
    rest = here;
  });
  listen(context, canvas, "pointerup", (event) => {
    down.delete(event.pointerId);
    const ended = drag;
    drag = null;
    if (!ended) return;
    here = [event.clientX, event.clientY];
    const drew = ended.moved && (ended.kind === "box" || ended.kind === "lasso");
    if (drew) finish(context);
    else if (!ended.moved) click(context, under(event));
    rest = drew ? here : null; // else the region that was drawn would make way for the cell at its corner
    if (hovers(event) && !drew) local.set({ hovered_pixel: under(event) });
  });
  listen(context, canvas, "pointercancel", (event) => {
    down.delete(event.pointerId);
    drag = null;
    local.set({ draft: [] });
  });
  wheelZoom(context, canvas, local);
}

/** A click pins the cell, or lets it go; a region makes way. Beside the picture it is none. @param {Context} context @param {import("./state.js").Cell | null} cell */
function click({ shared }, cell) {
  if (!cell) return;
  const pinned = shared.get().pinned_pixel;
  const again = pinned && cell[0] === pinned[0] && cell[1] === pinned[1];
  shared.set({ pinned_pixel: again ? null : cell, region: [] });
}

/** Keep the region that was drawn. @param {Context} context */
function finish({ shared, local }) {
  const { draft } = local.get();
  local.set({ draft: [], anchor: null, hovered_pixel: null, focused_pixel: null }); // the region has the word
  shared.set({ region: enclosesSomething(draft) ? draft : [], pinned_pixel: null });
}

/**
 * @param {Context} context
 * @param {HTMLCanvasElement} canvas
 */
export function keys(context, canvas) {
  const { shared, local } = context;
  /** @type {Record<string, (here: import("./state.js").Cell | null, grid: [number, number]) => void>} */
  const actions = {
    Enter(cell) {
      if (local.get().anchor) finish(context);
      else if (cell) shared.set({ pinned_pixel: cell, region: [] });
    },
    b(cell, grid) {
      if (local.get().anchor) return finish(context);
      const anchor = cell ?? moveCell(null, "ArrowUp", 1, grid);
      if (anchor) local.set({ anchor, focused_pixel: anchor, draft: boxOfCells(anchor, anchor, grid), draft_open: false });
    },
    Delete: () => shared.set({ region: [] }),
  };
  Object.assign(actions, { " ": actions.Enter, B: actions.b, Backspace: actions.Delete });

  /** Where keys were last, to go on from there. @type {import("./state.js").Cell | null} */
  let last = null;

  listen(context, canvas, "keydown", (event) => {
    const grid = shared.get().result?.header.grid;
    if (!grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const { hovered_pixel, focused_pixel } = local.get();
    const kept = last && last[0] < grid[0] && last[1] < grid[1] ? last : null;
    const from = hovered_pixel ?? focused_pixel ?? shared.get().pinned_pixel ?? kept;
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : null;
    if (action) {
      event.preventDefault();
      action(from, grid);
      return;
    }
    if (keyZoom(local, event.key, from, grid)) return event.preventDefault();
    const cell = moveCell(from, event.key, event.shiftKey ? Math.max(1, Math.round(grid[1] / 8)) : 1, grid);
    if (!cell) return;
    event.preventDefault();
    last = cell;
    const { anchor, view } = local.get();
    const drawn = anchor ? { draft: boxOfCells(anchor, cell, grid) } : {};
    local.set({ focused_pixel: cell, hovered_pixel: null, view: following(view, cell, grid), ...drawn });
  });
  listen(context, canvas, "blur", () => {
    last = null;
    local.set({ focused_pixel: null, anchor: null, draft: [] });
  });
}

/** Give up what is being drawn; false where nothing was. @param {Context} context */
export function giveUp({ local }) {
  const { draft, anchor } = local.get();
  if (!anchor && draft.length === 0) return false;
  local.set({ draft: [], anchor: null });
  return true;
}
