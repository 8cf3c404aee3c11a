"""Measure the report's page: one run of 20,000 events among 200 agents, in headless Chromium."""

import os
import random
import shutil
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

import harness
from tertius.core.events import (
    AgentJoined,
    Cause,
    MessageSent,
    RunEnded,
    RunStarted,
    ToolCalled,
    ToolReturned,
)
from tertius.core.kinds import Event
from tertius.log.notekey import SigningKey
from tertius.log.verify import verify
from tertius.log.writer import Writer
from tertius.report.page import write_report
from tertius.runtime.detect import battery, detect_log

KEY = SigningKey("tertius/bench", bytes(range(32)))
START = 1_760_000_000_000_000_000
RUN = "bench/1"
FRAMES = 180
WAIT = 60_000  # milliseconds until a page counts as not drawn
SCROLL = """frames => new Promise(done => {
  const view = document.querySelector("#timeline .window"), taken = [];
  let last = performance.now();
  const step = now => {
    taken.push(now - last);
    last = now;
    view.scrollLeft += 160;
    view.scrollTop += 24;
    if (taken.length < frames) requestAnimationFrame(step); else done(taken.slice(2));
  };
  requestAnimationFrame(step);
})"""
CHOOSE = """() => {
  const view = document.querySelector("#timeline .window");
  const begin = performance.now();
  view.focus();
  view.dispatchEvent(new KeyboardEvent("keydown", {key: "Home", bubbles: true}));
  return performance.now() - begin;
}"""


def write(folder: Path, count: int, agents: int) -> None:
    """Write one run of `count` events."""
    chatter = Chatter(agents)
    joined = [
        AgentJoined(id=f"{RUN}/a{n}", time=START, run=RUN, agent=f"agent-{n}")
        for n in range(agents)
    ]
    heads: list[Event] = [RunStarted(id=RUN, time=START, run=RUN), *joined]
    ended = RunEnded(id=f"{RUN}/end", time=START + count * 10**9, run=RUN)
    with Writer(folder, key=KEY, clock=lambda: 0, checkpoint_every=None) as log:
        log.extend([(event, None) for event in heads])
        for _ in range(count - agents - 2):
            event, text = chatter.next()
            sealed = log.seal(text)
            log.append(replace(event, content=sealed.digest), sealed)
        log.append(ended)


class Chatter:
    """Agents in teams of ten who answer what they heard; every text is about 450 characters."""

    def __init__(self, agents: int) -> None:
        self.rng = random.Random(7)
        letters = "abcdefghijklmnoprstuvw"
        length = self.rng.randint
        self.words = ["".join(self.rng.choices(letters, k=length(2, 9))) for _ in range(6000)]
        self.heard: list[list[str]] = [[] for _ in range(agents)]
        self.said = [b""] * agents
        self.number = 0

    def next(self) -> tuple[MessageSent | ToolCalled | ToolReturned, bytes]:
        """Return an event that rests on all that its agent has heard since its last one."""
        rng, self.number = self.rng, self.number + 1
        agent = rng.randrange(len(self.heard))
        base: dict[str, Any] = {
            "id": f"{RUN}/{self.number}",
            "time": START + self.number * 10**9,
            "run": RUN,
            "agent": f"agent-{agent}",
            "causes": tuple(Cause(id=id) for id in self.heard[agent]),
        }
        self.heard[agent] = [base["id"]]
        what = rng.random()
        if what > 0.05 or not self.said[agent]:  # now and then a step is done again
            self.said[agent] = " ".join(rng.choices(self.words, k=70)).encode()
        if 0.1 < what < 0.3:
            tool = ToolCalled if what < 0.2 else ToolReturned
            return tool(**base, tool="search", call=f"c{self.number}"), self.said[agent]
        team = agent // 10 * 10
        near = team + rng.randrange(10) if rng.random() < 0.95 else rng.randrange(len(self.heard))
        self.heard[near].append(base["id"])
        sent = MessageSent(**base, recipients=(f"agent-{near}",), channel=f"team-{team}")
        return sent, self.said[agent]


def look(page: Path, rounds: int) -> dict[str, list[float]]:
    """Open the page several times; milliseconds until it is drawn, of frames, and requests."""
    from playwright.sync_api import sync_playwright  # only where the browser is

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    found: dict[str, list[float]] = {
        "paint": [],
        "drawn": [],
        "frame": [],
        "choose": [],
        "asked": [],
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for number in range(rounds):
            harness.progress(f"opening the page, round {number + 1}")
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            asked: list[str] = []
            tab.on("request", partial(note, asked))
            tab.goto(page.as_uri())
            tab.wait_for_selector("html[data-ready]", state="attached", timeout=WAIT)
            marks = "n => performance.getEntriesByName(n)[0].startTime"
            found["paint"].append(tab.evaluate(marks, "first-contentful-paint"))
            found["drawn"].append(tab.evaluate(marks, "drawn"))
            found["frame"] += tab.evaluate(SCROLL, FRAMES)
            found["choose"].append(tab.evaluate(CHOOSE))
            foreign = [url for url in asked if url != page.as_uri() and not url.startswith("data:")]
            found["asked"].append(len(foreign))
            tab.close()
        browser.close()
    return found


def note(asked: list[str], request: Any) -> None:
    asked.append(request.url)


def main() -> None:
    """Print the figures."""
    parser = harness.arguments("Size and speed of the report's page.")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    room = Path(tempfile.mkdtemp(prefix="tertius-bench-"))
    try:
        harness.progress(f"writing {options.events:,} events")
        write(room / "log", options.events, options.agents)
        detectors = battery()
        answers = list(detect_log(room / "log", detectors))
        verdict = verify(room / "log", now=0, keys=[KEY.verifier.vkey])
        begin = time.perf_counter()
        specs = [detector.spec for detector in detectors]
        size = write_report(room / "log", answers, specs, verdict, room / "report.html")
        taken = time.perf_counter() - begin
        try:
            seen = look(room / "report.html", options.rounds)
        except Exception as error:  # no browser, or none that starts: the page is still measured
            harness.progress(f"not opened: {str(error).splitlines()[0]}")
            seen = {}
        emit(options, size, taken, seen, len(answers))
    finally:
        shutil.rmtree(room)


def emit(options: Any, size: int, taken: float, seen: dict[str, list[float]], said: int) -> None:
    drawn = [milliseconds / 1000 for milliseconds in seen.get("drawn", [])]
    frames = sorted(seen.get("frame", []))
    report: dict[str, Any] = {"seconds_to_write": taken, "answers": said, "agents": options.agents}
    if frames:
        report |= {
            "first_paint_s": statistics.median(seen["paint"]) / 1000,
            "frame_ms_median": statistics.median(frames),
            "frame_ms_p95": frames[int(len(frames) * 0.95)],
            "frame_ms_most": frames[-1],
            "choose_event_ms": statistics.median(seen["choose"]),
            "frames": len(frames),
        }
    harness.emit(
        "report",
        {
            "megabytes": harness.figure(size / 1e6, "<=", 5, n=options.events),
            "seconds_to_first_picture": harness.figure(
                statistics.median(drawn) if drawn else None,
                "<=",
                2,
                n=len(drawn) or None,
                interval=(min(drawn), max(drawn)) if drawn else None,
            ),
            "network_requests": harness.figure(max(seen["asked"]) if seen else None, "<=", 0),
        },
        report,
        options.json,
    )


if __name__ == "__main__":
    main()
