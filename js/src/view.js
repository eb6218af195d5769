/**
 * One view: puts the parts together, redraws them once per frame, and speaks to screen readers.
 */
import { make, setText } from "./dom.js";
import { activePixel, activeWord, bars, format, inUnit, ranks, shownMap, unitName } from "./derive.js";
import { initialLocal, createStore } from "./state.js";
import { sentenceView } from "./view-sentence.js";
import { pictureView } from "./view-picture.js";
import { rankingView } from "./view-ranking.js";
import { legendView } from "./view-legend.js";
import { editsView } from "./view-edits.js";
import { controlsView } from "./view-controls.js";
import { footerView } from "./view-footer.js";
import { download, fileName, snapshot } from "./snapshot.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./state.js").Local} Local */

/** A screen reader is told where the cursor rests, not every cell on the way. */
const SPEECH_DELAY = 250;

/**
 * @param {HTMLElement} el
 * @param {import("./state.js").Store<Shared>} shared
 * @param {AbortSignal} signal
 * @param {{ cancel: () => void, hovered: (local: Readonly<Local>) => void } & import("./view-edits.js").Actions} actions
 */
export function mountView(el, shared, signal, actions) {
  const local = createStore(initialLocal());
  const context = { shared, local, signal };
  let frame = 0;
  const repaint = () => {
    frame ||= requestAnimationFrame(paint);
  };
  const sentence = sentenceView(context);
  const picture = pictureView(context, repaint);
  const ranking = rankingView(context);
  const legend = legendView(context);
  const controls = controlsView(context, () => {
    const name = fileName(shared.get().result?.header.prompt ?? "");
    download(snapshot(shared.get(), local.get(), styleOf(root)), name);
  });
  const edits = editsView(context, actions);
  const footer = footerView(context, actions.cancel);
  const error = make("div", { class: "idw-problem", role: "alert" });
  const speech = make("div", { class: "idw-sr", role: "status", "aria-live": "polite" });
  const body = make(
    "div",
    { class: "idw-body" },
    sentence.root,
    make("figure", { class: "idw-figurebox" }, picture.root, legend.root),
    ranking.root,
    controls.root,
    edits.root,
    footer.root,
  );
  const root = make("div", { class: "idw", "data-lm-suppress-shortcuts": "true", "data-ready": "false" }, body, error, speech);
  const parts = [sentence, picture, ranking, legend, controls, edits, footer];

  function paint() {
    frame = 0;
    if (signal.aborted) return;
    try {
      for (const part of parts) part.update();
    } catch (problem) {
      shared.set({ error: `The viewer failed: ${problem instanceof Error ? problem.message : problem}` });
    }
  }

  let speaking = 0;
  function speak() {
    clearTimeout(speaking);
    speaking = window.setTimeout(() => setText(speech, spoken(shared.get(), local.get())), SPEECH_DELAY);
  }

  /** What tests and styles wait on: set at once, not in the next frame. */
  function mark() {
    const state = shared.get();
    const here = local.get();
    root.dataset.ready = String(Boolean(state.result && state.picture) && !state.error && !state.picture_error);
    root.dataset.word = String(activeWord(state, here) ?? "");
    root.dataset.pixel = (activePixel(state, here) ?? []).join(",");
    root.dataset.map = String(shownMap(state, here) !== null);
    root.dataset.state = state.progress.state;
    root.dataset.draws = String(state.result?.header.draws_done ?? 0);
    const problem = state.error || state.picture_error || (state.progress.state === "failed" ? state.progress.message : "");
    setText(error, problem);
    error.hidden = !problem;
    body.hidden = !state.result;
    repaint();
  }

  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      shared.set({ pinned_word: null, pinned_pixel: null, pinned_edit: null });
      local.set({ focused_pixel: null, focused_word: null });
    }
    event.stopPropagation();
  }, { signal });
  const undo = [shared.subscribe(mark), local.subscribe(mark), local.subscribe(speak), local.subscribe(() => actions.hovered(local.get()))];
  signal.addEventListener("abort", () => {
    for (const off of undo) off();
    cancelAnimationFrame(frame);
    clearTimeout(speaking);
    root.remove();
  });
  el.append(root);
  mark();
}

/** What a screen reader says about the word or the cell. @param {Shared} state @param {Local} local */
export function spoken(state, local) {
  const header = state.result?.header;
  const cell = activePixel(state, local);
  if (!header || !cell || state.quantity === "full") return "";
  const { list } = bars(state, cell);
  const order = ranks(list);
  const best = list
    .map(({ value }, i) => ({ value, name: header.words[i].text, rank: order[i] }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, 3)
    .map(({ value, name }) => `${name} ${format(inUnit(state, value ?? 0))}`);
  return `Row ${cell[0] + 1}, column ${cell[1] + 1}: ${best.join(", ")} ${unitName(state)} per latent cell`;
}

/** The colours and faces on the screen, for the saved picture. @param {HTMLElement} root */
function styleOf(root) {
  const style = getComputedStyle(root);
  /** @param {string} name */
  const value = (name) => style.getPropertyValue(name).trim();
  return {
    ink: value("--idw-ink"),
    muted: value("--idw-muted"),
    bar: value("--idw-bar"),
    paper: value("--idw-paper"),
    accent: value("--idw-accent"),
    sans: value("--idw-sans"),
    serif: value("--idw-serif"),
  };
}
