/* Agents and channels: positions come with the data, here they are only drawn. */

const LABELLED = 40; // up to this many agents, every one is labelled
const LINES = 3; // of a larger picture, lines for each agent that are drawn; the table has them all

class Graph {
  constructor(host, run, onAgent) {
    this.host = host;
    this.run = run;
    this.onAgent = onAgent;
    this.current = 0;
    this.lines = this.merged();
    this.large = run.agents.length > LABELLED;
    this.weights = run.agents.map(() => 0);
    for (const line of this.lines) {
      this.weights[line.sender] += line.times;
      this.weights[line.receiver] += line.times;
    }
    this.marked = new Map();
    for (const finding of [...run.findings].reverse()) {
      for (const agent of finding.agents) this.marked.set(agent, finding.severity);
    }
    this.draw();
  }

  /* One line for each pair, over all its channels; dashed unless some channel was recorded. */
  merged() {
    const pairs = new Map();
    for (const [sender, receiver, channel, , how, times] of this.run.edges) {
      const key = `${sender} ${receiver}`;
      if (!pairs.has(key)) pairs.set(key, { sender, receiver, times: 0, dashed: true, channels: [] });
      const pair = pairs.get(key);
      pair.times += times;
      pair.dashed = pair.dashed && how !== "recorded";
      pair.channels.push([how, channel, times]);
    }
    return [...pairs.values()].sort((a, b) => a.dashed - b.dashed || b.times - a.times);
  }

