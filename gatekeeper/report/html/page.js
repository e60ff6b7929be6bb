// The page out of the run's data, section by section; one without anything to say is not there.

const run = JSON.parse(byId("run-data").textContent);
const texts = (items, name) => el("ul", { class: name || null }, items.map((item) => el("li", {}, item)));

function showVerdict() {
  const header = byId("verdict");
  header.classList.add(toneOf(run.conclusion));
  header.querySelector(".sign").textContent = SIGNS[run.conclusion];
  header.querySelector(".subject").textContent = run.facts[0][1];
  header.querySelector(".what-changed").append(...run.changes.slice(0, 4).map((one) =>
    el("li", {}, `${one.kind}: `, one.note ? `${one.where} ${one.note}` : `${one.before} → ${one.after}`)));
  header.querySelector(".reasons").append(...run.reasons.map((one) => el("li", {}, one.text)));
}

function showGates(section, list) {
  if (!run.gates.length) return false;
  for (const gate of run.gates) {
    const rows = gate.conditions.map((one) => {
      const many = one.measure ? list.all.filter((each) => countsFor(each, one.measure)).length : 0;
      const go = many ? el("button", { type: "button", class: "plain", onclick: () => {
        list.controls.choose(one.measure);
        byId("cases").focus();
        byId("cases").scrollIntoView();
      } }, `show ${plural(many, "case")}`) : "";
      return [el("code", {}, one.text), badge(one.state),
        [one.measured, one.reason ? el("div", { class: "reason" }, one.reason) : "",
          one.loudness ? el("div", { class: "note" }, one.loudness) : ""], go];
    });
    section.append(el("div", { class: `gate ${toneOf(gate.state)}` },
      el("h3", {}, gate.name, " ", badge(gate.state)),
      el("p", { class: "note" }, `Blocks ${gate.blocks.join(", ")}` +
        (gate.decides ? "." : "; it does not decide about this event.")),
      table(`Conditions of gate ${gate.name}`, ["until", "state", "measured", "cases"], rows, "conditions")));
  }
  const risks = RISKS.filter((risk) => run.counts[risk]).map((risk) => [risk, run.counts[risk]]);
  if (risks.length) section.append(el("h3", {}, "Counts"), table("Cases by risk and result",
    ["risk", ...run.statuses], risks.map(([risk, found]) =>
      [risk, ...run.statuses.map((status) => ({ content: String(found[status] || 0),
        class: found[status] ? `number ${toneOf(status)}` : "number zero" }))]), "counts"));
  return true;
}

function showChanges(section) {
  if (!run.changes.length) {
    section.append(el("p", {}, "Nothing that counts."));
    return true;
  }
  section.append(table("What changed", ["kind", "where", "change"], run.changes.map((one) => [
    one.kind, el("code", {}, one.where),
    one.note ? one.note : [el("del", {}, one.before), " → ", el("ins", {}, one.after)],
  ]), "changed"));
  if (run.more_changes) section.append(el("p", { class: "note" },
    `${run.more_changes} more in run.json.`));
  return true;
}

function showContract(section) {
  const lines = run.documents.contract;
  if (!lines || isPlain(lines)) return false;
  section.append(el("div", { class: "cards" }, Object.entries(lines).map(([name, line]) => {
    const { state, declared = null, ...rest } = isPlain(line) ? { state: "unknown" } : line;
    if (Array.isArray(rest.missing) && !rest.missing.length) delete rest.missing;
    return el("div", { class: `card ${toneOf(state)}` },
      el("h3", {}, spoken(name), " ", badge(String(state))), isPlain(declared) && !declared ? "" : tree(known(declared)), story(spoken(name), rest, "h4"));
  })));
  return true;
}

// Without what nobody declared.
function known(declared) {
  if (isPlain(declared) || Array.isArray(declared)) return declared;
  return Object.fromEntries(Object.entries(declared).filter(([, one]) => one !== null && one !== ""));
}

function lifeOf(name, one) {
  const events = [];
  if (one.started) events.push({ at: one.ready, state: "yes", words: `ready${one.model ? `, serves ${one.model}` : ""}` });
  if (one.failure) events.push({ state: "failed", words: `did not start: ${one.failure.cause}` });
  if (one.died) events.push({ state: "failed", words: `ended while it was asked: ${one.died}` });
  const proofs = run.documents.shutdown;
  // Of a run in shards: a proof a shard.
  const ends = Object.entries(isPlain(proofs) ? {} : proofs)
    .filter(([whose, proof]) => (whose === name || whose.endsWith(` ${name}`)) && !isPlain(proof));
  return [
    events.length ? timeline(`Start of ${name}`, [{ at: 0, words: "started" }, ...events]) : el("p", { class: "note" }, "Not started by this run."),
    one.failure && one.failure.detail ? el("p", { class: "reason" }, one.failure.detail) : "",
    one.failure && one.failure.logs.length ? el("details", {}, el("summary", {}, "Its last lines"),
      el("div", { class: "prose" }, one.failure.logs.join("\n"))) : "",
    ...ends.map(([whose, proof]) => shutdown(whose, proof)),
    Object.keys(one.identity).length ? el("details", {}, el("summary", {}, "What ran"), tree(one.identity)) : "",
  ];
}

