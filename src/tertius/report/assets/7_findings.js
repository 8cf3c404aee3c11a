/* Findings in the order of their evidence: in plain words first, in exact words below. */

const QUOTES = 3;

function findingCard(run, finding, go) {
  const detector = run.head.detectors[finding.detector] || {};
  const concerned = run.concerned(finding);
  return el("li", { class: `finding ${finding.severity}`, id: `finding-${finding.id}`, tabindex: "-1" },
    el("h4", {}, chip(finding.severity), " ", run.titleOf(finding)),
    el("p", {}, el("bdi", {}, listed(concerned)), detector.plain ? `. ${detector.plain}` : "."),
    ...evidence(run, finding, go),
    ...consequence(run, finding, go),
    exactly(run, finding, detector));
}

function evidence(run, finding, go) {
  const quotes = (i) => {
    if (typeof i === "string") return el("li", { class: "soft" }, i);
    const said = quoteLine(run, i, 240);
    return el("li", {}, jump(`#${i + 1}`, () => go(i, { focus: true }), "show this event"), " ",
      el("bdi", {}, run.sentence(i)), said ? ": " : "", said ? el("q", { class: "said" }, said) : "");
  };
  const lost = finding.elsewhere ? [`not on this page: ${listed(finding.elsewhere, 4)}`] : [];
  return [el("ul", { class: "evidence" },
    ...fold([...finding.evidence, ...lost], QUOTES, "pieces of evidence", quotes))];
}

function consequence(run, finding, go) {
  if (!finding.evidence.length) return [];
  const first = run.onset(finding);
  const events = run.reach(first, run.down).events;
  return [el("p", { class: "soft" }, "What rests on where it went wrong: ",
    reachWords(run, first, events, run.others(first, events)), " ",
    jump("Show it", () => go(first, { focus: true })))];
}

function exactly(run, finding, detector) {
  const rows = [];
  const add = (name, ...value) => rows.push(el("dt", {}, name), el("dd", {}, ...value));
  const taxon = (id) => (run.head.taxa[id] && run.head.taxa[id] !== id ? `${run.head.taxa[id]} (${id})` : id);
  add("detector", `${finding.detector}, version ${finding.version}`);
  add("failure mode", taxon(finding.mode));
  if (finding.mast) add("MAST mode", taxon(finding.mast));
  if (finding.risks) add("risk factors", finding.risks.map(taxon).join("; "));
  add("said or done", finding.aspect === "said" ? "said: found in what was written" : "done: found in what was done");
  add("how large", finding.effect);
  add("observations", NUMBER.format(finding.n));
  add("held against", finding.null);
  if (finding.e_value !== undefined && finding.e_value !== null) add("e-value", String(finding.e_value));
  add("guarantee", el("strong", {}, finding.guarantee), `: ${finding.words}`);
  if (detector.blind) add("what it cannot see", detector.blind);
  if (detector.source) add("follows", detector.source);
  add("finding id", el("code", {}, finding.id));
  if (finding.repeats) add("told before, with less evidence, as", el("code", {}, finding.repeats.join(" ")));
  return el("details", {}, el("summary", {}, "In exact words, and how sure it is"), el("dl", { class: "facts" }, ...rows));
}

/* The answer to three questions, before anything has to be clicked. */
function story(run, go) {
  const names = run.agents.map((_, number) => run.agentName(number));
  const pairs = [...run.edges].filter((edge) => edge[0] !== edge[1]).slice(0, 3)
    .map(([sender, receiver, , , , times]) =>
      `${run.agentName(sender)} to ${run.agentName(receiver)} (${counted(times, "time")})`);
  const parts = [
    el("dt", {}, "Who talked to whom"),
    el("dd", {}, el("bdi", {}, `${counted(names.length, "agent")}: ${listed(names, 8)}. `),
      pairs.length ? el("bdi", {}, `Most often ${listed(pairs)}.`) : "No event is addressed to anybody."),
  ];
  const spoken = run.spoken();
  const word = (i) => [jump(`#${i + 1}`, () => go(i, { focus: true })), " ", el("bdi", {}, run.who(i)),
    ": ", el("q", { class: "said" }, quoteLine(run, i, 240))];
  if (spoken) parts.push(el("dt", {}, "How it began"), el("dd", {}, ...word(spoken[0])));
  const first = run.firstFinding();
  if (first) {
    const at = run.onset(first);
    const said = quoteLine(run, at, 200);
    parts.push(
      el("dt", {}, "What went wrong first"),
      el("dd", {}, chip(first.severity), ` ${run.titleOf(first)}: `, jump(`#${at + 1}`, () => go(at, { focus: true })),
        " ", el("bdi", {}, run.sentence(at)), said ? el("q", { class: "said" }, ` ${said}`) : "",
        el("div", { class: "soft" }, "The first thing that a detector noticed; the cause may lie before it.")),
      ...reachedRow(run, at, go));
  } else {
    parts.push(el("dt", {}, "What went wrong"),
      el("dd", {}, "No detector found anything here. That is no proof that nothing went wrong: ",
        el("a", { href: "#blind" }, "what was not evaluated"), "."));
  }
  if (run.failed.length) {
    const at = run.failed[0];
    const rest = run.failed.slice(1);
    parts.push(el("dt", {}, "Failures on record"),
      el("dd", {}, ...word(at), rest.length ? el("div", { class: "soft" }, "and at ",
        ...rest.slice(0, 8).flatMap((i) => [jump(`#${i + 1}`, () => go(i, { focus: true })), " "]),
        rest.length > 8 ? `and ${rest.length - 8} more` : "") : ""),
      ...(first ? [] : reachedRow(run, at, go)));
  }
  parts.push(el("dt", {}, "How it ended"), el("dd", {},
    ...(spoken && spoken[1] !== spoken[0] ? [...word(spoken[1]), el("br")] : []),
    el("span", { class: "soft" }, run.ending[0].toUpperCase() + run.ending.slice(1), ".")));
  return el("dl", { class: "story" }, ...parts);
}

function reachedRow(run, at, go) {
  const events = run.reach(at, run.down).events;
  return [el("dt", {}, "What it reached"),
    el("dd", {}, el("bdi", {}, reachWords(run, at, events, run.others(at, events))), " ",
      jump("Show it on the timeline", () => go(at, { focus: true })))];
}

function unsureItem(run, answer) {
  const about = answer.about ? ` about ${listed(answer.about, 4)}` : "";
  const count = answer.n !== undefined && answer.n !== null ? ` (${answer.n} of ${answer.needed ?? "?"} needed)` : "";
  const detector = run.head.detectors[answer.asked];
  return el("li", {}, el("strong", {}, detector ? detector.title : answer.asked), `${about}: ${answer.why}${count}`);
}
