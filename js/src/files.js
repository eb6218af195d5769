/**
 * Files that Python makes: a view asks by a message, and the bytes come back in one.
 */
import { GONE } from "./adapter.js";

/** The kernel may be busy with a cell for so long, in milliseconds; then it is given up. */
const PATIENCE = 60_000;

/** @typedef {Pick<import("./adapter.js").Line, "on" | "off" | "send">} Model */
/** @type {Record<string, string>} */
const TYPES = { pdf: "application/pdf", svg: "image/svg+xml", png: "image/png" };

/**
 * @param {Model} model
 * @param {AbortSignal} signal  of the view
 * @param {number} [patience]
 * @returns {(format: string, view: import("./viewport.js").Viewport) => Promise<Blob>}  view: the part of the picture
 */
export function fileAsker(model, signal, patience = PATIENCE) {
  return (format, view) =>
    new Promise((done, failed) => {
      const request = Math.floor(Math.random() * 2 ** 31); // all views of the model hear all answers
      /** @param {() => void} settle */
      const end = (settle) => {
        clearTimeout(timer);
        model.off("msg:custom", hear);
        settle();
      };
      /** @param {any} answer @param {DataView[]} [buffers] */
      const hear = (answer, buffers) => {
        if (answer?.kind !== "file" || answer.request !== request) return;
        const bytes = buffers?.[0];
        end(() => {
          if (bytes) done(new Blob([/** @type {DataView<ArrayBuffer>} */ (bytes)], { type: TYPES[format] ?? "" }));
          else failed(new Error(answer.problem || "it came without its bytes"));
        });
      };
      const timer = setTimeout(
        () => end(() => failed(new Error("Python does not answer: the kernel is busy or gone"))),
        patience,
      );
      signal.addEventListener("abort", () => end(() => {}), { once: true });
      model.on("msg:custom", hear);
      if (!model.send({ kind: "file", format, request, view })) end(() => failed(new Error(GONE)));
    });
}
