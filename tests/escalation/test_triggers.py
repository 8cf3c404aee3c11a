"""Which decisions go to a person, and on what terms."""

import pytest
from tests.escalation.office import a_request, escalates

from tertius.core.noun import NounError
from tertius.core.outcome import Outcome
from tertius.escalation.triggers import Terms, Trigger, TriggerError, Triggers

MONEY = Trigger(
    name="t-money",
    why="money leaves",
    resources=("ledger.pay",),
    terms=Terms(quorum=2, seconds=60),
)
AID = Trigger(name="t-aid", why="aid acts", agents=("aid",), terms=Terms(approvers=("p-1", "p-2")))


def test_what_is_named_is_escalated_and_nothing_else() -> None:
    triggers = Triggers([MONEY])
    found = triggers.judge(a_request())
    assert (found.outcome, found.rule, found.reason) == (
        Outcome.ESCALATE, "t-money", "money leaves",
    )  # fmt: skip
    for other in (a_request(resource="ledger.pay_all"), a_request(resource="ledger.read")):
        assert triggers.judge(other).outcome is Outcome.ABSTAIN


def test_every_list_must_match() -> None:
    both = Trigger(name="t", why="w", agents=("tutor",), resources=("ledger.pay",))
    assert Triggers([both]).judge(a_request()).outcome is Outcome.ABSTAIN
    assert Triggers([both]).judge(a_request(agent="tutor")).outcome is Outcome.ESCALATE


def test_terms_are_as_strict_as_all_that_match() -> None:
    request = a_request()
    found = Triggers([MONEY, AID]).terms(request, escalates(request))
    assert (found.quorum, found.seconds, found.approvers) == (2, 60, ("p-1", "p-2"))


def test_terms_for_what_another_rule_escalates() -> None:
    for_rule = Trigger(name="t", why="w", rules=("c1",), terms=Terms(quorum=3))
    triggers = Triggers([for_rule], otherwise=Terms(seconds=5))
    request = a_request()
    assert triggers.judge(request).outcome is Outcome.ABSTAIN  # the rule asks, not the trigger
    assert triggers.terms(request, escalates(request)).quorum == 3
    other = Trigger(name="t", why="w", rules=("c2",), terms=Terms(quorum=3))
    assert Triggers([other], otherwise=Terms(seconds=5)).terms(
        request, escalates(request)
    ) == Terms(seconds=5)


def test_terms_that_nobody_could_meet() -> None:
    with pytest.raises(TriggerError, match="never be reached"):
        Terms(quorum=2, approvers=("p-1",))
    with pytest.raises(TriggerError, match="different people"):
        Terms(approvers=("p-1",)).joined(Terms(approvers=("p-2",)))
    with pytest.raises(NounError, match="twice"):
        Triggers([MONEY, MONEY])
