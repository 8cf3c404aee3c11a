/* One event, whole: what it says, what it rests on, what it reached, and the way back. */

const WAY = 9; // events of a way back that are shown before its middle is left out

function eventCard(run, i, go) {
  const quote = run.quote(i);
  const up = run.reach(i, run.up);
  const sign = run.signAt.get(i);
  return [
    el("div", { class: "cardhead" },
      el("h4", { id: "event-title", tabindex: "-1" }, `#${i + 1} `, named(run.sentence(i)), pastes(run, i)),
      el("div", { class: "steps" },
        el("button", { type: "button", onclick: () => go(i - 1), disabled: i === 0 ? "" : null }, "Previous"),
        el("button", { type: "button", onclick: () => go(i + 1), disabled: i + 1 === run.count ? "" : null }, "Next"),
        el("button", { type: "button", onclick: () => go(-1) }, "Close"))),
    el("dl", { class: "facts" }, ...facts(run, i)),
    ...quoted(run, i, quote),
    sign ? el("p", {}, sign.failed ? chip("failed", "failure on record") : chip("look", "worth a look"), ` ${sign.why} `,
      said(sign.says)) : "",
    ...verdicts(run, i),
    el("h5", {}, "What it reached"),
    ...reached(run, i),
    ...(run.chained ? [] : [
      el("h5", {}, "Rests on"),
      ...links(run, i, run.up, go, "the record names no cause"),
      el("h5", {}, "Led directly to"),
      ...links(run, i, run.down, go, "no later event names it as a cause"),
      ...wayBack(run, i, up, go),
    ]),
  ];
}

function facts(run, i) {
  const rows = [];
  const add = (name, value) => value && rows.push(el("dt", {}, name), el("dd", {}, named(value)));
  const to = run.to(i).map((agent) => run.agentName(agent));
  const asks = ["message.sent", "handed.off", "task.assigned", "offered", "promised"].includes(run.kind(i));
  add("from", run.events.agent[i] < 0 ? (asks ? "not known" : "") : run.who(i));
  add("sent to", to.length ? to.join(", ") : asks ? "not known" : "");
  add("channel", run.channel(i) || (run.kind(i) === "message.sent" ? "not known" : ""));
  add("message", run.messageNumber(i).replace("message ", ""));
  add("time", run.events.time[i] ? `${moment(run.events.time[i])} UTC` : "");
  add("more", run.fact(i));
  add("passes on", has(run.passes(i)) ? `what #${run.passes(i) + 1} gave back` : "");
  add("event id", run.fullId(i));
  return rows;
}

function quoted(run, i, quote) {
  if (quote.state === "none") return [];
  if (quote.state === "erased") {
    return [el("p", { class: "quote gone" }, "(erased)"),
      el("p", { class: "soft" }, "Its content was destroyed by a logged act; what it was can no longer be told.")];
  }
  if (quote.state === "missing") {
    return [el("p", { class: "quote gone" }, "(missing)"),
      el("p", { class: "soft" }, "Its content is gone, and no logged act says who erased it.")];
  }
  const cut = quote.text.length < quote.length;
  return [
    el("blockquote", { class: "quote", tabindex: "0", "aria-label": "What the event says" }, quote.text),
    cut ? el("p", { class: "soft" },
      `The first ${NUMBER.format(quote.text.length)} of ${NUMBER.format(quote.length)} characters. `,
      "The whole: ", el("code", {}, `tertius log show ${run.head.log} --run ${run.name} --json`)) : "",
  ];
}

function verdicts(run, i) {
  const numbers = run.found.get(i) || [];
  return numbers.slice(0, 5).map((number) => {
    const finding = run.findings[number];
    return el("p", { class: "verdict" }, chip(finding.severity), " a finding rests on it: ", run.titleOf(finding));
  });
}

function chip(kind, words = kind) {
  return el("span", { class: `chip ${kind}` }, words);
}

/* A message that holds what a page or a tool gave back, so that nobody takes it for the sender's words. */
function pastes(run, i) {
  return run.paste.has(i) ? el("span", {}, " ", chip("low", "pastes a result")) : "";
}

