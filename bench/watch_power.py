"""How often detectors err, how soon they see what is there, and what that costs, on simulated runs.

For each detector a story (`watch/`): streams of events whose onset and effect are known. Detectors
that bet are shown streams at their null's edge (the ceiling met exactly in every round) and
streams that swing between the edge and well below it: whatever they name there is a false alarm,
each detector having the whole level of 0.05 to itself. The figure is the lower 99.9 % limit of the
rate, of the detector that erred most. Power, delay and lead are those of the statistical contract's
section 8: the harm of a stream grows by its effect in every round from the onset on, and a quarter
of it is the harm time. Where no story is written for a detector of the table, it is named.
"""

from __future__ import annotations

import math
import random
from typing import Any

from harness import Figure, arguments, emit, figure, progress
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.table import TABLE, bets, load
from tertius.stats.intervals import proportion
from tertius.stats.limits import lower
from tertius.stats.payoffs import ceiling
from tertius.stats.rate_alarm import RateAlarm
from watch import bets_on_agents, bets_on_pairs, told
from watch.power import STREAMS, Cost, Effect, false_alarms, power
from watch.tape import STORIES, Story

ENTERED = (bets_on_agents, bets_on_pairs, told)  # to import them is to enter their stories
ONE_IN_1000 = 0.002  # `lower` takes one half of it
LEVEL = 0.05
C = 1000
RATE_STREAMS, RATE_UPDATES = 40, 20_000


def honest(story: Story, scale: float) -> dict[str, Any]:
    """Count the false alarms of one story."""
    streams = max(2, round(story.streams * scale))
    edge = false_alarms(story, drift=False, streams=streams)
    below = false_alarms(story, drift=True, streams=streams)
    worst = max(lower(hits, streams, level=ONE_IN_1000) for hits in (edge, below))
    return {
        "detector": story.detector,
        "story": told_as(story),
        "streams": f"{streams} + {streams}",
        "alarms at the edge": edge,
        "alarms below it": below,
        "lower 99.9 % limit": worst,
    }


def seen(story: Story, scale: float) -> list[dict[str, Any]]:
    """Measure power and delay of one story, from no effect to the largest."""
    cost, streams = Cost(), max(2, round(STREAMS * scale))
    found = [power(story, effect, cost, streams=streams) for effect in (0.0, *story.effects)]
    return [row(story, each, found[0], cost) for each in found[1:]]


def row(story: Story, each: Effect, without: Effect, cost: Cost) -> dict[str, Any]:
    """Write one effect as a line of the table."""
    rows: dict[str, Any] = {
        "detector": story.detector,
        "effect": f"{each.effect:g}: {story.what}",
        "alarmed": share(each.alarmed, each.n),
        "before the harm": share(each.timely, each.n),
        "honest alarmed": share(without.alarmed, without.n),
        "median delay": rounds(each.delay, story),
        "still avoidable": each.avoidable,
        "us per event": round(cost.micros, 2),
    }
    if bets(story.detector):
        rows["delay in a battery"] = rounds(each.shared, story)
    rows["told from chance"] = "yes" if apart(each, without) else "no"
    return rows


def share(hits: int, count: int) -> str:
    """Write a share with its interval."""
    found = proportion(hits, count)
    return f"{hits / count:.2f} [{found.low:.2f}, {found.high:.2f}]"


def rounds(delay: float, story: Story) -> str:
    """Write a delay; infinite where half of the streams had no alarm."""
    return f"none in {story.loud}" if delay == math.inf else f"{delay:g} of {story.loud}"


def apart(each: Effect, without: Effect) -> bool:
    """Whether the interval of what was alarmed lies above that of honest streams."""
    high = proportion(without.alarmed, without.n).high
    return proportion(each.alarmed, each.n).low > high


def told_as(story: Story) -> str:
    """Return the name under which a story was entered."""
    return next(name for name, entered in STORIES.items() if entered is story).replace("_", " ")


def rate(scale: float) -> float:
    """Return false alarms per c updates of what states a rate, at the null's edge."""
    alarms, updates = 0, max(2_000, round(RATE_UPDATES * scale))
    for seed in range(RATE_STREAMS):
        chance, alarm = random.Random(seed), RateAlarm(C)
        for _ in range(updates):
            alarm.update(ceiling(float(chance.random() < 0.2), 0.2))
        alarms += alarm.alarms
    return alarms * C / (RATE_STREAMS * updates)


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the streams to play")
    parser.add_argument("--only", nargs="*", default=None, help="detectors; default: all")
    given = parser.parse_args()
    known = [name for name in TABLE if given.only is None or name in given.only]
    stories = [story for story in STORIES.values() if story.detector in known]
    stories.sort(key=lambda story: known.index(story.detector))
    nulls: list[dict[str, Any]] = []
    tables: dict[str, list[dict[str, Any]]] = {"power": [], "facts and estimates": []}
    for story in stories:
        progress(f"{story.detector}: {told_as(story)}")
        nulls.append(honest(story, given.scale))
        betting = bets(story.detector)
        tables["power" if betting else "facts and estimates"] += seen(story, given.scale)
    bounded = [line for line in nulls if bets(line["detector"])]
    worst = max(bounded, key=lambda line: line["lower 99.9 % limit"], default=None)
    progress("alarms that state a rate")
    figures: dict[str, Figure] = {
        "false_alarm_rate_lower_limit_worst": figure(
            None if worst is None else worst["lower 99.9 % limit"], "<=", LEVEL, n=len(bounded)
        ),
        "rate_false_alarms_per_c": figure(
            rate(given.scale), "<=", 1.0, n=RATE_STREAMS * RATE_UPDATES
        ),
    }
    report: dict[str, Any] = {
        "worst": "" if worst is None else worst["detector"],
        "detectors that state a rate": rated() or f"none; measured on stats.rate_alarm, c = {C}",
        "detectors without a story": ", ".join(set(known) - {each.detector for each in stories})
        or "none",
        "never told from chance": ", ".join(untold(tables)) or "none",
        **tables,
        "honest streams": nulls,
    }
    emit("watch_power", figures, report, given.json)


def rated() -> str:
    """Name the detectors that state a rate."""
    names = (name for name in TABLE if GuaranteeCode.RATE in load(name).spec.guarantees)
    return ", ".join(names)


def untold(tables: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Name detectors that no effect told from chance."""
    lines = [line for table in tables.values() for line in table]
    seen_at = {line["detector"] for line in lines if line["told from chance"] == "yes"}
    return sorted({line["detector"] for line in lines} - seen_at)


if __name__ == "__main__":
    main()
