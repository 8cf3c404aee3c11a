"""Out of a log, the acts that the gate let start: permits, and questions that a ruling let go."""

from typing import Any

import pytest

from tertius.core.oversight_events import Decided, Ruled
from tertius.policy import starts as module
from tertius.policy.starts import Starts

SAID: dict[str, Any] = {"run": "r", "agent": "a", "task": "t", "request": "0" * 64}


def decided(outcome: Any, id: str = "q1", **more: Any) -> Decided:
    given = {"action": "tool.call", "resource": "pay", **SAID, **more}
    return Decided(id=f"{id}/decided", time=5, outcome=outcome, **given)


def ruled(ruling: Any, id: str = "q1") -> Ruled:
    return Ruled(id=f"{id}/{ruling}", time=9, run="r", escalation=id, ruling=ruling)


def test_a_permit_is_a_start_and_says_of_what() -> None:
    start = Starts().hear(decided("permit"))
    assert start is not None and start.act is not None
    assert (start.decided, start.time, start.agent) == ("q1/decided", 5, "a")
    assert (start.act.action, start.act.resource, start.act.task) == ("tool.call", "pay", "t")


def test_a_permit_that_does_not_say_of_what_is_one_all_the_same() -> None:
    start = Starts().hear(decided("permit", action="", resource=""))
    assert start is not None and start.act is None


@pytest.mark.parametrize(
    ("events", "starts"),
    [
        ([decided("forbid")], 0),
        ([decided("escalate"), ruled("approved")], 0),
        ([decided("escalate"), ruled("approved"), ruled("late"), ruled("started")], 1),
        ([decided("escalate"), ruled("started"), ruled("succeeded"), ruled("started")], 1),
        ([decided("escalate"), ruled("denied"), ruled("started")], 0),
        ([decided("escalate"), ruled("started", id="q2")], 0),
        ([ruled("started")], 0),
    ],
)
def test_a_question_starts_its_act_once_and_only_when_it_is_let_go(
    events: list[Any], starts: int
) -> None:
    heard = Starts()
    assert sum(heard.hear(event) is not None for event in events) == starts


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ASKED", 2)
    heard = Starts()
    for number in range(5):
        heard.hear(decided("escalate", id=f"q{number}"))
    found = [heard.hear(ruled("started", id=f"q{number}")) is not None for number in range(5)]
    assert found == [False, False, False, True, True]
