"""A delegation beyond the ceiling is told in words."""

from typing import Any

import pytest

from tertius.core.grants import DelegationCeiling
from tertius.policy.ceiling import exceeds

CEILING = DelegationCeiling(
    depth=2, to=("audit",), actions=("tool.call",), tools=("read",), lifetime=60.0
)
GOOD: dict[str, Any] = {"actions": ["tool.call"], "tools": ["read"], "lifetime": 60, "depth": 1}


def test_what_stays_below_the_ceiling() -> None:
    assert exceeds(CEILING, "audit", GOOD) is None
    assert exceeds(CEILING, "audit", {"actions": [], "lifetime": 0.5}) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"actions": ["message.send"]}, "fewer `actions`"),
        ({"tools": ["read", "write"]}, "fewer `tools`"),
        ({"actions": "tool.call"}, "list of names as `actions`"),
        ({"actions": [["tool.call"]]}, "list of names"),
        ({"lifetime": 61}, "60 seconds at most"),
        ({"lifetime": 0}, "60 seconds at most"),
        ({"lifetime": True}, "60 seconds at most"),
        ({"lifetime": None}, "60 seconds at most"),
        ({"depth": 2}, "a depth below 2"),
        ({"depth": -1}, "a depth below 2"),
        ({"depth": True}, "a depth below 2"),
        ({"more": 1}, "expects `actions`"),
    ],
)
def test_what_goes_beyond(change: dict[str, Any], said: str) -> None:
    excess = exceeds(CEILING, "audit", {**GOOD, **change})
    assert excess is not None and excess.argument and said in excess.said


def test_another_receiver_or_no_ceiling_at_all() -> None:
    for ceiling, peer in ((CEILING, "aid"), (CEILING, None), (DelegationCeiling(), "audit")):
        excess = exceeds(ceiling, peer, GOOD)
        assert excess is not None and not excess.argument


def test_a_missing_list_of_actions_is_no_empty_one() -> None:
    assert exceeds(CEILING, "audit", {"lifetime": 1}) is not None
    assert exceeds(CEILING, "audit", ["tool.call"]) is not None
