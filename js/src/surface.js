/**
 * Two things to draw on with the same few strokes: a canvas, and an SVG document. Text only ever becomes text.
 */

/** @typedef {{ size: number, face: string, ink: string }} Type */

/**
 * @typedef {object} Surface
 * @property {(x: number, y: number, width: number, height: number, fill: string) => void} rect
 * @property {(canvas: HTMLCanvasElement, x: number, y: number, width: number, height: number) => void} image
 * @property {(text: string, x: number, y: number, type: Type) => void} write  y: of the baseline
 * @property {(text: string, type: Type) => number} measure
 */

/** @param {CanvasRenderingContext2D} pen @returns {Surface["measure"]} */
export function measuring(pen) {
  return (text, { size, face }) => {
    pen.font = `${size}px ${face}`;
    return pen.measureText(text).width;
  };
}

/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @param {number} scale @returns {Surface} */
export function canvasSurface(canvas, width, height, scale) {
  canvas.width = scale * width;
  canvas.height = scale * height;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.scale(scale, scale);
  return {
    rect(x, y, wide, high, fill) {
      pen.fillStyle = fill;
      pen.fillRect(x, y, wide, high);
    },
    image: (picture, x, y, wide, high) => pen.drawImage(picture, x, y, wide, high),
    write(text, x, y, { size, face, ink }) {
      pen.font = `${size}px ${face}`;
      pen.fillStyle = ink;
      pen.fillText(text, x, y);
    },
    measure: measuring(pen),
  };
}

/** @param {number} width @param {number} height @returns {Surface & { text: () => string }} */
export function svgSurface(width, height) {
  const namespace = "http://www.w3.org/2000/svg";
  const page = document.implementation.createDocument(namespace, "svg");
  const root = page.documentElement;
  const scratch = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  /** @param {string} tag @param {Record<string, string | number>} attributes @param {string} [text] */
  function add(tag, attributes, text) {
    const element = page.createElementNS(namespace, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    if (text !== undefined) element.textContent = text;
    root.append(element);
  }
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) root.setAttribute(name, String(value));
  return {
    rect: (x, y, wide, high, fill) => add("rect", { x, y, width: wide, height: high, fill }),
    image: (canvas, x, y, wide, high) =>
      add("image", { x, y, width: wide, height: high, href: canvas.toDataURL("image/png"), preserveAspectRatio: "none" }),
    write: (text, x, y, { size, face, ink }) =>
      add("text", { x, y, "font-size": size, "font-family": face, fill: ink, "xml:space": "preserve" }, text),
    measure: measuring(scratch),
    text: () => `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`,
  };
}
