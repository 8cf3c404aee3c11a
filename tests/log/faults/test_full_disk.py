"""A full disk and a folder that may not be written: a clear error, nothing acknowledged lost.

The real thing needs a file system of our own. A user namespace gives one without privileges; where
the kernel or the container refuses that, the same is asked of a disk that plays full.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.log.faults.disks import FullDisk, QuickDisk
from tests.log.faults.logs import open_log, say, text_of, twin_of

from tertius.log.commit import LogStoppedError
from tertius.log.disk import LogWriteError
from tertius.log.writer import Writer

ROOT = Path(__file__).parents[3]
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def mounts_refused() -> bool:
    try:
        probe = subprocess.run(
            [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True
        )
    except FileNotFoundError:
        return True
    return probe.returncode != 0


own_mounts = pytest.mark.skipif(
    mounts_refused(), reason="this system lets no test mount a file system; see FullDisk for it"
)


def run_in_namespace(code: str, folder: Path) -> None:
    paths = os.pathsep.join([str(ROOT), *sys.path])
    done = subprocess.run(
        [*NAMESPACE, sys.executable, "-c", code, str(folder)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def fill(log: Writer) -> dict[int, bytes]:
    """Append until the disk is full; return what was acknowledged."""
    acknowledged: dict[int, bytes] = {}
    try:
        for number in range(10_000):
            index = say(log, f"m{number}", text_of(number))
            log.wait(index)
            acknowledged[index] = text_of(number)
            if number % 20 == 0:
                log.checkpoint()
    except LogStoppedError as error:
        assert "No space left on device" in str(error)
        assert "mend the disk" in str(error)
    else:
        raise AssertionError("the disk did not become full")
    with pytest.raises(LogStoppedError):
        log.close()
    return acknowledged


def keeps(folder: Path, acknowledged: dict[int, bytes]) -> None:
    """Reopen with room again, and find everything."""
    with open_log(folder, disk=QuickDisk()):
        pass
    twin = twin_of(folder)
    for index, text in acknowledged.items():
        assert twin.content(index) == text


@pytest.mark.parametrize("room", range(20_000, 30_000, 997))
def test_a_full_disk_loses_nothing_acknowledged(memory: Path, room: int) -> None:
    acknowledged = fill(open_log(memory / "log", disk=FullDisk(room)))
    assert acknowledged
    keeps(memory / "log", acknowledged)


REAL = """
import subprocess, sys
from pathlib import Path
from tests.log.faults.test_full_disk import fill, keeps, open_log
from tertius.log.disk import LogWriteError
base = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", base], check=True)
acknowledged = fill(open_log(base / "log"))
assert len(acknowledged) > 20
try:
    open_log(base / "log").close()
except LogWriteError as error:
    assert "No space left" in str(error), error
else:
    raise AssertionError("still full, and yet opened")
subprocess.run(["mount", "-o", "remount,size=8m", base], check=True)
keeps(base / "log", acknowledged)
"""


@own_mounts
def test_a_real_full_file_system(tmp_path: Path) -> None:
    run_in_namespace(REAL, tmp_path)


READ_ONLY = """
import subprocess, sys
from pathlib import Path
from tests.log.faults.test_full_disk import open_log
from tertius.log.disk import LogWriteError
base = Path(sys.argv[1])
subprocess.run(["mount", "--bind", base, base], check=True)
subprocess.run(["mount", "-o", "remount,bind,ro", base], check=True)
for name in ("old", "new"):
    try:
        open_log(base / name)
    except LogWriteError as error:
        assert "Read-only file system" in str(error), error
        assert name in str(error), error
    else:
        raise AssertionError("opened")
"""


@own_mounts
def test_a_read_only_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Mounted read-only, since permissions do not bind root, who runs tests in containers."""
    with open_log(tmp_path / "old", disk=QuickDisk()):
        pass
    before = {p: p.read_bytes() for p in (tmp_path / "old").rglob("*") if p.is_file()}
    run_in_namespace(READ_ONLY, tmp_path)
    assert {p: p.read_bytes() for p in (tmp_path / "old").rglob("*") if p.is_file()} == before
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("kind", ["file", "link", "below a file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "log"
    if kind == "link":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.write_text("not a log")
    with pytest.raises(LogWriteError, match="folder"):
        open_log(place / "deeper" if kind == "below a file" else place)
