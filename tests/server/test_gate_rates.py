"""How much a user may ask: a bucket of its own, that nobody else empties."""

from hypothesis import given
from hypothesis import strategies as st

from tertius.server.gate_rates import FRAME_UNIT, TELL_EVERY, Rate, Rates

SLOW = Rate(per_second=2, burst=4)


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_after_a_burst_it_is_the_rate() -> None:
    ticks = Ticks()
    rates = Rates(SLOW, ticks=ticks)
    assert [rates.take(1) for _ in range(5)] == [0, 0, 0, 0, 0.5]
    ticks.now = 0.5
    assert (rates.take(1), rates.take(1)) == (0, 0.5)
    ticks.now = 1000  # a long rest gives no more than the burst
    assert sum(rates.take(1) == 0 for _ in range(9)) == 4


def test_one_users_flood_takes_nothing_from_another() -> None:
    rates = Rates(SLOW, ticks=Ticks())
    assert sum(rates.take(1) == 0 for _ in range(1000)) == 4
    assert [rates.take(2) for _ in range(4)] == [0] * 4


def test_a_long_frame_counts_as_several_questions() -> None:
    rates = Rates(Rate(per_second=1, burst=10), ticks=Ticks())
    assert rates.take(1, 7 * FRAME_UNIT) == 0
    assert rates.take(1, 2 * FRAME_UNIT) == 1
    assert [rates.take(1), rates.take(1)] == [0, 0]


def test_a_frame_longer_than_the_burst_still_gets_its_turn() -> None:
    ticks = Ticks()
    rates = Rates(SLOW, ticks=ticks)
    assert rates.take(1, 100 * FRAME_UNIT) == 0
    wait = rates.take(1)
    assert wait > 40  # and is paid for afterwards
    ticks.now = wait
    assert rates.take(1) == 0


def test_a_flood_is_recorded_now_and_then() -> None:
    ticks = Ticks()
    rates = Rates(SLOW, ticks=ticks)
    rates.take(1)
    assert [rates.refused(1) for _ in range(3)] == [1, 0, 0]
    ticks.now = TELL_EVERY
    assert [rates.refused(1), rates.refused(1)] == [3, 0]


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 3)), max_size=60))
def test_in_no_window_does_anybody_get_more_than_burst_and_rate(
    asks: list[tuple[float, int]],
) -> None:
    ticks = Ticks()
    rates = Rates(SLOW, ticks=ticks)
    taken: list[tuple[float, int]] = []
    for gap, uid in asks:
        ticks.now += gap
        if rates.take(uid) == 0:
            taken.append((ticks.now, uid))
    for uid in (1, 2, 3):
        times = [time for time, who in taken if who == uid]
        for start in range(len(times)):
            for end in range(start, len(times)):
                allowed = SLOW.burst + (times[end] - times[start]) * SLOW.per_second
                assert end - start + 1 <= allowed + 1e-6
