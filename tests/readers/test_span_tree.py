"""The order of a trace: whatever the file says, parents hold their children and nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from tertius.readers.span import Span
from tertius.readers.span_tree import Tree

T0 = 1_772_355_600_000_000_000
IDS = [str(n) for n in range(8)]
spans = st.lists(
    st.builds(
        lambda id, parent, start, length: Span(
            trace="t", id=id, parent=parent, start=start and T0 + start, end=length and T0 + length
        ),
        st.sampled_from(IDS),
        st.sampled_from(["", "gone", *IDS]),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    max_size=20,
)


@given(spans)
def test_every_span_begins_once_and_ends_once_inside_its_place(found: list[Span]) -> None:
    tree = Tree(found)
    marks = list(tree.moments())
    places = {(node.span.id, enters): n for n, (node, enters) in enumerate(marks)}
    assert len(marks) == len(places) == 2 * len({span.id for span in found})
    for node, enters in marks:
        assert places[node.span.id, True] < places[node.span.id, False]
        if enters and node.parent is not None:
            assert places[node.parent.span.id, True] < places[node.span.id, True]


@given(spans)
def test_each_span_hangs_under_the_parent_it_names_but_for_what_was_counted(
    found: list[Span],
) -> None:
    tree = Tree(found)
    ringed = tree.faults.get("rings of parents, each cut at one span", 0)
    loose = tree.faults.get("spans whose parent is not in the trace, read as tops", 0)
    moved = [n for n in tree.nodes.values() if n.span.parent and n.parent is None]
    assert len(moved) == ringed + loose
    for node in tree.nodes.values():
        assert node.parent is None or node.parent.span.id == node.span.parent


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), min_size=1, max_size=20))
def test_consistent_clocks_give_the_order_of_the_clock(times: list[tuple[int, int]]) -> None:
    """Twin: a plain sort of all moments, where siblings do not begin or end at one time."""
    top = Span(trace="t", id="top", start=T0, end=T0 + 10**9)
    children = [
        Span(trace="t", id=str(n), parent="top", start=T0 + a * 1000 + n, end=0)
        for n, (a, _) in enumerate(times)
    ]
    for n, ((_, length), child) in enumerate(zip(times, children, strict=True)):
        child.end = child.start + length * 1_000_000 + n
    stamps = [(c.start, c.id, True) for c in children] + [(c.end, c.id, False) for c in children]
    marks = [(node.span.id, enters) for node, enters in Tree([top, *children]).moments()]
    plain = [(id, enters) for _, id, enters in sorted(stamps)]
    assert marks[1:-1] == plain


def test_without_times_the_order_is_that_of_the_file() -> None:
    file = [Span(trace="t", id="a"), *(Span(trace="t", id=x, parent="a") for x in "cb")]
    marks = [(node.span.id, enters) for node, enters in Tree(file).moments()]
    assert marks == [
        ("a", True), ("c", True), ("c", False), ("b", True), ("b", False), ("a", False),
    ]  # fmt: skip
