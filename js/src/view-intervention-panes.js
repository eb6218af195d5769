/**
 * The four pictures, each with its name above and what it says of the pixel under the cursor below.
 */
import { linkCursor } from "./cursor.js";
import { LINES, PANES, changeOf, cursorOf, isCommon, mapOf, overlayOf, quantityOf, readoutOf, topOf, unitOf, written } from "./derive-intervention.js";
import { NAMES } from "./choices-intervention.js";
import { make, memory, setFacts, setStyle, setText } from "./dom.js";
import { cellName } from "./geometry.js";
import { createPanel } from "./panel.js";
import { HEIGHT, WIDTH, scaleImage } from "./scalebar.js";

/** @typedef {import("./derive-intervention.js").Pane} Pane */
/** @typedef {import("./model-intervention.js").Shared} Shared */
/** @typedef {import("./model-intervention.js").Local} Local */

const KEYS =
  "Arrow keys move the cursor over the pixels of all four pictures, Shift moves it by a latent cell, 1 to 4 go to another picture, Enter keeps the pixel, plus and minus zoom, 0 shows all, Escape lets go.";
/** @type {Record<Pane, string>} */
const LABELS = {
  before: "Picture before the change",
  after: "Picture after the change",
  predicted: "Predicted change",
  actual: "Actual change",
};

/** The colour of a pixel of a picture, read once for each picture. */
function colourReader() {
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d", { willReadFrequently: true }));
  /** @type {ImageBitmap | null} */
  let known = null;
  let data = new Uint8ClampedArray(0);
  /** @param {ImageBitmap} picture @param {import("./state.js").Cell} pixel @param {[number, number]} size */
  return (picture, [row, column], [height, width]) => {
    if (picture !== known) {
      Object.assign(pen.canvas, { width: picture.width, height: picture.height });
      pen.drawImage(picture, 0, 0);
      data = pen.getImageData(0, 0, picture.width, picture.height).data;
      known = picture;
    }
    const y = Math.floor(((row + 0.5) * picture.height) / height);
    const x = Math.floor(((column + 0.5) * picture.width) / width);
    return [...data.subarray(4 * (y * picture.width + x), 4 * (y * picture.width + x) + 3)];
  };
}

/** @param {Pane} pane @param {() => void} repaint @param {AbortSignal} signal */
function createPane(pane, repaint, signal) {
  const label = `${LABELS[pane]}. ${KEYS}`;
  const panel = createPanel({ class: "idw-raster idw-canvas", tabindex: "-1", role: "application", "aria-label": label }, repaint, signal);
  const line = make("span", { class: "idw-line-key", "aria-hidden": "true" });
  if (pane === "predicted" || pane === "actual") setStyle(line, "background", LINES[pane]);
  const name = make("span");
  const of = make("span", { class: "idw-of" });
  const title = make("div", { class: "idw-panetitle" }, line, name, of);
  const swatch = make("span", { class: "idw-pixel", "aria-hidden": "true" });
  const said = make("span", { class: "idw-said" });
  const beside = make("span", { class: "idw-beside" });
  const whole = make("span", { class: "idw-beside idw-wide" });
  const readout = make("div", { class: "idw-readout" }, swatch, said, beside, whole);
  const scale = make("canvas", { class: "idw-scale", width: String(WIDTH), height: String(HEIGHT), "aria-hidden": "true" });
  const high = make("span", { class: "idw-high" });
  const unit = make("span", { class: "idw-unit" });
  const how = make("span", { class: "idw-unit" });
  const legend = make("div", { class: "idw-panescale" }, make("div", { class: "idw-scaleline" }, make("span", {}, "0"), scale, high), unit, how);
  const mapped = pane === "predicted" || pane === "actual";
  const root = make("figure", { class: "idw-pane", "data-pane": pane }, title, panel.root, make("figcaption", {}, readout, ...(mapped ? [legend] : [])));
  const pen = /** @type {CanvasRenderingContext2D} */ (scale.getContext("2d"));
  return { pane, panel, name, of, line, swatch, said, beside, whole, high, unit, how, pen, root, read: colourReader(), asDrawn: memory() };
}

/**
 * @param {import("./view-intervention.js").Context} context
 * @param {() => void} repaint  asks for another frame
 */
export function panesView(context, repaint) {
  const { shared, local, signal } = context;
  const panes = PANES.map((pane) => createPane(pane, repaint, signal));
  const root = make("div", { class: "idw-four" }, ...panes.map((one) => one.root));
  linkCursor(context, panes.map(({ panel }) => panel.canvas), () => changeOf(shared.get()));

  /** @param {ReturnType<typeof createPane>} one @param {Shared} state @param {Local} here @param {NonNullable<Shared["pictures"]>} pictures */
  function drawPane(one, state, here, pictures) {
    const { pane, panel, read } = one;
    const { size } = pictures.of;
    const picture = pane === "before" || pane === "predicted" ? pictures.before : pictures.after;
    const cell = cursorOf(state, here);
    const { opacity, colour, smooth } = state;
    const choices = { opacity, colour, smooth, threshold: 0 };
    panel.update({ picture, view: here.view, scene: overlayOf(state, pane), choices, cell, grid: size });
    const quantity = quantityOf(state, pane);
    setText(one.name, pane);
    setText(one.of, quantity === null ? (pane === "after" ? pictures.of.title : "") : NAMES[quantity]);
    one.line.hidden = quantity === null || !state.contours;
    one.swatch.hidden = quantity !== null || cell === null;
    if (quantity === null) {
      const rgb = cell ? read(picture, cell, size) : [];
      if (cell) setStyle(one.swatch, "background", `rgb(${rgb.join(" ")})`);
      setText(one.said, rgb.join(" "));
      setText(one.beside, cell && pane === "before" ? cellName(cell) : "");
      return;
    }
    const map = mapOf(state, pane);
    const found = readoutOf(state, here, pane);
    setText(one.said, found ? found.value : map ? "" : "not known for this change");
    setText(one.beside, found ? `above ${found.below}` : "");
    setText(one.whole, found ? "of the picture" : "");
    setText(one.unit, map ? unitOf(state, quantity) : "");
    setFacts(one.how, map ? `${map.grid[1]} × ${map.grid[0]} · ${isCommon(state) ? "one scale for all changes" : "own scale"}` : "");
    setText(one.high, map ? `≥ ${written(state, quantity, topOf(state, map))}` : "");
    if (!one.asDrawn(colour, opacity)) one.pen.putImageData(scaleImage(choices, { layers: [], signed: false }), 0, 0);
  }

  return {
    root,
    update() {
      const state = shared.get();
      const here = local.get();
      const { pictures } = state;
      if (!pictures || pictures.of !== changeOf(state)) return;
      for (const one of panes) drawPane(one, state, here, pictures);
    },
  };
}
