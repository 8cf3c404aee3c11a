"""What the builder refuses, and how its batches behave."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.graphs.records import anything
from tests.twins.lineage_bfs import Event

from tertius.core.names import BadNameError
from tertius.graphs.lineage_build import BadCauseError, LineageBuilder
from tertius.graphs.lineage_file import Table


def arrays(table: Table) -> list[list[float]]:
    return [np.nan_to_num(array, nan=-1).tolist() for array in msgspec.structs.astuple(table)]


@given(anything, st.integers(0, 40))
def test_cutting_the_input_into_batches_changes_nothing(events: list[Event], cut: int) -> None:
    whole, parts = LineageBuilder(), LineageBuilder()
    whole.add_batch(events)
    parts.add_batch(events[:cut])
    for event, causes in events[cut:]:
        parts.add(event, causes)
    (one, counts), (other, same_counts) = whole.finish(), parts.finish()
    assert counts == same_counts
    assert arrays(one) == arrays(other)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_score_outside_its_range_is_refused(score: float) -> None:
    with pytest.raises(BadCauseError, match="expected a number from 0 to 1"):
        LineageBuilder().add("b", [("a", "inferred", score)])


def test_an_unknown_basis_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadCauseError, match="did you mean `declared`"):
        LineageBuilder().add("b", [("a", "declard", None)])  # type: ignore[list-item]


@pytest.mark.parametrize("name", ["", "two words", "é", "a" * 129, "a\n", "\ud800"])
def test_an_id_outside_the_alphabet_is_refused(name: str) -> None:
    as_event, as_cause = LineageBuilder(), LineageBuilder()
    as_event.add(name)
    as_cause.add("a", [(name, "observed", None)])
    for builder in (as_event, as_cause):
        with pytest.raises(BadNameError):
            builder.finish()