  draw() {
    const width = Math.max(280, this.host.clientWidth);
    const few = 200 + 30 * this.run.agents.length;
    const height = Math.round(Math.min(width * 0.85, few, this.large ? 640 : 460));
    const long = Math.max(...this.run.agents.map((_, number) => this.run.agentName(number).length));
    const side = this.large ? 40 : Math.min(30 + 7.5 * Math.min(long, 26), width * 0.28);
    const scale = (agent) => [
      side + (agent.x / 1000) * (width - 2 * side),
      34 + (agent.y / 1000) * (height - 72),
    ];
    this.points = this.run.agents.map(scale);
    this.radius = this.large ? 6 : 11;
    const heaviest = Math.max(1, ...this.lines.map((line) => line.times));
    const drawn = this.large ? this.lines.slice(0, LINES * this.run.agents.length) : this.lines;
    this.drawn = drawn.map((line) => [line, this.line(line, heaviest)]);
    const picture = svg(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", class: this.large ? "large" : null,
        "aria-label": "Agents and who sent to whom; the table beside it says the same" },
      ...this.drawn.map(([, made]) => made),
      ...(drawn.length <= 24 && !this.run.toAll() ? drawn.map((line) => this.weight(line)) : []),
    );
    this.nodes = this.run.agents.map((agent, number) => this.node(agent, number, width));
    picture.append(...this.nodes);
    picture.addEventListener("keydown", (event) => this.key(event));
    const told = drawn.length < this.lines.length
      ? el("p", { class: "hint" }, `${NUMBER.format(drawn.length)} of ${counted(this.lines.length, "line")} drawn, the heaviest first`)
      : "";
    this.host.replaceChildren(picture, ...[told].filter(Boolean));
  }

  path(line) {
    const [x1, y1] = this.points[line.sender];
    const [x2, y2] = this.points[line.receiver];
    const long = Math.hypot(x2 - x1, y2 - y1) || 1;
    const bend = Math.min(26, long * 0.12);
    const mx = (x1 + x2) / 2 - ((y2 - y1) / long) * bend;
    const my = (y1 + y2) / 2 + ((x2 - x1) / long) * bend;
    const near = (x, y) => {
      const far = Math.hypot(x - mx, y - my) || 1;
      const step = (this.radius + 4) / far;
      return [x + (mx - x) * step, y + (my - y) * step];
    };
    return { from: near(x1, y1), middle: [mx, my], to: near(x2, y2) };
  }

  line(line, most) {
    const wide = 1 + (this.large ? 2 : 4) * (Math.log(1 + line.times) / Math.log(1 + most));
    const words = `${this.run.agentName(line.sender)} to ${this.run.agentName(line.receiver)}: ${line.channels
      .map(([how, channel, times]) => `${HOW[how].replace("%", channel)}: ${counted(times, "time")}`).join("; ")}`;
    if (line.sender === line.receiver) {
      const [x, y] = this.points[line.sender];
      const loop = `M${x - 6},${y - this.radius} C${x - 24},${y - 44} ${x + 24},${y - 44} ${x + 6},${y - this.radius}`;
      return svg("g", { class: line.dashed ? "edge dashed" : "edge" },
        svg("path", { d: loop, "stroke-width": wide }, svg("title", {}, words)));
    }
    const { from, middle, to } = this.path(line);
    const turn = Math.atan2(to[1] - middle[1], to[0] - middle[0]);
    const tip = (angle) =>
      `${to[0] - (6 + wide) * Math.cos(turn + angle)},${to[1] - (6 + wide) * Math.sin(turn + angle)}`;
    return svg("g", { class: line.dashed ? "edge dashed" : "edge" },
      svg("path", { d: `M${from} Q${middle} ${to}`, "stroke-width": wide }, svg("title", {}, words)),
      svg("polygon", { points: `${to} ${tip(0.42)} ${tip(-0.42)}` }));
  }

  weight(line) {
    if (line.sender === line.receiver) return null;
    const { from, middle, to } = this.path(line);
    const x = (from[0] + 2 * middle[0] + to[0]) / 4;
    const y = (from[1] + 2 * middle[1] + to[1]) / 4;
    return svg("text", { x, y: y + 4, class: "weight", "aria-hidden": "true" }, String(line.times));
  }

  node(agent, number, width) {
    const [x, y] = this.points[number];
    const name = this.run.agentName(number);
    const short = oneLine(name, width > 500 ? 26 : 16);
    const whole = short === name ? name : `${short} (${name})`; // begins with what can be seen
    const mark = this.marked.get(number);
    const sides = agent.x > 600 && width > 500 ? "start" : agent.x < 400 && width > 500 ? "end" : "middle";
    const few = !this.large;
    const known = few || mark || this.weights.filter((w) => w > this.weights[number]).length < 20;
    const aside = few && sides !== "middle" ? this.radius + 7 : 0;
    const label = svg("text", {
      x: x + (sides === "start" ? aside : -aside),
      y: aside ? y + 5 : y < 60 && few ? y - this.radius - 8 : y + this.radius + 16,
      "text-anchor": aside ? sides : "middle",
      class: known ? "name" : "name hidden",
    }, short);
    return svg("g", {
      class: `node ${mark || ""}`, tabindex: number === this.current ? "0" : "-1", role: "button",
      "aria-label": `${whole}${mark ? `, named in a finding of ${mark} severity` : ""}`,
      onclick: () => this.choose(number), onfocus: () => this.single(number), onblur: () => this.single(-1),
    }, svg("title", {}, name), svg("circle", { cx: x, cy: y, r: this.radius }), label);
  }

  choose(number) {
    this.move(number);
    this.onAgent(number);
  }

  move(number) {
    this.nodes[this.current].setAttribute("tabindex", "-1");
    this.current = number;
    this.nodes[number].setAttribute("tabindex", "0");
    this.nodes[number].focus();
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const count = this.nodes.length;
    if (step) this.move((this.current + step + count) % count);
    else if (event.key === "Home") this.move(0);
    else if (event.key === "End") this.move(count - 1);
    else if (event.key === "Enter" || event.key === " ") this.onAgent(this.current);
    else return;
    event.preventDefault();
  }

  /* Bring out the lines of one agent. */
  single(agent) {
    for (const [line, made] of this.drawn) {
      made.classList.toggle("own", line.sender === agent || line.receiver === agent);
    }
  }

  /* Show by colour and ring which agents an event's effects reached. */
  light(source, reached) {
    this.nodes.forEach((node, number) => {
      node.classList.toggle("source", number === source);
      node.classList.toggle("reached", reached.includes(number));
    });
  }
}

const HOW = {
  recorded: "over %",
  unnamed: "over a channel that the record does not name",
  implied: "no message on record, but what one did rests on what the other had done",
};
