import json

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.asked import NOW, PUBLIC, asked, chain, member

from tertius.core.constitution import ConstitutionRule
from tertius.core.outcome import Outcome
from tertius.core.request import Action, Request
from tertius.policy.cedar import CedarFaultError, CedarRules
from tertius.policy.cedar_text import CedarError
from tertius.policy.request_context import (
    ContextFaultError,
    NoChronicle,
    Recall,
    context_of,
    members_json,
    target_of,
)
from tertius.policy.request_schema import shape

DECLARED = "type Arguments = { amount?: Long, to?: String };"
HEAD = "forbid (principal, action, resource)"
MEMBERS = [member("aid"), member("tutor", "g", "grades")]


def rules(*texts: str, declared: str = DECLARED) -> CedarRules:
    made = [ConstitutionRule(id=f"k{n}", why="w", cedar=t) for n, t in enumerate(texts, 1)]
    return CedarRules(made, shape(declared), members=MEMBERS)


def fired(loaded: CedarRules, request: Request) -> list[str]:
    return [rule.id for rule in loaded.fired(request, NoChronicle())]


OVER = f"{HEAD} when {{ context.arguments has amount && context.arguments.amount > 500 }};"


def test_names_every_rule_that_applies() -> None:
    loaded = rules(OVER, f"{HEAD} when {{ context.hops > 5 }};", f"@escalate {HEAD};")
    assert fired(loaded, asked(arguments={"amount": 501})) == ["k1", "k3"]
    assert fired(loaded, asked(arguments={"amount": 500})) == ["k3"]
    assert [rule.outcome for rule in loaded.rules] == [
        Outcome.FORBID,
        Outcome.FORBID,
        Outcome.ESCALATE,
    ]


def test_a_target_may_be_a_peer() -> None:
    loaded = rules('forbid (principal, action, resource == Agent::"tutor");')
    assert fired(loaded, asked("message.send", None, peer="tutor")) == ["k1"]
    assert fired(loaded, asked("message.send", "tutor")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("permit (principal, action, resource);", "rule `k1` permits"),
        (f"@escalat {HEAD};", "unknown annotation `@escalat`"),
        (f'@escalate("no") {HEAD};', "unknown annotation"),
        (f"{HEAD} when {{ context has amuont }};", "`context.amuont`, which no request has"),
        (f"{HEAD} when {{ context.arguments has amout }};", "did you mean `amount`"),
        (f'{HEAD} when {{ context.origins.contains("web") }};', "must read `all_origins`"),
        ('forbid (principal, action == Action::"tool.cal", resource);', "`tool.call`"),
        ('forbid (principal == Agnt::"x", action, resource);', "did you mean `Agent`"),
        (f"{HEAD} when {{ context.arguments.amount > 5 }};", "unable to guarantee safety"),
        (f'{HEAD} when {{ context.time == "now" }};', "not compatible"),
    ],
)
def test_refuses_at_load_what_would_not_do_what_it_seems_to(text: str, said: str) -> None:
    with pytest.raises(CedarError, match=said):
        rules(text)


def test_an_overflow_is_a_fault_and_not_a_permit() -> None:
    loaded = rules(
        f"{HEAD} when {{ context.arguments has amount && context.arguments.amount * 3 > 5 }};"
    )
    with pytest.raises(CedarFaultError, match="rule `k1`: integer overflow") as caught:
        fired(loaded, asked(arguments={"amount": 2**62}))
    assert str(2**62) not in str(caught.value)  # a value of the request may be secret


def test_an_unknown_agents_attribute_is_a_fault() -> None:
    loaded = rules(f'{HEAD} when {{ principal.operator == "other" }};')
    assert fired(loaded, asked(agent="aid")) == []
    with pytest.raises(CedarFaultError, match="does not exist"):
        fired(loaded, asked(agent="stranger"))


def test_an_argument_of_another_type_is_a_fault() -> None:
    with pytest.raises(ContextFaultError):
        fired(rules(OVER), asked(arguments={"amount": "501"}))


