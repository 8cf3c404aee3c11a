/* One lane for each agent, one mark for each event, drawn on a canvas no larger than its window.
   Only what can be seen is drawn, so that 20,000 events scroll as smoothly as 20. */

const LANE = 30;
const AXIS = 26;
const STEPS = [2, 4, 8, 14, 22, 34, 52];
const SHORT = 80; // events that are all shown at once

class Timeline {
  constructor(host, run, onEvent) {
    this.run = run;
    this.onEvent = onEvent;
    this.event = -1;
    this.marks = new Uint8Array(run.count); // 1 rests on it, 2 it reached
    this.lanes = this.ordered();
    this.rows = new Map(this.lanes.map((agent, row) => [agent, row]));
    this.strip = new Strip(run, (share) => this.jumpTo(share));
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.room = el("div", { class: "room" }, this.canvas);
    this.window = el("div", {
      class: "window", tabindex: "0", role: "slider", "aria-label": "Events in order",
      "aria-valuemin": "1", "aria-valuemax": String(run.count), "aria-describedby": "keys",
      onscroll: () => this.later(), onkeydown: (e) => this.key(e),
      onclick: (e) => this.click(e), onpointermove: (e) => this.hover(e),
    }, this.room);
    this.hint = el("p", { class: "hint", "aria-hidden": "true" });
    host.replaceChildren(this.strip.canvas, this.window, this.hint);
    this.resize();
    this.fit();
    this.say();
  }

  /* Open with everything in view if the run is short, else where something first went wrong. */
  fit() {
    const { count } = this.run;
    const room = (this.wide - this.gutter - 24) / count;
    this.step = count <= SHORT ? Math.min(STEPS.at(-1), room) : STEPS.findLast((step) => step * count < 1600) || STEPS[2];
    this.resize();
    const first = this.run.headline();
    if (first) this.reveal(first.event);
  }

  /* Lanes in the order in which agents first act; whoever never acts comes last. */
  ordered() {
    const seen = new Set(this.run.events.agent);
    const idle = this.run.agents.map((_, number) => number).filter((number) => !seen.has(number));
    const nobody = seen.delete(-1) ? [-1] : [];
    return [...seen, ...idle, ...nobody];
  }

  resize() {
    this.step ||= STEPS[2];
    this.gutter = Math.min(170, Math.round(this.window.clientWidth * 0.28));
    const tall = AXIS + this.lanes.length * LANE + 6;
    this.window.style.height = `${Math.min(tall, 460) + 16}px`;
    this.room.style.width = `${this.gutter + this.run.count * this.step + 20}px`;
    this.room.style.height = `${tall}px`;
    this.wide = this.window.clientWidth;
    this.high = Math.min(tall, this.window.clientHeight);
    sharp(this.canvas, this.wide, this.high);
    sharp(this.strip.canvas, this.wide, STRIP);
    this.recolour();
  }

  recolour() {
    this.ink = colours();
    this.strip.draw(this.ink, this.wide, this.marks, this.event);
    this.draw();
  }

  later() {
    if (!this.waiting) {
      this.waiting = requestAnimationFrame(() => {
        this.waiting = 0;
        this.draw();
      });
    }
  }

  x(i) {
    return this.gutter + (i + 0.8) * this.step - this.window.scrollLeft;
  }

  y(agent) {
    return AXIS + (this.rows.get(agent) + 0.5) * LANE - this.window.scrollTop;
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    const { run, ink } = this;
    const left = this.window.scrollLeft;
    const from = Math.max(0, Math.floor(left / this.step) - 1);
    const to = Math.min(run.count, Math.ceil((left + this.wide - this.gutter) / this.step) + 1);
    pen.fillStyle = ink.card;
    pen.fillRect(0, 0, this.wide, this.high);
    this.drawLanes(pen);
    if (this.step >= 14) for (let i = from; i < to; i += 1) this.drawSending(pen, i, ink.line, 1);
    if (this.event >= 0) this.drawLinks(pen);
    for (let i = from; i < to; i += 1) this.drawMark(pen, i);
    this.drawAxis(pen, from, to);
    this.drawNames(pen);
  }

  visibleRows() {
    const first = Math.max(0, Math.floor(this.window.scrollTop / LANE) - 1);
    return [first, Math.min(this.lanes.length, first + Math.ceil(this.high / LANE) + 2)];
  }