function links(run, i, side, go, none) {
  const found = run.neighbours(i, side).filter(([other]) => !run.kind(other).startsWith("run."));
  const outside = side === run.up ? (run.outside[String(i)] || []) : [];
  const item = ([other, basis]) => (typeof other === "number"
    ? el("li", {}, eventLink(run, other, go), el("span", { class: "soft" }, ` (${BASES[basis]})`))
    : el("li", {}, el("bdi", {}, other), el("span", { class: "soft" }, ` (${BASES[basis]}, not in this run)`)));
  if (!found.length && !outside.length) return [el("p", { class: "soft" }, none)];
  return [el("ul", { class: "links" }, ...fold([...found, ...outside], 6, "events", item))];
}

function eventLink(run, i, go, most = 80) {
  const words = quoteLine(run, i, most);
  return el("span", {}, jump(`#${i + 1}`, () => go(i)), " ", named(run.sentence(i)),
    words ? el("span", { class: "said" }, ` ${words}`) : "");
}

/* One line of what an event says, in quotation marks; "(erased)" and the like without. */
function quoteLine(run, i, most) {
  const { state, text } = run.quote(i);
  return text && state === "kept" ? `“${oneLine(text, most)}”` : text;
}

/* The shortest chain of causes back to the earliest finding that lies before this event, or else to
   the earliest event it rests on. */
function wayBack(run, i, up, go) {
  if (!up.events.length) return [];
  const earliest = (events) => events.reduce((a, b) => Math.min(a, b), Infinity);
  const suspicious = up.events.filter((event) => run.found.has(event));
  const origin = earliest(suspicious.length ? suspicious : up.events);
  const chain = [];
  for (let at = origin; at !== i; at = up.from[at]) chain.push(at);
  const left = chain.length - WAY + 1;
  const shown = left > 1 ? [...chain.slice(0, 5), -1, ...chain.slice(5 + left)] : chain;
  const items = shown.map((event) => (event < 0
    ? el("li", { class: "soft" }, `… ${counted(left, "event")} between …`)
    : el("li", {}, eventLink(run, event, go, 60))));
  items.push(el("li", { class: "soft" }, `#${i + 1}, this event`));
  const why = suspicious.length
    ? "Back to the earliest event before it that a finding rests on:"
    : "Back to the earliest event that it rests on:";
  return [el("h5", {}, "The way back"), el("p", { class: "soft" }, why), el("ol", { class: "way" }, ...items)];
}

function agentCard(run, agent, go, close) {
  const row = run.agents[agent];
  const sent = run.edges.filter((edge) => edge[0] === agent && edge[4] !== "implied");
  const got = run.edges.filter((edge) => edge[1] === agent && edge[4] !== "implied");
  const own = [];
  run.events.agent.forEach((each, i) => each === agent && own.push(i));
  const findings = run.findings.filter((finding) => finding.agents.includes(agent));
  const total = (edges) => edges.reduce((sum, edge) => sum + edge[5], 0);
  const side = (edges, at, verb, way) => {
    const names = [...new Set(edges.map((edge) => run.agentName(edge[at])))];
    return names.length ? el("span", {}, `${verb} ${counted(total(edges), "time")} ${way} `, named(listed(names)), ". ") : "";
  };
  return [
    el("div", { class: "cardhead" },
      el("h4", { id: "agent-title", tabindex: "-1" }, named(run.agentName(agent))),
      el("div", { class: "steps" }, el("button", { type: "button", onclick: close }, "Close"))),
    row.title ? el("p", { class: "soft" }, `in the log: ${row.name}`) : "",
    row.role || row.facts ? el("p", {}, [row.role, row.facts].filter(Boolean).join(" · ")) : "",
    el("p", {}, `${counted(own.length, "event")} of its own. `,
      side(sent, 1, "Sent", "to"), side(got, 0, "Was sent to", "by")),
    own.length ? el("p", {}, "First: ", eventLink(run, own[0], go)) : el("p", {}, "It never acts in this run."),
    own.length > 1 ? el("p", {}, "Last: ", eventLink(run, own.at(-1), go)) : "",
    ...findings.slice(0, 8).map((finding) =>
      el("p", { class: "verdict" }, chip(finding.severity), " named in: ", run.titleOf(finding), " ",
        finding.evidence.length ? jump(`see #${finding.evidence[0] + 1}`, () => go(finding.evidence[0])) : "")),
  ];
}
