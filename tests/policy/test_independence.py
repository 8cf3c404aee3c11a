"""What is proved once must hold for every request."""

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.asked import layer
from tests.policy.test_constitution import HEAD, MEMBERS, RULES, requests

from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.policy.independence import independent_of_request


class Grant(NamedTuple):
    agent: str = "aid"
    action: str = "tool.call"
    resource: str | None = "ledger.pay"
    peer: str | None = None


NAME_LAST = 'context.hops > 2 && principal == Agent::"b"'
NAME_FIRST = 'principal == Agent::"b" && context.hops > 2'
PAYS = 'forbid (principal, action == Action::"tool.call", resource == Resource::"ledger.pay")'


@pytest.mark.parametrize(
    ("rules", "grant", "answer"),
    [
        ([f"{PAYS};"], Grant(), Outcome.FORBID),
        ([f"@escalate {PAYS};"], Grant(), Outcome.ESCALATE),
        ([f"@escalate {PAYS};", f"{PAYS};"], Grant(), Outcome.FORBID),
        ([f"{PAYS};"], Grant(resource="sis.read"), Outcome.ABSTAIN),
        ([f"{PAYS};"], Grant(action="rate"), Outcome.ABSTAIN),
        ([f"{PAYS} when {{ context.hops > 2 }};"], Grant(), None),
        ([f"{PAYS} when {{ context.hops > 2 }};"], Grant(resource="x"), Outcome.ABSTAIN),
        ([f'{HEAD} when {{ principal.family == "q" }};'], Grant(), None),
        (
            [f'{HEAD} when {{ principal == Agent::"b" && context.hops > 2 }};'],
            Grant(),
            Outcome.ABSTAIN,
        ),
        ([f'{HEAD} when {{ context.hops > 2 && principal == Agent::"b" }};'], Grant(), None),
        ([f"{HEAD} when {{ resource is Agent }};"], Grant(resource=None, peer="b"), Outcome.FORBID),
        ([f"{HEAD} when {{ 9223372036854775807 + 1 > 0 }};"], Grant(), None),
        ([f"{PAYS};", f"{HEAD} when {{ context.confidentiality > 2 }};"], Grant(), None),
    ],
)
def test_proves_what_can_be_proved(rules: list[str], grant: Grant, answer: Outcome | None) -> None:
    assert independent_of_request(layer(*rules).rules, grant) is answer


@settings(max_examples=150)
@given(st.lists(st.sampled_from(sorted(RULES)), min_size=1, unique=True), requests())
def test_what_is_proved_holds_for_every_request(texts: list[str], request: Request) -> None:
    held = layer(*texts, schema="type Arguments = { amount?: Long };", members=MEMBERS)
    grant = Grant(request.agent, request.action, request.resource, request.peer)
    proved = independent_of_request(held.rules, grant)
    if proved is not None:
        assert held.judge(request).outcome is proved
