// src/model.js
var SCHEMA_VERSION = 1;
var OPTIONS = (
  /** @type {const} */
  [
    "quantity",
    "form",
    "unit",
    "colour",
    "scale",
    "opacity",
    "smooth",
    "pinned_word",
    "pinned_pixel",
    "pinned_edit"
  ]
);
var PayloadError = class extends Error {
};
function mapKey(quantity, form, word) {
  return `${quantity}/${form}/${word ?? "all"}`;
}
function bytesOf(data) {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(
      /** @type {ArrayBuffer} */
      data.buffer,
      data.byteOffset,
      data.byteLength
    );
  }
  throw new PayloadError("The data of the maps did not arrive as bytes. Run the cell again.");
}
function decodeMap(bytes, entry, cells) {
  const view = new DataView(bytes.buffer, bytes.byteOffset + entry.at, 2 * cells);
  const values = new Float32Array(cells);
  for (let i = 0; i < cells; i++) values[i] = entry.low + entry.step * view.getUint16(2 * i, true);
  return values;
}
function decode(raw, data) {
  if (!raw || typeof raw !== "object" || raw.schema_version === void 0) {
    throw new PayloadError("There is no result to show yet. If none comes, run the cell again.");
  }
  if (raw.schema_version !== SCHEMA_VERSION) {
    throw new PayloadError(
      `This result has data layout ${raw.schema_version}, this viewer reads ${SCHEMA_VERSION}. Restart the kernel and reload the page so that both sides are the same version.`
    );
  }
  const header = (
    /** @type {Header} */
    raw
  );
  if (typeof header.prompt !== "string" || !Array.isArray(header.words) || !Array.isArray(header.maps)) {
    throw new PayloadError("The header of this result lacks its prompt, words or maps.");
  }
  const [height, width] = header.grid ?? [0, 0];
  const bytes = bytesOf(data);
  if (bytes.byteLength !== header.byte_length) {
    throw new PayloadError(
      `The maps of this result should have ${header.byte_length} bytes, but ${bytes.byteLength} arrived. Run the cell again.`
    );
  }
  const cells = height * width;
  const maps = /* @__PURE__ */ new Map();
  for (const entry of header.maps) {
    if (!(entry.at >= 0) || entry.at + 2 * cells > bytes.byteLength) {
      throw new PayloadError(`The map ${entry.quantity}, ${entry.form} lies outside of the data that arrived.`);
    }
    maps.set(mapKey(entry.quantity, entry.form, entry.word), { ...entry, values: decodeMap(bytes, entry, cells) });
  }
  return { header, maps, quantities: [...new Set(header.maps.map((entry) => entry.quantity))] };
}

// src/edits.js
var noEdits = () => ({ model: false, problem: "", list: [] });
function decodeEdits(raw, data) {
  if (!raw || !Array.isArray(raw.edits)) return noEdits();
  const { model = false, problem = "" } = raw;
  if (raw.edits.length === 0) return { model, problem, list: [] };
  const bytes = bytesOf(data);
  const cells = (raw.grid ?? [0, 0]).reduce((rows, columns) => rows * columns);
  if (bytes.byteLength !== raw.byte_length) return { model, problem, list: [] };
  const list = raw.edits.map(({ maps, ...edit }) => ({
    ...edit,
    maps: new Map(maps.map((entry) => [entry.form, { ...entry, values: decodeMap(bytes, entry, cells) }]))
  }));
  return { model, problem, list };
}
function activeEdit(shared, local) {
  const hovered = shared.edits.list.find(({ key }) => key === local.hovered_edit);
  if (hovered) return hovered;
  if (local.hovered_word !== null || local.focused_word !== null) return null;
  return shared.edits.list.find(({ key }) => key === shared.pinned_edit) ?? null;
}
function editName(edit, header) {
  const word = header.words[edit.word]?.text ?? "";
  return edit.text === null ? `without “${word}”` : `“${word}” → “${edit.text}”`;
}

// src/hover.js
var INTERVAL = 100;
function hoverReporter(model, signal) {
  let timer = 0;
  let last = -INTERVAL;
  let latest = null;
  function send() {
    timer = 0;
    last = performance.now();
    const word = latest?.hovered_word ?? latest?.focused_word ?? null;
    const pixel = latest?.hovered_pixel ?? latest?.focused_pixel ?? null;
    const same2 = word === model.get("hovered_word") && String(pixel) === String(model.get("hovered_pixel"));
    if (same2) return;
    model.set("hovered_word", word);
    model.set("hovered_pixel", pixel);
    model.save_changes();
  }
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    latest = null;
    if (model.get("sync_hover")) send();
  });
  return (local) => {
    latest = local;
    if (timer || signal.aborted || !model.get("sync_hover")) return;
    timer = setTimeout(send, Math.max(0, last + INTERVAL - performance.now()));
  };
}

// src/state.js
function createStore(initial) {
  let state = { ...initial };
  const listeners = /* @__PURE__ */ new Set();
  return {
    get: () => state,
    set(patch) {
      const changed = /* @__PURE__ */ new Set();
      for (
        const key of
        /** @type {(keyof S)[]} */
        Object.keys(patch)
      ) {
        if (!same(state[key], patch[key])) changed.add(key);
      }
      if (changed.size === 0) return;
      state = { ...state, ...patch };
      for (const listener of [...listeners]) listener(changed);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    }
  };
}
function same(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => v === b[i]);
  return Object.is(a, b);
}
function initialShared() {
  return {
    result: null,
    picture: null,
    error: "",
    picture_error: "",
    progress: { state: "idle", done: 0, planned: 0, seconds_left: null, message: "" },
    quantity: "cmi",
    form: "orthogonal",
    unit: "nat",
    colour: "light",
    scale: "shared",
    opacity: 0.9,
    smooth: true,
    pinned_word: null,
    pinned_pixel: null,
    edits: noEdits(),
    pinned_edit: null
  };
}
function initialLocal() {
  return { hovered_word: null, focused_word: null, hovered_edit: null, hovered_pixel: null, focused_pixel: null };
}

