/* Choose a run, choose an event: the address behind # always says what is shown. */

const page = { head: null, run: null, views: {}, event: -1 };

async function openRun(name) {
  const block = byId(`run-${page.head.runs.indexOf(name)}`);
  if (!block) {
    byId("run-facts").textContent = `This page holds no run named ${name}.`;
    return false;
  }
  page.run = new Run(await unpack(block), page.head);
  page.event = -1;
  layOut(page.run);
  for (const row of document.querySelectorAll("#runs tbody tr")) {
    if (row.dataset.run === name) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  return true;
}

function layOut(run) {
  const single = !byId("runs");
  byId("run-title").replaceChildren(...(single ? ["The run"] : [run.title ? "Run: " : "Run ", named(run.title || run.name)]));
  byId("run-facts").textContent = [
    run.title ? run.name : "", ...(single ? [] : [counted(run.agents.length, "agent"), counted(run.count, "event")]),
    run.source ? `read from the format ${run.source}` : "", identities(run),
    run.left_out ? `${counted(run.left_out, "later event")} not on this page` : "",
  ].filter(Boolean).join(" · ");
  byId("story").replaceChildren(story(run, go), turningPoints(run, go));
  byId("found").hidden = !single && !run.findings.length && !run.unsure.length;
  byId("findings").replaceChildren(
    run.findings.length
      ? el("ol", {}, ...fold(run.findings, 6, "findings", (finding) => findingCard(run, finding, go)))
      : single ? "" : el("p", {}, "None."),
    run.unsure.length && !single
      ? el("details", {}, el("summary", {}, `${counted(run.unsure.length, "question")} that could not be answered`),
        el("ul", {}, ...fold(run.unsure, 20, "answers", (answer) => unsureItem(run, answer))))
      : "");
  byId("infer").hidden = !run.anyInferred;
  byId("infer").querySelector("input").checked = false;
  byId("talk").replaceChildren(...talk(run).filter(Boolean));
  byId("numbers").hidden = run.toAll();
  byId("edges").replaceChildren(edgeTable(run));
  page.views = {
    graph: new Graph(byId("graph"), run, showAgent),
    timeline: new Timeline(byId("timeline"), run, go),
    table: new Table(byId("table"), run, go),
    transcript: new Transcript(byId("transcript"), run, go),
  };
  byId("agent").replaceChildren();
  byId("event").replaceChildren(el("p", { class: "soft" }, "Choose an event to see what it says, what it rests on and what it reached."));
}

function identities(run) {
  const names = Object.keys(run.identities);
  return names.length ? `names of agents: ${listed(names.map((name) => IDENTITIES[name]))}` : "";
}

const IDENTITIES = {
  asserted: "as the file gives them",
  framework: "from the framework, which vouches for them",
  authenticated: "from authenticated senders",
  bound: "from keys bound to the agents",
};

/* Choose an event of the run, or -1 for none; `land` on what is said of it or on the timeline. */
function go(i, { quietly = false, land = "" } = {}) {
  show(i, land);
  const hash = `#run=${page.run.name}${i < 0 ? "" : `&event=${i + 1}`}`;
  if (location.hash !== hash) history[quietly ? "replaceState" : "pushState"](null, "", hash);
}

function show(i, land = "") {
  const { run, views } = page;
  page.event = i;
  const none = i < 0 || run.chained; // where each rests on the one before, all would be coloured
  const reached = none ? [] : run.reach(i, run.down).events;
  const rests = none ? [] : run.reach(i, run.up).events;
  views.timeline.show(i, reached, rests);
  views.table.show(i, reached);
  if (i < 0) {
    views.graph.light(-1, []);
    byId("event").replaceChildren(el("p", { class: "soft" }, "No event is chosen."));
    return;
  }
  views.graph.light(run.events.agent[i], run.others(i, run.acts(reached)));
  byId("event").replaceChildren(...eventCard(run, i, go).filter(Boolean));
  if (land && !(land === "message" && views.transcript.show(i))) settle(land);
}

/* Tell about an agent beside the graph, from which the keyboard does not move. */
function showAgent(agent) {
  const { run, views } = page;
  const open = (i) => go(i, { land: "event" });
  const close = () => {
    byId("agent").replaceChildren();
    views.graph.light(-1, []);
    views.graph.move(agent);
  };
  byId("agent").replaceChildren(...agentCard(run, agent, open, close).filter(Boolean));
  views.graph.light(agent, []);
}

/* Bring the event into view, its card or its mark, and put the keyboard there. */
function settle(land) {
  const narrow = matchMedia("(max-width: 60rem)").matches;
  if (land === "timeline") switchView("timeline");
  byId(narrow && land !== "timeline" ? "event" : "events-title").scrollIntoView();
  const place = land === "timeline" ? document.querySelector("#timeline .window") : byId("event-title");
  place.focus({ preventScroll: true });
}

async function follow() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (!wanted.has("run")) return;
  const name = wanted.get("run");
  if (name !== page.run.name && !(await openRun(name))) return;
  const id = wanted.get("finding");
  const finding = id && page.run.findings.find((each) => each.id.startsWith(id));
  const event = Number(wanted.get("event")) - 1;
  if (event >= 0 && event < page.run.count) {
    show(event, "event");
    return;
  }
  show(-1);
  const place = (finding && byId(`finding-${finding.id}`)) || byId("run-title");
  place.scrollIntoView();
  place.focus({ preventScroll: true });
}

