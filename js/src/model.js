/**
 * What Python sends: the traits and the headers. `decode.js` and `details.js` read the bytes that they describe.
 */

/** The layout that this front end reads; Python's payload.py writes the same number. */
export const SCHEMA_VERSION = 4;

/** Offsets count code points, stop excluded; a name where it is not the text, see `names_of` in naming.py. @typedef {{ text: string, start: number, stop: number, name?: string }} Word */

/**
 * One map in the buffer: 12 bits a cell, row by row, see codes.js. `word` is null for the
 * whole prompt, and beyond the words for a part of a pair; `top` is where the map's own colour scale ends; `curve` is
 * nats per unit of log-SNR between `curve_edges`, `band_totals` nats in each band.
 * @typedef {object} MapEntry
 * @property {string} quantity
 * @property {string} form
 * @property {number | null} word
 * @property {number} at
 * @property {number} end
 * @property {boolean} signed
 * @property {number} top
 * @property {number | null} total
 * @property {number | null} error
 * @property {[number, number] | null} [interval]  which covers the total with a probability of 95%; maps of changes have none
 * @property {boolean} [rough]  whether draws were too few for the total
 * @property {number[]} [curve]
 * @property {number[]} [band_totals]
 */

/** @typedef {{ label: string, words: [number, number], part: string }} Pair  a part of what two words say together */
/** @typedef {{ word: number, text: string }} Swap  a word, and what takes its place */

/** Maps of one quantity and form, one for each word; rough: those for whose totals draws were too few. @typedef {{ quantity: string, form: string, words: (number | null)[], rough?: (number | null)[] }} Run */
/** As it arrives: what is known of each map is in the bytes, from `table_at`. @typedef {Omit<Header, "maps"> & { maps: Run[], table_at: number }} RawHeader */

/**
 * @typedef {object} Header
 * @property {number} schema_version
 * @property {string} prompt
 * @property {string} unit
 * @property {[number, number]} grid  height and width in latent cells
 * @property {Word[]} words
 * @property {MapEntry[]} maps
 * @property {number} byte_length
 * @property {number} draws_done
 * @property {number} draws_planned
 * @property {boolean} complete
 * @property {[number, number] | null} log_snr
 * @property {string} [network]  what it is called in small print; older headers lack it
 * @property {Pair[]} pairs  numbered after the words
 * @property {Swap[]} swaps
 * @property {string[]} warnings
 * @property {string[]} details  what the second block will hold: "errors", "bands"
 * @property {number[]} band_edges  log-SNR; empty without bands
 * @property {number[]} curve_edges
 */

/**
 * Codes of values, see details.js; lists run along `Header.maps`.
 * @typedef {object} Block
 * @property {[number, number]} grid
 * @property {number} bits  of a value, 8 or 12
 * @property {(number | null)[]} at
 * @property {number[]} top
 * @property {boolean[]} signed
 */

/**
 * @typedef {object} DetailsHeader
 * @property {number} draws  of the maps that it belongs to
 * @property {number} byte_length
 * @property {Block | null} errors
 * @property {Block | null} bands
 */

/**
 * @typedef {object} JobProgress
 * @property {"idle" | "running" | "cancelled" | "done" | "failed"} state
 * @property {number} done
 * @property {number} planned
 * @property {number | null} seconds_left
 * @property {string} message
 */

/**
 * What was asked back, as it arrives; edits.js decodes it.
 * @typedef {object} RawEdits
 * @property {boolean} [model]
 * @property {string} [problem]
 * @property {[number, number]} [grid]
 * @property {number} [byte_length]
 * @property {{ key: number, word: number, text: string | null, progress: JobProgress, maps: MapEntry[] }[]} edits
 */

/**
 * The traits of the Python class `Explorer`, one for one (a test compares the two).
 * @typedef {object} Traits
 * @property {Partial<RawHeader>} _header
 * @property {DataView} _maps
 * @property {DataView} _image
 * @property {Partial<DetailsHeader>} _details_info
 * @property {DataView} _details
 * @property {RawEdits} _edits
 * @property {DataView} _edit_maps
 * @property {Partial<JobProgress>} progress
 * @property {string} quantity
 * @property {string} form
 * @property {string} unit
 * @property {string} colour
 * @property {string} scale
 * @property {number} opacity
 * @property {boolean} smooth
 * @property {number[]} pinned_words
 * @property {number[]} pin_colours
 * @property {[number, number] | null} pinned_pixel
 * @property {[number, number][]} region
 * @property {[number, number] | null} band
 * @property {string} below_error
 * @property {boolean} contours
 * @property {number} threshold
 * @property {string} compare
 * @property {number | null} pinned_edit
 * @property {boolean} sync_hover
 * @property {number | null} hovered_word
 * @property {[number, number] | null} hovered_pixel
 */

/** Traits that the browser writes as well as reads. */
export const DISPLAY = /** @type {const} */ ([
  "quantity",
  "form",
  "unit",
  "colour",
  "scale",
  "opacity",
  "smooth",
  "pinned_words",
  "pin_colours",
  "pinned_pixel",
  "region",
  "band",
  "below_error",
  "contours",
  "threshold",
  "compare",
  "pinned_edit",
]);