  drawLanes(pen) {
    const [first, last] = this.visibleRows();
    pen.strokeStyle = this.ink.line;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let row = first; row < last; row += 1) {
      const y = Math.round(this.y(this.lanes[row])) + 0.5;
      pen.moveTo(this.gutter, y);
      pen.lineTo(this.wide, y);
    }
    pen.stroke();
  }

  /* A line from the sender's lane to each receiver's, as in a sequence chart. */
  drawSending(pen, i, colour, width) {
    const to = this.run.to(i);
    const agent = this.run.events.agent[i];
    if (!to.length || to.length > 6 || agent < 0) return;
    const x = this.x(i);
    pen.strokeStyle = colour;
    pen.fillStyle = colour;
    pen.lineWidth = width;
    for (const receiver of to) {
      const [top, end] = [this.y(agent), this.y(receiver)];
      if (top === end) continue;
      const way = Math.sign(end - top);
      pen.beginPath();
      pen.moveTo(x, top);
      pen.lineTo(x, end - way * 3);
      pen.stroke();
      pen.beginPath();
      pen.moveTo(x, end - way * 2);
      pen.lineTo(x - 3.5, end - way * 9);
      pen.lineTo(x + 3.5, end - way * 9);
      pen.fill();
    }
  }

  drawLinks(pen) {
    const { run, ink, event } = this;
    for (const [side, colour] of [[run.up, ink.cause], [run.down, ink.effect]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      for (const [other, basis] of run.neighbours(event, side).slice(0, 200)) {
        const [x1, y1] = [this.x(event), this.y(run.events.agent[event])];
        const [x2, y2] = [this.x(other), this.y(run.events.agent[other])];
        pen.setLineDash(basis === INFERRED ? [4, 4] : []);
        pen.beginPath();
        pen.moveTo(x1, y1);
        const lift = y1 === y2 ? -Math.min(22, Math.abs(x2 - x1) / 3) : 0;
        pen.bezierCurveTo((x1 + x2) / 2, y1 + lift, (x1 + x2) / 2, y2 + lift, x2, y2);
        pen.stroke();
      }
      pen.setLineDash([]);
    }
    this.drawSending(pen, event, ink.accent, 2);
  }

  drawMark(pen, i) {
    const { ink, run } = this;
    const x = this.x(i);
    const y = this.y(run.events.agent[i]);
    if (y < -LANE || y > this.high + LANE) return;
    const severity = run.severity(i);
    const size = Math.max(1.5, Math.min(6, this.step * 0.42));
    const colour = [ink.mark, ink.cause, ink.effect][this.marks[i]];
    pen.fillStyle = i === this.event ? ink.accent : colour;
    pen.beginPath();
    shape(pen, run.kind(i), x, y, size);
    pen.fill();
    const sign = run.signAt.get(i);
    if (sign && sign.failed) cross(pen, ink, x, y, size + 2);
    else if (sign) {
      pen.fillStyle = ink.medium;
      pen.font = "bold 14px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.fillText("?", x, y - size - 2);
    }
    if (i === this.event) {
      pen.strokeStyle = ink.accent;
      pen.lineWidth = 2.5;
      pen.beginPath();
      pen.arc(x, y, size + 5, 0, 7);
      pen.stroke();
    }
    if (severity) {
      pen.fillStyle = ink[severity];
      pen.beginPath();
      pen.moveTo(x, y - size - 2);
      pen.lineTo(x - 4.5, y - size - 9);
      pen.lineTo(x + 4.5, y - size - 9);
      pen.fill();
    }
  }

  drawAxis(pen, from, to) {
    const { ink, run } = this;
    pen.fillStyle = ink.card;
    pen.fillRect(0, 0, this.wide, AXIS - 4);
    pen.fillStyle = ink.soft;
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "left";
    const label = run.timed ? 150 : 50;
    const every = [1, 5, 10, 50, 100, 500, 1000, 5000].find((n) => n * this.step >= label) || 10000;
    for (let i = Math.floor(from / every) * every; i < to; i += every) {
      const time = run.events.time[i];
      const when = run.timed && time ? ` · ${moment(time).slice(11, 19)}` : "";
      pen.fillText(`#${i + 1}${when}`, this.x(i) - 4, 15);
    }
  }

  drawNames(pen) {
    const { ink } = this;
    pen.fillStyle = ink.card;
    pen.fillRect(0, 0, this.gutter - 8, this.high);
    pen.textAlign = "left";
    const [first, last] = this.visibleRows();
    for (let row = first; row < last; row += 1) {
      const agent = this.lanes[row];
      const own = this.event >= 0 && this.run.events.agent[this.event] === agent;
      const y = this.y(agent);
      if (y < AXIS - 8) continue;
      pen.fillStyle = agent < 0 ? ink.soft : own ? ink.accent : ink.ink;
      pen.font = `${own ? "bold " : ""}13px system-ui, sans-serif`;
      pen.fillText(fitted(pen, this.run.agentName(agent), this.gutter - 16), 6, y + 4);
    }
    pen.fillStyle = ink.soft;
    pen.font = "12px system-ui, sans-serif";
    pen.fillText("event", 6, 15);
  }

  jumpTo(share) {
    this.window.scrollLeft = share * this.run.count * this.step - (this.wide - this.gutter) / 2;
  }

  /* Choose an event; `reached` and `rests` are lists of the events below and above it. */
  show(event, reached, rests) {
    this.event = event;
    this.marks.fill(0);
    for (const other of rests) this.marks[other] = 1;
    for (const other of reached) this.marks[other] = 2;
    if (event >= 0) this.reveal(event);
    this.say();
    this.strip.draw(this.ink, this.wide, this.marks, this.event);
    this.later();
  }

  say() {
    const now = Math.max(0, this.event);
    const words = this.event < 0 ? "no event chosen" : `${now + 1}: ${this.run.sentence(now)}`;
    this.window.setAttribute("aria-valuenow", String(now + 1));
    this.window.setAttribute("aria-valuetext", words);
  }

  reveal(event) {
    const x = this.x(event);
    const y = this.y(this.run.events.agent[event]);
    if (x < this.gutter + 20 || x > this.wide - 40) {
      this.window.scrollLeft += x - this.gutter - (this.wide - this.gutter) / 2;
    }
    if (y < AXIS + 12 || y > this.high - 12) this.window.scrollTop += y - this.high / 2;
  }

  zoom(by) {
    const centre = this.event >= 0 ? this.event : (this.window.scrollLeft + this.wide / 2) / this.step;
    const next = by > 0 ? STEPS.find((step) => step > this.step) : STEPS.findLast((step) => step < this.step);
    this.step = next || this.step;
    this.resize();
    this.window.scrollLeft = centre * this.step - (this.wide - this.gutter) / 2;
  }

  at(pointer) {
    const box = this.window.getBoundingClientRect();
    const across = pointer.clientX - box.left + this.window.scrollLeft - this.gutter;
    const down = pointer.clientY - box.top + this.window.scrollTop - AXIS;
    const agent = this.lanes[Math.floor(down / LANE)];
    if (pointer.clientX - box.left < this.gutter || agent === undefined) return -1;
    const centre = Math.round(across / this.step - 0.8);
    const near = Math.max(1, Math.round(14 / this.step));
    for (let off = 0; off <= near; off += 1) {
      for (const i of [centre - off, centre + off]) {
        if (i >= 0 && i < this.run.count && this.run.events.agent[i] === agent) return i;
      }
    }
    return -1;
  }

  click(pointer) {
    const event = this.at(pointer);
    if (event >= 0) this.onEvent(event);
  }

  hover(pointer) {
    const event = this.at(pointer);
    this.window.style.cursor = event >= 0 ? "pointer" : "";
    this.hint.textContent =
      event < 0 ? "" : `#${event + 1} ${this.run.sentence(event)} ${oneLine(this.run.quote(event).text, 90)}`;
  }

  key(press) {
    const { run } = this;
    const now = this.event;
    const lane = (way) => {
      for (let i = now + way; i >= 0 && i < run.count; i += way) {
        if (run.events.agent[i] === run.events.agent[now]) return i;
      }
      return now;
    };
    const next = {
      ArrowRight: () => now + 1, ArrowLeft: () => Math.max(0, now - 1),
      ArrowDown: () => (now < 0 ? 0 : lane(1)), ArrowUp: () => (now < 0 ? 0 : lane(-1)),
      PageDown: () => now + 10, PageUp: () => Math.max(0, now - 10),
      Home: () => 0, End: () => run.count - 1,
    }[press.key];
    if (next) this.onEvent(Math.min(run.count - 1, next()), { quietly: true });
    else if (press.key === "Escape") this.onEvent(-1);
    else if (press.key === "+" || press.key === "=") this.zoom(1);
    else if (press.key === "-") this.zoom(-1);
    else if (press.key === "Enter" && now >= 0) this.onEvent(now, { land: "event" });
    else return;
    press.preventDefault();
  }
}
