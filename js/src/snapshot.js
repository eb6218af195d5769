/**
 * The view as it is on the screen, as a file: pictures with maps and lines, scale, pinned words, sentence with
 * bars. PNG at twice the size; SVG with its text and lines as such.
 */
import { bars, hasBars, litWord, nameOf, pinned, placeOf } from "./derive.js";
import { legendText } from "./legend.js";
import { promptLines, wrapped } from "./lines.js";
import { paintLines, paintMaps } from "./paint.js";
import { colourOf } from "./pins.js";
import { dimmed } from "./raster.js";
import { captionOf, isCompared, scaledScene, sceneOf } from "./scene.js";
import { scaleImage } from "./scalebar.js";
import { factsOf, originOf, totalsOf } from "./small-print.js";
import { canvasSurface, measuring, svgSurface } from "./surface.js";

const SCALE = 2;
const [ONE, TWO, GAP, MARGIN] = [520, 400, 16, 20];
const BAR = 12;
const LINE = 54;
const SENTENCE = 22;
const SMALL = 12;
const SMALL_LINE = 16;

/** @typedef {import("./state.js").Shared} Shared */
/** @typedef {import("./state.js").Local} Local */
/** @typedef {import("./surface.js").Surface} Surface */
/** @typedef {{ ink: string, muted: string, bar: string, paper: string, accent: string, sans: string, serif: string }} Style */
/** @typedef {import("./lines.js").Placed} Placed */

/** @param {Shared} state @param {Local} local @param {Style} style @returns {Promise<Blob>} */
export async function savePng(state, local, style) {
  const canvas = document.createElement("canvas");
  compose(state, local, style, (width, height) => canvasSurface(canvas, width, height, SCALE));
  return new Promise((done, failed) =>
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The browser could not make a PNG."))), "image/png"),
  );
}

/** @param {Shared} state @param {Local} local @param {Style} style @returns {Promise<Blob>} */
export async function saveSvg(state, local, style) {
  const surface = compose(state, local, style, (width, height) => svgSurface(width, height));
  return new Blob([surface.text()], { type: "image/svg+xml" });
}

/**
 * @template {Surface} S
 * @param {Shared} state @param {Local} local @param {Style} style
 * @param {(width: number, height: number) => S} open
 * @returns {S}
 */
function compose(state, local, style, open) {
  const { picture, result } = state;
  if (!picture || !result) throw new Error("There is nothing to save yet.");
  // Beside nothing, as while no other word is pointed at, the picture stands alone.
  const beside = isCompared(state) && (state.compare !== "words" || sceneOf(state, local, "other").layers.length > 0);
  const sides = beside ? /** @type {const} */ (["main", "other"]) : /** @type {const} */ (["main"]);
  const side = sides.length > 1 ? TWO : ONE;
  const width = sides.length * side + (sides.length - 1) * GAP;
  const tall = Math.round((side * picture.height) / picture.width);
  const scenes = sides.map((which) => sceneOf(state, local, which));
  const type = { size: SMALL, face: style.sans, ink: style.ink };
  const widthOf = measuring(/** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d")));
  const measure = (/** @type {string} */ text) => widthOf(text, type);
  const sentence = { size: SENTENCE, face: style.serif, ink: style.ink };
  const lines = promptLines(result.header, width, (text) => widthOf(text, sentence));
  const narrow = (/** @type {string} */ text, /** @type {number} */ room) => wrapped(text, room, measure);
  // Of two pictures each has its own below it.
  const two = sides.length > 1;
  const names = two ? scenes.map((scene) => narrow(captionOf(state, scene), side)) : [];
  const sums = scenes.map((scene) => totalsOf(state, scene));
  names.forEach((name, i) => sums[i].length && name.push(...narrow(sums[i].join(" · "), side)));
  const named = Math.max(0, ...names.map(({ length }) => length)) * SMALL_LINE;
  const pins = pinRows(state, style, width, measure);
  const expected = scaledScene(state, local);
  // The scale is of what is coloured: of the other picture where words alone are, and it has none.
  const scaled = expected.layers.length ? expected : (scenes.find(({ layers }) => layers.length > 0) ?? expected);
  const text = legendText(state, scaled, { saved: true });
  const says = [
    ...narrow(two ? text.scale : [text.what, text.scale].filter(Boolean).join(" · "), width),
    ...narrow([...(two ? [] : sums[0]), ...factsOf(state, local, scenes), ...originOf(state, local, scenes)].join(" · "), width),
  ];
  const legendTop = MARGIN + tall + named + (named ? 20 : 14);
  const pinsTop = legendTop + (text.scale ? 20 : 0);
  const saysTop = pinsTop + pins.length * 20;
  const sentenceTop = saysTop + says.length * SMALL_LINE + 16;
  const surface = open(width + 2 * MARGIN, sentenceTop + lines.length * LINE + MARGIN - 10);
  surface.rect(0, 0, width + 2 * MARGIN, sentenceTop + lines.length * LINE + MARGIN, style.paper);
  scenes.forEach((scene, i) => {
    const left = MARGIN + i * (side + GAP);
    surface.image(drawPicture(state, local, scene, picture, side, tall), left, MARGIN, side, tall);
    names[i]?.forEach((name, row) => surface.write(name, left, MARGIN + tall + 14 + row * SMALL_LINE, type));
  });
  if (text.scale) drawScale(surface, state, scaled, text, type, legendTop);
  pins.forEach((row, i) => {
    for (const { x, name, colour } of row) {
      surface.rect(MARGIN + x, pinsTop + i * 20, 10, 10, colour);
      surface.write(name, MARGIN + x + 15, pinsTop + i * 20 + 9, type);
    }
  });
  says.forEach((line, i) => surface.write(line, MARGIN, saysTop + 8 + i * SMALL_LINE, { ...type, ink: style.muted }));
  drawSentence(surface, state, local, style, lines, sentenceTop);
  return surface;
}

