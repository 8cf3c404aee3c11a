/* Places to look, in order: what failed or was assumed, by whom, and who took it over. */

const POINTS = 14; // told at once
const TAKEN = 6; // events that take something up

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
  answer: ["low", "first seen"],
  approved: ["low", "approval"],
  "self-approved": ["low", "approves itself"],
  last: ["low", "last words"],
  end: ["low", "the end"],
};

const KNOWN = { words: " (found by a list of phrases)", texts: " (found by comparing texts)" };

function turningPoints(run, go) {
  const steps = grouped(run.points);
  return el("section", { class: "points", "aria-labelledby": "points-title" },
    el("h3", { id: "points-title" }, "Places to look, in the order of the run"),
    el("p", {}, "Found by the structure of the record and by short lists of phrases, and no verdicts: each can be a sensible step, "
      + "and the mistake can be in a step that is not listed."),
    ...quiet(run),
    run.tools ? "" : el("p", {}, el("strong", {}, "No tool's result is on record: "), "everything in this run is the agents' own words."),
    steps.length ? el("ol", {}, ...fold(steps, POINTS, "places to look", (step) => stepItem(run, step, go))) : "");
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

/* What it means that no trouble was noticed, or none to which no call that ran followed. */
function quiet(run) {
  if (run.trouble().length) return [];
  const words = "no words of going on without evidence were noticed";
  const none = run.points.some(failure)
    ? `After every failed call a later one of its kind ran, which does not say that it did the work, and ${words}` : `No failed call and ${words}`;
  return [el("p", {}, none, run.last && run.last.value ? ". " : ", and no message says “this is the answer”. ",
    "That does not show that the answer is right: see ", el("a", { href: "#blind" }, "what was not evaluated"), ".")];
}

/* Only what is told of a call has a result. */
function failure(point) {
  return has(point.result);
}

function to(run, event, go) {
  return jump(`#${event + 1}`, () => go(event, { land: "message" }), "read it in the transcript");
}

function where(run, event, go) {
  return [to(run, event, go), " ", named(run.who(event))];
}

function stepItem(run, step, go) {
  return el("li", { class: "point" },
    el("div", { class: "pointhead" }, place(run, step[0].event, go), ...step.flatMap((point) => firstFailure(run, point))),
    ...step.map((point) => el("div", {}, chip(...kindOf(point)), " ", ...told(run, point, go))));
}

/* What a point is called; who goes on with another's assumption is no second source of it. */
function kindOf(point) {
  return point.kind === "unevidenced" && has(point.source) ? ["low", "assumption taken over"] : KINDS[point.kind];
}

/* What came after the first failure: it is often noticed, and somebody tries something else. */
function firstFailure(run, point) {
  const became = has(point.mended) ? "a later call ran" : point.tries ? "tried again" : has(point.admitted) ? "admitted" : "";
  return became && point === run.points.find(failure) ? [chip(has(point.mended) ? "low" : "open", `first failure, ${became}`)] : [];
}

function has(value) {
  return value !== undefined && value !== null;
}

/* Whether it brings something in, or follows somebody who did. */
function lineage(run, point, go) {
  const chips = [];
  if (point.built && !has(point.source)) {
    chips.push(" ", chip("open", "introduced here"), " Taken up in ", ...point.built.slice(0, TAKEN).flatMap((event, n) => [n ? ", " : "", to(run, event, go)]),
      point.built.length > TAKEN ? ` and ${point.built.length - TAKEN} more.` : ".");
  }
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

/* What the tool gave back, and what came of it: that a later call ran is no sign that it did the work. */
function outcome(run, point, go) {
  if (!has(point.result)) return [];
  const tool = run.who(point.result);
  const gave = elsewhere(point) ? [" ", named(tool), " gave back, in ", to(run, point.result, go), ": "] : [];
  const tries = point.tries ? `, after ${counted(point.tries, "more failed try").replace("trys", "tries")}` : "";
  const admitted = has(point.admitted) ? [" Admitted in ", to(run, point.admitted, go), "."] : [];
  const used = !has(point.used) ? [] : [" ", chip("low", "gone on with all the same"), " in ", to(run, point.used, go), "."];
  return [...gave, said(point.output || "nothing"), " ",
    has(point.mended) ? ranLater(run, point, tries, go)
      : el("span", {}, chip("open", "no later call did better"), point.tries ? ` Tried again without success: ${counted(point.tries, "time")}.` : "", ...admitted), ...used];
}

/* The later call of the same kind, and where it was written: there one sees whether it did the same work. */
function ranLater(run, point, tries, go) {
  const did = point.kind === "empty" ? "gave something back" : "ran without an error";
  const written = has(point.written) ? [" See in ", to(run, point.written, go), " what it did."] : [];
  return el("span", {}, `A later call of the same kind ${did}, in `, to(run, point.mended, go),
    `${tries}; whether it did the work is not said.`, ...written);
}
