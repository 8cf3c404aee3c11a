"""Ballots by lot: the kernel and the cards, and whether every allowed order is as likely."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.twins import lots as twin

from tertius.stats.draws import below
from tertius.stats.lots import ANY, agreements, deal

CROWD = "abcdefgh"
BALLOTS = st.lists(st.sampled_from("abcdefghyz"), min_size=2, max_size=8)


@given(BALLOTS, st.integers(0, 2**64 - 1), st.booleans(), st.integers(1, 5))
def test_the_kernel_deals_as_by_hand(
    ballots: list[str], key: int, for_itself: bool, tries: int
) -> None:
    """Bit for bit, and also where no order is allowed or none was met in so many tries."""
    cast = dict(zip(CROWD, ballots, strict=False))
    names = {name: number for number, name in enumerate(dict.fromkeys(ballots))}
    worth = {name: 1 / (3 + number) for name, number in names.items()}
    own = [ANY if for_itself else names.get(voter, ANY) for voter in cast]
    with np.errstate(over="ignore"):
        sums = agreements(
            np.uint64(key), np.array([names[each] for each in ballots]), np.array(own),
            np.array(list(worth.values())), 20, tries,
        )  # fmt: skip
        drawn = {
            (step, bound): below(np.uint64(key), step, bound)
            for step in range(20 * tries * len(cast))
            for bound in range(1, len(cast) + 1)
        }
    found = twin.agreements(
        cast, worth, lambda *asked: drawn[asked], for_itself=for_itself, deals=20, tries=tries
    )
    voters = sorted(cast)
    assert found == {
        (first, second): sums[voters.index(first), voters.index(second)] for first, second in found
    }


@pytest.mark.parametrize("own", [(0, 1, 2, 3), (ANY, ANY, 2, ANY), (ANY, ANY, ANY, ANY)])
def test_every_allowed_order_is_as_likely(own: tuple[int, ...]) -> None:
    ballots = np.array([1, 0, 1, 2])
    allowed = {
        way
        for way in permutations((1, 0, 1, 2))
        if all(x != y for x, y in zip(own, way))  # noqa: B905
    }
    met: Counter[tuple[int, ...]] = Counter()
    step = 0
    with np.errstate(over="ignore"):
        for _ in range(400 * len(allowed)):
            step, fits = deal(np.uint64(4), step, ballots, np.array(own), 1000)
            met[tuple(ballots.tolist())] += fits
    assert set(met) == allowed
    assert sum((count - 400) ** 2 / 400 for count in met.values()) < 40  # 99.9 %: 11 d.f., 31


def test_a_deal_that_cannot_be_gives_up() -> None:
    with np.errstate(over="ignore"):
        _, met = deal(np.uint64(1), 0, np.array([0, 0]), np.array([ANY, 0]), 10)
    assert not met
