"""Levels are ordered; outcomes are spelled as the events spell them."""

import typing

from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.oversight_events import Decided


def test_levels_meet_what_is_below_them() -> None:
    low, middle, high = EnforcementLevel
    assert high.meets(low)
    assert high.meets(high)
    assert not middle.meets(high)
    assert not low.meets(middle)


def test_the_event_uses_the_same_words() -> None:
    hints = typing.get_type_hints(Decided)
    assert set(typing.get_args(hints["level"])) == {level.value for level in EnforcementLevel}
    assert set(typing.get_args(hints["outcome"])) == set(Outcome) - {Outcome.ABSTAIN}
