"""Structural detectors against people's labels: early MAST traces, step repetition and restart.

A run's score is the strongest effect among the detector's findings in it (steps done again,
restarts), 0 where there is none. Beside it stand two trivial baselines: the share of positives
among the runs of the same system (its name alone), and the number of events (length alone).
Intervals are percentile bootstraps over traces, 2,000 draws from a fixed seed; a draw with one
class only is left out. "Within HyperAgent" takes away what the system's name gives.

Thresholds are the detectors' defaults. The representation of texts and what counts as a step were
settled while looking at these same traces, thresholds from the cited papers; so the figures lean
to the optimistic side, and with so few positives the intervals matter more than the points.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from harness import Figure, arguments, emit, figure, progress
from tertius.core.finding import Finding
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.readers.table import load
from tertius.runtime.detect import battery, detect

SEED = 20261121
DRAWS = 2000
SET = "masft_human71"
LABELS = {"step_repetition": "Step repetition", "conversation_restart": "Trajectory restart"}
BARS = {"step_repetition": 0.90, "conversation_restart": 0.92}
WITHIN = "HyperAgent"


class Trace(Struct, frozen=True):
    """One run: its system, its length, what people said of it and what detectors did."""

    system: str
    events: int
    labels: dict[str, bool]
    scores: dict[str, float]


def traces(folder: Path) -> list[Trace]:
    """Read the set and show each run to the detectors."""
    found = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        shown: dict[str, list[Recorded]] = {}
        for record in load("mast_traces").read(path):
            if isinstance(record, Recorded):
                shown.setdefault(record.event.run, []).append(record)
            elif isinstance(record, TruthRecord):
                found.append(trace(shown.pop(record.run), record))
    return found


def trace(records: list[Recorded], truth: TruthRecord) -> Trace:
    """Score one run by the strongest effect of each detector."""
    stream = [(each.event, each.contents[0] if each.contents else None) for each in records]
    scores = dict.fromkeys(LABELS, 0.0)
    for answer in detect(stream, battery(LABELS)):
        if isinstance(answer, Finding):
            scores[answer.detector] = max(scores[answer.detector], answer.effect.value)
    options = truth.data["note"]["options"]
    return Trace(
        system=truth.run.split("/")[1].split("-")[0],
        events=len(stream),
        labels={name: options.get(label) == "yes" for name, label in LABELS.items()},
        scores=scores,
    )


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Return the chance that a positive scores above a negative, ties counted half."""
    high = [score for score, label in zip(scores, labels, strict=True) if label]
    low = [score for score, label in zip(scores, labels, strict=True) if not label]
    if not high or not low:
        return None
    wins = sum((h > n) + (h == n) / 2 for h in high for n in low)
    return wins / (len(high) * len(low))


def interval(scores: Sequence[float], labels: Sequence[bool]) -> tuple[float, float] | None:
    """Return the middle 95% of the area over draws of traces, or None without both classes."""
    rng = random.Random(SEED)
    found = []
    for _ in range(DRAWS):
        drawn = rng.choices(range(len(labels)), k=len(labels))
        area = auroc([scores[n] for n in drawn], [labels[n] for n in drawn])
        if area is not None:
            found.append(area)
    found.sort()
    return (found[len(found) // 40], found[-1 - len(found) // 40]) if found else None


def prior(all_of: Sequence[Trace], name: str) -> list[float]:
    """Score each run by the share of positives among all runs of its system."""
    return [
        sum(other.labels[name] for other in all_of if other.system == each.system)
        / sum(other.system == each.system for other in all_of)
        for each in all_of
    ]


def measured(all_of: Sequence[Trace], name: str) -> tuple[float | None, tuple[float, float] | None]:
    """Return area and interval of a detector's score."""
    scores, labels = [t.scores[name] for t in all_of], [t.labels[name] for t in all_of]
    return auroc(scores, labels), interval(scores, labels)


def shown(value: float | None, span: tuple[float, float] | None, n: int) -> str:
    """Write an area with its interval."""
    if value is None:
        return f"not measurable, n={n}"
    low, high = span or (value, value)
    return f"{value:.3f} [{low:.3f}, {high:.3f}] n={n}"


def main() -> None:
    """Measure, print and compare."""
    parser = arguments(__doc__ or "")
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    parser.add_argument("data", nargs="?", type=Path, default=beside, help="folder of data sets")
    given = parser.parse_args()
    folder = given.data / SET
    figures: dict[str, Figure] = {}
    report: dict[str, str | int] = {}
    if not folder.is_dir():
        progress(f"no `{SET}` in {given.data}; nothing is measured")
        figures = {f"auroc_{name}": figure(None, ">=", bar) for name, bar in BARS.items()}
        emit("structure", figures, report, given.json)
        return
    all_of = traces(folder)
    progress(f"{len(all_of)} traces, {sum(each.events for each in all_of)} events")
    inside = [each for each in all_of if each.system == WITHIN]
    for name, bar in BARS.items():
        value, span = measured(all_of, name)
        figures[f"auroc_{name}"] = figure(value, ">=", bar, len(all_of), span)
        labels = [each.labels[name] for each in all_of]
        positives = sum(labels)
        report[f"{name}: positives"] = f"{positives} of {len(all_of)}"
        for title, group in (("", all_of), (f" within {WITHIN}", inside)):
            marks = [each.labels[name] for each in group]
            lengths = [float(each.events) for each in group]
            if group is inside:
                report[f"{name}{title}"] = shown(*measured(group, name), len(group))
            report[f"{name}{title}: length alone"] = shown(
                auroc(lengths, marks), interval(lengths, marks), len(group)
            )
        names = prior(all_of, name)
        report[f"{name}: system's name alone"] = shown(
            auroc(names, labels), interval(names, labels), len(all_of)
        )
        alarms = [each for each in all_of if each.scores[name] and not each.labels[name]]
        report[f"{name}: alarms where people said no"] = (
            f"{len(alarms)} of {len(all_of) - positives}"
        )
    emit("structure", figures, report, given.json)


if __name__ == "__main__":
    main()
