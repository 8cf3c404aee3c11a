"""Group commit by itself: blocks follow the load, each is synced before anybody hears of it."""

import threading
from pathlib import Path

import pytest
from tests.log.faults.disks import GatedDisk, QuickDisk

from tertius.log import commit, journal
from tertius.log.commit import Committer, Written
from tertius.log.content import Sealed
from tertius.log.disk import Disk


def committer(folder: Path, disk: Disk, start: int = 0) -> tuple[Committer, list[Written]]:
    (folder / "journal").mkdir()
    told: list[Written] = []
    return Committer(folder, start=start, disk=disk, on_block=told.append), told


def test_what_gathers_during_a_sync_shares_the_next_one(tmp_path: Path) -> None:
    disk = GatedDisk()
    log, told = committer(tmp_path, disk, start=5)
    disk.gate.clear()
    assert log.accept([b"first"], [None], wait=True) == 5
    assert disk.waiting.wait(10)
    for number in range(100):
        assert log.accept([b"%d" % number], [None], wait=True) == 6 + number
    assert log.durable == 5 and told == []
    disk.gate.set()
    assert log.wait_durable(106)
    log.close()
    assert [(each.name, each.end) for each in told] == [(journal.file_name(5), 6),
                                                        (journal.file_name(5), 106)]  # fmt: skip


def test_blocks_are_bounded_and_chained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "MAX_BLOCK_ENTRIES", 10)
    monkeypatch.setattr(commit, "MAX_BLOCK_BYTES", 100)
    monkeypatch.setattr(commit, "ROTATE_BYTES", 1000)
    log, told = committer(tmp_path, QuickDisk())
    entries = [b"x" * (1 + i % 60) for i in range(500)]
    sealed = [Sealed("", bytes(32), b"y" * 300) if i == 7 else None for i in range(500)]
    log.accept(entries, sealed, wait=True)
    log.close()
    link, found, payload = journal.FIRST_LINK, [], b""
    for path in journal.files(tmp_path / "journal"):
        for block, _ in journal.blocks(path.read_bytes(), link):
            assert block.first == len(found)
            assert len(block.entries) <= 10
            assert sum(map(len, block.entries)) <= 100
            found += block.entries
            payload += block.payload
            link = block.digest
    assert found == entries and payload.endswith(b"y" * 300)
    assert told[-1].end == 500
    assert len(journal.files(tmp_path / "journal")) > 3


def test_an_entry_is_on_its_way_to_a_checkpoint_before_it_is_called_durable(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    (tmp_path / "journal").mkdir()
    log = Committer(tmp_path, start=0, disk=QuickDisk(),
                    on_block=lambda block: seen.append((block.end, log.durable)))  # fmt: skip
    log.accept([b"x"], [None], wait=True)
    assert log.wait_durable(1)
    log.close()
    assert seen == [(1, 0)]


def test_retiring_takes_finished_and_covered_files_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "ROTATE_BYTES", 1)
    log, _ = committer(tmp_path, QuickDisk())
    for number in range(4):
        log.accept([b"x"], [None], wait=True)
        log.wait_durable(number + 1)
    log.rotate()
    log.hold = True
    log.retire(4)
    assert len(journal.files(tmp_path / "journal")) == 4
    log.hold = False
    log.retire(2)
    assert [p.name for p in journal.files(tmp_path / "journal")] == [
        journal.file_name(2), journal.file_name(3)]  # fmt: skip
    log.close()


class SlowRemoval(QuickDisk):
    """Removes a file only while the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.waiting = threading.Event()

    def unlink(self, path: Path) -> None:
        self.waiting.set()
        assert self.gate.wait(60)
        super().unlink(path)


def test_blocks_are_written_while_journal_files_are_removed(tmp_path: Path) -> None:
    disk = SlowRemoval()
    log, _ = committer(tmp_path, disk)
    log.accept([b"x"], [None], wait=True)
    log.wait_durable(1)
    log.rotate()
    first, second = (threading.Thread(target=log.retire, args=(1,)) for _ in range(2))
    first.start()
    assert disk.waiting.wait(60)
    log.accept([b"y"], [None], wait=True)
    assert log.wait_durable(2, timeout=60), "a block waits for a removal"
    second.start()
    second.join(0.2)
    assert second.is_alive(), "told that the file is gone while it is there"
    disk.gate.set()
    first.join()
    second.join()
    assert [p.name for p in journal.files(tmp_path / "journal")] == [journal.file_name(1)]
    log.close()


def test_an_error_behind_a_block_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()

    def refuse(block: Written) -> None:
        raise RuntimeError("a listener failed")

    log = Committer(tmp_path, start=0, disk=QuickDisk(), on_block=refuse)
    log.accept([b"x"], [None], wait=True)
    heard: list[str] = []

    def wait() -> None:
        try:
            log.wait_durable(1)
        except commit.LogStoppedError as error:
            heard.append(str(error))

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 3 and all("a listener failed" in each for each in heard)
    log.close()


def test_one_entry_at_a_time_is_in_order_with_several(tmp_path: Path) -> None:
    log, _ = committer(tmp_path, QuickDisk(), start=5)
    assert log.accept_one(b"0", wait=True) == 5
    assert log.accept([b"1", b"2"], [None, Sealed("", bytes(32), b"y")], wait=True) == 6
    assert log.accept_one(b"3", wait=True) == 8
    log.close()
    (path,) = journal.files(tmp_path / "journal")
    found = [entry for block, _ in journal.blocks(path.read_bytes()) for entry in block.entries]
    assert found == [b"0", b"1", b"2", b"3"]
    with pytest.raises(commit.LogStoppedError):
        log.accept_one(b"4", wait=True)


def test_a_block_gathers_only_while_nobody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "GATHER", 3600)
    log, told = committer(tmp_path, QuickDisk())
    for number in range(3):
        log.accept_one(b"%d" % number, wait=True)
    assert told == []
    assert log.wait_durable(2, timeout=60), "a block gathers while somebody waits"
    assert [each.end for each in told] == [3]
    log.accept_one(b"3", wait=True)
    log.close()
    assert [each.end for each in told] == [3, 4]


def test_a_full_block_gathers_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "GATHER", 3600)
    written = threading.Event()
    (tmp_path / "journal").mkdir()
    log = Committer(tmp_path, start=0, disk=QuickDisk(), on_block=lambda block: written.set())
    full = commit.MAX_BLOCK_ENTRIES
    log.accept([b"x"] * full, [None] * full, wait=True)
    assert written.wait(60), "a full block waits for more"
    log.close()


def test_who_finds_no_room_ends_the_gathering(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    log = Committer(tmp_path, start=0, disk=QuickDisk(), max_pending=1,
                    on_block=lambda block: None)  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commit, "GATHER", 3600)
        log.accept_one(b"one", wait=True)
        assert log.accept_one(b"two", wait=True) == 1
        log.close()
