/**
 * What is told of a problem, wherever it arises.
 */

/** What to tell of a problem. @param {unknown} problem */
export function reasonOf(problem) {
  return problem instanceof Error ? problem.message : String(problem);
}

/**
 * What a view does where it fails: it tells its reader, not only the console.
 * @param {(message: string) => void} tell
 */
export function failure(tell) {
  return (/** @type {unknown} */ problem) => {
    console.error(problem);
    tell(`The viewer failed: ${reasonOf(problem)}`);
  };
}
