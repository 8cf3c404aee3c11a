"""The environment checks catch what they say they catch."""

from typing import Any

import pytest

from tertius.conformance.environment import EnvironmentConformanceError, check_environment
from tertius.core.events import Claimed
from tertius.environments.routing import Routing


class Misnamed(Routing):
    """Tells of something under a name that no log takes."""

    def tell(self, moves: Any, tale: Any) -> None:
        """Tell."""
        tale.say(Claimed, agent="driver-1", about="two words")


def test_an_event_that_no_log_takes_is_caught() -> None:
    with pytest.raises(EnvironmentConformanceError, match=r"no log takes: .*two words"):
        check_environment(Misnamed, seeds=(0,), steps=2)
