"""Starvation: an agent waits for a resource while it is given away again and again."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import OutcomeObserved, ResourceClaimed, RunEnded, RunStarted
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, MAX_EVIDENCE, RUNS, PerRun
from tertius.detectors.tally import severity
from tertius.detectors.waits import Wait, Waits

SECOND = 1_000_000_000


class Starvation(PerRun[Waits]):
    """Counts how often others are given what an agent waits for.

    A wait begins when the resource's keeper says so (see `waits`), and ends when the agent gets
    some of it. It is beyond its bound when others were given the resource more than `passes` times
    meanwhile, or after `seconds`.

    One finding for each wait, when it goes beyond its bound.

    Parameters
    ----------
    passes : int
        Claims by others that one wait may bear, at least 1.
    seconds : float
        That it may last where times are known; 0: however long.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    What it cannot see: waits that nobody told of; an agent that gave up; whether the others had a
    better right. Partial grants end a wait.

    References
    ----------
    Dijkstra, "Hierarchical ordering of sequential processes", Acta Informatica 1 (1971): individual
    starvation; bounded bypass in Raynal, "Concurrent Programming" (2013), chapter 2.
    """

    SPEC = DetectorSpec(
        name="starvation",
        version="1",
        title="Some never get their turn",
        plain="An agent waited for a shared resource beyond the declared bound, while others were "
        "given it. Its work stands still meanwhile.",
        kinds=("run.started", "run.ended", "resource.claimed", "outcome.observed"),
        failure_modes=("caif.conflict", "ms.allocation_harm"),
        risk_factors=("caif.commitment_and_trust.inefficient_outcomes",),
        source="Raynal, Concurrent Programming (2013), chapter 2: bounded bypass",
        null="nobody waits longer than the declared bound",
        assumptions=("the keeper tells of every wait", "every claim is logged"),
        guarantees=(GuaranteeCode.FACT,),
        blind="waits that nobody told of; an agent that gave up; whether the others had a better "
        "right",
        memory=RUNS * 2048 * KIB,
    )
    STATE = Waits

    def __init__(self, *, passes: int = 20, seconds: float = 0.0, runs: int = RUNS) -> None:
        super().__init__(passes=passes, seconds=seconds, runs=runs)
        self._passes, self._seconds = passes, seconds

    def on_run_started(
        self, run: Waits, event: RunStarted, content: bytes | None
    ) -> Sequence[Answer]:
        """Forget waits from before a restart."""
        run.restart()
        return ()

    def on_outcome_observed(
        self, run: Waits, event: OutcomeObserved, content: bytes | None
    ) -> Sequence[Answer]:
        """Begin or end a wait; a repeated one may be over its time."""
        run.wait(event)
        return self._late(run, event.time, event.id) if self._seconds else ()

    def on_resource_claimed(
        self, run: Waits, event: ResourceClaimed, content: bytes | None
    ) -> Sequence[Answer]:
        """Count the claim against all who wait for it."""
        run.waiting.pop((event.agent, event.resource), None)
        answers: list[Answer] = []
        if event.agent and event.amount > 0:
            for (agent, resource), wait in run.waiting.items():
                if resource == event.resource:
                    wait.passed += 1
                    if len(wait.claims) < MAX_EVIDENCE - 2:
                        wait.claims.append(event.id)
                    if wait.passed > self._passes and not wait.told:
                        answers.append(self._finding(run, agent, resource, wait, event.id))
        if self._seconds:
            answers += self._late(run, event.time, event.id)
        return answers

    def close(self, run: Waits, ended: RunEnded | None) -> Sequence[Answer]:
        """Say which waits could not be followed."""
        if run.lost:
            return (self.silent(run, f"{run.lost} waits were too many to follow"),)
        return ()

    def _late(self, run: Waits, now: int, event: str) -> list[Answer]:
        bound = self._seconds * SECOND
        return [
            self._finding(run, agent, resource, wait, event)
            for (agent, resource), wait in run.waiting.items()
            if wait.time and not wait.told and now - wait.time > bound
        ]

    def _finding(self, run: Waits, agent: str, resource: str, wait: Wait, event: str) -> Finding:
        wait.told = True
        bound = f"{self._passes} claims by others"
        if self._seconds:
            bound += f" or {self._seconds:g} seconds"
        return self.claim(
            run,
            agents=(agent,),
            evidence=(wait.event, *wait.claims, event),
            effect=(wait.passed, f"claims of {resource} by others meanwhile"),
            n=max(1, wait.passed),
            null=f"nobody waits for `{resource}` longer than {bound}",
            severity=severity(wait.passed, 4 * self._passes, 16 * self._passes),
        )
