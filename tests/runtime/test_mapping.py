"""What a user's tools and messages mean: events added whole, or counted as not fitting."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tertius.core.decode import check_names, decode_event
from tertius.core.events import (
    Asserted,
    BaseEvent,
    Cause,
    MessageSent,
    Rated,
    ToolCalled,
    ToolReturned,
)
from tertius.core.kinds import Event, encode
from tertius.core.label import Label
from tertius.core.names import derived
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.runtime.mapping import KEPT, MAX_EACH, Mapping, MappingTally, Meant, mapped
from tertius.runtime.rules import EventRule

RATE = {
    "name": "rate",
    "event": "tool.called",
    "tool": "rate_*",
    "means": "rated",
    "with": {"ratee": "$.who", "score": "$.stars", "high": 5, "item": "$.item?"},
}


def mapping(*rules: dict[str, Any]) -> Mapping:
    return Mapping([EventRule.model_validate(rule) for rule in rules])


def called(tool: str = "rate_peer", **fields: Any) -> ToolCalled:
    return ToolCalled(
        id="r/7", time=1_772_355_600_000_000_000, run="r", agent="ann", tool=tool, **fields
    )


def said(text: str, **fields: Any) -> tuple[MessageSent, bytes]:
    event = MessageSent(id="r/8", time=6, run="r", agent="ann", recipients=("bob",), **fields)
    return event, text.encode()


def made(meant: Meant) -> list[BaseEvent]:
    assert not meant.misfits
    return [record.event for record in meant.records]


def test_an_added_event_copies_who_and_when_and_names_its_source() -> None:
    label = Label()
    call = called(task="t", party="p", label=label, identity="framework")
    (event,) = made(mapping(RATE).means(call, b'{"who": "bob", "stars": 4}'))
    assert event == Rated(
        id="r/7/means-1", time=1_772_355_600_000_000_000, run="r", agent="ann", task="t",
        party="p", label=label, identity="framework", causes=(Cause(id="r/7", basis="declared"),),
        ratee="bob", score=4, high=5,
    )  # fmt: skip


@pytest.mark.parametrize(("agent", "identity"), [("ann", "bound"), ("bob", "asserted")])
def test_a_name_that_a_rule_puts_in_is_no_surer_than_a_word(agent: str, identity: str) -> None:
    rule = {"event": "tool.called", "means": "asserted", "with": {"agent": "$.by"}}
    content = f'{{"by": "{agent}"}}'.encode()
    (event,) = made(mapping(rule).means(called(identity="bound"), content))
    assert (event.agent, event.identity) == (agent, identity)


@pytest.mark.parametrize(
    ("content", "field", "why"),
    [
        (b'{"who": "bob"}', "score", "nothing at `$.stars`"),
        (b'{"who": "bob", "stars": "many"}', "score", "expected a number, found `many`"),
        (b'{"who": "bob", "stars": 9}', "score", "9 lies outside 0 to 5; set `low` and `high`"),
        (b"not json", "ratee", "nothing at `$.who`"),
        (None, "ratee", "nothing at `$.who`"),
    ],
)
def test_a_value_that_does_not_fit_adds_nothing_and_is_named(
    content: bytes | None, field: str, why: str
) -> None:
    meant = mapping(RATE).means(called(), content)
    assert meant.records == ()
    (misfit,) = meant.misfits
    assert (misfit.rule, misfit.event, misfit.field, misfit.why) == ("rate", "r/7", field, why)


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({}, True),
        ({"agent": "ann"}, True),
        ({"agent": ["bob", "a*"]}, True),
        ({"agent": "bob"}, False),
        ({"to": "bob"}, True),
        ({"to": "ann"}, False),
        ({"channel": "pulls"}, True),
        ({"channel": "p*x*s"}, False),
        ({"where": {"verdict": "ok"}}, True),
        ({"where": {"$.n": [1, 2]}}, True),
        ({"where": {"$.n": True}}, False),
        ({"where": {"$.flag": 1}}, False),
        ({"where": {"$.n": "1"}}, False),
        ({"where": {"@channel": "pulls", "$.verdict": {"matches": "^o"}}}, True),
        ({"where": {"$.verdict": {"matches": "^k"}}}, False),
        ({"where": {"$.missing": "ok"}}, False),
        ({"matches": "verdict"}, True),
        ({"matches": "judgement"}, False),
        ({"event": "tool.called"}, False),
    ],
)
def test_what_a_rule_looks_at(rule: dict[str, Any], fits: bool) -> None:
    event, text = said('{"verdict": "ok", "n": 1, "flag": true}', channel="pulls")
    rules = mapping({"event": "message.sent", "means": "asserted", **rule})
    assert bool(rules.means(event, text).records) == fits


def test_an_agent_is_named_as_the_record_names_it_or_as_its_author_did() -> None:
    rule = {"event": "tool.called", "means": "asserted", "agent": "Web Surfer"}
    call = ToolCalled(id="x", time=0, run="r", agent="Web-Surfer-83a3f0c5", tool="t")
    assert mapping(rule).means(call, None).records


def test_groups_of_patterns_become_values() -> None:
    rule = {
        "event": "message.sent",
        "matches": r"(?i)i vote (?P<vote>\w+) on (?P<what>[\w-]+) \((?P<sure>[\d.]+)\)",
        "means": "asserted",
        "with": {"act": "vote", "value": "<vote>", "about": "<what>", "confidence": "<sure>"},
    }
    (event,) = made(mapping(rule).means(*said("So I vote yes on item-3 (0.8).")))
    assert isinstance(event, Asserted)
    assert (event.act, event.value, event.about, event.confidence) == ("vote", "yes", "item-3", 0.8)


def test_a_number_in_a_text_becomes_a_number_where_any_value_would_do() -> None:
    rule = {
        "event": "message.sent",
        "matches": r"costs (?P<eur>[\d.]+)",
        "means": "claimed",
        "with": {"value": "<eur>", "about": "price"},
    }
    (event,) = made(mapping(rule).means(*said("It costs 4280 EUR")))
    assert event.value == 4280  # type: ignore[attr-defined]


def test_a_table_translates_and_refuses_what_it_does_not_hold() -> None:
    rule = {
        "event": "tool.returned",
        "tool": "check",
        "means": "verified",
        "with": {
            "subject": "$.of",
            "result": {"from": "$.passed", "map": {True: "confirmed", False: "contradicted"}},
        },
        "text": "$.note?",
    }
    returned = ToolReturned(id="r/9", time=0, run="r", agent="ann", tool="check")
    meant = mapping(rule).means(returned, b'{"of": "r/3", "passed": false, "note": "no"}')
    (event,) = made(meant)
    assert (event.subject, event.result) == ("r/3", "contradicted")  # type: ignore[attr-defined]
    assert meant.records[0].contents == (b"no",)
    (misfit,) = mapping(rule).means(returned, b'{"of": "r/3", "passed": "true?"}').misfits
    assert misfit.why == "`true?` is not in the table under `map`"


def test_each_item_of_a_list_is_an_event_of_its_own() -> None:
    rule = {**RATE, "each": "$.all", "where": {"$.kind": "peer"}, "with": {
        "ratee": "$.who", "score": "$.stars", "high": 5, "item": "$$.item", "agent": "$$.by",
    }}  # fmt: skip
    content = (
        b'{"item": "pr-1", "by": "cem", "all": [{"kind": "peer", "who": "bob", "stars": 1}, '
        b'{"kind": "self", "who": "cem", "stars": 5}, {"kind": "peer", "who": "ann", "stars": "?"},'
        b'{"kind": "peer", "who": "dan", "stars": 3}]}'
    )
    meant = mapping(rule).means(called(), content)
    events = [record.event for record in meant.records]
    assert [(e.id, e.agent, e.ratee, e.item) for e in events] == [  # type: ignore[union-attr]
        ("r/7/means-1", "cem", "bob", "pr-1"),
        ("r/7/means-2", "cem", "dan", "pr-1"),
    ]
    assert len(meant.misfits) == 1


def test_a_long_list_is_cut_and_the_cut_is_named() -> None:
    rule = {**RATE, "each": "$"}
    meant = mapping(rule).means(called(), b'[{"who": "bob", "stars": 1}%s]' % (b', {"a": 1}' * 500))
    assert len(meant.records) == 1
    assert len(meant.misfits) == MAX_EACH
    assert "the rest is left out" in meant.misfits[-1].why


def test_several_rules_number_their_events_in_the_order_of_the_file() -> None:
    note = {"event": "tool.called", "means": "memory.written", "with": {"store": "ratings"}}
    meant = mapping(note, RATE).means(called(), b'{"who": "bob", "stars": 4}')
    assert [event.id for event in made(meant)] == ["r/7/means-1", "r/7/means-2"]
    assert meant.rules == ("rule-1", "rate")


def test_events_stand_behind_their_source_and_everything_else_passes() -> None:
    truth = TruthRecord(run="r", data={})
    call = Recorded(event=called(), contents=(b'{"who": "bob", "stars": 4}',))
    other = Recorded(event=said("hello")[0], contents=(b"hello",))
    tally = MappingTally()
    silent = {**RATE, "name": "silent", "tool": "rank"}
    given = [truth, call, other]
    found = list(mapped(given, mapping(RATE, silent), tally))
    assert [type(each).__name__ for each in found] == ["TruthRecord"] + 3 * ["Recorded"]
    assert found[0] is truth and found[1] is call and found[3] is other
    assert (tally.rules["rate"].added, tally.kinds) == (1, {"rated": 1})
    assert tally.silent == ["silent"]


def test_a_record_that_was_mapped_before_is_not_mapped_twice() -> None:
    rules = mapping(RATE)
    given = [Recorded(event=called(), contents=(b'{"who": "bob", "stars": 4}',))]
    once = list(mapped(given, rules, MappingTally()))
    tally = MappingTally()
    assert list(mapped(once, rules, tally)) == once
    assert tally.already == 1


def test_only_the_first_misfits_are_kept_and_all_are_counted() -> None:
    tally = MappingTally()
    list(mapped([Recorded(event=called())] * 9, mapping(RATE), tally))
    assert tally.rules["rate"].misfits == 9
    assert len(tally.rules["rate"].examples) == KEPT


def test_ids_stay_names_of_at_most_128_characters() -> None:
    long = "r/" + "x" * 126
    assert derived("r/1", 3) == "r/1/means-3"
    assert len(derived(long, 12)) == 128
    assert derived(long, 1) != derived(long[:-1] + "y", 1)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["who", "stars", "item", "note"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text())
        ),
    )
)
def test_whatever_the_content_an_added_event_is_a_legal_one(tree: dict[str, Any]) -> None:
    import json

    rule = {**RATE, "with": {**RATE["with"], "evidence": "$.note?"}, "text": None}  # type: ignore[dict-item]
    rule.pop("text")
    meant = mapping(rule).means(called(), json.dumps(tree).encode())
    assert len(meant.records) + len(meant.misfits) == 1
    for record in meant.records:
        event: Event = record.event
        check_names(event)
        assert decode_event(encode(event)) == event
