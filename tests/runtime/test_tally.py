"""What counts as an edge, an agent, an unknown party."""

from typing import Any

from tertius.core.events import Delegated, HandedOff, MessageSent, Offered, TaskAssigned, ToolCalled
from tertius.core.kinds import Event
from tertius.core.oversight_events import Gap
from tertius.runtime.tally import Edge, IngestSummary

BASE: dict[str, Any] = {"time": 1_772_355_600_000_000_000, "run": "r"}


def tally(*events: Event) -> IngestSummary:
    summary = IngestSummary()
    for event in events:
        summary.count(event, file="f", format="jsonl")
    return summary


def test_messages_hand_offs_and_offers_reach_somebody() -> None:
    summary = tally(
        MessageSent(id="1", agent="a", recipients=("b", "c"), channel="team", **BASE),
        MessageSent(id="2", agent="a", recipients=("b",), channel="team", **BASE),
        HandedOff(id="3", agent="b", to="c", **BASE),
        Delegated(id="4", agent="b", to="d", **BASE),
        Offered(id="5", agent="c", to=("a",), **BASE),
    )
    assert dict(summary.runs["r"].edges) == {
        Edge(sender="a", receiver="b", channel="team"): 2,
        Edge(sender="a", receiver="c", channel="team"): 1,
        Edge(sender="b", receiver="c", channel=""): 1,
        Edge(sender="b", receiver="d", channel=""): 1,
        Edge(sender="c", receiver="a", channel=""): 1,
    }
    assert summary.runs["r"].agents == {"a", "b", "c", "d"}
    assert summary.edges == 5


def test_unknown_parties_are_counted_where_somebody_must_have_been() -> None:
    summary = tally(
        ToolCalled(id="1", tool="t", **BASE),
        TaskAssigned(id="2", to="", **BASE),
        Gap(id="3", **BASE),
    )
    unknown = summary.unknown
    assert (unknown.senders, unknown.receivers, unknown.channels, unknown.times) == (2, 1, 0, 0)


def test_one_name_in_two_runs_is_two_agents() -> None:
    summary = tally(
        MessageSent(id="1", agent="a", **BASE), MessageSent(id="2", agent="a", time=0, run="s")
    )
    assert (summary.agents, summary.unknown.times) == (2, 1)
