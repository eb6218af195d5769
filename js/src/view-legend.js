/**
 * The colour scale under the picture: its ends, its unit, what it is a scale of, and the pinned words.
 */
import { nameOf, pinned, placeOf } from "./derive.js";
import { focusPicture, listen, make, memory, setAttribute, setFacts, setStyle, setText } from "./dom.js";
import { legendText } from "./legend.js";
import { colourOf } from "./pins.js";
import { press } from "./press.js";
import { HEIGHT, WIDTH, scaleImage } from "./scalebar.js";
import { isCompared, scaledScene } from "./scene.js";
import { changeText } from "./status.js";

/** @typedef {import("./state.js").Shared} Shared */

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
  const change = make("span", { class: "idw-change" });
  const facts = make("span", {});
  const how = make("span", { class: "idw-how" }, change, facts);
  const hint = make("div", { class: "idw-scalehint" }); // the last line, so that nothing moves as it goes
  const rescale = make("button", { type: "button", class: "idw-rescale" });
  const chips = make("div", { class: "idw-chips", role: "group", "aria-label": "Pinned words" });
  const line = make("div", { class: "idw-scaleline" }, low, scale, high, unit);
  const root = make(
    "figcaption",
    { class: "idw-legend" },
    line,
    chips,
    make("div", { class: "idw-caption" }, what, make("div", { class: "idw-howline" }, how, rescale), hint),
  );
  const pen = /** @type {CanvasRenderingContext2D} */ (scale.getContext("2d"));
  const asDrawn = memory();
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
    // The one that was let go had it.
    if (focused && chips.hidden) focusPicture(root);
    else if (focused) buttons[0].focus();
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
      const changed = changeText(state, here);
      if (!state.result || asBefore(state, here.hovered_word, here.focused_word, here.hovered_edit, changed)) return;
      // Before the first draw nothing is known of any scale; its place is kept.
      setStyle(root, "visibility", state.result.quantities.length ? "visible" : "hidden");
      const scene = scaledScene(state, here);
      const text = legendText(state, scene);
      // Its place is kept, so that nothing below moves.
      setStyle(line, "visibility", text.scale ? "inherit" : "hidden");
      setText(low, text.low);
      setText(high, text.high);
      setText(unit, text.unit);
      setText(what, text.what);
      what.hidden = isCompared(state); // each picture has its own line
      const where = placeOf(state, here).kind === "cell" ? "here" : "in the region";
      setFacts(change, changed && `${where} ${changed.replaceAll(" ", "\u00a0")}${text.scale && " · "}`);
      setFacts(facts, text.scale);
      setText(hint, text.hint);
      const common = state.scale === "shared";
      setText(rescale, common ? "own scale" : "one scale");
      setAttribute(rescale, "title", common ? "Show each word on a scale of its own" : "Show all words on one scale");
      offered ||= text.weak;
      setStyle(rescale, "visibility", offered && text.scale && state.quantity !== "full" ? "visible" : "hidden");
      list(state);
      const woven = scene.layers.length > 1 ? scene.layers.map(({ colour }) => colour) : [];
      if (!asDrawn(state.colour, scene.signed, state.opacity, state.threshold, ...woven)) pen.putImageData(scaleImage(state, scene), 0, 0);
    },
  };
}
