/* The answers to the first questions, before anything has to be clicked: what was asked and answered, where
   the answer came from, what went wrong first and what came of it, what agents admitted, who talked to whom. */

const PAIRS = 60; // listed at once
const TROUBLES = 4; // told after the first
const ADMITTED = 4;

function story(run, go) {
  const parts = [
    ...(run.task ? row("What was asked", ...asked(run, go)) : []),
    ...row("What was answered", ...ended(run, go)),
    ...(run.origins?.traced ? row("Where that came from", ...origins(run, go)) : []),
    ...wrong(run, go),
    ...(run.admissions.length ? row("In their own words", ...admitted(run, go)) : []),
    ...row("Who talked to whom", ...talk(run)),
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
  const { event, quote, member } = run.task;
  const whole = run.quote(event).text;
  const more = whole.trim().length > quote.length
    ? el("details", {}, el("summary", {}, "The whole message"), el("blockquote", { class: "quote", tabindex: "0", "aria-label": "The whole message" }, whole))
    : "";
  const whose = member ? el("div", { class: "soft" }, `The record puts this briefing into the mouth of ${run.who(event)}, `
    + "who takes part in the work; whoever set the task is in no event.") : "";
  return [place(run, event, go), ": ", said(quote), whose, more];
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

/* What went wrong first and was not repaired, everything else that did, and what came of the first. */
function wrong(run, go) {
  const troubles = run.troubles();
  if (!troubles.length) {
    return row("What went wrong", "Nothing that the record itself or a detector tells of. That is no proof: ",
      el("a", { href: "#blind" }, "what was not evaluated"), ".", el("div", { class: "soft" }, asking(run)));
  }
  const first = run.headline();
  const rest = troubles.filter((each) => each !== first);
  const all = run.repaired(first);
  const items = fold(rest, TROUBLES, "in order", (each) => el("li", {}, ...trouble(run, each, go)));
  const earlier = rest.some((each) => each.event < first.event);
  return [
    ...row(all ? "What went wrong" : "What went wrong first",
      all ? el("div", {}, rest.length ? `All ${troubles.length} troubles on record were repaired, as far as the record tells. The first:`
        : "One trouble is on record, and it was repaired, as far as the record tells:") : "",
      el("div", { class: "first" }, ...trouble(run, first, go)),
      el("div", { class: "soft" }, first.finding ? `${run.plainOf(first.finding)} ` : "", MEANING[sort(first)],
        earlier ? " What went wrong before it was repaired." : "",
        all ? " What the answer rests on, and what agents say of it themselves, is left to look at." : ""),
      rest.length ? el("div", {}, earlier ? "The others, in order:" : "After that, in order:", el("ul", { class: "links" }, ...items)) : "",
      el("div", { class: "soft" }, totals(troubles), " ", asking(run))),
    ...row("What came of it", ...came(run, first.event, go), " ",
      jump("Show it on the timeline", () => go(first.event, { land: "timeline" }))),
  ];
}

/* Who took it up and in which words; and what rests on it, where that tells anything. */
function came(run, i, go) {
  const next = run.answer(i);
  const words = next === undefined ? "" : quoteOf(run, next, 200);
  const reach = run.flat(i)
    ? el("div", { class: "soft" }, run.chained
      ? "How far it reached, causes do not tell: each message of this chat rests on the one before, so everything later does, also what took no notice."
      : "How far it reached, causes do not tell: in this record most events have nearly all later ones rest on them.")
    : el("div", {}, restsOn(run, i), el("div", { class: "soft" }, knownHow(run)));
  return [
    sentTo(run, i),
    next === undefined ? "" : el("div", {}, "Taken up in ", place(run, next, go), ": ", said(words)),
    reach,
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
  return [mark, " ", place(run, event, go), `: ${sign.why} `, said(sign.says || quoteOf(run, event, 160)), ...sequel(run, sign, go)];
}

/* What became of a tool's return that failed or was empty. */
function sequel(run, sign, go) {
  if (sign.vain === undefined || sign.vain === null) return [];
  const tries = sign.vain ? `, after ${sign.vain === 1 ? "one try" : `${sign.vain} tries`} in vain` : "";
  if (!run.repaired({ sign })) {
    return [" ", chip("open", "never repaired"), sign.vain ? ` tried again in vain, ${counted(sign.vain, "time")}` : " not tried again"];
  }
  return [" ", chip("good", "repaired"), " in ", jump(`#${sign.mended + 1}`, () => go(sign.mended, { land: "event" }), "show this event"),
    `, where the same tool succeeded${tries}: `, said(sign.repair)];
}

function quoteOf(run, i, most) {
  return oneLine(run.quote(i).text, most);
}

/* On a page with one run its head has said this already. */
function asking(run) {
  return run.head.runs.length > 1 ? run.answered : "";
}

function totals(troubles) {
  const count = (name) => troubles.filter((each) => sort(each) === name).length;
  return `In all: ${counted(count("failure"), "failure")} on record, ${counted(count("look"), "event")} worth a look, `
    + `${counted(count("finding"), "finding")}.`;
}

/* The last words that say something, whether the run calls them its answer, and how the record ends. */
function ended(run, go) {
  const { last } = run;
  const close = `${run.ending[0].toUpperCase()}${run.ending.slice(1)}.`;
  if (!last) return [el("div", {}, "Nothing that is on record."), el("div", { class: "soft" }, close)];
  const marked = last.value ? "The words themselves mark this as the answer."
    : "Nothing in the run is marked as its answer; these are its last words that say something.";
  const { after } = last;
  return [
    place(run, last.event, go), ": ", said(last.quote),
    after ? el("div", {}, "After that a tool still returned, in ", place(run, after.event, go), ": ", said(after.quote || "nothing")) : "",
    el("div", { class: "soft" }, `${marked} ${close}`),
  ];
}

/* Names and numbers of the answer: who said each first, whether a tool ever returned it, who repeated it. */
function origins(run, go) {
  const { values, traced = 0, grounded = 0, tools = 0, unread = 0 } = run.origins;
  const sum = !tools ? "The record holds no tool’s result to compare with."
    : `Of ${traced === 1 ? "1 name or number" : `${traced} names and numbers`} in it, ${grounded || "none"} ${grounded > 1 || (!grounded && traced > 1) ? "are" : "is"} in a tool’s result.`;
  return [
    el("div", {}, sum),
    el("ul", { class: "links" }, ...values.map((each) => el("li", {}, ...origin(run, each, tools, go)))),
    el("div", { class: "soft" }, "Found by comparing texts, so a heuristic: what was calculated, or said in other words, is in no result",
      unread ? `; ${counted(unread, "long text")} could not be read whole.` : "."),
  ];
}

function origin(run, { value, event, quote, tool, again = [], times = 0 }, tools, go) {
  const returned = tool !== undefined && tool !== null;
  const own = event === run.last.event;
  const briefed = run.task && event === run.task.event;
  const first = returned && tool <= event ? "first in a tool’s result, " : briefed ? "already in the first message, "
    : own ? "in no event before the answer itself, " : "first said in ";
  const proof = !tools ? "" : returned ? (tool <= event ? "" : ` A tool returned it only later, in #${tool + 1}.`) : " In no tool’s result.";
  const others = again.filter((each) => each !== run.last.event);
  const names = others.slice(0, 4).flatMap((each, n) => [n ? ", " : "", place(run, each, go)]);
  const more = times - (again.includes(run.last.event) ? 1 : 0) - Math.min(others.length, 4);
  return [
    el("strong", {}, named(value)), ": ", first, place(run, event, go), ": ", said(quote), proof,
    ...(others.length ? [" Said again in ", ...names, more > 0 ? ` and ${counted(more, "more event")}.` : "."] : []),
  ];
}

/* What agents say of what they do: quoted where a fixed list of phrases finds it. */
function admitted(run, go) {
  const item = ({ event, quote }) => el("li", {}, place(run, event, go), ": ", said(quote));
  return [
    el("div", {}, "Words of doubt, assumption or admission, quoted:"),
    el("ul", { class: "links" }, ...fold(run.admissions, ADMITTED, "quotations", item)),
    el("div", { class: "soft" }, "Found by a fixed list of phrases, so a heuristic; none of it is a verdict."),
  ];
}
