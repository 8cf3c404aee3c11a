"""Detectors that bet, against adversaries on the edge of their nulls: few alarms, no profit.

The same test rejects detectors that are made wrong on purpose: they stand at the end.
"""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Struct
from tests.detectors.adversary import Adversary, Play, alarms, excess, most, played

from tertius.core import events as e
from tertius.core.events import TaskCompleted, Verified
from tertius.detectors.avoidance import Avoidance
from tertius.detectors.ballot_agreement import BallotAgreement
from tertius.detectors.cascade import Cascade
from tertius.detectors.coalition import Coalition
from tertius.detectors.collusion_in_action import CollusionInAction
from tertius.detectors.contagion import Contagion
from tertius.detectors.convergence import Convergence
from tertius.detectors.cooperation_floor import CooperationFloor
from tertius.detectors.covert_channel import CovertChannel
from tertius.detectors.disinformation import Disinformation
from tertius.detectors.escalation_reluctance import EscalationReluctance
from tertius.detectors.herding import Herding
from tertius.detectors.inflated_ratings import InflatedRatings
from tertius.detectors.monoculture import Monoculture
from tertius.detectors.mutual_acceptance import MutualAcceptance
from tertius.detectors.observation_effect import ObservationEffect
from tertius.detectors.outcome_divergence import OutcomeDivergence
from tertius.detectors.partner_preference import PartnerPreference
from tertius.detectors.price_coordination import PriceCoordination
from tertius.detectors.recent import Recent
from tertius.detectors.resource_hoarding import ResourceHoarding
from tertius.detectors.responsibility_diffusion import ResponsibilityDiffusion
from tertius.detectors.table import TABLE, bets
from tertius.detectors.unverified_agreement import UnverifiedAgreement
from tertius.detectors.work_redistribution import WorkRedistribution
from tertius.stats.payoffs import ceiling

STREAMS = 160
FEW = 60  # of a detector that is wrong
TEAM = ("ann", "bob", "cy", "dee", "eve")
Make = Callable[[], Any]


class Edge(Struct, frozen=True):
    """An adversary on the edge of a detector's null.

    Attributes
    ----------
    make, play
        The detector, and who plays against it.
    keys
        The most that it can bring up.
    only
        The one whose null holds, where that of another does not.
    """

    make: Make
    play: Play
    keys: int
    only: Any = None


# ---- pairs of agents -----------------------------------------------------------------------------


def _rate(it: Adversary, number: int, rater: str, ratee: str, above: float) -> None:
    """Rate work whose score is known before, or only later."""
    item, worth = f"{number}/{rater}/{ratee}", 0.5 + 0.02 * it.draw.random()
    late = it.happens(0.5)
    if not late:
        it.add(e.OutcomeObserved, about=item, value=worth)
    it.add(e.Rated, rater, ratee=ratee, item=item, score=min(1.0, max(0.0, worth + above)))
    if late:
        it.add(e.OutcomeObserved, about=item, value=worth)


def equal_work(it: Adversary) -> None:
    """Rare large differences, a mood that drifts, and a ratee who comes late."""
    mood = 0.0
    for number in range(30):
        mood = 0.9 * mood + it.draw.gauss(0, 0.03)
        ratees = ["bob", "cy"] if number < 15 else ["bob", "cy", "dee"]
        it.draw.shuffle(ratees)
        for ratee in ratees:
            _rate(it, number, "ann", ratee, mood + it.draw.choice((-0.4, -0.01, 0.01, 0.4)))


def mild_ratings(it: Adversary) -> None:
    """On average as far above as is tolerated, in all or nothing; whoever is ahead goes on."""
    for number in range(60):
        ahead = max(TEAM[1:], key=lambda name: it.value(("ann", name)))
        ratee = ahead if it.happens(0.5) else it.draw.choice(TEAM[1:])
        _rate(it, number, "ann", ratee, 0.4 if it.happens(0.25) else -0.3)


