"""The evaluator is held against the engine: on every concrete scene they must agree."""

from typing import Any

import cedarpy
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tertius.policy.cedar_terms import (
    ERROR,
    UNKNOWN,
    Scene,
    Uid,
    evaluate,
    fires,
    path_of,
    reads,
)
from tertius.policy.cedar_text import parse_rule

SCHEMA = """
entity Agent { operator: String, owns: Set<String> };
entity Resource;
action "tool.call", "rate" appliesTo { principal: Agent, resource: [Resource, Agent], context: {
    n: Long, m?: Long, s: String, b: Bool, set: Set<String>, peer?: Agent,
    arguments: { amount?: Long, deep?: { x?: Long } } } };
"""
AGENTS = {
    "a": {"operator": "campus", "owns": ["x", "y"]},
    "b": {"operator": "other", "owns": []},
}
ENTITIES = msgspec.json.encode(
    [{"uid": {"type": "Agent", "id": k}, "attrs": v, "parents": []} for k, v in AGENTS.items()]
).decode()


def attributes(uid: Uid, name: str) -> Any:
    value = AGENTS.get(uid.id, {}).get(name, ERROR) if uid.type == "Agent" else ERROR
    return frozenset(value) if isinstance(value, list) else value


LONG = st.sampled_from(
    [
        "context.n",
        "context.m",
        "context.arguments.amount",
        "context.arguments.deep.x",
        "3",
        "0",
        "-1",
        "9223372036854775807",
    ]
)
LONGS = st.one_of(
    LONG,
    st.builds(lambda a, o, b: f"({a} {o} {b})", LONG, st.sampled_from(["+", "-", "*"]), LONG),
)
BOOLS = st.one_of(
    st.builds(
        lambda a, o, b: f"({a} {o} {b})",
        LONGS,
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        LONGS,
    ),
    st.sampled_from(
        [
            "true",
            "false",
            "context.b",
            "context has m",
            "context has nothing",
            "context.arguments has amount",
            "context.arguments has deep.x",
            'context.s == "word"',
            'context.s != "word"',
            'context.s like "w*d"',
            'context.s like "*o*"',
            'context.s like "a\\*"',
            'context.set.contains("x")',
            'context.set.containsAll(["x", "y"])',
            'context.set.containsAny(["x", "z"])',
            "context.set.isEmpty()",
            'context.set == ["x"]',
            'principal == Agent::"a"',
            'principal in [Agent::"a", Agent::"b"]',
            "resource is Agent",
            'resource == Resource::"r"',
            'principal.operator == "campus"',
            'principal.owns.contains("y")',
            "context.peer == principal",
            'context.peer.operator == "other"',
            "context has peer",
            "{x: 1} == {x: context.n}",
        ]
    ),
)


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
    )


CONDITIONS = st.recursive(BOOLS, deeper, max_leaves=6)
SCOPES = st.sampled_from(
    [
        "principal, action, resource",
        'principal == Agent::"a", action == Action::"tool.call", resource',
        'principal, action in [Action::"rate", Action::"tool.call"], resource is Agent',
        'principal is Agent, action, resource == Resource::"r"',
        'principal in Agent::"a", action, resource is Agent in Agent::"b"',
    ]
)
CONTEXTS = st.fixed_dictionaries(
    {
        "n": st.sampled_from([-1, 0, 3, 4, 2**62]),
        "s": st.sampled_from(["word", "wd", "a*", "aa", ""]),
        "b": st.booleans(),
        "set": st.sampled_from([[], ["x"], ["x", "y"], ["z"]]),
        "arguments": st.fixed_dictionaries(
            {},
            optional={
                "amount": st.sampled_from([0, 3, 2**62]),
                "deep": st.fixed_dictionaries({}, optional={"x": st.just(3)}),
            },
        ),
    },
    optional={
        "m": st.sampled_from([0, 3]),
        "peer": st.sampled_from(["a", "b", "stranger"]),
    },
)


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: Uid("Agent", v) if k == "peer" else plain(v) for k, v in value.items()}
    return frozenset(value) if isinstance(value, list) else value


@settings(max_examples=400)
@given(
    SCOPES,
    CONDITIONS,
    st.sampled_from(["when", "unless"]),
    CONTEXTS,
    st.sampled_from(["a", "b", "stranger"]),
    st.sampled_from(["tool.call", "rate"]),
    st.sampled_from([("Resource", "r"), ("Agent", "b")]),
)
def test_agrees_with_the_engine(
    scope: str,
    condition: str,
    clause: str,
    context: dict[str, Any],
    agent: str,
    action: str,
    target: tuple[str, str],
) -> None:
    text = f"forbid ({scope}) {clause} {{ {condition} }};"
    told = {k: {"type": "Agent", "id": v} if k == "peer" else v for k, v in context.items()}
    answer = cedarpy.is_authorized(
        {
            "principal": {"type": "Agent", "id": agent},
            "action": {"type": "Action", "id": action},
            "resource": {"type": target[0], "id": target[1]},
            "context": msgspec.json.encode(told).decode(),
        },
        text + "permit (principal, action, resource);",
        ENTITIES,
        SCHEMA,
    )
    assert answer.decision is not cedarpy.Decision.NoDecision
    engine = ERROR if answer.diagnostics.errors else not answer.allowed
    rule = parse_rule("k1", text)
    scene = Scene(
        Uid("Agent", agent), Uid("Action", action), Uid(*target), plain(context), attributes
    )
    ours = fires(rule, scene)
    assert ours is engine or ours is UNKNOWN
    blind = fires(rule, scene._replace(context=UNKNOWN, attributes=lambda uid, name: UNKNOWN))
    assert blind is UNKNOWN or blind is engine


def condition(text: str) -> Any:
    rule = parse_rule("k1", f"forbid (principal, action, resource) when {{ {text} }};")
    return rule.clauses[0].expr


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("false && context.n > 1", False),
        ("true || context.n > 1", True),
        ("context.n > 1 && false", UNKNOWN),
        ("context.n > 1 || true", UNKNOWN),
        ("if true then false else context.b", False),
        ("9223372036854775807 + 1 > 0", ERROR),
        ("!(context.b)", UNKNOWN),
    ],
)
def test_an_unknown_that_may_fail_is_no_answer(text: str, answer: object) -> None:
    nothing = Scene(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    assert evaluate(condition(text), nothing) is answer


def test_finds_every_path_that_is_read() -> None:
    text = (
        "context.label == 3 || (context has a.b && context.c.d.contains(principal.owns)) "
        '|| context.e like "*" || context == {}'
    )
    rule = parse_rule("k1", f"forbid (principal, action, resource) when {{ {text} }};")
    assert reads(rule) == {("label",), ("a",), ("a", "b"), ("c", "d"), ("e",), ()}
    assert path_of(condition("principal.owns == 1").left) == ("principal", "owns")
