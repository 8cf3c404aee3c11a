"""Ancestors, blast radius, paths and fan-in, on small records and against the plain twin."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graphs.records import RUN, anything, depths, in_order, some_bases
from tests.twins.lineage_bfs import STRENGTH, Event, PlainLineage

from tertius.core.errors import CallerError
from tertius.core.events import Basis
from tertius.graphs import lineage_paths, spines
from tertius.graphs.lineage import Lineage
from tertius.graphs.lineage_names import UnknownEventError


def check_reach(events: list[Event], chosen: list[Basis], depth: int | None) -> None:
    lineage, plain = Lineage.of(events), PlainLineage(events)
    for event in plain.order:
        for up, ask in ((True, lineage.ancestors), (False, lineage.descendants)):
            reached = ask(event, bases=chosen, depth=depth)
            weakest, hops = plain.reach(event, chosen, depth, up=up)
            assert reached.by_basis() == weakest
            assert reached.ids() == [name for name in plain.order if name in weakest]
            if reached.hops is not None:
                assert dict(zip(reached.ids(), reached.hops.tolist(), strict=True)) == hops
            assert reached.externals == len(set(weakest) & set(plain.externals))


@given(anything, some_bases, depths)
@settings(max_examples=60)
def test_reach_agrees_with_the_twin_whatever_the_record(
    events: list[Event], chosen: list[Basis], depth: int | None
) -> None:
    check_reach(events, chosen, depth)


@given(in_order(), some_bases, depths)
@settings(max_examples=40)
def test_reach_agrees_with_the_twin_on_records_in_order(
    events: list[Event], chosen: list[Basis], depth: int | None
) -> None:
    check_reach(events, chosen, depth)


@given(anything | in_order(), some_bases)
@settings(max_examples=50)
def test_long_frontiers_give_what_short_ones_give(events: list[Event], chosen: list[Basis]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spines, "_FEW", 0)
        check_reach(events, chosen, None)
        check_reach(events, chosen, 3)


@given(anything, some_bases, st.integers(1, 5))
@settings(max_examples=60)
def test_paths_agree_with_the_twin(events: list[Event], chosen: list[Basis], limit: int) -> None:
    events = events[:9]
    lineage, plain = Lineage.of(events), PlainLineage(events)
    first, last = plain.order[0], plain.order[-1]
    for cause, effect in ((first, last), (last, first)):
        every = plain.paths(cause, effect, chosen)
        answer = lineage.paths(cause, effect, bases=chosen, limit=limit)
        found = [path.events for path in answer.paths]
        assert [len(path) for path in found] == [len(path) for path in every[:limit]]
        assert set(found) <= set(every) and len(set(found)) == len(found)
        assert answer.truncated == (len(every) > limit)
        for path in answer.paths:
            steps = zip(path.events[1:], path.events, strict=False)
            assert list(zip(path.bases, path.scores, strict=True)) == [
                plain.edges[step] for step in steps
            ]


@given(anything)
@settings(max_examples=60)
def test_cycles_and_counts_agree_with_the_twin(events: list[Event]) -> None:
    lineage, plain = Lineage.of(events), PlainLineage(events)
    cycles = plain.cycles()
    assert {frozenset(group) for group in lineage.cycles()} == cycles
    counts = lineage.counts
    assert counts.cyclic == sum(map(len, cycles))
    assert counts.records == len(events)
    assert counts.events == len({event for event, _ in events})
    assert counts.causes == len(plain.edges) == sum(counts.by_basis.values())
    assert counts.externals == len(plain.externals)
    assert counts.unresolved == sum(cause in plain.externals for _, cause in plain.edges)
    assert counts.duplicate_causes == sum(len(links) for _, links in events) - len(plain.edges)
    for event in plain.order:
        on_cycle = any(event in group for group in cycles)
        assert lineage.ancestors(event, bases=STRENGTH).cyclic == on_cycle
        assert lineage.descendants(event, bases=STRENGTH).cyclic == on_cycle


@given(anything, some_bases)
@settings(max_examples=50)
def test_fan_in_agrees_with_the_twin(events: list[Event], chosen: list[Basis]) -> None:
    lineage, plain = Lineage.of(events), PlainLineage(events)
    effects = {effect for (effect, _), (basis, _) in plain.edges.items() if basis in chosen}
    for event in plain.order:
        answer = lineage.fan_in(event, bases=chosen)
        above, _ = plain.reach(event, chosen, None, up=True)
        assert answer.ancestors == len(above)
        sources = {lineage.names.text(node) for node in answer.sources.tolist()}
        assert sources == {name for name in above if name not in effects}
        assert {link.id: (link.basis, link.score) for link in answer.causes} == {
            cause: held
            for (effect, cause), held in plain.edges.items()
            if effect == event and held[0] in chosen
        }


def test_inferred_causes_are_followed_only_when_asked() -> None:
    lineage = Lineage.of(RUN)
    assert lineage.ancestors("note").ids() == []
    assert lineage.ancestors("note", bases=STRENGTH).by_basis() == {
        "ask": "inferred", "search": "inferred", "page": "inferred", "web": "inferred",
    }  # fmt: skip


def test_the_best_path_decides_the_basis() -> None:
    events: list[Event] = [
        ("a", []),
        ("b", [("a", "inferred", 0.9)]),
        ("c", [("a", "declared", None), ("b", "observed", None)]),
    ]
    assert Lineage.of(events).ancestors("c", bases=STRENGTH).by_basis() == {
        "a": "declared",
        "b": "observed",
    }


def test_a_cause_that_points_nowhere_is_a_named_external() -> None:
    lineage = Lineage.of(RUN)
    reached = lineage.ancestors("answer")
    assert reached.ids()[-1] == "web" and reached.externals == 1
    assert lineage.record_of("web") is None and lineage.record_of("answer") == 4
    assert [link.id for link in lineage.causes("page") if link.external] == ["web"]
    assert lineage.descendants("web").ids() == ["page", "answer"]


def test_direct_effects_carry_basis_and_score() -> None:
    effects = Lineage.of(RUN).effects("page")
    assert [(link.id, link.basis, link.score) for link in effects] == [
        ("note", "inferred", pytest.approx(0.7)),
        ("answer", "declared", None),
    ]


def test_a_repeated_record_adds_its_causes_and_is_counted() -> None:
    events: list[Event] = [
        ("a", []), ("b", []), ("c", [("a", "observed", None)]), ("c", [("b", "observed", None)]),
    ]  # fmt: skip
    lineage = Lineage.of(events)
    assert lineage.ancestors("c").ids() == ["a", "b"]
    assert lineage.counts.duplicate_records == 1
    assert lineage.record_of("c") == 2


def test_a_long_chain_is_followed_to_its_end() -> None:
    size = 30_000
    lineage = Lineage.of(
        (f"e{n}", [(f"e{n - 1}", "observed", None)] if n else []) for n in range(size)
    )
    assert len(lineage.ancestors(f"e{size - 1}")) == size - 1
    assert len(lineage.descendants("e0")) == size - 1
    path = lineage.paths("e0", f"e{size - 1}")
    assert len(path.paths[0].events) == size and not path.truncated


def test_a_search_for_too_many_paths_stops_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lineage_paths, "EFFORT", 100)
    size = 12
    events: list[Event] = [
        (f"e{n}", [(f"e{m}", "observed", None) for m in range(size) if m != n]) for n in range(size)
    ]
    answer = Lineage.of(events).paths("e0", "e11", limit=10_000)
    assert answer.truncated and answer.paths[0].events == ("e0", "e11")


def test_the_shortest_path_comes_first_and_the_rest_is_announced() -> None:
    events: list[Event] = [
        ("a", []),
        ("b", [("a", "observed", None)]),
        ("c", [("b", "observed", None), ("a", "declared", None)]),
        ("d", [("c", "observed", None), ("b", "declared", None)]),
    ]
    lineage = Lineage.of(events)
    one, three = lineage.paths("a", "d", limit=1), lineage.paths("a", "d", limit=3)
    assert [len(path.events) for path in one.paths] == [3] and one.truncated
    assert [len(path.events) for path in three.paths] == [3, 3, 4] and not three.truncated
    assert three.paths[2].bases == ("observed", "observed", "observed")


def test_an_empty_index_answers_with_an_error() -> None:
    with pytest.raises(UnknownEventError, match="the index is empty"):
        Lineage.of([]).ancestors("a")


def test_an_unknown_event_names_its_neighbours() -> None:
    with pytest.raises(UnknownEventError, match=r"`nota`; nearest are `ask`, `note`"):
        Lineage.of(RUN).ancestors("nota")


def test_a_prefix_is_completed_when_it_is_unique() -> None:
    lineage = Lineage.of([*RUN, ("as", [])])
    assert lineage.names.complete("sea") == "search"
    assert lineage.names.complete("as") == "as"
    with pytest.raises(UnknownEventError, match=r"`a`.* such as `answer`, `as`, \.\.\."):
        lineage.names.complete("a")
    with pytest.raises(UnknownEventError, match="nearest are"):
        lineage.names.complete("zzz")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bases": ()}, "bad bases"),
        ({"bases": "observed"}, "bad bases"),
        ({"bases": ("observd",)}, "did you mean `observed`"),
        ({"depth": 0}, "bad depth `0`"),
    ],
)
def test_bad_questions_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CallerError, match=message):
        Lineage.of(RUN).ancestors("answer", **options)
    if "bases" in options:
        with pytest.raises(CallerError, match=message):
            Lineage.of(RUN).paths("ask", "answer", **options)


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(CallerError, match="bad limit `0`"):
        Lineage.of(RUN).paths("ask", "answer", limit=0)