// src/dom.js
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// src/derive.js
var LN2 = Math.log(2);
function activeWord(shared, local) {
  const count = shared.result?.header.words.length ?? 0;
  const edit = activeEdit(shared, local);
  const word = edit?.word ?? local.hovered_word ?? local.focused_word ?? shared.pinned_word;
  return word !== null && word < count ? word : null;
}
function activePixel(shared, local) {
  const cell = local.hovered_pixel ?? local.focused_pixel ?? shared.pinned_pixel;
  const [height, width] = shared.result?.header.grid ?? [0, 0];
  const inside = cell && cell[0] >= 0 && cell[1] >= 0 && cell[0] < height && cell[1] < width;
  return inside ? cell : null;
}
function mapOf(shared, word) {
  const { result, quantity, form } = shared;
  return result?.maps.get(mapKey(quantity, form, quantity === "full" ? null : word)) ?? null;
}
function shownMap(shared, local) {
  const edit = activeEdit(shared, local);
  if (edit) return edit.maps.get(shared.form) ?? null;
  if (shared.quantity === "full") return mapOf(shared, null);
  const word = activeWord(shared, local);
  return word === null ? null : mapOf(shared, word);
}
function scaleTop(shared, map) {
  if (map && shared.scale === "word") return map.top;
  let top = map?.top ?? 0;
  for (const other of mapsOf(shared)) top = Math.max(top, other?.top ?? 0);
  return top;
}
function mapsOf(shared) {
  if (shared.quantity === "full") return [mapOf(shared, null)];
  return (shared.result?.header.words ?? []).map((_, word) => mapOf(shared, word));
}
function isSigned(shared) {
  return shared.form === "standard" || shared.quantity === "shapley";
}
function bars(shared, cell) {
  const maps = mapsOf(shared);
  const width = shared.result?.header.grid[1] ?? 0;
  const values = maps.map((map) => {
    if (!map) return null;
    return cell ? map.values[cell[0] * width + cell[1]] : map.total;
  });
  let top = 0;
  if (cell) top = scaleTop({ ...shared, scale: "shared" }, null);
  else for (const value of values) top = Math.max(top, Math.abs(value ?? 0));
  const list = values.map((value, i) => ({
    value,
    error: cell ? null : maps[i]?.error ?? null,
    length: value === null || top <= 0 ? 0 : Math.max(-1, Math.min(1, value / top))
  }));
  return { list, top };
}
function ranks(list) {
  const order = list.map((_, i) => i).sort((a, b) => (list[b].value ?? 0) - (list[a].value ?? 0) || a - b);
  const rank = new Array(list.length);
  order.forEach((index, place2) => rank[index] = place2);
  return rank;
}
function inUnit(shared, nats) {
  return shared.unit === "bit" ? nats / LN2 : nats;
}
function unitName(shared) {
  return shared.unit === "bit" ? "bits" : "nats";
}
function format(value) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size >= 99.95) return sign + size.toFixed(0);
  if (size >= 9.995) return sign + size.toFixed(1);
  if (size >= 0.0995) return sign + size.toFixed(2);
  if (size >= 995e-5) return sign + size.toFixed(3);
  const digits = size.toFixed(4);
  return Number(digits) === 0 ? "0" : sign + digits;
}
function decimals(largest) {
  if (!(largest > 0)) return 2;
  const needed = 2 - Math.floor(Math.log10(largest * 1.0005));
  return Math.min(6, Math.max(largest < 1e3 ? 2 : 0, needed));
}
function fixed(value, digits) {
  return value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−");
}
function describe(shared, text) {
  const form = shared.form;
  if (shared.quantity === "full") return `whole prompt, ${form} form`;
  const what = { mi: "alone", shapley: "share of all words" }[shared.quantity] ?? "given the other words";
  return text === null ? `each word ${what}, ${form} form` : `“${text}” ${what}, ${form} form`;
}
function describeEdit(shared, edit) {
  const header = shared.result?.header;
  return header ? `${editName(edit, header)}: where the picture would change, ${shared.form} form` : "";
}

// src/geometry.js
function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
function cellAt(x, y, [height, width]) {
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1) || height < 1 || width < 1) return null;
  return [Math.min(height - 1, Math.floor(y * height)), Math.min(width - 1, Math.floor(x * width))];
}
function moveCell(cell, key, step, [height, width]) {
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const move = moves[key];
  if (!move) return null;
  if (!cell) return [Math.floor(height / 2), Math.floor(width / 2)];
  return [clamp(cell[0] + step * move[0], 0, height - 1), clamp(cell[1] + step * move[1], 0, width - 1)];
}
function pieces(prompt, words) {
  const points = Array.from(prompt);
  const order = words.map((_, i) => i).sort((a, b) => words[a].start - words[b].start || words[b].stop - words[a].stop);
  const line = [];
  const extra = [];
  let at = 0;
  for (const i of order) {
    const { text, start, stop } = words[i];
    if (start < at) {
      extra.push({ text, word: i });
      continue;
    }
    if (start > at) line.push({ text: points.slice(at, start).join(""), word: null });
    line.push({ text: points.slice(start, stop).join(""), word: i });
    at = stop;
  }
  if (at < points.length) line.push({ text: points.slice(at).join(""), word: null });
  return { line, extra };
}

// src/view-sentence.js
var LONG = 28;
function sentenceView({ shared, local, signal }) {
  const line = make("div", { class: "idw-line" });
  const root = make("div", { class: "idw-sentence", role: "toolbar", "aria-label": "Prompt, word by word" }, line);
  let buttons = [];
  let shown = "";
  let rover = 0;
  let named = null;
  function makeButton(text, word) {
    const bar = make("span", { class: "idw-bar" });
    const figure = make("span", { class: "idw-figure" });
    const button = make(
      "button",
      { type: "button", class: "idw-word", "data-index": String(word), "aria-pressed": "false" },
      make("span", { class: "idw-text", dir: "auto" }, text),
      make("span", { class: "idw-plinth", "aria-hidden": "true" }, bar, figure)
    );
    buttons.push({ button, bar, figure, word });
    return button;
  }
  function build(header) {
    buttons = [];
    const { line: pieceLine, extra } = pieces(header.prompt, header.words);
    const nodes = pieceLine.map(
      ({ text, word }) => word === null ? make("span", { class: "idw-between" }, text) : makeButton(text, word)
    );
    for (const { text, word } of extra) nodes.push(make("span", { class: "idw-between" }, " · "), makeButton(
      text,
      /** @type {number} */
      word
    ));
    line.replaceChildren(...nodes);
    root.dataset.size = header.words.length > LONG ? "long" : "short";
    rover = 0;
  }
  function nameButtons(state) {
    const { list } = state.quantity === "full" ? { list: [] } : bars(state, null);
    for (const { button, word } of buttons) {
      const name = state.result?.header.words[word].text ?? "";
      const total = list[word]?.value ?? null;
      const text = total === null ? name : `${name}, ${format(inUnit(state, total))} ${unitName(state)}`;
      setAttribute(button, "aria-label", text);
      setAttribute(button, "aria-pressed", String(word === state.pinned_word));
    }
  }
  function wordOf(target) {
    const button = target instanceof Element ? target.closest(".idw-word") : null;
    return button instanceof HTMLElement ? Number(button.dataset.index) : null;
  }
  line.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") local.set({ hovered_word: wordOf(event.target) });
  }, { signal });
  line.addEventListener("pointerleave", () => local.set({ hovered_word: null }), { signal });
  line.addEventListener("click", (event) => {
    const word = wordOf(event.target);
    if (word === null) return;
    rover = buttons.findIndex((entry) => entry.word === word);
    shared.set({ pinned_word: shared.get().pinned_word === word ? null : word });
  }, { signal });
  line.addEventListener("focusin", (event) => {
    const word = wordOf(event.target);
    const visible = event.target instanceof Element && event.target.matches(":focus-visible");
    rover = Math.max(0, buttons.findIndex((entry) => entry.word === word));
    local.set({ focused_word: visible ? word : null });
  }, { signal });
  line.addEventListener("focusout", () => local.set({ focused_word: null }), { signal });
  line.addEventListener("keydown", (event) => {
    const last = buttons.length - 1;
    const targets = { ArrowRight: rover + 1, ArrowDown: rover + 1, ArrowLeft: rover - 1, ArrowUp: rover - 1, Home: 0, End: last };
    const target = targets[event.key];
    if (target === void 0 || buttons.length === 0) return;
    event.preventDefault();
    rover = Math.max(0, Math.min(last, target));
    buttons[rover].button.focus();
    local.set({ focused_word: buttons[rover].word });
  }, { signal });
  return {
    root,
    update() {
      const state = shared.get();
      const header = state.result?.header;
      if (!header) return;
      const text = JSON.stringify([header.prompt, header.words]);
      if (text !== shown) {
        shown = text;
        build(header);
      }
      if (state !== named) {
        named = state;
        nameButtons(state);
      }
      const whole = state.quantity === "full";
      const active = whole ? null : activeWord(state, local.get());
      const cell = activePixel(state, local.get());
      const { list } = whole ? { list: [] } : bars(state, cell);
      root.dataset.mode = whole ? "whole" : cell ? "local" : "total";
      buttons.forEach(({ button, bar, figure, word }, i) => {
        const entry = list[word];
        const length = entry?.length ?? 0;
        const size = Math.abs(length);
        button.style.setProperty("--size", size.toFixed(4));
        bar.classList.toggle("idw-negative", length < 0);
        const value = entry?.value ?? null;
        if (cell === null) setText(figure, value === null ? "" : short(inUnit(state, value)));
        button.classList.toggle("idw-active", word === active);
        const tabIndex = i === rover ? 0 : -1;
        if (button.tabIndex !== tabIndex) button.tabIndex = tabIndex;
      });
    }
  };
}
function short(value) {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 9.95 ? 0 : size >= 0.995 ? 1 : 2);
  return Number(text) === 0 ? "0" : text.replace(/^(-?)0\./, "$1.").replace("-", "−");
}

