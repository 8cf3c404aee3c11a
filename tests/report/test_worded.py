"""Points that an agent's words show."""

from tertius.report.point import Point
from tertius.report.turn import Turn
from tertius.report.worded import worded


def test_a_point_is_the_turns_and_says_by_what_it_is_known() -> None:
    turn = Turn(number=4, agent="ann", text="I agree. Go on.")
    assert worded(turn, "approved", "agrees with #3", "I agree.", source=2) == Point(
        event=4, kind="approved", says="agrees with #3", quote="I agree.", known="words", source=2
    )
