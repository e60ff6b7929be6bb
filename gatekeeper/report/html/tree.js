// JSON of the pack, whatever its keys: lists of what is called what, and timelines where it has times.

const spoken = (key) => key.replaceAll("_", " ");
const isPlain = (value) => value === null || typeof value !== "object";

function value(one) {
  if (one === null) return el("span", { class: "quiet-text" }, "none");
  if (one === true) return badge("yes");
  if (one === false) return badge("no");
  if (typeof one === "number") return String(one);
  return el("span", { class: "value", dir: "auto" }, one);
}

function tree(data) {
  if (isPlain(data)) return value(data);
  if (Array.isArray(data)) {
    if (!data.length) return el("span", { class: "quiet-text" }, "none");
    if (data.every(isPlain) && data.join("").length < 80)
      return el("span", { class: "value" }, data.join(", "));
    return el("ul", { class: "tree" }, data.map((item) => el("li", {}, tree(item))));
  }
  const entries = Object.entries(data);
  if (!entries.length) return el("span", { class: "quiet-text" }, "none");
  return el("dl", { class: "tree" }, entries.map(([key, item]) =>
    el("div", {}, el("dt", {}, spoken(key)), el("dd", {}, tree(item)))));
}

const seconds = (time) => time < 10 ? `${Number(time.toFixed(2))} s` : `${Number(time.toFixed(1))} s`;

// Events in their order: {at: seconds or null, words, state}.
function timeline(label, events) {
  return el("ol", { class: "timeline", "aria-label": label }, events.map((one) =>
    el("li", { class: one.state ? toneOf(one.state) : "quiet" },
      el("span", { class: "when" }, typeof one.at === "number" ? seconds(one.at) : ""),
      el("span", { class: "what" }, one.state ? el("span", { class: "sign" }, `${SIGNS[one.state]} `) : "",
        one.words))));
}

const TIME_KEYS = ["at", "seconds", "at_seconds", "after", "elapsed"];
const STATE_KEYS = ["state", "passed", "proven", "ok", "status"];

// A list of objects as a timeline, if each of them has a time; else null.
function eventsIn(list) {
  if (!Array.isArray(list) || !list.length || list.some(isPlain)) return null;
  const key = TIME_KEYS.find((name) => list.every((one) => typeof one[name] === "number"));
  if (!key) return null;
  return list.map((one) => {
    const told = STATE_KEYS.find((name) => typeof one[name] === "boolean" || SIGNS[one[name]]);
    const state = one[told] === true ? "yes" : one[told] === false ? "no" : one[told];
    const words = Object.entries(one).filter(([name]) => name !== key && name !== told)
      .map(([name, item]) => isPlain(item) ? item : `${spoken(name)}: ${JSON.stringify(item)}`);
    return { at: one[key], state, words: words.filter((item) => item !== "" && item !== null).join(" · ") };
  });
}

// A document of which only this much is known: lists with times are timelines, the rest is a tree.
function story(label, data, heading) {
  const events = eventsIn(data);
  if (events) return timeline(label, events);
  if (isPlain(data) || Array.isArray(data)) return tree(data);
  const entries = Object.entries(data);
  const told = entries.filter(([, item]) => eventsIn(item));
  const rest = Object.fromEntries(entries.filter(([, item]) => !eventsIn(item)));
  return [
    Object.keys(rest).length ? tree(rest) : null,
    told.map(([key, item]) => [el(heading, {}, spoken(key)), timeline(spoken(key), eventsIn(item))]),
  ];
}
