/**
 * One quiet row of choices. Radio buttons and a slider of the browser's own, so that the keyboard works.
 */
import { make } from "./dom.js";
import { look } from "./color.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {{ key: keyof Shared, label: string, choices: { value: string, label: string, title: string }[] }} Group */

/** @type {Group[]} */
const GROUPS = [
  {
    key: "quantity",
    label: "Quantity",
    choices: [
      { value: "cmi", label: "CMI", title: "What the word adds, given the other words of the prompt" },
      { value: "mi", label: "MI", title: "What the word says alone" },
      { value: "shapley", label: "Shapley", title: "The word's share: shares add up to what the words say together" },
      { value: "full", label: "whole prompt", title: "What the whole prompt says" },
    ],
  },
  {
    key: "form",
    label: "Form",
    choices: [
      { value: "orthogonal", label: "orthogonal", title: "Squared difference of two predictions: never negative" },
      { value: "standard", label: "standard", title: "Difference of two squared errors: signed, obeys the chain rule" },
    ],
  },
  {
    key: "scale",
    label: "Colour scale",
    choices: [
      { value: "shared", label: "shared scale", title: "One scale for all words: a word without information looks it" },
      { value: "word", label: "per word", title: "Each word on a scale of its own" },
    ],
  },
  {
    key: "smooth",
    label: "Resolution",
    choices: [
      { value: "true", label: "smooth", title: "Values interpolated between the latent cells" },
      { value: "false", label: "cells", title: "The latent cells as they are" },
    ],
  },
  {
    key: "unit",
    label: "Unit",
    choices: [
      { value: "nat", label: "nats", title: "Natural units of information" },
      { value: "bit", label: "bits", title: "1 bit = 0.693 nats" },
    ],
  },
  {
    key: "colour",
    label: "Colours",
    choices: [
      { value: "light", label: "light", title: "The picture lit where the word speaks, dimmed elsewhere" },
      { value: "inferno", label: "inferno", title: "Inferno" },
      { value: "viridis", label: "viridis", title: "Viridis" },
    ],
  },
];

/** A stripe of the colours of a scale. @param {string} colour */
function swatch(colour) {
  const { colours } = look(colour, false);
  const stops = [0, 51, 102, 153, 204, 255].map((i) =>
    colours ? `rgb(${colours[3 * i]}, ${colours[3 * i + 1]}, ${colours[3 * i + 2]})` : `rgb(${i}, ${i}, ${i})`,
  );
  const stripe = make("span", { class: "idw-swatch", "aria-hidden": "true" });
  stripe.style.backgroundImage = `linear-gradient(90deg, ${stops.join(", ")})`;
  return stripe;
}

/**
 * @param {import("./dom.js").Context} context
 * @param {() => void} savePicture
 */
export function controlsView({ shared, signal }, savePicture) {
  // A form keeps the radio groups of two views apart without names that are unique in the page.
  const root = make("form", { class: "idw-controls", "aria-label": "Display" });
  /** @type {{ group: Group, input: HTMLInputElement, label: HTMLElement }[]} */
  const inputs = [];
  for (const group of GROUPS) {
    const set = make("span", { class: "idw-group", role: "radiogroup", "aria-label": group.label });
    for (const { value, label, title } of group.choices) {
      const input = make("input", { type: "radio", name: String(group.key), value });
      const text = group.key === "colour" ? [swatch(value), make("span", { class: "idw-sr" }, label)] : [make("span", {}, label)];
      const choice = make("label", { class: "idw-choice", title }, input, ...text);
      inputs.push({ group, input, label: choice });
      set.append(choice);
    }
    root.append(set);
  }
  const opacity = make("input", { type: "range", min: "0", max: "1", step: "0.05", class: "idw-opacity", "aria-label": "Opacity of the map" });
  const save = make("button", { type: "button", class: "idw-save", title: "Save the view as a PNG picture" }, "save PNG");
  root.append(make("label", { class: "idw-group idw-range", title: "Opacity of the map" }, opacity), save);

  /** @type {Readonly<Shared> | null} */
  let shown = null;
  root.addEventListener("submit", (event) => event.preventDefault(), { signal });
  root.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "radio") return;
    const value = input.name === "smooth" ? input.value === "true" : input.value;
    shared.set(/** @type {Partial<Shared>} */ ({ [input.name]: value }));
  }, { signal });
  opacity.addEventListener("input", () => shared.set({ opacity: Number(opacity.value) }), { signal });
  save.addEventListener("click", savePicture, { signal });

  return {
    root,
    update() {
      const state = shared.get();
      if (state === shown) return;
      shown = state;
      const { result } = state;
      for (const { group, input, label } of inputs) {
        input.checked = String(state[group.key]) === input.value;
        // What was not computed is not offered; before the first draw nobody knows.
        const known = result !== null && result.quantities.length > 0;
        if (group.key === "quantity") label.hidden = known && !result.quantities.includes(input.value);
      }
      const value = String(state.opacity);
      if (opacity.value !== value) opacity.value = value;
      save.disabled = !state.picture;
    },
  };
}
