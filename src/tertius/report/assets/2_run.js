/* One run: its columns, its causes in both directions, and everything said in words about it. */

const BASES = ["observed", "declared", "inferred"];
const INFERRED = 2;
const SEVERITIES = ["high", "medium", "low"];
const PROBES = 16; // events whose reach tells whether reach tells anything
const MOST_OF = 0.85;

/* Runs lie in the page compressed, each in a block of its own, and are unpacked when chosen. */
async function unpack(block) {
  const letters = atob(block.textContent);
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) packed[i] = letters.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

class Run {
  constructor(picture, head) {
    Object.assign(this, picture);
    this.head = head;
    this.count = this.events.id.length;
    this.inferred = false;
    this.anyInferred = this.events.basis.includes(INFERRED);
    this.timed = this.events.time.some((time) => time > 0);
    this.signAt = new Map(this.signs.map((sign) => [sign.event, sign]));
    this.paste = new Set(this.pasted);
    this.messages = [...Array(this.count).keys()].filter((i) => this.kind(i) === "message.sent");
    this.messageAt = new Map(this.messages.map((i, n) => [i, n + 1]));
    this.link();
    this.found = new Map();
    this.findings.forEach((finding, number) => {
      for (const event of finding.evidence) {
        if (!this.found.has(event)) this.found.set(event, []);
        this.found.get(event).push(number);
      }
    });
  }

  /* Lay out causes (up) and effects (down) as flat arrays: neighbours of i lie between starts. */
  link() {
    const { causes, cause, basis } = this.events;
    const starts = new Int32Array(this.count + 1);
    const fan = new Int32Array(this.count + 1);
    const to = Int32Array.from(cause);
    let at = 0;
    for (let i = 0; i < this.count; i += 1) {
      for (const end = at + causes[i]; at < end; at += 1) {
        to[at] = i - cause[at];
        fan[to[at] + 1] += 1;
      }
      starts[i + 1] = at;
    }
    for (let i = 0; i < this.count; i += 1) fan[i + 1] += fan[i];
    const next = fan.slice();
    const down = { starts: fan, to: new Int32Array(at), basis: new Uint8Array(at) };
    for (let i = 0; i < this.count; i += 1) {
      for (let k = starts[i]; k < starts[i + 1]; k += 1) {
        const place = next[to[k]]++;
        down.to[place] = i;
        down.basis[place] = basis[k];
      }
    }
    this.up = { starts, to, basis };
    this.down = down;
  }

  neighbours(i, side) {
    const found = [];
    for (let k = side.starts[i]; k < side.starts[i + 1]; k += 1) {
      if (this.inferred || side.basis[k] !== INFERRED) found.push([side.to[k], side.basis[k]]);
    }
    return found;
  }

  /* Everything that can be reached from event i; `from` tells by which event each was reached. */
  reach(i, side) {
    const from = new Int32Array(this.count).fill(-1);
    const queue = [i];
    from[i] = i;
    for (let at = 0; at < queue.length; at += 1) {
      const event = queue[at];
      for (let k = side.starts[event]; k < side.starts[event + 1]; k += 1) {
        const other = side.to[k];
        if (from[other] === -1 && (this.inferred || side.basis[k] !== INFERRED)) {
          from[other] = event;
          queue.push(other);
        }
      }
    }
    return { from, events: queue.slice(1) };
  }

  /* How many of some events each agent did, whoever did most first. */
  shares(events) {
    const found = new Map();
    for (const event of events) {
      const agent = this.events.agent[event];
      if (agent >= 0) found.set(agent, (found.get(agent) || 0) + 1);
    }
    return new Map([...found].sort((a, b) => b[1] - a[1]));
  }

  /* The agents who did some events, without the one who did `i`. */
  others(i, events) {
    const found = this.shares(events);
    found.delete(this.events.agent[i]);
    return [...found.keys()];
  }

  kind(i) {
    return this.kinds[this.events.kind[i]];
  }

  agentName(agent) {
    if (agent < 0) return this.onlyItself() ? "the run itself" : "not known";
    return this.agents[agent].title || this.agents[agent].name;
  }

  /* Events of nobody are the run's own, its start and end, or else lack a name. */
  own(i) {
    return this.events.agent[i] < 0 && /^(run|gap|erased|log)/.test(this.kind(i));
  }

  onlyItself() {
    this.itself ??= this.events.agent.every((agent, i) => agent >= 0 || this.own(i));
    return this.itself;
  }

  who(i) {
    if (this.own(i)) return "the run itself";
    return this.events.agent[i] < 0 ? "sender not known" : this.agentName(this.events.agent[i]);
  }

  /* Of some events those that somebody did: the end of a run rests on everything and tells nothing. */
  acts(events) {
    return events.filter((event) => !this.kind(event).startsWith("run."));
  }

