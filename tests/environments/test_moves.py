"""What a move may be, however it is given."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from tertius.environments.moves import Amount, Choice, MoveError, Several

MARKS = Several({"ana": Amount(0.0, 100.0), "ben": Amount(0.0, 100.0)})
HELP = Several({"whom": Choice(("nobody", "ana"), (0,)), "count": Amount(0, 5, whole=True)})


def test_marks_are_read_in_the_order_of_the_parts() -> None:
    assert MARKS.numbers({"ben": 65.5, "ana": 80.0}) == [80.0, 65.5]


@pytest.mark.parametrize("marks", [{"ana": 80, "ben": 65.5}, [80, 65.5], (80.0, 65.5)])
def test_marks_may_be_whole_or_without_names(marks: Any) -> None:
    numbers = MARKS.numbers(marks)
    assert numbers == [80.0, 65.5]
    assert all(type(number) is float for number in numbers)


@pytest.mark.parametrize("bad", [nan, inf, -inf, -0.5, 100.5, True, "80", None, [80.0]])
@pytest.mark.parametrize("place", ["ana", "ben"])
def test_one_bad_mark_among_good_ones_is_refused(bad: object, place: str) -> None:
    with pytest.raises(MoveError, match="expected a number from 0 to 100"):
        MARKS.numbers({"ana": 1.0, "ben": 2.0, place: bad})


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ({"ana": 1.0}, "says nothing of `ben`"),
        ({"ana": 1.0, "bem": 2.0}, "unknown part `bem`"),
        ({"ana": 1.0, "ben": 2.0, "cy": 3.0}, "unknown part `cy`"),
        ([1.0], "1 parts; expected 2"),
    ],
)
def test_parts_that_are_missing_or_unknown_are_named(marks: Any, said: str) -> None:
    with pytest.raises(MoveError, match=said):
        MARKS.numbers(marks)


def test_parts_of_different_kinds_are_each_held_to_their_own() -> None:
    assert HELP.numbers({"whom": "nobody", "count": 5}) == [0.0, 5.0]
    with pytest.raises(MoveError, match="`ana` is not allowed now"):
        HELP.numbers({"whom": "ana", "count": 5})
    with pytest.raises(MoveError, match="expected a whole number from 0 to 5"):
        HELP.numbers({"whom": "nobody", "count": 2.5})


@pytest.mark.parametrize("move", ["b", 1, 1.0])
def test_a_move_that_is_not_open_is_refused_by_name_and_by_number(move: object) -> None:
    assert Choice(("a", "b")).number(move) == 1.0
    with pytest.raises(MoveError, match="`b` is not allowed now"):
        Choice(("a", "b"), (0,)).number(move)


def test_of_two_moves_with_one_name_the_first_is_meant() -> None:
    assert Choice(("1.00", "1.00", "1.01")).number("1.00") == 0.0
    with pytest.raises(MoveError, match="not allowed now"):
        Choice(("1.00", "1.00"), (1,)).number("1.00")


def test_among_some_of_the_moves_the_names_keep_their_numbers() -> None:
    bids = Choice(("pass", "1", "2", "3")).among((0, 3))
    assert (bids.number("pass"), bids.number("3"), bids.number(3)) == (0.0, 3.0, 3.0)
    assert bids.allowed == ("pass", "3")
    assert bids == Choice(("pass", "1", "2", "3"), (0, 3))
    for move in ("2", 2):
        with pytest.raises(MoveError, match=r"`2` is not allowed now; one of \['pass', '3'\] is"):
            bids.number(move)
