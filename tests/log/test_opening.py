"""Opening: a name that can name a log, one writer, and a folder let go of when opening fails."""

from pathlib import Path

import pytest
from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import KEY, open_log

from tertius.core.events import LogPosition
from tertius.core.kinds import decode
from tertius.core.log_events import LogOpened
from tertius.log import lock
from tertius.log.disk import LogWriteError
from tertius.log.lock import LogInUseError
from tertius.log.notekey import SigningKey
from tertius.log.opening import OriginError, held, opening_entry, origin_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_a_log_is_called_as_its_key() -> None:
    assert origin_of(KEY) == "tertius/faults"


@pytest.mark.parametrize("name", ["x" * 97, "ünïcode", "a/b,c"])
def test_a_key_whose_name_can_name_no_log_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(OriginError, match="cannot name a log"):
        open_log(folder, key=SigningKey(name, bytes(32)))
    assert not folder.exists()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyError("any other")])
def test_a_folder_is_let_go_of_when_what_follows_fails(folder: Path, error: Exception) -> None:
    expected = LogWriteError if isinstance(error, OSError) else KeyError
    with pytest.raises(expected), held(folder, QuickDisk()):
        raise error
    with held(folder, QuickDisk()) as fd:
        pass
    with pytest.raises(LogInUseError), held(folder, QuickDisk()):
        pass
    lock.release(fd)


def test_the_first_entry_names_the_log_and_the_one_that_it_continues() -> None:
    assert decode(opening_entry("o", 7, None, "")) == LogOpened(
        id="o/0", time=7, run="o", origin="o"
    )
    before = LogPosition(origin="p", index=3, leaf="0" * 64)
    event = decode(opening_entry("o", 7, before, "1" * 64))
    assert isinstance(event, LogOpened)
    assert (event.previous, event.previous_root) == (before, "1" * 64)
