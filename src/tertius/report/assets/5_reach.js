/* What an event reached, in words. Two things are told apart: to whom it was sent; and which later events
   rest on it, directly or through others, which is what "reached" means. */

function reached(run, i) {
  if (run.chained) {
    return [
      el("p", {}, sentTo(run, i)),
      el("p", { class: "soft" }, "In this chat everybody hears everything and each message follows the one before, so the record "
        + "does not tell which later message took this one up."),
    ];
  }
  return [
    el("p", {}, sentTo(run, i), restsOn(run, i)),
    el("p", { class: "soft" }, knownHow(run)),
  ];
}

function sentTo(run, i) {
  const on = run.to(i).length ? i : run.passedOn(i);
  if (on === undefined) return "";
  const names = run.to(on).map((agent) => run.agentName(agent));
  return el("span", {}, on === i ? "Sent to " : `Passed on in #${on + 1} to `, named(listed(names)), ". ");
}

function restsOn(run, i) {
  const events = run.acts(run.reach(i, run.down).events);
  const later = run.later(i);
  if (!events.length) {
    return later ? "No later event rests on it, as far as the record tells." : "Nothing but the end of the record follows.";
  }
  const by = [...run.shares(events)].map(([agent, count]) => `${run.agentName(agent)} (${count})`);
  const part = events.length === later ? (later === 1 ? "the only one" : `all ${NUMBER.format(later)}`)
    : `${NUMBER.format(events.length)} of ${NUMBER.format(later)}`;
  return el("span", {}, `Later events that rest on it, directly or through others: ${part}`,
    by.length ? ", by " : "", by.length ? named(listed(by)) : "", ".");
}

/* How the causes are known, on which "rests on" is built. */
function knownHow(run) {
  const bases = BASES.filter((_, number) => run.events.basis.includes(number) && (run.inferred || number !== INFERRED));
  if (!bases.length) return "The record names no causes.";
  return `How that is known: ${bases.map((basis) => `${basis} (${BASIS[basis]})`).join("; ")}.`;
}

const BASIS = {
  observed: "seen by what stood between",
  declared: "said by the framework, its rules, or the agent itself; nobody watched",
  inferred: "concluded from content",
};