  /* Whether it tells nothing that this event reached so much, since most events here reached nearly all
     that came later. */
  flat(event) {
    if (this.chained) return true;
    if (this.acts(this.reach(event, this.down).events).length < MOST_OF * this.later(event)) return false;
    if (this.flatness === undefined) {
      const half = Math.floor(this.count / 2);
      const asked = this.acts([...Array(half).keys()]).filter((_, n, all) => n % Math.ceil(all.length / PROBES) === 0);
      const wide = asked.filter((i) => this.acts(this.reach(i, this.down).events).length >= MOST_OF * this.later(i));
      this.flatness = asked.length > 2 && wide.length * 2 >= asked.length;
    }
    return this.flatness;
  }

  later(i) {
    let count = 0;
    for (let j = i + 1; j < this.count; j += 1) count += this.kind(j).startsWith("run.") ? 0 : 1;
    return count;
  }

  to(i) {
    const set = this.events.to[i];
    return set < 0 ? [] : this.receivers[set];
  }

  channel(i) {
    const channel = this.events.channel[i];
    return channel < 0 ? "" : this.channels[channel];
  }

  fullId(i) {
    return this.stem + this.events.id[i];
  }

  find(id) {
    return this.events.id.findIndex((each) => this.stem + each === id);
  }

  /* What happened, without who did it. */
  deed(i) {
    const kind = this.kind(i);
    const to = this.to(i).map((agent) => this.agentName(agent));
    const known = this.head.said[kind] || kind;
    return known + (to.length ? ` to ${listed(to, 3)}` : "");
  }

  sentence(i) {
    const agent = this.events.agent[i];
    const deed = this.deed(i);
    return agent < 0 ? deed[0].toUpperCase() + deed.slice(1) : `${this.who(i)} ${deed}`;
  }

  /* The text of an event, and how much of it this page holds. */
  quote(i) {
    const text = this.events.text[i];
    if (text === -1) return { state: "none", text: "", length: 0 };
    if (text === -2) return { state: "erased", text: "(erased)", length: 0 };
    if (text === -3) return { state: "missing", text: "(missing)", length: 0 };
    return { state: "kept", text: this.texts[text], length: this.lengths[text] };
  }

  /* Events that name their receivers, and whether each names all the other agents. */
  toAll() {
    const sent = this.events.to.filter((set) => set >= 0);
    const all = this.agents.length - 1;
    return sent.length > 0 && all > 1 && sent.every((set) => this.receivers[set].length >= all);
  }

  /* "message 3 of 10", so that the numbers of events, which jump, do not confuse; empty for what is no message. */
  messageNumber(i) {
    const number = this.messageAt.get(i);
    return number ? `message ${NUMBER.format(number)} of ${NUMBER.format(this.messages.length)}` : "";
  }

  /* The event that passes on what this one says, such as an executor's message after its tool. */
  passedOn(i) {
    const text = this.events.text[i];
    const next = this.neighbours(i, this.down).map(([other]) => other);
    return text < 0 ? undefined : next.find((other) => this.events.text[other] === text && this.to(other).length);
  }

  fact(i) {
    const facts = this.events.facts[i];
    return facts < 0 ? "" : this.facts[facts];
  }

  /* The worst severity of the findings that rest on an event; undefined if none does. */
  severity(i) {
    const numbers = this.found.get(i);
    if (!numbers) return undefined;
    return SEVERITIES.find((each) => numbers.some((n) => this.findings[n].severity === each));
  }

  /* Places that tell of trouble to which no call that ran followed; the others tell how the run came to its end. */
  trouble() {
    return this.points.filter((point) => point.mended === undefined && !["answer", "approved", "last", "end"].includes(point.kind));
  }

  /* Where the timeline opens. */
  headline() {
    return this.trouble()[0] || this.signs[0];
  }

  /* The result that this event passes on word by word, if it does. */
  passes(i) {
    const found = this.neighbours(i, this.up).find(([other]) => this.kind(other) === "tool.returned" && this.passedOn(other) === i);
    return found && found[0];
  }

  titleOf(finding) {
    const detector = this.head.detectors[finding.detector];
    return detector ? detector.title : finding.detector;
  }

  plainOf(finding) {
    return this.head.detectors[finding.detector]?.plain || "";
  }

  /* Where a finding went wrong; if that is only the run's own start, the evidence behind it. */
  onset(finding) {
    const onset = finding.onset ?? finding.evidence[0];
    if (this.kind(onset) !== "run.started") return onset;
    return finding.evidence.find((event) => this.kind(event) !== "run.started") ?? onset;
  }

  concerned(finding) {
    const agents = new Set(finding.agents);
    for (const [sender, receiver] of finding.edges || []) agents.add(sender).add(receiver);
    return [...agents].map((agent) => this.agentName(agent));
  }
}
