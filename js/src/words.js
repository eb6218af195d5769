/**
 * What a word is called: its text, or the name by which Python tells it from others of the same text.
 * @param {readonly { text: string, name?: string }[]} words @param {number} index
 */
export function wordName(words, index) {
  const word = words[index];
  return word?.name ?? word?.text ?? "";
}
