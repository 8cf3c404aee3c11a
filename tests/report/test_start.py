"""Which point comes first, and why."""

from typing import Any

import pytest

from tertius.report.point import Kind, Point
from tertius.report.start import marked


def point(event: int, kind: Kind, **more: Any) -> Point:
    return Point(event=event, kind=kind, says="so", known="record", **more)


def roles(*points: Point, last: int = 9) -> list[str]:
    return [each.role for each in marked(points, last)]


GUESS = point(5, "unevidenced", built=(6,))


@pytest.mark.parametrize("taken_back", [{"admitted": 3}, {"mended": 4}])
def test_a_failure_that_was_taken_back_is_only_the_first_failure(
    taken_back: dict[str, int],
) -> None:
    assert roles(point(2, "failed", **taken_back), GUESS) == ["failure", "start"]


def test_a_failure_of_which_nobody_spoke_is_where_to_start() -> None:
    assert roles(point(2, "failed"), GUESS) == ["start", "after"]


def test_a_claim_on_which_nothing_rests_is_passed_over_and_one_in_the_last_words_counts() -> None:
    assert roles(point(2, "claimed"), GUESS) == ["", "start"]
    assert roles(point(2, "claimed"), last=2) == ["start"]
    assert marked([point(2, "claimed")], 2)[0].why.endswith("it is in the last words")


def test_who_follows_another_is_not_where_to_start() -> None:
    assert roles(point(6, "unevidenced", source=5, built=(7,)), point(8, "self-approved")) == [
        "", "start",
    ]  # fmt: skip


def test_without_anything_built_on_the_first_failure_is_where_to_start() -> None:
    found = marked([point(2, "empty", admitted=3), point(4, "announced")], 9)
    assert [each.role for each in found] == ["start", "after"]
    assert found[0].why.startswith("the first trouble on record")
    assert marked([point(4, "announced")], 9)[0].role == ""
