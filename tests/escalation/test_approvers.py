"""Who may rule, and the bytes they sign."""

import stat
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.escalation.office import ORIGIN, PEOPLE, REGISTER, Office, a_request, key_of, public

from tertius.core.escalation import Escalation, Ruling
from tertius.escalation.approver_key import (
    ApproverKeyError,
    NoTerminalError,
    ask_passphrase,
    read_key,
    write_key,
)
from tertius.escalation.approvers import (
    NotEnrolledError,
    Person,
    Register,
    RegisterError,
    sign,
)
from tertius.log.keys import KeyFileError

PASSPHRASE = "correct horse battery"


@pytest.fixture
def asked(office: Office) -> Escalation:
    return office.desk.show(office.ask(), now=office.now).question.escalation


def signed(asked: Escalation, person: str = "p-1", key: str = "") -> Ruling:
    signer = key_of(key or person)
    return sign(signer, ORIGIN, asked, person=person, choice="approve", view=asked.view, time=1)


def test_each_key_of_a_person_signs(asked: Escalation) -> None:
    assert REGISTER.holds(ORIGIN, asked, signed(asked))
    assert REGISTER.holds(ORIGIN, asked, signed(asked, key="p-1 at home"))


def test_nothing_else_signs(asked: Escalation) -> None:
    yes = signed(asked)
    assert not REGISTER.holds("other/1", asked, yes)
    assert not REGISTER.holds(ORIGIN, replace(asked, deadline=asked.deadline + 1), yes)
    assert not REGISTER.holds(ORIGIN, replace(asked, id="x2"), yes)
    assert not REGISTER.holds(ORIGIN, asked, replace(yes, choice="deny"))
    assert not REGISTER.holds(ORIGIN, asked, replace(yes, view="0" * 64))
    assert not REGISTER.holds(ORIGIN, asked, replace(yes, person="p-2"))
    assert not REGISTER.holds(ORIGIN, asked, replace(yes, signature=bytes(64)))
    assert not REGISTER.holds(ORIGIN, asked, signed(asked, "p-1", key="p-2"))
    assert not REGISTER.holds(ORIGIN, asked, signed(asked, "p-9"))


def test_one_key_is_one_person_and_one_name_too() -> None:
    with pytest.raises(RegisterError, match="keys names"):
        Register(version=1, people=(*PEOPLE, Person(person="p-4", keys=(public("p-1"),))))
    with pytest.raises(RegisterError, match="names `registrar` twice"):
        Register(version=1, people=(*PEOPLE, Person(person="registrar", keys=(public("r"),))))


def test_a_person_is_barred_under_each_of_their_names() -> None:
    assert REGISTER.barred(a_request()) == ("aid", "aid-principal", "p-3", "registrar")


def test_the_nearest_person_is_named() -> None:
    with pytest.raises(NotEnrolledError, match="did you mean `p-1`"):
        REGISTER.find("p1")


# -- key files -------------------------------------------------------------------------------------


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "p-1.approver"
    write_key(path, "p-1", PASSPHRASE, entropy=lambda n: bytes(range(n)), cost=10)
    return path


def test_a_key_opens_with_its_passphrase_alone(key_file: Path) -> None:
    key = read_key(key_file, "p-1", lambda: PASSPHRASE)
    assert key.private_bytes_raw() == bytes(range(32))
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert bytes(range(32)).hex().encode() not in key_file.read_bytes().replace(b"salt", b"")[200:]
    with pytest.raises(ApproverKeyError, match="check the passphrase"):
        read_key(key_file, "p-1", lambda: PASSPHRASE + "!")


def test_a_key_is_bound_to_its_person(key_file: Path) -> None:
    with pytest.raises(ApproverKeyError, match="the key of `p-1`"):
        read_key(key_file, "p-2", lambda: PASSPHRASE)
    key_file.write_bytes(key_file.read_bytes().replace(b'"p-1"', b'"p-2"'))
    with pytest.raises(ApproverKeyError, match="does not open"):
        read_key(key_file, "p-2", lambda: PASSPHRASE)


def test_a_key_that_others_may_read_is_refused_before_the_passphrase_is_asked(
    key_file: Path,
) -> None:
    key_file.chmod(0o640)
    with pytest.raises(KeyFileError, match="others may read it"):
        read_key(key_file, "p-1", lambda: pytest.fail("asked"))


def test_a_damaged_key_is_told_without_its_text(key_file: Path) -> None:
    key_file.write_bytes(b'{"secret": 1}')
    with pytest.raises(ApproverKeyError, match="holds no approver's key") as caught:
        read_key(key_file, "p-1", lambda: pytest.fail("asked"))
    assert "secret" not in str(caught.value)


def test_a_key_is_never_overwritten_and_never_under_a_short_passphrase(key_file: Path) -> None:
    with pytest.raises(KeyFileError, match="never overwritten"):
        write_key(key_file, "p-1", PASSPHRASE, entropy=bytes, cost=10)
    with pytest.raises(ApproverKeyError, match="too short"):
        write_key(key_file.with_name("new"), "p-1", "short", entropy=bytes, cost=10)


def test_the_passphrase_is_asked_at_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_terminal(*_: object) -> int:
        raise OSError

    monkeypatch.setattr("tertius.escalation.approver_key.os.open", no_terminal)
    with pytest.raises(NoTerminalError):
        ask_passphrase("passphrase: ")
