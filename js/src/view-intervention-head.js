/**
 * Which change is shown, among several, and the prompt with what goes out and what comes in.
 */
import { changeOf } from "./derive-intervention.js";
import { listen, make, setText } from "./dom.js";

/** @param {import("./view-intervention.js").Context} context */
export function headView(context) {
  const { shared } = context;
  const list = make("form", { class: "idw-changes", role: "radiogroup", "aria-label": "Changes" });
  const story = make("p", { class: "idw-story", dir: "auto" });
  const name = make("span", { class: "idw-of" });
  const root = make("div", { class: "idw-changehead" }, list, story, name);
  /** @type {HTMLInputElement[]} */
  let inputs = [];
  /** @type {unknown} */
  let listed = null;
  /** @type {unknown} */
  let told = null;

  listen(context, list, "submit", (event) => event.preventDefault());
  listen(context, list, "change", (event) => {
    if (event.target instanceof HTMLInputElement) shared.set({ chosen: Number(event.target.value) });
  });

  /** @param {import("./model-intervention.js").Shared["changes"]} changes */
  function build(changes) {
    inputs = changes.map((_, index) => make("input", { type: "radio", name: "chosen", value: String(index) }));
    const labels = changes.map(({ title, name: of }, index) =>
      make("label", { class: "idw-choice idw-change" }, inputs[index], make("span", { dir: "auto" }, title), make("span", { class: "idw-of", dir: "auto" }, of)),
    );
    list.replaceChildren(...labels);
    list.hidden = changes.length < 2;
  }

  return {
    root,
    update() {
      const { changes, ...state } = shared.get();
      const change = changeOf({ changes, ...state });
      if (!change) return;
      if (changes !== listed) {
        listed = changes;
        build(changes);
      }
      inputs.forEach((input, index) => (input.checked = changes[index] === change));
      if (change === told) return;
      told = change;
      const tags = /** @type {const} */ ({ same: "span", out: "del", in: "ins" });
      story.replaceChildren(...change.pieces.map(([text, kind]) => make(tags[kind], {}, text)));
      setText(name, changes.length < 2 ? change.name : "");
      name.hidden = changes.length > 1;
    },
  };
}
