/**
 * At which noise levels a word speaks: its information against log-SNR as a step curve, and where the result
 * has bands, two handles that choose the range of levels that the maps sum over.
 */
import { activeWord, noneText, placeOf } from "./derive.js";
import { listen, make, memory, setAttribute, setData, setStyle, setText } from "./dom.js";
import { activeEdit } from "./edits.js";
import { curvesOf, titleOf } from "./levels.js";
import { bandRange, nearest } from "./maps.js";
import { format, inUnit, isShare, level, levelRange, unitName } from "./numbers.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [400, 60];

/** A step curve as an SVG path, down to the zero line. @param {number[]} values @param {number[]} edges @param {number} top @param {boolean} signed */
function stepPath(values, edges, top, signed) {
  const span = edges[edges.length - 1] - edges[0];
  const x = (/** @type {number} */ a) => (((a - edges[0]) / span) * WIDTH).toFixed(1);
  const zero = signed ? HEIGHT / 2 : HEIGHT;
  const y = (/** @type {number} */ v) => (zero - (top > 0 ? v / top : 0) * (zero - 1)).toFixed(1);
  const steps = values.map((value, i) => `L${x(edges[i])} ${y(value)}L${x(edges[i + 1])} ${y(value)}`);
  return `M0 ${zero}${steps.join("")}L${WIDTH} ${zero}Z`;
}

/**
 * @param {import("./dom.js").Context} context
 */
