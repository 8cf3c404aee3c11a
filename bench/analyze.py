"""Every recorded format, from files to findings: speed, and whether anything was lost on the way.

The folder holds the data sets of `FOLDERS`, each in a folder of its own. Timed end to end: read,
recorded in a log, shown to the eleven structural detectors as it stands in the log, findings
recorded behind it, the log closed and verified; and the same with the whole battery, as the command
has it. Each run has a process of its own, like the command: what an earlier one left in memory
would slow it. Its start, and the index for searches, are not a part of it.

Whether all was read is counted a second time, straight from the files, by code that knows each
data set and shares nothing with the readers (`analyze_files.py`): how many runs there are, and how
often each sender is named. Every run has to be kept, merged with one that says the same, or counted
as a row without events.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from analyze_files import FOLDERS, Counted
from harness import Figure, arguments, emit, figure, progress
from tertius.core.events import (
    Acted,
    Asserted,
    MessageSent,
    ModelCalled,
    OutcomeObserved,
    ToolCalled,
    Verified,
)
from tertius.core.finding import Finding
from tertius.core.names import alias
from tertius.core.ports.detector import Answer
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.keys import pin, read_pins
from tertius.log.verify import verify
from tertius.runtime.ahead import read_ahead
from tertius.runtime.detect import Watching, battery
from tertius.runtime.ingest import Ingest
from tertius.runtime.record import record
from tertius.runtime.tally import IngestSummary

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
STRUCTURAL = (
    "step_repetition", "conversation_restart", "agent_loop", "handoff_pingpong", "premature_end",
    "no_end", "unanswered_request", "unknown_recipient", "unreturned_result", "dropped_fact",
    "inconsistent_view",
)  # fmt: skip
ACTS = (Acted, Asserted, MessageSent, ModelCalled, OutcomeObserved, ToolCalled, Verified)


def end_to_end(
    data: Path, room: Path, detectors: Iterable[str] | None = None
) -> tuple[dict[str, float], IngestSummary, Counter[str]]:
    """Return seconds of each stage, what was read, and the answers by detector or kind."""
    log, private, pins = room / "log", room / "config" / "private", room / "config" / "keys"
    answers: list[Answer] = []
    marks = [time.perf_counter()]
    ingest = Ingest([data])
    with Deployment(log, keys=KeyFolder(private, outside=log)) as deployment:
        pin(pins, deployment.key, outside=log)
        writer = deployment.writer("analyze", sealer="process")
        watching = Watching(battery(detectors))
        record(read_ahead(ingest, truth=False), writer, watching=watching, on_answer=answers.append)
        deployment.close()
    marks.append(time.perf_counter())
    pinned = [key.vkey for key in read_pins(pins, outside=log).values()]
    status = verify(log, now=int(time.time()), pinned=pinned, processes=2).status
    if status != "verified":
        raise SystemExit(f"the log is {status}")
    marks.append(time.perf_counter())
    names = Counter(
        each.detector if isinstance(each, Finding) else "could not tell" for each in answers
    )
    stages = ("read, record, detect", "verify")
    times = {name: b - a for name, a, b in zip(stages, marks, marks[1:], strict=False)}
    return {**times, "all": marks[-1] - marks[0]}, ingest.summary, names


def alone(
    data: Path, room: Path, detectors: Iterable[str] | None = None
) -> tuple[dict[str, float], IngestSummary, Counter[str]]:
    """Run `end_to_end` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(end_to_end, data, room, detectors).result()


def parts(data: Path, room: Path) -> dict[str, float]:
    """Return seconds of reading alone, and of reading and recording without detectors."""
    began = time.perf_counter()
    for _ in Ingest([data]):
        pass
    read = time.perf_counter()
    keys = KeyFolder(room / "private", outside=room / "log")
    with Deployment(room / "log", keys=keys) as deployment:
        record(
            read_ahead(Ingest([data]), truth=False), deployment.writer("analyze", sealer="process")
        )
    return {"read alone": read - began, "read, record": time.perf_counter() - read}


def set_of(data: Path, file: str) -> str:
    """Return the data set that a file belongs to: the folder under `data`."""
    inside = Path(file).relative_to(data).parts
    return inside[0] if len(inside) > 1 else ""


def runs_by_set(data: Path, summary: IngestSummary) -> dict[str, Counter[str]]:
    """Return how many runs of each data set were kept, merged, or are rows without events."""
    found: dict[str, Counter[str]] = {}
    for run in summary.runs.values():
        found.setdefault(set_of(data, run.file), Counter())["kept"] += 1
    for merged in summary.merged:
        found.setdefault(set_of(data, merged.file), Counter())["merged"] += 1
    for files in summary.rows.values():
        for file, rows in files.items():
            found.setdefault(set_of(data, file), Counter())["rows"] += rows
    return found


