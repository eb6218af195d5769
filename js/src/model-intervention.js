/**
 * What Python sends to the view of interventions: the traits and the header. `decode-intervention.js` reads the
 * bytes that they describe.
 */

/** The layout that this front end reads; Python's intervene_payload.py writes the same number. */
export const SCHEMA_VERSION = 2;

/** @typedef {import("./model.js").MapEntry & { grid: [number, number] }} MapEntry  of a predictor or a measure of change */
/** @typedef {[string, "same" | "out" | "in"]} Piece  of the prompt: what stays, goes out, comes in */

/**
 * One change of a prompt.
 * @typedef {object} Change
 * @property {string} name  of the picture
 * @property {string} title
 * @property {Piece[]} pieces
 * @property {[number, number]} size  height and width in pixels
 * @property {[number, number]} grid  in latent cells
 * @property {[number, number]} before  where the picture begins in the bytes, and its length
 * @property {[number, number]} after
 * @property {MapEntry[]} maps
 * @property {Record<string, Record<string, [number | null, number | null]>>} scores  Pearson's and Spearman's, by predictor and measure
 * @property {number} return_error
 * @property {boolean | null} obeyed
 */

/**
 * @typedef {object} Header
 * @property {number} schema_version
 * @property {Change[]} changes
 * @property {number} byte_length  of the maps
 * @property {number} picture_length
 */

/**
 * The traits of the Python class `InterventionView`, one for one (a test compares the two).
 * @typedef {object} Traits
 * @property {Partial<Header>} _header
 * @property {DataView} _maps
 * @property {DataView} _pictures
 * @property {number} chosen
 * @property {string} predictor
 * @property {string} actual
 * @property {string} unit
 * @property {string} colour
 * @property {string} scale
 * @property {number} opacity
 * @property {boolean} smooth
 * @property {boolean} contours
 * @property {[number, number] | null} pinned_pixel
 */

/** Traits that the browser writes as well as reads. */
export const DISPLAY = /** @type {const} */ ([
  "chosen",
  "predictor",
  "actual",
  "unit",
  "colour",
  "scale",
  "opacity",
  "smooth",
  "contours",
  "pinned_pixel",
]);

/** @typedef {import("./decode-intervention.js").DecodedChange} DecodedChange */
/** @typedef {{ of: DecodedChange, before: ImageBitmap, after: ImageBitmap }} Pictures */

/**
 * What the views of one model share.
 * @typedef {object} Shared
 * @property {DecodedChange[]} changes
 * @property {Pictures | null} pictures  of the change that was chosen last
 * @property {string} error  why the changes cannot be shown
 * @property {string} picture_error
 * @property {string} view_error  what failed as it was drawn
 * @property {number} chosen
 * @property {string} predictor
 * @property {string} actual
 * @property {string} unit
 * @property {string} colour
 * @property {string} scale
 * @property {number} opacity
 * @property {boolean} smooth
 * @property {boolean} contours
 * @property {import("./state.js").Cell | null} pinned_pixel
 */

/** @returns {Shared} */
export function initialShared() {
  return {
    changes: [],
    pictures: null,
    error: "",
    picture_error: "",
    view_error: "",
    chosen: 0,
    predictor: "information",
    actual: "pixels",
    unit: "nat",
    colour: "inferno",
    scale: "shared",
    opacity: 0.9,
    smooth: true,
    contours: false,
    pinned_pixel: null,
  };
}

/**
 * What each view has for itself; pixels are rows and columns of the picture.
 * @typedef {object} Local
 * @property {import("./state.js").Cell | null} hovered_pixel
 * @property {import("./state.js").Cell | null} focused_pixel
 * @property {import("./viewport.js").Viewport} view
 */

/** @returns {Local} */
export function initialLocal() {
  return { hovered_pixel: null, focused_pixel: null, view: [0, 0, 1] };
}
