"""A rule that any sampled request satisfies is never called one that can never fire."""

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tertius.core.outcome import Outcome
from tertius.policy.cedar import Rule
from tertius.policy.cedar_terms import Scene, Uid, fires
from tertius.policy.cedar_text import parse_rule
from tertius.policy.request_context import Member
from tertius.policy.request_schema import shape
from tertius.policy.rule_lint import RuleLint
from tertius.policy.rule_space import parts, space

SHAPE = shape("type Arguments = { amount?: Long, to?: String };")
MEMBERS = [Member(agent=a, operator="campus", principal="dean", family="f") for a in ("a", "b")]
ATOMS = st.one_of(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["context.hops", "context.votes", "context.confidentiality"]),
        st.sampled_from(["<", "<=", "==", "!=", ">", ">="]),
        st.integers(-1, 5),
    ),
    st.builds(
        "(context.arguments has amount && context.arguments.amount {} {})".format,
        st.sampled_from(["<", "==", ">"]),
        st.integers(-2, 2),
    ),
    st.sampled_from(
        [
            "context.verified",
            "context.all_origins",
            'context.origins.contains("web")',
            'context.origins == ["web"]',
            "context.origins.isEmpty()",
            'principal == Agent::"a"',
            "resource is Agent",
            'context.root == "dean"',
            'context.chain.contains("dean")',
            '(context.arguments has to && context.arguments.to == "x")',
            "(context has peer && context.peer == principal)",
            'principal.family == "f"',
        ]
    ),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
    ),
    max_leaves=5,
)


@st.composite
def sampled(draw: st.DrawFn) -> Scene:
    votes = draw(st.integers(0, 5))
    everywhere = draw(st.booleans())
    root = draw(st.sampled_from(["dean", "p"]))
    names = frozenset({root, *draw(st.lists(st.sampled_from(["dean", "x", "y"]), max_size=2))})
    agent = draw(st.sampled_from(["a", "b"]))
    peer = draw(st.sampled_from(["a", "b"]))
    target = draw(st.sampled_from([Uid("Resource", "r"), Uid("Agent", peer)]))
    arguments: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {}, optional={"amount": st.integers(-3, 3), "to": st.sampled_from(["x", "y"])}
        )
    )
    origins = frozenset(draw(st.lists(st.sampled_from(["web", "sis"]))))
    context = {
        "hops": len(names),
        "votes": votes,
        "confidentiality": draw(st.integers(0, 3)),
        "verified": votes > 0 and draw(st.booleans()),
        "all_origins": everywhere,
        "origins": frozenset() if everywhere else origins,
        "root": root,
        "chain": names,
        "arguments": arguments,
        **({"peer": Uid("Agent", peer)} if target.type == "Agent" or draw(st.booleans()) else {}),
    }
    return Scene(Uid("Agent", agent), Uid("Action", "rate"), target, context, lambda uid, name: "f")


def rule(condition: str) -> Rule:
    text = f"forbid (principal, action, resource) when {{ {condition} }};"
    return Rule(id="k", why="w", cedar=text, term=parse_rule("k", text), outcome=Outcome.FORBID)


@settings(max_examples=150)
@given(CONDITIONS, st.lists(sampled(), min_size=1, max_size=20))
def test_what_a_sampled_request_satisfies_can_fire(condition: str, tried: list[Scene]) -> None:
    made = rule(condition)
    assume(any(fires(made.template, scene) is True for scene in tried))
    found = RuleLint("c", [made], SHAPE, [], MEMBERS).faults()
    assert [fault.kind for fault in found] in (["idle"], ["not-decided"])


@settings(max_examples=100)
@given(CONDITIONS, CONDITIONS, st.lists(sampled(), min_size=1, max_size=20))
def test_what_a_sampled_request_tells_apart_is_not_shadowed(
    one: str, other: str, tried: list[Scene]
) -> None:
    rules = [rule(one), rule(other)]
    found = RuleLint("c", rules, SHAPE, [], MEMBERS)
    if found._covers(rules[0], rules[1]):
        for scene in tried:
            if fires(rules[1].template, scene) is True:
                assert fires(rules[0].template, scene) is True


def test_rules_that_share_no_field_stand_apart() -> None:
    terms = [
        rule("context.hops > 1").template,
        rule("context.votes > 1").template,
        rule("context.verified").template,
        rule('context.root == "x"').template,
    ]
    groups = [sorted(terms.index(term) for term in group) for group in parts(terms, SHAPE)]
    assert sorted(groups) == [[0, 3], [1, 2]]


def test_arithmetic_and_patterns_are_not_exact() -> None:
    assert space([rule("context.hops > 1").template], SHAPE, ["a"]).exact
    assert not space([rule("context.hops * 2 > 1").template], SHAPE, ["a"]).exact
    assert not space([rule('context.run like "a*"').template], SHAPE, ["a"]).exact
    assert not space([rule("context.hops > context.votes").template], SHAPE, ["a"]).exact
