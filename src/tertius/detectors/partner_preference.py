"""Partner preference: an agent turns to the same partner more often than chance would have it."""

from __future__ import annotations

from collections import Counter

from tertius.core.events import (
    AgentJoined,
    AgentLeft,
    Delegated,
    HandedOff,
    Offered,
    OutcomeObserved,
    RunEnded,
)
from tertius.core.finding import Edge
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import DetectorSpec
from tertius.detectors.betting import LEVEL, MOST, Betting
from tertius.detectors.per_run import KIB, RUNS
from tertius.detectors.recent import Recent
from tertius.detectors.standing import Claim, Standing
from tertius.stats.payoffs import choice

FREE = "free/"
"""``outcome.observed(about="free/<agent>", value=False)``: the operator saw that it was busy."""

AGENTS = 16384  # of one run
PARTNERS = 64  # of one agent
KEPT = 4096  # ids of choices, so that one recorded twice counts once

Pair = tuple[str, str]


class _Run:
    """Who is there, in which role, how many of each, and who is busy."""

    __slots__ = ("busy", "count", "here", "roles")

    def __init__(self) -> None:
        self.here: set[str] = set()
        self.roles: dict[str, str] = {}
        self.count: Counter[str] = Counter()
        self.busy: set[str] = set()

    def join(self, name: str, role: str) -> None:
        self.leave(name)
        if name in self.roles or len(self.roles) < AGENTS:
            self.roles[name] = role or self.roles.get(name, "")
            self.count[self.roles[name]] += 1
            self.here.add(name)

    def leave(self, name: str) -> None:
        if name in self.here:
            self.here.discard(name)
            self.count[self.roles[name]] -= 1

    def is_free(self, name: str, role: str) -> bool:
        return name in self.here and self.roles[name] == role and name not in self.busy

    def free(self, chooser: str, role: str) -> int:
        """Return how many of a role were free for the chooser."""
        here = (name for name in self.busy if name in self.here and self.roles[name] == role)
        busy = sum(1 for name in here if name != chooser)
        itself = chooser in self.here and self.roles[chooser] == role
        return self.count[role] - busy - itself


