/**
 * A small observable store; one per model for what its views share, one per view for what is hovered there.
 */
import { noEdits } from "./edits.js";

/**
 * @template {object} S
 * @typedef {object} Store
 * @property {() => Readonly<S>} get
 * @property {(patch: Partial<S>) => void} set  tells listeners only about what differs
 * @property {(listener: (changed: ReadonlySet<keyof S>) => void) => () => void} subscribe  returns the undo
 */

/**
 * @template {object} S
 * @param {S} initial
 * @returns {Store<S>}
 */
export function createStore(initial) {
  let state = { ...initial };
  /** @type {Set<(changed: ReadonlySet<keyof S>) => void>} */
  const listeners = new Set();
  return {
    get: () => state,
    set(patch) {
      /** @type {Set<keyof S>} */
      const changed = new Set();
      for (const key of /** @type {(keyof S)[]} */ (Object.keys(patch))) {
        if (!same(state[key], patch[key])) changed.add(key);
      }
      if (changed.size === 0) return;
      state = { ...state, ...patch };
      for (const listener of [...listeners]) listener(changed);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Equal, or lists with equal entries, or lists of these.
 * @param {unknown} a
 * @param {unknown} b
 * @returns {boolean}
 */
export function same(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => same(v, b[i]));
  return Object.is(a, b);
}

/** @typedef {import("./edits.js").Edits} Edits */
/** @typedef {[number, number]} Cell  row and column of a latent cell */
/** @typedef {[number, number]} Point  x and y in fractions of the picture */

/**
 * @typedef {object} Shared
 * @property {import("./decode.js").Decoded | null} result
 * @property {import("./details.js").Details | null} details  null while it is not there
 * @property {ImageBitmap | null} picture
 * @property {string} error  why the maps cannot be shown
 * @property {string} details_error  why they cannot be read
 * @property {string} edits_error
 * @property {string} picture_error
 * @property {string} view_error  what failed as it was drawn
 * @property {string} unheard  why Python does not hear what is asked of it
 * @property {import("./model.js").JobProgress} progress
 * @property {string} quantity
 * @property {string} form
 * @property {string} unit
 * @property {string} colour
 * @property {string} scale
 * @property {number} opacity
 * @property {boolean} smooth
 * @property {number[]} pinned_words
 * @property {number[]} pin_colours  places in the palette, one for each pinned word
 * @property {Cell | null} pinned_pixel
 * @property {Point[]} region  corners of a polygon; none for no region
 * @property {[number, number] | null} band  log-SNR; null for the whole range
 * @property {string} below_error  "show", "hatch" or "hide" what is below two standard errors
 * @property {boolean} contours
 * @property {number} threshold  as a part of the colour scale
 * @property {string} compare  "off", "words", "form" or a quantity
 * @property {Edits} edits  words left out or exchanged
 * @property {number | null} pinned_edit  key of one
 */

/** @returns {Shared} */
export function initialShared() {
  return {
    result: null,
    details: null,
    picture: null,
    error: "",
    details_error: "",
    edits_error: "",
    picture_error: "",
    view_error: "",
    unheard: "",
    progress: { state: "idle", done: 0, planned: 0, seconds_left: null, message: "" },
    quantity: "cmi",
    form: "orthogonal",
    unit: "nat",
    colour: "light",
    scale: "shared",
    opacity: 0.9,
    smooth: true,
    pinned_words: [],
    pin_colours: [],
    pinned_pixel: null,
    region: [],
    band: null,
    below_error: "show",
    contours: false,
    threshold: 0,
    compare: "off",
    edits: noEdits(),
    pinned_edit: null,
  };
}

/**
 * @typedef {object} Local
 * @property {number | null} hovered_word
 * @property {number | null} focused_word
 * @property {number | null} hovered_edit
 * @property {Cell | null} hovered_pixel
 * @property {Cell | null} focused_pixel
 * @property {string} tool  "point", "box" or "lasso"
 * @property {Point[]} draft  the region that is being drawn
 * @property {boolean} draft_open  whether its ends are still apart, as those of a lasso
 * @property {Cell | null} anchor  where a box drawn by keyboard begins
 * @property {[number, number, number]} view  left, top and size of the part of the picture that is seen
 * @property {boolean} open  whether the further controls are
 * @property {boolean} all_rows  whether all are ranked, not those alone that say most
 * @property {number | null} let_go  the word that made room for the last that was pinned
 */

/** @returns {Local} */
export function initialLocal() {
  return {
    hovered_word: null,
    focused_word: null,
    hovered_edit: null,
    hovered_pixel: null,
    focused_pixel: null,
    tool: "point",
    draft: [],
    draft_open: false,
    anchor: null,
    view: [0, 0, 1],
    open: false,
    all_rows: false,
    let_go: null,
  };
}
