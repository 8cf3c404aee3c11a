"""The manifest layer: what is granted and nothing else, at every decision anew."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.documents import (
    ADVISOR,
    AID,
    CONSTITUTION,
    END,
    NOW,
    PAY,
    START,
    allow,
    ask,
    held,
    manifest,
    tool,
)
from tests.twins.allow_loop import permits

from tertius.core.constraints import AnyValue, HasLength, InRange, Matches, OneOf
from tertius.core.decision import Vote
from tertius.core.errors import CallerError
from tertius.core.grants import DelegationCeiling, PeerGrant, ResourceBudget, StoreGrant
from tertius.core.manifest import Manifest
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.ports.policy import Policy
from tertius.core.request import Request
from tertius.policy.allow_set import AllowSet, denial_code
from tertius.policy.manifests import Refusal
from tertius.policy.revocation import Revoked

BOTH = allow(AID, ADVISOR)


def judged(request: Request, allowed: AllowSet = BOTH) -> tuple[str, str]:
    vote = allowed.judge(request)
    assert vote.layer == "manifest"
    return vote.outcome.value, vote.rule


def pay(**arguments: Any) -> Request:
    return ask(resource="ledger.pay", arguments=arguments)


def test_it_is_a_policy() -> None:
    policy: Policy = BOTH
    assert policy.layer == "manifest"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (pay(amount=500), ("permit", "tools/0")),
        (pay(amount=500, to="p-9"), ("permit", "tools/0")),
        (pay(amount=501), ("forbid", "bad-argument:tools/0")),
        (pay(amount=True), ("forbid", "bad-argument:tools/0")),
        (pay(amount=5, to=True), ("forbid", "bad-argument:tools/0")),
        (pay(), ("forbid", "bad-argument:tools/0")),
        (pay(amount=1, more=1), ("forbid", "bad-argument:tools/0")),
        (ask(resource="ledger.pay", arguments=[1]), ("forbid", "bad-argument:tools/0")),
        (ask(resource="ledger.pay2"), ("forbid", "not-granted:tools")),
        (ask(resource="Ledger.pay"), ("forbid", "not-granted:tools")),
        (ask(resource="ledger"), ("forbid", "not-granted:tools")),
        (ask(peer="advisor"), ("forbid", "not-granted:tools")),
        (ask(resource="ledger.pay", peer="advisor", arguments={"amount": 1}),
         ("forbid", "not-granted:peers")),
        (ask("act", resource="ledger.pay", arguments={"amount": 1}), ("permit", "tools/0")),
        (ask("message.send", peer="advisor"), ("permit", "peers/0")),
        (ask("message.send", peer="advisor", channel="side"), ("permit", "peers/0")),
        (ask("message.send", peer="advisor", via="memory"), ("forbid", "not-granted:peers")),
        (ask("hand_off", peer="advisor"), ("forbid", "not-granted:peers")),
        (ask("message.send", peer="audit"), ("forbid", "not-granted:peers")),
        (ask("message.send", resource="advisor"), ("forbid", "not-granted:peers")),
        (ask("memory.read", resource="sis", key="terms"), ("permit", "memory/0")),
        (ask("memory.read", resource="sis", key="aid/2026"), ("permit", "memory/0")),
        (ask("memory.read", resource="sis", key="aid/../grades"), ("forbid", "not-granted:memory")),
        (ask("memory.read", resource="sis", key="aid"), ("forbid", "not-granted:memory")),
        (ask("memory.read", resource="sis"), ("forbid", "not-granted:memory")),
        (ask("memory.write", resource="sis", key="terms"), ("forbid", "not-granted:memory")),
        (ask("memory.read", resource="other", key="terms"), ("forbid", "not-granted:memory")),
        (ask("determine", resource="aid.eligibility"), ("permit", "owns/0")),
        (ask("determine", resource="retention.risk"), ("forbid", "not-granted:owns")),
        (ask("model.call", resource="family-a"), ("permit", "model_family")),
        (ask("model.call", resource="family-b"), ("forbid", "not-granted:resources")),
        (ask("resource.claim", resource="gpu"), ("forbid", "not-granted:resources")),
        (ask("declassify", resource="x"), ("forbid", "not-granted:labels")),
        (ask("endorse", resource="x"), ("forbid", "not-granted:labels")),
        (ask("policy.propose", resource="x"), ("abstain", "policy.propose")),
        (ask("delegate", peer="advisor"), ("forbid", "not-granted:peers")),
        (ask(resource="ledger.pay", agent="stranger"), ("forbid", "denied:no-manifest")),
        (ask(resource="ledger.pay", agent="Aid"), ("forbid", "denied:no-manifest")),
    ],
)  # fmt: skip
def test_what_is_granted_and_nothing_else(request_: Request, answer: tuple[str, str]) -> None:
    assert judged(request_) == answer


def test_reasons_can_be_read() -> None:
    assert BOTH.judge(pay(amount=5)).reason == (
        "manifest of `aid` version 1 grants `tool.call` on `ledger.pay`"
    )
    assert BOTH.judge(pay(amount=True)).reason == (
        "manifest of `aid` version 1 refuses a call of `ledger.pay`: "
        "argument `amount` is no whole number from 0 to 500"
    )
    assert BOTH.judge(ask(resource="ledger.pya")).reason == (
        "manifest of `aid` version 1 does not grant tool `ledger.pya`; did you mean `ledger.pay`"
    )


def test_the_gate_can_tell_a_bad_argument_from_what_is_not_granted() -> None:
    def code(request: Request) -> str:
        return denial_code(BOTH.judge(request))

    assert code(pay(amount=501)) == "bad-argument"
    assert code(ask(resource="other")) == "not-granted"
    assert code(ask(resource="ledger.pay", time=END + 1)) == "denied"
    assert (
        denial_code(Vote(layer="roles", outcome=Outcome.FORBID, rule="r", reason="x")) == "denied"
    )


@pytest.mark.parametrize(
    ("time", "rule"),
    [(START, "tools/0"), (END, "tools/0"), (START - 1, "denied:validity"),
     (END + 1, "denied:validity")],
)  # fmt: skip
def test_validity_is_asked_at_every_decision(time: int, rule: str) -> None:
    request = ask(resource="ledger.pay", arguments={"amount": 1}, time=time)
    assert BOTH.judge(request).rule == rule


def test_revocation_takes_hold_without_compiling_again() -> None:
    digest = BOTH.digest_of("aid")
    assert digest is not None
    good = pay(amount=1)
    for revoked in (Revoked(manifests=frozenset({digest})), Revoked(agents=frozenset({"aid"}))):
        assert judged(good, BOTH.under(revoked)) == ("forbid", "denied:revoked")
    assert judged(good, BOTH.under(Revoked(fresh_until=NOW - 1))) == ("forbid", "denied:stale")
    assert judged(good, BOTH.under(Revoked(fresh_until=NOW))) == ("permit", "tools/0")
    assert judged(good) == ("permit", "tools/0"), "the set before is as it was"


def test_an_edge_counts_where_both_ends_grant_it() -> None:
    silent = manifest("advisor")
    one_way = manifest(
        "advisor", peers=(PeerGrant(peer="aid", direction="to", kinds=("message.send",)),)
    )
    message = ask("message.send", peer="advisor")
    for other in (silent, one_way):
        assert judged(message, allow(AID, other)) == ("forbid", "not-granted:peer")
    assert judged(message, allow(AID)) == ("forbid", "denied:peer")
    late = msgspec.structs.replace(ADVISOR, not_after=NOW - 1)
    assert judged(message, allow(AID, late)) == ("forbid", "denied:peer")
    gone = allow(AID, ADVISOR).under(Revoked(agents=frozenset({"advisor"})))
    assert judged(message, gone) == ("forbid", "denied:peer")


def test_a_channel_is_granted_by_name_at_either_end() -> None:
    def pair(mine: str | None, theirs: str | None) -> AllowSet:
        a = manifest(
            "a", peers=(PeerGrant(peer="b", direction="to", kinds=("hand_off",), channel=mine),)
        )
        b = manifest(
            "b", peers=(PeerGrant(peer="a", direction="from", kinds=("hand_off",), channel=theirs),)
        )
        return allow(a, b)

    def permits(allowed: AllowSet, channel: str | None) -> bool:
        request = ask("hand_off", agent="a", peer="b", channel=channel)
        return allowed.judge(request).outcome is Outcome.PERMIT

    assert permits(pair(None, None), None) and permits(pair(None, None), "line")
    assert permits(pair("line", "line"), "line") and permits(pair(None, "line"), "line")
    assert not permits(pair("line", None), None)
    assert not permits(pair(None, "line"), None)
    assert not permits(pair("line", "line"), "other")


def test_a_person_needs_no_manifest() -> None:
    aid = manifest(
        peers=(PeerGrant(peer="p-17", direction="to", kinds=("message.send",), via="human"),)
    )
    message = ask("message.send", peer="p-17", via="human")
    assert judged(message, allow(aid)) == ("permit", "peers/0")
    assert judged(ask("message.send", peer="p-17"), allow(aid)) == ("forbid", "not-granted:peers")


def test_a_tool_that_demands_a_higher_level_is_not_there_at_a_lower_one() -> None:
    aid = manifest(
        tools=(PAY, tool("wire", minimum_level=EnforcementLevel.GATEWAY)),
        minimum_level=EnforcementLevel.SIDECAR,
    )
    low, middle, high = (allow(aid, level=level) for level in EnforcementLevel)
    assert judged(pay(amount=1), low) == ("forbid", "denied:level")
    assert judged(pay(amount=1), middle) == ("permit", "tools/0")
    assert judged(ask(resource="wire"), middle) == ("forbid", "denied:level")
    assert judged(ask(resource="wire"), high) == ("permit", "tools/1")


def test_stores_with_all_keys_and_with_none() -> None:
    aid = manifest(
        memory=(
            StoreGrant(store="all", read=True, write=True, prefixes=("",)),
            StoreGrant(store="odd", write=True, keys=("../x", "")),
        )
    )
    allowed = allow(aid)
    assert judged(ask("memory.read", resource="all"), allowed)[0] == "permit"
    assert judged(ask("memory.write", resource="all", key="x"), allowed)[0] == "permit"
    assert judged(ask("memory.write", resource="odd", key="../x"), allowed)[0] == "permit"
    assert judged(ask("memory.write", resource="odd"), allowed)[0] == "forbid"


def test_resources_by_name() -> None:
    aid = manifest(resources=(ResourceBudget(resource="gpu", kind="total", amount=1, unit="h"),))
    for action in ("resource.claim", "resource.release", "model.call"):
        assert judged(ask(action, resource="gpu"), allow(aid)) == ("permit", "resources/0")


def test_delegation_below_the_ceiling() -> None:
    edge = PeerGrant(peer="advisor", direction="both", kinds=("delegate",))
    aid = manifest(
        peers=(edge,),
        delegation=DelegationCeiling(
            depth=1, to=("advisor",), actions=("tool.call",), lifetime=60.0
        ),
    )
    back = manifest(
        "advisor", peers=(PeerGrant(peer="aid", direction="both", kinds=("delegate",)),)
    )
    allowed = allow(aid, back)

    def passed(**arguments: Any) -> tuple[str, str]:
        return judged(ask("delegate", peer="advisor", arguments=arguments), allowed)

    assert passed(actions=["tool.call"], lifetime=60) == ("permit", "peers/0")
    assert passed(actions=["tool.call"], lifetime=61) == ("forbid", "bad-argument:delegation")
    back_up = ask("delegate", agent="advisor", peer="aid", arguments={"actions": [], "lifetime": 1})
    assert judged(back_up, allowed) == ("forbid", "not-granted:delegation")


def test_a_refused_file_is_told_in_the_log_where_its_agent_has_nothing() -> None:
    refusal = Refusal(file="aid.signed.json", agent="aid", error=CallerError("no signature"))
    allowed = AllowSet([], level=EnforcementLevel.SIDECAR, refusals=[refusal])
    reason = allowed.judge(pay(amount=1)).reason
    assert reason == (
        "agent `aid` has no manifest in force; aid.signed.json was refused: no signature"
    )


def test_grants_are_listed_for_whoever_asks_in_advance() -> None:
    listed = {(g.agent, g.action, g.resource, g.peer) for g in BOTH.grants()}
    assert ("aid", "tool.call", "ledger.pay", None) in listed
    assert ("aid", "message.send", None, "advisor") in listed
    assert ("aid", "memory.read", "sis", None) in listed
    assert BOTH.schema_of("aid", "ledger.pay") == PAY.schema
    assert BOTH.schema_of("aid", "other") is None and BOTH.schema_of("x", "y") is None
    assert BOTH.digest_of("x") is None


def test_ten_thousand_grants_are_looked_up_and_not_gone_through() -> None:
    """No timing: a look-up compares as many names with 10,000 grants as with 1."""

    class Counted(str):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Counted.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    many = manifest(tools=tuple(tool(f"t{n}") for n in range(10_000)))
    allowed = allow(many)
    request = msgspec.structs.replace(ask(resource="t9999"), resource=Counted("t9999"))
    assert allowed.judge(request).outcome is Outcome.PERMIT
    assert Counted.compared <= 20


def test_the_same_agents_compile_to_the_same_votes() -> None:
    again = AllowSet(held(AID, ADVISOR), level=EnforcementLevel.IN_PROCESS)
    assert [g.vote for g in again.grants()] == [g.vote for g in BOTH.grants()]
    assert AID.constitution == CONSTITUTION


# -- the same answers as a loop over clauses -------------------------------------------------------

VALUES: list[Any] = [0, 1, 2.5, True, None, "x", "xx", "1", [1], {"a": 1}]
CONSTRAINTS = st.sampled_from(
    [
        OneOf(argument="n", values=(1, "x", None)),
        OneOf(argument="n", values=(True, 2.5)),
        InRange(argument="n", low=0, high=2, whole=True),
        InRange(argument="n", low=0, high=2.5, optional=True),
        Matches(argument="n", pattern="x+"),
        HasLength(argument="m", high=2, optional=True),
        AnyValue(argument="m"),
    ]
)
TOOLS = st.lists(
    st.builds(
        lambda name, some: tool(name, *{each.argument: each for each in some}.values()),
        st.sampled_from(["t", "u", "T"]),
        st.lists(CONSTRAINTS, max_size=2),
    ),
    max_size=2,
    unique_by=lambda each: each.tool,
)
PEERS = st.lists(
    st.builds(
        PeerGrant,
        peer=st.sampled_from(["c", "d"]),
        direction=st.sampled_from(["to", "from", "both"]),
        kinds=st.sampled_from([("message.send",), ("hand_off",), ("message.send", "rate")]),
        via=st.sampled_from(["message", "memory"]),
        channel=st.sampled_from([None, "line"]),
    ),
    max_size=3,
)
STORES = st.lists(
    st.builds(
        StoreGrant,
        store=st.just("s"),
        read=st.just(True),
        write=st.booleans(),
        keys=st.just(("k", "")),
        prefixes=st.sampled_from([(), ("a/",), ("a/b", "k/")]),
    ),
    max_size=1,
)
HELD = st.builds(
    lambda tools, peers, stores, end: manifest(
        "a", tools=tuple(tools), peers=tuple(peers), memory=tuple(stores), not_after=end
    ),
    TOOLS,
    PEERS,
    STORES,
    st.sampled_from([NOW - 1, NOW, END]),
)
OTHER = st.builds(
    lambda peers: manifest(
        "c", peers=tuple(msgspec.structs.replace(p, peer="a") for p in peers if p.peer == "c")
    ),
    PEERS,
)
ASKED = [
    *(ask(agent="a", resource=t, arguments={"n": v}) for t in ("t", "u", "x") for v in VALUES),
    *(ask(agent="a", resource="t", arguments={"m": v}) for v in VALUES),
    ask(agent="a", resource="t"),
    *(
        ask(f"memory.{verb}", agent="a", resource="s", key=key)
        for verb in ("read", "write")
        for key in ("k", "", "a", "a/", "a/b", "k/x", "other")
    ),
    *(
        ask(action, agent="a", peer=peer, via=via, channel=channel)
        for action in ("message.send", "hand_off", "rate")
        for peer in ("c", "d")
        for via in ("message", "memory")
        for channel in (None, "line", "other")
    ),
    ask(agent="b", resource="t"),
]


@given(HELD, OTHER)
def test_it_answers_as_a_loop_over_all_clauses_does(one: Manifest, other: Manifest) -> None:
    allowed = allow(one, other)
    for request in ASKED:
        expected = permits([one, other], request)
        assert (allowed.judge(request).outcome is Outcome.PERMIT) is expected, request