export function levelsView(context) {
  const { shared, local } = context;
  const what = make("span", { class: "idw-levelname" });
  const most = make("span");
  const drawing = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true", class: "idw-curve" })) {
    drawing.setAttribute(name, value);
  }
  /** @type {SVGPathElement[]} */
  const lines = [];
  // Where the handles can stand, which need not be where the curve has its steps.
  const marks = document.createElementNS(SVG, "g");
  marks.setAttribute("class", "idw-bandedges");
  drawing.append(marks);
  let marked = "";

  /** A thin line at each edge between two bands. @param {number[]} edges @param {number} start @param {number} stop */
  function mark(edges, start, stop) {
    const key = JSON.stringify([edges, start, stop]);
    if (key === marked) return;
    marked = key;
    marks.replaceChildren(
      ...edges.slice(1, -1).map((edge) => {
        const line = document.createElementNS(SVG, "line");
        const x = (((edge - start) / (stop - start)) * WIDTH).toFixed(1);
        for (const [name, value] of Object.entries({ x1: x, x2: x, y1: "0", y2: String(HEIGHT) })) line.setAttribute(name, value);
        return line;
      }),
    );
  }
  const veils = ["low", "high"].map((side) => make("span", { class: `idw-veil idw-veil-${side}`, "aria-hidden": "true" }));
  const handles = ["Lowest", "Highest"].map((name) =>
    make("input", { type: "range", class: "idw-handle", step: "any", "aria-label": `${name} log-SNR of the maps` }),
  );
  const slider = make("div", { class: "idw-levelslider", role: "group", "aria-label": "Range of noise levels" }, ...handles);
  const low = make("span");
  const high = make("span");
  const chosen = make("span", { class: "idw-chosen" });
  const root = make(
    "div",
    { class: "idw-levels" },
    make("div", { class: "idw-levelhead" }, what, most),
    make("div", { class: "idw-plot" }, drawing, ...veils),
    slider,
    make("div", { class: "idw-levelfoot" }, low, chosen, high),
  );

  const edgesNow = () => shared.get().result?.header.band_edges ?? [];

  /** Set one end of the range, by the place of its edge. @param {number} which @param {number} place */
  function setEnd(which, place) {
    const edges = edgesNow();
    const [first, end] = bandRange(shared.get()) ?? [0, edges.length - 1];
    const ends = which === 0 ? [Math.max(0, Math.min(place, end - 1)), end] : [first, Math.min(edges.length - 1, Math.max(place, first + 1))];
    const all = ends[0] === 0 && ends[1] === edges.length - 1;
    shared.set({ band: all ? null : [edges[ends[0]], edges[ends[1]]] });
    placeHandles();
  }

  function placeHandles() {
    const edges = edgesNow();
    const range = bandRange(shared.get()) ?? [0, edges.length - 1];
    handles.forEach((handle, which) => {
      const value = String(edges[range[which]]);
      setAttribute(handle, "min", String(edges[0]));
      setAttribute(handle, "max", String(edges[edges.length - 1]));
      if (handle.value !== value) handle.value = value;
      setAttribute(handle, "aria-valuetext", `log-SNR ${level(edges[range[which]])}`);
    });
  }

  handles.forEach((handle, which) => {
    listen(context, handle, "input", () => {
      setEnd(which, nearest(edgesNow(), Number(handle.value)));
    });
    listen(context, handle, "keydown", (event) => {
      /** @type {Record<string, number>} */
      const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 1, PageDown: -1, Home: -Infinity, End: Infinity };
      if (!Object.hasOwn(steps, event.key)) return;
      event.preventDefault();
      const last = edgesNow().length - 1;
      const now = (bandRange(shared.get()) ?? [0, last])[which];
      setEnd(which, Math.max(0, Math.min(last, now + steps[event.key])));
    });
  });

  const asBefore = memory();
  return {
    root,
    update() {
      const state = shared.get();
      const header = state.result?.header;
      const here = local.get();
      const edit = activeEdit(state, here);
      const apart = placeOf(state, here).kind !== "whole";
      if (!header || asBefore(state, activeWord(state, here), edit, apart)) return;
      const edges = header.curve_edges;
      const { curves, top, chosen: picked } = curvesOf(state, here);
      root.hidden = edges.length < 2 || noneText(state) !== ""; // the legend says so
      if (root.hidden) return;
      const signed = curves.some(({ values }) => values.some((value) => value < 0));
      while (lines.length < curves.length) {
        const line = document.createElementNS(SVG, "path");
        marks.before(line);
        lines.push(line);
      }
      lines.forEach((line, i) => {
        const curve = curves[i];
        setAttribute(line, "d", curve ? stepPath(curve.values, curve.edges, top, signed) : "");
        line.style.setProperty("--pin", curve?.colour ?? "");
      });
      setData(root, "all", String(state.quantity !== "full" && !picked));
      setData(root, "pinned", String(curves.some(({ colour }) => colour !== "")));
      const none = isShare(state) ? "attention: all noise levels together" : "its noise levels are not known";
      setText(what, curves.length ? titleOf(curves, state.quantity, edit !== null, apart) : none);
      const peak = Math.max(0, ...curves.flatMap(({ values }) => values.map(Math.abs)));
      setText(most, curves.length ? `at most ${format(inUnit(state, peak))} ${unitName(state)} per unit of log-SNR` : "");
      const bands = header.band_edges;
      const range = bandRange(state);
      const ready = bands.length > 2 && Boolean(state.details?.header.bands);
      slider.hidden = bands.length < 3;
      for (const handle of handles) handle.disabled = !ready || isShare(state);
      if (bands.length > 2) placeHandles();
      const [start, stop] = [edges[0], edges[edges.length - 1]];
      mark(bands.length > 2 ? bands : [], start, stop);
      const part = (/** @type {number} */ a) => (100 * (a - start)) / (stop - start);
      setStyle(veils[0], "width", `${range ? part(bands[range[0]]) : 0}%`);
      setStyle(veils[1], "width", `${range ? 100 - part(bands[range[1]]) : 0}%`);
      setText(low, `coarse ${level(start)}`);
      setText(high, `${level(stop)} fine`);
      setText(chosen, range ? `log-SNR ${levelRange(bands[range[0]], bands[range[1]])}` : "log-SNR");
    },
  };
}
