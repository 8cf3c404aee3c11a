"""The study `pricing`: its firms learned, and none of their sessions is left out."""

import pytest

from tertius.environments.pricing_sessions import SessionSettings, gain
from tertius.scenarios.pricing_learned import SESSIONS, kept, learn, session
from tertius.stats.compiled import INTERPRETED

quick = pytest.mark.skipif(INTERPRETED, reason="two million periods take an hour without numba")


@quick
def test_the_tables_that_are_kept_are_those_that_are_learned() -> None:
    assert learn(0) == kept()[0]
    assert len(kept()) == SESSIONS


@quick
@pytest.mark.slow
def test_no_session_is_left_out() -> None:
    assert tuple(learn(copy) for copy in range(SESSIONS)) == kept()


def test_they_end_above_competition() -> None:
    settings = SessionSettings()
    market = settings.market()
    gains = [gain(settings, session(one), market) for one in kept()]
    assert min(gains) > 0.5
