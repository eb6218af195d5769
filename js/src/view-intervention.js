/**
 * The view of interventions: puts its parts together, redraws them once per frame, and speaks to screen readers.
 */
import { CHOICES } from "./choices-intervention.js";
import { changeOf, cursorOf, scoresOf, spoken } from "./derive-intervention.js";
import { frames, guarded, listen, make, setData, setFacts, setText } from "./dom.js";
import { initialLocal } from "./model-intervention.js";
import { failure } from "./problems.js";
import { radioGroup, valueOf } from "./radios.js";
import { speaker } from "./speech.js";
import { createStore } from "./state.js";
import { headView } from "./view-intervention-head.js";
import { panesView } from "./view-intervention-panes.js";

/** @typedef {import("./model-intervention.js").Shared} Shared */
/** @typedef {import("./model-intervention.js").Local} Local */

/**
 * What its parts are given; see `Context` in dom.js.
 * @typedef {object} Context
 * @property {import("./state.js").Store<Shared>} shared
 * @property {import("./state.js").Store<Local>} local
 * @property {AbortSignal} signal
 * @property {(problem: unknown) => void} fail
 */

/** @param {Context} context */
function controlsView(context) {
  const { shared } = context;
  const groups = CHOICES.map((group) => radioGroup(group, group.key !== "colour" && group.key !== "unit"));
  const root = make("form", { class: "idw-controls idw-row1", "aria-label": "Display" }, ...groups.map((group) => group.root));
  const choices = groups.flatMap((group) => group.choices);
  listen(context, root, "submit", (event) => event.preventDefault());
  listen(context, root, "change", (event) => {
    const chosen = choices.find(({ input }) => input === event.target);
    if (chosen) shared.set({ [chosen.group.key]: valueOf(chosen.group, chosen.input) });
  });
  return {
    root,
    update() {
      const state = shared.get();
      const there = changeOf(state)?.maps;
      for (const { group, input, label } of choices) {
        input.checked = String(state[/** @type {keyof Shared} */ (group.key)]) === input.value;
        if (group.key === "predictor") label.hidden = !state.changes.some(({ maps }) => maps.has(input.value));
        if (group.key === "predictor") input.disabled = !there?.has(input.value);
        if (group.key === "unit") input.disabled = state.predictor !== "information";
      }
      for (const { root: set, choices: [first] } of groups) if (first.group.key === "scale") set.hidden = state.changes.length < 2;
    },
  };
}

/**
 * @param {HTMLElement} el
 * @param {import("./state.js").Store<Shared>} shared
 * @param {AbortSignal} signal
 */
export function mountInterventions(el, shared, signal) {
  const local = createStore(initialLocal());
  const fail = failure((view_error) => shared.set({ view_error }));
  const context = { shared, local, signal, fail };
  const repaint = frames(context, () => {
    for (const part of parts) part.update();
    setFacts(scores, scoresOf(shared.get()));
  });
  const head = headView(context);
  const panes = panesView(context, repaint);
  const controls = controlsView(context);
  const scores = make("div", { class: "idw-scores" });
  const error = make("div", { class: "idw-problem", role: "alert" });
  const speech = speaker(() => spoken(shared.get(), local.get()), signal);
  const body = make("div", { class: "idw-interventionbody" }, head.root, panes.root, scores, controls.root);
  const root = make("div", { class: "idw idw-intervention", "data-lm-suppress-shortcuts": "true", "data-ready": "false" }, body, error, speech.node);
  const parts = [head, panes, controls];

  /** What tests and styles wait on: set at once, not in the next frame. */
  function mark() {
    const state = shared.get();
    const here = local.get();
    const change = changeOf(state);
    const problem = [state.error, state.picture_error, state.view_error].filter(Boolean).join("\n");
    setData(root, "ready", String(change !== null && state.pictures?.of === change && !problem));
    setData(root, "change", change ? String(state.changes.indexOf(change)) : "");
    setData(root, "pixel", (cursorOf(state, here) ?? []).join(","));
    setData(root, "zoomed", String(here.view[2] < 1));
    setText(error, problem);
    error.hidden = !problem;
    body.hidden = change === null;
    repaint();
  }
  const marked = guarded(fail, mark);

  listen(context, root, "keydown", (event) => {
    event.stopPropagation();
    if (event.key !== "Escape") return;
    shared.set({ pinned_pixel: null });
    local.set({ focused_pixel: null, hovered_pixel: null });
  });
  const undo = [shared.subscribe(marked), local.subscribe(marked), shared.subscribe(speech.speak), local.subscribe(speech.speak)];
  signal.addEventListener("abort", () => {
    for (const off of undo) off();
    root.remove();
  });
  el.append(root);
  marked();
}
