"""Repeated games in closed form: known strategies, and what is refused."""

import pytest

from tertius.stats.repeated_games import GameError, extortion, fixation, long_run


def test_two_who_draw_their_moves_get_the_mean_of_the_table() -> None:
    assert long_run((0.5,) * 4, (0.5,) * 4) == pytest.approx((2.25, 2.25))


def test_who_always_defects_takes_the_temptation_from_who_always_cooperates() -> None:
    assert long_run((0,) * 4, (1,) * 4) == pytest.approx((5, 0))


def test_a_fair_factor_is_tit_for_tat_when_it_reacts_at_once() -> None:
    assert extortion(1.0, share=1.0) == pytest.approx((1, 0, 1, 0))


def test_what_never_forgets_its_beginning_has_no_long_run() -> None:
    with pytest.raises(GameError, match="never forget"):
        long_run((1, 0, 1, 0), (1, 0, 1, 0))


@pytest.mark.parametrize(
    ("factor", "share", "payoffs"),
    [(0.9, 0.5, (5, 3, 1, 0)), (2.0, 0.0, (5, 3, 1, 0)), (2.0, 0.5, (3, 5, 1, 0))],
)
def test_extortion_out_of_range_is_refused(
    factor: float, share: float, payoffs: tuple[float, ...]
) -> None:
    with pytest.raises(GameError):
        extortion(factor, share=share, payoffs=payoffs)


def test_fixation_needs_two_and_a_fitness_above_nothing() -> None:
    with pytest.raises(GameError, match="at least 2"):
        fixation(((1, 1), (1, 1)), 1)
    with pytest.raises(GameError, match="not above 0"):
        fixation(((1, 0), (1, 1)), 3)
