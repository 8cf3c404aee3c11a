"""How well the watch foretells that a run ends in harm, against the base rate, on every study.

Runs of honest and of other populations are watched by the detectors of the study's operator, each
run by fresh ones. A run ended in harm if it lost a quarter of the declared harm more than its
honest twin of the same seed: the truth, which no detector is shown. Two models are fitted for each
study, on seeds that are not among those they are scored on: one from its own runs, one from those
of all other studies. Forecasts at 10, 25, 50 and 75 % of the usual length are held against the
share of harmful runs among those the model was fitted on; a run that was over by then is not
forecast. A model of 32 runs says nothing closer to certainty than 1 in 34, so that where signs tell
all its chances err towards caution, which many studies pooled make visible; models judged alone are
counted, too. Populations differ more than crews of one real system do: figures for such will be
lower. Resampled are runs, and where the model saw only other studies, whole studies.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from typing import Any

from msgspec import Struct

from harness import Figure, arguments, emit, figure, progress
from tertius.core.events import RunEnded
from tertius.core.kinds import Event
from tertius.core.ports.detector import Detector
from tertius.evaluation.alarms import QUARTER, battery_of
from tertius.runtime.detect import Shown
from tertius.runtime.forecast import LOOKS, Signs, hidden
from tertius.runtime.forecast_fit import LEAST, MARKS, PastRun, weights_of
from tertius.runtime.forecast_model import Weights, chance_of
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.study import Study
from tertius.scenarios.table import TABLE, load
from tertius.stats.forecasts import Scored, score

TRAIN, TEST, PILOT = 16, 10, 2
FIRST = 7_000  # the forecaster was made looking at runs of seeds from 50,000 on
EDGES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
PROCESSES = 2
SLOW = ("team_ratings", "team_cover", "contagion", "poisoner", "retry_storm")
"""Played first, so that no process is left with one of them at the end."""


class Played(Struct, frozen=True, kw_only=True):
    """One run: what could be learned from it, and at which events its harm was done."""

    study: str
    population: str
    test: bool
    past: PastRun
    done: tuple[bool, ...]  # at each of `LOOKS`, whether the harm lay behind it


class Told(Struct, frozen=True, kw_only=True):
    """One forecast of one run."""

    study: str
    chance: float
    prior: float
    harmed: bool
    done: bool


def play(study: Study, population: str, seed: int) -> tuple[list[Shown], list[int], list[float]]:
    """Play one run; return its events, and after each step their number and the loss."""
    shown: list[Shown] = []

    def tell(event: Event, content: bytes | None) -> None:
        if not hidden(event) and not isinstance(event, RunEnded):
            shown.append((len(shown), event, content))

    scenario = study.scenario(population)
    episode = stage(scenario, world_of(scenario, run="watched"), seed=seed, tell=tell)
    counts: list[int] = []
    losses: list[float] = []
    episode.begin("watched", 0)
    while episode.world.agents and len(losses) < study.steps:
        episode.step()
        counts.append(len(shown))
        losses.append(episode.sums.harm.get(study.harm.party, 0.0))
    return shown, counts, losses


def others(study: Study) -> list[str]:
    """Return the populations that are set beside the honest one, in turn."""
    honest = study.of_kind("honest").name
    return [
        each.name
        for each in study.populations
        if each.name != honest and each.kind in ("honest", "failing", "planted")
    ]


def pilot(study: Study) -> int:
    """Return the events of the middle run, of a few that are used for nothing else."""
    populations = (study.of_kind("honest").name, *others(study))
    seeds = range(FIRST, FIRST + PILOT)
    sizes = [len(play(study, name, seed)[0]) for name in populations for seed in seeds]
    return max(1, statistics.median_high(sizes))


def watched(name: str, train: int = TRAIN, test: int = TEST, first: int = FIRST) -> list[Played]:
    """Play and watch the runs of one study."""
    study = load(name)
    detectors, length = battery_of(study), pilot(study)
    honest, beside = study.of_kind("honest").name, others(study)
    made: list[Played] = []
    for number in range(train + test):
        seed = first + PILOT + number
        twin = play(study, honest, seed)
        for population in (honest, beside[number % len(beside)]):
            run = twin if population == honest else play(study, population, seed)
            made.append(
                Played(
                    study=name,
                    population=population,
                    test=number >= train,
                    **_seen(study, detectors, length, f"{name}/{population}/{seed}", run, twin[2]),
                )
            )
    return made


def _seen(
    study: Study,
    detectors: Sequence[Detector],
    length: int,
    name: str,
    run: tuple[list[Shown], list[int], list[float]],
    twin: list[float],
) -> dict[str, Any]:
    """Show one run to the detectors, and find when its harm was done."""
    shown, counts, losses = run
    signs = Signs(detectors, length=length, marks=MARKS)
    signs.take(shown)
    bar = QUARTER * study.harm.least
    excess = [loss - twin[min(step, len(twin) - 1)] for step, loss in enumerate(losses)]
    harmed = bool(excess) and excess[-1] >= bar
    at = next((count for count, each in zip(counts, excess, strict=True) if each >= bar), None)
    done = tuple(at is not None and at <= share * length for share in LOOKS)
    return {"past": PastRun(run=name, harmed=harmed, noted=tuple(signs.noted)), "done": done}


class Fitted(Struct, frozen=True, kw_only=True):
    """What some runs taught."""

    weights: Weights
    base: float
    runs: int


def fitted(runs: Sequence[Played]) -> Fitted | str:
    """Learn from runs, or return why not."""
    harmed = sum(each.past.harmed for each in runs)
    if min(harmed, len(runs) - harmed) < LEAST:
        return f"{harmed} runs with harm and {len(runs) - harmed} without"
    return Fitted(
        weights=weights_of([each.past for each in runs]), base=harmed / len(runs), runs=len(runs)
    )


def told(runs: Sequence[Played], model: Fitted, look: int) -> list[Told]:
    """Forecast the runs that have come to a look."""
    found: list[Told] = []
    for each in runs:
        signs = each.past.at(LOOKS[look])
        if signs is not None:
            found.append(
                Told(
                    study=each.study,
                    chance=chance_of(signs, model.weights, base=model.base, runs=model.runs),
                    prior=model.base,
                    harmed=each.past.harmed,
                    done=each.done[look],
                )
            )
    return found


def scored(rows: Sequence[Told], *, by_study: bool = False) -> Scored | None:
    """Score some forecasts; None where there are none."""
    if not rows:
        return None
    return score(
        [each.chance for each in rows],
        [each.harmed for each in rows],
        prior=[each.prior for each in rows],
        groups=[each.study for each in rows] if by_study else None,
    )


def line(name: str, share: float, made: Scored | None) -> dict[str, Any]:
    """Write a score as a line of a table."""
    if made is None:
        return {"study": name, "at": f"{share:.0%}", "runs": 0, "verdict": "no run was that long"}
    both = 0 < made.harmed < made.n
    return {
        "study": name,
        "at": f"{share:.0%}",
        "runs": made.n,
        "harmed": made.harmed,
        "Brier": round(made.brier, 3),
        "base rate's": round(made.prior, 3),
        "gain": f"{made.gain:.3f} [{made.low:.3f}, {made.high:.3f}]",
        "calibration error": f"{made.ece:.3f} (by chance up to {made.limit:.3f})",
        "verdict": ("better" if made.better else "NOT better")
        + ("" if made.calibrated else ", NOT calibrated")
        + ("" if both else ", runs of one kind only"),
    }


def reliability(rows: Sequence[Told], kind: str, share: float) -> list[dict[str, Any]]:
    """Set what was said beside what happened, by how likely harm was called."""
    found: list[dict[str, Any]] = []
    for low, high in pairwise(EDGES):
        inside = [e for e in rows if low <= e.chance < high or e.chance == high == 1.0]
        if inside:
            found.append(
                {
                    "model": kind,
                    "at": f"{share:.0%}",
                    "said": f"{low:.0%} to {high:.0%}",
                    "runs": len(inside),
                    "said on average": f"{statistics.fmean(e.chance for e in inside):.1%}",
                    "ended in harm": f"{statistics.fmean(e.harmed for e in inside):.1%}",
                }
            )
    return found


def main() -> None:
    """Play, fit, score and print."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--train", type=int, default=TRAIN, help="seeds to fit on, per study")
    parser.add_argument("--test", type=int, default=TEST, help="seeds to score on, per study")
    parser.add_argument("--only", nargs="*", default=None, help="studies; default: all")
    given = parser.parse_args()
    names = [name for name in TABLE if given.only is None or name in given.only]
    names.sort(key=lambda name: name not in SLOW)
    runs: dict[str, list[Played]] = {}
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        jobs = {name: pool.submit(watched, name, given.train, given.test) for name in names}
        for name in names:
            progress(name)
            runs[name] = jobs[name].result()
    names.sort(key=list(TABLE).index)
    figures, report = summed(names, runs)
    emit("watch_forecast", figures, report, given.json)


