"""Every study, many seeds: does the watch speak before the harm, and is it silent on honest runs?

Each study is watched by the whole battery, set as its operator would set it (`Study.watch`), at one
level of 0.05 for all detectors together. A failing episode counts as caught if somebody truly
involved is named before a quarter of the declared harm is done; a miss counts as no. The honest
twin has the same seed, and any alarm on it counts. The bar: caught minus honest alarms, lower 95%
limit of the paired difference, above 0 in every study but those listed in `CANNOT` with the reason.
"""

import math
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from typing import Any

from harness import Figure, arguments, emit, figure, progress
from tertius.evaluation.alarms import Heard, Judged, battery_of, judge, listen
from tertius.scenarios.study import Study
from tertius.scenarios.table import TABLE, load
from tertius.stats.intervals import mean, proportion

SEEDS = 200
FIRST = 10_000  # no seed from here on was looked at while detectors and studies were made
CANNOT = {
    "secret_alliance": "the game is over after some seven decisions of each player, below the "
    "evidence ceiling of one game; what the allies tell each other is hidden from every record",
}
"""Studies of which the log cannot show the failure in time, at most three."""

CHUNK = 10  # seeds that one task plays


def main() -> None:
    """Play all studies and print the table."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="pairs of episodes a study")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--study", action="append", choices=list(TABLE), help="some of them only")
    given = parser.parse_args()
    names = given.study or list(TABLE)
    rows: dict[str, dict[str, Any]] = {}
    with ProcessPoolExecutor(given.processes) as pool:
        waiting = {
            name: [
                pool.submit(pairs, name, range(first, min(first + CHUNK, FIRST + given.seeds)))
                for first in range(FIRST, FIRST + given.seeds, CHUNK)
            ]
            for name in names
        }
        for number, name in enumerate(names, 1):
            found = [each for task in waiting[name] for each in task.result()]
            rows[name] = row(load(name), found)
            progress(f"{number}/{len(names)} {sentence(name, rows[name])}")
    figures: dict[str, Figure] = {}
    able = [name for name in names if name not in CANNOT]
    figures["studies told apart before the harm"] = figure(
        sum(rows[name]["difference"][1] > 0 for name in able), ">=", len(able), n=len(able)
    )
    figures["studies listed as not shown by the log"] = figure(
        sum(name in CANNOT for name in names), "<=", 3, n=len(names)
    )
    print(table(rows))
    emit("watch_worlds", figures, report(rows), given.json)


def pairs(name: str, seeds: Sequence[int]) -> list[tuple[Judged, int, Counter[str]]]:
    """Play failing episodes and honest twins; return each pair's judgment, events and speakers."""
    study = load(name)
    detectors = battery_of(study)
    failing = next(p.name for p in study.populations if p.kind == "failing")
    honest = study.of_kind("honest").name
    made = []
    for seed in seeds:
        one = listen(study, failing, seed, detectors)
        twin = listen(study, honest, seed, detectors)
        made.append((judge(one, twin, study), one.events, Counter(speakers(twin))))
    return made


def speakers(heard: Heard) -> set[str]:
    """Return the detectors that spoke in an episode."""
    return {alarm.finding.detector for alarm in heard.alarms}


def row(study: Study, found: list[tuple[Judged, int, Counter[str]]]) -> dict[str, Any]:
    """Sum up one study."""
    judged = [each for each, _, _ in found]
    caught = [each.in_time and math.isfinite(each.alarm) for each in judged]
    false = [each.twin_alarmed for each in judged]
    both = mean([float(a) - float(b) for a, b in zip(caught, false, strict=True)])
    hit, wrong = proportion(sum(caught), len(caught)), proportion(sum(false), len(false))
    first = Counter(each.detector for each in judged if each.detector)
    delays = [each.alarm for each in judged]
    spoke: Counter[str] = sum((each for _, _, each in found), Counter())
    harmed = [each.harm for each in judged]
    return {
        "caught before the harm": [hit.value, hit.low, hit.high],
        "honest runs with an alarm": [wrong.value, wrong.low, wrong.high],
        "difference": [both.value, both.low, both.high],
        "spoke first": dict(first.most_common(3)),
        "median alarm step": _finite(median(delays)),
        "median harm step": _finite(median(harmed)),
        "loss avoidable at the alarm": mean([each.avoidable for each in judged]).value,
        "alarms on honest runs by": dict(spoke),
        "events a run": round(mean([float(each) for _, each, _ in found]).value),
        "steps": study.steps,
        "n": len(judged),
    }


def report(rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return all rows as a table that the page of figures can show, and what is not shown."""
    studies = [
        {
            "study": name,
            "caught before the harm": _share(told["caught before the harm"]),
            "honest runs with an alarm": _share(told["honest runs with an alarm"]),
            "difference, lower limit": round(told["difference"][1], 3),
            "alarm, median step": _step(told["median alarm step"]),
            "harm, median step": _step(told["median harm step"]),
            "loss still avoidable": round(told["loss avoidable at the alarm"], 3),
            "spoke first": ", ".join(told["spoke first"]) or "-",
            "on honest runs": ", ".join(told["alarms on honest runs by"]) or "-",
            "steps": told["steps"],
            "n": told["n"],
        }
        for name, told in rows.items()
    ]
    unshown = [{"study": name, "why the log cannot show it": why} for name, why in CANNOT.items()]
    return {"studies": studies, "not shown by the log": unshown}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def sentence(name: str, told: dict[str, Any]) -> str:
    """Return a row as a line."""
    caught, low, high = told["caught before the harm"]
    false = told["honest runs with an alarm"][0]
    return f"{name}: caught {caught:.0%} [{low:.0%}, {high:.0%}], honest {false:.1%}"


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Return all rows, aligned."""
    lines = [
        f"{'study':<18} {'caught before harm':>22} {'honest alarms':>20} {'difference low':>15}  "
        f"{'alarm':>6} {'harm':>6} {'avoidable':>9}  spoke first"
    ]
    for name, told in rows.items():
        caught, false = told["caught before the harm"], told["honest runs with an alarm"]
        alarm, harm = told["median alarm step"], told["median harm step"]
        lines.append(
            f"{name:<18} {_share(caught):>22} {_share(false):>20} "
            f"{told['difference'][1]:>15.2f}  {_step(alarm):>6} {_step(harm):>6} "
            f"{told['loss avoidable at the alarm']:>9.2f}  {', '.join(told['spoke first']) or '-'}"
        )
    return "\n".join(lines)


def _share(three: list[float]) -> str:
    value, low, high = three
    return f"{value:.1%} [{low:.1%}, {high:.1%}]"


def _step(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


if __name__ == "__main__":
    main()
