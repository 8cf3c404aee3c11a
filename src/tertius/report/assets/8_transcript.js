/* The whole run as it can be read: every message in full, top to bottom, places to look in the margin. */

const AT_ONCE = 500; // messages; of a run with more, some are shown, and all on request
const READ = 100; // of them
const ENDS = [1500, 1500]; // characters at the beginning and at the end of a long text; its middle is folded
const PASTED = [600, 1800]; // likewise of what is only pasted: links and data about a page come first
const LEAST_LEFT = 1000; // characters; fewer are not left out
const SPOKEN = /^(message\.sent|tool\.)/; // stand here even without a word, so that no number is missed
const BREAK = 200; // characters before a cut in which a line's end is looked for

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

/* Beginning, middle and end of a text, cut where lines end if one ends near; each opens the fence that it lies in. */
function parts(text, [first, last]) {
  const cut = (at) => {
    const lineEnd = text.lastIndexOf("\n", at);
    return lineEnd > at - BREAK ? lineEnd + 1 : at;
  };
  const begin = apart(text, cut(first));
  const end = apart(text, Math.max(begin, cut(text.length - last)));
  const within = (at) => [...text.matchAll(FENCED)].some(({ index, 0: whole }) => index < at && at < index + whole.length);
  const opened = (at, part) => (within(at) ? `\`\`\`\n${part}` : part);
  return [text.slice(0, begin), opened(begin, text.slice(begin, end)), opened(end, text.slice(end)), end - begin];
}

/* No cut within a fence's own signs, nor between the halves of one character. */
function apart(text, at) {
  while (at > 0 && (text[at] === "`" || /[\uDC00-\uDFFF]/.test(text[at] || ""))) at -= 1;
  return at;
}

/* The middle is hidden, but the browser's own search finds it, and then it opens. */
function folded(text, ends, style) {
  const [begin, middle, end, left] = parts(text, ends);
  const between = el("div", { class: `${style} between`, hidden: "until-found" }, ...fenced(middle));
  const more = el("button", { type: "button", class: "more" });
  const say = (open) => {
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? `Fold these ${counted(left, "character")} again` : `… show ${counted(left, "character")} left out here …`;
  };
  more.addEventListener("click", () => {
    const open = between.hidden !== false;
    between.hidden = open ? false : "until-found";
    say(open);
  });
  between.addEventListener("beforematch", () => say(true));
  say(false);
  return [el("div", { class: style }, ...fenced(begin)), more, between, el("div", { class: style }, ...fenced(end))];
}

class Transcript {
  constructor(host, run, go) {
    Object.assign(this, { run, go, at: 0 });
    const passed = new Set();
    for (let i = 0; i < run.count; i += 1) if (run.kind(i) === "tool.returned") passed.add(run.passedOn(i));
    this.items = [...Array(run.count).keys()].filter((i) => !passed.has(i)
      && !/^(run|agent|memory|gap|erased|log)/.test(run.kind(i)) && (SPOKEN.test(run.kind(i)) || run.quote(i).text || run.fact(i)));
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
    this.all = el("button", { type: "button", onclick: () => this.whole() }, `Show all ${NUMBER.format(this.items.length)}`);
    this.told = el("p", { class: "soft", role: "status" });
    this.most = this.items.length > AT_ONCE ? READ : AT_ONCE;
    host.replaceChildren(this.body, el("div", { class: "pager" }, this.before, this.after, this.all, this.told));
    this.draw();
  }

  turn(way) {
    this.at += way * this.most;
    this.draw();
    this.body.firstElementChild.focus();
  }

  /* Show every message, to be read and searched. */
  whole() {
    this.spread(0, this.items.length);
    this.body.firstElementChild.focus();
  }

  /* On paper stands every message, whatever the screen shows. */
  print(begins) {
    if (this.items.length <= AT_ONCE) return;
    if (begins) this.screen = [this.at, this.most];
    this.spread(...(begins ? [0, this.items.length] : this.screen));
  }

  spread(at, most) {
    this.at = at;
    this.most = most;
    this.draw();
  }

  draw() {
    const last = Math.min(this.items.length, this.at + this.most);
    this.body.replaceChildren(...this.items.slice(this.at, last).map((i) => this.item(i)));
    const whole = this.items.length <= this.most;
    for (const button of [this.before, this.after, this.all]) button.hidden = whole;
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
      el("h4", {}, open, ...(passed === undefined ? [] : ["/", this.also(passed)]), " ", named(run.who(i)), el("span", { class: "soft" },
        ` ${[/^message/.test(run.kind(i)) ? "" : run.head.said[run.kind(i)] || run.kind(i), all.length ? `to ${listed(all, 3)}` : ""].filter(Boolean).join(", ")}`,
        [run.messageNumber(passed ?? i)].filter(Boolean).map((number) => ` · ${number}`).join(""),
        ...(passed === undefined ? [] : [` · passed on in #${passed + 1}`])),
        pastes(run, i)),
      notes.length ? el("ul", { class: "notes", "aria-label": "Places to look here" },
        ...notes.filter((point) => point.event === i).flatMap((point) => firstFailure(run, point)).map((what) => el("li", {}, what)),
        ...notes.map((point) => el("li", {}, chip(...kindOf(point)), " ", ...(point.event === i
          ? [...linked(run, point.says, go), ...lineage(run, { ...point, values: undefined }, go)] : ["the result of ", to(run, point.event, go)])))) : "",
      ...this.words(i));
  }

  /* The message that passes a result on has a number of its own: "#11/12". */
  also(passed) {
    return jump(String(passed + 1), () => this.go(passed, { land: "event" }), "show the event that passes it on");
  }

  words(i) {
    const { text, length, state } = this.run.quote(i);
    const fact = this.run.fact(i);
    const nothing = state === "none" ? "(no text on record)" : "(empty)";
    if (!text.trim()) return [el("p", { class: "words soft" }, fact, fact && state === "none" ? "" : `${fact ? " " : ""}${nothing}`)];
    const cut = state === "kept" && text.length < length
      ? el("p", { class: "soft" }, `This page holds the first ${NUMBER.format(text.length)} of ${NUMBER.format(length)} characters.`) : "";
    const paste = this.run.paste.has(i);
    const ends = paste ? PASTED : ENDS;
    if (text.length <= ends[0] + ends[1] + LEAST_LEFT) return [el("div", { class: "words" }, ...fenced(text)), cut];
    return [...folded(text, ends, paste ? "words soft" : "words"), cut];
  }

  /* Bring a message into view; whether it is one of those here. */
  show(i) {
    const place = this.items.findLastIndex((item) => item === i || this.run.passedOn(item) === i);
    if (place < 0) return false;
    const start = Math.floor(place / this.most) * this.most;
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