function switchView(name) {
  for (const each of ["timeline", "table"]) {
    byId(`${each}-view`).hidden = each !== name;
    byId(`as-${each}`).setAttribute("aria-pressed", String(each === name));
  }
  if (name === "timeline" && page.views.timeline) page.views.timeline.resize();
}

function filterRuns() {
  const words = byId("run-search").value.toLowerCase();
  const only = byId("run-only").checked;
  let shown = 0;
  for (const row of document.querySelectorAll("#runs tbody tr")) {
    row.hidden = (words && !row.cells[0].textContent.toLowerCase().includes(words)) || (only && row.dataset.found === "0");
    shown += row.hidden ? 0 : 1;
  }
  const none = only ? "No run has findings" : "No run is called that";
  byId("run-count").textContent = shown ? `${counted(shown, "run")} shown` : `${none}${only && words ? " and that name" : ""}.`;
}

async function start() {
  page.head = JSON.parse(byId("head").textContent);
  for (const hidden of document.querySelectorAll(".scripted")) hidden.hidden = false;
  byId("as-timeline").addEventListener("click", () => switchView("timeline"));
  byId("as-table").addEventListener("click", () => switchView("table"));
  window.addEventListener("beforeprint", () => page.views.transcript.print(true));
  window.addEventListener("afterprint", () => page.views.transcript.print(false));
  byId("closer").addEventListener("click", () => page.views.timeline.zoom(1));
  byId("wider").addEventListener("click", () => page.views.timeline.zoom(-1));
  byId("infer").addEventListener("change", (event) => {
    page.run.inferred = event.target.checked;
    show(page.event);
  });
  for (const each of ["run-search", "run-only"]) byId(each)?.addEventListener("input", filterRuns);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && page.event >= 0 && !event.defaultPrevented) {
      go(-1);
      byId("timeline").querySelector(".window").focus();
    }
  });
  for (const change of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(change).addEventListener("change", () => page.views.timeline.recolour());
  }
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      page.views.timeline.resize();
      page.views.graph.draw();
    }, 120);
  });
  window.addEventListener("hashchange", follow);
  await openRun(page.head.runs[0]);
  await follow();
  requestAnimationFrame(() => {
    performance.mark("drawn");
    document.documentElement.dataset.ready = "yes";
  });
}

start();
