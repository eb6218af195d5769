/**
 * Choices as radio buttons of the browser's own, so that the keyboard works.
 */
import { look } from "./colour.js";
import { make } from "./dom.js";

/** @typedef {import("./choices.js").Group} Group */

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

/** @typedef {{ group: Group, input: HTMLInputElement, label: HTMLElement }} Choice */

/** @param {Group} group @param {boolean} named  whether its name is shown @returns {{ root: HTMLElement, choices: Choice[] }} */
export function radioGroup(group, named) {
  const root = make("span", { class: "idw-group", role: "radiogroup", "aria-label": group.label });
  if (named) root.append(make("span", { class: "idw-label" }, group.label.toLowerCase()));
  const choices = group.choices.map(({ value, label, title }) => {
    const input = make("input", { type: "radio", name: String(group.key), value });
    const text = group.key === "colour" ? [swatch(value), make("span", { class: "idw-sr" }, label)] : [make("span", {}, label)];
    const choice = make("label", { class: "idw-choice", title }, input, ...text);
    root.append(choice);
    return { group, input, label: choice };
  });
  return { root, choices };
}

/** What a radio button of a group stands for. @param {Group} group @param {HTMLInputElement} input */
export function valueOf(group, input) {
  return group.boolean ? input.value === "true" : input.value;
}
