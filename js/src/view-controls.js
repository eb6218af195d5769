/**
 * One quiet row of choices, and behind "more" those that are seldom needed. Radio buttons, sliders and a list of
 * the browser's own, so that the keyboard works.
 */
import { GROUPS, QUANTITIES } from "./choices.js";
import { isWaited, listen, make, memory, setText, setWaited } from "./dom.js";
import { isShare } from "./numbers.js";
import { reasonOf } from "./problems.js";
import { radioGroup, valueOf } from "./radios.js";
import { isCompared } from "./scene.js";

/** @typedef {import("./state.js").Shared} Shared */

/** @param {string} name @param {string} label @param {string} max */
function slider(name, label, max) {
  const input = make("input", { type: "range", min: "0", max, step: "0.05", name, class: "idw-slider", "aria-label": label });
  return { input, root: make("label", { class: "idw-group", title: label }, make("span", { class: "idw-label" }, name), input) };
}

/** @type {Record<string, string>} */
const TITLES = {
  png: "Save the view as PNG, as it is on the screen",
  svg: "Save the view as SVG, as it is on the screen",
  pdf: "Save a figure of what is pinned, or of all words, as PDF for a paper; Python draws it",
};

/**
 * @param {import("./dom.js").Context} context
 * @param {string[]} kinds  of files that can be saved
 * @param {(kind: string) => Promise<void>} save
 */
export function controlsView(context, kinds, save) {
  const { shared, local } = context;
  const row = make("div", { class: "idw-row1" });
  const more = make("div", { class: "idw-more" });
  // A form keeps the radio groups of two views apart without names that are unique in the page.
  const root = make("form", { class: "idw-controls", "aria-label": "Display" }, row, more);
  /** @type {import("./radios.js").Choice[]} */
  const inputs = [];
  for (const group of GROUPS) {
    const set = radioGroup(group, Boolean(group.more) && group.key !== "colour");
    inputs.push(...set.choices);
    (group.more ? more : row).append(set.root);
  }
  const compare = make("select", { name: "compare", class: "idw-select", "aria-label": "Compare with" });
  const opacity = slider("opacity", "Opacity of the map", "1");
  const threshold = slider("threshold", "Show from this part of the colour scale", "0.95");
  more.append(opacity.root, threshold.root);
  const toggle = make("button", { type: "button", class: "idw-quiet idw-toggle", "aria-expanded": "false" }, "more");
  const note = make("span", { class: "idw-savenote", role: "status" });
  const buttons = kinds.map((kind, i) => {
    const name = kind.toUpperCase();
    const button = make("button", { type: "button", class: "idw-quiet", title: TITLES[kind] }, i === 0 ? `save ${name}` : name);
    listen(context, button, "click", async () => {
      if (isWaited(button)) return;
      setWaited(button, true);
      setText(note, kind === "pdf" ? "drawing" : "");
      try {
        await save(kind);
        setText(note, "");
      } catch (problem) {
        setText(note, `no ${name}: ${reasonOf(problem)}`);
      }
      setWaited(button, false);
    });
    return button;
  });
  const beside = make("label", { class: "idw-group" }, make("span", { class: "idw-label" }, "beside"), compare);
  // They go to another line together.
  row.append(make("div", { class: "idw-tail" }, beside, toggle, make("span", { class: "idw-saves" }, note, ...buttons)));

  /** @type {Readonly<Shared> | null} */
  let shown = null;
  let offered = "";
  listen(context, root, "submit", (event) => event.preventDefault());
  listen(context, toggle, "click", () => local.set({ open: !local.get().open }));
  listen(context, root, "change", (event) => {
    const input = event.target;
    if (input === compare) shared.set({ compare: compare.value });
    if (!(input instanceof HTMLInputElement) || input.type !== "radio") return;
    const group = GROUPS.find(({ key }) => key === input.name);
    if (!group) return;
    const value = valueOf(group, input);
    if (group.own) local.set({ [group.key]: value });
    else shared.set(/** @type {Partial<Shared>} */ ({ [group.key]: value }));
  });
  for (const { input } of [opacity, threshold]) {
    listen(context, input, "input", () => shared.set({ [input.name]: Number(input.value) }));
  }

  /** What can stand beside the picture: another word, the other form, or another quantity. @param {Readonly<Shared>} state */
  function offer(state) {
    const known = state.result?.quantities ?? [];
    // What Python chose stands there, even where there is nothing of it to see.
    const there = QUANTITIES.filter(({ value }) => (value !== state.quantity && known.includes(value)) || (known.length && value === state.compare));
    const choices = [
      ["off", "nothing"],
      ["words", "another word"],
      ...(isShare(state) ? [] : [["form", "the other form"]]),
      ...there.map(({ value, label }) => [value, label]),
    ];
    const key = JSON.stringify(choices);
    if (key !== offered) {
      offered = key;
      compare.replaceChildren(...choices.map(([value, label]) => make("option", { value }, label)));
    }
    const wanted = choices.some(([value]) => value === state.compare) ? state.compare : "off";
    if (compare.value !== wanted) compare.value = wanted;
  }

  const asBefore = memory();
  return {
    root,
    update() {
      const state = shared.get();
      const here = local.get();
      if (asBefore(state, here.open, here.tool)) return;
      more.hidden = !here.open;
      toggle.setAttribute("aria-expanded", String(here.open));
      for (const { group, input } of inputs) {
        if (group.own) input.checked = String(here[/** @type {"tool"} */ (group.key)]) === input.value;
      }
      if (state === shown) return;
      shown = state;
      const { result } = state;
      // Attention has neither form nor unit.
      const idle = isShare(state) && !isCompared(state) ? ["form", "unit"] : [];
      const known = result !== null && result.quantities.length > 0;
      for (const { group, input, label } of inputs) {
        if (group.own) continue;
        input.checked = String(state[/** @type {keyof Shared} */ (group.key)]) === input.value;
        input.disabled = idle.includes(group.key);
        // What was not computed is not offered; before the first draw nobody knows what will be.
        if (group.key === "quantity") {
          label.hidden = known ? !result.quantities.includes(input.value) : input.value !== state.quantity;
        }
      }
      offer(state);
      for (const { input } of [opacity, threshold]) {
        const value = String(state[/** @type {"opacity" | "threshold"} */ (input.name)]);
        if (input.value !== value) input.value = value;
      }
      for (const button of buttons) button.disabled = !state.picture;
    },
  };
}
