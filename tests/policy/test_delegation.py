from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.asked import NOW, ROOT, SECOND, asked

from tertius.core.events import Cause, Delegated
from tertius.core.grants import DelegationCeiling, ToolGrant
from tertius.core.manifest import Manifest
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import PolicyChanged
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.policy import delegation as module
from tertius.policy.delegation import DelegationError, Delegations, Scope, scope_text
from tertius.policy.request_context import NoChronicle

TOOLS = ("sis.read", "ledger.pay")
HOUR = NOW + 3600 * SECOND


def manifest(agent: str, to: tuple[str, ...] = (), depth: int = 2, *tools: str) -> Manifest:
    ceiling = DelegationCeiling()
    if to:
        acts = ("tool.call", "message.send", "delegate")
        ceiling = DelegationCeiling(
            depth=depth, to=to, actions=acts, tools=tools or TOOLS, lifetime=3600.0
        )
    return Manifest(
        agent=agent,
        version=1,
        role="helps",
        operator="campus",
        principal="registrar",
        accountable="p-1",
        model_family="f",
        tools=tuple(
            ToolGrant(tool=t, schema="0" * 64, effects=("read",)) for t in (tools or TOOLS)
        ),
        delegation=ceiling,
        not_before=0,
        not_after=2 * NOW,
        constitution="0" * 64,
    )


class Manifests:
    """Grants every tool that a manifest names."""

    def __init__(self, **tools: tuple[str, ...]) -> None:
        self.tools = tools

    def may(self, agent: str, request: Request) -> bool:
        return request.resource is None or request.resource in self.tools.get(agent, TOOLS)


def delegations(**tools: tuple[str, ...]) -> Delegations:
    manifests = (
        manifest("planner", ("helper", "clerk")),
        manifest("helper", ("clerk",)),
        manifest("clerk", ("scribe",)),
        manifest("scribe"),
    )
    return Delegations(manifests, Manifests(**tools), NoChronicle())


def links(*pairs: tuple[str, str]) -> PrincipalChain:
    agents = tuple(Principal(name=n, kind="agent", delegation=d) for n, d in pairs)
    return PrincipalChain(links=(ROOT, *agents))


def delegate(
    agent: str, to: str, chain: PrincipalChain, *, tools: Any = ("sis.read",), **more: Any
) -> Request:
    arguments = {
        "actions": ["tool.call"],
        "tools": list(tools),
        "lifetime": 3600,
        "depth": 1 if agent == "planner" else 0,
        **more.pop("arguments", {}),
    }
    return asked("delegate", None, agent=agent, peer=to, links=chain, arguments=arguments, **more)


def given_chain() -> Delegations:
    """Planner gave to helper (d1), helper to clerk (d2)."""
    held = delegations()
    held.record("d1", delegate("planner", "helper", links()))
    held.record("d2", delegate("helper", "clerk", links(("planner", "d1"))))
    return held


FULL = links(("planner", "d1"), ("helper", "d2"))


def said(held: Delegations, chain: PrincipalChain, **more: Any) -> Outcome:
    given: dict[str, Any] = {"agent": "clerk", "resource": "sis.read", "links": chain, **more}
    return held.judge(asked(**given)).outcome


def test_a_recorded_chain_holds() -> None:
    assert said(given_chain(), FULL) is Outcome.ABSTAIN
    assert said(given_chain(), links(), agent="planner") is Outcome.ABSTAIN


@pytest.mark.parametrize(
    ("chain", "more"),
    [
        (links(("planner", "d2"), ("helper", "d1")), {}),
        (links(("planner", "d1"), ("helper", "never")), {}),
        (links(("helper", "d2")), {}),
        (links(("planner", "d1")), {}),
        (FULL, {"agent": "scribe"}),
        (FULL, {"resource": "ledger.pay"}),
        (FULL, {"action": "message.send", "resource": None, "peer": "x"}),
        (FULL, {"task": "t2"}),
        (FULL, {"run": "r2"}),
        (FULL, {"time": HOUR + 1}),
        (PrincipalChain(links=(Principal(name="mallory", kind="person"),)), {"agent": "planner"}),
    ],
)
def test_anything_but_what_was_recorded_is_forbidden(
    chain: PrincipalChain, more: dict[str, Any]
) -> None:
    assert said(given_chain(), chain, **more) is Outcome.FORBID


