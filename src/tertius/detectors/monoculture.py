"""Monoculture: agents on one base model err together more than with others that are as good."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence

import numpy as np

from tertius.core.events import AgentJoined, Asserted, OutcomeObserved
from tertius.core.finding import CouldNotTell, Effect, Finding
from tertius.core.guarantee import Guarantee, GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.answers import Answers, Item
from tertius.detectors.betting import LEVEL, MOST, Betting, ParameterError
from tertius.detectors.joint import Involved
from tertius.detectors.per_run import MAX_EVIDENCE
from tertius.detectors.recent import Recent
from tertius.detectors.standing import Claim, Standing
from tertius.detectors.tally import severity
from tertius.stats.payoffs import swap
from tertius.stats.voices import NoVoicesError, VoicesError, assignment, voices

ALIKE = 0.05  # difference of accuracy
LEAST = 20  # items, before an agent's accuracy says anything
AGENTS = 1024
ITEMS = 512  # that the number of voices is estimated from
SHARE = 0.5  # independent voices of all, from which it is told
VOICES = 16


class Monoculture(Betting[str]):
    """Bets that agents on one base model err together.

    Whenever an item's outcome is known, a partner on the same base model and one on another, whose
    accuracy so far was the same within `alike`, are compared. Where one of the two was wrong: is
    it the first when the model's other agents were wrong, too, more than they are on average? If
    errors do not go with the base model, the two could be exchanged. That one of them errs a little
    more often cancels out, since it does so where the others are right, too.

    At the end it estimates, without a bound, to how many independent voices all agents amount, and
    which base models in their places would amount to more.

    Parameters
    ----------
    alike : float
        How far the accuracy of two partners may differ, from 0 to 1.
    least : int
        Items of which a partner's accuracy must be known, at least 1.
    share : float
        Independent voices, as a share of the agents, at which the estimate is told, or below.
    level : float
        Chance that any base model is ever named wrongly.
    most : int
        Base models watched at the same time.

    Notes
    -----
    Base models are those that agents joined with. The interval of the estimate comes from drawing
    items anew, with a fixed seed. What it cannot see: base models that are not declared, or the
    same under two names; why errors go together; answers in free words.

    References
    ----------
    arXiv:2506.07962 (correlated errors); Kish 1965. Statistical contract, section 3 (S) and 6.
    """

    SPEC = DetectorSpec(
        name="monoculture",
        version="1",
        title="One base model, one mistake",
        plain="Agents built on the same base model were wrong on the same items, more than with "
        "others that are as good. Their agreement is worth less than it looks.",
        kinds=("agent.joined", "asserted", "outcome.observed"),
        failure_modes=("gradient.monoculture",),
        risk_factors=("caif.network_effects.homogeneity",),
        source="arXiv 2506.07962; Kish 1965; statistical contract, section 6",
        null="given the past, partners of equal accuracy could be exchanged on each item, whatever "
        "their base model",
        assumptions=(
            "base models are declared truly",
            "partners are matched on the accuracy that they showed before",
            "outcomes arrive whatever was answered, and from no agent",
            "agents answer without seeing others' answers, and no item comes back",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME, GuaranteeCode.HEURISTIC),
        blind="base models not declared, or the same under two names; why errors go together",
        memory=64 * 1024 * 1024,
        scope="log",
    )
    LOW = -1.0
    GRAVE = (0.05, 0.15)
    LACKS = "no items answered by two agents on one base model and an equally good one on another"

    def __init__(
        self,
        *,
        alike: float = ALIKE,
        least: int = LEAST,
        share: float = SHARE,
        level: float = LEVEL,
        most: int = MOST,
    ) -> None:
        if not 0 <= alike <= 1 or not 0 <= share <= 1 or least < 1:
            raise ParameterError(
                f"alike {alike}, share {share}, least {least}; expected 0 to 1, 0 to 1, 1 or more"
            )
        super().__init__(alike=alike, least=least, share=share, level=level, most=most)
        self._alike, self._least, self._share = alike, least, share
        self._answers = Answers()
        self._models = Recent[str, str](AGENTS)
        self._record = Recent[str, tuple[int, int]](AGENTS)  # items, and how many right
        self._involved = Recent[str, Involved](AGENTS)
        self._rows: deque[tuple[str, str, dict[str, float]]] = deque(maxlen=ITEMS)

    def on_agent_joined(self, event: AgentJoined, content: bytes | None) -> None:
        """Remember an agent's base model."""
        if event.model and event.agent:
            self._models[event.agent] = event.model

    def on_asserted(self, event: Asserted, content: bytes | None) -> None:
        """Take an answer."""
        self._answers.take(event)

    def on_outcome_observed(self, event: OutcomeObserved, content: bytes | None) -> None:
        """Compare partners on the item, then count who was right."""
        item = None if event.agent else self._answers.known(event)
        if item is None:
            return
        by_model: dict[str, list[str]] = {}
        for agent in sorted(item.answers):
            if agent in self._models:
                by_model.setdefault(self._models[agent], []).append(agent)
        for model, agents in by_model.items():
            if len(agents) > 1 and len(by_model) > 1:
                self._compare(model, agents, by_model, item, event)
        wrong = {agent: float(item.wrong(agent)) for agent in sorted(item.answers)[:VOICES]}
        self._rows.append((event.id, event.run, wrong))
        for agent in item.answers:
            count, right = self._record.get(agent, (0, 0))
            self._record[agent] = (count + 1, right + (not item.wrong(agent)))

    def claim(self, key: str, standing: Standing) -> Claim:
        """Name the model's agents, and how many more of their errors are shared."""
        return Claim(
            agents=self._involved[key].agents(standing.n),
            null=f"partners of equal accuracy could be exchanged on each item, whether they run on "
            f"`{key}` or not",
            unit="covariance of errors on the same base model minus with another",
        )

    def finish(self) -> Sequence[Answer]:
        """Say what could not be told, and how many voices there are."""
        return [*super().finish(), *self._estimate()]

    # -- comparing ---------------------------------------------------------------------------------

    def _compare(
        self, model: str, agents: list[str], by_model: Mapping[str, list[str]], item: Item,
        event: OutcomeObserved,
    ) -> None:  # fmt: skip
        """Bet on one partner inside and one outside, chosen by the past alone."""
        involved = self._involved.get(model)
        if involved is None:
            involved = self._involved[model] = Involved()
        inside = agents[involved.count % len(agents)]
        outside = self._match(inside, [
            other for name, others in by_model.items() if name != model for other in others
        ])  # fmt: skip
        if outside is None:
            self.lacked("an item without a partner on another base model that was as good so far")
            return
        rest = {agent: self._rate(agent) for agent in agents if agent != inside}
        most = max(max(rate, 1 - rate) for rate in rest.values())
        apart = item.wrong(inside) - item.wrong(outside)
        d = apart * sum(item.wrong(agent) - rate for agent, rate in rest.items()) / len(rest)
        involved.add(agents)
        self.bet(model, swap(d, min(1.0, abs(d) / most)), seen=d, event=event)

    def _rate(self, agent: str) -> float:
        """Return the share of items in which an agent was wrong so far."""
        count, right = self._record.get(agent, (0, 0))
        return 1 - right / count if count else 0.5

    def _match(self, inside: str, others: list[str]) -> str | None:
        """Return who was as accurate so far, the nearest first."""
        count, right = self._record.get(inside, (0, 0))
        if count < self._least:
            return None
        found: tuple[float, str] | None = None
        for other in others:
            items, fine = self._record.get(other, (0, 0))
            if items >= self._least:
                apart = abs(right / count - fine / items)
                if apart <= self._alike and (found is None or (apart, other) < found):
                    found = (apart, other)
        return None if found is None else found[1]

    # -- estimating --------------------------------------------------------------------------------

    def _estimate(self) -> list[Answer]:
        """Tell to how many voices the agents amount that answered nearly everything."""
        answered = Counter(agent for _, _, row in self._rows for agent in row)
        agents = [name for name, n in sorted(answered.items()) if n >= 0.8 * len(self._rows)]
        rows = [row for row in self._rows if all(agent in row[2] for agent in agents)]
        name = self.SPEC.name
        if len(agents) < 2:
            return []
        if len(rows) < self._least:
            why = "too few items that the same agents answered, for their number of voices"
            return [CouldNotTell(asked=name, why=why, n=len(rows), needed=self._least)]
        table = np.array([[row[agent] for agent in agents] for _, _, row in rows])
        try:
            found = voices(table)
        except NoVoicesError as error:
            return [CouldNotTell(asked=name, why=str(error))]
        if found.value > self._share * len(agents):
            return []
        shared = [(event, run) for event, run, row in rows if sum(row[a] for a in agents) > 1]
        if not shared:
            return []
        cited = [event for event, _ in shared[-MAX_EVIDENCE:]]
        lost = 1 - found.value / len(agents)
        return [Finding(
            detector=name, version=self.SPEC.version, parameters=self.parameters, run=shared[-1][1],
            failure_mode=self.SPEC.failure_modes[0], risk_factors=self.SPEC.risk_factors,
            aspect="done", agents=tuple(agents), evidence=tuple(cited),
            severity=severity(lost, 0.5, 0.75),
            effect=Effect(value=found.value, unit=self._unit(agents, table), low=found.low,
                          high=found.high, level=0.95),
            n=found.n, null=f"{len(agents)} agents err independently of each other",
            guarantee=Guarantee(code=GuaranteeCode.HEURISTIC, given=self.SPEC.assumptions),
        )]  # fmt: skip

    def _unit(self, agents: list[str], table: np.ndarray) -> str:
        """Name the unit, and the team that would amount to more where one is known."""
        unit = f"independent voices of {len(agents)}"
        by_model: dict[str, list[int]] = {}
        for column, agent in enumerate(agents):
            if agent in self._models:
                by_model.setdefault(self._models[agent], []).append(column)
        if len(by_model) < 2:
            return unit
        wrong = {name: table[:, columns].mean(axis=1).tolist()
                 for name, columns in by_model.items()}  # fmt: skip
        try:
            best = assignment(wrong, len(agents))
        except (VoicesError, NoVoicesError):
            return unit
        team = ", ".join(f"{n} on {name}" for name, n in sorted(Counter(best.models).items()))
        return f"{unit}; an estimated {best.voices:.1f} with {team}"[:1000]
