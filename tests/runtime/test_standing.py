"""What the screen counts, and that it stops counting apart when a stream is too wide."""

import pytest

from tertius.core import events as e
from tertius.runtime import standing
from tertius.runtime.standing import Standing


def by(agent: str, kind: type[e.BaseEvent] = e.MessageSent, **fields: object) -> e.BaseEvent:
    return kind(**{"id": "e", "time": 7, "run": "r", "agent": agent, **fields})


def test_everybody_an_event_goes_to_is_an_edge() -> None:
    counted = Standing()
    counted.take(
        [
            by("a", recipients=("b", "c")),
            by("a", e.HandedOff, to="b"),
            by("b", e.Delegated, to="a"),
            by("lead", e.TaskAssigned, to="a"),
            by("c", e.Rated, ratee="a", score=1),
            by("c", e.ToolCalled, tool="t"),
        ]
    )
    assert counted.events == 6
    assert counted.agents == {"a": 2, "b": 1, "lead": 1, "c": 2}
    assert counted.edges == {
        ("a", "b"): 2, ("a", "c"): 1, ("b", "a"): 1, ("lead", "a"): 1, ("c", "a"): 1,
    }  # fmt: skip
    assert (counted.time, counted.others) == (7, 0)


def test_runs_that_began_are_open_until_they_end() -> None:
    counted = Standing()
    counted.take([by("", e.RunStarted, run="one"), by("", e.RunStarted, run="two")])
    counted.take([by("", e.RunEnded, run="one"), by("", e.RunEnded, run="never-began")])
    assert list(counted.open) == ["two"]
    assert counted.agents == {}


def test_a_clock_that_runs_back_does_not_turn_the_time_back() -> None:
    counted = Standing()
    counted.take([by("a", recipients=(), time=9), by("a", recipients=(), time=3)])
    assert counted.time == 9


def test_of_too_many_the_rest_is_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MOST", 3)
    counted = Standing()
    for number in range(10):
        counted.take([by(f"a{number}", recipients=(f"b{number}",)), by("", e.RunStarted)])
        counted.take([by("", e.RunStarted, run=f"r{number}")])
    counted.take([by("a0", recipients=("b0",))])
    assert counted.agents == {"a0": 2, "a1": 1, "a2": 1}
    assert counted.edges == {("a0", "b0"): 2, ("a1", "b1"): 1, ("a2", "b2"): 1}
    assert counted.others == 7 + 7
    assert len(counted.open) == 3
    assert counted.events == 31