def test_a_giver_passes_on_only_what_it_may_do_itself() -> None:
    held = delegations(planner=("ledger.pay",))
    held.record("d1", delegate("planner", "helper", links()))
    assert said(held, links(("planner", "d1")), agent="helper") is Outcome.FORBID


def test_revocation_reaches_every_child() -> None:
    held = given_chain()
    held.revoke("d1")
    assert said(held, FULL) is Outcome.FORBID
    held = given_chain()
    held.revoke_agent("planner")
    assert said(held, FULL) is Outcome.FORBID


def test_a_child_does_not_outlive_its_parent() -> None:
    held = delegations()
    held.record("d1", delegate("planner", "helper", links(), arguments={"lifetime": 5}))
    made = held.record("d2", delegate("helper", "clerk", links(("planner", "d1"))))
    assert made.expires == NOW + 5 * SECOND


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (delegate("planner", "scribe", links()), "nothing on to `scribe`"),
        (delegate("planner", "helper", links(), tools=("other",)), "fewer `tools`"),
        (delegate("planner", "registrar", links()), "not in the chain yet"),
        (delegate("planner", "helper", links(), arguments={"lifetime": 3601}), "3600 seconds"),
        (delegate("planner", "helper", links(), arguments={"lifetime": -1}), "3600 seconds"),
        (delegate("planner", "helper", links(), arguments={"lifetime": "ever"}), "3600 seconds"),
        (delegate("planner", "helper", links(), arguments={"depth": 2}), "depth below 2"),
        (delegate("planner", "helper", links(), arguments={"all": 1}), "expects `actions`"),
        (delegate("scribe", "helper", links()), "passes nothing on"),
        (delegate("stranger", "helper", links()), "has no manifest"),
        (delegate("helper", "clerk", links(("planner", "forged"))), "not on record"),
    ],
)
def test_widening_is_refused(request_: Request, why: str) -> None:
    held = delegations()
    with pytest.raises(DelegationError, match=why):
        held.record("d9", request_)
    assert held.judge(request_).outcome is Outcome.FORBID


def test_a_child_is_no_wider_than_its_parent() -> None:
    held = given_chain()
    wider = delegate("helper", "clerk", links(("planner", "d1")), tools=TOOLS)
    with pytest.raises(DelegationError, match="wider than what the giver was given"):
        held.record("d3", wider)


def test_a_giver_needs_the_tool_itself() -> None:
    poor = msgspec.structs.replace(manifest("planner", ("helper",)), tools=())
    held = Delegations([poor], Manifests(), NoChronicle())
    with pytest.raises(DelegationError, match="has not itself"):
        held.record("d1", delegate("planner", "helper", links()))


def test_depth_is_that_of_the_whole_chain() -> None:
    held = given_chain()  # planner passed on one further hop: helper to clerk
    with pytest.raises(DelegationError, match="wider than what the giver was given"):
        held.record("d3", delegate("clerk", "scribe", FULL))


def event(id: str, giver: str, to: str, *causes: str, **more: Any) -> Delegated:
    return Delegated(
        id=id,
        time=NOW,
        run="r1",
        task="t1",
        agent=giver,
        to=to,
        causes=tuple(Cause(id=c) for c in causes),
        **{
            "identity": "bound",
            "expires": HOUR,
            "scope": scope_text(Scope(actions=("tool.call",), tools=("sis.read",), depth=1)),
            **more,
        },
    )


def test_a_restart_finds_the_chain_in_the_log() -> None:
    held = delegations()
    last = scope_text(Scope(actions=("tool.call",), tools=("sis.read",)))
    second = event("d2", "helper", "clerk", "d1", scope=last)
    held.rebuild([event("d1", "planner", "helper"), second])
    assert said(held, FULL) is Outcome.ABSTAIN
    held.rebuild([PolicyChanged(id="e1", time=NOW, run="r1", subject="d1", change="revoke")])
    assert said(held, FULL) is Outcome.FORBID


