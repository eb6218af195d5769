/**
 * The picture with its maps, twice where two are compared; pointer and keys on it are in `gestures.js`.
 */
import { activePixel } from "./derive.js";
import { make, setText } from "./dom.js";
import { keys, pointers } from "./gestures.js";
import { createPanel } from "./panel.js";
import { captionOf, emptyText, isCompared, sceneOf } from "./scene.js";

const LABEL =
  "Picture. Arrow keys move over its cells, Shift makes large steps, Enter pins, B draws a box, plus and minus zoom, 0 shows all, Escape lets go.";
/** @type {Record<string, string>} */
const MAIN = { class: "idw-raster idw-canvas", tabindex: "0", role: "application", "aria-label": LABEL };
/** @type {Record<string, string>} */
const OTHER = { class: "idw-raster idw-twin", "aria-hidden": "true" };

/**
 * @param {import("./dom.js").Context} context
 * @param {() => void} repaint  asks for another frame
 */
export function pictureView(context, repaint) {
  const { shared, local, signal } = context;
  const sides = /** @type {const} */ (["main", "other"]).map((side) => {
    const panel = createPanel(side === "main" ? MAIN : OTHER, repaint, signal);
    const name = make("div", { class: "idw-panelname" });
    pointers(context, panel.canvas);
    return { side, panel, name, root: make("div", {}, panel.root, name) };
  });
  keys(context, sides[0].panel.canvas);
  const root = make("div", { class: "idw-panels" }, ...sides.map((side) => side.root));

  return {
    root,
    update() {
      const state = shared.get();
      const here = local.get();
      const compared = isCompared(state);
      const cell = activePixel(state, here);
      const { picture, result } = state;
      const drawing = here.draft.length > 1;
      const region = { corners: drawing ? here.draft : state.region, open: drawing && here.draft_open };
      for (const { side, panel, name, root: frame } of sides) {
        frame.hidden = side === "other" && !compared;
        name.hidden = !compared;
        if (frame.hidden) continue;
        const scene = sceneOf(state, here, side);
        if (picture && result) {
          const seen = { picture, view: here.view, cell, grid: result.header.grid, ...region };
          panel.update({ ...seen, scene, choices: state, hatch: state.below_error === "hatch" });
        }
        if (compared) setText(name, scene.layers.length || scene.edit || scene.lack ? captionOf(state, scene) : emptyText(state, side));
      }
    },
  };
}
