// The cases: filtered, a page of rows at a time, each opened where it stands.

const ROWS = 100; // drawn at once; more on request, so that thousands do not stall the page
const RISKS = ["format", "grounding", "safety", "performance", "regression"];

function readCases() {
  const lines = byId("case-data").textContent.split("\n");
  const all = lines.filter((line) => line.trim()).map((line) => JSON.parse(line));
  all.forEach((one, at) => { one.at = at; });
  return all.sort((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk) || a.at - b.at);
}

// A measure's name has the risk behind a dot where it speaks of one: `failures.format`.
function countsFor(one, measure) {
  const [family, risk] = measure.split(".");
  return (one.counts || []).includes(family) && (!risk || risk === one.risk);
}

// Everything a person may look for in a case, made when it is first looked for.
function haystack(one) {
  if (one.hay === undefined) {
    const texts = (one.replies || []).map((reply) => textOf(reply.text || reply.body));
    one.hay = [one.id, textOf(one.prompt), textOf(one.behaviour), one.expected, one.got, ...texts]
      .join("\n").toLowerCase();
  }
  return one.hay;
}

function matches(one, wanted) {
  return (wanted.show === "all" || one.status !== "passed")
    && (!wanted.risks.size || wanted.risks.has(one.risk))
    && (!wanted.fresh || one.new)
    && (!wanted.measures || wanted.measures.some((measure) => countsFor(one, measure)))
    && (!wanted.text || haystack(one).includes(wanted.text));
}

function caseList(section, run) {
  const all = readCases();
  const failing = all.filter((one) => one.status !== "passed").length;
  const controls = filters(all, run, failing, () => draw());
  const count = el("p", { class: "count", role: "status", "aria-live": "polite" });
  const body = el("tbody", { role: "rowgroup" });
  const more = el("button", { type: "button", class: "more", onclick: () => { drawMore(); } });
  const none = el("p", { class: "none" });
  let found = [], drawn = 0;

  function draw() {
    const wanted = controls.wanted();
    found = all.filter((one) => matches(one, wanted));
    drawn = 0;
    body.replaceChildren();
    count.textContent = `${found.length.toLocaleString("en")} of ${plural(all.length, "case")} shown`;
    none.textContent = found.length ? "" : all.length && !failing && wanted.show !== "all"
      ? "No case failed." : "No case is like that.";
    frame.hidden = !found.length;
    drawMore();
  }

  function drawMore() {
    const next = found.slice(drawn, drawn + ROWS);
    body.append(...next.flatMap((one) => row(one)));
    drawn += next.length;
    const left = found.length - drawn;
    more.hidden = !left;
    more.textContent = `Show ${Math.min(left, ROWS)} more of ${left.toLocaleString("en")}`;
  }

  function row(one) {
    const id = `case-${one.at}`;
    const button = el("button", { type: "button", class: "opens", "aria-expanded": "false",
      "aria-controls": id, onclick: () => toggle() }, one.id);
    const inside = el("td", { role: "cell", colspan: 6 });
    const under = el("tr", { role: "row", class: "under", id, hidden: true }, inside);
    function toggle(open = under.hidden) {
      if (open && !inside.firstChild) inside.append(detail(one, run.alone));
      under.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    }
    const cell = (label, name, ...content) =>
      el("td", { role: "cell", class: name, "data-label": label }, content);
    const middle = one.status === "passed"
      ? [el("td", { role: "cell", class: "asked", colspan: 2, "data-label": "prompt" },
        textOf(one.prompt).slice(0, 160))]
      : [cell("expected", "expected", one.expected), cell("got", "got", one.got)];
    const line = el("tr", { role: "row", class: `case ${toneOf(one.status)}` },
      el("th", { role: "rowheader", scope: "row" }, button),
      cell("risk", "risk", one.risk), cell("result", "result", badge(one.status)), middle,
      cell("with this change", one.new ? "since new" : "since", one.since || (one.flaky ? "flaky" : "")));
    opened.set(one.at, toggle);
    return [line, under];
  }

  const opened = new Map();
  const headers = ["case", "risk", "result", "expected", "got", "with this change"];
  const frame = el("table", { role: "table", class: "list" },
    el("caption", { class: "hidden" }, "Cases"),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, headers.map((header) =>
      el("th", { role: "columnheader", scope: "col" }, header)))), body);
  section.append(controls.form, count, frame, none, more);
  for (const words of leftOut(run)) section.append(el("p", { class: "note" }, words));
  draw();
  return { all, controls, open: (id) => openCase(id), openAll: () => openDrawn() };

  function openCase(id) {
    const one = all.find((other) => other.id === id);
    if (!one) return;
    controls.reset("all");
    while (!opened.has(one.at) || drawn <= found.indexOf(one)) drawMore();
    opened.get(one.at)(true);
    byId(`case-${one.at}`).previousElementSibling.scrollIntoView();
    byId(`case-${one.at}`).previousElementSibling.querySelector("button").focus();
  }

  // For print: what failed and is listed, opened; returns how to close it again.
  function openDrawn() {
    const shut = found.slice(0, drawn).filter((one) => one.status !== "passed"
      && byId(`case-${one.at}`).hidden);
    shut.forEach((one) => opened.get(one.at)(true));
    return () => shut.forEach((one) => opened.get(one.at)(false));
  }
}