@pytest.mark.parametrize(
    "more", [{"identity": "asserted"}, {"scope": "everything"}, {"expires": 0}]
)
def test_a_restart_takes_no_word_for_it(more: dict[str, Any]) -> None:
    held = delegations()
    held.rebuild([event("d1", "planner", "helper", **more)])
    assert said(held, links(("planner", "d1")), agent="helper") is Outcome.FORBID


@pytest.mark.parametrize(
    ("scope", "parent"),
    [
        (Scope(actions=("tool.call",), tools=TOOLS, depth=2), False),
        (Scope(actions=("tool.call",), tools=TOOLS, depth=1), True),
        (Scope(actions=("tool.call", "message.send"), tools=TOOLS), True),
    ],
)
def test_what_is_on_record_goes_no_further_than_it_could_have(scope: Scope, parent: bool) -> None:
    """A planner may pass on a depth of 1 at most, and so a helper under it of 0."""
    held = delegations()
    first = Scope(actions=("tool.call",), tools=TOOLS, depth=1)
    events = [event("d1", "planner", "helper", scope=scope_text(first if parent else scope))]
    if parent:
        assert said(rebuilt(events), links(("planner", "d1")), agent="helper") is Outcome.ABSTAIN
        events.append(event("d2", "helper", "clerk", "d1", scope=scope_text(scope)))
    held.rebuild(events)
    last = {"chain": FULL} if parent else {"chain": links(("planner", "d1")), "agent": "helper"}
    assert said(held, **last) is Outcome.FORBID  # type: ignore[arg-type]


def rebuilt(events: list[Any]) -> Delegations:
    held = delegations()
    held.rebuild(events)
    return held


def test_no_delegation_outlasts_the_manifest_of_its_giver() -> None:
    short = msgspec.structs.replace(manifest("planner", ("helper",)), not_after=NOW + 5 * SECOND)
    held = Delegations([short, manifest("helper", ("clerk",))], Manifests(), NoChronicle())
    held.rebuild([event("d1", "planner", "helper")])
    for late, outcome in ((5, Outcome.ABSTAIN), (6, Outcome.FORBID)):
        request = delegate(
            "helper", "clerk", links(("planner", "d1")), time=NOW + late * SECOND,
            arguments={"lifetime": 1},
        )  # fmt: skip
        assert held.judge(request).outcome is outcome


def test_memory_is_bounded_and_what_expired_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_RECORDED", 1)
    held = delegations()
    held.record("d1", delegate("planner", "helper", links(), arguments={"lifetime": 5}))
    with pytest.raises(DelegationError, match="in force"):
        held.record("d2", delegate("planner", "clerk", links()))
    later: dict[str, Any] = {"time": NOW + 6 * SECOND, "arguments": {"lifetime": 60}}
    held.record("d3", delegate("planner", "clerk", links(), **later))


AGENTS = ("planner", "helper", "clerk", "scribe")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(AGENTS),
            st.sampled_from(AGENTS),
            st.lists(st.sampled_from([*TOOLS, "root"]), unique=True),
            st.integers(-1, 4000),
            st.integers(0, 2),
            st.lists(st.sampled_from(["d0", "d1", "d2", "d3"]), max_size=2),
        ),
        max_size=5,
    ),
    st.sampled_from([*TOOLS, "root"]),
)
def test_no_delegations_ever_reach_beyond_the_first_giver(
    tried: list[tuple[str, str, list[str], int, int, list[str]]], tool: str
) -> None:
    """Whatever is delegated, each accepted one is within its parent and the giver's ceiling."""
    held = delegations()
    accepted = {}
    for number, (giver, taker, tools, seconds, depth, cited) in enumerate(tried):
        known = [(accepted[c].giver, c) for c in cited if c in accepted]
        if len({name for name, _ in known}) < len(known):
            continue
        request = delegate(
            giver,
            taker,
            links(*known),
            tools=tools,
            arguments={"lifetime": seconds, "depth": depth},
        )
        try:
            accepted[f"d{number}"] = held.record(f"d{number}", request)
        except DelegationError:
            continue
    for made in accepted.values():
        assert "root" not in made.scope.tools and NOW < made.expires <= HOUR
        if made.parent is not None:
            parent = accepted[made.parent]
            assert made.scope.within(parent.scope) and made.expires <= parent.expires
