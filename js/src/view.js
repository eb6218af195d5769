/**
 * One view: puts the parts together, redraws them once per frame, and speaks to screen readers.
 */
import { activePixel, activeWord } from "./derive.js";
import { frames, guarded, listen, make, setData, setText } from "./dom.js";
import { giveUp } from "./gestures.js";
import { failure } from "./problems.js";
import { isCompared, sceneOf } from "./scene.js";
import { speaker } from "./speech.js";
import { initialLocal, createStore } from "./state.js";
import { spoken } from "./status.js";
import { WHOLE } from "./viewport.js";
import { controlsView } from "./view-controls.js";
import { editsView } from "./view-edits.js";
import { footerView } from "./view-footer.js";
import { legendView } from "./view-legend.js";
import { levelsView } from "./view-levels.js";
import { pictureView } from "./view-picture.js";
import { rankingView } from "./view-ranking.js";
import { sentenceView } from "./view-sentence.js";
import { download, fileName, seenIn } from "./saved-file.js";
import { savePng, saveSvg } from "./snapshot.js";

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./state.js").Local} Local */

/** A pointer that has told nothing for so long rests, in milliseconds. */
const RESTED = 160;

/**
 * @param {HTMLElement} el
 * @param {import("./state.js").Store<Shared>} shared
 * @param {AbortSignal} signal
 * @param {{ cancel: () => boolean, more: () => boolean, hovered: (local: Readonly<Local>) => void, file: ((format: string, view: import("./viewport.js").Viewport) => Promise<Blob>) | null } & import("./view-edits.js").Actions} actions
 */
export function mountView(el, shared, signal, actions) {
  const local = createStore(initialLocal());
  const fail = failure((view_error) => shared.set({ view_error }));
  const context = { shared, local, signal, fail };
  const repaint = frames(context, () => {
    for (const part of parts) part.update();
  });
  const { file } = actions;
  /** @type {Record<string, () => Promise<Blob>>} */
  const makers = {
    png: () => savePng(shared.get(), local.get(), styleOf(root)),
    svg: () => saveSvg(shared.get(), local.get(), styleOf(root)),
    ...(file && { pdf: () => file("pdf", local.get().view) }),
  };
  /** @param {string} kind */
  const save = async (kind) => download(await makers[kind](), fileName(shared.get().result?.header.prompt ?? "", kind, seenIn(shared.get(), local.get())));
  const sentence = sentenceView(context);
  const picture = pictureView(context, repaint);
  const ranking = rankingView(context);
  const legend = legendView(context);
  const levels = levelsView(context);
  const controls = controlsView(context, Object.keys(makers), save);
  const edits = editsView(context, actions);
  const footer = footerView(context, actions);
  const error = make("div", { class: "idw-problem", role: "alert" });
  const speech = speaker(() => spoken(shared.get(), local.get()), signal);
  const body = make(
    "div",
    { class: "idw-body" },
    sentence.root,
    make("figure", { class: "idw-figurebox" }, picture.root, legend.root),
    make("div", { class: "idw-side" }, ranking.root, levels.root),
    controls.root,
    edits.root,
    footer.root,
  );
  const root = make("div", { class: "idw", "data-lm-suppress-shortcuts": "true", "data-ready": "false" }, body, error, speech.node);
  const parts = [sentence, picture, ranking, legend, levels, controls, edits, footer];

  let moving = 0;
  let moved = -RESTED;
  /** Bars and rows glide when the pointer comes to a word or a cell, and follow at once while it goes on. */
  function move() {
    const now = performance.now();
    if (now - moved < RESTED) setData(root, "moving", "true");
    moved = now;
    clearTimeout(moving);
    moving = window.setTimeout(() => setData(root, "moving", "false"), RESTED);
  }

  /** What tests and styles wait on: set at once, not in the next frame. */
  function mark() {
    const state = shared.get();
    const here = local.get();
    setData(root, "ready", String(Boolean(state.result && state.picture) && !state.error && !state.picture_error && !state.view_error));
    setData(root, "word", String(activeWord(state, here) ?? ""));
    setData(root, "pixel", (activePixel(state, here) ?? []).join(","));
    setData(root, "map", String(sceneOf(state, here).layers.length > 0));
    setData(root, "compare", String(isCompared(state)));
    setData(root, "tool", here.tool);
    setData(root, "zoomed", String(here.view[2] < 1));
    setData(root, "details", String(state.details !== null));
    setData(root, "state", state.progress.state);
    setData(root, "draws", String(state.result?.header.draws_done ?? 0));
    const failed = state.progress.state === "failed" ? state.progress.message : "";
    const { error: unread, picture_error, view_error, details_error, edits_error, unheard } = state;
    const problem = [unread, picture_error, view_error, details_error, edits_error, unheard, failed].filter(Boolean).join("\n");
    setText(error, problem);
    error.hidden = !problem;
    body.hidden = !state.result;
    repaint();
  }

  listen(context, root, "keydown", (event) => {
    event.stopPropagation();
    if (event.key !== "Escape" || giveUp(context)) return;
    legend.letGo();
    repaint();
    shared.set({ pinned_words: [], pin_colours: [], pinned_pixel: null, region: [], pinned_edit: null });
    local.set({ focused_pixel: null, focused_word: null });
  });
  /** Python is told of words; parts of pairs, which come after them, are no words. */
  function told() {
    const here = local.get();
    const count = shared.get().result?.header.words.length ?? 0;
    const word = (/** @type {number | null} */ id) => (id !== null && id < count ? id : null);
    actions.hovered({ ...here, hovered_word: word(here.hovered_word), focused_word: word(here.focused_word) });
  }
  const marked = guarded(fail, mark);
  /** What made room for another word is told until pins change again. */
  const forget = shared.subscribe((changed) => {
    if (changed.has("pinned_words")) local.set({ let_go: null });
  });
  /** Zoom, tool and what is being drawn are for one picture. */
  let pictured = shared.get().picture;
  const another = shared.subscribe((changed) => {
    if (!changed.has("picture")) return;
    if (pictured) local.set({ view: WHOLE, tool: "point", draft: [], anchor: null });
    pictured = shared.get().picture;
  });
  /** What is said of a place that was let go, or drawn, is said anew. */
  const said = shared.subscribe((changed) => {
    if (changed.has("region") || changed.has("pinned_pixel") || changed.has("pinned_edit")) speech.speak();
  });
  /** So is what another result says there, once its estimate has ended: not at every step. */
  let unsaid = false;
  const renewed = shared.subscribe((changed) => {
    unsaid ||= changed.has("result");
    if (!unsaid || shared.get().progress.state === "running") return;
    unsaid = false;
    speech.speak();
  });
  const undo = [forget, another, said, renewed, shared.subscribe(marked), local.subscribe(marked), local.subscribe(speech.speak), local.subscribe(told), local.subscribe(move)];
  signal.addEventListener("abort", () => {
    for (const off of undo) off();
    clearTimeout(moving);
    root.remove();
  });
  el.append(root);
  marked();
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
