/**
 * How a saved view is called, and how it comes to the reader.
 */
import { sceneOf } from "./scene.js";

/** A file name made of the words of the prompt, and of what is seen of it. @param {string} prompt @param {string} kind @param {string[]} [seen] */
export function fileName(prompt, kind, seen = []) {
  const words = (/** @type {string} */ text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const shown = seen.flatMap(words).slice(0, 6);
  const said = words(prompt);
  // Whole words, as many as there is room for.
  while (said.length > 1 && [...said, ...shown].join("-").length > 80) said.pop();
  return `${[...(said.length ? said : ["picture"]), ...(shown.length ? ["", ...shown] : [])].join("-").slice(0, 90)}.${kind}`;
}

/** What is seen over the picture, by name. @param {import("./state.js").Shared} state @param {import("./state.js").Local} local */
export function seenIn(state, local) {
  return sceneOf(state, local).layers.map(({ name }) => name);
}

/** Hand a file to the reader. @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