def equal_partners(it: Adversary) -> None:
    """All who are free are as likely; an offer is followed up; who is busy is said, or not."""
    for name in TEAM[:-1]:
        it.add(e.AgentJoined, name)
    free, there = set(TEAM[1:-1]), list(TEAM[1:-1])
    for number in range(60):
        if number == 20:
            it.add(e.AgentJoined, "eve")
            free.add("eve")
            there.append("eve")
        name = it.draw.choice(there)
        if name in free and len(free) > 2:
            free.discard(name)
            it.add(e.OutcomeObserved, about=f"free/{name}", value=False)
        elif name not in free:
            free.add(name)
            if it.happens(0.5):
                it.add(e.OutcomeObserved, about=f"free/{name}", value=True)
        to, task = it.draw.choice(sorted(free)), f"t{number}" if it.happens(0.5) else ""
        it.add(e.Offered, "ann", to=(to,), task=task)
        for _ in range(3):
            it.add(e.HandedOff, "ann", to=to, task=task)


def helped(it: Adversary) -> None:
    """Each of two helpers does as much as may be; whose turn it is depends on who is ahead."""
    for number in range(50):
        owner = max(("bob", "cy"), key=lambda name: it.value(("ann", name)))
        it.add(e.TaskAssigned, "boss", to=owner, task=f"t{number}")
        by = it.draw.choices(("ann", "dee", owner), (0.1, 0.1, 0.8))[0]
        it.add(e.TaskCompleted, by, task=f"t{number}")


def lots(it: Adversary) -> None:
    """Ballots by lot, of which some come once more when the round is over."""
    for number in range(5):
        task = f"round-{number}"
        said = {who: it.draw.choice([one for one in TEAM if one != who]) for who in TEAM}
        for _ in range(2):
            for who, whom in said.items():
                it.add(e.Asserted, who, act="vote", about=whom, task=task)
            it.add(e.Asserted, "eve", act="vote", about="ann", task=f"aside-{number}")
        it.add(e.OutcomeObserved, about=task, value=True)


def same_seeds(it: Adversary) -> None:
    """A run and its twin are alike, and each seed is played again and again."""
    team = TEAM[:3]
    for seed in range(6):
        paid = {arm: [it.draw.gauss(0, 1) ** 3 for _ in team] for arm in ("on", "off")}
        for time in range(6):
            for arm, amounts in paid.items():
                run = f"{seed}-{time}-{arm}"
                it.add(e.RunStarted, run=run, seed=seed)
                it.add(e.OutcomeObserved, about="arm/twin", value=arm, run=run)
                for name in team:
                    it.add(e.AgentJoined, name, run=run)
                for name, amount in zip(team, amounts, strict=True):
                    it.add(e.Paid, name, step=0, amount=amount, run=run)
                it.add(e.RunEnded, run=run)


def framed(it: Adversary) -> None:
    """Bob reads nothing; Ann as much as she must, and whatever she accepts comes twice."""
    for number in range(50):
        for author, reader, unread in (("bob", "ann", 0.2), ("ann", "bob", 1.0)):
            done = it.add(e.TaskCompleted, author, task=f"{number}/{author}")
            if not it.happens(unread):
                it.add(e.MemoryRead, reader, store="s", causes=[done])
            for _ in range(2):
                it.add(e.Accepted, reader, subject=done)


# ---- agents --------------------------------------------------------------------------------------


def unread(it: Adversary) -> None:
    """The share that may go unread does; each acceptance is recorded three times."""
    for number in range(50):
        reader = max(("ann", "cy"), key=it.value) if number > 5 else "ann"
        done = it.add(e.TaskCompleted, "bob", task=f"t{number}")
        if not it.happens(0.2):
            it.add(e.MemoryRead, reader, store="s", causes=[done])
        for _ in range(3):
            it.add(e.Accepted, reader, subject=done)


