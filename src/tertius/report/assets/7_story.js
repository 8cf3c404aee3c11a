/* The answers to three questions, before anything has to be clicked: who talked to whom, what went
   wrong first, and what that reached. */

const PAIRS = 60; // listed at once
const TROUBLES = 4; // told after the first

function story(run, go) {
  const parts = [
    ...(run.task ? row("What was asked", ...asked(run, go)) : []),
    ...row("Who talked to whom", ...talk(run)),
    ...wrong(run, go),
    ...row("How it ended", ...ended(run, go)),
  ];
  return el("dl", { class: "story" }, ...parts);
}

function row(name, ...told) {
  return [el("dt", {}, name), el("dd", {}, ...told)];
}

function place(run, i, go) {
  return el("span", {}, jump(`#${i + 1}`, () => go(i, { land: "event" }), "show this event"), " ", named(run.who(i)));
}

function said(text) {
  return text ? el("q", { class: "said" }, `“${text}”`) : "";
}

function asked(run, go) {
  const { event, quote } = run.task;
  const whole = run.quote(event).text;
  const more = whole.trim().length > quote.length
    ? el("details", {}, el("summary", {}, "The whole message"), el("blockquote", { class: "quote", tabindex: "0", "aria-label": "The whole message" }, whole))
    : "";
  return [place(run, event, go), ": ", said(quote), more];
}

function talk(run) {
  const spoke = new Map();
  run.events.to.forEach((set, i) => {
    const agent = run.events.agent[i];
    if (set >= 0 && agent >= 0) spoke.set(agent, (spoke.get(agent) || 0) + 1);
  });
  const order = run.agents.map((_, n) => n).sort((a, b) => (spoke.get(b) || 0) - (spoke.get(a) || 0));
  const names = order.map((n) => `${run.agentName(n)} (${spoke.get(n) || "never"})`);
  const pairs = run.edges.filter((edge) => edge[0] !== edge[1]);
  const channels = [...new Set(pairs.map((edge) => edge[2]))].filter(Boolean);
  const over = channels.length ? `, over ${listed(channels, 3)}` : ", over a channel that the record does not name";
  const first = pairs.slice(0, 3).map(([a, b, , , , times]) => `${run.agentName(a)} to ${run.agentName(b)} (${times})`);
  const how = run.toAll() ? ` Every message goes to all the others (group chat)${over}.`
    : first.length ? ` Most often ${listed(first)}${over}.` : " No event is addressed to anybody.";
  const line = ([a, b, channel, , way, times]) => el("li", {}, named(run.agentName(a)), " to ", named(run.agentName(b)),
    `: ${counted(times, "time")}, ${HOW[way].replace("%", channel)}`);
  return [
    named(`${counted(names.length, "agent")}, with how often each sent something: ${listed(names, 8)}.`), how,
    pairs.length ? el("details", {}, el("summary", {}, `All ${counted(pairs.length, "pair")}`),
      el("ul", { class: "links" }, ...fold(pairs, PAIRS, "pairs", line))) : "",
  ];
}

/* What went wrong first, everything else that did, and what the first reached. */
function wrong(run, go) {
  const troubles = run.troubles();
  const [first, ...rest] = troubles;
  if (!first) {
    return row("What went wrong", "Nothing that the record itself or a detector tells of. That is no proof: ",
      el("a", { href: "#blind" }, "what was not evaluated"), ".");
  }
  const items = fold(rest, TROUBLES, "in order", (each) => el("li", {}, ...trouble(run, each, go)));
  return [
    ...row("What went wrong first",
      el("div", { class: "first" }, ...trouble(run, first, go)),
      el("div", { class: "soft" }, first.finding ? `${run.plainOf(first.finding)} ` : "", MEANING[sort(first)]),
      rest.length ? el("div", {}, "After that, in order:", el("ul", { class: "links" }, ...items)) : "",
      el("div", { class: "soft" }, totals(run, troubles))),
    ...row("What it reached", ...reached(run, first.event, go), " ",
      jump("Show it on the timeline", () => go(first.event, { land: "timeline" }))),
  ];
}

const MEANING = {
  failure: "The record itself tells of this failure. Its cause may lie before it.",
  finding: "A detector found this; no failure is on record before it. The cause may lie before it.",
  look: "Nothing failed here, and it is no finding: it is worth a look, since it may be why later steps went wrong.",
};

function sort({ sign, finding }) {
  return finding ? "finding" : sign.failed ? "failure" : "look";
}

function trouble(run, each, go) {
  const { event, sign, finding } = each;
  if (finding) {
    return [chip(finding.severity, `finding, ${finding.severity}`), " ", place(run, event, go), `: ${run.titleOf(finding)} `,
      said(quoteOf(run, event, 110))];
  }
  const mark = sign.failed ? chip("failed", "failure on record") : chip("look", "worth a look");
  return [mark, " ", place(run, event, go), `: ${sign.why} `, said(sign.says || quoteOf(run, event, 160))];
}

function quoteOf(run, i, most) {
  return oneLine(run.quote(i).text, most);
}

function totals(run, troubles) {
  const count = (name) => troubles.filter((each) => sort(each) === name).length;
  const detectors = counted(Object.keys(run.head.detectors).length, "detector");
  const found = run.findings.length;
  return `In all: ${counted(count("failure"), "failure")} on record, ${counted(count("look"), "event")} worth a look, `
    + `${found ? counted(found, "finding") : "no finding"} of ${detectors}.`;
}

function ended(run, go) {
  const { last } = run;
  return [
    ...(last ? [place(run, last.event, go), ": ", said(last.quote)] : []),
    el("div", { class: "soft" }, `${run.ending[0].toUpperCase()}${run.ending.slice(1)}.`),
  ];
}
