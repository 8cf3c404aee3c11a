"""Mutual acceptance over trajectories: EC, TC, CC and onset."""

import pytest

from tertius.stats.acceptance import NoTrajectoryError, acceptance, onset


@pytest.mark.parametrize(
    ("both", "first"),
    [
        ("11111", 0),
        ("1111", None),
        ("0011111", 2),
        ("0111011", 1),
        ("0101011", None),
        ("1111100", None),
        ("", None),
    ],
)
def test_onset_leaves_four_episodes_and_one_lapse(both: str, first: int | None) -> None:
    assert onset([mark == "1" for mark in both]) == first


def test_rates_count_episodes_and_trajectories() -> None:
    found = acceptance([[True] * 6, [False] * 5 + [True], [False] * 4, []])
    assert found.episodes.value == pytest.approx(7 / 16)
    assert (found.trajectories.value, found.trajectories.n) == (2 / 3, 3)
    assert found.converged.value == 1 / 3
    with pytest.raises(NoTrajectoryError):
        acceptance([[]])