def just_enough(it: Adversary) -> None:
    """Each of three does what it should half the time; others try to close its cases early."""
    for number in range(30):
        agent, item = it.draw.choice(("ann", "bob", "cy")), f"c{number}"
        it.add(e.OutcomeObserved, about=f"case/{item}", value="must-escalate")
        it.add(e.TaskAssigned, "boss", to=agent, task=item)
        it.add(e.OutcomeObserved, "dee", about=item, value=False)
        if it.happens(0.5):
            it.add(e.Flagged, agent, subject=item, task=item)
        it.add(e.TaskCompleted, agent, task=item)
        it.add(e.OutcomeObserved, about=item, value=True)


def within_slack(it: Adversary) -> None:
    """Outcomes lie as far off as may be, on the side where it hurts; one outcome for two."""
    for number in range(30):
        p = it.draw.choice((0.1, 0.5, 0.9))
        for agent in ("ann", "bob") if number > 10 else ("ann",):
            it.add(e.Asserted, agent, about=f"c{number}", value=p)
        it.add(e.OutcomeObserved, "bob", about=f"c{number}", value=p < 0.5)  # no word of his counts
        y = it.happens(p - 0.1 if it.value(("bob", "")) < 1 else p + 0.1)
        it.add(e.OutcomeObserved, about=f"c{number}", value=y)


def refuted(it: Adversary) -> None:
    """As many claims are refuted as may be, each of them again and again."""
    for number in range(60):
        agent = max(("ann", "bob"), key=it.value) if number > 10 else "ann"
        claim = it.add(e.Claimed, agent, about="x", value=1)
        result = "contradicted" if it.happens(0.1) else "confirmed"
        for _ in range(3):
            it.add(e.Verified, "cy", subject=claim, result="unclear")
            it.add(e.Verified, "cy", subject=claim, result=result)


def left_together(it: Adversary) -> None:
    """All parts of a whole are left, or none."""
    for number in range(40):
        left = it.happens(0.05)
        for part in range(6):
            it.add(e.TaskAssigned, "ann", to="bob", task=f"job-{number}/{part}")
            if not left:
                it.add(e.TaskCompleted, "bob", task=f"job-{number}/{part}")
        it.add(e.TaskCompleted, "ann", task=f"job-{number}")


def watched_or_not(it: Adversary) -> None:
    """One coin for all agents of a run; scores that fall over time, each in its own way."""
    for number in range(30):
        for turn in range(2):
            run = f"{number}-{turn}"
            arm = "on" if it.happens(0.5) else "off"
            it.add(e.OutcomeObserved, about="arm/watched", value=arm, run=run)
            for agent, slope in (("ann", 0.3), ("bob", -0.3), ("cy", 0.0)):
                score = 0.5 + slope * turn + 0.2 * it.draw.random()
                for _ in range(2):
                    it.add(e.OutcomeObserved, agent, about="violation", value=score, task="t",
                           run=run)  # fmt: skip


def fickle(it: Adversary) -> None:
    """Agents go over to the majority whether they see it or not, more and more often."""
    for number in range(60):
        task, arm = f"i{number}", "on" if it.happens(0.5) else "off"
        for who, vote in (("ann", "no"), ("bob", "yes"), ("cy", "yes"), ("dee", "yes")):
            it.add(e.Asserted, who, act="vote", about=task, task=task, value=vote)
        it.add(e.OutcomeObserved, about="arm/votes-shown", value=arm, task=task)
        for _ in range(2):
            vote = "yes" if it.happens(number / 60) else "no"
            it.add(e.Asserted, "ann", act="vote", about=task, task=task, value=vote)


def idle_half(it: Adversary) -> None:
    """All lies idle, or none: then more is used than was claimed."""
    for agent in ("ann", "bob"):
        it.add(e.ResourceClaimed, agent, resource="gpu", amount=10)
    for _ in range(60):
        agent = max(("ann", "bob"), key=lambda name: it.value((name, "gpu")))
        it.add(e.OutcomeObserved, agent, about="use/gpu", value=0 if it.happens(0.5) else 12)


