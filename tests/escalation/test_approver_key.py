"""An approver's key file: its public half without the passphrase, and how one is chosen."""

import os
from pathlib import Path

import pytest

from tertius.escalation import approver_key
from tertius.escalation.approver_key import (
    ApproverKeyError,
    NoTerminalError,
    ask_new_passphrase,
    read_key,
    read_public,
    write_key,
)
from tertius.log.keys import KeyFileError

PASSPHRASE = "correct horse battery"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_key(tmp_path / "ann", "ann", PASSPHRASE, entropy=os.urandom, cost=10)
    return tmp_path / "ann"


def test_the_public_half_needs_no_passphrase(path: Path) -> None:
    private = read_key(path, "ann", lambda: PASSPHRASE)
    assert read_public(path, "ann") == private.public_key().public_bytes_raw().hex()


def test_another_persons_file_and_no_file_are_refused(path: Path) -> None:
    with pytest.raises(ApproverKeyError, match="is the key of `ann`; expected `bob`'s"):
        read_public(path, "bob")
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="others may read it"):
        read_public(path, "ann")
    path.chmod(0o600)
    path.write_text("{}")
    with pytest.raises(ApproverKeyError, match="holds no approver's key"):
        read_public(path, "ann")


@pytest.mark.parametrize(
    ("typed", "why"),
    [(["short"], "too short"), ([PASSPHRASE, f"{PASSPHRASE}!"], "the two passphrases differ")],
)
def test_a_passphrase_is_long_enough_and_typed_twice(
    typed: list[str], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approver_key, "ask_passphrase", lambda prompt: typed.pop(0))
    with pytest.raises(ApproverKeyError, match=why):
        ask_new_passphrase("ann")


def test_typed_twice_alike_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return PASSPHRASE

    monkeypatch.setattr(approver_key, "ask_passphrase", typed)
    assert ask_new_passphrase("ann") == PASSPHRASE
    assert asked == ["new passphrase for ann (8 characters or more): ", "once more: "]


def test_without_a_terminal_no_new_key_is_made_and_nothing_is_said_of_ruling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(*given: object) -> int:
        raise OSError

    monkeypatch.setattr(approver_key.os, "open", none)
    with pytest.raises(NoTerminalError, match="new passphrase; run this command in a "):
        ask_new_passphrase("ann")
