import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.asked import NOW, SECOND

from tertius.policy import counters
from tertius.policy.counters import (
    BUILT_IN,
    NANOSECONDS,
    SLOTS,
    Counter,
    CounterError,
    CounterFullError,
    CounterStore,
    check_names,
)
from tertius.policy.occurrence import Occurrence


def act(agent: str = "a", peer: str = "", task: str = "t") -> Occurrence:
    return Occurrence(agent=agent, action="tool.call", resource="r", peer=peer, task=task, run="r1")


def test_counts_apart_for_each_key_and_only_what_is_meant() -> None:
    store = CounterStore(Counter(name="c", actions=("tool.call",), per=("agent",), window=60.0))
    assert [store.add(act(), NOW, 1), store.add(act(), NOW, 1)] == [1, 2]
    assert store.total(act("b"), NOW) == 0
    assert not store.concerns(Occurrence(agent="a", action="rate"))


def test_a_pair_counts_in_both_directions() -> None:
    store = CounterStore(BUILT_IN["pair_hour"])
    store.add(act("a", "b"), NOW, 1)
    assert store.total(act("b", "a"), NOW) == 1


def test_a_group_shares_one_count() -> None:
    store = CounterStore(Counter(name="c", per=(), group="g"), frozenset({"a", "b"}))
    store.add(act("a"), NOW, 1)
    assert store.total(act("b"), NOW) == 1
    assert not store.concerns(act("c"))


@given(st.lists(st.integers(0, 200), min_size=1, max_size=60), st.integers(0, 250))
def test_a_window_never_counts_too_little(seconds: list[int], later: int) -> None:
    """Held against the naive twin: every time kept, and counted."""
    store = CounterStore(Counter(name="c", window=60.0))
    times = sorted(seconds)
    for each in times:
        store.add(act(), NOW + each * SECOND, 1)
    now = max(later, times[-1])
    exact = sum(1 for each in times if now - each < 60)
    slot = 60 / SLOTS
    at_most = sum(1 for each in times if now - each < 60 + 2 * slot)
    assert exact <= store.total(act(), NOW + now * SECOND) <= at_most


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 9)), max_size=40))
def test_what_is_taken_back_leaves_no_trace(added: list[tuple[int, int]]) -> None:
    store = CounterStore(Counter(name="c", window=60.0))
    for seconds, amount in sorted(added):
        time = NOW + seconds * SECOND
        before = store.total(act(), time)
        store.add(act(), time, amount)
        store.add(act(), time, -amount)
        assert store.total(act(), time) == before == 0


def test_who_floods_is_refused_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "MAX_KEYS_PER_AGENT", 3)
    store = CounterStore(Counter(name="c", per=("agent", "task"), window=60.0))
    for number in range(3):
        store.add(act(task=f"t{number}"), NOW, 1)
    with pytest.raises(CounterFullError):
        store.add(act(task="t9"), NOW, 1)
    store.add(act("b"), NOW, 1)
    store.add(act(task="t9"), NOW + 200 * SECOND, 1)  # what has passed makes room
    assert len(store) == 1


def test_memory_is_bounded_by_slots() -> None:
    store = CounterStore(Counter(name="c", window=60.0))
    for seconds in range(1000):
        store.add(act(), NOW + seconds * SECOND, 1)
    assert len(store._windows[("a",)].slots) <= SLOTS + 2


def test_the_end_of_a_run_drops_what_has_no_window() -> None:
    store = CounterStore(BUILT_IN["task_total"])
    store.add(act(), NOW, 1)
    store.forget("r1")
    assert len(store) == 0


def test_a_built_in_name_cannot_be_taken() -> None:
    with pytest.raises(CounterError, match="second counter named `agent_hour`"):
        check_names([Counter(name="agent_hour", window=1.0)])
    with pytest.raises(CounterError, match="bad counter name"):
        Counter(name="1st")


def plainly(slots: list[list[int]], slot: int, amount: int) -> int:
    """Count in a list of slots, oldest first, and add up what is left of it."""
    same = [each for each in slots if each[0] == slot]
    if same:
        same[0][1] += amount
    elif amount > 0:
        slots.append([max([slot, *[each[0] for each in slots]]), amount])
    slots[:] = [each for each in slots if each[0] >= slot - SLOTS]
    return sum(count for _, count in slots)


@given(st.lists(st.tuples(st.integers(0, 2 * SLOTS), st.integers(1, 3), st.booleans())))
def test_a_window_reads_what_its_slots_add_up_to(steps: list[tuple[int, int, bool]]) -> None:
    store = CounterStore(Counter(name="c", per=("agent",), window=float(SLOTS)))  # slots of 1 s
    made, slots, now = act(), list[list[int]](), 0
    for ahead, amount, taken_back in steps:
        now += ahead
        assert store.add(made, now * NANOSECONDS, amount) == plainly(slots, now, amount)
        if taken_back:
            before = now - 1 if ahead % 2 else now  # in a slot of its own, or in the last one
            assert store.add(made, before * NANOSECONDS, -amount) == plainly(slots, before, -amount)
        assert store.total(made, now * NANOSECONDS) == sum(
            count for slot, count in slots if slot >= now - SLOTS
        )


@given(st.lists(st.tuples(st.integers(0, SLOTS), st.integers(0, NANOSECONDS - 1), st.booleans())))
def test_a_look_into_the_future_and_the_edges_of_slots_change_no_count(
    steps: list[tuple[int, int, bool]],
) -> None:
    store = CounterStore(Counter(name="c", per=("agent",), window=float(SLOTS)))  # slots of 1 s
    made, slots, now = act(), list[list[int]](), 0
    for ahead, within, looks in steps:
        now += ahead if within % 2 else 0
        assert store.add(made, now * NANOSECONDS + within, 1) == plainly(slots, now, 1)
        if looks:  # what has left a window then does not come back
            slots[:] = [each for each in slots if each[0] >= now + ahead]
            seen = store.total(made, (now + ahead + SLOTS) * NANOSECONDS)
            assert seen == sum(count for _, count in slots)
