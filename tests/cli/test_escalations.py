"""`tertius escalations`: what waits, the card, and rulings signed at a terminal."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from tests.escalation.office import PEOPLE, Office, S, a_request, rewrite

from tertius.cli.main import run
from tertius.escalation.approver_key import write_key
from tertius.escalation.approvers import Person, Register
from tertius.escalation.card import render
from tertius.escalation.triggers import Terms

ROOT = Path(__file__).parents[2]
PASSPHRASE = "correct horse battery"
ONE = Terms(approvers=("p-7",))


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A gate whose questions lie where the command looks for them, and an approver `p-7`."""
    config = tmp_path / "XDG_CONFIG_HOME" / "tertius"
    (config / "private").mkdir(parents=True, mode=0o700)
    key = write_key(
        config / "private" / "p-7.approver", "p-7", PASSPHRASE, entropy=os.urandom, cost=10
    )
    seventh = Person(person="p-7", keys=(key.public_key().public_bytes_raw().hex(),))
    register = Register(version=1, people=(*PEOPLE, seventh))
    (config / "approvers.json").write_bytes(msgspec.json.encode(register))
    (config / "approvers.json").chmod(0o644)
    state = tmp_path / "XDG_STATE_HOME" / "tertius"
    state.mkdir(parents=True)
    made = Office(state, register=register, now=time.time_ns())
    monkeypatch.setattr("tertius.cli.escalations.ask_passphrase", lambda prompt: PASSPHRASE)
    yield made
    made.store.close()


