/**
 * What Python is asked to do, and confirms at once (hearing.py): where it does not, the reader is told.
 */

/** Milliseconds in which a kernel with nothing else to do has long answered. */
const PATIENCE = 3000;

export const SILENT = "Python has not answered yet: another cell is running, or the kernel is gone; then run this cell again.";

/**
 * @param {Pick<import("./adapter.js").Line, "on" | "off" | "send">} line
 * @param {(problem: string) => void} tell  hears "" once an answer has come after all
 * @param {AbortSignal} signal @param {number} [patience]
 * @returns {(content: object) => boolean}  sends, and says whether it left
 */
export function confirmed(line, tell, signal, patience = PATIENCE) {
  let told = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @param {any} answer */
  const hear = (answer) => {
    if (answer?.kind !== "heard") return;
    clearTimeout(timer);
    if (told) tell("");
    told = false;
  };
  const complain = () => {
    told = true;
    tell(SILENT);
  };
  line.on("msg:custom", hear);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    if (told) tell(""); // nobody would be there to hear the answer
    line.off("msg:custom", hear);
  });
  return (content) => {
    const left = line.send(content);
    clearTimeout(timer);
    if (left) timer = setTimeout(complain, patience);
    return left;
  };
}
