"""Attacks on the layers of policy: each is stopped, and succeeds once its defence is removed.

References
----------
Project security contract, section 10; what peers get wrong: governance notes, sections 1 and 2.
"""

import json
import threading
from typing import Any

import cedarpy
import msgspec
import pytest
from tests.policy.asked import NOW, SECOND, asked, chain, layer, member
from tests.policy.test_delegation import FULL, Manifests, delegate, delegations, links
from tests.policy.test_tightening import OTHER, manifest, narrows

from tertius.core.events import Asserted, BaseEvent, Cause, ToolCalled, Verified
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided
from tertius.core.request import Request
from tertius.policy.cedar import CedarFaultError
from tertius.policy.cedar_terms import Scene, Uid, fires
from tertius.policy.cedar_text import CedarError
from tertius.policy.conditions import ConditionsLayer, condition_rules
from tertius.policy.conditions_document import ConditionRule, Conditions, Consensus, Match
from tertius.policy.counters import Counter
from tertius.policy.delegation import Delegations
from tertius.policy.history import History
from tertius.policy.request_context import NoChronicle
from tertius.policy.tightening import Tightening

HEAD = "forbid (principal, action, resource)"
AMOUNT = "type Arguments = { amount?: Long };"
TRIPLED = f"{HEAD} when {{ context.arguments has amount && context.arguments.amount * 3 > 900 }};"


def engine(text: str, context: dict[str, Any], schema: str | None = None) -> cedarpy.AuthzResult:
    """The engine by itself: nothing validated, no diagnostic looked at."""
    return cedarpy.is_authorized(
        {
            "principal": 'Agent::"aid"',
            "action": 'Action::"tool.call"',
            "resource": 'Resource::"ledger.pay"',
            "context": json.dumps(context),
        },
        f"{text} permit (principal, action, resource);",
        "[]",
        schema,
    )


# -- gate ------------------------------------------------------------------------------------------


def test_cedar_overflow() -> None:
    request = asked(arguments={"amount": 2**62})
    with pytest.raises(CedarFaultError, match="overflow"):
        layer(TRIPLED, schema=AMOUNT).judge(request)
    undefended = engine(TRIPLED, {"arguments": {"amount": 2**62}})
    assert undefended.allowed  # the forbid is skipped, and the permit wins


def test_a_forbid_that_reads_a_missing_attribute() -> None:
    text = f"{HEAD} when {{ context.arguments.amount > 500 }};"
    with pytest.raises(CedarError, match="unable to guarantee safety"):
        layer(text, schema=AMOUNT)
    assert engine(text, {"arguments": {}}).allowed
    whole = layer(TRIPLED, schema=AMOUNT).rules.shape.text
    assert engine(text, {"arguments": {}}, whole).decision is cedarpy.Decision.NoDecision


def limited(limit: int) -> tuple[ConditionsLayer, History]:
    conditions = Conditions(
        name="terms",
        version=1,
        schema=AMOUNT,
        counters=(Counter(name="spent", window=3600.0, amount="amount"),),
        rules=(
            ConditionRule(
                id="c1", why="w", cedar=f"{HEAD} when {{ context.counts.spent > {limit} }};"
            ),
        ),
    )
    rules = condition_rules(conditions)
    history = History(conditions, read=rules.counters)
    return ConditionsLayer(conditions, rules, history), history