def out(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def err(capsys: pytest.CaptureFixture[str]) -> str:
    [line] = capsys.readouterr().err.splitlines()
    return line


def test_nobody_waits(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["escalations", "list"]) == 0
    assert out(capsys) == "nobody waits for an answer\n"


def test_what_waits_is_listed(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.ask()
    assert run(["escalations", "list"]) == 0
    shown = out(capsys)
    assert "x-q1" in shown and "open, run waits" in shown and "0 of 2" in shown
    assert run(["escalations", "list", "--json"]) == 0
    found = json.loads(out(capsys))
    assert (found["id"], found["state"], found["waits"]) == ("x-q1", "open", True)
    assert found["approvers"] == ["p-1", "p-2", "p-7"]


def test_what_has_ended_is_listed_with_all(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.says(office.ask(), "p-1", "deny")
    assert run(["escalations", "list", "--json"]) == 0
    assert out(capsys) == ""
    assert run(["escalations", "list", "--all", "--json"]) == 0
    assert json.loads(out(capsys))["state"] == "denied"


def test_a_card_is_shown_byte_for_byte(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.ask()
    card = office.desk.show("x-q1", now=office.now).card
    assert card is not None
    assert run(["escalations", "show", "x-q1"]) == 0
    assert out(capsys).startswith(render(card).decode())
    assert run(["escalations", "show", "x-q1", "--json"]) == 0
    assert json.loads(out(capsys))["card"] == render(card).decode()


def test_all_of_a_long_argument_is_shown_on_demand(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.ask(a_request(arguments={"note": "x" * 3000}))
    assert run(["escalations", "show", "x-q1", "--full"]) == 0
    assert "x" * 3000 in out(capsys)


def test_an_approval_is_signed_and_counts(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.ask(terms=ONE)
    assert run(["escalations", "approve", "x-q1", "--as", "p-7"]) == 0
    assert out(capsys).endswith("x-q1: granted; 1 of 1 approve (p-7)\n")
    office.now = time.time_ns()
    assert office.state("x-q1") is S.GRANTED
    token = office.desk.token("x-q1", now=office.now)
    assert token is not None
    office.desk.consume(token, a_request(), now=office.now)
    assert office.told("x-q1") == ["opened", "approved", "started"]


def test_a_denial_closes(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.ask(terms=ONE)
    assert run(["escalations", "deny", "x-q1", "--as", "p-7", "--json"]) == 0
    assert json.loads(out(capsys))["state"] == "denied"
    assert run(["escalations", "approve", "x-q1", "--as", "p-7"]) == 2
    assert "answer came when it was denied" in err(capsys)


def test_a_wrong_passphrase_signs_nothing(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ask(terms=ONE)
    monkeypatch.setattr("tertius.cli.escalations.ask_passphrase", lambda prompt: "guess guess")
    assert run(["escalations", "approve", "x-q1", "--as", "p-7"]) == 2
    assert "check the passphrase" in err(capsys)
    assert office.state("x-q1") is S.OPEN


def test_a_key_is_made_for_the_register(
    office: Office, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "p-8.approver"
    assert run(["escalations", "enrol", "p-8", "--out", str(path), "--json"]) == 0
    made = json.loads(out(capsys))
    assert made["person"] == "p-8" and len(made["keys"][0]) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    assert run(["escalations", "enrol", "p-8", "--out", str(path)]) == 2
    assert "never overwritten" in err(capsys)


def test_a_card_that_was_altered_is_not_shown(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.ask()
    rewrite(office, "x-q1", lambda q: q["escalation"].update(quorum=1))
    for words in (["show", "x-q1"], ["approve", "x-q1", "--as", "p-7"]):
        assert run(["escalations", *words]) == 4
        assert "the store was altered" in err(capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "x-9"], "no question `x-9`"),
        (["show"], "missing `ESCALATION`"),
        (["show", "\x1b[2J"], r"no question `\x1b[2J`"),
        (["approve", "x-q1"], "`--as` needs a value"),
        (["approve", "x-q1", "--as", "p7"], "`p7` is not enrolled; did you mean `p-7`"),
        (["approve", "x-q1", "--as", "p-1"], "cannot read key file"),
        (["approve", "x-q1", "--as", "p-7", "--key", "/none"], "cannot read key file `/none`"),
        (["list", "--store", "/none/x.db"], "cannot open `/none/x.db`: no such file"),
        (["list", "--approvers", "/none.json"], "cannot read the approvers in `/none.json`"),
        (["lst"], "unknown command `lst`; did you mean `list`"),
        (["enrol", "two words"], "bad pseudonym `two words`"),
    ],
)
def test_bad_input_is_one_line(
    office: Office, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    office.ask(terms=ONE)
    assert run(["escalations", *words]) == 2
    assert said in err(capsys)


# -- the terminal ----------------------------------------------------------------------------------


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "tertius.cli.main", "escalations", *words]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PASSPHRASE": PASSPHRASE}


def test_an_agent_that_runs_the_command_without_a_terminal_rules_nothing(office: Office) -> None:
    office.ask(terms=ONE)
    done = subprocess.run(
        command("approve", "x-q1", "--as", "p-7"),
        input=f"{PASSPHRASE}\n" * 3,
        env=environment(),
        capture_output=True,
        text=True,
        start_new_session=True,  # no controlling terminal, as an agent's shell has none
    )
    assert done.returncode == 2
    assert "a person rules at a terminal" in done.stderr
    assert office.state("x-q1") is S.OPEN


ON_TERMINAL = (
    "import os, sys; os.open(os.ttyname(0), os.O_RDWR); os.execv(sys.argv[1], sys.argv[1:])"
)
"""The first terminal that the leader of a session opens controls it."""


def test_a_person_at_a_terminal_rules_and_the_passphrase_is_not_echoed(office: Office) -> None:
    office.ask(terms=ONE)
    terminal, far_end = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", ON_TERMINAL, *command("approve", "x-q1", "--as", "p-7")],
        env=environment(),
        stdin=far_end,
        stdout=far_end,
        stderr=far_end,
        start_new_session=True,
    )
    os.close(far_end)
    shown = b""
    while b"passphrase of p-7 to approve x-q1: " not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, PASSPHRASE.encode() + b"\n")
    with suppress(OSError):  # how a terminal tells that nobody is at its other end
        while more := os.read(terminal, 4096):
            shown += more
    os.close(terminal)
    assert child.wait() == 0
    assert PASSPHRASE.encode() not in shown and b"x-q1: granted" in shown
    assert office.state("x-q1") is S.GRANTED
