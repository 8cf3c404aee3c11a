"""Key files that only their owner reads, and pinned keys that lie outside every log."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tertius.core.names import BadNameError
from tertius.log.keys import (
    KeyFileError,
    KeyInsideLogError,
    PinError,
    config_folder,
    new_key,
    new_origin,
    pin,
    read_key,
    read_pins,
    require_outside,
    write_key,
)
from tertius.log.notekey import COSIGNATURE, SigningKey

KEY = SigningKey("tertius/a", bytes([1]) * 32)
OTHER = SigningKey("tertius/a", bytes([2]) * 32)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    return folder


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


def test_keys_and_origins_come_from_the_given_entropy() -> None:
    assert new_origin(lambda n: b"\xab" * n) == "tertius/" + "ab" * 16
    key = new_key("tertius/a", lambda n: bytes([1]) * n)
    assert key.verifier == KEY.verifier
    with pytest.raises(BadNameError):
        new_key("two words", os.urandom)


def test_a_key_is_written_for_its_owner_alone_and_read_back(keys: Path, log: Path) -> None:
    path = keys / "a.key"
    old = os.umask(0)
    try:
        write_key(path, KEY, outside=log)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path, outside=log).verifier == KEY.verifier


def test_a_key_is_never_overwritten(keys: Path, log: Path) -> None:
    path = keys / "a.key"
    write_key(path, KEY, outside=log)
    with pytest.raises(KeyFileError, match="never overwritten"):
        write_key(path, OTHER, outside=log)
    assert read_key(path, outside=log).verifier == KEY.verifier


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o660, 0o666])
def test_a_key_that_others_may_read_is_refused(keys: Path, log: Path, mode: int) -> None:
    path = keys / "a.key"
    write_key(path, KEY, outside=log)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="others may read it"):
        read_key(path, outside=log)


def test_a_key_of_another_user_is_refused(
    keys: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_key(keys / "a.key", KEY, outside=log)
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    with pytest.raises(KeyFileError, match="belongs to another user"):
        read_key(keys / "a.key", outside=log)


def test_no_key_lies_inside_a_log(log: Path, keys: Path) -> None:
    for path in (log / "a.key", log / "deep" / "a.key", keys / ".." / "log" / "a.key"):
        with pytest.raises(KeyInsideLogError):
            write_key(path, KEY, outside=log)
        with pytest.raises(KeyInsideLogError):
            read_key(path, outside=log)
    assert list(log.iterdir()) == []


def test_a_link_does_not_carry_a_key_into_or_out_of_a_log(log: Path, keys: Path) -> None:
    write_key(keys / "a.key", KEY, outside=log)
    (log / "linked").symlink_to(keys)
    (keys / "inside").symlink_to(log)
    with pytest.raises(KeyInsideLogError):
        write_key(keys / "inside" / "b.key", KEY, outside=log)
    require_outside(log / "linked" / "a.key", log)  # where it points counts, not where it hangs
    (keys / "alias.key").symlink_to(keys / "a.key")
    with pytest.raises(KeyFileError):
        read_key(keys / "alias.key", outside=log)
    (log / "hard.key").hardlink_to(keys / "a.key")
    with pytest.raises(KeyFileError, match="another name"):
        read_key(keys / "a.key", outside=log)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"hello\n", b"\xff\xff", KEY.verifier.vkey.encode(), b"x" * 5000],
    ids=["empty", "blank", "text", "binary", "public", "long"],
)
def test_other_files_are_no_keys_and_are_not_quoted(keys: Path, log: Path, content: bytes) -> None:
    path = keys / "a.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError) as caught:
        read_key(path, outside=log)
    assert "hello" not in str(caught.value)


def test_what_is_no_file_is_no_key(keys: Path, log: Path) -> None:
    os.mkfifo(keys / "pipe", 0o600)
    (keys / "folder").mkdir(mode=0o700)
    for name in ("pipe", "folder", "missing"):
        with pytest.raises(KeyFileError):
            read_key(keys / name, outside=log)
    with pytest.raises(KeyFileError):
        write_key(keys / "no" / "such" / "folder", KEY, outside=log)


def test_a_log_key_is_no_witness_key(keys: Path, log: Path) -> None:
    write_key(keys / "a.key", KEY, outside=log)
    with pytest.raises(KeyFileError, match="this needs 0x04"):
        read_key(keys / "a.key", outside=log, kind=COSIGNATURE)


def test_where_the_configuration_lies() -> None:
    assert config_folder({"HOME": "/home/me"}) == Path("/home/me/.config/tertius")
    assert config_folder({"HOME": "/home/me", "XDG_CONFIG_HOME": "/c"}) == Path("/c/tertius")
    relative = config_folder({"HOME": "/home/me", "XDG_CONFIG_HOME": "c"})
    assert relative == Path("/home/me/.config/tertius")


def test_pinned_keys_are_kept_and_found_by_name(tmp_path: Path, log: Path) -> None:
    path = tmp_path / "config" / "tertius" / "keys"
    assert read_pins(path) == {}
    second = SigningKey("tertius/b", bytes([2]) * 32).verifier
    pin(path, KEY.verifier, outside=log)
    pin(path, second, outside=log)
    pin(path, second, outside=log)
    assert read_pins(path, outside=log) == {"tertius/a": KEY.verifier, "tertius/b": second}
    assert path.read_text().count("\n") == 2


def test_a_pin_is_never_replaced(keys: Path, log: Path) -> None:
    path = keys / "keys"
    pin(path, KEY.verifier, outside=log)
    with pytest.raises(PinError, match="remove that line by hand"):
        pin(path, OTHER.verifier, outside=log)
    assert read_pins(path) == {"tertius/a": KEY.verifier}


def test_pins_inside_a_log_are_not_trusted(log: Path) -> None:
    path = log / "keys"
    with pytest.raises(KeyInsideLogError):
        pin(path, KEY.verifier, outside=log)
    path.write_text(KEY.verifier.vkey + "\n")
    with pytest.raises(KeyInsideLogError):
        read_pins(path, outside=log)


def test_comments_stay_and_a_missing_last_newline_is_mended(keys: Path, log: Path) -> None:
    path = keys / "keys"
    path.write_text("# ours\n\n" + KEY.verifier.vkey)
    second = SigningKey("tertius/b", bytes([2]) * 32).verifier
    pin(path, second, outside=log)
    assert path.read_text() == f"# ours\n\n{KEY.verifier.vkey}\n{second.vkey}\n"


def test_bad_pins_name_the_line(keys: Path) -> None:
    path = keys / "keys"
    path.write_text(f"# c\n{KEY.verifier.vkey}\nnonsense\n")
    with pytest.raises(PinError, match="line 3: verifier key is not of the form"):
        read_pins(path)
    path.write_text(f"{KEY.verifier.vkey}\n{OTHER.verifier.vkey}\n")
    with pytest.raises(PinError, match="line 2: `tertius/a` is pinned twice"):
        read_pins(path)


def test_pins_that_others_may_write_are_refused(keys: Path) -> None:
    path = keys / "keys"
    path.write_text(KEY.verifier.vkey + "\n")
    path.chmod(0o666)
    with pytest.raises(PinError, match="others may write"):
        read_pins(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=120))
def test_reading_pins_raises_only_pin_errors(keys: Path, data: bytes) -> None:
    path = keys / "keys"
    path.write_bytes(data)
    try:
        read_pins(path)
    except PinError:
        return
    lines = [line.strip() for line in data.decode().split("\n")]
    assert all(not line or line.startswith("#") for line in lines)
