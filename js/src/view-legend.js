/**
 * The colour scale under the picture: its ends, its unit, what it is a scale of, and the pinned words.
 */
import { isSigned, nameOf, pinned, sharedTop } from "./derive.js";
import { listen, make, memory, setAttribute, setStyle, setText } from "./dom.js";
import { bandRange } from "./maps.js";
import { cellUnit, format, inUnit, isShare, level } from "./numbers.js";
import { colourOf, press } from "./pins.js";
import { HEIGHT, WIDTH, scaleImage } from "./scalebar.js";
import { captionOf, isCompared, quantityOf, sceneOf } from "./scene.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./scene.js").Scene} Scene */

/** What ends below this part of the shared scale looks dark all over. */
const WEAK = 0.2;

/** What is too weak for a scale that it shares, and how far it reaches; else nothing. @param {Scene["layers"]} layers @param {import("./numbers.js").Unit} unit */
function weakest(layers, unit) {
  const weak = layers.filter(({ shown, top }) => shown.top < WEAK * top).sort((a, b) => a.shown.top - b.shown.top)[0];
  if (!weak) return "";
  const name = weak.id === null ? weak.name : `“${weak.name}”`;
  return `; ${name} reaches ${format(inUnit(unit, weak.shown.top))}`;
}

/**
 * What the legend says, also for the saved picture; no scale where there is none.
 * @param {Shared} state @param {Scene} scene
 */
export function legendText(state, scene) {
  const { layers, common, quantity } = scene;
  // Of a change without a map there is no scale, and what would stand there tells why.
  if (scene.edit && layers.length === 0 && !isCompared(state)) return { low: "", high: "", unit: "", what: captionOf(state, scene), scale: "", weak: false };
  const top = layers.length === 1 || common ? (layers[0]?.top ?? (quantity === "full" ? 0 : sharedTop(state))) : null;
  const [height, width] = layers[0]?.shown.grid ?? state.result?.header.grid ?? [0, 0];
  const edges = state.result?.header.band_edges ?? [];
  const range = bandRange(state);
  const unit = { unit: state.unit, quantity };
  const beside = isCompared(state) ? quantityOf(state, "other") : null;
  const apart = beside !== null && isShare(beside) !== isShare(unit);
  const shared = beside && !apart ? "one scale for both pictures" : "one scale for all words";
  const own = layers.length === 1 ? "scale of this word" : "a scale for each word";
  const change = layers.some(({ top: end, shown }) => end > shown.top) ? "the scale of all words" : "scale of this change";
  const scale = quantity === "full" ? "own scale" : common ? shared : own;
  const weak = weakest(layers, unit);
  const said = scene.edit && layers.length ? change : scale;
  const how = [weak ? said.replace("for all words", "for all") + weak : said, `${width} × ${height} cells`.replaceAll(" ", "\u00a0")];
  // Attention, and what has no bands, is of the whole range whatever is chosen.
  const part = layers.length ? layers[0].shown.part : !isShare(unit);
  if (range) how.push(part ? `log-SNR ${level(edges[range[0]])} to ${level(edges[range[1]])}` : "all noise levels");
  if (beside && apart) {
    const end = common && beside.quantity !== "full" ? sharedTop(state, beside.quantity, beside.form) : null;
    const other = { unit: state.unit, ...beside };
    const high = inUnit(other, end ?? 0);
    const low = isSigned(beside) ? format(-high) : "0";
    how.push(end === null ? "the other on its own" : `beside it ${low} to ${format(high)} ${cellUnit(other)}`);
  }
  if (layers.length > 1 && scene.signed) how.push("positive parts");
  if (state.threshold > 0) how.push(`from ${Math.round(100 * state.threshold)}% of the scale`);
  return {
    low: scene.signed && layers.length < 2 ? `≤ ${format(-inUnit(unit, top ?? 0))}` : "0",
    high: top === null ? "end of each" : `≥ ${format(inUnit(unit, top))}`,
    unit: cellUnit(unit),
    what: captionOf(state, scene),
    scale: how.join(" · "),
    weak: weak !== "",
  };
}

/**
 * @param {import("./dom.js").Context} context
 */
