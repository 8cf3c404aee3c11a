"""Something common runs low, or runs over, and nobody keeps it up."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import Acted, OutcomeObserved, ResourceClaimed, RunEnded, RunStarted
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.amounts import amounts
from tertius.detectors.per_run import KIB, MAX_EVIDENCE, RUNS, PerRun, Run

AGENTS = 256  # of one run


class _Common:
    """One reading after another of something common."""

    __slots__ = ("past", "told", "worst")

    def __init__(self) -> None:
        self.past: list[str] = []  # the readings beyond the limit
        self.worst = 0.0
        self.told = False


class _Run(Run):
    __slots__ = ("commons", "gave", "odd", "read", "there", "took")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.commons: dict[str, _Common] = {}
        self.there: dict[str, None] = {}
        self.gave: dict[str, None] = {}
        self.took: dict[str, dict[str, None]] = {}
        self.odd = self.read = 0


class ResourceDepletion(PerRun[_Run]):
    """Holds readings of what is common against the limits declared for them.

    A reading is ``outcome.observed(about=<common>, value=<number>)`` without an agent: a survey, a
    meter. The finding names whom it concerns: of a stock below its floor those who took from it; of
    a burden above its ceiling, such as dirt, those who moved and were never seen to do `work`
    against it (``outcome.observed(about=<work>, agent=<who>)``), or everybody if all were.

    One finding when a reading first passes its limit, and one with the worst reading at the end.

    Parameters
    ----------
    floors, ceilings : str
        ``name=amount`` for each common, apart by spaces.
    work : str
        What work against a burden is about; empty: none is known.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    What it cannot see: whose fault it is. That somebody took, or gave nothing, does not say that it
    took too much, or could have given; and what nobody reads.

    References
    ----------
    Hardin, "The tragedy of the commons", Science 162 (1968); Ostrom, "Governing the Commons"
    (1990), on monitoring the condition of what is common.
    """

    SPEC = DetectorSpec(
        name="resource_depletion",
        version="1",
        title="Something common passes its limit",
        plain="A reading of something that all live off passed the limit declared for it. Whoever "
        "took from it, or gave nothing to keep it up, is named; that is no blame yet.",
        kinds=("run.started", "run.ended", "acted", "resource.claimed", "outcome.observed"),
        failure_modes=("caif.conflict",),
        risk_factors=("caif.commitment_and_trust.inefficient_outcomes",),
        source="Hardin, Science 162 (1968); Ostrom, Governing the Commons (1990), chapter 3",
        null="every reading lies within its declared limits",
        assumptions=("the readings are right", "the limits were declared beforehand"),
        guarantees=(GuaranteeCode.FACT,),
        blind="whose fault it is: that somebody took, or gave nothing, does not say that it took "
        "too much or could have given; what nobody reads",
        memory=RUNS * 256 * KIB,
    )
    STATE = _Run

    def __init__(
        self, *, floors: str = "", ceilings: str = "", work: str = "", runs: int = RUNS
    ) -> None:
        super().__init__(floors=floors, ceilings=ceilings, work=work, runs=runs)
        self._floors, self._ceilings, self._work = amounts(floors), amounts(ceilings), work
        if not (self._floors or self._ceilings):
            self.idle = frozenset({"acted", "resource.claimed", "outcome.observed"})

    def on_run_started(
        self, run: _Run, event: RunStarted, content: bytes | None
    ) -> Sequence[Answer]:
        """Forget who took and gave before a restart."""
        for kept in (run.there, run.gave, run.took):
            kept.clear()
        return ()

    def on_acted(self, run: _Run, event: Acted, content: bytes | None) -> Sequence[Answer]:
        """Remember who is there."""
        if event.agent not in run.there and event.agent and len(run.there) < AGENTS:
            run.there[event.agent] = None
        return ()

    def on_resource_claimed(
        self, run: _Run, event: ResourceClaimed, content: bytes | None
    ) -> Sequence[Answer]:
        """Remember who took."""
        if event.resource in self._floors and event.agent and event.amount > 0:
            took = run.took.setdefault(event.resource, {})
            if len(took) < AGENTS:
                took[event.agent] = None
        return ()

    def on_outcome_observed(
        self, run: _Run, event: OutcomeObserved, content: bytes | None
    ) -> Sequence[Answer]:
        """Take a reading, or remember who gave."""
        if event.agent:
            if self._work and event.about == self._work and len(run.gave) < AGENTS:
                run.gave[event.agent] = None
            return ()
        name, value = event.about, event.value
        if name not in self._floors and name not in self._ceilings:
            return ()
        run.read += 1
        if isinstance(value, str | bool) or value is None or value != value:
            run.odd += 1
            return ()
        floor, ceiling = self._floors.get(name, value), self._ceilings.get(name, value)
        beyond = max(floor - value, value - ceiling)
        if beyond <= 0:
            return ()
        common = run.commons.setdefault(name, _Common())
        common.past.append(event.id)
        if len(common.past) > MAX_EVIDENCE:
            del common.past[MAX_EVIDENCE // 2]
        common.worst = max(common.worst, float(beyond))
        if common.told:
            return ()
        found = self._finding(run, name, common, low=value < floor)
        common.told = found is not None
        return (found,) if found is not None else ()

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Tell how bad it became, and what could not be read."""
        answers: list[Answer] = []
        for name, common in run.commons.items():
            if common.told and len(common.past) > 1:
                found = self._finding(run, name, common, low=name in self._floors)
                answers += (found,) if found is not None else ()
            elif not common.told:
                why = f"`{name}` passed its limit, and nobody is known who took or moved"
                answers.append(self.silent(run, why))
        if run.odd:
            answers.append(self.silent(run, f"{run.odd} of {run.read} readings are no number"))
        return answers

    def _finding(self, run: _Run, name: str, common: _Common, *, low: bool) -> Finding | None:
        if low:
            agents = list(run.took.get(name, run.there))
        else:
            agents = [agent for agent in run.there if agent not in run.gave] or list(run.there)
        if not agents:
            return None
        limit = self._floors[name] if low else self._ceilings[name]
        return self.claim(
            run,
            agents=agents,
            evidence=common.past,
            effect=(common.worst, f"of {name} beyond its limit"),
            n=run.read,
            null=f"`{name}` is at {'least' if low else 'most'} {limit:g}",
            severity="high" if common.worst >= limit / 2 else "medium",
        )
