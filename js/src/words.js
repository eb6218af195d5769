/**
 * Words and names in sentences.
 */

/**
 * What a word is called: its text, or the name by which Python tells it from others of the same text.
 * @param {readonly { text: string, name?: string }[]} words @param {number} index
 */
export function wordName(words, index) {
  const word = words[index];
  return word?.name ?? word?.text ?? "";
}

/** Names in a row, as a sentence has them. @param {string[]} names */
export function joined(names) {
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}` : names[0];
}

/** Whether a text is read from right to left: as browsers have it, its first letter tells. @param {string} text */
export function isRightToLeft(text) {
  return /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u.test(text);
}
