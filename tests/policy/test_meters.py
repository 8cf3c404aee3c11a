import pytest

from tertius.core.grants import ResourceBudget
from tertius.policy import meters as module
from tertius.policy.meters import Held, Used


def test_more_holders_than_are_kept_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HOLDERS", 1)
    meter = Held(ResourceBudget(resource="db", kind="held", amount=9, unit="connection"))
    meter.take("a", "r", 1, 0)
    assert meter.lacks("a", "r", 1, 0) == ""
    assert meter.lacks("b", "r", 1, 0) == "too many agents hold a part of it"


def test_more_leaves_than_came_and_nothing_becomes_negative() -> None:
    meter = Held(ResourceBudget(resource="db", kind="held", amount=2, unit="connection"))
    meter.take("a", "r", 1, 0)
    meter.leave("a", "r", 5)
    assert meter.lacks("b", "r", 2, 0) == ""
    assert "0 of 2" in meter.lacks("b", "r", 3, 0)


def test_a_fraction_is_a_limit_like_any_other() -> None:
    meter = Used(ResourceBudget(resource="gpu", kind="total", amount=2.5, unit="h"))
    meter.take("a", "r", 2, 0)
    assert "2 of 2.5 h are used, 1 more were asked" in meter.lacks("a", "r", 1, 0)
