/* The answers to the first questions, before anything has to be clicked: what was asked, what was answered. */

function story(run, go) {
  return el("dl", { class: "story" },
    ...(run.task ? row("What was asked", ...asked(run, go)) : []),
    ...row("What was answered", ...ended(run, go)));
}

function row(name, ...told) {
  return [el("dt", {}, name), el("dd", {}, ...told)];
}

function place(run, i, go) {
  return el("span", {}, ...where(run, i, go));
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
  const whose = member ? el("div", { class: "soft" }, `The record gives this briefing as a message of ${run.who(event)}, `
    + "who takes part in the work. Whoever set the task is in no event.") : "";
  return [place(run, event, go), ": ", said(quote), whose, more];
}

/* The last words that say something, whether the run calls them its answer, and how the record ends. */
function ended(run, go) {
  const { last } = run;
  const close = `${run.ending[0].toUpperCase()}${run.ending.slice(1)}.`;
  if (!last) return [el("div", {}, "Nothing that is on record."), el("div", { class: "soft" }, close)];
  const { after } = last;
  return [
    last.value ? "" : el("div", {}, "No message says “this is the answer”; the last words are:"),
    place(run, last.event, go), ": ", said(last.quote),
    run.form ? el("div", { class: "soft" }, run.form) : "",
    after ? el("div", {}, "After that a tool still returned, in ", place(run, after.event, go), ": ", said(after.quote || "nothing")) : "",
    el("div", { class: "soft" }, last.value ? "The text marks this as the answer. " : "", close),
  ];
}
