"""Positions of agents."""

from math import dist

from hypothesis import given
from hypothesis import strategies as st

from tertius.report.layout import RING, SIDE, positions


def chain(count: int) -> dict[tuple[int, int], int]:
    return {(n, n + 1): 1 + n % 3 for n in range(count - 1)}


@given(st.integers(1, 60))
def test_agents_stand_inside_the_picture_each_in_its_own_place(count: int) -> None:
    placed = positions(count, chain(count))
    assert len(set(placed)) == count
    assert all(0 <= x <= SIDE and 0 <= y <= SIDE for x, y in placed)


def test_the_same_agents_stand_where_they_stood() -> None:
    assert positions(50, chain(50)) == positions(50, chain(50))


def test_who_talks_to_each_other_stands_together() -> None:
    pairs = {(a, b): 5 for team in (range(10), range(10, 20)) for a in team for b in team if a < b}
    placed = positions(20, {**pairs, (0, 10): 1})

    def apart(a: int, b: int) -> float:
        return dist(placed[a], placed[b])

    inside = max(apart(a, b) for a, b in pairs)
    across = min(apart(a, b) for a in range(10) for b in range(10, 20))
    assert inside < across


def test_a_crowd_stands_in_a_ring() -> None:
    assert RING < 500
    centre = SIDE / 2
    for x, y in positions(500, chain(500)):
        assert abs(((x - centre) ** 2 + (y - centre) ** 2) ** 0.5 - centre) < 1
