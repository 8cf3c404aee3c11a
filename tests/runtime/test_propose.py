"""What `analyze` proposes fits what was seen, is pasted as it is, and is never applied."""

import json
from typing import Any

import pytest

from tertius.core.events import MessageSent, ToolCalled, ToolReturned
from tertius.core.kinds import Event
from tertius.runtime.config import parse_config
from tertius.runtime.mapping import Mapping
from tertius.runtime.propose import as_yaml, proposals
from tertius.runtime.rules import EventRule
from tertius.runtime.sketch import Sketch


def called(n: int, tool: str, **arguments: Any) -> tuple[Event, bytes]:
    event = ToolCalled(id=f"r/{n}", time=0, run="r", agent="ann", tool=tool)
    return event, json.dumps(arguments).encode()


def said(n: int, text: str) -> tuple[Event, bytes]:
    return MessageSent(id=f"r/{n}", time=0, run="r", agent="ann"), text.encode()


def proposed(*seen: tuple[Event, bytes]) -> list[dict[str, Any]]:
    sketch = Sketch()
    for event, content in seen:
        sketch.see(event, content)
    return [each.rule for each in proposals(sketch)]


def test_a_rating_tool_is_recognised_with_its_scale() -> None:
    seen = [called(n, "submit_review", author="bob", stars=n % 5 + 1, note="x") for n in range(9)]
    assert proposed(*seen) == [
        {
            "event": "tool.called",
            "tool": "submit_review",
            "means": "rated",
            "with": {"ratee": "$.author", "score": "$.stars", "high": 5},
        }
    ]


def test_a_key_that_is_not_always_there_is_optional() -> None:
    seen = [called(1, "cast_vote", vote="yes", topic="t"), called(2, "cast_vote", vote="no")]
    (rule,) = proposed(*seen)
    assert rule["means"] == "asserted"
    assert rule["with"] == {"act": "vote", "about": "$.topic?", "value": "$.vote"}


def test_a_verdict_is_translated_only_if_every_word_is_understood() -> None:
    good = [called(n, "verify_claim", claim="c", passed=n % 2 == 0) for n in range(4)]
    (rule,) = proposed(*good)
    assert rule["means"] == "verified"
    assert rule["with"]["result"] == {
        "from": "$.passed",
        "map": {"true": "confirmed", "false": "contradicted"},
    }
    odd = [called(1, "verify_claim", claim="c", status="purple")]
    assert [rule["means"] for rule in proposed(*odd)] != ["verified"]


def test_hand_over_tools_share_one_rule() -> None:
    rules = proposed(called(1, "transfer_to_sales"), called(2, "transfer_to_refunds"))
    assert rules == [
        {
            "event": "tool.called",
            "tool": "transfer_to_*",
            "where": {"@tool": {"matches": "^transfer_to_(?P<to>.+)$"}},
            "means": "handed.off",
            "with": {"to": "<to>"},
        }
    ]


def test_reading_a_store_is_seen_in_what_it_returned() -> None:
    returned = ToolReturned(id="r/2", time=0, run="r", agent="a", tool="read_notes")
    rules = proposed(called(1, "read_notes", key="x"), (returned, b"Halden, 99.9 %"))
    assert [(rule["event"], rule["means"], rule["text"]) for rule in rules] == [
        ("tool.returned", "memory.read", "@content")
    ]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("I approve PR-12 as it is.", "accepted"),
        ("I vote for: option-b", "asserted"),
        ("FINAL ANSWER: 42", "claimed"),
        ("I rate coder 7/10", "rated"),
        ('{"vote": "yes", "about": "the plan"}', "asserted"),
        ("Let us begin.", None),
    ],
)
def test_wordings_of_messages(text: str, means: str | None) -> None:
    assert [rule["means"] for rule in proposed(said(1, text))] == ([means] if means else [])


def test_tools_without_a_telling_name_are_left_alone() -> None:
    assert proposed(called(1, "search", query="x"), called(2, "get_weather", city="Bonn")) == []


def test_the_yaml_can_be_pasted_as_it_is_and_tells_its_evidence() -> None:
    sketch = Sketch()
    seen = [
        *(called(n, "submit_review", author="bob", stars=4) for n in range(3)),
        called(4, "transfer_to_sales"),
        called(5, "verify_claim", claim="c", passed=True),
        said(6, "I approve PR-12"),
    ]
    for event, content in seen:
        sketch.see(event, content)
    found = proposals(sketch)
    text = as_yaml(found)
    rules = parse_config(text.encode()).events
    assert [rule.means for rule in rules] == ["rated", "accepted", "handed.off", "verified"]
    assert "# tool `submit_review` was called 3 times, such as r/0, r/1, r/2" in text
    assert "# fits 3 of 3 looked at" in text
    mapping = Mapping(rules)
    assert all(mapping.means(event, content).records for event, content in seen)
    assert as_yaml([]) == ""


def test_names_that_mean_something_in_yaml_are_quoted() -> None:
    sketch = Sketch()
    sketch.see(*called(1, "rate:all", who="x", score=1))
    sketch.see(*called(2, "approve/off", id="x"))
    rules = parse_config(as_yaml(proposals(sketch)).encode()).events
    assert sorted(rule.tool for rule in rules) == [("approve/off",), ("rate:all",)]


def test_what_a_rule_covers_already_is_not_proposed_again() -> None:
    sketch = Sketch()
    sketch.see(*called(1, "submit_review", author="bob", stars=4))
    rule = EventRule.model_validate(
        {"event": "tool.called", "tool": "submit_review", "means": "claimed"}
    )
    assert proposals(sketch, Mapping([rule])) == []
    assert len(proposals(sketch)) == 1
