"""Time for expiry and deadlines only moves forwards."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from tertius.log.clock import SECOND, TOLERANCE, Ratchet


class Hands:
    def __init__(self, wall: int = 1000 * SECOND) -> None:
        self.wall = wall
        self.boot = 0
        self.clock = Ratchet(lambda: self.wall, lambda: self.boot)

    def move(self, wall: int, boot: int) -> int:
        self.wall += wall
        self.boot += boot
        return self.clock()


steps = st.lists(
    st.tuples(st.integers(-(10**12), 10**12), st.integers(0, 10**11)), min_size=1, max_size=30
)


@given(steps)
def test_time_never_goes_back_whatever_the_wall_clock_does(moves: list[tuple[int, int]]) -> None:
    hands = Hands()
    seen = [hands.clock()]
    for wall, boot in moves:
        seen.append(hands.move(wall, boot))
    assert seen == sorted(seen)


@given(steps)
def test_what_expired_stays_expired_after_a_jump_back(moves: list[tuple[int, int]]) -> None:
    hands = Hands()
    deadline = hands.clock() + SECOND
    expired = False
    for wall, boot in moves:
        expired = expired or hands.move(wall, boot) >= deadline
        assert not expired or hands.clock() >= deadline


def test_a_steady_clock_is_followed_and_trusted() -> None:
    hands = Hands()
    for _ in range(100):
        assert hands.move(SECOND, SECOND) == hands.wall
    assert hands.clock.trusted
    assert hands.clock.jumps == 0


def test_a_forward_jump_does_not_move_time_until_somebody_confirms() -> None:
    hands = Hands()
    before = hands.clock()
    assert hands.move(10**6 * SECOND, SECOND) == before + SECOND
    assert not hands.clock.trusted
    assert hands.move(SECOND, SECOND) == before + 2 * SECOND
    hands.clock.confirm()
    assert hands.clock() == hands.wall


def test_a_jump_within_the_tolerance_is_followed() -> None:
    hands = Hands()
    assert hands.move(TOLERANCE, 0) == hands.wall
    assert hands.clock.trusted


def test_a_jump_back_is_counted_and_time_goes_on() -> None:
    hands = Hands()
    before = hands.clock()
    assert hands.move(-(10**6) * SECOND, 2 * SECOND) == before + 2 * SECOND
    assert hands.clock.jumps == 1
    assert hands.clock.trusted


def test_time_starts_after_the_last_durable_entry() -> None:
    hands = Hands()
    hands.clock.not_before(5000 * SECOND)
    assert hands.clock() == 5000 * SECOND


def test_threads_see_one_order() -> None:
    hands = Hands()
    seen: list[int] = []

    def look() -> None:
        for _ in range(200):
            seen.append(hands.move(7, 7))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(seen) == hands.clock()