/**
 * @param {Shared} state @param {Local} local @param {import("./scene.js").Scene} scene
 * @param {ImageBitmap} picture @param {number} wide @param {number} tall
 */
function drawPicture(state, local, scene, picture, wide, tall) {
  const [width, height] = [SCALE * wide, SCALE * tall];
  const [layer, over] = [document.createElement("canvas"), document.createElement("canvas")];
  for (const canvas of [layer, over]) Object.assign(canvas, { width, height });
  const brush = /** @type {CanvasRenderingContext2D} */ (layer.getContext("2d", { willReadFrequently: true }));
  const ink = /** @type {CanvasRenderingContext2D} */ (over.getContext("2d"));
  const { view } = local;
  const [left, top, size] = view;
  brush.imageSmoothingQuality = "high";
  brush.drawImage(picture, left * picture.width, top * picture.height, size * picture.width, size * picture.height, 0, 0, width, height);
  if (scene.layers.length > 0 && state.opacity > 0) {
    const base = new Uint32Array(brush.getImageData(0, 0, width, height).data.buffer);
    const image = brush.createImageData(width, height);
    const sheet = { out: new Uint32Array(image.data.buffer), base, dim: dimmed(base, state.opacity), width, height, view, pixelRatio: SCALE };
    paintMaps(scene, sheet, state);
    brush.putImageData(image, 0, 0);
  }
  const hatch = state.below_error === "hatch" && state.opacity > 0;
  paintLines(ink, scene, { corners: state.region, open: false, view, pixelRatio: SCALE, smooth: state.smooth, hatch });
  brush.drawImage(over, 0, 0);
  return layer;
}

/**
 * @param {Surface} surface @param {Shared} state @param {import("./scene.js").Scene} scene
 * @param {ReturnType<typeof legendText>} text @param {import("./surface.js").Type} type @param {number} y
 */
function drawScale(surface, state, scene, text, type, y) {
  const image = scaleImage(state, scene);
  const strip = document.createElement("canvas");
  Object.assign(strip, { width: image.width, height: image.height });
  /** @type {CanvasRenderingContext2D} */ (strip.getContext("2d")).putImageData(image, 0, 0);
  let x = MARGIN;
  /** @param {string} words */
  const put = (words) => {
    surface.write(words, x, y + 9, type);
    x += surface.measure(words, type) + 8;
  };
  put(text.low);
  surface.image(strip, x, y, 170, 10);
  x += 178;
  put(text.high);
  put(text.unit);
}

/** Where the names of several pinned words stand, in as many rows as they need. @param {Shared} state @param {Style} style @param {number} width @param {(text: string) => number} measure */
function pinRows(state, style, width, measure) {
  /** @type {{ x: number, name: string, colour: string }[][]} */
  const rows = [];
  let x = width;
  for (const word of state.pinned_words.length > 1 ? pinned(state) : []) {
    const name = nameOf(state, word);
    const wide = 15 + measure(name);
    if (x + wide > width) {
      rows.push([]);
      x = 0;
    }
    rows[rows.length - 1].push({ x, name, colour: colourOf(state, word) ?? style.bar });
    x += wide + 8;
  }
  return rows;
}

/** @param {Surface} surface @param {Shared} state @param {Local} local @param {Style} style @param {Placed[][]} lines @param {number} top */
function drawSentence(surface, state, local, style, lines, top) {
  const active = litWord(state, local);
  const list = hasBars(state) ? bars(state, placeOf(state, local)).list : [];
  const lengths = new Map(list.map(({ id, length }) => [id, length]));
  lines.forEach((line, i) => {
    const baseline = top + i * LINE + 20;
    for (const { text, word, x, width } of line) {
      const lit = word !== null && word === active;
      const many = word !== null && state.pinned_words.length > 1 ? colourOf(state, word) : null;
      surface.write(text, MARGIN + x, baseline, { size: SENTENCE, face: style.serif, ink: lit && !many ? style.accent : style.ink });
      if (word === null) continue;
      const length = lengths.get(word) ?? 0;
      const height = Math.max(1, BAR * Math.abs(length));
      surface.rect(MARGIN + x, baseline + 7, width, height, many ?? (lit ? style.accent : style.bar));
      if (length < 0 && height > 2) surface.rect(MARGIN + x + 1, baseline + 8, width - 2, height - 2, style.paper);
    }
  });
}
