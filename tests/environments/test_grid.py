"""The gridworld kernel: order, beams and sight, each by hand."""

from itertools import permutations

import numpy as np

from tertius.environments.grid import beam, drawn, look, seen_at, shuffle, there, ways_of
from tertius.stats.draws import root

MAP = """
#########
#.......#
#...a...#
#.a.....#
#...@...#
#.......#
#########
"""
CODES = {"#": 1, ".": 2, "a": 3, "@": 4}
CELLS = drawn(MAP, CODES, margin=3)
FLAT, WIDTH = CELLS.ravel(), CELLS.shape[1]
WAYS = ways_of(WIDTH)
ME = int(np.flatnonzero(FLAT == 4)[0])


def test_a_map_lies_in_a_margin() -> None:
    assert CELLS.shape == (13, 15)
    assert CELLS[:3].sum() == CELLS[:, :3].sum() == CELLS[-3:].sum() == 0
    assert CELLS[3, 3] == 1


def test_there_and_seen_at_undo_each_other_in_every_facing() -> None:
    for facing in range(4):
        for forward in range(-3, 4):
            for right in range(-3, 4):
                other = there(ME, facing, forward, right, WAYS)
                assert seen_at(ME, facing, other, WAYS) == (forward, right)
    assert there(ME, 0, 1, 0, WAYS) == ME - WIDTH
    assert there(ME, 1, 0, 1, WAYS) == ME + WIDTH


def test_a_view_is_turned_forward() -> None:
    for facing in range(4):
        view = np.zeros(5 * 3, np.uint8)
        look(FLAT, ME, facing, 3, 3, WAYS, view)
        expected = [
            [FLAT[there(ME, facing, forward, right, WAYS)] for right in (-1, 0, 1)]
            for forward in (3, 2, 1, 0, -1)
        ]
        assert view.reshape(5, 3).tolist() == expected
        assert view.reshape(5, 3)[3, 1] == 4


def test_a_lane_ends_at_what_stops_it() -> None:
    stops = np.zeros(256, np.bool_)
    stops[[0, 1, 3]] = True
    hits = np.zeros(5, np.int64)
    north = beam(FLAT, stops, ME, 0, 3, 1, WAYS, hits)
    assert hits[:north].tolist() == [ME - 2 * WIDTH]
    assert beam(FLAT, stops, ME, 0, 1, 1, WAYS, hits) == 0
    wide = beam(FLAT, stops, ME, 0, 3, 2, WAYS, hits)  # the far left lane: one and two ahead
    assert hits[:wide].tolist() == [ME - WIDTH - 2, ME - 2 * WIDTH]


def test_every_order_is_as_likely() -> None:
    counts = dict.fromkeys(permutations(range(3)), 0)
    order = np.zeros(3, np.int64)
    for step in range(3000):
        shuffle(np.uint64(root(5)), step, order)
        counts[tuple(order.tolist())] += 1
    assert all(400 < count < 600 for count in counts.values())
