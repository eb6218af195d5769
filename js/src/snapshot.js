/**
 * The view as a PNG picture, at twice its size on the screen: picture with map, scale, sentence with bars.
 */
import { activePixel, activeWord, bars, isSigned, scaleTop, shownMap } from "./derive.js";
import { look } from "./color.js";
import { pieces } from "./geometry.js";
import { layOver } from "./raster.js";
import { legendImage, legendText } from "./view-legend.js";

const SCALE = 2;
const WIDTH = 520;
const MARGIN = 20;
const BAR = 12;

/** @typedef {{ ink: string, muted: string, bar: string, paper: string, accent: string, sans: string, serif: string }} Style */

/**
 * @param {import("./state.js").Shared} state
 * @param {import("./state.js").Local} local
 * @param {Style} style
 * @returns {HTMLCanvasElement}
 */
export function snapshot(state, local, style) {
  const { picture, result } = state;
  const canvas = document.createElement("canvas");
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  if (!picture || !result) return canvas;
  const pictureHeight = Math.round((WIDTH * picture.height) / picture.width);
  const lines = breakLines(pen, style, result.header);
  const sentenceTop = MARGIN + pictureHeight + 66;
  canvas.width = SCALE * (WIDTH + 2 * MARGIN);
  canvas.height = SCALE * (sentenceTop + lines.length * 54 + MARGIN - 10);
  pen.scale(SCALE, SCALE);
  pen.fillStyle = style.paper;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  drawPicture(pen, state, local, picture, pictureHeight);
  drawLegend(pen, state, local, style, MARGIN + pictureHeight + 14);
  drawSentence(pen, state, local, style, lines, sentenceTop);
  return canvas;
}

/**
 * @param {CanvasRenderingContext2D} pen @param {import("./state.js").Shared} state
 * @param {import("./state.js").Local} local @param {ImageBitmap} picture @param {number} height
 */
function drawPicture(pen, state, local, picture, height) {
  const layer = document.createElement("canvas");
  layer.width = SCALE * WIDTH;
  layer.height = SCALE * height;
  const brush = /** @type {CanvasRenderingContext2D} */ (layer.getContext("2d", { willReadFrequently: true }));
  brush.imageSmoothingQuality = "high";
  brush.drawImage(picture, 0, 0, layer.width, layer.height);
  const map = shownMap(state, local);
  if (map && state.result) {
    const base = brush.getImageData(0, 0, layer.width, layer.height);
    const out = brush.createImageData(layer.width, layer.height);
    layOver({
      out: out.data,
      base: base.data,
      width: layer.width,
      height: layer.height,
      values: map.values,
      grid: state.result.header.grid,
      top: scaleTop(state, map),
      look: look(state.colour, isSigned(state)),
      opacity: state.opacity,
      smooth: state.smooth,
      pixelRatio: SCALE,
    });
    brush.putImageData(out, 0, 0);
  }
  pen.drawImage(layer, MARGIN, MARGIN, WIDTH, height);
}

/**
 * @param {CanvasRenderingContext2D} pen @param {import("./state.js").Shared} state
 * @param {import("./state.js").Local} local @param {Style} style @param {number} y
 */
function drawLegend(pen, state, local, style, y) {
  const text = legendText(state, local);
  const image = legendImage(state);
  const strip = document.createElement("canvas");
  strip.width = image.width;
  strip.height = image.height;
  /** @type {CanvasRenderingContext2D} */ (strip.getContext("2d")).putImageData(image, 0, 0);
  pen.font = `12px ${style.sans}`;
  pen.textBaseline = "middle";
  pen.fillStyle = style.ink;
  let x = MARGIN;
  pen.fillText(text.low, x, y + 5);
  x += pen.measureText(text.low).width + 8;
  pen.drawImage(strip, x, y, 170, 10);
  x += 178;
  pen.fillText(text.high, x, y + 5);
  x += pen.measureText(text.high).width + 8;
  pen.fillText(text.unit, x, y + 5);
  pen.fillStyle = style.muted;
  pen.fillText(`${text.what} · ${text.scale}`, MARGIN, y + 24, WIDTH);
}

/** @typedef {{ text: string, word: number | null, x: number, width: number }} Placed */

/**
 * @param {CanvasRenderingContext2D} pen @param {Style} style @param {import("./model.js").Header} header
 * @returns {Placed[][]}
 */
function breakLines(pen, style, header) {
  pen.font = `22px ${style.serif}`;
  /** @type {Placed[][]} */
  const lines = [[]];
  let x = 0;
  for (const { text, word } of pieces(header.prompt, header.words).line) {
    const width = pen.measureText(text).width;
    if (x + width > WIDTH && x > 0 && text.trim()) {
      lines.push([]);
      x = 0;
    }
    lines[lines.length - 1].push({ text, word, x, width });
    x += width;
  }
  return lines;
}

/**
 * @param {CanvasRenderingContext2D} pen @param {import("./state.js").Shared} state
 * @param {import("./state.js").Local} local @param {Style} style @param {Placed[][]} lines @param {number} top
 */
function drawSentence(pen, state, local, style, lines, top) {
  const active = activeWord(state, local);
  const { list } = state.quantity === "full" ? { list: [] } : bars(state, activePixel(state, local));
  pen.font = `22px ${style.serif}`;
  pen.textBaseline = "alphabetic";
  lines.forEach((line, i) => {
    const baseline = top + i * 54 + 20;
    for (const { text, word, x, width } of line) {
      const lit = word !== null && word === active;
      pen.fillStyle = lit ? style.accent : style.ink;
      pen.fillText(text, MARGIN + x, baseline);
      if (word === null) continue;
      const length = list[word]?.length ?? 0;
      pen.fillStyle = lit ? style.accent : style.bar;
      pen.fillRect(MARGIN + x, baseline + 7, width, Math.max(1, BAR * Math.abs(length)));
      if (length < 0) {
        pen.fillStyle = style.paper;
        pen.fillRect(MARGIN + x + 1, baseline + 8, width - 2, Math.max(0, BAR * -length - 2));
      }
    }
  });
}

/** A file name made of the words of the prompt. @param {string} prompt */
export function fileName(prompt) {
  const words = prompt.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["picture"];
  return `${words.slice(0, 8).join("-").slice(0, 60)}.png`;
}

/** Hand a canvas to the reader as a file. @param {HTMLCanvasElement} canvas @param {string} name */
export function download(canvas, name) {
  canvas.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}
