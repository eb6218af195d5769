/**
 * What words are called in a list.
 */

/**
 * Its text; one that is there more than once has its number, as Python takes it and `names_of` in words.py writes it.
 * @param {{ text: string }[]} words @param {number} index
 */
export function wordName(words, index) {
  const text = words[index]?.text ?? "";
  return words.some((word, i) => i !== index && word.text === text) ? `${text} (${index})` : text;
}
