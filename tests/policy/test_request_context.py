import json

import cedarpy
import pytest
from tests.policy.asked import NOW, asked, chain, member

from tertius.core.label import Confidentiality, Integrity, Label
from tertius.policy.request_context import (
    ContextFaultError,
    NoChronicle,
    Recall,
    context_of,
    members_json,
    target_of,
)
from tertius.policy.request_schema import ACTIONS, FIELDS, shape

LABEL = Label(
    confidentiality=Confidentiality.CONFIDENTIAL, integrity=Integrity.MEDIUM, origins=("sis", "web")
)
REQUEST = asked(
    "message.send",
    None,
    peer="tutor",
    channel="line",
    label=LABEL,
    links=chain("planner"),
    arguments={"amount": 5, "to": ["a"], "filter": {"limit": 3}, "unread": {"__entity": 1}},
)
SHAPE = shape("type Arguments = { amount?: Long, to?: Set<String>, filter?: { limit?: Long } };")


def test_tells_who_what_for_whom() -> None:
    context = context_of(REQUEST, SHAPE.fields, Recall(time=NOW, votes=2, verified=True))
    assert context == {
        "run": "r1",
        "task": "t1",
        "time": NOW,
        "identity": "bound",
        "root": "registrar",
        "chain": ["registrar", "planner"],
        "hops": 2,
        "chain_identity": "asserted",
        "channel": "line",
        "via": "message",
        "peer": {"type": "Agent", "id": "tutor"},
        "confidentiality": 2,
        "integrity": 1,
        "origins": ["sis", "web"],
        "all_origins": False,
        "votes": 2,
        "families": 0,
        "verified": True,
        "contradicted": False,
        "counts": {},
        "arguments": {"amount": 5, "to": ["a"], "filter": {"limit": 3}},
    }


def test_the_engine_accepts_the_whole_context() -> None:
    context = context_of(REQUEST, SHAPE.fields, Recall(time=NOW))
    answer = cedarpy.is_authorized(
        {
            "principal": {"type": "Agent", "id": "aid"},
            "action": {"type": "Action", "id": "message.send"},
            "resource": {"type": "Agent", "id": "tutor"},
            "context": json.dumps(context),
        },
        "permit (principal, action, resource);",
        members_json([member("aid")]),
        SHAPE.cut(None, ACTIONS),
    )
    assert answer.allowed and not answer.diagnostics.errors


def test_what_is_acted_on_and_whom() -> None:
    assert target_of("message.send", None, "press") == ("Agent", "press")
    assert target_of("message.send", "draft", "press") == ("Agent", "press")
    assert target_of("verify", "e1", None) == ("Resource", "e1")
    assert target_of("tool.call", "mail", "press") == ("Resource", "mail")
    beside = context_of(asked("message.send", "draft", peer="p"), FIELDS, Recall(time=NOW))
    assert beside["subject"] == "draft"


def test_a_missing_label_is_the_most_restricted() -> None:
    fields = {k: FIELDS[k] for k in ("confidentiality", "integrity", "origins", "all_origins")}
    assert context_of(asked(), fields, Recall(time=NOW)) == {
        "confidentiality": 3,
        "integrity": 0,
        "origins": [],
        "all_origins": True,
    }


@pytest.mark.parametrize("amount", [True, 5.0, "5", None, [5], {"__extn": {}}])
def test_a_declared_argument_of_another_type_is_a_fault(amount: object) -> None:
    with pytest.raises(ContextFaultError, match=r"`arguments\.amount` is not of its declared type"):
        context_of(asked(arguments={"amount": amount}), SHAPE.fields, Recall(time=NOW))


@pytest.mark.parametrize("arguments", [[], "text", 5, {"filter": 3}])
def test_arguments_that_are_no_object_are_a_fault(arguments: object) -> None:
    with pytest.raises(ContextFaultError, match="no object"):
        context_of(asked(arguments=arguments), SHAPE.fields, Recall(time=NOW))


def test_without_history_a_counter_is_a_fault() -> None:
    assert NoChronicle().recall(asked(), ()).time == NOW
    with pytest.raises(ContextFaultError, match="`agent_hour`"):
        NoChronicle().recall(asked(), ["agent_hour"])
