"""What waits to be sealed is bounded by its bytes: many small blocks hold nobody up."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import KEY

from tertius.log import publish
from tertius.log.commit import Written
from tertius.log.merkle import EMPTY_ROOT
from tertius.log.publish import Publisher


class SlowSealer:
    """Takes a block only while the gate is open; keeps what it took."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.sizes: list[int] = []

    def add(self, name: str, offset: int, length: int) -> None:
        self.gate.wait()
        self.sizes.append(length)

    def seal(self) -> tuple[int, bytes]:
        return 0, EMPTY_ROOT

    def prune(self) -> None:
        pass

    def erase(self, index: int, digest: str) -> None:
        pass

    def close(self) -> None:
        pass


@contextmanager
def publisher(folder: Path, sealer: SlowSealer) -> Iterator[Publisher]:
    made = Publisher(
        folder, sealer=sealer, key=KEY, size=0, disk=QuickDisk(), every=None, cosign=None,
        on_checkpoint=lambda checkpoint: None,
    )  # fmt: skip
    try:
        yield made
    finally:
        sealer.gate.set()
        made.close()


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_small_blocks_wait_in_any_number_while_the_sealer_is_busy(tmp_path: Path) -> None:
    sealer = SlowSealer()

    def add() -> None:
        for number in range(5000):
            made.add(Written("j", 0, 1, number))

    with publisher(tmp_path, sealer) as made:
        thread = in_thread(add)
        thread.join(60)
        assert not thread.is_alive() and sealer.sizes == []
    assert sealer.sizes == [1] * 5000


def test_blocks_side_by_side_are_sealed_at_once_up_to_a_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "TOGETHER_BYTES", 25)
    sealer = SlowSealer()
    blocks = [("a", 0), ("a", 10), ("a", 20), ("a", 30), ("b", 0), ("b", 20), ("b", 30)]
    with publisher(tmp_path, sealer) as made:
        made.add(Written("z", 0, 1, 1))  # holds the thread up until all others wait
        while not made._queue.empty():
            pass
        for name, offset in blocks:
            made.add(Written(name, offset, 10, 2))
    assert sealer.sizes == [1, 20, 20, 10, 20]


def test_whoever_asks_for_a_checkpoint_does_not_wait_until_blocks_have_gathered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "GATHER", 3600)
    sealer = SlowSealer()
    sealer.gate.set()
    with publisher(tmp_path, sealer) as made:
        for number in range(3):
            made.add(Written("j", 20 * number, 7, number))
            thread = in_thread(made.publish)
            thread.join(60)
            assert not thread.is_alive() and len(sealer.sizes) == number + 1


def test_a_sealer_that_falls_behind_by_too_many_bytes_slows_the_writer_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "BACKLOG_BYTES", 10)
    sealer, added = SlowSealer(), threading.Semaphore(0)

    def add() -> None:
        for size in (7, 7, 7, 7):
            made.add(Written("j", 0, size, 1))
            added.release()

    with publisher(tmp_path, sealer) as made:
        thread = in_thread(add)
        for _ in range(3):  # one with the sealer, two that reach the bound
            assert added.acquire(timeout=60)
        assert not added.acquire(timeout=0.2)
        sealer.gate.set()
        thread.join(60)
        assert not thread.is_alive()
    assert sealer.sizes == [7] * 4
