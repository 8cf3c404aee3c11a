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
