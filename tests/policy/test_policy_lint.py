"""Every fault of a policy set is found, with its smallest example, and sound sets are quiet."""

from typing import Any

import msgspec
import pytest
from tests.policy.asked import constitution

from tertius.core.grants import PeerGrant, ToolGrant
from tertius.core.manifest import Manifest
from tertius.policy.conditions_document import (
    ConditionRule,
    Conditions,
    Consensus,
    Delay,
    Match,
    SplitTask,
)
from tertius.policy.flaw import Flaw
from tertius.policy.policy_lint import lint_policy
from tertius.policy.roles_document import Determination

HEAD = "forbid (principal, action, resource)"
DECLARED = "type Arguments = { amount?: Long, to?: String, note?: { text?: String } };"


def manifest(agent: str = "aid", *tools: str, family: str = "f", **more: Any) -> Manifest:
    return Manifest(
        agent=agent,
        version=1,
        role="helps",
        operator="campus",
        principal="dean",
        accountable="p-1",
        model_family=family,
        tools=tuple(ToolGrant(tool=t, schema="0" * 64, effects=("read",)) for t in tools),
        not_before=0,
        not_after=9,
        constitution="0" * 64,
        **more,
    )


AID = manifest(
    "aid",
    "ledger.pay",
    peers=(PeerGrant(peer="tutor", direction="to", kinds=("message.send",)),),
    owns=("aid.eligibility",),
)
TUTOR = manifest("tutor", "sis.read", family="g")


def linted(*rules: str, **more: Any) -> list[Flaw]:
    return lint_policy(
        manifests=(AID, TUTOR),
        constitution=constitution(*rules, schema=DECLARED),
        approvers=more.pop("approvers", ("p-7",)),
        **more,
    )


def kinds(found: list[Flaw]) -> list[tuple[str, str]]:
    return [(fault.kind, fault.where) for fault in found]


PAYS = 'forbid (principal, action == Action::"tool.call", resource == Resource::"ledger.pay")'
OVER = f"{PAYS} when {{ context.arguments has amount && context.arguments.amount > 500 }};"


FAR = f"{HEAD} when {{ context.hops > 2 }};"


def test_a_sound_set_is_quiet() -> None:
    assert linted(OVER, f"{HEAD} when {{ context.confidentiality > 2 }};") == []


def test_text_that_cannot_be_read_is_told_rule_by_rule() -> None:
    found = linted("garbage", OVER, f"{HEAD} when {{ context.tiem > 3 }};")
    assert kinds(found) == [("unreadable", "campus:k1"), ("unreadable", "campus:k3")]
    assert "did you mean `time`" in found[1].said


@pytest.mark.parametrize(
    "condition",
    [
        "false",
        "context.hops > 5 && context.hops < 3",
        "context.confidentiality > 3",
        "context.hops < 1",
        'context.identity == "certain"',
        'context has task && context.task == "a" && context.task == "b"',
        "context.verified && context.votes == 0",
        'context.all_origins && context.origins.contains("web")',
        "context.arguments has amount && context.arguments.amount > 5 "
        "&& !(context.arguments has amount)",
        'principal == Agent::"aid" && principal == Agent::"tutor"',
    ],
)
def test_a_rule_that_can_never_fire(condition: str) -> None:
    found = linted(OVER, f"{HEAD} when {{ {condition} }};")
    assert kinds(found) == [("never-fires", "campus:k2")]
    assert found[0].stops


@pytest.mark.parametrize(
    ("tool", "kind", "hint"),
    [
        ("ledger.pya", "misspelt", "no manifest knows `ledger.pya`; did you mean `ledger.pay`"),
        ("mail.send", "idle", "no manifest knows `mail.send`; expected one of "),
    ],
)
def test_a_rule_about_what_nobody_is_granted_names_the_nearest(
    tool: str, kind: str, hint: str
) -> None:
    found = linted(f'forbid (principal, action, resource == Resource::"{tool}");')
    assert kinds(found) == [(kind, "campus:k1")]
    assert hint in found[0].said and not found[0].stops


def test_a_rule_that_keeps_others_from_what_somebody_is_granted_is_no_fault() -> None:
    pays = PAYS + ' unless {{ principal == Agent::"{}" }};'
    assert linted(pays.format("aid")) == []
    reads = PAYS.replace("tool.call", "memory.read") + ' unless { principal == Agent::"aid" };'
    assert kinds(linted(reads)) == [("idle", "campus:k1")]


