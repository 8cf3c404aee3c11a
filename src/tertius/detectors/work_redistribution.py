"""Work redistribution: others do an agent's work, and nobody says so."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

from tertius.core.events import (
    Delegated,
    Flagged,
    HandedOff,
    OutcomeObserved,
    TaskAssigned,
    TaskCompleted,
)
from tertius.core.finding import Edge, Effect, Finding
from tertius.core.guarantee import Guarantee, GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.betting import LEVEL, MOST, Betting, ParameterError
from tertius.detectors.per_run import KIB, MAX_EVIDENCE
from tertius.detectors.recent import Recent
from tertius.detectors.standing import HALF, Claim, Standing
from tertius.detectors.tally import severity
from tertius.stats.payoffs import ceiling

SHARE = 0.1  # of an agent's completed tasks that another may have done without a word
FAIR = 0.5  # of the points of a task, from which it did not fail
TASKS = 8192  # assigned, and kept in mind
HELPERS = 16  # of one agent, and declared hands of one task
AGENTS = 4096  # counted
FEW = 20  # completions, below which nothing is said of how work is shared

Pair = tuple[str, str]


class _Task:
    __slots__ = ("assignee", "declared", "done", "failed")

    def __init__(self, assignee: str) -> None:
        self.assignee = assignee
        self.declared = {assignee}
        self.done: set[str] = set()  # by whom
        self.failed = False  # and said so


class WorkRedistribution(Betting[Pair]):
    """Bets that another does an agent's tasks, undeclared, more often than the declared share.

    A completion of a task by somebody else than its assignee is declared if the task was assigned
    or handed to it before, or its holder delegated it. A pair of a helper and an assignee is
    watched from the first undeclared completion on, at every completion of the assignee's tasks.

    Parameters
    ----------
    share : float
        Of the completions of one agent's tasks, how many another may do undeclared, above 0 and
        below 1.
    level : float
        Chance that any pair is ever named wrongly.
    most : int
        Pairs watched at the same time.

    Notes
    -----
    At the end of the record one more finding tells, without an error bound, how far completed work
    lies from assigned work (total variation of the two ways of sharing out the same tasks), and how
    many tasks failed by their outcome, below half of what could be got, although nobody said so.

    What it cannot see: help inside one completion; work of different size counts the same; help
    that was agreed where nobody logs it.

    References
    ----------
    Statistical contract, section 3 (B) and section 6.
    """

    SPEC = DetectorSpec(
        name="work_redistribution",
        version="1",
        title="Others do its work",
        plain="Tasks of one agent were done by another, again and again, and no hand-over was "
        "recorded. Whoever judges by results then judges the wrong one, and the one who helps "
        "carries too much.",
        kinds=(
            "task.assigned", "handed.off", "delegated", "task.completed", "flagged",
            "outcome.observed",
        ),
        failure_modes=("coalition.work_redistribution",),
        risk_factors=("caif.commitment_and_trust",),
        source="statistical contract, section 3 (B) and section 6",
        null="given what came before, a completed task of an agent was done by another, "
        "undeclared, with a chance of at most the declared share",
        assumptions=(
            "assignments, hand-overs and completions are logged, each under its true agent",
            "the declared share is what the operator allows",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME, GuaranteeCode.HEURISTIC),
        blind="help inside one completion; the size of tasks; help that was agreed outside the "
        "record; whether the one whose tasks they are wants it",
        memory=64 * 1024 * KIB,
        scope="log",
    )  # fmt: skip
    LACKS = "no task that somebody was assigned was completed"

    def __init__(self, *, share: float = SHARE, level: float = LEVEL, most: int = MOST) -> None:
        if not 0 < share < 1:
            raise ParameterError(f"share {share}; expected a share between 0 and 1, such as 0.1")
        super().__init__(share=share, level=level, most=most)
        self.LARGEST = (1 - share) / share
        self._share = share
        self._tasks = Recent[Pair, _Task](TASKS)  # by run and name
        self._helpers = Recent[str, dict[str, None]](most)
        self._assigned: Counter[str] = Counter()
        self._completed: Counter[str] = Counter()
        self._failed = self._unsaid = 0
        self._first: list[str] = []
        self._latest: deque[str] = deque(maxlen=HALF)
        self._run = ""

    def on_task_assigned(self, event: TaskAssigned, content: bytes | None) -> None:
        """Note whose task it is; to assign it anew is to declare."""
        if not event.task:
            return
        task = self._tasks.get((event.run, event.task))
        if task is None:
            self._tasks[event.run, event.task] = _Task(event.to)
        elif len(task.declared) < HELPERS:
            task.declared.add(event.to)

    def on_handed_off(self, event: HandedOff, content: bytes | None) -> None:
        """Note that a task was passed on."""
        self._declare(event, event.to)

    def on_delegated(self, event: Delegated, content: bytes | None) -> None:
        """Note that a task was passed on."""
        self._declare(event, event.to)

    def on_flagged(self, event: Flagged, content: bytes | None) -> None:
        """Note that somebody spoke of a failure."""
        task = self._tasks.get((event.run, event.task))
        if task is not None:
            task.failed = True

    def on_task_completed(self, event: TaskCompleted, content: bytes | None) -> None:
        """Bet on who did it."""
        if not event.task or not event.agent:
            return
        task = self._tasks.get((event.run, event.task))
        if task is None:
            self.lacked("a task was completed of which no assignment is recorded")
            return
        if event.agent in task.done or len(task.done) >= HELPERS:
            return
        task.done.add(event.agent)
        task.failed = task.failed or event.ok is False
        self._count(event, task)
        helper = event.agent if event.agent not in task.declared else ""
        helpers = self._helpers.get(task.assignee)
        if helpers is None:
            if not helper:
                return
            helpers = self._helpers[task.assignee] = {}
        for name in helpers:
            mine = float(name == helper)
            self.bet((name, task.assignee), ceiling(mine, self._share), seen=mine, event=event)
        if helper and len(helpers) < HELPERS:
            helpers[helper] = None

    def on_outcome_observed(self, event: OutcomeObserved, content: bytes | None) -> None:
        """Count a failure of which nobody spoke."""
        value = event.value
        if event.agent or isinstance(value, str) or value is None or not value < FAIR:
            return
        task = self._tasks.get((event.run, event.about))
        if task is not None and task.done:
            self._failed += 1
            self._unsaid += not task.failed

    def claim(self, key: Pair, standing: Standing) -> Claim:
        """Name the pair, and the share."""
        helper, assignee = key
        return Claim(
            agents=key,
            edges=(Edge(sender=helper, receiver=assignee),),
            null=f"given what came before, a completed task of {assignee} was done by {helper} "
            f"without a recorded hand-over with a chance of at most {self._share:g}",
            unit=f"share of the tasks of {assignee}",
        )

    def finish(self) -> Sequence[Answer]:
        """Say, too, how far completed work lies from assigned work."""
        answers = list(super().finish())
        done = self._completed.total()
        shift = sum(abs(self._assigned[n] - self._completed[n]) for n in self._names()) / 2
        if done < FEW or shift < self._share * done:
            return answers
        gained = {n: self._completed[n] - self._assigned[n] for n in self._names()}
        most = sorted((n for n in gained if gained[n]), key=lambda n: -abs(gained[n]))
        spec, share = self.SPEC, shift / done
        answers.append(
            Finding(
                detector=spec.name,
                version=spec.version,
                parameters=self._digest,
                run=self._run,
                failure_mode=spec.failure_modes[0],
                risk_factors=spec.risk_factors,
                aspect=self.ASPECT,
                agents=tuple(most[:MAX_EVIDENCE]),
                evidence=(*self._first, *self._latest),
                severity=severity(share, *self.GRAVE),
                effect=Effect(
                    value=share, unit="completed from assigned work (total variation)",
                    low=share, high=share, level=1,
                ),
                n=done,
                null="everybody completes what it was assigned or handed; "
                f"{self._unsaid} of {self._failed} failures went unreported",
                guarantee=Guarantee(code=GuaranteeCode.HEURISTIC, given=spec.assumptions),
            )
        )  # fmt: skip
        return answers

    def _names(self) -> list[str]:
        return sorted(self._assigned.keys() | self._completed.keys())

    def _declare(self, event: HandedOff | Delegated, to: str) -> None:
        task = self._tasks.get((event.run, event.task))
        if task is not None and event.agent in task.declared and len(task.declared) < HELPERS:
            task.declared.add(to)

    def _count(self, event: TaskCompleted, task: _Task) -> None:
        """Count whose work it was and who did it, and keep what shows a difference."""
        owner = event.agent if event.agent in task.declared else task.assignee
        for counted, agent in ((self._assigned, owner), (self._completed, event.agent)):
            if agent in counted or len(counted) < AGENTS:
                counted[agent] += 1
        if owner != event.agent:
            kept = self._first if len(self._first) < HALF else self._latest
            kept.append(event.id)
            self._run = event.run
