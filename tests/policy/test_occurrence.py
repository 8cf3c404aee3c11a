import pytest
from tests.policy.asked import NOW, asked

from tertius.core.events import MemoryWritten, MessageSent, RunStarted, ToolCalled
from tertius.core.kinds import KINDS
from tertius.policy.occurrence import (
    _ACTS,
    AmountError,
    Occurrence,
    amount_of,
    decoded,
    happened,
    requested,
)
from tertius.policy.request_schema import ACTIONS


def test_a_request_and_its_event_are_the_same_act() -> None:
    event = ToolCalled(id="e1", time=NOW, run="r1", agent="aid", task="t1", tool="ledger.pay")
    assert happened(event) == (requested(asked()),)


def test_a_message_is_one_act_for_each_receiver() -> None:
    sent = MessageSent(id="e1", time=NOW, run="r1", agent="a", recipients=("b", "c"), channel="l")
    assert [(act.peer, act.channel) for act in happened(sent)] == [("b", "l"), ("c", "l")]
    unknown = MessageSent(id="e2", time=NOW, run="r1", agent="a")
    assert happened(unknown) == (Occurrence(agent="a", action="message.send", run="r1"),)


def test_other_events_are_no_acts() -> None:
    assert happened(RunStarted(id="e1", time=NOW, run="r1")) == ()


def test_every_kind_and_act_that_is_named_exists() -> None:
    for kind, (action, resource, peer) in _ACTS.items():
        fields = KINDS[kind].__struct_fields__
        assert action in ACTIONS
        assert not resource or resource in fields
        assert not peer or peer in fields
    written = MemoryWritten(id="e1", time=NOW, run="r1", agent="a", store="sis", key="k")
    assert happened(written)[0].resource == "sis"


@pytest.mark.parametrize("value", [{}, {"a": {"b": -1}}, {"a": {"b": True}}, {"a": 5}, [], None])
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(AmountError):
        amount_of(lambda: value, "a.b")


def test_an_amount_is_found_by_its_path() -> None:
    assert amount_of(lambda: decoded(b'{"a":{"b":7}}'), "a.b") == 7
    with pytest.raises(AmountError):
        amount_of(lambda: decoded(None), "a.b")
