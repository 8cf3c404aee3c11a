"""Who is at work in a span."""

from tertius.readers.span import Span
from tertius.readers.span_agents import settle
from tertius.readers.span_tree import Tree


def who(*spans: Span) -> dict[str, str]:
    tree = Tree(spans)
    settle(tree)
    return {node.span.id: node.who for node in tree.nodes.values()}


def test_the_nearest_agent_around_it() -> None:
    assert who(
        Span(trace="t", id="a", kind="agent", agent="boss"),
        Span(trace="t", id="g", parent="a"),
        Span(trace="t", id="b", parent="g", kind="agent", agent="clerk"),
        Span(trace="t", id="m", parent="b", kind="model"),
        Span(trace="t", id="c", parent="g", kind="tool"),
    ) == {"a": "boss", "g": "boss", "b": "clerk", "m": "clerk", "c": "boss"}


def test_an_agent_without_a_name_stays_without_one() -> None:
    found = who(
        Span(trace="t", id="a", kind="agent", agent="boss"),
        Span(trace="t", id="b", parent="a", kind="agent"),
        Span(trace="t", id="m", parent="b", kind="model"),
    )
    assert (found["b"], found["m"]) == ("", "")


def test_a_step_without_a_model_is_no_agent() -> None:
    tree = Tree([Span(trace="t", id="s", node="tools"), Span(trace="t", id="c", parent="s",
                                                             kind="tool", tool="x")])  # fmt: skip
    settle(tree)
    assert {node.span.kind for node in tree.nodes.values()} == {"plain", "tool"}
