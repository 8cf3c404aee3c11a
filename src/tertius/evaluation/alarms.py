"""When the watch of a study speaks, and how much of the harm lies behind it by then."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from msgspec import Struct

from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import Detector
from tertius.core.scenario import Population
from tertius.detectors.table import TABLE, load, shares
from tertius.runtime.detect import Watching
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.study import Study

QUARTER = 0.25
"""Share of the declared harm at which the harm counts as done (statistical contract, section 8)."""


class Alarm(Struct, frozen=True):
    """A finding, and the step after which it was there."""

    step: int
    finding: Finding


class Heard(Struct, frozen=True, kw_only=True):
    """What the watch said of one episode, and what the episode cost.

    Attributes
    ----------
    study, population, seed
        Which.
    alarms
        In the order in which they came.
    losses
        What the declared party has lost after each step.
    events
        How many events the watch was shown.
    """

    study: str
    population: str
    seed: int
    alarms: tuple[Alarm, ...]
    losses: tuple[float, ...]
    events: int


class Judged(Struct, frozen=True, kw_only=True):
    """A failing episode beside its honest twin.

    Attributes
    ----------
    alarm
        Step of the first alarm on somebody truly involved; infinite where there was none.
    detector
        Who gave it; empty where nobody did.
    harm
        Step at which a quarter of the declared harm was done; infinite where it never was.
    avoidable
        Share of the whole loss that was still to come at the alarm; 0 where there was none.
    twin_alarmed
        Whether the honest twin had any alarm.
    """

    alarm: float
    detector: str
    harm: float
    avoidable: float
    twin_alarmed: bool

    @property
    def in_time(self) -> bool:
        """Whether the alarm came before the harm."""
        return self.alarm < self.harm


def battery_of(study: Study, *, names: Sequence[str] = tuple(TABLE)) -> list[Detector]:
    """Return fresh detectors as an operator of the study's world would set them.

    Those that bet share one level of 0.05, whether or not the study has anything for them to read.
    """
    levels = shares(names)
    own = {made.name: made.settings for made in study.watch}
    return [load(name, **{**levels.get(name, {}), **own.get(name, {})}) for name in names]


def is_alarm(finding: Finding, study: Study) -> bool:
    """Whether a finding counts: any with an error bound, and what the study's operator chose.

    A heuristic that nobody chose for this world has no error bound to be held to; how often those
    speak on honest runs is a figure of its own.
    """
    chosen = {made.name for made in study.watch}
    return finding.guarantee.code is not GuaranteeCode.HEURISTIC or finding.detector in chosen


def listen(
    study: Study,
    population: str,
    seed: int,
    detectors: Sequence[Detector],
    *,
    after: Callable[[Sequence[Detector]], None] | None = None,
) -> Heard:
    """Play one episode under the eyes of detectors.

    Parameters
    ----------
    study, population, seed
        Which episode.
    detectors
        Cloned; those given see nothing.
    after
        Shown the clones after each step.

    Notes
    -----
    The gate is not asked: this measures seeing, not stopping. Events are shown step by step, so an
    alarm is there at the earliest after the step that completes its evidence.
    """
    scenario = study.scenario(population)
    waiting: list[tuple[int, Event, bytes | None]] = []
    shown = 0

    def tell(event: Event, content: bytes | None) -> None:
        waiting.append((shown + len(waiting), event, content))

    clones = [each.clone() for each in detectors]
    watching = Watching(clones)
    episode = stage(scenario, world_of(scenario, run="watched"), seed=seed, tell=tell)
    alarms: list[Alarm] = []
    losses: list[float] = []
    party, steps = study.harm.party, study.steps
    episode.begin("watched", 0)
    while episode.world.agents and len(losses) < steps:
        episode.step()
        losses.append(episode.sums.harm.get(party, 0.0))
        alarms += _heard(watching, waiting, len(losses), study)
        shown += len(waiting)
        waiting.clear()
        if after is not None:
            after(clones)
    episode.end("watched", 0)
    alarms += _heard(watching, waiting, len(losses), study)
    return Heard(
        study=study.name,
        population=population,
        seed=seed,
        alarms=tuple(alarms),
        losses=tuple(losses),
        events=shown + len(waiting),
    )


def judge(failing: Heard, twin: Heard, study: Study) -> Judged:
    """Hold a failing episode against its honest twin of the same seed."""
    involved = involved_in(study, failing.population)
    first = next((a for a in failing.alarms if touches(a.finding, involved)), None)
    last = max(len(failing.losses), len(twin.losses))
    excess = [_at(failing.losses, step) - _at(twin.losses, step) for step in range(last)]
    bar = QUARTER * study.harm.least
    harm = next((step + 1 for step, each in enumerate(excess) if each >= bar), math.inf)
    avoidable = 0.0
    if first is not None and excess and excess[-1] > 0:
        avoidable = min(1.0, max(0.0, 1 - excess[min(first.step, last) - 1] / excess[-1]))
    return Judged(
        alarm=math.inf if first is None else first.step,
        detector="" if first is None else first.finding.detector,
        harm=harm,
        avoidable=avoidable,
        twin_alarmed=bool(twin.alarms),
    )


def involved_in(study: Study, population: str) -> frozenset[str]:
    """Return the agents that are played otherwise than in the honest population."""
    honest = _players(study.of_kind("honest"))
    played = _players(study.population(population))
    return frozenset(agent for agent, player in played.items() if honest.get(agent) != player)


def touches(finding: Finding, agents: frozenset[str]) -> bool:
    """Whether a finding names one of the agents, or an edge at one of them."""
    named = {*finding.agents}
    for edge in finding.edges:
        named |= {edge.sender, edge.receiver}
    return not agents.isdisjoint(named)


def _players(population: Population) -> dict[str, object]:
    return {seat.agent: seat.player for seat in population.seats}


def _heard(
    watching: Watching, shown: list[tuple[int, Event, bytes | None]], step: int, study: Study
) -> list[Alarm]:
    answers = watching.update_many(shown)
    return [
        Alarm(step, answer)
        for _, answer in answers
        if isinstance(answer, Finding) and is_alarm(answer, study)
    ]


def _at(losses: Sequence[float], step: int) -> float:
    """Return what was lost after a step; an episode that is over loses nothing more."""
    return losses[min(step, len(losses) - 1)] if losses else 0.0
