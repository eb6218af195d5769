/**
 * What a press on a word does, wherever it stands: in the sentence, the ranking or the legend.
 */
import { togglePin } from "./pins.js";

/**
 * Pin a word or let it go in a view, which then tells what made room for it.
 * @param {Pick<import("./dom.js").Context, "shared" | "local">} stores @param {number} word
 */
export function press({ shared, local }, word) {
  const before = shared.get().pinned_words;
  const pins = togglePin(shared.get(), word);
  shared.set({ ...pins, pinned_edit: null }); // a word that is chosen anew is what is to be seen
  local.set({ let_go: before.find((other) => other !== word && !pins.pinned_words.includes(other)) ?? null });
}
