"""The files behind a witness: synced before the answer, never older, one witness to a folder."""

from pathlib import Path

import pytest
from tests.log.small_log import NOW, ORIGIN, new_witness, request, statuses

from tertius.log.disk import Disk
from tertius.log.merkle import EMPTY_ROOT
from tertius.log.witness import Kept, RollbackError
from tertius.log.witness_store import DamagedWitnessError, FolderStore, WitnessFolderError


def test_everything_is_synced_before_the_answer(tmp_path: Path) -> None:
    calls: list[str] = []

    class Recording(Disk):
        def sync(self, fd: int) -> None:
            calls.append("sync")
            super().sync(fd)

        def rename(self, source: Path, target: Path) -> None:
            calls.append("rename")
            super().rename(source, target)

        def sync_folder(self, path: Path) -> None:
            calls.append("sync folder")
            super().sync_folder(path)

    witness = new_witness(FolderStore(tmp_path, disk=Recording()))
    calls.clear()
    assert statuses(witness, request(0, 9)) == [200]
    assert calls == ["sync", "rename", "sync folder"]


def test_the_store_never_goes_back(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    kept = Kept(ORIGIN, 9, bytes(32), NOW, b"note")
    store.save(kept)
    assert store.load(ORIGIN) == kept
    assert store.load("tertius/other") is None
    for worse in (
        Kept(ORIGIN, 8, bytes(32), NOW, b"note"),
        Kept(ORIGIN, 9, EMPTY_ROOT, NOW, b"note"),
        Kept(ORIGIN, 10, EMPTY_ROOT, NOW - 1, b"note"),
    ):
        with pytest.raises(RollbackError):
            store.save(worse)
    assert store.load(ORIGIN) == kept


def test_two_witnesses_do_not_share_a_folder(tmp_path: Path) -> None:
    first = FolderStore(tmp_path)
    with pytest.raises(WitnessFolderError, match="another witness"):
        FolderStore(tmp_path)
    first.close()
    FolderStore(tmp_path).close()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b'{"origin":"tertius/a","size":"9"}']
)
def test_a_damaged_file_stops_the_witness(tmp_path: Path, content: bytes) -> None:
    store = FolderStore(tmp_path)
    store.save(Kept(ORIGIN, 9, bytes(32), NOW, b"note"))
    (path,) = tmp_path.glob("*.json")
    path.write_bytes(content)
    with pytest.raises(DamagedWitnessError):
        new_witness(store).add_checkpoint(request(0, 9), now=NOW)


def test_a_file_under_another_logs_name_is_damage(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.save(Kept(ORIGIN, 9, bytes(32), NOW, b"note"))
    (path,) = tmp_path.glob("*.json")
    store.save(Kept("tertius/b", 1, bytes(32), NOW, b"note"))
    (other,) = set(tmp_path.glob("*.json")) - {path}
    path.write_bytes(other.read_bytes())
    with pytest.raises(DamagedWitnessError, match="of another log"):
        store.load(ORIGIN)
