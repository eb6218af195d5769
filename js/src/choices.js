/**
 * What can be chosen, and what each choice means.
 */

/**
 * @typedef {object} Group
 * @property {string} key  of the shared state, or of the view's own
 * @property {string} label
 * @property {{ value: string, label: string, title: string }[]} choices
 * @property {boolean} [more]  behind "more"
 * @property {boolean} [own]  each view has its own
 * @property {boolean} [boolean]
 */

/** Each is offered where a result has it. @type {{ value: string, label: string, title: string }[]} */
export const QUANTITIES = [
  { value: "cmi", label: "CMI", title: "What the word adds, given the other words of the prompt" },
  { value: "mi", label: "MI", title: "What the word says alone" },
  { value: "shapley", label: "Shapley", title: "The word's share: shares add up to what the words say together" },
  { value: "pair", label: "pairs", title: "What two words say together: both, only one, or neither without the other" },
  { value: "swap", label: "swaps", title: "What another text in the word's place would change" },
  { value: "attention", label: "attention", title: "How much each cell attends to the word: a share, no information" },
  { value: "full", label: "whole prompt", title: "What the whole prompt says" },
];

/** @type {Group[]} */
export const GROUPS = [
  { key: "quantity", label: "Quantity", choices: QUANTITIES },
  {
    key: "form",
    label: "Form",
    choices: [
      { value: "orthogonal", label: "orthogonal", title: "Squared difference of two predictions: never negative" },
      { value: "standard", label: "standard", title: "Difference of two squared errors: signed, obeys the chain rule" },
    ],
  },
  {
    key: "unit",
    label: "Unit",
    choices: [
      { value: "nat", label: "nats", title: "Natural units of information" },
      { value: "bit", label: "bits", title: "1 bit = 0.693 nats" },
    ],
  },
  {
    key: "tool",
    label: "Tool",
    own: true,
    choices: [
      { value: "point", label: "point", title: "Point at cells; drag draws a box, or moves a picture that is zoomed in" },
      { value: "box", label: "box", title: "Draw a box; also Shift and drag, or B on the keyboard" },
      { value: "lasso", label: "lasso", title: "Draw around a region; also Alt and drag" },
    ],
  },
  {
    key: "scale",
    label: "Scale",
    more: true,
    choices: [
      { value: "shared", label: "shared", title: "One scale for all words: a word without information looks it" },
      { value: "word", label: "per word", title: "Each word on a scale of its own" },
    ],
  },
  {
    key: "smooth",
    label: "Resolution",
    more: true,
    boolean: true,
    choices: [
      { value: "true", label: "smooth", title: "Values interpolated between the latent cells" },
      { value: "false", label: "cells", title: "The latent cells as they are" },
    ],
  },
  {
    key: "contours",
    label: "Contours",
    more: true,
    boolean: true,
    choices: [
      { value: "false", label: "around pins", title: "A line around each of several pinned words, at a quarter of the scale" },
      { value: "true", label: "lines", title: "Lines at a quarter, half and three quarters of the scale" },
    ],
  },
  {
    key: "below_error",
    label: "Below 2 errors",
    more: true,
    choices: [
      { value: "show", label: "shown", title: "Values are shown whatever their error" },
      { value: "hatch", label: "hatched", title: "What is below two standard errors is hatched" },
      { value: "hide", label: "hidden", title: "What is below two standard errors is left out" },
    ],
  },
  {
    key: "colour",
    label: "Colours",
    more: true,
    choices: [
      { value: "light", label: "light", title: "The picture lit where the word speaks, dimmed elsewhere" },
      { value: "inferno", label: "inferno", title: "Inferno" },
      { value: "viridis", label: "viridis", title: "Viridis" },
    ],
  },
];