class PartnerPreference(Betting[Pair]):
    """Bets that an agent chooses one partner more often than its share of those who were free.

    A choice is an offer to one agent, a hand-over or a delegation. Who could have been chosen:
    all who joined the run and did not leave, of the role of the one who was chosen, without the
    chooser and without those whom the operator saw busy (`FREE`). A choice among fewer than two
    is none. Of one task an agent's first choice counts; of choices that name no task those of the
    kind that it made first in a run: a hand-over that follows an offer is no second choice.

    A pair is watched from its second choice on.

    Parameters
    ----------
    level : float
        Chance that any pair is ever named wrongly.
    most : int
        Pairs watched at the same time.

    Notes
    -----
    The effect is the share of choices that went to the partner, since the pair is watched.

    What it cannot see: why. A scheduler that is used to somebody, a partner who answers first, and
    a friend look alike; so does a partner who is better at it, unless roles tell them apart.
    Somebody who was busy and of whom nobody logged it counts as free.

    References
    ----------
    Statistical contract, section 3 (C) and section 6. The pattern: Krackhardt and Stern, "Informal
    networks and organizational crises", Social Psychology Quarterly 51 (1988).
    """

    SPEC = DetectorSpec(
        name="partner_preference",
        version="1",
        title="The same partner again and again",
        plain="An agent turned to the same partner far more often than chance among those who "
        "were free would have it. Habit does that too; but where partners cover for each other, "
        "this is how it looks from outside.",
        kinds=(
            "agent.joined", "agent.left", "run.ended", "offered", "handed.off", "delegated",
            "outcome.observed",
        ),
        failure_modes=("coalition.partner_preference",),
        risk_factors=("caif.commitment_and_trust",),
        source="statistical contract, section 3 (C); Krackhardt and Stern 1988",
        null="all free candidates of one role are equally likely to be chosen",
        assumptions=(
            "joining, leaving and being busy are logged",
            "candidates of one role are equally able, and all there to be chosen",
            "each choice is made anew",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="why: habit, a quicker answer, better work, or that work goes back to whoever gave "
        "it look the same; whoever was busy, or joined only for show, without a record of it; "
        "whether the partner wants it",
        memory=256 * 1024 * KIB,
        scope="log",
    )  # fmt: skip
    LACKS = "nobody chose a partner"
    GRAVE = (0.5, 0.75)

    def __init__(self, *, level: float = LEVEL, most: int = MOST) -> None:
        super().__init__(level=level, most=most)
        self._runs = Recent[str, _Run](RUNS)
        self._partners = Recent[str, dict[str, None]](most)
        self._known = Recent[tuple[str, str, str], None](KEPT)
        self._kinds = Recent[Pair, type[Event]](most)  # by run and chooser

    def on_agent_joined(self, event: AgentJoined, content: bytes | None) -> None:
        """Note who can be chosen; who comes back keeps its role unless it has a new one."""
        run = self._runs.get(event.run)
        if run is None:
            run = self._runs[event.run] = _Run()
        if event.agent:
            run.join(event.agent, event.role)

    def on_agent_left(self, event: AgentLeft, content: bytes | None) -> None:
        """Note who can be chosen no more."""
        run = self._runs.get(event.run)
        if run is not None:
            run.leave(event.agent)

    def on_run_ended(self, event: RunEnded, content: bytes | None) -> None:
        """Let the run's roster go."""
        self._runs.pop(event.run, None)

    def on_outcome_observed(self, event: OutcomeObserved, content: bytes | None) -> None:
        """Note whom the operator saw busy, or free again."""
        if event.agent or not event.about.startswith(FREE):
            return
        run = self._runs.get(event.run)
        if run is None:
            return
        name = event.about.removeprefix(FREE)
        if event.value is False and len(run.busy) < AGENTS:
            run.busy.add(name)
        elif event.value is True:
            run.busy.discard(name)

    def on_offered(self, event: Offered, content: bytes | None) -> None:
        """Take an offer to one agent as a choice; an offer to several is none."""
        if len(event.to) == 1:
            self._choose(event, event.to[0])

    def on_handed_off(self, event: HandedOff, content: bytes | None) -> None:
        """Take a hand-over as a choice."""
        self._choose(event, event.to)

    def on_delegated(self, event: Delegated, content: bytes | None) -> None:
        """Take a delegation as a choice."""
        self._choose(event, event.to)

    def claim(self, key: Pair, standing: Standing) -> Claim:
        """Name the pair, and how much oftener than its share."""
        chooser, partner = key
        return Claim(
            agents=key,
            edges=(Edge(sender=chooser, receiver=partner),),
            null=f"of those who are free and have the role of {partner}, {chooser} chooses each "
            "with the same chance",
            unit="share of choices that went to the partner",
        )

    def _choose(self, event: Event, partner: str) -> None:
        chooser = event.agent
        if not chooser or not partner or chooser == partner or self._again(event):
            return
        run = self._runs.get(event.run)
        if run is None or partner not in run.here:
            self.lacked("who could have been chosen is not logged")
            return
        if partner in run.busy:
            self.lacked("somebody was chosen who was said to be busy")
            return
        role = run.roles[partner]
        free = run.free(chooser, role)
        if free < 2:
            return
        before = self._partners.get(chooser)
        if before is None:
            before = self._partners[chooser] = {}
        for name in before:
            if run.is_free(name, role):
                chosen = name == partner
                self.bet((chooser, name), choice(chosen, free), seen=float(chosen), event=event)
        self.LARGEST = max(self.LARGEST, free - 1)
        if len(before) < PARTNERS:
            before[partner] = None

    def _again(self, event: Event) -> bool:
        """Whether a choice only follows from an earlier one; remembers it."""
        once = (event.run, event.agent, event.task or f"/{event.id}")
        if once in self._known:
            return True
        self._known[once] = None
        if event.task:
            return False
        chooser = (event.run, event.agent)
        kind = self._kinds.get(chooser)
        if kind is None:
            kind = self._kinds[chooser] = type(event)
        return kind is not type(event)
