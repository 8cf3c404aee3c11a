/* The whole run as it can be read: every message in full, top to bottom, places to look in the margin. */

const READ = 40; // messages on one page
const LONG_TEXT = 2600; // characters; a longer text is collapsed
const BEGIN = 1800; // of it that is seen then
const PASTED = 500; // of what is only pasted

/* A fence to the next, or to the end; a word is a language only if it is alone on its line. */
const FENCED = /```(?:[ \t]*([A-Za-z][A-Za-z+#-]*)?[ \t]*(\n))?([\s\S]*?)(?:```|$)/g;

/* Text between fences is set as code, in a block under its language or within the line; nothing but fences is left out. */
function fenced(text) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(FENCED)) {
    const [whole, language, alone, code] = match;
    const block = alone || code.includes("\n");
    parts.push(text.slice(at, match.index), block
      ? el("code", { class: "block" }, language ? el("span", { class: "language" }, `${language}\n`) : "", code.trimEnd())
      : el("code", {}, code));
    at = match.index + whole.length;
  }
  return [...parts, text.slice(at)];
}

class Transcript {
  constructor(host, run, go) {
    Object.assign(this, { run, go, at: 0 });
    const passed = new Set();
    for (let i = 0; i < run.count; i += 1) if (run.kind(i) === "tool.returned") passed.add(run.passedOn(i));
    this.items = [...Array(run.count).keys()].filter((i) => !passed.has(i)
      && !/^(run|agent|memory|gap|erased|log)/.test(run.kind(i)) && (run.quote(i).text || run.fact(i)));
    this.notes = new Map();
    for (const point of run.points) {
      for (const place of new Set([point.event, point.result ?? point.event])) {
        if (!this.notes.has(place)) this.notes.set(place, []);
        this.notes.get(place).push(point);
      }
    }
    this.body = el("div", { class: "turns" });
    this.before = el("button", { type: "button", onclick: () => this.turn(-1) }, "Earlier messages");
    this.after = el("button", { type: "button", onclick: () => this.turn(1) }, "Later messages");
    this.told = el("p", { class: "soft", role: "status" });
    host.replaceChildren(this.body, el("div", { class: "pager" }, this.before, this.after, this.told));
    this.draw();
  }

  turn(way) {
    this.at += way * READ;
    this.draw();
    this.body.firstElementChild.focus();
  }

  draw() {
    const last = Math.min(this.items.length, this.at + READ);
    this.body.replaceChildren(...this.items.slice(this.at, last).map((i) => this.item(i)));
    const whole = this.items.length <= READ;
    for (const button of [this.before, this.after]) button.hidden = whole;
    this.before.disabled = this.at === 0;
    this.after.disabled = last === this.items.length;
    this.told.textContent = !this.items.length ? "No event of this run has words." : whole ? ""
      : `${this.at + 1} to ${last} of ${NUMBER.format(this.items.length)}`;
  }

  item(i) {
    const { run, go } = this;
    const passed = run.kind(i) === "tool.returned" ? run.passedOn(i) : undefined;
    const notes = this.notes.get(i) || [];
    const open = jump(`#${i + 1}`, () => go(i, { land: "event" }), "show this event among the others");
    const names = run.to(passed ?? i).map((agent) => run.agentName(agent));
    const all = names.length > 1 && names.length >= run.agents.length - 1 ? ["everybody"] : names;
    return el("article", { class: `turn${notes.length ? " noted" : ""}`, id: `turn-${i + 1}`, tabindex: "-1" },
      el("h4", {}, open, " ", named(run.who(i)), el("span", { class: "soft" },
        ` ${[/^message/.test(run.kind(i)) ? "" : run.head.said[run.kind(i)] || run.kind(i), all.length ? `to ${listed(all, 3)}` : ""].filter(Boolean).join(", ")}`,
        ...(passed === undefined ? [] : [" · passed on in ", jump(`#${passed + 1}`, () => go(passed, { land: "event" }), "show the event that passes it on")])),
        pastes(run, i)),
      notes.length ? el("ul", { class: "notes", "aria-label": "Places to look here" },
        ...notes.filter((point) => point.event === i).flatMap((point) => firstFailure(run, point)).map((what) => el("li", {}, what)),
        ...notes.map((point) => el("li", {}, chip(...kindOf(point)), " ", ...(point.event === i
          ? [...linked(run, point.says, go), ...lineage(run, { ...point, values: undefined }, go)] : ["the result of ", to(run, point.event, go)])))) : "",
      ...this.words(i));
  }

  words(i) {
    const { text, length, state } = this.run.quote(i);
    const fact = this.run.fact(i);
    if (!text) return [el("p", { class: "words soft" }, fact)];
    const cut = state === "kept" && text.length < length
      ? el("p", { class: "soft" }, `This page holds the first ${NUMBER.format(text.length)} of ${NUMBER.format(length)} characters.`) : "";
    const paste = this.run.paste.has(i);
    const begin = paste ? PASTED : BEGIN;
    if (text.length <= (paste ? 2 * PASTED : LONG_TEXT)) return [el("div", { class: "words" }, ...fenced(text)), cut];
    const words = el("div", { class: paste ? "words soft" : "words" }, ...fenced(`${text.slice(0, begin)}…`));
    const more = el("button", { type: "button", class: "more", "aria-expanded": "false" }, `Show all ${NUMBER.format(text.length)} characters`);
    more.addEventListener("click", () => {
      const open = more.getAttribute("aria-expanded") !== "true";
      words.replaceChildren(...fenced(open ? text : `${text.slice(0, begin)}…`));
      more.setAttribute("aria-expanded", String(open));
      more.textContent = open ? "Show less" : `Show all ${NUMBER.format(text.length)} characters`;
    });
    return [words, more, cut];
  }

  /* Bring a message into view; whether it is one of those here. */
  show(i) {
    const place = this.items.findLastIndex((item) => item === i || this.run.passedOn(item) === i);
    if (place < 0) return false;
    const start = Math.floor(place / READ) * READ;
    if (start !== this.at) {
      this.at = start;
      this.draw();
    }
    const found = byId(`turn-${this.items[place] + 1}`);
    found.scrollIntoView();
    found.focus({ preventScroll: true });
    return true;
  }
}
