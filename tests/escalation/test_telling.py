"""What the log is told of a question leads from its end back to its beginning."""

from collections.abc import Callable

import pytest
from tests.escalation.office import SECOND, Office, a_request

from tertius.core.errors import CallerError
from tertius.core.kinds import Event
from tertius.core.oversight_events import Ruled
from tertius.escalation.clerk import NotCountedError
from tertius.escalation.telling import started_id


def consumed(office: Office, *, finish: bool = True) -> None:
    token = office.granted()
    office.desk.consume(token, a_request(), now=office.now)
    if finish:
        office.desk.finish("x-q1", ok=True, now=office.now)


def denied(office: Office) -> None:
    office.says(office.ask(), "p-1")
    office.says("x-q1", "p-2", "deny")


def expired(office: Office) -> None:
    office.says(office.ask(), "p-1")
    late = office.ruling("x-q1", "p-2")
    office.now += 601 * SECOND
    with pytest.raises(CallerError):
        office.desk.rule(late, now=office.now)


def lapsed(office: Office) -> None:
    office.granted()
    office.now += 61 * SECOND
    office.desk.list(now=office.now)


def crashed(office: Office) -> None:
    consumed(office, finish=False)
    office.reopen()


def answered_late(office: Office) -> str:
    """Approve, answer twice more, and return the id under which the log has the last of it."""
    token = office.granted()
    for choice in ("approve", "deny"):
        with pytest.raises(NotCountedError):
            office.says("x-q1", "p-1", choice)
    office.desk.consume(token, a_request(), now=office.now)
    office.desk.finish("x-q1", ok=True, now=office.now)
    return "x-q1/4"


def chain(office: Office) -> list[Event]:
    return [event for event, _ in office.log if event.id.startswith("x-q1/")]


def test_a_late_answer_takes_no_approval_out_of_the_chain(office: Office) -> None:
    late = answered_late(office)
    told = {event.id: event for event in chain(office)}
    causes = {id: [cause.id for cause in event.causes] for id, event in told.items()}
    assert isinstance(known := told[late], Ruled) and known.ruling == "late"
    assert causes[started_id("x-q1")] == ["x-q1/1", "x-q1/2"]
    assert causes[late] == ["x-q1/0"]
    assert late not in {id for above in causes.values() for id in above}


def test_a_grant_that_lapses_after_a_late_answer_rests_on_its_approvals(office: Office) -> None:
    office.granted()
    with pytest.raises(NotCountedError):
        office.says("x-q1", "p-2")
    office.now += 61 * SECOND
    office.desk.list(now=office.now)
    lapse = chain(office)[-1]
    assert isinstance(lapse, Ruled) and lapse.ruling == "lapsed"
    assert [cause.id for cause in lapse.causes] == ["x-q1/1", "x-q1/2"]


@pytest.mark.parametrize("history", [consumed, denied, expired, lapsed, crashed])
def test_every_step_rests_on_one_that_was_told_before(
    history: Callable[[Office], None], office: Office
) -> None:
    history(office)
    told = chain(office)
    assert len({event.id for event in told}) == len(told) > 2
    known = {"x-q1/0"}
    for event in told[1:]:
        assert event.causes and {cause.id for cause in event.causes} <= known, event
        known.add(event.id)


def test_a_start_leads_through_every_approval_to_the_question(office: Office) -> None:
    consumed(office)
    above = {event.id: [cause.id for cause in event.causes] for event in chain(office)}
    assert above[started_id("x-q1")] == ["x-q1/1", "x-q1/2"]
    assert (above["x-q1/2"], above["x-q1/1"]) == (["x-q1/0"], ["x-q1/0"])
    assert above["x-q1/4"] == [started_id("x-q1")]
