"""What a ruling let go starts once; how it ended is told to the desk, and only then."""

from typing import Any

import pytest
from tests.policy.asked import NOW, asked

from tertius.core.request import Request
from tertius.escalation.desk import NotStartedError
from tertius.policy.circuit import Circuit
from tertius.policy.conditions_document import Conditions
from tertius.policy.history import History
from tertius.runtime.approved import Approved

TOKEN: Any = object()


class Desk:
    """Lets everything go, after what the test does meanwhile."""

    def __init__(self) -> None:
        self.meanwhile: Any = lambda request: None
        self.ended: list[tuple[str, bool]] = []

    def consume(self, token: object, request: Request, *, now: int) -> None:
        self.meanwhile(request)

    def finish(self, id: str, *, ok: bool, now: int) -> None:
        self.ended.append((id, ok))


def standing() -> tuple[Desk, History, Approved]:
    desk: Any = Desk()
    history = History(Conditions(name="c", version=1), read=["task_total"])
    return desk, history, Approved(desk, history, Circuit(), clock=lambda: NOW)


def counted(history: History) -> int:
    return history.recall(asked(id="q9"), ["task_total"]).counts["task_total"]


def test_it_counts_like_any_other_act_and_its_end_is_told_once() -> None:
    desk, history, approved = standing()
    request = asked(id="q1")
    approved.start(TOKEN, request)
    assert counted(history) == 2 and not approved.starting(request)
    approved.ended("q2", ok=True)
    approved.ended("q1", ok=False)
    approved.ended("q1", ok=True)
    assert desk.ended == [("q1", False)]


def test_while_it_is_being_started_nobody_else_starts_it() -> None:
    desk, history, approved = standing()

    def again(request: Request) -> None:
        assert approved.starting(request)
        with pytest.raises(NotStartedError, match="already"):
            approved.start(TOKEN, request)

    desk.meanwhile = again
    approved.start(TOKEN, asked(id="q1"))
    assert counted(history) == 2


def test_what_does_not_start_counts_for_nothing_and_has_no_end() -> None:
    desk, history, approved = standing()

    def refuse(request: Request) -> None:
        raise NotStartedError("it may not run")

    desk.meanwhile = refuse
    with pytest.raises(NotStartedError):
        approved.start(TOKEN, asked(id="q1"))
    approved.ended("q1", ok=True)
    assert (counted(history), desk.ended) == (1, [])


def test_without_a_desk_nothing_is_let_go() -> None:
    approved = Approved(None, None, Circuit(), clock=lambda: NOW)
    assert approved.granted("q1") is None
    with pytest.raises(NotStartedError, match="no desk"):
        approved.start(TOKEN, asked(id="q1"))
