/* Who talked to whom, in words: how often, in which order, and each pair as a row of a table. */

/* Who spoke how often; the table beside the graph has every pair. */
function talk(run) {
  const spoke = new Map();
  run.events.to.forEach((set, i) => {
    const agent = run.events.agent[i];
    if (set >= 0 && agent >= 0) spoke.set(agent, (spoke.get(agent) || 0) + 1);
  });
  const order = run.agents.map((_, n) => n).sort((a, b) => (spoke.get(b) || 0) - (spoke.get(a) || 0));
  const names = order.map((n) => `${run.agentName(n)} (${spoke.get(n) || "never"})`);
  return [
    el("p", {}, named(`${counted(names.length, "agent")}, and how often each sent something: ${listed(names, 8)}.`)),
    run.order.steps ? el("p", { id: "order" }, "In order: ", ...inOrder(run), ".") : "",
  ];
}

/* "A → (B ⇄ C ×11) → D": what repeats is told once. */
function inOrder(run) {
  const { steps, after = 0 } = run.order;
  const parts = steps.map(([agents, times]) => {
    const names = agents.map((agent) => run.agentName(agent)).join(agents.length === 2 ? " ⇄ " : " → ");
    return times < 2 ? names : agents.length < 2 ? `${names}\u00a0×${times}` : `(${names}\u00a0×${times})`;
  });
  return [named(parts.join(" → ")), after ? `, and ${counted(after, "message")} more` : ""];
}

/* What is the same in every row is said once, above the table; whoever speaks to everybody has one row. */
function edgeTable(run) {
  if (!run.edges.length) return el("p", { class: "soft" }, "No event is addressed to anybody.");
  const how = ([, , channel, via, known]) => HOW[known].replace("%", channel)
    + (via !== "message" && via !== "unknown" ? ` (${via})` : "");
  const edges = run.toAll() ? toEverybody(run) : run.edges;
  const ways = new Set(edges.map(how));
  const row = (edge) => el("tr", {},
    el("td", {}, named(run.agentName(edge[0]))),
    el("td", {}, edge[1] === EVERYBODY ? "everybody else" : named(run.agentName(edge[1]))),
    el("td", { class: "number" }, NUMBER.format(edge[5])),
    ways.size > 1 ? el("td", {}, how(edge)) : "");
  const head = ["from", "to", "times", ...(ways.size > 1 ? ["how it is known"] : [])];
  const body = el("tbody", {}, ...fold(edges, 12, "pairs", row).map((made) =>
    made.tagName === "TR" ? made : el("tr", {}, el("td", { colspan: String(head.length) }, made))));
  return el("div", {},
    run.toAll() ? el("p", {}, `Everybody hears everything: ${counted(run.messages.length, "message")} in a group chat.`) : "",
    ways.size > 1 ? "" : el("p", { class: "soft" }, `All of it ${[...ways][0]}.`),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Who sent to whom, as a table" },
      el("table", { class: "sent" }, el("thead", {}, el("tr", {},
        ...head.map((name) => el("th", { scope: "col", class: name === "times" ? "number" : null }, name)))), body)));
}

const EVERYBODY = -1;

/* One row for each speaker and channel of a group chat, and those pairs of which no message tells. */
function toEverybody(run) {
  const rows = new Map();
  for (const [sender, , channel, via, known, times] of run.edges.filter((edge) => edge[4] !== "implied")) {
    rows.set(`${sender} ${channel} ${via} ${known}`, [sender, EVERYBODY, channel, via, known, times]);
  }
  return [...rows.values(), ...run.edges.filter((edge) => edge[4] === "implied")];
}
