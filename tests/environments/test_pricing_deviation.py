"""Forced price cuts: told apart are firms that punish and firms that cannot."""

import numpy as np
import pytest

from tertius.environments.pricing_deviation import HORIZON, Cuts, cuts
from tertius.environments.pricing_sessions import Session, SessionSettings

SMALL = SessionSettings(prices=3)
HIGH, LOW = 2, 0


def forced(policy: "list[list[int]]", settings: SessionSettings = SMALL) -> Cuts:
    played = Session(0, True, np.array(policy), settings.prices**settings.firms - 1)
    return cuts(settings, played, settings.market())


def test_firms_that_punish_for_ever_make_every_cut_a_loss() -> None:
    """Grim firms: high after high, low after anything else."""
    grim = [[LOW] * 8 + [HIGH]] * 2
    found = forced(grim)
    prices = SMALL.market().prices[0]
    assert len(found.firm) == 4 and set(found.firm) == {0, 1}
    assert (found.before == prices[HIGH]).all() and set(found.after) == set(prices[:HIGH])
    assert (found.rivals == prices[HIGH]).all()
    assert found.fall == pytest.approx([1 - prices[LOW] / prices[HIGH]] * 4)
    assert (found.lost > 0).all() and (found.periods == HORIZON).all()


def test_firms_that_look_at_nothing_do_not_punish_and_the_cut_pays() -> None:
    found = forced([[HIGH] * 9] * 2)
    assert (found.fall == 0).all() and (found.periods == 1).all()
    best = SMALL.market().profits.reshape(3, 3, 2)[:, HIGH, 0]
    assert sorted(found.lost[found.firm == 0]) == pytest.approx(sorted(best[HIGH] - best[:HIGH]))


def test_a_punishment_of_two_periods_is_two_periods_long() -> None:
    """After a cut of either: both low once, then both middle, then back to high."""
    row = [LOW] * 9
    row[8], row[0], row[4] = HIGH, 1, HIGH  # (high, high), (low, low), (middle, middle)
    found = forced([row, row])
    assert set(found.periods) == {3}


def test_firms_at_their_lowest_price_cannot_cut() -> None:
    assert len(forced([[LOW] * 9] * 2).firm) == 0


def test_memory_of_two_periods_is_followed() -> None:
    two = SessionSettings(prices=2, memory=2)
    grim = [[0] * 15 + [1]] * 2  # high only after two periods of high
    found = forced(grim, two)
    assert (found.lost[found.firm == 0] > 0).all() and (found.periods == HORIZON).all()
