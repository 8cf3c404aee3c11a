"""Checkpoints are cosigned by witnesses, again when idle, and their absence delays nothing."""

import itertools
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from tertius.core.events import MessageSent
from tertius.log.checkpoint import open_checkpoint
from tertius.log.cosigning import NoQuorumError, Witnesses
from tertius.log.notekey import COSIGNATURE, SigningKey
from tertius.log.witness import Witness
from tertius.log.witness_request import (
    AddCheckpoint,
    WitnessRefusedError,
    format_request,
    read_answer,
)
from tertius.log.witness_store import FolderStore
from tertius.log.writer import Writer

KEY = SigningKey("tertius/test", bytes(32))
NOW = 1_760_000_000


class Local:
    """A witness in this process, asked without a network."""

    def __init__(self, room: Path, name: str) -> None:
        self.key = SigningKey(name, name.encode().ljust(32, b"."), kind=COSIGNATURE)
        self.witness = Witness(
            self.key, {KEY.verifier.name: [KEY.verifier]}, FolderStore(room / name)
        )
        self.clock = itertools.count(NOW)
        self.asked = threading.Semaphore(0)
        self.down = False

    def __call__(self, old_size: int, proof: Sequence[bytes], checkpoint: bytes) -> list[str]:
        if self.down:
            raise WitnessRefusedError("the witness is down")
        body = format_request(AddCheckpoint(old_size, tuple(proof), checkpoint))
        lines = read_answer(self.witness.add_checkpoint(body, now=next(self.clock)))
        self.asked.release()
        return lines


@pytest.fixture
def pair(tmp_path: Path) -> list[Local]:
    (tmp_path / "w").mkdir()
    return [Local(tmp_path / "w", name) for name in ("north", "south")]


def message(number: int) -> MessageSent:
    return MessageSent(id=f"m{number}", time=0, run="r", agent="a")


def cosigners(log: Path, pair: list[Local]) -> dict[str, int | None]:
    keys = [local.key.verifier for local in pair]
    signed = open_checkpoint((log / "checkpoint").read_bytes(), KEY.verifier, keys)
    return {each.key.name: each.time for each in signed.cosignatures}


def test_every_checkpoint_ends_up_cosigned(tmp_path: Path, pair: list[Local]) -> None:
    log = tmp_path / "log"
    with Writer(log, key=KEY, cosign=Witnesses(pair), checkpoint_every=None) as writer:
        for number in range(3):
            assert writer.wait(writer.append(message(number)), "witnessed")
            assert set(cosigners(log, pair)) == {"north", "south"}
        assert writer.status().witnessed == writer.status().accepted


def test_without_a_quorum_the_log_goes_on_and_says_so(tmp_path: Path, pair: list[Local]) -> None:
    pair[1].down = True
    with Writer(tmp_path / "log", key=KEY, cosign=Witnesses(pair), checkpoint_every=None) as writer:
        index = writer.append(message(1))
        assert writer.wait(index, "checkpointed")
        assert not writer.wait(index, "witnessed")
        assert "1 of 2 witnesses cosigned" in writer.status().witness_error
        assert "down" in writer.status().witness_error
        pair[1].down = False
        assert writer.wait(index, "witnessed")
        assert writer.status().witness_error == ""


def test_a_smaller_quorum_is_enough_if_asked_for(tmp_path: Path, pair: list[Local]) -> None:
    pair[0].down = True
    witnesses = Witnesses(pair, quorum=1)
    with Writer(tmp_path / "log", key=KEY, cosign=witnesses, checkpoint_every=None) as writer:
        assert writer.wait(writer.append(message(1)), "witnessed")
    assert set(cosigners(tmp_path / "log", pair)) == {"south"}


def test_an_idle_log_is_cosigned_again_with_a_newer_time(tmp_path: Path, pair: list[Local]) -> None:
    log, north = tmp_path / "log", pair[0]
    writer = Writer(log, key=KEY, cosign=Witnesses([north]), checkpoint_every=None, heartbeat=0.01)
    with writer:
        assert writer.wait(writer.append(message(1)), "witnessed")
        for _ in range(4):  # the first of these may still be under way from before
            assert north.asked.acquire(timeout=30)
    times = cosigners(log, [north])
    assert len(times) == 1
    first = NOW
    assert (times["north"] or 0) > first


def test_refusals_of_all_witnesses_are_told_together(tmp_path: Path, pair: list[Local]) -> None:
    for local in pair:
        local.down = True
    with Writer(tmp_path / "log", key=KEY, checkpoint_every=None) as writer:
        writer.append(message(1))
        writer.checkpoint()
        note = (tmp_path / "log" / "checkpoint").read_bytes()
    checkpoint = open_checkpoint(note, KEY.verifier).checkpoint
    with pytest.raises(NoQuorumError, match=r"witness 1: .*; witness 2: "):
        Witnesses(pair)(tmp_path / "log", checkpoint, note)
