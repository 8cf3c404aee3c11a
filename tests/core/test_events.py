"""Events are values."""

import pytest

from tertius.core.events import Cause, MessageSent


def test_events_are_values() -> None:
    event = MessageSent(id="m", time=0, run="r", causes=(Cause(id="a"),))
    assert event == MessageSent(id="m", time=0, run="r", causes=(Cause(id="a"),))
    with pytest.raises(AttributeError):
        event.agent = "somebody else"  # type: ignore[misc]  # that it is frozen is the point
