/**
 * From the bytes that Python sends to the maps of changes; everything is checked first, as in `decode.js`.
 */
import { packedSize } from "./codes.js";
import { PayloadError, bytesOf, decodeMap, demand, isCount, isGrid, isMaybe, isNumber } from "./decode.js";
import { SCHEMA_VERSION } from "./model-intervention.js";

/** @typedef {import("./model-intervention.js").Change} Change */
/** @typedef {import("./decode.js").DecodedMap & { grid: [number, number] }} DecodedMap */
/** @typedef {Omit<Change, "maps"> & { maps: Map<string, DecodedMap> }} DecodedChange */

const KINDS = ["same", "out", "in"];
const MOST_CHANGES = 10_000;

/** @param {any} change @param {number} length  of the pictures */
function check(change, length) {
  demand(typeof change?.name === "string" && typeof change.title === "string", "a change has no name");
  demand(Array.isArray(change.pieces), "a change has no prompt");
  demand(change.pieces.every((/** @type {any} */ piece) => typeof piece?.[0] === "string" && KINDS.includes(piece[1])), "a prompt is no text");
  demand(isGrid(change.size) && isGrid(change.grid), "a size is no pair of numbers");
  for (const place of [change.before, change.after]) {
    demand(Array.isArray(place) && place.length === 2 && place.every(isCount) && place[0] + place[1] <= length, "a picture lies outside of the data");
  }
  demand(Array.isArray(change.maps) && isNumber(change.return_error), "a change has no maps or no error");
  demand(typeof change.scores === "object" && change.scores !== null, "a change has no scores");
  for (const one of Object.values(change.scores)) {
    const pairs = Object.values(one ?? {});
    demand(pairs.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isMaybe)), "a score is no number");
  }
  for (const { quantity, at, end, top, grid } of change.maps) {
    demand(typeof quantity === "string" && isCount(at) && [end, top].every(isNumber) && isGrid(grid), "the numbers of a map are wrong");
  }
}

/**
 * Check a header and decode its maps.
 * @param {Partial<import("./model-intervention.js").Header> | null | undefined} raw
 * @param {unknown} data
 * @returns {DecodedChange[]}
 */
export function decodeChanges(raw, data) {
  if (!raw || typeof raw !== "object" || raw.schema_version === undefined) throw new PayloadError("There is no change to show. Run the cell again.");
  if (raw.schema_version !== SCHEMA_VERSION) {
    throw new PayloadError(
      `These changes have data layout ${raw.schema_version}, this viewer reads ${SCHEMA_VERSION}. ` +
        "Restart the kernel and reload the page so that both sides are the same version.",
    );
  }
  const { changes = [], byte_length: length, picture_length: pictures } = raw;
  demand(Array.isArray(changes) && changes.length > 0 && changes.length <= MOST_CHANGES, "it has no changes");
  for (const change of changes) check(change, pictures ?? 0);
  const bytes = bytesOf(data);
  demand(bytes.byteLength === length, `its maps should have ${length} bytes, but ${bytes.byteLength} arrived`);
  return changes.map((change) => {
    const maps = change.maps.map((entry, index) => {
      const cells = entry.grid[0] * entry.grid[1];
      demand(entry.at + packedSize(cells) <= bytes.byteLength, `the map ${entry.quantity} lies outside of the data that arrived`);
      return /** @type {const} */ ([entry.quantity, { ...entry, index, values: decodeMap(bytes, entry, cells) }]);
    });
    return { ...change, maps: new Map(maps) };
  });
}