def does_half(it: Adversary) -> None:
    """Each does its part half the time; the meter tells before the move is logged."""
    for step in range(60):
        for agent in ("ann", "bob"):
            if it.happens(0.5):
                it.add(e.OutcomeObserved, agent, about="river", value=1)
            it.add(e.Acted, agent, step=step, action="stay")


# ---- places, prices, models, contents ------------------------------------------------------------


def full_roads(it: Adversary) -> None:
    """Two roads, full as often as may be, both or neither; a third is known only by the star."""
    for step in range(40):
        full = it.happens(0.1)
        for agent in TEAM[:3]:
            for road in ("north", "south"):
                it.add(e.ResourceClaimed, agent, resource=road, amount=1 if full else 0.5)
            if step > 10:
                it.add(e.ResourceClaimed, agent, resource="star", amount=1 if full else 0.5)
        it.add(e.Acted, "ann", step=step, action="wait")


def fair_slots(it: Adversary) -> None:
    """Three agents draw one of five slots each."""
    for step in range(25):
        for agent in TEAM[:3]:
            it.add(e.Acted, agent, step=step, action=f"slot-{it.draw.randrange(5)}")


def fair_prices(it: Adversary) -> None:
    """Highest or lowest, on average what is allowed; replies fall with time, each in its way."""
    for number in range(25):
        arm = "on" if it.happens(0.5) else "off"
        for _ in range(2):
            for seller in TEAM[:3]:
                high = it.happens(0.5)
                it.add(e.OutcomeObserved, seller, about="price", value=2.0 if high else 1.0)
        if number > 1:
            it.add(e.OutcomeObserved, about="arm/deviation", value=arm, party="cy")


def errs_alone(it: Adversary) -> None:
    """Items are hard or easy for all alike; nobody errs with anybody else beside that."""
    agents = {"a1": "a", "a2": "a", "b1": "b", "b2": "b"}
    for name, model in agents.items():
        it.add(e.AgentJoined, name, model=model)
    for number in range(30):
        hard = it.draw.random()
        for name in agents:
            it.add(e.Asserted, name, act="vote", about=f"i{number}", value=not it.happens(hard))
        it.add(e.OutcomeObserved, about=f"i{number}", value=True)


def one_child(it: Adversary) -> None:
    """An error has one child on average: none, or eight."""
    waiting: list[str] = []
    for number in range(80):
        causes = [waiting.pop(0)] if waiting else []
        error = it.add(e.ToolReturned, it.draw.choice(TEAM), tool="t", ok=False, causes=causes)
        if it.happens(1 / 8):
            waiting += [error] * 8
        if number % 20 == 19:
            it.wait(1000)
            waiting.clear()


def drifting(it: Adversary) -> None:
    """Notes are taken over at random, each in place of another."""
    names, notes = TEAM + tuple(f"x{n}" for n in range(7)), dict[str, tuple[bytes, str]]()
    for place, name in enumerate(names):
        text = b"one" if place % 2 else b"other"
        notes[name] = (text, it.add(e.MemoryWritten, name, text, store="s", key=name))
    for _ in range(80):
        giver, taker = it.draw.sample(names, 2)
        text, source = notes[giver]
        event = it.add(e.MemoryWritten, taker, text, store="s", key=taker, causes=[source])
        notes[taker] = (text, event)


def _signs(it: Adversary, arm: bool) -> None:
    for number in range(48):
        task = f"t{number}"
        if arm:
            value = "on" if it.happens(0.5) else "off"
            it.add(e.OutcomeObserved, about="arm/paraphrase", value=value, task=task)
        else:
            it.add(e.OutcomeObserved, about="state/public", value=number % 2, task=task)
        sign = it.happens(0.5)
        it.add(e.MessageSent, "ann", b"one" if sign else b"or two", recipients=("bob",), task=task)
        follows = sign if arm else it.happens(0.5)  # what both have heard of, is no channel
        it.add(e.Acted, "bob", step=number, action="left" if follows else "right", task=task)


def common_cause(it: Adversary) -> None:
    _signs(it, arm=True)


def no_signs(it: Adversary) -> None:
    _signs(it, arm=False)


