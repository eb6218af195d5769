/**
 * A colour scale as a picture, for the screen and for the file that is saved.
 */
import { look } from "./colour.js";
import { rgb } from "./pins.js";
import { dimmed, layOver, weave } from "./raster.js";

export const WIDTH = 256;
export const HEIGHT = 12;
/** The grey on which the scale is shown, as a bright part of a picture would be. */
const GROUND = 0xffc8c8c8;

/** The bar of the scale, drawn as it looks over a light grey: a stripe for each woven word. @param {import("./paint.js").Choices} choices @param {Pick<import("./paint.js").Overlay, "layers" | "signed">} scene */
export function scaleImage(choices, { layers, signed }) {
  const image = new ImageData(WIDTH, HEIGHT);
  const base = new Uint32Array(WIDTH * HEIGHT).fill(GROUND);
  const sheet = {
    out: new Uint32Array(image.data.buffer),
    base,
    dim: dimmed(base, choices.opacity),
    width: WIDTH,
    height: HEIGHT,
    view: /** @type {import("./viewport.js").Viewport} */ ([0, 0, 1]),
    grid: /** @type {[number, number]} */ ([1, WIDTH]),
    smooth: true,
    opacity: choices.opacity,
    threshold: choices.threshold,
    pixelRatio: 1,
  };
  if (layers.length < 2) {
    const values = Float32Array.from({ length: WIDTH }, (_, i) => (signed ? (2 * i) / (WIDTH - 1) - 1 : i / (WIDTH - 1)));
    layOver(sheet, { values, top: 1, look: look(choices.colour, signed) });
    return image;
  }
  const values = Float32Array.from({ length: WIDTH }, (_, i) => i / (WIDTH - 1));
  const rows = HEIGHT / layers.length;
  layers.forEach(({ colour }, k) => {
    const [from, to] = [Math.round(k * rows), Math.round((k + 1) * rows)];
    const part = { base: base.subarray(0, (to - from) * WIDTH), dim: sheet.dim, out: sheet.out.subarray(from * WIDTH, to * WIDTH) };
    weave({ ...sheet, ...part, height: to - from }, [{ values, top: 1, colour: rgb(colour ?? "#ffffff") }]);
  });
  return image;
}