def summed(
    names: Sequence[str], runs: dict[str, list[Played]]
) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Fit and score both kinds of models."""
    rows: dict[str, list[list[Told]]] = {"own": [[] for _ in LOOKS], "others": [[] for _ in LOOKS]}
    tables: dict[str, list[dict[str, Any]]] = {"own": [], "others": []}
    refused: list[str] = []
    for name in names:
        tested = [each for each in runs[name] if each.test]
        pasts = {
            "own": [each for each in runs[name] if not each.test],
            "others": [e for other in names if other != name for e in runs[other] if not e.test],
        }
        for kind, past in pasts.items():
            model = fitted(past)
            if isinstance(model, str):
                refused.append(f"{name} ({kind}): {model}")
                continue
            for look, share in enumerate(LOOKS):
                found = told(tested, model, look)
                rows[kind][look] += found
                tables[kind].append(line(name, share, scored(found)))
    figures: dict[str, Figure] = {}
    early: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    for kind in ("own", "others"):
        for look, share in enumerate(LOOKS):
            _enter(figures, f"{kind}_{share * 100:.0f}", rows[kind][look], kind == "others")
            ahead = [each for each in rows[kind][look] if not each.done]
            early.append({"model": kind, **line("all", share, scored(ahead))})
            said += reliability(rows[kind][look], kind, share)
    report = {
        "runs": sum(len(each) for each in runs.values()),
        "refused": "; ".join(refused) or "none",
        "worse than or no better than the base rate": {
            kind: ", ".join(
                f"{e['study']} at {e['at']}" for e in table if "NOT better" in e["verdict"]
            )
            or "none"
            for kind, table in tables.items()
        },
        "calibrated where judged alone": {
            kind: f"{sum('NOT cal' not in e['verdict'] for e in table)} of {len(table)}"
            for kind, table in tables.items()
        },
        "harm not yet done": early,
        "what was said and what happened": said,
        "fitted on the study's own runs": tables["own"],
        "fitted on all other studies": tables["others"],
    }
    return figures, report


def _enter(figures: dict[str, Figure], name: str, rows: Sequence[Told], by_study: bool) -> None:
    made = scored(rows, by_study=by_study)
    n = 0 if made is None else made.n
    gain = None if made is None else made.low
    over = None if made is None else made.ece / made.limit if made.limit else None
    span = None if made is None else (made.low, made.high)
    figures[f"{name}_gain_lower_limit"] = figure(gain, ">=", 0.0, n=n, interval=span)
    figures[f"{name}_calibration_error_of_limit"] = figure(over, "<=", 1.0, n=n)


if __name__ == "__main__":
    main()
