// One case, opened: what was asked, what both sides said, what differs, and what was found.

const SIDES = ["base", "head"];

function detail(one, alone) {
  if (!one.whole)
    return el("div", { class: "detail" }, field("Prompt", prose(one.prompt)),
      el("p", { class: "note" }, "Only this much of the case fits into this page. The rest is in " +
        "judgement.jsonl and eval_results.jsonl, under its case id."));
  const box = el("div", { class: "detail" });
  box.append(el("div", { class: "about" },
    field("Prompt", [prose(one.prompt), cutNote(one.prompt)]),
    textOf(one.behaviour) ? field("Expected behaviour", prose(one.behaviour)) : "",
    field(one.held_by === "row" ? "Held to, by its row" : "Held to, by its risk",
      el("ul", { class: "checks" }, one.held_to.map((check) => el("li", {}, el("code", {}, check))))),
    remarks(one)));
  box.append(attempts(one));
  if (one.status !== "passed" && alone)
    box.append(field("Ask it again, alone",
      el("code", { class: "command" }, alone.replace("CASE", quoted(one.id)))));
  return box;
}

const quoted = (id) => {
  const name = id.split("@")[0];
  return /^[A-Za-z0-9_./:][A-Za-z0-9_./:-]*$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
};
const field = (name, content) => el("div", { class: "field" }, el("h3", {}, name), content);
const prose = (shown) => el("div", { class: "prose", dir: "auto" }, textOf(shown));

function remarks(one) {
  const told = [
    one.flipped && "Base passes it and head does not, also when it is asked again: a regression.",
    one.unconfirmed && "Head failed first and passed when it was asked again: flaky, and counted as a failure.",
    one.added && "This change adds the case.",
    one.waived && `Waived ${one.waived}`,
    one.outdated && `The expectation may be outdated: source ${one.outdated} changed.`,
  ].filter(Boolean);
  return told.length ? el("ul", { class: "remarks" }, told.map((words) => el("li", {}, words))) : "";
}

// Every attempt, by number; one number at a time is shown whole.
function attempts(one) {
  const sides = SIDES.filter((side) => one[side]);
  const of = (side, number) => one[side].attempts.find((attempt) => attempt.n === number);
  const all = [...new Set(sides.flatMap((side) => one[side].attempts.map((found) => found.n)))];
  all.sort((a, b) => a - b);
  const box = el("div", { class: "attempts" });
  if (!all.length) {
    box.append(...sides.map((side) => el("p", {}, `${side}: `, badge(one[side].status), " ", one[side].reason)));
    return box;
  }
  const place = el("div", { class: "pair" });
  const choices = all.map((number) => el("button", {
    type: "button", class: "attempt", "aria-pressed": "false", onclick: () => show(number),
  }, `attempt ${number}`, sides.map((side) => {
    const found = of(side, number);
    return found ? el("span", { class: `side ${toneOf(found.status)}` },
      `${side} ${SIGNS[found.status]} ${found.status} ${milliseconds(found.ms || 0)}`)
      : el("span", { class: "side quiet-text" }, `${side} – not asked`);
  })));
  function show(number) {
    choices.forEach((choice, at) => choice.setAttribute("aria-pressed", String(all[at] === number)));
    const found = Object.fromEntries(sides.map((side) => [side, of(side, number)]));
    place.replaceChildren(el("div", {}, pair(one, sides, found)));
  }
  if (all.length > 1)
    box.append(el("div", { class: "choices", role: "group", "aria-label": `Attempts of ${one.id}` }, choices));
  for (const side of sides) {
    const left = one[side].asked - one[side].attempts.length;
    if (left > 0) box.append(el("p", { class: "note" },
      `${plural(left, "more attempt")} of ${side} in judgement.jsonl.`));
  }
  box.append(place);
  show(all.find((number) => of("head", number) && of("head", number).status !== "passed") || all[0]);
  return box;
}

function pair(one, sides, found) {
  const replies = sides.map((side) => found[side] && one.replies[found[side].reply]);
  const [first, second] = replies;
  const both = first && second && "text" in first && "text" in second;
  const same = both && textOf(first.text) === textOf(second.text);
  const marked = both && !same ? difference(textOf(first.text), textOf(second.text)) : null;
  const note = same ? "Base and head say the same, to the letter."
    : both && !marked ? "The two have next to nothing in common, so no differences are marked." : "";
  return [
    el("div", { class: sides.length > 1 ? "sides two" : "sides" }, sides.map((side, at) =>
      el("div", { class: `reply ${side}`, role: "group", "aria-label": `${side}'s reply` },
        replyHead(side, found[side]), reply(replies[at], found[side], marked && marked[at], side)))),
    note ? el("p", { class: "note" }, note) : "",
    findings(one, sides, found),
  ];
}

function replyHead(side, attempt) {
  if (!attempt) return el("header", {}, el("h4", {}, side), badge("skipped", "not asked"));
  const times = [milliseconds(attempt.ms || 0)];
  if (attempt.first !== undefined) times.push(`first text ${milliseconds(attempt.first)}`);
  return el("header", {}, el("h4", {}, side), badge(attempt.status),
    el("span", { class: "took" }, times.join(" · ")));
}

function reply(data, attempt, marked, side) {
  if (!attempt) return el("p", { class: "note" }, "This attempt was not made on this side.");
  const parts = [];
  if (attempt.reason) parts.push(el("p", { class: "reason" }, attempt.reason));
  if (data && "text" in data) {
    const changed = side === "base" ? "del" : "ins";
    parts.push(el("div", { class: "prose", dir: "auto" }, marked
      ? marked.map(([text, same]) => same ? text : el(changed, {}, text))
      : textOf(data.text) || el("span", { class: "quiet-text" }, "an empty answer")), cutNote(data.text));
    if (data.finish) parts.push(el("p", { class: "note" }, `finish reason: ${data.finish}`));
    if (data.cites) parts.push(el("details", { class: "cites" },
      el("summary", {}, plural(data.cites.length, "citation")),
      el("ul", {}, data.cites.map((cite) => el("li", { dir: "auto" }, cite)))));
  } else if (data) {
    const status = data.http === null ? "no HTTP status" : `HTTP ${data.http}`;
    parts.push(el("p", { class: "note" }, `${status}; the body as it came:`),
      textOf(data.body) ? prose(data.body) : el("p", { class: "note" }, "empty"), cutNote(data.body));
  }
  return parts;
}

// Every check with what was expected and what was got, both sides beside each other.
function findings(one, sides, found) {
  const by = sides.map((side) => found[side] ? one.findings[found[side].checks] : []);
  const names = [...new Set(by.flat().map(([name]) => name))];
  if (!names.length) return "";
  const rows = names.map((name) => {
    const each = by.map((list) => list.find(([check]) => check === name));
    const expected = [...new Set(each.filter(Boolean).map(([, , words]) => words))];
    return [el("code", {}, name),
      expected.length < 2 ? expected[0] || "" : each.map((finding, at) => finding
        ? el("div", {}, el("span", { class: "quiet-text" }, `${sides[at]}: `), finding[2]) : ""),
      ...each.map((finding) => finding
        ? el("div", {}, badge(finding[1]), " ", el("span", { class: "got", dir: "auto" }, finding[3]))
        : el("span", { class: "quiet-text" }, "not looked at"))];
  });
  return table(`Checks of ${one.id}`, ["check", "expected", ...sides.map((side) => `${side} got`)], rows,
    "findings");
}