function shutdown(name, proof) {
  const known = ["exit_code", "gone", "killed", "seconds", "proven"];
  const gone = isPlain(proof.gone) ? {} : proof.gone;
  const rest = Object.fromEntries(Object.entries(proof).filter(([key]) => !known.includes(key)));
  const at = typeof proof.seconds === "number" ? proof.seconds : null;
  const code = proof.exit_code === null ? "" : `, exit code ${proof.exit_code}`;
  return [
    el("h4", {}, "Shutdown ", badge(proof.proven === true ? "proven" : "unknown", proof.proven === true ? "proven" : "not proven")),
    timeline(`Shutdown of ${name}`, [
      { at: 0, words: "asked to end (SIGTERM)" },
      { at, words: (proof.killed ? "killed after its grace time (SIGKILL)" : "ended by itself") + code,
        state: proof.killed ? "unknown" : "yes" },
      ...Object.entries(gone).map(([what, is]) =>
        ({ at, state: is === true ? "gone" : "left", words: `${what} ${is === true ? "gone" : "still there"}` })),
    ]),
    Object.keys(rest).length ? story("shutdown", rest, "h5") : "",
  ];
}

function showServices(section) {
  if (run.nothing_changed) return false;
  section.append(el("div", { class: "cards" }, SIDES.filter((side) => run.services[side]).map((side) =>
    el("div", { class: "card" }, el("h3", {}, side), lifeOf(side, run.services[side])))));
  const smoke = run.documents.smoke;
  if (smoke && !isPlain(smoke)) section.append(el("details", {},
    el("summary", {}, "Smoke test ", badge(smoke.passed === true ? "passed" : "failed")), tree(smoke)));
  return true;
}

function showDrill(section) {
  const drill = run.documents.drill;
  if (drill === null || drill === undefined) return false;
  section.append(...[story("Failure drill", drill, "h3")].flat(Infinity).filter(Boolean));
  return true;
}

function showPolicy(section) {
  const policy = run.policy;
  section.append(el("p", {}, `${policy.whose}.`));
  if (policy.edits.length) section.append(table("Edits of the policy", ["edit", "direction", "counts"],
    policy.edits.map((edit) => [edit.text, edit.direction, edit.waits
      ? badge("undecided", "waits until accepted") : badge("yes")]), "edits"));
  if (policy.acceptance) section.append(el("p", {}, `${policy.acceptance.own ? "Self-accepted" : "Accepted"} by ` +
    `${policy.acceptance.by}: ${policy.acceptance.reason}`));
  if (policy.accept.length) section.append(el("h3", {}, "To accept head's policy"), texts(policy.accept, "commands"));
  if (policy.waivers.length) section.append(el("h3", {}, "Waivers"), texts(policy.waivers));
  section.append(el("p", { class: "note" }, "Digest ", el("code", {}, policy.digest)));
  return true;
}

function showRun(section) {
  section.append(el("dl", { class: "facts" }, run.facts.map(([name, words]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, words)))));
  const about = run.documents.environment;
  if (about && !isPlain(about)) section.append(el("details", {}, el("summary", {}, "Machine and runtime"), tree(about)));
  return true;
}

function showContents() {
  const titles = [...document.querySelectorAll("main > section:not([hidden])")];
  document.querySelector("nav ul").append(...titles.map((section) => el("li", {},
    el("a", { href: `#${section.id}` }, section.querySelector("h2").textContent))));
}

showVerdict();
const list = run.nothing_changed ? null : caseList(byId("cases"), run);
const filled = {
  gates: (section) => list !== null && showGates(section, list),
  cases: () => list !== null,
  times: (section) => run.times.length > 0 && (showTimes(section, run.times), true),
  changes: showChanges, contract: showContract, services: showServices, drill: showDrill,
  policy: showPolicy, run: showRun,
};
for (const [id, show] of Object.entries(filled)) byId(id).hidden = !show(byId(id));
showContents();

const named = () => {
  const found = /^#case=(.+)$/.exec(location.hash);
  if (found && list) list.open(decodeURIComponent(found[1]));
};
window.addEventListener("hashchange", named);
named();

let close = () => {};
window.addEventListener("beforeprint", () => {
  const shut = [...document.querySelectorAll("details:not([open])")];
  shut.forEach((one) => { one.open = true; });
  const closeCases = list ? list.openAll() : () => {};
  close = () => { closeCases(); shut.forEach((one) => { one.open = false; }); };
});
window.addEventListener("afterprint", () => close());
