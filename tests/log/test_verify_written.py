"""The verifier on what the real writer leaves: open, closed, killed, erased, recovered, rotated."""

import shutil
from dataclasses import replace as changed
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.tampered.valid_log import NOW, Log, signer

from tertius.core.events import MessageSent
from tertius.log import verify_log
from tertius.log.content import SeededSalts
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.notekey import SigningKey
from tertius.log.verify import verify
from tertius.log.verify_report import Report, render
from tertius.log.writer import Writer

KEY = SigningKey("tertius/written", bytes(range(32)))


def open_log(folder: Path, **options: object) -> Writer:
    settings = {"key": KEY, "clock": lambda: 0, "salts": SeededSalts(1), "checkpoint_every": None}
    return Writer(folder, **{**settings, **options})  # type: ignore[arg-type]


def fill(log: Writer, numbers: range) -> None:
    for i in numbers:
        sealed = log.seal(b"content %d" % i)
        event = MessageSent(id=f"m{i}", time=0, run="r", agent="a", content=sealed.digest)
        log.append(event, sealed)


def check(folder: Path) -> Report:
    return verify(folder, now=NOW, keys=[KEY.verifier.vkey])


@pytest.mark.parametrize("entries", [0, 1, 255, 256, 700])
def test_a_closed_log_verifies(tmp_path: Path, entries: int) -> None:
    with open_log(tmp_path / "log") as log:
        fill(log, range(entries))
    report = check(tmp_path / "log")
    assert (report.exit_code, report.problems, report.remarks) == (0, (), ())
    assert (report.logs[0].size, report.logs[0].contents) == (entries + 1, entries)


def test_a_log_that_is_being_written_verifies_with_its_tail(tmp_path: Path) -> None:
    with open_log(tmp_path / "log") as log:
        fill(log, range(300))
        log.checkpoint()
        fill(log, range(300, 340))
        log.wait(340)
        report = check(tmp_path / "log")
        assert (report.exit_code, report.logs[0].size, report.logs[0].tail) == (0, 301, 40)
        assert report.logs[0].contents == 340


def test_a_crash_leaves_a_log_that_verifies_before_and_after_recovery(tmp_path: Path) -> None:
    with open_log(tmp_path / "log") as log:
        fill(log, range(300))
        log.checkpoint()
        fill(log, range(300, 340))
        log.wait(340)
        shutil.copytree(tmp_path / "log", tmp_path / "copy")
    (journal,) = (tmp_path / "copy/journal").iterdir()
    journal.write_bytes(journal.read_bytes() + b"TERTIUSJ, half a block")
    report = check(tmp_path / "copy")
    assert (report.exit_code, report.logs[0].tail) == (0, 40)
    assert "torn_tail" in {remark.code for remark in report.remarks}
    open_log(tmp_path / "copy").close()
    report = check(tmp_path / "copy")
    assert (report.exit_code, report.logs[0].size, report.remarks) == (0, 342, ())


def test_an_erased_content_is_told_from_a_missing_one(tmp_path: Path) -> None:
    with open_log(tmp_path / "log") as log:
        fill(log, range(20))
        log.erase(7, role="privacy-officer")
    report = check(tmp_path / "log")
    assert (report.exit_code, report.logs[0].erased, report.logs[0].contents) == (0, 1, 19)
    assert "1 contents erased" in render(report)


def test_a_deployment_with_a_rotated_key_verifies(tmp_path: Path) -> None:
    numbers = count(1)
    keys = KeyFolder(tmp_path / "keys", outside=tmp_path / "all")

    def entropy(size: int) -> bytes:
        return next(numbers).to_bytes(size, "big")

    with Deployment(tmp_path / "all", keys=keys, entropy=entropy, clock=lambda: 0) as logs:
        fill(logs.writer("alice"), range(30))
        fill(logs.writer("bob"), range(300))
        fill(logs.rotate("alice"), range(30, 40))
        vkey = logs.key.vkey
    memory = tmp_path / "memory.json"
    report = verify(tmp_path / "all", now=NOW, keys=[vkey], memory=memory)
    assert report.exit_code == 0, render(report)
    assert [log.name for log in report.logs] == [
        "anchor",
        "writers/alice",
        "writers/alice.1",
        "writers/bob",
    ]
    shutil.rmtree(tmp_path / "all/writers/bob")
    assert verify(tmp_path / "all", now=NOW, memory=memory).exit_code == 4


def test_writer_and_second_writer_agree_byte_for_byte(tmp_path: Path) -> None:
    with open_log(tmp_path / "log") as log:
        fill(log, range(600))
    entries: list[bytes] = []
    for path in sorted((tmp_path / "log/tile/entries").rglob("*")):
        raw = path.read_bytes() if path.is_file() else b""
        while raw:
            size = int.from_bytes(raw[:2], "big")
            entries.append(raw[2 : 2 + size])
            raw = raw[2 + size :]
    own = signer("x")
    twin = Log(changed(own, name=KEY.verifier.name, seed=bytes(range(32))), tuple(entries))
    twin.write(tmp_path / "twin")
    names = [path.relative_to(tmp_path / "twin") for path in (tmp_path / "twin").rglob("*")]
    both = [name for name in names if (tmp_path / "twin" / name).is_file()]
    assert {str(name) for name in both} >= {"checkpoint", "tile/0/000", "tile/entries/001"}
    for name in both:
        assert (tmp_path / "twin" / name).read_bytes() == (tmp_path / "log" / name).read_bytes()


def test_a_log_that_moves_on_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_log(tmp_path / "log") as log:
        fill(log, range(300))
        log.checkpoint()
        take_inventory = verify_log.take_inventory
        rounds = iter([range(300, 700), range(0)])

        def slow(*arguments: Any) -> Any:
            held = take_inventory(*arguments)
            fill(log, next(rounds))
            log.checkpoint()
            return held

        monkeypatch.setattr(verify_log, "take_inventory", slow)
        report = check(tmp_path / "log")
    assert (report.exit_code, report.logs[0].size) == (0, 701), render(report)
