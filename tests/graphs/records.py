"""Records to ask about: one small run, and strategies for good and bad ones."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.twins.lineage_bfs import STRENGTH, Event

RUN: list[Event] = [
    ("ask", []),
    ("search", [("ask", "observed", None)]),
    ("page", [("search", "observed", None), ("web", "declared", None)]),
    ("note", [("page", "inferred", 0.7)]),
    ("answer", [("page", "declared", None), ("note", "observed", None)]),
]

ids = st.integers(0, 24).map("e{}".format)
bases = st.sampled_from(STRENGTH)
causes = st.lists(st.tuples(ids, bases, st.sampled_from([None, 0.0, 0.5, 1.0])), max_size=4)
anything = st.lists(st.tuples(ids, causes), min_size=1, max_size=40)
some_bases = st.sets(bases, min_size=1).map(sorted)
depths = st.none() | st.integers(1, 6)


@st.composite
def in_order(draw: st.DrawFn) -> list[Event]:
    """A well-formed record: every cause comes before its effect."""
    size = draw(st.integers(1, 40))
    near = st.integers(1, 12)
    return [
        (
            f"e{number}",
            [
                (f"e{max(0, number - draw(near))}", draw(bases), None)
                for _ in range(draw(st.integers(0, 3)))
                if number
            ],
        )
        for number in range(size)
    ]