def test_a_kind_of_act_that_nobody_knows_is_a_fault() -> None:
    request = asked("nothing.known")  # type: ignore[arg-type]  # an adapter gone wrong
    with pytest.raises(CedarFaultError, match="unknown kind"):
        fired(rules(OVER), request)


def test_other_members_need_no_parsing_again() -> None:
    loaded = rules(f'{HEAD} when {{ principal.family == "g" }};')
    assert fired(loaded, asked(agent="aid")) == []
    other = loaded.with_members([member("aid", "g")])
    assert fired(other, asked(agent="aid")) == ["k1"]
    assert fired(loaded, asked(agent="aid")) == []


def test_nothing_is_parsed_when_a_request_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = rules(OVER)
    fired(loaded, asked(arguments={"amount": 1}))
    monkeypatch.setattr(cedarpy, "PolicySet", None)
    monkeypatch.setattr(cedarpy, "Schema", None)
    assert fired(loaded, asked(arguments={"amount": 501})) == ["k1"]


TEXTS = (
    OVER,
    f"{HEAD} when {{ context.confidentiality > 2 }};",
    'forbid (principal == Agent::"tutor", action, resource);',
    'forbid (principal, action == Action::"message.send", resource is Agent);',
    f'{HEAD} unless {{ principal.owns.contains("grades") || resource is Resource }};',
    f"{HEAD} when {{ context has peer && context.peer == principal }};",
    f'{HEAD} when {{ context.chain.contains("planner") && context.time > {NOW} }};',
    f"{HEAD} when {{ context.arguments has amount && context.arguments.amount * 2 == 7 }};",
    f'{HEAD} when {{ context.arguments has to && context.arguments.to == "x" }};',
)


def naive(texts: list[str], request: Request) -> list[str] | None:
    """Ask for everything at once, with nothing cut, kept or left out; None for a fault."""
    whole = shape(DECLARED)
    target = target_of(request.action, request.resource, request.peer)
    answer = cedarpy.is_authorized(
        {
            "principal": {"type": "Agent", "id": request.agent},
            "action": {"type": "Action", "id": request.action},
            "resource": {"type": target.type, "id": target.id},
            "context": json.dumps(context_of(request, whole.fields, Recall(time=request.time))),
        },
        "\n".join([*texts, "permit (principal, action, resource);"]),
        members_json(MEMBERS),
        whole.text,
    )
    if answer.diagnostics.errors:
        return None
    reasons = answer.diagnostics.reasons
    return [f"k{n}" for n in range(1, len(texts) + 1) if f"policy{n - 1}" in reasons]


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=5),
    st.sampled_from(["aid", "tutor", "stranger"]),
    st.sampled_from(["tool.call", "message.send", "rate"]),
    st.sampled_from([("ledger.pay", None), (None, "tutor"), ("ledger.pay", "aid")]),
    st.sampled_from(
        [{}, {"amount": 3}, {"amount": 501}, {"amount": 2**62}, {"to": "x"}, {"to": "y"}]
    ),
    st.sampled_from([None, PUBLIC]),
    st.sampled_from([chain(), chain("planner")]),
    st.integers(NOW, NOW + 1),
)
def test_the_cut_set_answers_as_the_whole_one(
    texts: list[str],
    agent: str,
    action: Action,
    target: tuple[str | None, str | None],
    arguments: dict[str, object],
    label: object,
    links: object,
    time: int,
) -> None:
    request = asked(
        action,
        target[0],
        agent=agent,
        peer=target[1],
        arguments=arguments,
        label=label,  # type: ignore[arg-type]  # from `sampled_from`
        links=links,  # type: ignore[arg-type]
        time=time,
    )
    loaded = rules(*texts)
    for _ in range(2):  # asked anew, and from what is remembered
        try:
            ours: list[str] | None = fired(loaded, request)
        except CedarFaultError:
            ours = None
        assert ours == naive(texts, request)