// src/tables.js
var TABLES = {
  inferno: "00000401000501010601010802010a02020c02020e03021004031204031405041706041907051b08051d09061f0a07220b07240c08260d08290e092b10092d110a30120a32140b34150b37160b39180c3c190c3e1b0c411c0c431e0c451f0c48210c4a230c4c240c4f260c51280b53290b552b0b572d0b592f0a5b310a5c320a5e340a5f3609613809623909633b09643d09653e0966400a67420a68440a68450a69470b6a490b6a4a0c6b4c0c6b4d0d6c4f0d6c510e6c520e6d540f6d550f6d57106e59106e5a116e5c126e5d126e5f136e61136e62146e64156e65156e67166e69166e6a176e6c186e6d186e6f196e71196e721a6e741a6e751b6e771c6d781c6d7a1d6d7c1d6d7d1e6d7f1e6c801f6c82206c84206b85216b87216b88226a8a226a8c23698d23698f24699025689225689326679526679727669827669a28659b29649d29649f2a63a02a63a22b62a32c61a52c60a62d60a82e5fa92e5eab2f5ead305dae305cb0315bb1325ab3325ab43359b63458b73557b93556ba3655bc3754bd3853bf3952c03a51c13a50c33b4fc43c4ec63d4dc73e4cc83f4bca404acb4149cc4248ce4347cf4446d04545d24644d34743d44842d54a41d74b3fd84c3ed94d3dda4e3cdb503bdd513ade5238df5337e05536e15635e25734e35933e45a31e55c30e65d2fe75e2ee8602de9612bea632aeb6429eb6628ec6726ed6925ee6a24ef6c23ef6e21f06f20f1711ff1731df2741cf3761bf37819f47918f57b17f57d15f67e14f68013f78212f78410f8850ff8870ef8890cf98b0bf98c0af98e09fa9008fa9207fa9407fb9606fb9706fb9906fb9b06fb9d07fc9f07fca108fca309fca50afca60cfca80dfcaa0ffcac11fcae12fcb014fcb216fcb418fbb61afbb81dfbba1ffbbc21fbbe23fac026fac228fac42afac62df9c72ff9c932f9cb35f8cd37f8cf3af7d13df7d340f6d543f6d746f5d949f5db4cf4dd4ff4df53f4e156f3e35af3e55df2e661f2e865f2ea69f1ec6df1ed71f1ef75f1f179f2f27df2f482f3f586f3f68af4f88ef5f992f6fa96f8fb9af9fc9dfafda1fcffa4",
  viridis: "44015444025645045745055946075a46085c460a5d460b5e470d60470e6147106347116447136548146748166848176948186a481a6c481b6d481c6e481d6f481f70482071482173482374482475482576482677482878482979472a7a472c7a472d7b472e7c472f7d46307e46327e46337f463480453581453781453882443983443a83443b84433d84433e85423f854240864241864142874144874045884046883f47883f48893e49893e4a893e4c8a3d4d8a3d4e8a3c4f8a3c508b3b518b3b528b3a538b3a548c39558c39568c38588c38598c375a8c375b8d365c8d365d8d355e8d355f8d34608d34618d33628d33638d32648e32658e31668e31678e31688e30698e306a8e2f6b8e2f6c8e2e6d8e2e6e8e2e6f8e2d708e2d718e2c718e2c728e2c738e2b748e2b758e2a768e2a778e2a788e29798e297a8e297b8e287c8e287d8e277e8e277f8e27808e26818e26828e26828e25838e25848e25858e24868e24878e23888e23898e238a8d228b8d228c8d228d8d218e8d218f8d21908d21918c20928c20928c20938c1f948c1f958b1f968b1f978b1f988b1f998a1f9a8a1e9b8a1e9c891e9d891f9e891f9f881fa0881fa1881fa1871fa28720a38620a48621a58521a68522a78522a88423a98324aa8325ab8225ac8226ad8127ad8128ae8029af7f2ab07f2cb17e2db27d2eb37c2fb47c31b57b32b67a34b67935b77937b87838b9773aba763bbb753dbc743fbc7340bd7242be7144bf7046c06f48c16e4ac16d4cc26c4ec36b50c46a52c56954c56856c66758c7655ac8645cc8635ec96260ca6063cb5f65cb5e67cc5c69cd5b6ccd5a6ece5870cf5773d05675d05477d1537ad1517cd2507fd34e81d34d84d44b86d54989d5488bd6468ed64590d74393d74195d84098d83e9bd93c9dd93ba0da39a2da37a5db36a8db34aadc32addc30b0dd2fb2dd2db5de2bb8de29bade28bddf26c0df25c2df23c5e021c8e020cae11fcde11dd0e11cd2e21bd5e21ad8e219dae319dde318dfe318e2e418e5e419e7e419eae51aece51befe51cf1e51df4e61ef6e620f8e621fbe723fde725",
  managua_r: "81e7ff80e5fe7fe3fd7ee1fb7edffa7dddf97cdbf87cd9f77bd7f57ad5f47ad3f379d1f278cff178cdf077cbee76c9ed76c7ec75c5eb74c4ea74c2e973c0e772bee672bce571bae470b8e36fb6e26fb5e16eb3df6db1de6dafdd6caddc6bacdb6baada6aa8d969a6d769a5d668a3d568a1d4679fd3669ed2669cd0659acf6498ce6497cd6395cc6293cb6292c96190c8608ec7608dc65f8bc55f89c35e88c25d86c15d85c05c83bf5c81bd5b80bc5b7ebb5a7dba597bb8597ab75878b65877b55775b35774b25672b15671af556fae556eac546cab546aaa5369a85367a75266a55264a45163a25161a151609f505e9d505d9c4f5b9a4f5a984f58974e57954e55934e54914d52904d518e4d4f8c4d4e8a4d4c884c4b864c4a854c48834c47814c457f4c447d4c437b4c41794c40774c3f754c3d734c3c714c3b6f4c3a6d4c396b4d376a4d36684d35664d34644e33624e32604e315e4f315d4f305b502f59502e58512d56512d54522c53522b51532b50542a4e542a4d552a4c56294a5729495829485929475a28465b28445c28435d28435e29425f294160294061293f62293f632a3e652a3d662a3d672b3c692b3c6a2c3b6b2d3b6d2d3a6e2e3a702f3a712f3a7330397431397632397733397934397a35397c36397e37397f3839813939823a39843b39863c39873d39893e3a8a3f3a8c413a8e423a8f433b91443b92463b94473b95483c97493c984b3c9a4c3d9c4d3d9d4f3d9e503ea0513ea1533ea3543fa4553fa6573fa75840a85940aa5b41ab5c41ad5e42ae5f42af6042b16243b26343b36444b46644b66745b76945b86a45b96c46bb6d46bc6e47bd7047be7148c07348c17449c27649c3774ac5794ac67b4bc77c4bc87e4cc97f4ccb814dcc824dcd844ece864fcf874fd18950d28b50d38c51d48e51d59052d79152d89353d99554da9654db9855dd9a55de9c56df9d56e09f57e1a158e3a358e4a459e5a659e6a85ae8aa5be9ac5beaae5cebb05decb15deeb35eefb55ef0b75ff1b960f3bb60f4bd61f5bf62f6c162f8c363f9c564fac764fbc965fdcb66fecd66ffcf67"
};

