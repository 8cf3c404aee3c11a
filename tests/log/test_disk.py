"""The file operations: what exists is not overwritten, links are not followed, errors come out."""

import errno
import os
from pathlib import Path

import pytest
from tests.log.faults.disks import FailingDisk

from tertius.log import disk as disk_module
from tertius.log.disk import Disk, make_folders, write_new


def test_writes_land_where_asked_and_read_back(tmp_path: Path) -> None:
    disk = Disk()
    fd = disk.create(tmp_path / "f")
    disk.write(fd, 0, b"hello world")
    disk.write(fd, 6, b"there")
    disk.sync(fd)
    disk.truncate(fd, 8)
    disk.close(fd)
    assert (tmp_path / "f").read_bytes() == b"hello th"


def test_a_short_write_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: real(fd, bytes(data)[:3], at))
    disk = Disk()
    fd = disk.create(tmp_path / "f")
    disk.write(fd, 2, b"0123456789")
    disk.close(fd)
    assert (tmp_path / "f").read_bytes() == b"\0\0" + b"0123456789"


def test_neither_an_existing_file_nor_a_link_is_taken(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    disk = Disk()
    for name in ("there", "link"):
        with pytest.raises(FileExistsError):
            disk.create(tmp_path / name)
    with pytest.raises(OSError):
        disk.open(tmp_path / "link")
    assert (tmp_path / "there").read_text() == "mine"


@pytest.mark.parametrize("barrier", [True, False])
def test_finished_files_are_whole_and_no_descriptor_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, barrier: bool
) -> None:
    if not barrier:
        monkeypatch.setattr(disk_module, "_SYNCFS", None)
    disk = Disk()
    before = os.listdir("/proc/self/fd") if Path("/proc/self/fd").is_dir() else []
    for _ in range(2):
        for name in "abc":
            path = tmp_path / name
            path.unlink(missing_ok=True)
            fd = disk.create(path)
            disk.write(fd, 0, name.encode())
            disk.finish(fd)
        disk.settle()
    disk.settle()
    assert [(tmp_path / name).read_text() for name in "abc"] == ["a", "b", "c"]
    if before:
        assert len(os.listdir("/proc/self/fd")) == len(before)


def test_a_failed_barrier_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_module, "_SYNCFS", lambda fd: -1)
    monkeypatch.setattr(disk_module.ctypes, "get_errno", lambda: errno.EIO)
    disk = Disk()
    fd = disk.create(tmp_path / "f")
    disk.finish(fd)
    with pytest.raises(OSError, match="Input/output error"):
        disk.settle()


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_new(Disk(), path, b"old")
    for nth in range(4):  # create, write, sync, rename
        with pytest.raises(OSError):
            write_new(FailingDisk(nth, errno.EIO), path, b"new")
        assert path.read_bytes() == b"old"
    write_new(Disk(), path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["f"]


def test_folders_are_made_with_their_parents_and_once(tmp_path: Path) -> None:
    disk = Disk()
    make_folders(disk, tmp_path / "a" / "b" / "c")
    make_folders(disk, tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
    (tmp_path / "a" / "file").touch()
    with pytest.raises(OSError):
        make_folders(disk, tmp_path / "a" / "file" / "below")