export function legendView(context) {
  const { shared, local } = context;
  const scale = make("canvas", { class: "idw-scale", width: String(WIDTH), height: String(HEIGHT), "aria-hidden": "true" });
  const low = make("span", { class: "idw-low" });
  const high = make("span", { class: "idw-high" });
  const unit = make("span", { class: "idw-unit" });
  const what = make("span", { class: "idw-what" });
  const how = make("span", { class: "idw-how" });
  const rescale = make("button", { type: "button", class: "idw-rescale" });
  const chips = make("div", { class: "idw-chips", role: "group", "aria-label": "Pinned words" });
  const line = make("div", { class: "idw-scaleline" }, low, scale, high, unit);
  const root = make(
    "figcaption",
    { class: "idw-legend" },
    line,
    chips,
    make("div", { class: "idw-caption" }, what, make("div", { class: "idw-howline" }, how, rescale)),
  );
  const pen = /** @type {CanvasRenderingContext2D} */ (scale.getContext("2d"));
  let shown = "";
  let listed = "";

  listen(context, chips, "click", (event) => {
    const chip = event.target instanceof Element ? event.target.closest("button") : null;
    if (!chip) return;
    press(context, Number(chip.dataset.index));
  });

  // It stays once it was of use, so that it can be reached: what is hovered ends on the way to it.
  let offered = false;
  listen(context, rescale, "click", () => shared.set({ scale: shared.get().scale === "shared" ? "word" : "shared" }));

  /** @param {Shared} state */
  function list(state) {
    const ids = pinned(state);
    const names = ids.map((id) => nameOf(state, id));
    const key = JSON.stringify([ids, names, state.pin_colours]);
    if (key === listed) return;
    listed = key;
    const focused = chips.querySelector(":focus") !== null;
    const buttons = ids.map((id, i) => {
      const chip = make("button", { type: "button", class: "idw-pinchip", "data-index": String(id), "aria-label": `Let go of ${names[i]}` });
      const swatch = make("span", { class: "idw-pin", "aria-hidden": "true" });
      swatch.style.setProperty("--pin", colourOf(state, id) ?? "");
      chip.append(swatch, make("span", { class: "idw-chipname", dir: "auto" }, names[i]), make("span", { class: "idw-cross", "aria-hidden": "true" }, "×"));
      return chip;
    });
    chips.replaceChildren(...buttons);
    chips.hidden = ids.length < 2;
    if (focused) buttons[0]?.focus(); // the one that was let go had it
  }

  let asBefore = memory();
  return {
    root,
    /** Nothing is looked at any more, which the scale was offered for. */
    letGo() {
      if (shared.get().scale !== "shared" || rescale.matches(":focus")) return;
      offered = false;
      asBefore = memory();
    },
    update() {
      const state = shared.get();
      const here = local.get();
      if (!state.result || asBefore(state, here.hovered_word, here.focused_word, here.hovered_edit)) return;
      // Before the first draw nothing is known of any scale; its place is kept.
      setStyle(root, "visibility", state.result.quantities.length ? "visible" : "hidden");
      const scene = sceneOf(state, here);
      const text = legendText(state, scene);
      // Its place is kept, so that nothing below moves.
      setStyle(line, "visibility", text.scale ? "inherit" : "hidden");
      setText(low, text.low);
      setText(high, text.high);
      setText(unit, text.unit);
      setText(what, text.what);
      what.hidden = isCompared(state); // each picture has its own line
      setText(how, text.scale);
      const common = state.scale === "shared";
      setText(rescale, common ? "own scale" : "one scale");
      setAttribute(rescale, "title", common ? "Show each word on a scale of its own" : "Show all words on one scale");
      offered ||= text.weak;
      setStyle(rescale, "visibility", offered && text.scale && state.quantity !== "full" ? "visible" : "hidden");
      list(state);
      const woven = scene.layers.length > 1 ? scene.layers.map(({ colour }) => colour) : [];
      const key = [state.colour, scene.signed, state.opacity, state.threshold, ...woven].join("/");
      if (key !== shown) {
        shown = key;
        pen.putImageData(scaleImage(state, scene), 0, 0);
      }
    },
  };
}
