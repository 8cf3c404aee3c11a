"""`tertius serve witness`: a process that cosigns a real log, refuses its past, and stops."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from msgspec import Struct

from tertius.cli.main import run
from tertius.core.events import RunStarted
from tertius.log.cosigning import Witnesses
from tertius.log.keys import write_key
from tertius.log.notekey import COSIGNATURE, SigningKey, parse_vkey
from tertius.log.status import Status
from tertius.log.verify import verify
from tertius.log.witness_store import FolderStore
from tertius.log.writer import Writer
from tertius.server.witness import bind
from tertius.server.witness_client import WitnessClient

LOG = SigningKey("tertius/a", bytes([1]) * 32)
WITNESS = SigningKey("witness/w", bytes([3]) * 32, kind=COSIGNATURE)


class Served(Struct):
    process: subprocess.Popen[str]
    url: str
    key: str


def arguments(folder: Path) -> list[str]:
    """The words of a witness that knows our log; its files are made on first use."""
    key, log = folder / "witness.key", folder / "log.vkey"
    if not key.exists():
        write_key(key, WITNESS, outside=folder / "state")
    if not log.exists():
        log.write_text(f"# the lab's log\n{LOG.verifier.vkey}\n")
    return [
        "serve", "witness", "--key", str(key), "--log", str(log), "--state", str(folder / "state")
    ]  # fmt: skip


def start(folder: Path, *more: str, under: Sequence[str] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*under, sys.executable, "-m", "tertius.cli.main", *arguments(folder), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Press Ctrl-C; the exit code, and what stood on standard error."""
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    process = start(tmp_path, "--json")
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert told.keys() == {"url", "key"}
    yield Served(process=process, url=told["url"], key=told["key"])
    assert stop(process) == (0, "stopped\n")


def append(folder: Path, served: Served, *ids: str) -> Status:
    """Write events to the log and have it cosigned at the end."""
    client = WitnessClient(served.url, parse_vkey(served.key))
    log = Writer(
        folder, key=LOG, clock=lambda: 0, checkpoint_every=None, cosign=Witnesses([client])
    )
    with log:
        for each in ids:
            log.append(RunStarted(id=each, time=0, run="r"))
    return log.status()


def policy(served: Served) -> bytes:
    witness = f"witness library {served.key} {served.url}"
    return f"log {LOG.verifier.vkey}\n{witness}\nquorum library\n".encode()


def test_a_served_witness_cosigns_a_log_and_the_verifier_agrees(
    served: Served, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    assert append(log, served, "one", "two").witnessed == 3
    assert append(log, served, "three").witnessed == 4
    now = int(time.time())
    report = verify(log, now=now, keys=[LOG.verifier.vkey], policy=policy(served))
    assert (report.exit_code, report.logs[0].witnesses) == (0, "met")


def test_a_log_put_back_is_not_cosigned(served: Served, tmp_path: Path) -> None:
    log, older = tmp_path / "log", tmp_path / "older"
    append(log, served, "one")
    shutil.copytree(log, older)
    append(log, served, "two", "three")
    status = append(older, served, "another-two")
    assert status.witnessed == 0
    assert "cosigned size 4, this log ends at 3" in status.witness_error
    status = append(older, served, "another-three", "another-four")
    assert status.witnessed == 0 and "422" in status.witness_error
    now = int(time.time())
    report = verify(older, now=now, keys=[LOG.verifier.vkey], policy=policy(served))
    assert (report.exit_code, report.logs[0].witnesses) == (3, "not_met")


def test_a_witness_in_the_background_of_a_script_says_that_it_stopped(tmp_path: Path) -> None:
    """A shell without job control starts what it puts into the background deaf to Ctrl-C."""
    process = start(tmp_path, under=("sh", "-c", 'trap "" INT; exec "$@"', "sh"))
    assert process.stdout is not None
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    while process.poll() is None:  # one that comes before the server listens for it is lost
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
    assert (process.returncode, process.communicate()[1]) == (0, "stopped\n")


def test_a_witness_remembers_across_restarts(tmp_path: Path) -> None:
    log, older = tmp_path / "log", tmp_path / "older"
    for round in range(2):
        process = start(tmp_path)
        assert process.stdout is not None
        url, key = process.stdout.readline().strip(), process.stdout.readline().strip()
        served = Served(process=process, url=url, key=key)
        assert (url.startswith("http://127.0.0.1:"), key) == (True, WITNESS.verifier.vkey)
        if round == 0:
            append(log, served, "one")
            shutil.copytree(log, older)
            append(log, served, "two")
        else:
            assert "422" in append(older, served, "another-two").witness_error
        assert stop(process) == (0, "stopped\n")


def refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    assert run(words) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    return printed.err


@pytest.mark.parametrize("option", ["--key", "--log", "--state"])
def test_each_of_the_three_is_needed(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = arguments(tmp_path)
    at = words.index(option)
    assert f"`{option}` needs a value" in refused(capsys, words[:at] + words[at + 2 :])


def test_a_log_key_does_not_cosign(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = arguments(tmp_path)
    key = tmp_path / "log.key"
    write_key(key, LOG, outside=tmp_path / "state")
    words[words.index("--key") + 1] = str(key)
    assert "signature type 0x01" in refused(capsys, words)


def test_keys_that_are_no_log_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = arguments(tmp_path)
    for text, complaint in [
        ("", "no key in"),
        ("nonsense\n", "line 1"),
        (f"{WITNESS.verifier.vkey}\n", "give a log's key"),
    ]:
        (tmp_path / "log.vkey").write_text(text)
        assert complaint in refused(capsys, words)
    (tmp_path / "log.vkey").unlink()
    assert "no key in" in refused(capsys, words)


def test_two_witnesses_do_not_share_a_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = FolderStore(tmp_path / "state")
    assert "another witness uses" in refused(capsys, arguments(tmp_path))
    store.close()


def test_a_port_that_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with bind() as taken:
        port = taken.getsockname()[1]
        message = refused(capsys, [*arguments(tmp_path), "--port", str(port)])
    assert f"port {port}" in message


def test_the_key_does_not_lie_in_the_state_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = arguments(tmp_path)
    words[words.index("--state") + 1] = str(tmp_path)
    assert "lies inside" in refused(capsys, words)


def test_a_key_from_keygen_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `keygen --witness` writes is what `serve witness` reads."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    key = tmp_path / "witness.key"
    assert run(["keygen", "witness/w", "--witness", "--out", str(key)]) == 0
    vkey = capsys.readouterr().out.splitlines()[0]
    process = start(tmp_path)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert process.stdout.readline().strip() == vkey
    assert WitnessClient(url, parse_vkey(vkey)).latest(LOG.verifier) is None
    assert stop(process) == (0, "stopped\n")