// src/color.js
var SIGNED_SCALE = "managua_r";
var DIM = 0.29;
var LUMINANCE = (
  /** @type {const} */
  [0.2126, 0.7152, 0.0722]
);
function ramp(t) {
  return t * (2 - t);
}
function table(name) {
  const digits = TABLES[
    /** @type {keyof typeof TABLES} */
    name
  ] ?? TABLES.inferno;
  const colours = new Uint8Array(768);
  for (let i = 0; i < 768; i++) colours[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return colours;
}
function look(colour, signed) {
  const strength = new Float32Array(256);
  for (let i = 0; i < 256; i++) strength[i] = ramp(signed ? Math.abs(i / 255 * 2 - 1) : i / 255);
  const lit = colour === "light" && !signed;
  return { strength, colours: lit ? null : table(signed ? SIGNED_SCALE : colour), signed };
}

// src/raster.js
var HATCH_PERIOD = 6;
function samples(size, cells, smooth) {
  const low = new Int32Array(size);
  const high = new Int32Array(size);
  const weight = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    if (smooth) {
      const position = Math.max(0, Math.min(cells - 1, (i + 0.5) * cells / size - 0.5));
      low[i] = Math.floor(position);
      high[i] = Math.min(low[i] + 1, cells - 1);
      weight[i] = position - low[i];
    } else {
      low[i] = high[i] = Math.min(cells - 1, Math.floor((i + 0.5) * cells / size));
    }
  }
  return { low, high, weight };
}
function layOver({ out, base, width, height, values, grid, top, look: look2, opacity, smooth, pixelRatio = 1 }) {
  const [rows, columns] = grid;
  const vertical = samples(height, rows, smooth);
  const horizontal = samples(width, columns, smooth);
  const { strength, colours, signed } = look2;
  const scale = top > 0 ? 1 / top : 0;
  const floor = signed ? -1 : 0;
  const period = Math.round(HATCH_PERIOD * pixelRatio);
  const stripe = Math.floor(period / 3);
  const [red, green, blue] = LUMINANCE;
  const row = new Float32Array(columns);
  for (let y = 0, at = 0; y < height; y++) {
    const a = vertical.low[y] * columns;
    const b = vertical.high[y] * columns;
    const wy = vertical.weight[y];
    for (let x = 0; x < columns; x++) row[x] = (values[a + x] * (1 - wy) + values[b + x] * wy) * scale;
    for (let x = 0; x < width; x++, at += 4) {
      const left = row[horizontal.low[x]];
      let t = left + (row[horizontal.high[x]] - left) * horizontal.weight[x];
      t = t < floor ? floor : t > 1 ? 1 : t;
      const index = Math.round((signed ? (t + 1) / 2 : t) * 255);
      let s = strength[index];
      if (t < 0 && (x + y) % period < stripe) s *= 0.35;
      const r = base[at];
      const g = base[at + 1];
      const bl = base[at + 2];
      const grey = (red * r + green * g + blue * bl) * DIM;
      const dimR = r + opacity * (grey - r);
      const dimG = g + opacity * (grey - g);
      const dimB = bl + opacity * (grey - bl);
      if (colours) {
        s *= opacity;
        const c = 3 * index;
        out[at] = dimR + (colours[c] - dimR) * s;
        out[at + 1] = dimG + (colours[c + 1] - dimG) * s;
        out[at + 2] = dimB + (colours[c + 2] - dimB) * s;
      } else {
        out[at] = dimR + (r - dimR) * s;
        out[at + 1] = dimG + (g - dimG) * s;
        out[at + 2] = dimB + (bl - dimB) * s;
      }
      out[at + 3] = 255;
    }
  }
}

// src/view-picture.js
var LARGEST = 1200;
function pictureView({ shared, local, signal }, repaint) {
  const canvas = make("canvas", {
    class: "idw-canvas",
    tabindex: "0",
    role: "application",
    "aria-label": "Picture. Arrow keys move over its cells, Shift makes large steps, Enter pins, Escape lets go."
  });
  const marker = make("div", { class: "idw-cell", "aria-hidden": "true" });
  const frame = make("div", { class: "idw-frame" }, canvas, marker);
  const pen = (
    /** @type {CanvasRenderingContext2D} */
    canvas.getContext("2d", { willReadFrequently: true })
  );
  let base = null;
  let out = null;
  let drawn = null;
  let cssWidth = 0;
  let painted = [];
  function prepare(picture) {
    cssWidth ||= frame.clientWidth || 1;
    const ratio = Math.min(window.devicePixelRatio || 1, LARGEST / cssWidth);
    const width = Math.max(1, Math.round(cssWidth * ratio));
    const height = Math.max(1, Math.round(width * picture.height / picture.width));
    if (drawn === picture && canvas.width === width && canvas.height === height && base) return ratio;
    canvas.width = width;
    canvas.height = height;
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture, 0, 0, width, height);
    base = pen.getImageData(0, 0, width, height);
    out = pen.createImageData(width, height);
    drawn = picture;
    return ratio;
  }
  const observer = new ResizeObserver(() => {
    cssWidth = frame.clientWidth;
    repaint();
  });
  observer.observe(frame);
  signal.addEventListener("abort", () => observer.disconnect());
  function cellUnder(event) {
    const grid = shared.get().result?.header.grid;
    if (!grid) return null;
    const box = canvas.getBoundingClientRect();
    return cellAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, grid);
  }
  canvas.addEventListener("pointermove", (event) => local.set({ hovered_pixel: cellUnder(event) }), { signal });
  canvas.addEventListener("pointerleave", () => local.set({ hovered_pixel: null }), { signal });
  canvas.addEventListener("click", (event) => {
    const cell = cellUnder(
      /** @type {PointerEvent} */
      event
    );
    const pinned = shared.get().pinned_pixel;
    const again = cell && pinned && cell[0] === pinned[0] && cell[1] === pinned[1];
    shared.set({ pinned_pixel: again ? null : cell });
  }, { signal });
  canvas.addEventListener("keydown", (event) => {
    const grid = shared.get().result?.header.grid;
    if (!grid) return;
    const from = local.get().focused_pixel ?? shared.get().pinned_pixel;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (from) shared.set({ pinned_pixel: from });
      return;
    }
    const cell = moveCell(from, event.key, event.shiftKey ? Math.max(1, Math.round(grid[1] / 8)) : 1, grid);
    if (!cell) return;
    event.preventDefault();
    local.set({ focused_pixel: cell });
  }, { signal });
  canvas.addEventListener("blur", () => local.set({ focused_pixel: null }), { signal });
  return {
    root: frame,
    canvas,
    update() {
      const state = shared.get();
      const { picture, result } = state;
      if (!picture || !result) return;
      const pixelRatio = prepare(picture);
      if (!base || !out) return;
      const map = shownMap(state, local.get());
      const { grid } = result.header;
      place(marker, activePixel(state, local.get()), grid);
      const top = scaleTop(state, map);
      const wanted = [base, map, top, state.colour, state.form, state.opacity, state.smooth];
      if (wanted.every((value, i) => value === painted[i])) return;
      painted = wanted;
      if (map && state.opacity > 0) {
        layOver({
          out: out.data,
          base: base.data,
          width: out.width,
          height: out.height,
          values: map.values,
          grid,
          top,
          look: look(state.colour, isSigned(state)),
          opacity: state.opacity,
          smooth: state.smooth,
          pixelRatio
        });
        pen.putImageData(out, 0, 0);
      } else {
        pen.putImageData(base, 0, 0);
      }
    }
  };
}
function place(marker, cell, [height, width]) {
  marker.hidden = cell === null;
  if (!cell) return;
  marker.style.left = `${100 * cell[1] / width}%`;
  marker.style.top = `${100 * cell[0] / height}%`;
  marker.style.width = `${100 / width}%`;
  marker.style.height = `${100 / height}%`;
}