def test_parallel_calls_overspend() -> None:
    """All ten calls are judged before any of them has happened."""
    requests = [asked(id=f"q{n}", arguments={"amount": 30}) for n in range(10)]
    held, history = limited(100)
    together = threading.Barrier(len(requests))
    said: list[Outcome] = []

    def call(request: Request, reserve: bool) -> None:
        together.wait()
        if reserve:
            history.reserve(request, NOW)
        vote = held.judge(request).outcome
        said.append(vote)

    def all_at_once(reserve: bool) -> int:
        said.clear()
        threads = [threading.Thread(target=call, args=(r, reserve)) for r in requests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return said.count(Outcome.ABSTAIN)

    assert all_at_once(reserve=False) == 10  # 300 spent of 100
    assert all_at_once(reserve=True) == 3


def spent(number: int) -> list[BaseEvent]:
    given: dict[str, Any] = {"time": NOW, "run": "r1", "agent": "aid", "task": "t1"}
    permit = Decided(id=f"d{number}", request="0" * 64, outcome="permit", **given)
    act = ToolCalled(
        id=f"e{number}", tool="x", identity="bound", causes=(Cause(id=permit.id),), **given
    )
    return [permit, act]


def thirty(event: BaseEvent) -> bytes:
    return b'{"amount":30}'


def test_restart_resets_the_budget() -> None:
    request = asked(arguments={"amount": 30})
    held, history = limited(100)
    assert held.judge(request).outcome is Outcome.ABSTAIN  # as if nothing had ever been spent
    history.rebuild([event for n in range(3) for event in spent(n)], thirty)
    assert held.judge(request).outcome is Outcome.FORBID


def test_salami_below_the_threshold() -> None:
    slices = [asked(id=f"q{n}", arguments={"amount": 99}) for n in range(5)]
    each = layer(
        f"{HEAD} when {{ context.arguments has amount && context.arguments.amount > 100 }};",
        schema=AMOUNT,
    )
    assert all(each.judge(request).outcome is Outcome.ABSTAIN for request in slices)
    held, history = limited(100)
    said = []
    for request in slices:
        history.reserve(request, NOW)
        said.append(held.judge(request).outcome)
        history.release(request) if said[-1] is Outcome.FORBID else history.commit(request)
    assert said == [Outcome.ABSTAIN] + [Outcome.FORBID] * 4


def test_a_negative_amount_gives_budget_back() -> None:
    _, history = limited(100)
    with pytest.raises(Exception, match="whole number from 0 up"):
        history.reserve(asked(arguments={"amount": -500}), NOW)


def test_a_resource_named_beside_the_peer_hides_the_peer() -> None:
    held = layer(
        'forbid (principal, action == Action::"message.send", resource == Agent::"press");'
    )
    plain = asked("message.send", None, peer="press")
    beside = asked("message.send", "draft", peer="press")
    assert held.judge(plain).outcome is held.judge(beside).outcome is Outcome.FORBID
    scene = Scene(Uid("Agent", "aid"), Uid("Action", "message.send"), Uid("Resource", "draft"), {})
    assert fires(held.rules.rules[0].template, scene) is False  # were the resource the target


# -- identity --------------------------------------------------------------------------------------


class Believing(Delegations):
    """The defence removed: the chain that a request brings is believed."""

    def _broken(self, request: Request) -> str:
        return ""


def test_delegation_outlives_its_parent() -> None:
    held = delegations()
    held.record("d1", delegate("planner", "helper", links(), arguments={"lifetime": 10}))
    short = delegate("helper", "clerk", links(("planner", "d1")), arguments={"lifetime": 3600})
    held.record("d2", short)
    late = asked(agent="clerk", resource="sis.read", links=FULL, time=NOW + 11 * SECOND)
    assert held.judge(late).outcome is Outcome.FORBID
    assert Believing([], Manifests(), NoChronicle()).judge(late).outcome is Outcome.ABSTAIN


def test_a_launch_argument_names_another_agents_authority() -> None:
    """The chain of a stronger agent, copied by one that was given nothing."""
    held = delegations()
    held.record("d1", delegate("planner", "helper", links()))
    stolen = asked(agent="scribe", resource="sis.read", links=links(("planner", "d1")))
    assert held.judge(stolen).outcome is Outcome.FORBID
    assert Believing([], Manifests(), NoChronicle()).judge(stolen).outcome is Outcome.ABSTAIN


def test_a_delegation_whose_parent_nobody_knows() -> None:
    """A peer verifies a bogus delegation when its parent is not in an optional registry."""
    bogus = asked(agent="clerk", resource="sis.read", links=chain("planner", "helper"))
    assert delegations().judge(bogus).outcome is Outcome.FORBID
    assert Believing([], Manifests(), NoChronicle()).judge(bogus).outcome is Outcome.ABSTAIN


def consensus() -> tuple[ConditionsLayer, History]:
    demand = Consensus(id="two", why="two heads", act=Match(actions=("determine",)))
    conditions = Conditions(name="terms", version=1, consensus=(demand,))
    rules = condition_rules(conditions)
    history = History(conditions, families={"a": "f", "b": "g", "c": "h"})
    return ConditionsLayer(conditions, rules, history), history


def votes() -> list[BaseEvent]:
    given: dict[str, Any] = {"time": NOW, "run": "r1", "task": "t1", "identity": "bound"}
    return [
        Asserted(id="v1", agent="a", about="risk", value="high", **given),
        Asserted(id="v2", agent="b", about="risk", value="high", **given),
        ToolCalled(id="look", agent="c", tool="sis.read", **given),
    ]


FORGED = Verified(
    id="c1",
    time=NOW,
    run="r1",
    task="t1",
    agent="c",
    subject="v1",
    result="confirmed",
    evidence=("look",),
)


def test_a_forged_verified_event() -> None:
    request = asked("determine", "risk")
    held, history = consensus()
    for event in [*votes(), FORGED]:
        history.observe(event)
    assert held.judge(request).outcome is Outcome.FORBID
    history.observe(msgspec.structs.replace(FORGED, identity="bound"))  # were it believed
    assert held.judge(request).outcome is Outcome.ABSTAIN


def test_sock_puppets_of_one_model_family() -> None:
    request = asked("determine", "risk")
    held, history = consensus()
    puppets = [msgspec.structs.replace(each, agent="a2") for each in votes()[1:2]]
    checked = msgspec.structs.replace(FORGED, identity="bound")
    for event in [votes()[0], *puppets, votes()[2], checked]:
        history.observe(event)
    vote = held.judge(request)
    assert (vote.outcome, "model families" in vote.reason) == (Outcome.FORBID, True)
    blind = Consensus(id="two", why="w", act=Match(actions=("determine",)), distinct_families=False)
    conditions = msgspec.structs.replace(held.conditions, consensus=(blind,))
    undefended = ConditionsLayer(conditions, held.rules, history)
    assert undefended.judge(request).outcome is Outcome.ABSTAIN


def test_framing_a_rival_by_acts_it_never_took() -> None:
    request = asked("rate", "x")
    framed = [
        ToolCalled(id=f"e{n}", time=NOW, run="r1", agent="aid", task="t1", tool="x")
        for n in range(99)
    ]
    conditions = Conditions(name="terms", version=1)
    history = History(conditions, read=["agent_minute"])
    history.rebuild(framed)
    assert history.recall(asked(), ["agent_minute"]).counts == {"agent_minute": 1}
    history.rebuild([msgspec.structs.replace(e, identity="bound") for e in framed])
    assert history.recall(asked(), ["agent_minute"]).counts == {"agent_minute": 100}
    assert history.recall(request, ["agent_minute"]).counts == {"agent_minute": 1}


def test_tightening_a_rival(monkeypatch: pytest.MonkeyPatch) -> None:
    rival = manifest("tutor", version=2, tools=(OTHER,))
    held = Tightening([manifest(), manifest("tutor")], narrows)
    assert held.propose("q1", "aid", rival, identity="bound").state == "waiting"
    assert held.in_force("tutor") == manifest("tutor")
    monkeypatch.setattr(Tightening, "_why_not_at_once", lambda self, proposal, identity: "")
    assert held.propose("q2", "aid", rival, identity="bound").state == "applied"


# -- what peers get wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f'{HEAD} when {{ !(principal.family == "f") }};',
        f'{HEAD} unless {{ principal.family == "f" }};',
        f'{HEAD} when {{ !(["f", "h"].contains(principal.family)) }};',
        f'{HEAD} when {{ !(principal in [Agent::"aid", Agent::"clerk"]) }};',
        f'{HEAD} when {{ ((principal.family == "g") && (context.hops > 0)) || false }};',
        f'{HEAD} when {{ principal.family != context.root && principal.family == "g" }};',
        f'{HEAD} when {{ principal.family like "g*" }};',
    ],
)
def test_deny_rules_that_never_fire_elsewhere(text: str) -> None:
    """A peer's rule language takes these forms and never denies by them."""
    held = layer(text, members=(member("aid", "f"), member("tutor", "g")))
    assert held.judge(asked(agent="tutor")).outcome is Outcome.FORBID
    assert held.judge(asked(agent="aid")).outcome is Outcome.ABSTAIN


@pytest.mark.parametrize(
    "text",
    [
        "agent == tutor and not tool in [read]",
        f'{HEAD} when {{ principal.family == "g" }}; && x',
        f'{HEAD} when {{ principal.family = "g" }};',
        f'{HEAD} when {{ startswith(principal.family, "g") }};',
        "\x00\u202e deny everything",
    ],
)
def test_garbage_stops_the_start(text: str) -> None:
    with pytest.raises(CedarError, match="rule `k1`"):
        layer(text)


def test_counts_across_agents_are_across_agents() -> None:
    """A peer's `across` selector is ignored: every agent has a count of its own."""
    both = Counter(name="both", per=(), window=60.0)
    each = Counter(name="each", per=("agent",), window=60.0)
    history = History(
        Conditions(name="terms", version=1, counters=(both, each)), read=["both", "each"]
    )
    for number, agent in enumerate(("a", "b", "c")):
        history.reserve(asked(id=f"q{number}", agent=agent), NOW + number * SECOND)
    last = asked(id="q2", agent="c")
    assert history.recall(last, ["both", "each"]).counts == {"both": 3, "each": 1}
