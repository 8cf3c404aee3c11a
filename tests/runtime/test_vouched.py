"""Whose word a finding rests on: verified names, and names that somebody only used."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.core.examples import FINDING

from tertius.core import events as e
from tertius.core.events import BaseEvent
from tertius.core.finding import Edge, Finding
from tertius.detectors.table import load
from tertius.runtime import vouched
from tertius.runtime.vouched import Vouched

WORD = "it rests on what was only asserted"


def event(
    kind: type[BaseEvent], id: str, agent: str, sure: bool = True, **fields: Any
) -> BaseEvent:
    identity = "bound" if sure else "asserted"
    return kind(id=id, time=0, run="r", agent=agent, identity=identity, **fields)


def said(id: str, agent: str, sure: bool = True) -> BaseEvent:
    return event(e.Asserted, id, agent, sure, about="s", value=0.9)


def came_out(id: str, sure: bool = True) -> BaseEvent:
    return event(e.OutcomeObserved, id, "", sure, about="s", value=0)


def found(
    *evidence: str, agents: tuple[str, ...] = ("ann",), edges: tuple[Edge, ...] = ()
) -> Finding:
    return replace(
        FINDING, detector="outcome_divergence", agents=agents, edges=edges, evidence=evidence,
        onset=None,
    )  # fmt: skip


def hearing(*events: BaseEvent) -> Vouched:
    made = Vouched([load("outcome_divergence")])
    made.take(events)
    return made


def test_what_verified_senders_did_is_not_in_doubt() -> None:
    assert hearing(said("a1", "ann"), came_out("o1")).doubt(found("o1")) == ""


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([said("a1", "ann"), came_out("o1", sure=False)], WORD),
        ([said("a1", "ann")], WORD),  # the outcome came through nobody knows what
        # Somebody speaks in her name, and the finding cites the operator's outcome alone.
        (
            [said("a1", "ann"), said("a2", "ann", sure=False), came_out("o1")],
            "the name `ann` was also used in what was only asserted",
        ),
        ([said("a1", "bob"), came_out("o1")], "nothing that `ann` did itself is verified"),
        (
            [said("a1", "ann"), event(e.Rated, "r1", "bob", False, ratee="ann", score=1),
             came_out("o1")],
            "the name `ann` was also used in what was only asserted",
        ),
    ],
)  # fmt: skip
def test_a_word_of_somebody_is(events: list[BaseEvent], why: str) -> None:
    assert hearing(*events).doubt(found("o1")) == why


def test_what_the_detector_does_not_read_casts_no_doubt() -> None:
    arrived = event(e.MessageDelivered, "m1", "ann", False, sender="bob", message="m0")
    assert hearing(said("a1", "ann"), came_out("o1"), arrived).doubt(found("o1")) == ""


@pytest.mark.parametrize("sure", [True, False])
def test_both_ends_of_an_edge_count(sure: bool) -> None:
    heard = hearing(said("a1", "ann"), said("a2", "bob", sure), said("a3", "bob"), came_out("o1"))
    both = found("o1", agents=(), edges=(Edge(sender="ann", receiver="bob"),))
    assert (heard.doubt(both) == "") == sure


def test_receivers_of_what_was_only_asserted_are_names_too() -> None:
    sent = event(e.MessageSent, "m1", "eve", False, recipients=("ann", "bob"))
    heard = Vouched([])  # of a detector that nobody knows, every kind counts
    heard.take([said("a1", "ann"), came_out("o1"), sent])
    assert "the name `ann`" in heard.doubt(found("o1"))


def test_a_flood_of_names_brings_doubt_and_never_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vouched, "MOST", 8)
    heard = hearing(said("a1", "ann"), said("a2", "bob"), said("x", "ann", False), came_out("o1"))
    heard.take([said(f"f{number}", f"stranger-{number}", False) for number in range(100)])
    assert len(heard._asserted) == 8
    assert "`ann` was also used" in heard.doubt(found("o1"))
    assert "`bob` was also used" in heard.doubt(found("o1", agents=("bob",)))


def test_who_was_long_not_heard_of_and_what_was_long_ago_is_in_doubt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vouched, "MOST", 8)
    monkeypatch.setattr(vouched, "KNOWN", 8)
    heard = hearing(said("a1", "ann"), came_out("o1"))
    for number in range(9):
        heard.take([said(f"f{number}", f"stranger-{number}")])
    assert heard.doubt(found("o1")) == WORD
    heard.take([came_out("o2")])
    assert heard.doubt(found("o2")) == "nothing that `ann` did itself is verified"
    assert len(heard._events | heard._older) <= 8