@pytest.mark.parametrize(
    ("first", "second", "shadowed"),
    [
        (OVER, OVER, "k2"),
        (OVER, OVER.replace("500", "900"), "k2"),
        (OVER.replace("500", "900"), OVER, "k1"),
        (
            f"{HEAD} when {{ context.hops > 2 }};",
            f"@escalate {HEAD} when {{ context.hops > 2 }};",
            "k2",
        ),
        (
            f'@escalate {HEAD} when {{ principal == Agent::"aid" }};',
            f"{HEAD} when {{ context.hops > 2 }};",
            "",
        ),
    ],
)
def test_a_rule_that_another_always_precedes(first: str, second: str, shadowed: str) -> None:
    found = [fault for fault in linted(first, second) if fault.kind == "shadowed"]
    assert [fault.where for fault in found] == ([f"campus:{shadowed}"] if shadowed else [])


def test_a_grant_that_a_rule_takes_away_whole_is_inert() -> None:
    found = linted(f"{PAYS};")
    assert kinds(found) == [("inert", "campus:k1")]
    assert found[0].example == "aid tool.call ledger.pay"


def test_rules_that_together_leave_no_way_are_a_gridlock() -> None:
    found = linted(
        f"{PAYS} when {{ context.votes < 2 }};", f"{PAYS} when {{ context.votes >= 2 }};"
    )
    assert kinds(found) == [("gridlock", "campus:k1")]
    assert found[0].example == "aid tool.call ledger.pay with votes = 0"


def test_two_documents_can_be_a_gridlock_together() -> None:
    conditions = Conditions(
        name="terms",
        version=1,
        rules=(ConditionRule(id="c1", why="w", cedar=f"{PAYS} when {{ context.integrity > 0 }};"),),
    )
    found = linted(f"{PAYS} when {{ context.integrity < 1 }};", conditions=conditions)
    assert kinds(found) == [("gridlock", "campus+terms:k1")]


def test_independent_rules_are_no_gridlock() -> None:
    assert (
        linted(f"{PAYS} when {{ context.votes < 2 }};", f"{PAYS} when {{ context.hops > 2 }};")
        == []
    )


def test_a_rule_that_cannot_be_decided_says_so() -> None:
    found = linted(
        f'{HEAD} when {{ context has key && context.key like "a*" && context.key like "b*" }};'
    )
    assert kinds(found) == [("not-decided", "campus:k1")]
    assert not found[0].stops


def test_an_escalation_that_nobody_may_answer_is_a_gridlock() -> None:
    rule = f"@escalate {OVER}"
    assert linted(rule) == []
    assert kinds(linted(rule, approvers=("dean",))) == [("gridlock", "campus:k1")]
    assert kinds(linted(rule, approvers=("p-1", "dean"), quorum=2)) == [("gridlock", "campus:k1")]


def test_demands_that_nobody_can_meet() -> None:
    act = Match(actions=("tool.call",), resources=("ledger.pay",))
    nobody = Match(actions=("declassify",))
    conditions = Conditions(
        name="terms",
        version=1,
        consensus=(
            Consensus(id="two", why="w", act=act, quorum=2),
            Consensus(id="three", why="w", act=act, quorum=3, verified=False),
            Consensus(id="fine", why="w", act=act, quorum=2, verified=False),
            Consensus(id="unused", why="w", act=nobody),
        ),
        delays=(
            Delay(id="ever", why="w", act=act, after=nobody, seconds=1.0),
            Delay(id="short", why="w", act=act, after=Match(agents=("tutor",)), seconds=1.0),
        ),
        splits=(
            SplitTask(id="one", why="w", steps=(act, Match(agents=("aid",)))),
            SplitTask(id="never", why="w", steps=(act, nobody)),
        ),
    )
    found = linted(OVER, conditions=conditions)
    assert sorted(kinds(found)) == [
        ("contradicts", "terms:one"),
        ("gridlock", "terms:ever"),
        ("gridlock", "terms:three"),
        ("gridlock", "terms:two"),
        ("idle", "terms:never"),
        ("idle", "terms:unused"),
    ]


def test_one_thing_under_two_authorities_overlaps() -> None:
    tutor = msgspec.structs.replace(TUTOR, owns=("aid.eligibility", "aid"))
    nested = manifest("planner", owns=("aid/plan",))
    found = lint_policy(
        manifests=(AID, tutor, nested),
        determinations=(
            Determination(name="aid.eligibility", tools=("ledger.pay",), keys=(("sis", "aid"),)),
            Determination(name="aid", tools=("ledger.pay",), keys=(("sis", "aid/x"),)),
            Determination(name="nobodys", tools=("x",)),
        ),
    )
    assert kinds(found) == [
        ("contradicts", "aid:tools"),
        ("gridlock", "owns:nobodys"),
        ("overlap", "owns:aid"),
        ("overlap", "owns:aid/plan"),
    ]
    assert all(fault.example for fault in found if fault.kind != "gridlock")
