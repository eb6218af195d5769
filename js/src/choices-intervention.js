/**
 * What can be chosen in the view of interventions.
 */
import { GROUPS } from "./choices.js";

/** @typedef {import("./choices.js").Group} Group */

/** Names of maps, as they stand above them. @type {Record<string, string>} */
export const NAMES = {
  information: "information",
  attention: "attention",
  regeneration: "attention, drawn again",
  pixels: "pixels",
  latents: "latents",
};

/** @param {string} key @returns {Group} */
const known = (key) => /** @type {Group} */ (GROUPS.find((group) => group.key === key));

/** @type {Group[]} */
export const CHOICES = [
  {
    key: "predictor",
    label: "Predicted by",
    choices: [
      { value: "information", label: NAMES.information, title: "What the word, or the swap, says about each cell" },
      { value: "attention", label: NAMES.attention, title: "How much each cell attends to the word at the noise levels of the estimate" },
      { value: "regeneration", label: NAMES.regeneration, title: "How much each cell attends to the word while the picture is drawn again under the unchanged prompt" },
    ],
  },
  {
    key: "actual",
    label: "Change of",
    choices: [
      { value: "pixels", label: NAMES.pixels, title: "Mean absolute difference of the colour channels, as a part of their range" },
      { value: "latents", label: NAMES.latents, title: "Squared difference of the latents, summed over channels" },
    ],
  },
  {
    key: "contours",
    label: "Outlines",
    boolean: true,
    choices: [
      { value: "false", label: "none", title: "No lines" },
      { value: "true", label: "both", title: "Lines at half of the predicted and of the actual change, each of its own scale, in all pictures" },
    ],
  },
  known("unit"),
  {
    key: "scale",
    label: "Scale",
    choices: [
      { value: "shared", label: "shared", title: "One scale for all changes: a change that does little looks it" },
      { value: "own", label: "own", title: "Each change on a scale of its own" },
    ],
  },
  known("smooth"),
  known("colour"),
];
