// Elements out of data. Text becomes text nodes and nothing else: no markup is ever parsed here.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

const el = (name, attributes, ...children) =>
  fill(document.createElement(name), attributes, children);
const svg = (name, attributes, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);
const byId = (id) => document.getElementById(id);
const plural = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many || one + "s"}`;

// What a state is called, with a sign beside the word: colour never stands alone.
const SIGNS = {
  pass: "✓", passed: "✓", open: "✓", held: "✓", declared: "✓", proven: "✓", gone: "✓", yes: "✓",
  block: "✗", failed: "✗", closed: "✗", broken: "✗", left: "✗", no: "✗",
  error: "!", undecided: "?", unmeasured: "?", unknown: "?", unverified: "?", interrupted: "?",
  skipped: "–", moot: "–", waived: "~",
};
const TONES = {
  "✓": "good", "✗": "bad", "!": "bad", "?": "doubt", "–": "quiet", "~": "waived",
};
const toneOf = (state) => TONES[SIGNS[state]] || "quiet";

function badge(state, words) {
  return el("span", { class: `badge ${toneOf(state)}` },
    el("span", { "aria-hidden": "true" }, SIGNS[state] || "·"), " ", words || state);
}

// A text, or [its beginning, the number of characters it has].
const textOf = (shown) => (Array.isArray(shown) ? shown[0] : shown || "");
function cutNote(shown) {
  if (!Array.isArray(shown)) return null;
  return el("p", { class: "note" }, `Cut: this is the beginning of ${shown[1].toLocaleString("en")} ` +
    "characters. The whole is in eval_results.jsonl.");
}

// A table with headers; on narrow screens its rows are stacked, so the roles are spelled out.
// Cells: text, a node, or {class, content}.
function table(caption, headers, rows, name = "") {
  const cell = (content, at, header) => {
    const plain = content instanceof Node || typeof content !== "object" || Array.isArray(content);
    const given = content && !plain ? content : { content };
    return el(header ? "th" : "td", {
      role: header ? "rowheader" : "cell", scope: header ? "row" : null, class: given.class,
      "data-label": headers[at],
    }, given.content);
  };
  return el("table", { role: "table", class: name || null },
    el("caption", { class: "hidden" }, caption),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" },
      headers.map((header) => el("th", { role: "columnheader", scope: "col" }, header)))),
    el("tbody", { role: "rowgroup" }, rows.map((row) => el("tr", { role: "row" },
      row.map((content, at) => cell(content, at, at === 0))))));
}
