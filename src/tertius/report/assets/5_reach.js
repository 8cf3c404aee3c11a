/* What an event reached, in words. Three things are told apart: to whom it was sent; which later events
   rest on it, directly or through others (that is "reached"); and where its words come up again. */

function reached(run, i, go) {
  return [
    el("p", {}, sentTo(run, i), restsOn(run, i)),
    el("p", { class: "soft" }, knownHow(run)),
    ...repeated(run, i, go),
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

function repeated(run, i, go) {
  if (!run.echo.possible) return [];
  const found = run.echo.again(i);
  if (!found.length) {
    return run.quote(i).state === "kept"
      ? [el("p", { class: "soft" }, "No later event of another agent repeats words or numbers that came first in it (inferred from the texts on this page).")] : [];
  }
  const item = ({ event, words: shared }) => el("li", {}, jump(`#${event + 1}`, () => go(event, { land: "event" })), " ",
    named(run.who(event)), el("span", { class: "said" }, ` ${shared.slice(0, 4).map((word) => `“${word}”`).join(", ")}`));
  return [
    el("p", {}, `Later events of other agents that repeat words or numbers which came first in it: ${found.length} `,
      el("span", { class: "soft" }, "(inferred from the texts on this page)"), ":"),
    el("ul", { class: "links" }, ...fold(found, 4, "events", item)),
  ];
}
