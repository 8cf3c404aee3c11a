"""Erased content is gone from every file, and nothing else is."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import everything_in, open_log, say, twin_of

from tertius.core.kinds import decode
from tertius.core.log_events import Erased
from tertius.log.content import ContentError
from tertius.log.read import LogReader, NoEntryError
from tertius.log.writer import Writer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


def quick(folder: Path, **options: Any) -> Writer:
    return open_log(folder, disk=QuickDisk(), **options)


def test_erased_content_is_nowhere_and_the_act_is_logged(folder: Path) -> None:
    with quick(folder) as log:
        kept, gone = say(log, "kept", b"stays here"), say(log, "gone", b"a private matter")
        log.erase(gone, role="privacy-officer", reason="request 12")
        assert b"a private matter" not in everything_in(folder)
        after = say(log, "after", b"also stays")
        with pytest.raises(ContentError, match="no content to erase"):
            log.erase(gone, role="privacy-officer")
        with pytest.raises(ContentError, match="no content to erase"):
            log.erase(0, role="privacy-officer")
        with pytest.raises(NoEntryError):
            log.erase(99, role="privacy-officer")
    twin = twin_of(folder)
    act = decode(twin.entries[3])
    assert isinstance(act, Erased)
    assert (act.agent, act.index, act.reason) == ("privacy-officer", gone, "request 12")
    assert gone not in twin.contents
    assert twin.content(kept) == b"stays here" and twin.content(after) == b"also stays"
    assert LogReader(folder).content(gone) is None


@pytest.mark.parametrize("sealer", ["thread", "process"])
def test_erasing_while_others_append_loses_none_of_theirs(folder: Path, sealer: str) -> None:
    texts: dict[int, bytes] = {}
    stop = threading.Event()

    def work(name: str) -> None:
        for number in range(2000):
            if stop.is_set():
                break
            text = f"<{name} says {number}>".encode()
            texts[say(log, f"{name}{number}", text)] = text

    with quick(folder, sealer=sealer, checkpoint_every=0.001) as log:
        secrets = [say(log, f"secret{i}", b"<secret %d>" % i) for i in range(12)]
        threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        try:
            for i, index in enumerate(secrets):
                log.erase(index, role="privacy")
                assert b"<secret %d>" % i not in everything_now(folder)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    twin = twin_of(folder)
    assert not set(secrets) & set(twin.contents)
    for index, text in texts.items():
        assert twin.content(index) == text


def everything_now(folder: Path) -> bytes:
    """The bytes of payload and journal while the log is written and journal files go."""
    found = []
    for path in (*(folder / "payload").iterdir(), *(folder / "journal").iterdir()):
        with suppress(FileNotFoundError):
            found.append(path.read_bytes())
    return b"\0".join(found)