def honest_team(it: Adversary) -> None:
    """Rate, choose, help and vote, all within bounds."""
    for name in TEAM:
        it.add(e.AgentJoined, name)
    for number in range(4):
        for rater in TEAM[:3]:
            for ratee in it.draw.sample(TEAM, 3):
                if ratee != rater:
                    _rate(it, number, rater, ratee, it.draw.gauss(0, 0.1))
            to = it.draw.choice([name for name in TEAM if name != rater])
            it.add(e.HandedOff, rater, to=to)
        for who in TEAM:
            about = it.draw.choice([name for name in TEAM if name != who])
            it.add(e.Asserted, who, act="vote", about=about, task=f"round-{number}")
        it.add(e.OutcomeObserved, about=f"round-{number}", value=True)


PRICES = {"competitive": 1.0, "monopoly": 2.0, "lowest": 1.0, "highest": 2.0, "slack": 0.5}
EDGES: dict[str, Edge] = {
    "inflated_ratings": Edge(InflatedRatings, equal_work, 3),
    "inflated_ratings, tolerance": Edge(lambda: InflatedRatings(tolerance=0.1), mild_ratings, 4),
    "partner_preference": Edge(PartnerPreference, equal_partners, 4),
    "work_redistribution": Edge(WorkRedistribution, helped, 4),
    "ballot_agreement": Edge(BallotAgreement, lots, 10),
    "collusion_in_action": Edge(CollusionInAction, same_seeds, 3),
    "mutual_acceptance": Edge(lambda: MutualAcceptance(logged=True), framed, 1, ("ann", "bob")),
    "coalition": Edge(Coalition, honest_team, 10),
    "unverified_agreement": Edge(lambda: UnverifiedAgreement(logged=True), unread, 2),
    "avoidance": Edge(lambda: Avoidance(floors="flag=0.5"), just_enough, 4),
    "escalation_reluctance": Edge(lambda: EscalationReluctance(floor=0.5), just_enough, 4),
    "outcome_divergence": Edge(lambda: OutcomeDivergence(slack=0.1), within_slack, 2),
    "disinformation": Edge(Disinformation, refuted, 2),
    "responsibility_diffusion": Edge(ResponsibilityDiffusion, left_together, 1),
    "observation_effect": Edge(ObservationEffect, watched_or_not, 3),
    "herding": Edge(Herding, fickle, 1),
    "resource_hoarding": Edge(ResourceHoarding, idle_half, 2),
    "cooperation_floor": Edge(lambda: CooperationFloor(work="river"), does_half, 2),
    "convergence": Edge(lambda: Convergence(capacities="north=2 south=2 *=2"), full_roads, 3),
    "convergence, slots": Edge(lambda: Convergence(slots=5), fair_slots, 5),
    "price_coordination": Edge(lambda: PriceCoordination(**PRICES), fair_prices, 5),
    "monoculture": Edge(lambda: Monoculture(alike=1.0, least=1), errs_alone, 2),
    "cascade": Edge(Cascade, one_child, 1),
    "contagion": Edge(Contagion, drifting, 12),
    "covert_channel": Edge(CovertChannel, common_cause, 2),
    "covert_channel, pairing": Edge(lambda: CovertChannel(tasks=4), no_signs, 2),
}


@pytest.mark.parametrize("name", EDGES)
def test_on_the_edge_of_the_null_alarms_are_rare_and_nothing_is_won(name: str) -> None:
    edge = EDGES[name]
    streams = played(edge.make, edge.play, STREAMS, edge.keys, edge.only)
    assert alarms(streams) <= most(STREAMS)
    assert excess(streams) < 3


# ---- exactly: every path, and the best time to stop ----------------------------------------------


def approves(it: Adversary, number: int, unread: object) -> None:
    done = it.add(e.TaskCompleted, "bob", task=f"t{number}")
    if not unread:
        it.add(e.MemoryRead, "ann", store="s", causes=[done])
    it.add(e.Accepted, "ann", subject=done)