def spoken(data: Path) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Return for each data set how often each agent acted, and what stayed unknown by format."""
    ingest = Ingest([data])
    acted: dict[str, Counter[str]] = {}
    told: Counter[str] = Counter()
    for each in _recorded(ingest):
        event, run = each.event, ingest.summary.runs[each.event.run]
        if isinstance(event, MessageSent):
            told[f"{run.format}: messages"] += 1
            told[f"{run.format}: with a receiver"] += bool(event.recipients)
            told[f"{run.format}: with a channel"] += bool(event.channel)
        if isinstance(event, ACTS) and event.agent:
            acted.setdefault(set_of(data, run.file), Counter())[event.agent] += 1
    return acted, told


def _recorded(ingest: Ingest) -> Iterator[Recorded]:
    for each in ingest:
        if not isinstance(each, TruthRecord):
            yield each


def senders(counted: Counted, acted: Counter[str]) -> tuple[int, int]:
    """Return how often a file names a sender, and how often an event has that very agent."""
    named: Counter[str] = Counter()
    for name, times in counted.senders.items():
        named[alias(name)] += times
    return named.total(), sum(min(times, acted[name]) for name, times in named.items())


def accounts(data: Path, summary: IngestSummary) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Compare what was read with what the files hold; only sets that are there are looked at."""
    present = {name: count for name, count in FOLDERS.items() if (data / name).is_dir()}
    merged = {merged.file for merged in summary.merged}
    found, (acted, told) = runs_by_set(data, summary), spoken(data)
    missing = total = named = recovered = 0
    report: dict[str, Any] = {}
    for name, count in present.items():
        progress(f"counting {name}")
        counted = count(data / name, {Path(file) for file in merged})
        ours = found.get(name, Counter())
        missing += abs(counted.runs - ours.total())
        total += counted.runs
        all_named, all_found = senders(counted, acted.get(name, Counter()))
        named, recovered = named + all_named, recovered + all_found
        words = ", ".join(f"{number} {what}" for what, number in ours.items())
        report[f"{name}: runs"] = f"{counted.runs} in files; {words}"
        report[f"{name}: senders"] = f"{all_found} of {all_named}"
    report.update(sorted(told.items()))
    figures = {
        "unaccounted_runs": figure(missing if present else None, "<=", 0, n=total),
        "senders_recovered": figure(recovered / named if named else None, ">=", 1.0, n=named),
    }
    return figures, report


def measure(data: Path, runs: int) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Run every part and return figures and report."""
    speeds: list[float] = []
    whole: list[float] = []
    stages: dict[str, list[float]] = {}
    summary, answers, single = IngestSummary(), Counter[str](), dict[str, float]()
    for run in range(runs):
        progress(f"end to end, run {run + 1} of {runs}")
        room = Path(tempfile.mkdtemp(prefix="tertius-bench-"))
        try:
            structural, _, _ = alone(data, room / "structural", STRUCTURAL)
            times, summary, answers = alone(data, room / "all")
            if run == 0:
                single = parts(data, room / "parts")
        finally:
            shutil.rmtree(room)
        speeds.append(summary.events / structural["all"])
        whole.append(summary.events / times["all"])
        for name, took in times.items():
            stages.setdefault(name, []).append(took)
    rates = {"analyze_events_per_s": speeds, "whole_battery_events_per_s": whole}
    reached = {
        name: figure(
            statistics.median(each), ">=", 20_000, n=summary.events, interval=(min(each), max(each))
        )
        for name, each in rates.items()
    }
    figures, report = accounts(data, summary)
    kept = summary.as_dict()
    for key in ("kinds", "formats", "unknown", "skipped", "rows"):
        kept.update({f"{key}: {name}": count for name, count in kept.pop(key).items()})
    kept.update({f"seconds: {name}": statistics.median(took) for name, took in stages.items()})
    kept.update({f"seconds: {name}": took for name, took in single.items()})
    kept.update({f"answers: {name}": count for name, count in sorted(answers.items())})
    return {**reached, **figures}, {**kept, **report}


def main() -> None:
    """Measure the folder that is named, or the one beside the checkout."""
    parser = arguments(__doc__ or "")
    parser.add_argument("data", type=Path, nargs="?", default=DATA, help="folder of data sets")
    parser.add_argument("--runs", type=int, default=3, help="timed runs; the median counts")
    options = parser.parse_args()
    if options.data.is_dir():
        figures, report = measure(options.data.resolve(), options.runs)
    else:
        report = {"missing": f"no folder `{options.data}`"}
        figures = {
            "analyze_events_per_s": figure(None, ">=", 20_000),
            "whole_battery_events_per_s": figure(None, ">=", 20_000),
            "unaccounted_runs": figure(None, "<=", 0),
            "senders_recovered": figure(None, ">=", 1.0),
        }
    emit("analyze", figures, report, options.json)


if __name__ == "__main__":
    main()
