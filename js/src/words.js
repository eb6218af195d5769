/**
 * What words are called in a list.
 */

/** @type {WeakMap<{ text: string }[], Set<string>>} */
const repeated = new WeakMap();

/** Texts that are there more than once, found once. @param {{ text: string }[]} words */
function repeatedIn(words) {
  let again = repeated.get(words);
  if (again) return again;
  /** @type {Set<string>} */
  const seen = new Set();
  again = new Set();
  for (const { text } of words) (seen.has(text) ? again : seen).add(text);
  repeated.set(words, again);
  return again;
}

/**
 * Its text; one that is there more than once has its number, as Python takes it and `names_of` in words.py writes it.
 * @param {{ text: string }[]} words @param {number} index
 */
export function wordName(words, index) {
  const text = words[index]?.text ?? "";
  return repeatedIn(words).has(text) ? `${text} (${index})` : text;
}
