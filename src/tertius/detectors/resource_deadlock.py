"""Deadlock: agents that wait for each other, so that none of them can ever go on."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import (
    OutcomeObserved,
    ResourceClaimed,
    ResourceReleased,
    RunEnded,
    RunStarted,
)
from tertius.core.finding import Edge
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, RUNS, PerRun
from tertius.detectors.waits import Waits


class _Run(Waits):
    __slots__ = ("told",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.told: set[frozenset[str]] = set()


class ResourceDeadlock(PerRun[_Run]):
    """Looks for agents whose waits can never end, each time somebody begins to wait or claims.

    An agent is stuck if it waits for a resource (see `waits`) of which others hold all there is,
    and every one of them is stuck as well: then nobody is left to give anything back. All agents
    that wait and are not stuck by this rule could still go on, one after the other.

    One finding for each set of agents, when the event arrives that closes the ring.

    Parameters
    ----------
    runs : int
        Runs watched at the same time.

    Notes
    -----
    A resource of several units counts as given out as long as anybody waits for it: its keeper
    would not let an agent wait otherwise. About 1 µs for each agent that waits, at each wait.

    What it cannot see: agents that wait for messages; a keeper that breaks the ring by itself, or
    takes back what it gave; waits that nobody told of.

    References
    ----------
    Coffman, Elphick and Shoshani, "System deadlocks", Computing Surveys 3 (1971); Holt, "Some
    deadlock properties of computer systems", Computing Surveys 4 (1972): graph reduction.
    """

    SPEC = DetectorSpec(
        name="resource_deadlock",
        version="1",
        title="Everybody waits for everybody",
        plain="Agents wait for resources that others of them hold and will not give back before "
        "they are served themselves. None of them can go on without help from outside.",
        kinds=(
            "run.started", "run.ended", "resource.claimed", "resource.released",
            "outcome.observed",
        ),
        failure_modes=("caif.miscoordination",),
        risk_factors=("caif.destabilising_dynamics",),
        source="Coffman et al., Computing Surveys 3 (1971); Holt, the same 4 (1972)",
        null="whoever waits can be served once those who can go on have done so",
        assumptions=(
            "every claim, release and wait is logged",
            "who waits gives nothing back until it is served",
        ),
        guarantees=(GuaranteeCode.FACT,),
        blind="agents that wait for messages; a keeper that breaks the ring by itself; waits that "
        "nobody told of",
        memory=RUNS * 1024 * KIB,
    )  # fmt: skip
    STATE = _Run

    def __init__(self, *, runs: int = RUNS) -> None:
        super().__init__(runs=runs)

    def on_run_started(
        self, run: _Run, event: RunStarted, content: bytes | None
    ) -> Sequence[Answer]:
        """Forget what was held before a restart."""
        run.restart()
        run.told.clear()
        return ()

    def on_outcome_observed(
        self, run: _Run, event: OutcomeObserved, content: bytes | None
    ) -> Sequence[Answer]:
        """Begin or end a wait."""
        found = run.wait(event)
        return self._look(run, event.id) if found is not None and found[1].blocked else ()

    def on_resource_claimed(
        self, run: _Run, event: ResourceClaimed, content: bytes | None
    ) -> Sequence[Answer]:
        """Give out; an agent that waits for something may take something else meanwhile."""
        if not event.agent:
            return ()
        run.claim(event)
        return self._look(run, event.id) if run.waiting else ()

    def on_resource_released(
        self, run: _Run, event: ResourceReleased, content: bytes | None
    ) -> Sequence[Answer]:
        """Take back; who was stuck may go on, and be stuck again later."""
        run.release(event)
        run.told.clear()
        return ()

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Say which waits could not be followed."""
        if run.lost:
            return (self.silent(run, f"{run.lost} waits or holdings were too many to follow"),)
        return ()

    def _look(self, run: _Run, event: str) -> Sequence[Answer]:
        stuck = _stuck(run)
        if not stuck:
            return ()
        agents = frozenset(agent for agent, _ in stuck)
        if agents in run.told:
            return ()
        run.told.add(agents)
        cited: dict[str, int] = {}
        edges: dict[tuple[str, str, str], None] = {}
        for agent, resource in sorted(stuck, key=lambda key: run.waiting[key].place):
            wait = run.waiting[agent, resource]
            cited[wait.event] = wait.place
            for holder, holding in run.held[resource].items():
                if holder != agent:
                    edges[agent, holder, resource] = None
                    cited[holding.event] = holding.place
        return (
            self.claim(
                run,
                agents=sorted(agents),
                edges=[
                    Edge(sender=agent, receiver=holder, channel=resource, via="environment")
                    for agent, holder, resource in edges
                ],
                evidence=[*sorted((e for e in cited if e != event), key=cited.__getitem__), event],
                effect=(len(agents), "agents that can never go on"),
                n=len(run.waiting),
                null="whoever waits can be served once those who can go on have done so",
                severity="high",
            ),
        )


def _stuck(run: _Run) -> set[tuple[str, str]]:
    """Return the waits that can never end: the largest set that holds all it waits for."""
    stuck = {key for key, wait in run.waiting.items() if wait.blocked}
    while stuck:
        agents = {agent for agent, _ in stuck}
        free = {
            (agent, resource)
            for agent, resource in stuck
            if not (holders := run.held.get(resource, {}).keys() - {agent}) or not holders <= agents
        }
        if not free:
            return stuck
        stuck -= free
    return stuck