// src/view-ranking.js
var SHOWN = 12;
function rankingView({ shared, local, signal }) {
  const where = make("span", { class: "idw-where" });
  const unit = make("span", { class: "idw-unit" });
  const spread = make("span", { class: "idw-error", title: "standard error" }, "± s.e.");
  const list = make("div", { class: "idw-rows", "aria-hidden": "true" });
  const root = make("div", { class: "idw-ranking" }, make("div", { class: "idw-head" }, where, unit, spread), list);
  let rows = [];
  let shown = "";
  function build(names) {
    rows = names.map((name, i) => {
      const bar = make("span", { class: "idw-rowbar" });
      const value = make("span", { class: "idw-value" });
      const error = make("span", { class: "idw-error" });
      const row = make(
        "div",
        { class: "idw-row", "data-index": String(i) },
        make("span", { class: "idw-name", dir: "auto" }, name),
        make("span", { class: "idw-track" }, bar),
        value,
        error
      );
      return { row, bar, value, error };
    });
    list.replaceChildren(...rows.map(({ row }) => row));
  }
  function wordOf(target) {
    const row = target instanceof Element ? target.closest(".idw-row") : null;
    return row instanceof HTMLElement && shared.get().quantity !== "full" ? Number(row.dataset.index) : null;
  }
  list.addEventListener("pointerover", (event) => local.set({ hovered_word: wordOf(event.target) }), { signal });
  list.addEventListener("pointerleave", () => local.set({ hovered_word: null }), { signal });
  list.addEventListener("click", (event) => {
    const word = wordOf(event.target);
    if (word !== null) shared.set({ pinned_word: shared.get().pinned_word === word ? null : word });
  }, { signal });
  return {
    root,
    update() {
      const state = shared.get();
      const header = state.result?.header;
      if (!header) return;
      const whole = state.quantity === "full";
      const names = whole ? ["whole prompt"] : header.words.map(({ text }) => text);
      const key = JSON.stringify(names);
      if (key !== shown) {
        shown = key;
        build(names);
      }
      const cell = activePixel(state, local.get());
      const { list: entries, top } = bars(state, cell);
      const digits = decimals(inUnit(state, top));
      const order = ranks(entries);
      const active = whole ? 0 : activeWord(state, local.get());
      setText(where, cell ? `at row ${cell[0] + 1}, column ${cell[1] + 1}` : "whole picture");
      spread.style.visibility = cell ? "hidden" : "visible";
      list.style.setProperty("--rows", String(Math.min(SHOWN, header.words.length)));
      setText(unit, cell ? `${unitName(state)} per latent cell` : unitName(state));
      root.dataset.signed = String(isSigned(state));
      const apart = active !== null && order[active] >= SHOWN;
      rows.forEach(({ row, bar, value, error }, i) => {
        const entry = entries[i];
        const last = apart && i === active;
        row.style.setProperty("--rank", String(last ? SHOWN - 1 : order[i]));
        row.dataset.rank = String(order[i]);
        row.classList.toggle("idw-below", !last && order[i] >= SHOWN - Number(apart));
        row.classList.toggle("idw-apart", last);
        row.classList.toggle("idw-active", i === active);
        bar.style.setProperty("--length", Math.abs(entry.length).toFixed(4));
        bar.classList.toggle("idw-negative", entry.length < 0);
        setText(value, entry.value === null ? "–" : fixed(inUnit(state, entry.value), digits));
        setText(error, entry.error === null ? "" : `± ${fixed(inUnit(state, entry.error), digits)}`);
      });
    }
  };
}

// src/view-legend.js
var WIDTH = 256;
var HEIGHT = 10;
var GROUND = 200;
function legendText(state, local) {
  const map = shownMap(state, local);
  const word = state.quantity === "full" ? null : activeWord(state, local);
  const edit = activeEdit(state, local);
  const header = state.result?.header;
  const top = scaleTop(state, map);
  const signed = isSigned(state);
  const [height, width] = header?.grid ?? [0, 0];
  return {
    low: signed ? `≤ ${format(-inUnit(state, top))}` : "0",
    high: `≥ ${format(inUnit(state, top))}`,
    unit: `${unitName(state)} per latent cell`,
    what: edit ? describeEdit(state, edit) : header ? describe(state, word === null ? null : header.words[word].text) : "",
    scale: `${state.scale === "word" && state.quantity !== "full" ? "scale of this word" : "one scale for all words"} · ${width} × ${height} cells`
  };
}
function legendImage(state) {
  const signed = isSigned(state);
  const image = new ImageData(WIDTH, HEIGHT);
  const base = new Uint8ClampedArray(image.data.length).fill(GROUND);
  const values = Float32Array.from({ length: WIDTH }, (_, i) => signed ? 2 * i / (WIDTH - 1) - 1 : i / (WIDTH - 1));
  layOver({
    out: image.data,
    base,
    width: WIDTH,
    height: HEIGHT,
    values,
    grid: [1, WIDTH],
    top: 1,
    look: look(state.colour, signed),
    opacity: state.opacity,
    smooth: true
  });
  return image;
}
function legendView({ shared, local }) {
  const scale = make("canvas", { class: "idw-scale", width: String(WIDTH), height: String(HEIGHT), "aria-hidden": "true" });
  const low = make("span", { class: "idw-low" });
  const high = make("span", { class: "idw-high" });
  const unit = make("span", { class: "idw-unit" });
  const what = make("span", { class: "idw-what" });
  const how = make("span", { class: "idw-how" });
  const root = make(
    "figcaption",
    { class: "idw-legend" },
    make("div", { class: "idw-scaleline" }, low, scale, high, unit),
    make("div", { class: "idw-caption" }, what, how)
  );
  const pen = (
    /** @type {CanvasRenderingContext2D} */
    scale.getContext("2d")
  );
  let shown = "";
  return {
    root,
    update() {
      const state = shared.get();
      if (!state.result) return;
      const text = legendText(state, local.get());
      setText(low, text.low);
      setText(high, text.high);
      setText(unit, text.unit);
      setText(what, text.what);
      setText(how, text.scale);
      const key = `${state.colour}/${state.form}/${state.opacity}`;
      if (key !== shown) {
        shown = key;
        pen.putImageData(legendImage(state), 0, 0);
      }
    }
  };
}

