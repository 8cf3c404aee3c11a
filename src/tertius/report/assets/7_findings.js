/* Findings in the order of their evidence: in plain words first, in exact words below. */

const QUOTES = 3;

function findingCard(run, finding, go) {
  const detector = run.head.detectors[finding.detector] || {};
  const plain = run.plainOf(finding);
  const concerned = run.concerned(finding);
  return el("li", { class: `finding ${finding.severity}`, id: `finding-${finding.id}`, tabindex: "-1" },
    el("h4", {}, chip(finding.severity), " ", run.titleOf(finding)),
    el("p", {}, named(listed(concerned)), plain ? `. ${plain}` : "."),
    ...evidence(run, finding, go),
    ...consequence(run, finding, go),
    exactly(run, finding, detector));
}

function evidence(run, finding, go) {
  const quotes = (i) => {
    if (typeof i === "string") return el("li", { class: "soft" }, i);
    const said = quoteLine(run, i, 240);
    return el("li", {}, jump(`#${i + 1}`, () => go(i, { land: "event" }), "show this event"), " ",
      el("bdi", {}, run.sentence(i)), said ? ": " : "", said ? el("q", { class: "said" }, said) : "");
  };
  const lost = finding.elsewhere ? [`not on this page: ${listed(finding.elsewhere, 4)}`] : [];
  return [el("ul", { class: "evidence" },
    ...fold([...finding.evidence, ...lost], QUOTES, "pieces of evidence", quotes))];
}

function consequence(run, finding, go) {
  if (!finding.evidence.length) return [];
  const first = run.onset(finding);
  return [el("p", { class: "soft" }, `First seen in #${first + 1}. `, run.flat(first) ? "" : restsOn(run, first), " ",
    jump("Show it on the timeline", () => go(first, { land: "timeline" })))];
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

function unsureItem(run, answer) {
  const about = answer.about ? ` about ${listed(answer.about, 4)}` : "";
  const count = answer.n !== undefined && answer.n !== null ? ` (${answer.n} of ${answer.needed ?? "?"} needed)` : "";
  const detector = run.head.detectors[answer.asked];
  return el("li", {}, el("strong", {}, detector ? detector.title : answer.asked), `${about}: ${answer.why}${count}`);
}