function leftOut(run) {
  const told = [];
  if (run.brief) told.push(`Of ${plural(run.brief, "case")} only a line is in this page; ` +
    "judgement.jsonl and eval_results.jsonl have them whole.");
  if (run.left_out) told.push(`${plural(run.left_out, "case")} did not fit into this page at all; ` +
    "judgement.jsonl and eval_results.jsonl have them.");
  return told;
}

function filters(all, run, failing, changed) {
  const byRisk = [...new Set(all.map((one) => one.risk))];
  const fresh = all.filter((one) => one.new).length;
  const radio = (value, words, count) => el("label", { class: "pill" },
    el("input", { type: "radio", name: "show", value, checked: value === start, onchange: changed }),
    ` ${words} `, el("span", { class: "many" }, count.toLocaleString("en")));
  const start = failing ? "failing" : "all";
  const risk = byRisk.map((name) => el("label", { class: "pill" },
    el("input", { type: "checkbox", name: "risk", value: name, onchange: changed }), ` ${name} `,
    el("span", { class: "many" }, all.filter((one) => one.risk === name && one.status !== "passed").length)));
  const gate = el("select", { id: "gate", onchange: changed }, el("option", { value: "" }, "every gate"),
    gateOptions(all, run.gates));
  const only = el("input", { type: "checkbox", id: "fresh", onchange: changed });
  const text = el("input", { type: "search", id: "text", autocomplete: "off", spellcheck: "false",
    placeholder: "case id, prompt, reply, what was got" });
  let waiting = 0;
  text.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(changed, 120); });
  const form = el("form", { class: "filters", role: "search", "aria-label": "Filter the cases",
    onsubmit: (event) => event.preventDefault() },
    el("fieldset", {}, el("legend", {}, "Show"), radio("failing", "did not pass", failing),
      radio("all", "all", all.length)),
    el("fieldset", {}, el("legend", {}, "Risk, and how many did not pass"), risk),
    el("div", { class: "control" }, el("label", { for: "gate" }, "Counts against"), gate),
    el("div", { class: "control" }, el("label", { for: "text" }, "Search"), text),
    el("label", { class: "pill" }, only, " new with this change ", el("span", { class: "many" }, fresh)),
    el("button", { type: "button", class: "plain", onclick: () => set(start, "") }, "Clear"));
  const wanted = () => ({
    show: form.elements.show.value,
    risks: new Set([...form.querySelectorAll("[name=risk]:checked")].map((box) => box.value)),
    fresh: only.checked,
    measures: gate.value ? gate.value.split(" ") : null,
    text: text.value.trim().toLowerCase(),
  });
  function set(show, measure) {
    form.reset();
    form.elements.show.value = show;
    gate.value = measure;
    changed();
  }
  return { form, wanted, reset: (show) => set(show, ""), choose: (measure) => set("all", measure) };
}

function gateOptions(all, gates) {
  const many = (measures) => all.filter((one) => measures.some((measure) => countsFor(one, measure))).length;
  return gates.map((gate) => {
    const told = gate.conditions.filter((one) => one.measure && many([one.measure]));
    if (!told.length) return "";
    const whole = told.map((one) => one.measure);
    return el("optgroup", { label: `gate ${gate.name}` },
      el("option", { value: whole.join(" ") }, `${gate.name}: any condition (${many(whole)})`),
      whole.length > 1 ? told.map((one) =>
        el("option", { value: one.measure }, `${one.text} (${many([one.measure])})`)) : "");
  });
}
