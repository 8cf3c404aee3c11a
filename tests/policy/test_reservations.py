from collections.abc import Callable
from typing import Any

import pytest
from tests.policy.asked import NOW, asked

from tertius.core.events import BaseEvent, RunEnded, ToolCalled
from tertius.core.request import Request
from tertius.policy.conditions_document import Conditions
from tertius.policy.history import History, ReservationError
from tertius.policy.reservations import Reservations, history_of


class Notes:
    """Notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def reserve(self, request: Request, time: int) -> None:
        self.heard.append(("reserve", request.id, time))

    def commit(self, request: Request) -> None:
        self.heard.append(("commit", request.id))

    def release(self, request: Request) -> None:
        self.heard.append(("release", request.id))

    def observe(self, event: BaseEvent) -> None:
        self.heard.append(("observe", event.id))

    def rebuild(self, event: BaseEvent, arguments: Callable[[], Any], time: int) -> None:
        self.heard.append((event.id, arguments(), time))

    def rebuilt(self) -> None:
        self.heard.append("end")


def made() -> tuple[Reservations, Notes]:
    notes = Notes()
    return Reservations(Conditions(name="none", version=1), beside=(notes,)), notes


def test_everything_beside_is_reserved_and_kept_or_released_with_the_count() -> None:
    held, notes = made()
    one, two = asked(id="q1"), asked(id="q2")
    held.reserve(one, NOW + 5)
    held.reserve(two, NOW)
    held.commit(one)
    held.release(two)
    assert notes.heard == [
        ("reserve", "q1", NOW + 5),
        ("reserve", "q2", NOW + 5),  # time does not run back
        ("commit", "q1"),
        ("release", "q2"),
    ]
    with pytest.raises(ReservationError):
        held.commit(one)
    assert len(notes.heard) == 4, "what is not reserved is nobody's to keep"


def test_a_reservation_that_fails_half_way_leaves_nothing() -> None:
    class Fails(Notes):
        def reserve(self, request: Request, time: int) -> None:
            raise OverflowError

    notes = Notes()
    held = Reservations(Conditions(name="none", version=1), beside=(notes, Fails()))
    for _ in range(2):
        with pytest.raises(OverflowError):
            held.reserve(asked(), NOW)
    assert [each[0] for each in notes.heard] == ["reserve", "release"] * 2


def test_without_anything_beside_it_is_a_plain_history() -> None:
    given = (Conditions(name="none", version=1),)
    notes = Notes()
    assert type(history_of(*given, read=(), families={}, beside=())) is History
    history_of(*given, read=(), families={}, beside=(notes,)).reserve(asked(), NOW)
    assert notes.heard == [("reserve", "q1", NOW)]


def test_a_log_is_heard_in_order_with_its_contents_and_its_end() -> None:
    held, notes = made()
    events = [
        ToolCalled(id="e1", time=NOW, run="r1", agent="a", tool="t", identity="bound"),
        RunEnded(id="e2", time=NOW - 9, run="r1"),
    ]
    held.rebuild(events, lambda event: b'{"x":1}' if event.id == "e1" else None)
    held.observe(events[1])
    assert notes.heard == [("e1", {"x": 1}, NOW), ("e2", None, NOW), "end", ("observe", "e2")]
