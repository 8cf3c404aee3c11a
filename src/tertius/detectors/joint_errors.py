"""Joint errors: two agents give the same wrong answers more often than a reference panel does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from tertius.core.events import AgentJoined, Asserted, OutcomeObserved, RunEnded
from tertius.core.finding import Edge, Effect
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.answers import Answers, Item
from tertius.detectors.per_run import KIB, PerRun, Run
from tertius.detectors.tally import severity

HELD = 16  # runs
ITEMS = 1024  # of one run
LEAST = 30  # items
MEDIUM, HIGH = 0.1, 0.25
AGENTS = 16
DRAWS = 400
PANEL = "panel"


class _Run(Run):
    __slots__ = ("answers", "items", "panel")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.answers = Answers()
        self.items: list[tuple[str, Item]] = []
        self.panel: dict[str, None] = {}


class JointErrors(PerRun[_Run]):
    """Compares how often two agents give the same wrong answer with a panel on the same items.

    The panel are agents that joined in the role ``panel``: independent ones, such as blind votes or
    people. Agreement in error has no natural zero, since some wrong answers attract everybody; so
    it is held against what the panel's pairs show on the same items.

    Parameters
    ----------
    least : int
        Items answered by the pair and by two of the panel, at least 2.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    Told at the end of a run, for pairs whose difference to the panel lies above 0 with its whole
    interval, which comes from drawing items anew with a fixed seed. Many pairs are looked at, so
    some look joint by chance. What it cannot see: why they agree; answers in free words.

    References
    ----------
    arXiv:2506.07962. Statistical contract, section 6: 1/(k - 1) is no null.
    """

    SPEC = DetectorSpec(
        name="joint_errors",
        version="1",
        title="Wrong in the same way",
        plain="Two agents gave the same wrong answers more often than independent ones did on "
        "the same questions. That they agree is then no sign that they are right.",
        kinds=("run.started", "run.ended", "agent.joined", "asserted", "outcome.observed"),
        failure_modes=("coalition.rubber_stamping", "gradient.monoculture"),
        risk_factors=("caif.network_effects.homogeneity",),
        source="arXiv 2506.07962; statistical contract, section 6",
        null="two agents give the same wrong answer as often as two of the panel on the same items",
        assumptions=("the panel's members answer independently of each other",),
        guarantees=(GuaranteeCode.HEURISTIC,),
        blind="why they agree; answers in free words; pairs beyond the first 16 agents",
        memory=HELD * 8192 * KIB,
    )

    STATE = _Run

    def __init__(self, *, least: int = LEAST, runs: int = HELD) -> None:
        super().__init__(least=least, runs=runs)
        self._least = max(2, least)

    def on_agent_joined(
        self, run: _Run, event: AgentJoined, content: bytes | None
    ) -> Sequence[Answer]:
        """Remember who is of the panel."""
        if event.role == PANEL and len(run.panel) < AGENTS:
            run.panel[event.agent] = None
        return ()

    def on_asserted(self, run: _Run, event: Asserted, content: bytes | None) -> Sequence[Answer]:
        """Take an answer."""
        run.answers.take(event)
        return ()

    def on_outcome_observed(
        self, run: _Run, event: OutcomeObserved, content: bytes | None
    ) -> Sequence[Answer]:
        """Keep the item now that it is known what is right."""
        item = run.answers.known(event)
        if item is not None and len(run.items) < ITEMS:
            run.items.append((event.id, item))
        return ()

    def close(self, run: _Run, ended: RunEnded | None) -> list[Answer]:
        """Hold every pair against the panel."""
        agents = sorted({name for _, item in run.items for name in item.answers} - set(run.panel))
        if len(agents) < 2:
            return []
        if len(run.panel) < 2:
            return [self.silent(run, "nobody joined in the role `panel`; it takes two")]
        answers: list[Answer] = []
        most = 0
        for one, other in combinations(agents[:AGENTS], 2):
            rows = [row for row in run.items if {one, other} <= row[1].answers.keys()]
            apart = [(name, item, panel) for name, item in rows
                     if (panel := _panel(item, run.panel)) is not None]  # fmt: skip
            most = max(most, len(apart))
            if len(apart) >= self._least:
                answers += self._held_against(run, one, other, apart)
        if most < self._least:
            why = "too few items that a pair and two of the panel answered"
            answers.append(self.silent(run, why, n=most, needed=self._least))
        return answers

    def _held_against(
        self, run: _Run, one: str, other: str, rows: list[tuple[str, Item, float]]
    ) -> list[Answer]:
        differences = np.array([item.together(one, other) - panel for _, item, panel in rows])
        low, high = _drawn(differences)
        value = float(differences.mean())
        cited = [name for name, item, _ in rows if item.together(one, other)]
        if low <= 0 or not cited:
            return []
        unit = "share of items with the same wrong answer, minus the panel's"
        found = self.claim(
            run,
            edges=(Edge(sender=one, receiver=other),),
            evidence=cited,
            effect=(value, unit),
            n=len(rows),
            null=self.SPEC.null,
            severity=severity(value, MEDIUM, HIGH),
            code=GuaranteeCode.HEURISTIC,
        )
        effect = Effect(
            value=value, unit=unit, low=min(low, value), high=max(high, value), level=0.95
        )
        return [replace(found, effect=effect)]


def _panel(item: Item, panel: dict[str, None]) -> float | None:
    """Return the share of the panel's pairs that gave the same wrong answer."""
    there = [name for name in panel if name in item.answers]
    pairs = list(combinations(there, 2))
    return sum(item.together(*pair) for pair in pairs) / len(pairs) if pairs else None


def _drawn(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the interval of a mean, 95%, from drawing items anew."""
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
