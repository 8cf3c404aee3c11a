"""Attacks on what manifests declare of conversations, shared resources, labels and delegation.

Each is stopped by a gate that stands on signed policy, and succeeds once its defence is removed.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.attacks.house import AID, CHAIN, CLERK, NOW, SECOND, ask, build, manifest, opened, tool

from tertius.core.decision import Vote
from tertius.core.grants import DelegationCeiling, PeerGrant, Protocol, ResourceBudget, Step
from tertius.core.label import Confidentiality, Integrity, Label
from tertius.core.manifest import Manifest
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import PrincipalChain, Request
from tertius.policy import delegation, granted
from tertius.policy.budgets import Budgets
from tertius.policy.clearance import Clearances
from tertius.policy.delegation import Delegations, Scope
from tertius.policy.protocols import Protocols
from tertius.runtime.commons import Commons
from tertius.runtime.denied import NotPermittedError
from tertius.runtime.governed import Governed
from tertius.runtime.member import Member

DEAL = Protocol(
    name="deal",
    steps=(
        Step(type="offer", sender="aid", acknowledged=True),
        Step(type="answer", sender="clerk", after=("offer",), deadline=60.0),
        Step(type="settle", sender="aid", after=("answer",)),
    ),
)
POOL = ResourceBudget(resource="db", kind="held", amount=3, unit="connection")


def talks(agent: str, peer: str, **more: Any) -> Manifest:
    edge = PeerGrant(peer=peer, direction="both", kinds=("message.send",), protocol="deal")
    return manifest(agent, peers=(edge,), protocols=(DEAL,), **more)


class Pair:
    """The agents `aid` and `clerk` behind a gate; the time is the test's."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, NOW

    @contextmanager
    def open(self) -> Iterator[tuple[Member, Member]]:
        with opened(self.folder, clock=lambda: self.now) as governed:
            yield self.members(governed)

    def members(self, governed: Governed) -> tuple[Member, Member]:
        commons = Commons(governed.gate, clock=lambda: self.now)
        aid, clerk = (
            Member(commons, name, run="r", chain=CHAIN, task="t") for name in ("aid", "clerk")
        )
        return aid, clerk


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    drawn = {"resources": (POOL,)}
    agents = (talks("aid", "clerk", **drawn), talks("clerk", "aid", **drawn))
    return Pair(build(tmp_path / "house", *agents))


@contextmanager
def without(layer: type) -> Iterator[None]:
    """Take a layer away: it has nothing to say."""

    def judge(self: Any, request: Request) -> Vote:
        return Vote(layer=self.layer, outcome=Outcome.ABSTAIN, rule="gone", reason="gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layer, "judge", judge)
        yield


def says(sender: Member, to: str, type: str, version: int) -> str:
    """Say a step; return the code that the agent is told, empty if it passes."""
    try:
        sender.send(to, {"type": type, "version": version})
    except NotPermittedError as error:
        return error.code
    return ""


# -- conversations ---------------------------------------------------------------------------------


def test_a_conversation_in_its_order(pair: Pair) -> None:
    with pair.open() as (aid, clerk):
        assert says(aid, "clerk", "offer", 1) == ""
        clerk.receive()
        assert says(clerk, "aid", "answer", 2) == ""
        assert says(aid, "clerk", "settle", 3) == ""


def out_of_order(pair: Pair) -> str:
    """Settle what nobody has answered."""
    with pair.open() as (aid, clerk):
        says(aid, "clerk", "offer", 1)
        clerk.receive()
        return says(aid, "clerk", "settle", 2)


def unread(pair: Pair) -> str:
    """Answer an offer that was never taken in."""
    with pair.open() as (aid, clerk):
        says(aid, "clerk", "offer", 1)
        return says(clerk, "aid", "answer", 2)


def late(pair: Pair) -> str:
    """Answer a second after the deadline."""
    with pair.open() as (aid, clerk):
        says(aid, "clerk", "offer", 1)
        clerk.receive()
        pair.now += 61 * SECOND
        return says(clerk, "aid", "answer", 2)


def stale(pair: Pair) -> str:
    """Settle on the state before the answer."""
    with pair.open() as (aid, clerk):
        says(aid, "clerk", "offer", 1)
        clerk.receive()
        says(clerk, "aid", "answer", 2)
        return says(aid, "clerk", "settle", 2)


def in_the_others_name(pair: Pair) -> str:
    """Answer one's own offer."""
    with pair.open() as (aid, clerk):
        says(aid, "clerk", "offer", 1)
        clerk.receive()
        return says(aid, "clerk", "answer", 2)


def after_a_restart(pair: Pair) -> str:
    """Make the offer once more to a gate that was started again."""
    with pair.open() as (aid, clerk):
        says(aid, "clerk", "offer", 1)
        clerk.receive()
    with pair.open() as (aid, _):
        return says(aid, "clerk", "offer", 2)


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        (out_of_order, "denied"), (unread, "denied"), (late, "denied"), (stale, "denied"),
        (in_the_others_name, "not-granted"), (after_a_restart, "denied"),
    ],
)  # fmt: skip
def test_a_step_that_is_not_the_next_one(attack: Any, told: str, pair: Pair) -> None:
    assert attack(pair) == told


