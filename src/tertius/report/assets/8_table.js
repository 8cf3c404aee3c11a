/* The same events as a table: everything that the picture shows, for whoever does not see it. */

const PAGE = 50;

class Table {
  constructor(host, run, onEvent) {
    this.run = run;
    this.onEvent = onEvent;
    this.at = 0;
    this.event = -1;
    this.reached = new Set();
    this.search = el("input", { type: "search", oninput: () => this.filter(), size: "18" });
    this.agent = el("select", { onchange: () => this.filter() }, el("option", { value: "" }, "everybody"),
      ...run.agents.map((_, n) => el("option", { value: String(n) }, run.agentName(n))));
    this.only = el("select", { onchange: () => this.filter() },
      el("option", { value: "" }, "all events"),
      el("option", { value: "wrong" }, "what went wrong"),
      el("option", { value: "found" }, "what findings rest on"),
      el("option", { value: "reached" }, "reached from the chosen event"));
    this.body = el("tbody");
    this.told = el("p", { class: "soft", role: "status" });
    this.before = el("button", { type: "button", onclick: () => this.turn(-1) }, "Earlier");
    this.after = el("button", { type: "button", onclick: () => this.turn(1) }, "Later");
    const head = ["event", ...(run.timed ? ["time (UTC)"] : []), "what happened"];
    host.replaceChildren(
      el("div", { class: "filters" }, el("label", {}, "Search ", this.search),
        el("label", {}, "Who ", this.agent), el("label", {}, "Show ", this.only)),
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of events" },
        el("table", { class: "events" }, el("thead", {}, el("tr", {}, ...head.map((h) => el("th", { scope: "col" }, h)))), this.body)),
      el("div", { class: "pager" }, this.before, this.after, this.told));
    this.filter();
  }

  filter() {
    const words = this.search.value.toLowerCase();
    const agent = this.agent.value === "" ? null : Number(this.agent.value);
    const { run } = this;
    this.rows = [];
    for (let i = 0; i < run.count; i += 1) {
      if (agent !== null && run.events.agent[i] !== agent && !run.to(i).includes(agent)) continue;
      if (this.only.value === "wrong" && !run.signAt.has(i) && !run.found.has(i)) continue;
      if (this.only.value === "found" && !run.found.has(i)) continue;
      if (this.only.value === "reached" && !this.reached.has(i)) continue;
      if (words && !`${run.sentence(i)} ${run.quote(i).text} ${run.fact(i)}`.toLowerCase().includes(words)) continue;
      this.rows.push(i);
    }
    this.at = 0;
    this.draw();
  }

  turn(way) {
    this.at += way * PAGE;
    this.draw();
  }

  draw() {
    const last = Math.min(this.rows.length, this.at + PAGE);
    this.body.replaceChildren(...this.rows.slice(this.at, last).map((i) => this.row(i)));
    this.before.disabled = this.at === 0;
    this.after.disabled = last === this.rows.length;
    this.told.textContent = this.rows.length
      ? `${this.at + 1} to ${last} of ${counted(this.rows.length, "event")}`
      : "No event matches.";
  }

  row(i) {
    const { run } = this;
    const severity = run.severity(i);
    const sign = run.signAt.get(i);
    const mark = i === this.event ? "chosen" : this.reached.has(i) ? "reached" : "";
    return el("tr", { class: mark, "aria-current": i === this.event ? "true" : null },
      el("td", {}, jump(`#${i + 1}`, () => this.onEvent(i, { land: "event" })), severity ? chip(severity, `finding, ${severity}`) : "",
        sign ? chip(sign.failed ? "failed" : "look", sign.failed ? "failure" : "worth a look") : ""),
      ...(run.timed ? [el("td", { class: "when" }, run.events.time[i] ? moment(run.events.time[i]) : "not known")] : []),
      el("td", {}, named(run.sentence(i)), pastes(run, i), run.channel(i) ? el("span", { class: "soft" }, ` over ${run.channel(i)}`) : "",
        el("div", { class: "said" }, oneLine(run.quote(i).text, 200))));
  }

  show(event, reached) {
    this.event = event;
    this.reached = new Set(reached);
    if (this.only.value === "reached") this.filter();
    const place = this.rows.indexOf(event);
    if (place >= 0) this.at = Math.floor(place / PAGE) * PAGE;
    this.draw();
  }
}
