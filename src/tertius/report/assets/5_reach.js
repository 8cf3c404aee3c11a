/* What an event reached, in words. Two things are told apart: to whom it was sent; and which later events
   rest on it, directly or through others, which is what "reached" means. */

function reached(run, i) {
  return [
    el("p", {}, sentTo(run, i), restsOn(run, i)),
    el("p", { class: "soft" }, knownHow(run)),
  ];
}

function sentTo(run, i) {
  const on = run.to(i).length ? i : run.passedOn(i);
  if (on === undefined) return "";
  const names = run.to(on).map((agent) => run.agentName(agent));
  return el("span", {}, on === i ? "Was sent to " : `Was passed on, in #${on + 1}, to `, named(listed(names)), ". ");
}

function restsOn(run, i) {
  const events = run.acts(run.reach(i, run.down).events);
  const later = run.later(i);
  if (!events.length) {
    return later ? "No later event rests on it, as far as the record tells." : "It is the last event; nothing follows.";
  }
  const by = [...run.shares(events)].map(([agent, count]) => `${run.agentName(agent)} (${count})`);
  const part = events.length === later ? (later === 1 ? "the only one" : `all ${NUMBER.format(later)}`)
    : `${NUMBER.format(events.length)} of ${NUMBER.format(later)}`;
  return el("span", {}, `Later events that rest on it, directly or through others: ${part}`,
    by.length ? ", by " : "", by.length ? named(listed(by)) : "", ".");
}

/* How the causes are known, on which "rests on" is built. */
function knownHow(run) {
  if (run.chained) {
    return "How that is known: by the chat’s rule. Each message rests on the one before, since whoever speaks has heard"
      + " all of them; so everything later counts, also what took no notice.";
  }
  const bases = BASES.filter((_, number) => run.events.basis.includes(number) && (run.inferred || number !== INFERRED));
  if (!bases.length) return "The record names no causes.";
  return `How that is known: ${bases.map((basis) => `${basis} (${BASIS[basis]})`).join("; ")}.`;
}

const BASIS = {
  observed: "seen by what stood between",
  declared: "said by the framework, its rules, or the agent itself; nobody watched",
  inferred: "concluded from content",
};
