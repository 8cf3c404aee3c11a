"""Keyed randomness: the kernels' numbers, the whole-number twin's, and what depends on what."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.stats.draws import SeedError, Stream, below, fold, mix, number_of, part_of, root, unit

WORDS = st.integers(0, 2**64 - 1)


def test_the_mixer_is_splitmix64() -> None:
    # first outputs of the published generator for the seed 1234567
    state, got = 1234567, []
    for _ in range(3):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        got.append(int(mixed(state)))
    assert got == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def mixed(word: int) -> int:
    with np.errstate(over="ignore"):
        return int(mix(np.uint64(word)))


@given(WORDS, st.integers(0, 2**62))
def test_keys_inside_and_outside_kernels_are_the_same(key: int, part: int) -> None:
    with np.errstate(over="ignore"):
        assert int(fold(np.uint64(key), part)) == part_of(key, part)


@given(WORDS, st.integers(0, 2**40), st.integers(1, 1000))
def test_numbers_inside_and_outside_kernels_are_the_same(key: int, step: int, bound: int) -> None:
    stream = Stream(key, player=2, step=step)
    inner = np.uint64(part_of(part_of(key, 2), number_of("move")))
    with np.errstate(over="ignore"):
        assert unit(inner, step) == Stream(key, player=2, step=step).unit("move")
        assert below(inner, step, bound) == stream.below(bound, "move") < bound


def test_numbers_spread_evenly() -> None:
    drawn = np.array([Stream(root(5, copy), player=0, step=9).unit("a") for copy in range(4000)])
    counts = np.histogram(drawn, bins=20, range=(0, 1))[0]
    assert ((counts - 200) ** 2 / 200).sum() < 43.8  # 99.9 % of chi-square with 19 degrees


def test_one_purpose_does_not_move_another() -> None:
    plain = Stream(root(1), player=0, step=0)
    busy = Stream(root(1), player=0, step=0)
    for _ in range(5):
        busy.unit("think")
    assert plain.unit("move") == busy.unit("move")


def test_every_part_of_the_key_counts() -> None:
    base: dict[str, Any] = {"seed": 1, "copy": 0, "player": 0, "step": 0, "purpose": "a"}
    changes: dict[str, Any] = {"seed": 2, "copy": 1, "player": 1, "step": 1, "purpose": "b"}
    seen = {draw(**base)} | {draw(**{**base, name: value}) for name, value in changes.items()}
    assert len(seen) == 6


def draw(*, seed: int, copy: int, player: int, step: int, purpose: str) -> float:
    return Stream(root(seed, copy), player=player, step=step).unit(purpose)


@pytest.mark.parametrize("seed", [-1, 2**64, True, 1.5, "1"])
def test_a_seed_that_is_none_is_refused(seed: int) -> None:
    with pytest.raises(SeedError, match="expected a whole number"):
        root(seed)
