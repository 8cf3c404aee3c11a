"""Two runs are compared by what happened, not by ids and times; the first difference is told."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tertius.core.events import Accepted, Asserted, MessageSent, RunStarted, ToolCalled
from tertius.core.kinds import Event
from tertius.detectors.table import load
from tertius.runtime import compare as module
from tertius.runtime.compare import Change, compare
from tertius.runtime.runs import Run


def run(name: str, *said: tuple[str, str] | tuple[Event, bytes | None], time: int = 0) -> Run:
    events: list[tuple[Event, bytes | None]] = []
    for number, (who, what) in enumerate(said, 1):
        if isinstance(who, str) and isinstance(what, str):
            event = MessageSent(
                id=f"{name}/{number}", time=time, run=name, agent=who, recipients=("all",)
            )
            events.append((event, what.encode()))
        else:
            events.append((who, what))  # type: ignore[arg-type]  # the other form
    return Run(name=name, source="", events=tuple(events))


def test_other_ids_times_and_names_of_runs_make_no_difference() -> None:
    a = run("x", ("ann", "go"), ("bob", "yes"), time=1)
    found = compare(a, run("y", ("ann", "go"), ("bob", "yes"), time=2))
    assert found.same
    assert (found.prefix, found.first, found.parts, found.agents) == (2, None, (), ())


def test_an_event_cited_by_id_is_the_same_though_ids_differ() -> None:
    def read(name: str, evidence: str) -> Run:
        first = RunStarted(id=f"{name}/1", time=0, run=name)
        said = Asserted(id=f"{name}/2", time=0, run=name, agent="a", evidence=(evidence,))
        return run(name, (first, None), (said, None))

    assert compare(read("x", "x/1"), read("y", "y/1")).same
    assert not compare(read("x", "x/1"), read("y", "doc-7")).same

    def one(name: str, subject: str) -> Run:
        first = RunStarted(id=f"{name}/1", time=0, run=name, title=name)
        return run(name, (first, None), (Accepted(id=f"{name}/2", time=0, run=name,
                                                  agent="a", subject=subject), None))  # fmt: skip

    assert compare(one("x", "x/1"), one("y", "y/1")).same
    assert compare(one("x", "x/1"), one("y", "order-7")).prefix == 1


@pytest.mark.parametrize(
    "other",
    [
        {"agent": "bob"},
        {"recipients": ("cem",)},
        {"channel": "pulls"},
        {"task": "t"},
    ],
)
def test_who_whom_and_where_make_a_difference(other: dict[str, Any]) -> None:
    plain = {"id": "x/1", "time": 0, "run": "x", "agent": "ann", "recipients": ("bob",)}
    a = run("x", (MessageSent(**plain), b"go"))
    assert not compare(a, run("x", (MessageSent(**{**plain, **other}), b"go"))).same
    assert not compare(a, run("x", (MessageSent(**plain), b"go!"))).same
    assert not compare(a, run("x", (MessageSent(**plain), None))).same


def test_the_first_difference_and_what_comes_after_it() -> None:
    a = run("x", ("ann", "go"), ("bob", "yes"), ("cem", "fine"), ("ann", "end"))
    b = run("y", ("ann", "go"), ("bob", "no"), ("dan", "why"), ("cem", "fine"), ("ann", "end"))
    found = compare(a, b)
    assert found.prefix == 1
    assert found.first is not None
    one, other = found.first
    assert one is not None and other is not None
    assert (one.number, one.text, other.number, other.text) == (2, "yes", 2, "no")
    assert (found.common, found.only_a, found.only_b) == (2, 1, 2)
    (part,) = found.parts
    assert [step.number for step in part.a] == [2]
    assert [step.text for step in part.b] == ["no", "why"]
    assert found.agents == (Change(what=("dan",), a=0, b=1),)
    assert found.edges == (Change(what=("dan", "all", ""), a=0, b=1),)
    assert found.kinds == (Change(what=("message.sent",), a=4, b=5),)


def test_a_run_that_is_over_sooner() -> None:
    found = compare(run("x", ("ann", "go")), run("y", ("ann", "go"), ("bob", "yes")))
    assert found.first is not None
    assert found.first[0] is None
    assert found.first[1] is not None and found.first[1].text == "yes"


def test_tools_and_findings_are_counted_on_both_sides() -> None:
    def call(n: int) -> tuple[Event, bytes]:
        return ToolCalled(id=f"x/{n}", time=0, run="x", agent="ann", tool="search"), b"{}"

    once, often = run("x", call(1)), run("x", *(call(n) for n in range(1, 13)))
    found = compare(once, often, detectors=[load("step_repetition")])
    assert found.tools == (Change(what=("search",), a=1, b=12),)
    (finding,) = found.findings
    assert finding.what[0] == "step_repetition"
    assert (finding.a, finding.b > 0) == (0, True)


def test_beyond_the_bound_it_says_that_it_did_not_align(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ALIGNED", 2)
    a = run("x", *(("ann", str(n)) for n in range(5)))
    b = run("y", *(("ann", str(n + 9)) for n in range(5)))
    found = compare(a, b)
    assert (found.aligned, found.only_a, found.only_b) == (False, 2, 2)


TALKS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=12)


@settings(max_examples=150, deadline=None)
@given(TALKS, TALKS)
def test_counts_add_up_and_the_order_of_the_runs_is_only_a_matter_of_sides(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    a, b = run("x", *one), run("y", *other)
    found, turned = compare(a, b), compare(b, a)
    assert found.same == (one == other) == turned.same
    assert one[: found.prefix] == other[: found.prefix]
    assert found.prefix + found.common + found.only_a == len(one)
    assert found.prefix + found.common + found.only_b == len(other)
    assert found.prefix == turned.prefix
    for part in found.parts:
        assert [one[step.number - 1] for step in part.a] == [
            (step.event.agent, step.text) for step in part.a
        ]