// src/view-edits.js
function editStatus(state, edit) {
  const { progress } = edit;
  const map = edit.maps.get(state.form);
  const total = map && map.total !== null ? `${format(inUnit(state, map.total))} ${unitName(state)}` : "";
  if (progress.state === "running") {
    return progress.done ? `${total}, ${progress.done} of ${progress.planned} draws` : progress.message || "starting";
  }
  if (progress.state === "failed") return progress.message;
  return total || progress.message;
}
function editsView({ shared, local, signal }, actions) {
  const name = make("span", { class: "idw-editword", dir: "auto" });
  const out = make("button", { type: "button", class: "idw-ask", title: "Where would the picture change without this word?" }, "leave out");
  const input = make("input", { type: "text", class: "idw-edittext", size: "14", maxlength: "200", placeholder: "another text", "aria-label": "Text in place of the word", dir: "auto" });
  const swap = make("button", { type: "submit", class: "idw-ask", title: "Where would the picture change with this text in its place?" }, "put in its place");
  const form = make("form", { class: "idw-editform", "aria-label": "Change the pinned word" }, name, out, make("span", { class: "idw-or" }, "or"), input, swap);
  const hint = make("span", { class: "idw-edithint" });
  const problem = make("span", { class: "idw-editproblem", role: "alert" });
  const list = make("div", { class: "idw-editlist" });
  const root = make("div", { class: "idw-edits", role: "group", "aria-label": "Changes of the prompt" }, form, hint, problem, list);
  const chips = /* @__PURE__ */ new Map();
  let shown = [];
  function ask(text) {
    const word = shared.get().pinned_word;
    if (word !== null) actions.edit(word, text);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    ask(text);
  }, { signal });
  out.addEventListener("click", () => ask(null), { signal });
  const undo = shared.subscribe((changed) => {
    if (changed.has("pinned_word") && !changed.has("pinned_edit")) shared.set({ pinned_edit: null });
  });
  signal.addEventListener("abort", undo);
  function makeChip({ key }) {
    const title = make("span", { dir: "auto" });
    const status = make("span", { class: "idw-editstatus" });
    const show = make("button", { type: "button", class: "idw-editshow" }, title, status);
    const drop = make("button", { type: "button", class: "idw-drop" }, "×");
    const chip = make("span", { class: "idw-chip", "data-edit": String(key) }, show, drop);
    const pin = () => shared.set({ pinned_edit: shared.get().pinned_edit === key ? null : key });
    show.addEventListener("click", pin, { signal });
    drop.addEventListener("click", () => actions.dropEdit(key), { signal });
    chip.addEventListener("pointerenter", () => local.set({ hovered_edit: key }), { signal });
    chip.addEventListener("pointerleave", () => local.set({ hovered_edit: null }), { signal });
    chips.set(key, { chip, show, title, status, drop });
    list.append(chip);
    return chips.get(key);
  }
  return {
    root,
    update() {
      const state = shared.get();
      const header = state.result?.header;
      const wanted = [state.edits, state.pinned_word, state.pinned_edit, state.form, state.unit, header];
      if (!header || wanted.every((value, i) => value === shown[i])) return;
      shown = wanted;
      const word = state.pinned_word === null ? void 0 : header.words[state.pinned_word];
      const { model, list: edits } = state.edits;
      form.hidden = !model || !word;
      setText(name, word ? `“${word.text}”` : "");
      setText(hint, model ? "Pin a word to leave it out, or to put another text in its place." : "No model is attached to this result: Explorer.attach(model) lets words be changed.");
      hint.hidden = model ? Boolean(word) : !word;
      setText(problem, state.edits.problem);
      problem.hidden = !state.edits.problem;
      const keys = new Set(edits.map(({ key }) => key));
      for (const [key, { chip }] of chips) {
        if (keys.has(key)) continue;
        chip.remove();
        chips.delete(key);
        if (local.get().hovered_edit === key) local.set({ hovered_edit: null });
      }
      for (const edit of edits) {
        const parts = chips.get(edit.key) ?? makeChip(edit);
        if (!parts) continue;
        const running = edit.progress.state === "running";
        setText(parts.title, editName(edit, header));
        setText(parts.status, editStatus(state, edit));
        parts.chip.dataset.state = edit.progress.state;
        parts.show.setAttribute("aria-pressed", String(edit.key === state.pinned_edit));
        parts.drop.title = running ? "Stop, and keep what has been computed" : "Forget this change";
        parts.drop.setAttribute("aria-label", `${running ? "Stop" : "Forget"} ${editName(edit, header)}`);
      }
      root.hidden = form.hidden && hint.hidden && problem.hidden && edits.length === 0;
    }
  };
}

// src/view-controls.js
var GROUPS = [
  {
    key: "quantity",
    label: "Quantity",
    choices: [
      { value: "cmi", label: "CMI", title: "What the word adds, given the other words of the prompt" },
      { value: "mi", label: "MI", title: "What the word says alone" },
      { value: "shapley", label: "Shapley", title: "The word's share: shares add up to what the words say together" },
      { value: "full", label: "whole prompt", title: "What the whole prompt says" }
    ]
  },
  {
    key: "form",
    label: "Form",
    choices: [
      { value: "orthogonal", label: "orthogonal", title: "Squared difference of two predictions: never negative" },
      { value: "standard", label: "standard", title: "Difference of two squared errors: signed, obeys the chain rule" }
    ]
  },
  {
    key: "scale",
    label: "Colour scale",
    choices: [
      { value: "shared", label: "shared scale", title: "One scale for all words: a word without information looks it" },
      { value: "word", label: "per word", title: "Each word on a scale of its own" }
    ]
  },
  {
    key: "smooth",
    label: "Resolution",
    choices: [
      { value: "true", label: "smooth", title: "Values interpolated between the latent cells" },
      { value: "false", label: "cells", title: "The latent cells as they are" }
    ]
  },
  {
    key: "unit",
    label: "Unit",
    choices: [
      { value: "nat", label: "nats", title: "Natural units of information" },
      { value: "bit", label: "bits", title: "1 bit = 0.693 nats" }
    ]
  },
  {
    key: "colour",
    label: "Colours",
    choices: [
      { value: "light", label: "light", title: "The picture lit where the word speaks, dimmed elsewhere" },
      { value: "inferno", label: "inferno", title: "Inferno" },
      { value: "viridis", label: "viridis", title: "Viridis" }
    ]
  }
];
function swatch(colour) {
  const { colours } = look(colour, false);
  const stops = [0, 51, 102, 153, 204, 255].map(
    (i) => colours ? `rgb(${colours[3 * i]}, ${colours[3 * i + 1]}, ${colours[3 * i + 2]})` : `rgb(${i}, ${i}, ${i})`
  );
  const stripe = make("span", { class: "idw-swatch", "aria-hidden": "true" });
  stripe.style.backgroundImage = `linear-gradient(90deg, ${stops.join(", ")})`;
  return stripe;
}
function controlsView({ shared, signal }, savePicture) {
  const root = make("form", { class: "idw-controls", "aria-label": "Display" });
  const inputs = [];
  for (const group of GROUPS) {
    const set = make("span", { class: "idw-group", role: "radiogroup", "aria-label": group.label });
    for (const { value, label, title } of group.choices) {
      const input = make("input", { type: "radio", name: String(group.key), value });
      const text = group.key === "colour" ? [swatch(value), make("span", { class: "idw-sr" }, label)] : [make("span", {}, label)];
      const choice = make("label", { class: "idw-choice", title }, input, ...text);
      inputs.push({ group, input, label: choice });
      set.append(choice);
    }
    root.append(set);
  }
  const opacity = make("input", { type: "range", min: "0", max: "1", step: "0.05", class: "idw-opacity", "aria-label": "Opacity of the map" });
  const save = make("button", { type: "button", class: "idw-save", title: "Save the view as a PNG picture" }, "save PNG");
  root.append(make("label", { class: "idw-group idw-range", title: "Opacity of the map" }, opacity), save);
  let shown = null;
  root.addEventListener("submit", (event) => event.preventDefault(), { signal });
  root.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "radio") return;
    const value = input.name === "smooth" ? input.value === "true" : input.value;
    shared.set(
      /** @type {Partial<Shared>} */
      { [input.name]: value }
    );
  }, { signal });
  opacity.addEventListener("input", () => shared.set({ opacity: Number(opacity.value) }), { signal });
  save.addEventListener("click", savePicture, { signal });
  return {
    root,
    update() {
      const state = shared.get();
      if (state === shown) return;
      shown = state;
      const { result } = state;
      for (const { group, input, label } of inputs) {
        input.checked = String(state[group.key]) === input.value;
        const known = result !== null && result.quantities.length > 0;
        if (group.key === "quantity") label.hidden = known && !result.quantities.includes(input.value);
      }
      const value = String(state.opacity);
      if (opacity.value !== value) opacity.value = value;
      save.disabled = !state.picture;
    }
  };
}

