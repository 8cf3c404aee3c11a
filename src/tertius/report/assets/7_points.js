/* Turning points, in order: what failed or was assumed, by whom, and which of it to look at first. */

const POINTS = 14; // told at once

const KINDS = {
  failed: ["failed", "failed"],
  repeated: ["failed", "same code again"],
  "made-up": ["look", "placeholder"],
  claimed: ["look", "claim without a result"],
  unevidenced: ["look", "no evidence"],
  announced: ["low", "announced, not done"],
  stated: ["look", "no source"],
  "handed-on": ["look", "handed to others"],
  sign: ["look", "trouble"],
  unrun: ["low", "not run"],
  finding: ["look", "finding"],
  answer: ["low", "answer appears"],
  approved: ["low", "approval"],
  "self-approved": ["low", "approves itself"],
  last: ["low", "last words"],
  end: ["low", "the end"],
};

const KNOWN = { words: " (found by a list of phrases)", texts: " (found by comparing texts)" };

function turningPoints(run, go) {
  const steps = grouped(run.points);
  return el("section", { class: "points", "aria-labelledby": "points-title" },
    el("h3", { id: "points-title" }, "Turning points, in order"),
    ...verdictOf(run, go),
    run.tools ? "" : el("p", {}, el("strong", {}, "No tool's result is on record: "), "everything in this run is the agents' own words."),
    steps.length ? el("ol", {}, ...fold(steps, POINTS, "turning points", (step) => stepItem(run, step, go))) : "",
    el("p", {}, "These are places to look, not verdicts: any of them can be the mistake, and so can a step that is not listed. "
      + "Failures come from the record itself. What is found by a list of phrases can be a sensible step in the same words, and "
      + "a mistake in other words, or in code that ran without an error, is missed."));
}

/* Points of one event stand together. */
function grouped(points) {
  const steps = [];
  for (const point of points) {
    if (steps.at(-1)?.[0].event === point.event) steps.at(-1).push(point);
    else steps.push([point]);
  }
  return steps;
}

/* The first trouble and by whom, and whom later trouble came from. */
function verdictOf(run, go) {
  const first = run.points.find((point) => point.role === "start");
  if (!first) {
    const mended = run.points.some((point) => point.kind === "failed");
    return [el("p", {}, mended ? "Every failed call was followed by one that ran, and no words of going on without evidence were noticed. "
      : "No failed call and no words of going on without evidence were noticed. ", "That does not show that the answer is right. ",
    "Nothing here looked beyond the record: whether what was said is true, whether code that ran computes the right thing, what left no event. More under ",
    el("a", { href: "#blind" }, "what was not evaluated"), ".")];
  }
  const later = new Map();
  for (const point of run.points.filter((each) => each.role === "after")) {
    const who = run.who(point.event);
    if (!later.has(who)) later.set(who, new Map());
    if (!later.get(who).has(point.event)) later.get(who).set(point.event, KINDS[point.kind][1]);
  }
  const reach = [...later].flatMap(([who, events], n) => [
    n ? "; " : "", named(who), " (", ...[...events].slice(0, 6).flatMap(([event, what], k) => [k ? ", " : "", to(run, event, go), ` ${what}`]),
    events.size > 6 ? ` and ${events.size - 6} more` : "", ")"]);
  const heard = run.chained && run.toAll() ? "everybody in the chat could read it; " : "";
  const also = run.points.filter((point) => point.role === "start" && point !== first).map((point) => KINDS[point.kind][1]);
  const form = formOf(run);
  const closed = run.points.some((point) => point.kind === "last"); // something follows that says nothing else
  const end = run.last && run.last.event > first.event ? run.last.event : -1;
  return [
    el("p", { class: "first" }, el("strong", {}, "First trouble: "), ...where(run, first.event, go), ": ", ...linked(run, first.says, go), also.length ? `; also here: ${listed(also)}.` : "."),
    el("p", { class: "first" }, el("strong", {}, "What it may have led to: "), heard,
      ...(reach.length ? [...reach, "; "] : ["no further trouble was noticed; "]),
      ...(end >= 0 ? [`the ${closed ? "last words are those" : "run ends with the words"} of `, ...where(run, end, go), ".", form ? ` ${form}` : ""] : ["nothing more is answered."])),
  ];
}

/* Whether the last words have the form that was asked for; empty where that cannot be decided. */
function formOf(run) {
  return run.points.find((point) => ["last", "end"].includes(point.kind))?.says.match(/(?:Asked|No answer) .*$/)?.[0] || "";
}

function to(run, event, go) {
  return jump(`#${event + 1}`, () => go(event, { land: "message" }), "read it in the transcript");
}

function where(run, event, go) {
  const message = run.message(event);
  return [to(run, event, go), message ? ` (${message})` : "", " ", named(run.who(event))];
}

function stepItem(run, step, go) {
  const roles = step.map((point) => point.role);
  const start = roles.includes("start");
  return el("li", { class: `point${start ? " start" : roles.includes("after") ? " after" : ""}` },
    el("div", { class: "pointhead" }, ...where(run, step[0].event, go), start ? chip("high", "first trouble: start here") : ""),
    ...step.map((point) => el("div", {}, chip(...KINDS[point.kind]), " ", ...told(run, point, go))));
}

function told(run, point, go) {
  const says = point.says[0].toUpperCase() + point.says.slice(1);
  return [
    ...linked(run, says, go), /[.!?]$/.test(says) ? "" : point.quote ? ":" : elsewhere(point) ? "." : "", " ",
    point.kind === "failed" && point.quote ? el("code", {}, point.quote) : said(point.quote),
    ...outcome(run, point, go),
    KNOWN[point.known] ? el("span", { class: "soft" }, KNOWN[point.known]) : "",
  ];
}

/* Numbers of events in a phrase lead there. */
function linked(run, text, go) {
  return text.split(/(?<=\s)#(\d+)(?=\W|$)/).map((part, n) => (n % 2 && Number(part) <= run.count ? to(run, Number(part) - 1, go)
    : n % 2 ? `#${part}` : part));
}

/* Whether what a tool gave back stands in another event than the call. */
function elsewhere(point) {
  return point.result !== undefined && point.result !== null && point.result !== point.event;
}

/* What the tool gave back, and whether it was put right. */
function outcome(run, point, go) {
  if (point.result === undefined || point.result === null) return [];
  const tool = run.who(point.result);
  const gave = elsewhere(point) ? [" ", named(tool), " gave back, in ", to(run, point.result, go), ": "] : [];
  const tries = point.tries ? `, after ${counted(point.tries, "more failed try").replace("trys", "tries")}` : "";
  const mended = point.mended !== undefined && point.mended !== null;
  const used = point.used === undefined || point.used === null ? []
    : [" ", chip("good", "of use all the same"), " in ", to(run, point.used, go), "."];
  return [...gave, said(point.output || "nothing"), " ",
    mended ? el("span", {}, chip("good", "repaired"), " in ", to(run, point.mended, go), `${tries}.`)
      : el("span", {}, chip("open", "not repaired"), point.tries ? ` Tried again without success: ${counted(point.tries, "time")}.` : ""), ...used];
}
