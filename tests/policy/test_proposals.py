"""What the watch may propose: a change of circuit state under a rule, which a person decides."""

from typing import Any

import pytest
from msgspec import json

from tertius.core.digest import digest
from tertius.core.manifest import BY_HAND, WATCH
from tertius.core.outcome import Outcome
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.policy.proposals import CIRCUIT, WatchProposals

SALT = bytes(32)
CHAIN = PrincipalChain(links=(Principal(name=WATCH, kind="organisation", identity="bound"),))
LAYER = WatchProposals(["gone-quiet"])


def asks(arguments: Any = None, **fields: Any) -> Request:
    raw = json.encode({"rule": "gone-quiet", "why": "it is"} if arguments is None else arguments)
    given = {"agent": WATCH, "action": "policy.propose", "resource": CIRCUIT, **fields}
    return Request(
        id="q", time=1, run="watch", chain=CHAIN, arguments=raw, salt=SALT,
        digest=digest("content", raw, salt=SALT), **given,
    )  # fmt: skip


def test_a_proposal_under_a_rule_goes_to_a_person_with_its_reason() -> None:
    vote = LAYER.judge(asks())
    assert (vote.outcome, vote.rule, vote.reason) == (Outcome.ESCALATE, "gone-quiet", "it is")
    assert LAYER.judge(asks({"rule": "gone-quiet"})).reason == "a finding asks for it"
    assert len(LAYER.judge(asks({"rule": "gone-quiet", "why": "x" * 5000})).reason) == 1000


def test_what_is_wanted_by_hand_goes_to_a_person_whatever_the_rules() -> None:
    vote = WatchProposals([]).judge(asks({"rule": BY_HAND, "why": "w"}, agent=BY_HAND))
    assert (vote.outcome, vote.rule) == (Outcome.ESCALATE, BY_HAND)


@pytest.mark.parametrize(
    "request_made",
    [
        asks({"rule": "another", "why": "w"}),
        asks({}),
        asks([1, 2]),
        asks({"rule": ["gone-quiet"]}),
        asks(resource="constitution"),
        asks(resource=None, peer="circuit"),
        asks(action="tool.call"),
        asks(action="declassify"),
    ],
)
def test_anything_else_in_its_name_is_forbidden(request_made: Request) -> None:
    assert LAYER.judge(request_made).outcome is Outcome.FORBID


def test_of_everybody_else_it_says_nothing() -> None:
    assert LAYER.judge(asks(agent="tertius/watcher")).outcome is Outcome.ABSTAIN
    assert LAYER.judge(asks(agent="coder", action="tool.call")).outcome is Outcome.ABSTAIN