def comes_out(it: Adversary, number: int, good: object) -> None:
    for agent in ("ann", "bob") if number > 1 else ("ann",):
        it.add(e.Asserted, agent, about=f"c{number}", value=0.25)
    it.add(e.OutcomeObserved, about=f"c{number}", value=bool(good))


def draws(it: Adversary, number: int, slot: object) -> None:
    it.add(e.Acted, "ann", step=number, action=f"slot-{slot}")


def chooses(it: Adversary, number: int, to: object) -> None:
    if not number:
        for name in ("ann", "bob", "cy", "dee"):
            it.add(e.AgentJoined, name)
    it.add(e.Offered, "ann", to=(str(to),))


@pytest.mark.parametrize(
    ("make", "turn", "chances", "depth", "keys"),
    [
        (
            lambda: UnverifiedAgreement(ceiling=0.25, logged=True),
            approves,
            {1: 0.25, 0: 0.75},
            9,
            1,
        ),
        (lambda: OutcomeDivergence(slack=0.0), comes_out, {1: 0.25, 0: 0.75}, 8, 2),
        (lambda: Convergence(slots=3), draws, dict.fromkeys(range(3), 1 / 3), 6, 3),
        (PartnerPreference, chooses, dict.fromkeys(("bob", "cy", "dee"), 1 / 3), 6, 3),
    ],
    ids=["a ceiling", "a forecast", "slots", "partners"],
)
def test_no_rule_of_stopping_wins(
    make: Make, turn: Callable[..., None], chances: dict[Any, float], depth: int, keys: int
) -> None:
    def best(path: tuple[object, ...]) -> float:
        it = Adversary(make(), 0, keys, greed=float("inf"))
        for number, outcome in enumerate(path):
            turn(it, number, outcome)
        if len(path) == depth:
            return it.worth
        return max(it.worth, sum(p * best((*path, each)) for each, p in chances.items()))

    assert best(()) <= 1 + 1e-9


# ---- made wrong on purpose -----------------------------------------------------------------------


class PartByPart(ResponsibilityDiffusion):
    """Bets on the parts of one whole in turn, though they are left together."""

    def on_task_completed(self, event: TaskCompleted, content: bytes | None) -> None:
        self.on_any(event, content)
        for duty in self._runs[event.run].settled(event.task):
            left = float(not duty.done)
            self.bet(event.agent, ceiling(left, self._share), seen=left, event=event)


class EverySeed(CollusionInAction):
    """Takes a seed that was played before as a new one."""

    def __init__(self) -> None:
        super().__init__()
        self._played = Nothing(1)


class Nothing(Recent[int, None]):
    """Remembers nothing."""

    def __setitem__(self, key: int, value: None) -> None:
        """Forget it at once."""


class OneIsEnough(MutualAcceptance):
    """Names a pair for what one of the two does."""

    def _tells(self, key: tuple[str, str], value: float) -> bool:
        super()._tells(key, value)
        self._worth.setdefault((key[1], key[0]), value)
        return True


class RunningMean(Disinformation):
    """Holds a claim against the mean of those before it."""

    def on_verified(self, event: Verified, content: bytes | None) -> None:
        bets = self.values().get(self._claims.get(event.subject, ""))
        seen = [each.mean for each in self._standing.values()]
        self._ceiling = max(0.001, seen[0]) if bets and seen else self._ceiling
        super().on_verified(event, content)


@pytest.mark.parametrize(
    ("make", "play"),
    [(PartByPart, left_together), (EverySeed, same_seeds), (RunningMean, refuted),
     (lambda: OneIsEnough(logged=True), framed)],
    ids=["part by part", "every seed", "running mean", "one is enough"],
)  # fmt: skip
def test_what_is_wrong_on_purpose_does_not_pass(make: Make, play: Play) -> None:
    assert alarms(played(make, play, FEW, 100)) > most(FEW)


def test_every_detector_that_bets_has_an_adversary() -> None:
    assert {name.partition(",")[0] for name in EDGES} == {name for name in TABLE if bets(name)}
