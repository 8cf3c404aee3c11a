/* Turning points, in order: what failed or was assumed, by whom, who took it over, and where to start. */

const POINTS = 14; // told at once

const KINDS = {
  failed: ["failed", "failed"],
  empty: ["look", "no result"],
  repeated: ["failed", "same code again"],
  "made-up": ["look", "placeholder"],
  claimed: ["look", "claim without a result"],
  unevidenced: ["look", "no evidence"],
  announced: ["low", "announced, not done"],
  stated: ["look", "no source"],
  "handed-on": ["look", "handed to others"],
  "taken-over": ["look", "taken on trust"],
  sign: ["look", "trouble"],
  believed: ["look", "success after a failure"],
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
    el("p", { class: "soft" }, "These are places to look, not verdicts: any of them can be the mistake, and so can a step that is not listed. "
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

/* The first trouble, by whom and why this one, and whom later trouble came from. */
function verdictOf(run, go) {
  const first = run.points.find((point) => point.role === "start");
  if (!first) {
    const mended = run.points.some(failure);
    return [el("p", {}, mended ? "Every failed call was followed by one that ran, and no words of going on without evidence were noticed. "
      : "No failed call and no words of going on without evidence were noticed. ", "That does not show that the answer is right. ",
    "Nothing here looked beyond the record: whether what was said is true, whether code that ran computes the right thing, what left no event. More under ",
    el("a", { href: "#blind" }, "what was not evaluated"), ".")];
  }
  const later = new Map();
  for (const point of run.points.filter((each) => each.role === "after")) {
    const who = run.who(point.event);
    if (!later.has(who)) later.set(who, new Map());
    if (!later.get(who).has(point.event)) later.get(who).set(point.event, kindOf(point)[1]);
  }
  const reach = [...later].flatMap(([who, events], n) => [
    n ? "; " : "", named(who), " (", ...[...events].slice(0, 6).flatMap(([event, what], k) => [k ? ", " : "", to(run, event, go), ` ${what}`]),
    events.size > 6 ? ` and ${events.size - 6} more` : "", ")"]);
  const heard = run.chained && run.toAll() ? "everybody in the chat could read it; " : "";
  const also = run.points.filter((point) => point.role === "start" && point !== first).map((point) => KINDS[point.kind][1]);
  const why = run.points.find((point) => point.role === "start" && point.why)?.why || "";
  const words = run.points.filter((point) => point.kind === "answer").flatMap((point, n) =>
    [n ? "; " : "", ...where(run, point.event, go), ": ", ...linked(run, point.says, go)]);
  const fitting = reach.length || run.form ? [] : ["no further trouble was noticed; "];
  return [
    el("p", { class: "first" }, el("strong", {}, "First trouble: "), ...where(run, first.event, go), ": ", ...linked(run, first.says, go), also.length ? `; also here: ${listed(also)}.` : "."),
    why ? el("p", { class: "first" }, el("strong", {}, "Why this one: "), ...linked(run, why, go), ".") : "",
    el("p", { class: "first" }, el("strong", {}, "What it may have led to: "), heard,
      ...(reach.length ? [...reach, "; "] : fitting), ...finish(run, first, go)),
    words.length ? el("p", { class: "first" }, el("strong", {}, "Where the last words come from: "), ...words, ".") : "",
  ];
}

/* Which words the run comes to, after its first trouble. */
function finish(run, first, go) {
  if (!run.last || run.last.event < first.event) return ["nothing more is answered."];
  const closed = run.points.some((point) => point.kind === "last"); // something follows that says nothing else
  return [`the ${closed ? "last words are those" : "run ends with the words"} of `, ...where(run, run.last.event, go),
    /hold none|do not speak/.test(run.form) ? ", which do not say what was asked." : "."];
}

function failure(point) {
  return point.kind === "failed" || point.kind === "empty";
}

function to(run, event, go) {
  return jump(`#${event + 1}`, () => go(event, { land: "message" }), "read it in the transcript");
}

function where(run, event, go) {
  return [to(run, event, go), " ", named(run.who(event))];
}

function stepItem(run, step, go) {
  const roles = step.map((point) => point.role);
  const start = roles.includes("start");
  return el("li", { class: `point${start ? " start" : roles.includes("after") ? " after" : ""}` },
    el("div", { class: "pointhead" }, place(run, step[0].event, go), ...step.flatMap(roleChip).slice(0, 1)),
    ...step.map((point) => el("div", {}, chip(...kindOf(point)), " ", ...told(run, point, go))));
}

/* What a point is called; who goes on with another's assumption is no second source of it. */
function kindOf(point) {
  return point.kind === "unevidenced" && has(point.source) ? ["low", "assumption taken over"] : KINDS[point.kind];
}

/* Where to start, or what became of the first failure if that is another place. */
function roleChip(point) {
  if (point.role === "start") return [chip("high", "first trouble: start here")];
  if (point.role !== "failure") return [];
  return [chip("open", `first failure, ${has(point.mended) ? "repaired" : point.tries ? "tried again" : "admitted"}`)];
}

function has(value) {
  return value !== undefined && value !== null;
}

/* Whether it brings something in, or follows somebody who did. */
function lineage(run, point, go) {
  const chips = [];
  if (point.built && !has(point.source)) chips.push(" ", chip("high", "introduced here"));
  if (point.values) chips.push(` New here: ${listed(point.values.map((value) => `“${value}”`))}.`);
  if (has(point.source) && point.kind !== "taken-over") chips.push(point.kind === "unevidenced" ? " From " : " It rests on ", to(run, point.source, go), ".");
  if (has(point.warned)) chips.push(" ", chip("look", "already known to fail"), ", see ", to(run, point.warned, go), ".");
  return chips;
}

function told(run, point, go) {
  const says = point.says[0].toUpperCase() + point.says.slice(1);
  return [
    ...linked(run, says, go), /[.!?]$/.test(says) ? "" : point.quote ? ":" : elsewhere(point) ? "." : "", " ",
    failure(point) && point.quote ? el("code", {}, point.quote) : said(point.quote),
    ...outcome(run, point, go),
    ...lineage(run, point, go),
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
  return has(point.result) && point.result !== point.event;
}

/* What the tool gave back, and whether it was put right. */
function outcome(run, point, go) {
  if (!has(point.result)) return [];
  const tool = run.who(point.result);
  const gave = elsewhere(point) ? [" ", named(tool), " gave back, in ", to(run, point.result, go), ": "] : [];
  const tries = point.tries ? `, after ${counted(point.tries, "more failed try").replace("trys", "tries")}` : "";
  const admitted = has(point.admitted) ? [" Admitted in ", to(run, point.admitted, go), "."] : [];
  const used = !has(point.used) ? [] : [" ", chip("good", "of use all the same"), " in ", to(run, point.used, go), "."];
  return [...gave, said(point.output || "nothing"), " ",
    has(point.mended) ? el("span", {}, chip("good", "repaired"), " in ", to(run, point.mended, go), `${tries}.`)
      : el("span", {}, chip("open", "not repaired"), point.tries ? ` Tried again without success: ${counted(point.tries, "time")}.` : "", ...admitted), ...used];
}