// src/view-footer.js
function duration(seconds) {
  if (seconds < 1) return "a moment left";
  if (seconds < 90) return `${Math.round(seconds)} s left`;
  return `${Math.round(seconds / 60)} min left`;
}
var level = (value) => value.toFixed(1).replace("-", "−");
function footerText({ progress, result }) {
  const { state, done, planned, seconds_left: left, message } = progress;
  if (state === "running") {
    if (done === 0) return message || "starting";
    return `${done} of ${planned} noise draws${left === null ? "" : ` · ${duration(left)}`}`;
  }
  const header = result?.header;
  if (!header || header.draws_done === 0) return state === "failed" ? "" : message;
  const range = header.log_snr ? ` · log-SNR ${level(header.log_snr[0])} to ${level(header.log_snr[1])}` : "";
  const partial = header.complete ? "" : ` of ${header.draws_planned}, stopped early`;
  return `${header.draws_done}${partial} noise draws${range}`;
}
function footerView({ shared, signal }, cancel) {
  const fill = make("span", { class: "idw-fill" });
  const bar = make("span", { class: "idw-progress", role: "progressbar", "aria-label": "Noise draws", "aria-valuemin": "0" }, fill);
  const text = make("span", { class: "idw-status" });
  const stop = make("button", { type: "button", class: "idw-cancel", title: "Stop and keep what has been computed" }, "cancel");
  const root = make("div", { class: "idw-footer" }, bar, text, stop);
  stop.addEventListener("click", () => {
    stop.disabled = true;
    cancel();
  }, { signal });
  return {
    root,
    update() {
      const state = shared.get();
      const { done, planned, state: phase } = state.progress;
      const running = phase === "running";
      root.dataset.running = String(running);
      bar.hidden = stop.hidden = !running;
      if (!running) stop.disabled = false;
      setText(text, footerText(state));
      setAttribute(bar, "aria-valuemax", String(planned));
      setAttribute(bar, "aria-valuenow", String(done));
      fill.style.transform = `scaleX(${planned > 0 ? done / planned : 0})`;
    }
  };
}

// src/snapshot.js
var SCALE = 2;
var WIDTH2 = 520;
var MARGIN = 20;
var BAR = 12;
function snapshot(state, local, style) {
  const { picture, result } = state;
  const canvas = document.createElement("canvas");
  const pen = (
    /** @type {CanvasRenderingContext2D} */
    canvas.getContext("2d")
  );
  if (!picture || !result) return canvas;
  const pictureHeight = Math.round(WIDTH2 * picture.height / picture.width);
  const lines = breakLines(pen, style, result.header);
  const sentenceTop = MARGIN + pictureHeight + 66;
  canvas.width = SCALE * (WIDTH2 + 2 * MARGIN);
  canvas.height = SCALE * (sentenceTop + lines.length * 54 + MARGIN - 10);
  pen.scale(SCALE, SCALE);
  pen.fillStyle = style.paper;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  drawPicture(pen, state, local, picture, pictureHeight);
  drawLegend(pen, state, local, style, MARGIN + pictureHeight + 14);
  drawSentence(pen, state, local, style, lines, sentenceTop);
  return canvas;
}
function drawPicture(pen, state, local, picture, height) {
  const layer = document.createElement("canvas");
  layer.width = SCALE * WIDTH2;
  layer.height = SCALE * height;
  const brush = (
    /** @type {CanvasRenderingContext2D} */
    layer.getContext("2d", { willReadFrequently: true })
  );
  brush.imageSmoothingQuality = "high";
  brush.drawImage(picture, 0, 0, layer.width, layer.height);
  const map = shownMap(state, local);
  if (map && state.result) {
    const base = brush.getImageData(0, 0, layer.width, layer.height);
    const out = brush.createImageData(layer.width, layer.height);
    layOver({
      out: out.data,
      base: base.data,
      width: layer.width,
      height: layer.height,
      values: map.values,
      grid: state.result.header.grid,
      top: scaleTop(state, map),
      look: look(state.colour, isSigned(state)),
      opacity: state.opacity,
      smooth: state.smooth,
      pixelRatio: SCALE
    });
    brush.putImageData(out, 0, 0);
  }
  pen.drawImage(layer, MARGIN, MARGIN, WIDTH2, height);
}
function drawLegend(pen, state, local, style, y) {
  const text = legendText(state, local);
  const image = legendImage(state);
  const strip = document.createElement("canvas");
  strip.width = image.width;
  strip.height = image.height;
  strip.getContext("2d").putImageData(image, 0, 0);
  pen.font = `12px ${style.sans}`;
  pen.textBaseline = "middle";
  pen.fillStyle = style.ink;
  let x = MARGIN;
  pen.fillText(text.low, x, y + 5);
  x += pen.measureText(text.low).width + 8;
  pen.drawImage(strip, x, y, 170, 10);
  x += 178;
  pen.fillText(text.high, x, y + 5);
  x += pen.measureText(text.high).width + 8;
  pen.fillText(text.unit, x, y + 5);
  pen.fillStyle = style.muted;
  pen.fillText(`${text.what} · ${text.scale}`, MARGIN, y + 24, WIDTH2);
}
function breakLines(pen, style, header) {
  pen.font = `22px ${style.serif}`;
  const lines = [[]];
  let x = 0;
  for (const { text, word } of pieces(header.prompt, header.words).line) {
    const width = pen.measureText(text).width;
    if (x + width > WIDTH2 && x > 0 && text.trim()) {
      lines.push([]);
      x = 0;
    }
    lines[lines.length - 1].push({ text, word, x, width });
    x += width;
  }
  return lines;
}
function drawSentence(pen, state, local, style, lines, top) {
  const active = activeWord(state, local);
  const { list } = state.quantity === "full" ? { list: [] } : bars(state, activePixel(state, local));
  pen.font = `22px ${style.serif}`;
  pen.textBaseline = "alphabetic";
  lines.forEach((line, i) => {
    const baseline = top + i * 54 + 20;
    for (const { text, word, x, width } of line) {
      const lit = word !== null && word === active;
      pen.fillStyle = lit ? style.accent : style.ink;
      pen.fillText(text, MARGIN + x, baseline);
      if (word === null) continue;
      const length = list[word]?.length ?? 0;
      pen.fillStyle = lit ? style.accent : style.bar;
      pen.fillRect(MARGIN + x, baseline + 7, width, Math.max(1, BAR * Math.abs(length)));
      if (length < 0) {
        pen.fillStyle = style.paper;
        pen.fillRect(MARGIN + x + 1, baseline + 8, width - 2, Math.max(0, BAR * -length - 2));
      }
    }
  });
}
function fileName(prompt) {
  const words = prompt.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["picture"];
  return `${words.slice(0, 8).join("-").slice(0, 60)}.png`;
}
function download(canvas, name) {
  canvas.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1e4);
  }, "image/png");
}