@pytest.mark.parametrize(
    "attack", [out_of_order, unread, late, stale, in_the_others_name, after_a_restart]
)
def test_it_passes_where_nobody_keeps_the_order(attack: Any, pair: Pair) -> None:
    with without(Protocols):
        assert attack(pair) == ""


# -- shared resources ------------------------------------------------------------------------------


def claimed(member: Member, amount: int) -> bool:
    try:
        member.claim("db", amount)
    except NotPermittedError as error:
        assert error.code == "denied"
        return False
    return True


def grabbed(pair: Pair) -> int:
    """Return how many of three connections eight threads of two agents get hold of."""
    with pair.open() as members:
        together, got = threading.Barrier(8), list[bool]()

        def grab(member: Member) -> None:
            together.wait()
            got.append(claimed(member, 1))

        threads = [threading.Thread(target=grab, args=(members[n % 2],)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return got.count(True)


def test_two_agents_take_more_than_there_is_between_them(pair: Pair) -> None:
    assert grabbed(pair) == 3
    with pair.open() as (aid, clerk):
        assert not claimed(clerk, 1), "a restart frees nothing"
        with pytest.raises(NotPermittedError):
            clerk.release("db", 4)
        held = [member for member in (aid, clerk) for _ in range(3)]
        freed = 0
        for member in held:
            try:
                member.release("db")
                freed += 1
            except NotPermittedError:
                continue
        assert freed == 3, "each gives back what it holds, and nothing else"
        with clerk.holding("db", 3):
            assert not claimed(aid, 1)
        assert claimed(aid, 3)


def test_nobody_counts_what_they_take_together(pair: Pair) -> None:
    with without(Budgets):
        assert grabbed(pair) == 8


# -- labels ----------------------------------------------------------------------------------------


def sent(folder: Path, label: Label) -> Outcome:
    with opened(folder) as governed:
        return ask(
            governed, "text", action="message.send", resource=None, peer="clerk", label=label
        ).decision.outcome


def noted(folder: Path, label: Label) -> Outcome:
    with opened(folder) as governed:
        return ask(governed, label=label).decision.outcome


SECRET = Label(confidentiality=Confidentiality.SECRET, integrity=Integrity.HIGH, origins=("sis",))
UNTRUE = Label(confidentiality=Confidentiality.PUBLIC, integrity=Integrity.LOW, origins=("web",))
PLAIN = Label(confidentiality=Confidentiality.PUBLIC, integrity=Integrity.HIGH, origins=())


@pytest.mark.parametrize(("act", "label"), [(sent, SECRET), (noted, SECRET), (noted, UNTRUE)])
def test_what_is_labelled_goes_where_it_may_not(act: Any, label: Label, tmp_path: Path) -> None:
    folder = build(tmp_path / "house", AID, CLERK)
    assert act(folder, PLAIN) is Outcome.PERMIT
    assert act(folder, label) is Outcome.FORBID
    with without(Clearances):
        assert act(folder, label) is Outcome.PERMIT


# -- delegation ------------------------------------------------------------------------------------

NAMES = ("a0", "a1", "a2", "a3", "a4")


def hands_on(number: int, depth: int) -> Manifest:
    """An agent that may pass a tool on to the next one, so many hops deep."""
    before, after = NAMES[number - 1 : number], NAMES[number + 1 : number + 2]
    peers = [PeerGrant(peer=p, direction="from", kinds=("delegate",)) for p in before]
    peers += [PeerGrant(peer=p, direction="to", kinds=("delegate",)) for p in after]
    ceiling = DelegationCeiling()
    if after:
        ceiling = DelegationCeiling(
            depth=depth, to=after, actions=("tool.call", "delegate"), tools=("note",),
            lifetime=60.0,
        )  # fmt: skip
    return manifest(NAMES[number], tools=(tool("note"),), peers=tuple(peers), delegation=ceiling)


def longest(folder: Path) -> int:
    """Return how many hops authority gets, each agent passing on as much depth as it can."""
    with opened(folder) as governed:
        commons, chain, hops = Commons(governed.gate, clock=lambda: NOW), CHAIN, 0
        for giver, taker in pairwise(NAMES):
            passed = given(Member(commons, giver, run="r", chain=chain, task="t"), taker)
            if passed is None:
                break
            chain, hops = passed, hops + 1
            used = ask(governed, agent=taker, chain=chain)
            assert used.decision.outcome is Outcome.PERMIT, "what was passed on can be used"
    return hops


def given(giver: Member, taker: str) -> PrincipalChain | None:
    for depth in (15, 3, 2, 1, 0):
        try:
            return giver.delegate(
                taker, actions=["tool.call", "delegate"], tools=["note"], lifetime=30, depth=depth
            )
        except NotPermittedError:
            continue
    return None


@pytest.mark.parametrize("ceiling", [1, 2, 3])
def test_a_chain_as_long_as_the_ceiling_and_no_longer(ceiling: int, tmp_path: Path) -> None:
    """Every agent after the first would pass on as deep as it likes."""
    agents = [hands_on(n, ceiling if n == 0 else 16) for n in range(len(NAMES))]
    assert longest(build(tmp_path / "house", *agents)) == ceiling


def test_a_chain_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agents = [hands_on(n, 1 if n == 0 else 16) for n in range(len(NAMES))]
    folder = build(tmp_path / "house", *agents)
    monkeypatch.setattr(Scope, "within", lambda self, other: True)
    assert longest(folder) == len(NAMES) - 1


def test_the_ceiling_of_ones_own_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A depth of 1 passed on under a ceiling of 1 lets the next one pass on once more."""
    agents = [hands_on(n, 1) for n in range(len(NAMES))]
    folder = build(tmp_path / "house", *agents)
    assert longest(folder) == 1
    monkeypatch.setattr(delegation, "exceeds", lambda *given: None)
    monkeypatch.setattr("tertius.policy.allow_set.exceeds", lambda *given: None)
    with pytest.raises(AssertionError, match="can be used"):
        longest(folder)  # what was passed on is held against the ceiling once more
    monkeypatch.setattr(
        Delegations, "_bounded",
        lambda self, event, parent: (delegation._scope_of(event.scope), event.expires),
    )  # fmt: skip
    assert longest(folder) > 1


# -- where the gate stands -------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [True, False], ids=["manifest", "tool"])
def test_a_tool_is_called_at_a_gate_that_stands_too_low(
    whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    least = {"minimum_level": EnforcementLevel.GATEWAY}
    agent = manifest(
        "aid", tools=(tool("note", **({} if whole else least)),), **(least if whole else {})
    )
    folder = build(tmp_path / "house", agent)

    def called(level: EnforcementLevel) -> Outcome:
        with opened(folder, level=level) as governed:
            return ask(governed).decision.outcome

    assert called(EnforcementLevel.IN_PROCESS) is Outcome.FORBID
    assert called(EnforcementLevel.SIDECAR) is Outcome.FORBID
    assert called(EnforcementLevel.GATEWAY) is Outcome.PERMIT
    monkeypatch.setattr(granted.EnforcementLevel, "meets", lambda self, other: True)
    assert called(EnforcementLevel.IN_PROCESS) is Outcome.PERMIT
