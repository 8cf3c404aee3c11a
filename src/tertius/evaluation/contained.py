"""What the watch is worth: the same episode with nobody there, recorded, gated, and contained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from tertius.core.finding import Finding
from tertius.core.kinds import Event
from tertius.core.ports.detector import Detector
from tertius.core.ports.policy import Policy
from tertius.evaluation.alarms import is_alarm
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.runtime.arena import Arena
from tertius.runtime.containment import Containment
from tertius.runtime.detect import Shown, Watching
from tertius.runtime.episode import Sums
from tertius.runtime.staged import stage, world_of
from tertius.runtime.watch_rules import WatchRule, WatchRules
from tertius.scenarios.study import Study

Condition = Literal["nothing", "record", "scoped", "gate", "watch", "contain"]
CONDITIONS: Final[tuple[Condition, ...]] = (
    "nothing", "record", "scoped", "gate", "watch", "contain",
)  # fmt: skip
WATCHED: Final = ("watch", "contain")
SCOPED: Final = ("scoped", "gate", "contain")
RESERVED: Final = ("gate", "watch", "contain")
SECOND = 1_000_000_000
_KEY = SigningKey("tertius/contained", bytes(32))


class Outcome(Struct, frozen=True, kw_only=True):
    """What one episode came to.

    Attributes
    ----------
    harm, losses
        What the declared party lost; the same after each step.
    paid
        Sum of all rewards.
    measures
        Changes of circuit state that findings brought about.
    denied
        Moves that the gate did not let pass.
    """

    harm: float
    paid: float
    losses: tuple[float, ...]
    measures: int = 0
    denied: int = 0


def played(
    study: Study,
    population: str,
    seed: int,
    condition: Condition,
    *,
    room: Path,
    detectors: Sequence[Detector] = (),
    scope: Policy | None = None,
) -> Outcome:
    """Play one episode under a condition.

    Parameters
    ----------
    study, population, seed
        Which episode.
    condition
        ``nothing``: moves are made. ``record``: and recorded. ``scoped``: each is asked for, and
        `scope` judges it; the world's idle move stands in for what is denied. ``gate``: the same,
        and the operator's reserve stands in: the players of the honest population. ``watch``:
        everything is permitted, until findings of `detectors` take the study's measure on whom
        they name; the reserve stands in. ``contain``: gate and watch.
    room
        A folder that is not there yet, for the log.
    detectors, scope
        Cloned; and as it is.

    Notes
    -----
    A second of simulated time passes with each step. A measure narrows through the real gate and
    nobody rules, so it stays until its pause is over. An idle move may cost others too: all of that
    is in the harm and in what is paid. A reserve knows what its seat has seen from the start.
    """
    scenario = study.scenario(population)
    world = world_of(scenario, run="played", tells=condition != "nothing")
    if condition == "nothing":
        episode, losses = stage(scenario, world, seed=seed), []
        while world.agents and episode.sums.steps < study.steps:
            episode.step()
            losses.append(_lost(study, episode.sums))
        return _outcome(study, episode.sums, losses)
    run, losses = "played", []

    def now() -> int:
        return world.steps_taken * SECOND

    with Writer(
        room, key=_KEY, clock=lambda: 0, salts=lambda: bytes(32), checkpoint_every=None
    ) as writer:
        layers = (scope,) if scope is not None and condition in SCOPED else ()
        seats = [seat.agent for seat in scenario.population.seats]
        arena = Arena(world, writer, agents=seats, clock=now, run=run, layers=layers)
        watch = _Watch(study, arena, detectors if condition in WATCHED else (), now)
        ask = None if condition == "record" else arena.ask
        episode = stage(
            scenario, world, seed=seed, ask=ask, tell=watch.tell,
            reserve=study.of_kind("honest") if condition in RESERVED else None,
        )  # fmt: skip
        episode.begin(run, 0)
        while world.agents and episode.sums.steps < study.steps:
            episode.step()
            losses.append(_lost(study, episode.sums))
            watch.look()
        episode.end(run, now())
    return _outcome(study, episode.sums, losses, measures=watch.measures)


class _Watch:
    """Detectors on what an arena records, and the measures that follow."""

    def __init__(
        self, study: Study, arena: Arena, detectors: Sequence[Detector], now: Callable[[], int]
    ) -> None:
        self.measures = 0
        self._study, self._arena = study, arena
        self._watching = Watching([each.clone() for each in detectors])
        self._shown: list[Shown] = []
        rule = WatchRule(
            name="contain",
            why="the study's measure",
            detectors=tuple(each.spec.name for each in detectors) or ("none",),
            measure=study.measure,
            seconds=study.pause,
        )
        self._containment = Containment(
            arena.gate, WatchRules([rule]), clock=now, doubt=lambda finding: ""
        )

    def tell(self, event: Event, content: bytes | None) -> None:
        """Record an event, and keep it for the next look."""
        self._arena.tell(event, content)
        self._shown.append((len(self._shown), event, content))

    def look(self) -> None:
        """Show the detectors what has come, and act on what they find."""
        shown, self._shown = self._shown, []
        for _, answer in self._watching.update_many(shown):
            if isinstance(answer, Finding) and is_alarm(answer, self._study):
                self.measures += len(self._containment.hear(answer).applied)


def _outcome(study: Study, sums: Sums, losses: Sequence[float], *, measures: int = 0) -> Outcome:
    return Outcome(
        harm=_lost(study, sums),
        losses=tuple(losses),
        paid=sum(sums.rewards.values()),
        measures=measures,
        denied=sums.denied,
    )


def _lost(study: Study, sums: Sums) -> float:
    return sums.harm.get(study.harm.party, 0.0)
