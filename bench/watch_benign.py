"""How often the whole battery speaks on real runs that succeeded, and what it then rests on.

Runs are read as `tertius analyze` reads them: repeated AG2 runs (a right answer is success) and
tau-bench's airline runs (the whole reward is). Labels come from the truth side, which no detector
is shown. Each set is one log for one battery with default parameters, once with its successes and
once with its failures, for comparison. A finding on a run that succeeded need not be wrong: a step
can be done three times on the way to a right answer. So each kind of finding is listed with the
kinds of events that one example rests on, and what such a finding means there; contents are not
copied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness import Figure, arguments, emit, figure, progress
from tertius.core.finding import CouldNotTell, Finding
from tertius.core.kinds import Event
from tertius.core.ports.reader import TruthRecord
from tertius.runtime.detect import Shown, Watching, battery
from tertius.runtime.ingest import Ingest
from tertius.stats.intervals import proportion

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
SETS = {"ag2_repeated_runs": "correct", "tau_bench_airline": "reward"}
BATCH = 4096
MEANS = {
    "step_repetition": "a proxy's fixed prompt to go on, sent again and again until the other came "
    "to a result; or code and its error message once more, nearly word for word",
    "conversation_restart": "an assistant put the questions that it had opened with once more, "
    "after other work, in one long talk",
}
"""Looked up in the runs by hand; of other kinds the null is printed."""


class Runs:
    """Runs of one set: events by run, and whether each succeeded."""

    def __init__(self, folder: Path, label: str) -> None:
        self.shown: dict[str, list[tuple[Event, bytes | None]]] = {}
        self.succeeded: dict[str, bool] = {}
        for each in Ingest([folder]):
            if isinstance(each, TruthRecord):
                if label in each.data:
                    self.succeeded[each.run] = succeeded(each.data[label])
            else:
                for event, content in zip((each.event,), each.contents or (None,), strict=False):
                    self.shown.setdefault(event.run, []).append((event, content))

    def of(self, success: bool) -> list[str]:
        """Return the runs of one outcome, in the order in which they were read."""
        return [run for run in self.shown if self.succeeded.get(run) is success]

    def stream(self, runs: list[str]) -> list[Shown]:
        """Return the runs one after the other."""
        events = (pair for run in runs for pair in self.shown[run])
        return [(number, *pair) for number, pair in enumerate(events)]


def succeeded(label: object) -> bool:
    """Whether a label says that a run succeeded: true, or the whole reward."""
    return label is True or (isinstance(label, int | float) and float(label) >= 1.0)


def findings(stream: list[Shown]) -> tuple[list[Finding], int]:
    """Show a stream to the whole battery; return what it found, and how often it could not tell."""
    watching, answers = Watching(battery()), []
    for start in range(0, len(stream), BATCH):
        answers += [answer for _, answer in watching.update_many(stream[start : start + BATCH])]
    answers += watching.finish()
    found = [answer for answer in answers if isinstance(answer, Finding)]
    return found, sum(isinstance(answer, CouldNotTell) for answer in answers)


def rows(
    data: str, runs: Runs, found: Mapping[bool, list[Finding]], events: Mapping[bool, int]
) -> list[dict[str, Any]]:
    """Write a line for each detector that spoke: how often, and one example."""
    kinds = {event.id: event.__struct_config__.tag
             for run in runs.of(True) for event, _ in runs.shown[run]}  # fmt: skip
    counted = {success: Counter(each.detector for each in found[success]) for success in found}
    lines = []
    for name, count in counted[True].most_common():
        own = [each for each in found[True] if each.detector == name]
        touched = {success: len({each.run for each in found[success] if each.detector == name})
                   for success in found}  # fmt: skip
        share = proportion(touched[True], len(runs.of(True)))
        rests = Counter(kinds[event] for event in own[0].evidence if event in kinds)
        lines.append({
            "set": data,
            "detector": name,
            "findings": count,
            "per 1,000 events": 1000 * count / events[True],
            "of failed runs": 1000 * counted[False][name] / max(1, events[False]),
            "runs with one": f"{touched[True] / len(runs.of(True)):.2f} "
            f"[{share.low:.2f}, {share.high:.2f}]",
            "guarantee": ", ".join(sorted({each.guarantee.code.value for each in own})),
            "one example rests on": ", ".join(f"{n} {kind}" for kind, n in rests.items()),
            "and says": f"{own[0].effect.value:g} {own[0].effect.unit}",
            "what it means here": MEANS.get(name, own[0].null),
        })  # fmt: skip
    return lines


def measure(data: Path) -> dict[str, Any]:
    """Read each set and show its runs."""
    report: dict[str, Any] = {}
    table: list[dict[str, Any]] = []
    for name, label in SETS.items():
        if not (data / name).is_dir():
            report[f"{name}"] = "not there"
            continue
        progress(f"reading {name}")
        runs = Runs(data / name, label)
        found: dict[bool, list[Finding]] = {}
        events: dict[bool, int] = {}
        for success in (True, False):
            progress(f"{name}: {'succeeded' if success else 'failed'}")
            stream = runs.stream(runs.of(success))
            found[success], unsure = findings(stream)
            events[success] = len(stream)
            words = "succeeded" if success else "failed"
            touched = len({each.run for each in found[success]})
            report[f"{name}, runs that {words}"] = (
                f"{len(runs.of(success))} runs, {len(stream)} events, {len(found[success])} "
                f"findings in {touched} runs, {unsure} times could not tell"
            )
            report[f"{name}, findings per 1,000 events, runs that {words}"] = (
                1000 * len(found[success]) / max(1, len(stream))
            )
        bounded = [each for each in found[True] if each.guarantee.code.value.endswith("anytime")]
        report[f"{name}, findings with an error bound, runs that succeeded"] = len(bounded)
        table += rows(name, runs, found, events)
    return {**report, "findings on runs that succeeded": table}


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of data sets")
    given = parser.parse_args()
    report = measure(given.data)
    figures: dict[str, Figure] = {}
    missing = [name for name in SETS if not (given.data / name).is_dir()]
    if missing:
        figures["sets_missing"] = figure(None, "<=", 0)
    emit("watch_benign", figures, report, given.json)


if __name__ == "__main__":
    main()
