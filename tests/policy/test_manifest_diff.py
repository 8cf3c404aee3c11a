"""Changes narrow only where everything that is permitted now was permitted before."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.documents import AID, END, NOW, PAY, START, allow, ask, manifest, tool

from tertius.core.constraints import (
    AnyValue,
    ArgumentConstraint,
    HasLength,
    InRange,
    Matches,
    OneOf,
    OnHost,
    UnderPath,
)
from tertius.core.grants import (
    DelegationCeiling,
    PeerGrant,
    Protocol,
    ResourceBudget,
    Step,
    StoreGrant,
)
from tertius.core.label import Confidentiality, Integrity
from tertius.core.manifest import Manifest
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.policy.manifest_diff import OtherAgentError, diff, widens

TALK = Protocol(name="talk", steps=(Step(type="ask", sender="aid"),))
PEER = PeerGrant(peer="p", direction="both", kinds=("message.send", "hand_off"), via="human")
STORE = StoreGrant(store="s", read=True, write=True, keys=("k", "j"), prefixes=("a/",))
RATE = ResourceBudget(resource="api", kind="rate", amount=9, unit="calls", window=60.0)
HELD = ResourceBudget(resource="api", kind="held", amount=2, unit="calls")
CEILING = DelegationCeiling(
    depth=2, to=("p", "q"), actions=("tool.call",), tools=("t",), lifetime=60.0
)


def but(noun: Any, **change: Any) -> Any:
    return msgspec.structs.replace(noun, **change)


BASE = manifest(
    tools=(
        tool(
            "t",
            InRange(argument="n", low=0, high=9),
            OneOf(argument="o", values=(1, 2), optional=True),
            minimum_level=EnforcementLevel.SIDECAR,
            integrity=Integrity.MEDIUM,
            clearance=Confidentiality.INTERNAL,
        ),
    ),
    peers=(PEER,),
    protocols=(TALK,),
    memory=(STORE,),
    resources=(RATE, HELD),
    owns=("x",),
    clearance=Confidentiality.CONFIDENTIAL,
    delegation=CEILING,
    minimum_level=EnforcementLevel.SIDECAR,
)
TOOL = BASE.tools[0]
N, M = TOOL.arguments
NARROW = [
    {"tools": ()},
    {"tools": (but(TOOL, arguments=(but(N, high=8), M)),)},
    {"tools": (but(TOOL, arguments=(N,)),)},
    {"tools": (but(TOOL, arguments=(N, but(M, values=(1,)))),)},
    {"tools": (but(TOOL, arguments=(N, but(M, optional=False))),)},
    {"tools": (but(TOOL, arguments=(OneOf(argument="n", values=(3,)), M)),)},
    {"tools": (but(TOOL, minimum_level=EnforcementLevel.GATEWAY),)},
    {"tools": (but(TOOL, integrity=Integrity.HIGH),)},
    {"tools": (but(TOOL, clearance=Confidentiality.PUBLIC),)},
    {"peers": ()},
    {"peers": (but(PEER, direction="to"),)},
    {"peers": (but(PEER, kinds=("hand_off",)),)},
    {"peers": (but(PEER, channel="line"),)},
    {"peers": (but(PEER, protocol="talk"),)},
    {"protocols": ()},
    {"memory": ()},
    {"memory": (but(STORE, write=False),)},
    {"memory": (but(STORE, keys=("k",), prefixes=("a/b/",)),)},
    {"memory": (but(STORE, keys=("a/x",), prefixes=()),)},
    {"resources": ()},
    {"resources": (but(RATE, amount=8), HELD)},
    {"resources": (but(RATE, window=90.0), HELD)},
    {"owns": ()},
    {"clearance": Confidentiality.PUBLIC},
    {"delegation": DelegationCeiling()},
    {"delegation": but(CEILING, depth=1, to=("p",), lifetime=30.0)},
    {"minimum_level": EnforcementLevel.GATEWAY},
    {"not_before": START + 1},
    {"not_after": END - 1},
]
WIDEN = [
    {"role": "another"},
    {"accountable": "p-18"},
    {"operator": "other"},
    {"principal": "other"},
    {"model_family": "other"},
    {"constitution": "dd" * 32},
    {"tools": (TOOL, tool("u"))},
    {"tools": (but(TOOL, schema="dd" * 32),)},
    {"tools": (but(TOOL, effects=("read",)),)},
    {"tools": (but(TOOL, irreversible=False),)},
    {"tools": (but(TOOL, secret=("n",)),)},
    {"tools": (but(TOOL, alias="T"),)},
    {"tools": (but(TOOL, arguments=(but(N, high=10), M)),)},
    {"tools": (but(TOOL, arguments=(M,)),)},
    {"tools": (but(TOOL, arguments=(but(N, optional=True), M)),)},
    {"tools": (but(TOOL, arguments=(N, but(M, values=(1, 3)))),)},
    {"tools": (but(TOOL, arguments=(N, but(M, values=(1, True)))),)},
    {"tools": (but(TOOL, arguments=(N, M, AnyValue(argument="p", optional=True))),)},
    {"tools": (but(TOOL, minimum_level=None),)},
    {"tools": (but(TOOL, minimum_level=EnforcementLevel.IN_PROCESS),)},
    {"tools": (but(TOOL, integrity=Integrity.LOW),)},
    {"tools": (but(TOOL, clearance=Confidentiality.SECRET),)},
    {"peers": (PEER, but(PEER, peer="q"))},
    {"peers": (but(PEER, kinds=(*PEER.kinds, "delegate")),)},
    {"peers": (but(PEER, via="message"),)},
    {"protocols": (but(TALK, version=2),)},
    {"memory": (STORE, but(STORE, store="u"))},
    {"memory": (but(STORE, prefixes=("a",)),)},
    {"memory": (but(STORE, keys=("k", "a/../x")),)},
    {"resources": (RATE,)},
    {"resources": (but(RATE, amount=10), HELD)},
    {"resources": (but(RATE, window=30.0), HELD)},
    {"resources": (RATE, HELD, but(HELD, resource="gpu"))},
    {"resources": (but(RATE, unit="tokens"), HELD)},
    {"owns": ("x", "y")},
    {"clearance": Confidentiality.SECRET},
    {"delegation": but(CEILING, depth=3)},
    {"delegation": but(CEILING, tools=("t", "u"))},
    {"minimum_level": EnforcementLevel.IN_PROCESS},
    {"not_before": START - 1},
    {"not_after": END + 1},
]


@pytest.mark.parametrize("change", NARROW, ids=str)
def test_what_provably_permits_less(change: dict[str, Any]) -> None:
    found = diff(BASE, but(BASE, version=2, **change))
    assert found and not widens(found), found


@pytest.mark.parametrize("change", WIDEN, ids=str)
def test_anything_else_widens(change: dict[str, Any]) -> None:
    found = diff(BASE, but(BASE, version=2, **change))
    assert widens(found), found


def test_no_change_is_none_and_a_limit_more_is_narrow() -> None:
    assert diff(BASE, but(BASE, version=2)) == ()
    one = but(BASE, resources=(RATE,))
    assert not widens(diff(one, BASE))


def test_a_later_beginning_widens_where_a_total_would_begin_anew() -> None:
    total = but(BASE, resources=(but(HELD, kind="total"),))
    assert widens(diff(total, but(total, not_before=START + 1)))


def test_every_field_of_a_manifest_is_compared() -> None:
    """A field that nobody compares would be a change that nobody sees."""
    told = {key for change in [*NARROW, *WIDEN] for key in change}
    assert told == set(Manifest.__struct_fields__) - {"agent", "version"}


def test_a_protocol_that_is_dropped_from_an_edge_widens() -> None:
    bound = but(BASE, peers=(but(PEER, protocol="talk"),))
    assert widens(diff(bound, BASE))


def test_each_change_is_told_by_its_place() -> None:
    wider = but(TOOL, arguments=(but(N, high=10), M))
    (change,) = diff(BASE, but(BASE, tools=(wider,)))
    assert (change.path, change.direction) == ("tools.t.arguments.n", "widen")


def test_two_agents_cannot_be_compared() -> None:
    with pytest.raises(OtherAgentError, match="`aid` and `other` are two agents"):
        diff(AID, but(AID, agent="other"))


# -- no narrow change permits what was forbidden ---------------------------------------------------

VALUES: list[Any] = [0, 1, 2, 9, True, "1", "x", "xxx", "/a/b", "/a/../c", "https://h/", None, [1]]
CONSTRAINTS: list[ArgumentConstraint] = [
    OneOf(argument="n", values=(1, "x")),
    OneOf(argument="n", values=(1, True, None, "/a/b")),
    OneOf(argument="n", values=("https://h/",)),
    InRange(argument="n", low=0, high=2),
    InRange(argument="n", low=0, high=9, whole=True),
    InRange(argument="n", low=1, high=1),
    OnHost(argument="n", hosts=("h",)),
    OnHost(argument="n", hosts=("h", "i")),
    UnderPath(argument="n", folders=("/a",)),
    UnderPath(argument="n", folders=("/a/b", "/c")),
    Matches(argument="n", pattern="x+"),
    Matches(argument="n", pattern="x+", max_length=2),
    HasLength(argument="n", high=3),
    HasLength(argument="n", low=1, high=1),
    AnyValue(argument="n"),
]
CONSTRAINT = st.builds(
    lambda each, optional: but(each, optional=optional), st.sampled_from(CONSTRAINTS), st.booleans()
)
KEYS = ["", "a", "a/", "a/b", "a/../b", "b"]
STORES = st.builds(
    lambda keys, prefixes, read: StoreGrant(
        store="s", read=read, write=not read, keys=tuple(keys), prefixes=tuple(prefixes or ["z"])
    ),
    st.sets(st.sampled_from(KEYS), max_size=2),
    st.sets(st.sampled_from(KEYS), max_size=2),
    st.booleans(),
)
EDGES = st.lists(
    st.builds(
        lambda direction, kind, channel: PeerGrant(
            peer="p", direction=direction, kinds=(kind,), channel=channel, via="human"
        ),
        st.sampled_from(["to", "from", "both"]),
        st.sampled_from(["message.send", "hand_off"]),
        st.sampled_from([None, "line"]),
    ),
    max_size=2,
)
SECTIONS = {
    "tools": st.lists(CONSTRAINT, max_size=1).map(lambda some: (tool("t", *some),)),
    "memory": st.lists(STORES, max_size=1).map(tuple),
    "peers": EDGES.map(tuple),
    "owns": st.sets(st.sampled_from(["x", "y"])).map(tuple),
    "minimum_level": st.sampled_from(list(EnforcementLevel)),
    "not_after": st.sampled_from([NOW - 1, NOW, NOW + 1]),
}
PAIRS = st.sampled_from(sorted(SECTIONS)).flatmap(
    lambda name: st.tuples(SECTIONS[name], SECTIONS[name]).map(
        lambda two: (manifest(**{name: two[0]}), manifest(**{name: two[1]}))
    )
)
REQUESTS = [
    *(ask(resource="t", arguments={"n": value}) for value in VALUES),
    ask(resource="t"),
    *(ask(a, resource="s", key=k) for a in ("memory.read", "memory.write") for k in [None, *KEYS]),
    *(
        ask(a, peer="p", via="human", channel=c)
        for a in ("message.send", "hand_off")
        for c in (None, "line", "other")
    ),
    *(ask("determine", resource=name) for name in ("x", "y")),
    ask("determine", resource="x", time=NOW + 1),
]


@settings(max_examples=500)
@given(PAIRS)
def test_where_every_change_is_narrow_nothing_new_is_permitted(
    pair: tuple[Manifest, Manifest],
) -> None:
    old, new = pair
    if widens(diff(old, new)):
        return
    for level in EnforcementLevel:
        before, after = allow(old, level=level), allow(new, level=level)
        for request in REQUESTS:
            if after.judge(request).outcome is Outcome.PERMIT:
                assert before.judge(request).outcome is Outcome.PERMIT, request


@given(CONSTRAINT, CONSTRAINT)
def test_one_constraint_within_another_takes_no_value_more(
    old: ArgumentConstraint, new: ArgumentConstraint
) -> None:
    one, other = manifest(tools=(tool("t", old),)), manifest(tools=(tool("t", new),))
    if widens(diff(one, other)):
        return
    before, after = allow(one), allow(other)
    for request in REQUESTS[: len(VALUES) + 1]:
        if after.judge(request).outcome is Outcome.PERMIT:
            assert before.judge(request).outcome is Outcome.PERMIT


def test_the_property_is_not_empty() -> None:
    assert allow(AID).judge(ask(resource="ledger.pay", arguments={"amount": 1})).rule == "tools/0"
    assert PAY.tool == "ledger.pay"