// src/view.js
var SPEECH_DELAY = 250;
function mountView(el, shared, signal, actions) {
  const local = createStore(initialLocal());
  const context = { shared, local, signal };
  let frame = 0;
  const repaint = () => {
    frame ||= requestAnimationFrame(paint);
  };
  const sentence = sentenceView(context);
  const picture = pictureView(context, repaint);
  const ranking = rankingView(context);
  const legend = legendView(context);
  const controls = controlsView(context, () => {
    const name = fileName(shared.get().result?.header.prompt ?? "");
    download(snapshot(shared.get(), local.get(), styleOf(root)), name);
  });
  const edits = editsView(context, actions);
  const footer = footerView(context, actions.cancel);
  const error = make("div", { class: "idw-problem", role: "alert" });
  const speech = make("div", { class: "idw-sr", role: "status", "aria-live": "polite" });
  const body = make(
    "div",
    { class: "idw-body" },
    sentence.root,
    make("figure", { class: "idw-figurebox" }, picture.root, legend.root),
    ranking.root,
    controls.root,
    edits.root,
    footer.root
  );
  const root = make("div", { class: "idw", "data-lm-suppress-shortcuts": "true", "data-ready": "false" }, body, error, speech);
  const parts = [sentence, picture, ranking, legend, controls, edits, footer];
  function paint() {
    frame = 0;
    if (signal.aborted) return;
    try {
      for (const part of parts) part.update();
    } catch (problem) {
      shared.set({ error: `The viewer failed: ${problem instanceof Error ? problem.message : problem}` });
    }
  }
  let speaking = 0;
  function speak() {
    clearTimeout(speaking);
    speaking = window.setTimeout(() => setText(speech, spoken(shared.get(), local.get())), SPEECH_DELAY);
  }
  function mark() {
    const state = shared.get();
    const here = local.get();
    root.dataset.ready = String(Boolean(state.result && state.picture) && !state.error && !state.picture_error);
    root.dataset.word = String(activeWord(state, here) ?? "");
    root.dataset.pixel = (activePixel(state, here) ?? []).join(",");
    root.dataset.map = String(shownMap(state, here) !== null);
    root.dataset.state = state.progress.state;
    root.dataset.draws = String(state.result?.header.draws_done ?? 0);
    const problem = state.error || state.picture_error || (state.progress.state === "failed" ? state.progress.message : "");
    setText(error, problem);
    error.hidden = !problem;
    body.hidden = !state.result;
    repaint();
  }
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      shared.set({ pinned_word: null, pinned_pixel: null, pinned_edit: null });
      local.set({ focused_pixel: null, focused_word: null });
    }
    event.stopPropagation();
  }, { signal });
  const undo = [shared.subscribe(mark), local.subscribe(mark), local.subscribe(speak), local.subscribe(() => actions.hovered(local.get()))];
  signal.addEventListener("abort", () => {
    for (const off of undo) off();
    cancelAnimationFrame(frame);
    clearTimeout(speaking);
    root.remove();
  });
  el.append(root);
  mark();
}
function spoken(state, local) {
  const header = state.result?.header;
  const cell = activePixel(state, local);
  if (!header || !cell || state.quantity === "full") return "";
  const { list } = bars(state, cell);
  const order = ranks(list);
  const best = list.map(({ value }, i) => ({ value, name: header.words[i].text, rank: order[i] })).sort((a, b) => a.rank - b.rank).slice(0, 3).map(({ value, name }) => `${name} ${format(inUnit(state, value ?? 0))}`);
  return `Row ${cell[0] + 1}, column ${cell[1] + 1}: ${best.join(", ")} ${unitName(state)} per latent cell`;
}
function styleOf(root) {
  const style = getComputedStyle(root);
  const value = (name) => style.getPropertyValue(name).trim();
  return {
    ink: value("--idw-ink"),
    muted: value("--idw-muted"),
    bar: value("--idw-bar"),
    paper: value("--idw-paper"),
    accent: value("--idw-accent"),
    sans: value("--idw-sans"),
    serif: value("--idw-serif")
  };
}

// src/host.js
function createModel(traits, onSend = () => {
}) {
  const state = { ...traits };
  const listeners = /* @__PURE__ */ new Map();
  return {
    /** @param {string} key @returns {any} */
    get: (key) => state[key],
    /** @param {string} key @param {unknown} value */
    set(key, value) {
      if (Object.is(state[key], value)) return;
      state[key] = value;
      for (const listener of [...listeners.get(`change:${key}`) ?? []]) listener();
    },
    /** @param {string} name @param {(...args: any[]) => void} callback */
    on(name, callback) {
      listeners.set(name, (listeners.get(name) ?? /* @__PURE__ */ new Set()).add(callback));
    },
    /** @param {string} name @param {(...args: any[]) => void} callback */
    off(name, callback) {
      listeners.get(name)?.delete(callback);
    },
    save_changes() {
    },
    /** @param {unknown} content */
    send: (content) => onSend(content)
  };
}
async function mount(elements, traits, onSend) {
  const controller = new AbortController();
  const { signal } = controller;
  const model = (
    /** @type {any} */
    createModel(traits, onSend)
  );
  const widget = infodiff();
  const rest = (
    /** @type {any} */
    { signal }
  );
  await widget.initialize({ model, ...rest });
  for (const el of [elements].flat()) await widget.render({ model, el, ...rest });
  return { model, destroy: () => controller.abort() };
}

// src/index.js
function readMaps(model, shared) {
  try {
    shared.set({ result: decode(model.get("_header"), model.get("_maps")), error: "" });
  } catch (problem) {
    shared.set({ result: null, error: problem instanceof Error ? problem.message : String(problem) });
  }
}
async function readPicture(model, shared, signal) {
  try {
    const bytes = bytesOf(model.get("_image"));
    if (bytes.byteLength === 0) return;
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    if (signal.aborted) picture.close();
    else shared.set({ picture, picture_error: "" });
  } catch (problem) {
    const reason = problem instanceof Error ? problem.message : problem;
    shared.set({ picture_error: `The picture of this result cannot be read (${reason}). Run the cell again.` });
  }
}
function connect(model, shared, signal) {
  let queued = false;
  const later = () => {
    if (queued) return;
    queued = true;
    queueMicrotask(() => {
      queued = false;
      if (!signal.aborted) readMaps(model, shared);
    });
  };
  const readOption = (key) => {
    const value = model.get(key);
    if (value !== void 0) shared.set({ [key]: value });
  };
  const readEdits = () => {
    try {
      shared.set({ edits: decodeEdits(model.get("_edits"), model.get("_edit_maps")) });
    } catch (problem) {
      shared.set({ error: problem instanceof Error ? problem.message : String(problem) });
    }
  };
  const readProgress = () => shared.set({ progress: { ...initialShared().progress, ...model.get("progress") } });
  model.on("change:_header", later);
  model.on("change:_maps", later);
  model.on("change:_image", () => readPicture(model, shared, signal));
  model.on("change:progress", readProgress);
  model.on("change:_edits", readEdits);
  model.on("change:_edit_maps", readEdits);
  for (const key of OPTIONS) model.on(`change:${key}`, () => readOption(key));
  const undo = shared.subscribe((changed) => {
    let touched = false;
    for (const key of OPTIONS) {
      if (!changed.has(key) || model.get(key) === shared.get()[key]) continue;
      model.set(key, shared.get()[key]);
      touched = true;
    }
    if (touched) model.save_changes();
  });
  signal.addEventListener("abort", undo);
  OPTIONS.forEach(readOption);
  readProgress();
  readEdits();
  readMaps(model, shared);
  void readPicture(model, shared, signal);
}
function lifetime(given) {
  const controller = new AbortController();
  given?.addEventListener("abort", () => controller.abort());
  return controller;
}
function infodiff() {
  const shared = createStore(initialShared());
  return {
    initialize({ model, signal }) {
      const life = lifetime(signal);
      connect(model, shared, life.signal);
      return () => life.abort();
    },
    render({ model, el, signal }) {
      const life = lifetime(signal);
      mountView(el, shared, life.signal, {
        cancel: () => model.send({ kind: "cancel" }),
        hovered: hoverReporter(model, life.signal),
        edit: (word, text) => model.send({ kind: "edit", word, text }),
        dropEdit: (key) => model.send({ kind: "drop_edit", edit: key })
      });
      return () => life.abort();
    }
  };
}
export {
  infodiff as default,
  mount
};
