/**
 * The colour scale under the picture: its ends, its unit, and what it is a scale of.
 */
import { make, setText } from "./dom.js";
import { activeEdit } from "./edits.js";
import { activeWord, describe, describeEdit, format, inUnit, isSigned, scaleTop, shownMap, unitName } from "./derive.js";
import { look } from "./color.js";
import { layOver } from "./raster.js";

const WIDTH = 256;
const HEIGHT = 10;
/** The grey on which the scale is shown, as a bright part of a picture would be. */
const GROUND = 200;

/**
 * What the legend says, also for the saved picture.
 * @param {import("./state.js").Shared} state @param {import("./state.js").Local} local
 */
export function legendText(state, local) {
  const map = shownMap(state, local);
  const word = state.quantity === "full" ? null : activeWord(state, local);
  const edit = activeEdit(state, local);
  const header = state.result?.header;
  const top = scaleTop(state, map);
  const signed = isSigned(state);
  const [height, width] = header?.grid ?? [0, 0];
  return {
    low: signed ? `≤ ${format(-inUnit(state, top))}` : "0",
    high: `≥ ${format(inUnit(state, top))}`,
    unit: `${unitName(state)} per latent cell`,
    what: edit ? describeEdit(state, edit) : header ? describe(state, word === null ? null : header.words[word].text) : "",
    scale: `${state.scale === "word" && state.quantity !== "full" ? "scale of this word" : "one scale for all words"} · ${width} × ${height} cells`,
  };
}

/** The bar of the scale, drawn as it looks over a light grey. @param {import("./state.js").Shared} state */
export function legendImage(state) {
  const signed = isSigned(state);
  const image = new ImageData(WIDTH, HEIGHT);
  const base = new Uint8ClampedArray(image.data.length).fill(GROUND);
  const values = Float32Array.from({ length: WIDTH }, (_, i) => (signed ? (2 * i) / (WIDTH - 1) - 1 : i / (WIDTH - 1)));
  layOver({
    out: image.data,
    base,
    width: WIDTH,
    height: HEIGHT,
    values,
    grid: [1, WIDTH],
    top: 1,
    look: look(state.colour, signed),
    opacity: state.opacity,
    smooth: true,
  });
  return image;
}

/**
 * @param {import("./dom.js").Context} context
 */
export function legendView({ shared, local }) {
  const scale = make("canvas", { class: "idw-scale", width: String(WIDTH), height: String(HEIGHT), "aria-hidden": "true" });
  const low = make("span", { class: "idw-low" });
  const high = make("span", { class: "idw-high" });
  const unit = make("span", { class: "idw-unit" });
  const what = make("span", { class: "idw-what" });
  const how = make("span", { class: "idw-how" });
  const root = make(
    "figcaption",
    { class: "idw-legend" },
    make("div", { class: "idw-scaleline" }, low, scale, high, unit),
    make("div", { class: "idw-caption" }, what, how),
  );
  const pen = /** @type {CanvasRenderingContext2D} */ (scale.getContext("2d"));
  let shown = "";
  return {
    root,
    update() {
      const state = shared.get();
      if (!state.result) return;
      const text = legendText(state, local.get());
      setText(low, text.low);
      setText(high, text.high);
      setText(unit, text.unit);
      setText(what, text.what);
      setText(how, text.scale);
      const key = `${state.colour}/${state.form}/${state.opacity}`;
      if (key !== shown) {
        shown = key;
        pen.putImageData(legendImage(state), 0, 0);
      }
    },
  };
}
