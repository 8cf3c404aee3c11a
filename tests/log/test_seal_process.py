"""The sealer in a process of its own: the same bytes, and a named error when it is killed."""

import os
import signal
from pathlib import Path

import pytest
from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import message, open_log, say, twin_of

from tertius.log.commit import LogStoppedError
from tertius.log.seal_process import SealerProcess


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_same_bytes_as_in_a_thread(tmp_path: Path) -> None:
    for sealer in ("thread", "process"):
        with open_log(tmp_path / sealer, sealer=sealer) as log:
            for batch in range(3):
                contents = log.seal_all(b"%d of %d" % (i, batch) for i in range(200))
                log.extend((message(f"{batch}.{i}", c), c) for i, c in enumerate(contents))
                log.checkpoint()
            log.erase(7, role="privacy")
    assert everything(tmp_path / "thread") == everything(tmp_path / "process")


def test_nothing_that_lies_in_the_working_folder_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("open('ran', 'w'); raise SystemExit\n")
    monkeypatch.chdir(tmp_path)
    with open_log(tmp_path / "log", sealer="process") as log:
        say(log, "m", b"text")
    assert not (tmp_path / "ran").exists()


def test_a_killed_sealer_stops_the_writer_and_reopening_repairs(tmp_path: Path) -> None:
    log = open_log(tmp_path / "log", sealer="process")
    kept = say(log, "kept", b"kept")
    log.checkpoint()
    sealer = log._publisher._sealer
    assert isinstance(sealer, SealerProcess)
    os.kill(sealer._child.pid, signal.SIGKILL)
    sealer._child.wait()
    last = say(log, "last", b"last")
    assert log.wait(last), "durable does not need the sealer"
    with pytest.raises(LogStoppedError, match="the sealing process ended; open the log again"):
        log.checkpoint()
    with pytest.raises(LogStoppedError, match="the sealing process ended"):
        log.close()
    with open_log(tmp_path / "log", disk=QuickDisk()):
        pass
    twin = twin_of(tmp_path / "log")
    assert (twin.content(kept), twin.content(last)) == (b"kept", b"last")


def test_an_error_in_the_sealer_reaches_the_caller(tmp_path: Path) -> None:
    log = open_log(tmp_path / "log", sealer="process")
    say(log, "m", b"x")
    log.checkpoint()
    (tmp_path / "log" / "payload" / "00000000").unlink()
    (tmp_path / "log" / "payload" / "00000000").mkdir()
    say(log, "n", b"y")
    with pytest.raises(LogStoppedError, match=r"cannot seal the log: .*payload"):
        log.checkpoint()
    with pytest.raises(LogStoppedError):
        log.close()
