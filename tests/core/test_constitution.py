"""A constitution always has rules, a schema, and a human who answers for the group."""

from typing import Any

import msgspec
import pytest
from tests.core.examples import CONSTITUTION, NOW

from tertius.core.constitution import BreakGlass, ConstitutionError, ConstitutionRule

RULE = ConstitutionRule(id="k1", why="why", cedar="forbid (...);")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rules": ()}, "has no rules"),
        ({"rules": (RULE, RULE)}, "rules names `k1` twice"),
        ({"schema": " "}, "has no schema"),
        ({"accountable": ""}, "bad accountable"),
        ({"version": 0}, "versions begin at 1"),
        ({"not_after": NOW}, "ends before it begins"),
    ],
)
def test_a_constitution_that_cannot_be_in_force(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConstitutionError, match=said):
        msgspec.structs.replace(CONSTITUTION, **change)


def test_an_empty_rule_is_refused() -> None:
    with pytest.raises(ConstitutionError, match="is empty"):
        ConstitutionRule(id="k1", why="why", cedar=" ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"people": ("p-1",)}, "at least two people"),
        ({"people": ("p-1", "p-1")}, "twice"),
        ({"scope": ()}, "without a scope"),
        ({"seconds": 3601}, "lasts 1 to 3600"),
    ],
)
def test_break_glass_is_narrow(change: dict[str, Any], said: str) -> None:
    door = {"people": ("p-1", "p-2"), "scope": ("sis",), "seconds": 60}
    assert BreakGlass(**door)  # type: ignore[arg-type]  # a plain dict of mixed values
    with pytest.raises(ConstitutionError, match=said):
        BreakGlass(**{**door, **change})
