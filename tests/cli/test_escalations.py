"""`tertius escalations`: what waits, the card, and rulings signed at a terminal."""

import hashlib
import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from tests.escalation.office import PEOPLE, Office, S, a_request, rewrite

from tertius.cli.demo_scenes.university.campus import NOW, REGISTRAR
from tertius.cli.demo_scenes.university.founding import approver, found
from tertius.cli.main import ESCALATION_VERBS, run
from tertius.cli.signable import SIGNABLE
from tertius.core.events import LATEST_TIME
from tertius.escalation import approver_key
from tertius.escalation.approver_key import write_key
from tertius.escalation.approvers import Person, Register
from tertius.escalation.card import escalation_of, render
from tertius.escalation.store import Store
from tertius.escalation.triggers import Terms
from tertius.log.notekey import SigningKey
from tertius.policy.envelope import sign as envelope_of
from tertius.policy.envelope import statement
from tertius.policy.kill import KillSwitch
from tertius.policy.roots import RootDocument, RootKey
from tertius.runtime.governed import open_gate

ROOT = Path(__file__).parents[2]
PASSPHRASE = "correct horse battery"
ONE = Terms(approvers=("p-7",))


both = pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])


def enrol(
    folder: Path, register: Register, *, keeper: str = "keeper", roots: str = "roots"
) -> None:
    """Sign a register under a root of its own."""
    key = SigningKey(keeper, hashlib.sha256(keeper.encode()).digest())
    keys = (RootKey(person=keeper, key=key.verifier.vkey),)
    root = RootDocument(role="approvers", version=1, threshold=1, keys=keys, not_before=0,
                        not_after=LATEST_TIME)  # fmt: skip
    for kind, name, document in (
        ("root", f"{roots}/approvers.1", root), ("approvers", "policy/approvers", register),
    ):  # fmt: skip
        path = folder / f"{name}.signed.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        payload = statement(SIGNABLE[kind].kind, kind, document, source=b"")
        path.write_bytes(envelope_of(payload, key).encode())


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
    state = tmp_path / "XDG_STATE_HOME" / "tertius"
    enrol(state, register)
    made = Office(state, register=register, now=time.time_ns())
    for room in ("cli.escalations_rule", "escalation.approver_key"):
        monkeypatch.setattr(f"tertius.{room}.ask_passphrase", lambda prompt: PASSPHRASE)
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
    assert "x-q1" in shown and "open, blocking" in shown and "0 of 2" in shown
    assert run(["escalations", "list", "--json"]) == 0
    found = json.loads(out(capsys))
    assert (found["id"], found["state"], found["waits"]) == ("x-q1", "open", True)
    assert found["approvers"] == ["p-1", "p-2", "p-7"]


def test_questions_that_ask_the_same_are_told_apart(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, amount in enumerate((500, 600, 700)):
        office.ask(a_request(f"q{number}", arguments={"amount": amount, "to": "s-9"}), terms=ONE)
        office.now += 1
    assert run(["escalations", "approve", "x-q1", "--as", "p-7", "--json"]) == 0
    capsys.readouterr()
    assert run(["escalations", "list"]) == 0
    shown = " ".join(out(capsys).split())
    assert "1. " in shown and "3. " in shown and " ago" in shown
    assert "amount=500" in shown and "amount=700" in shown
    assert "granted, unused" in shown
    assert "aid has 3 open or granted; its next question is denied" in shown


def test_while_the_switch_is_thrown_an_approval_is_refused_and_says_why(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.ask(terms=ONE)
    with KillSwitch(office.folder / "kill") as switch:
        switch.throw()
    assert run(["escalations", "approve", "x-q1", "--as", "p-7"]) == 2
    assert "the kill switch is thrown and nothing can be approved" in capsys.readouterr().err
    assert office.state("x-q1") is S.VOID


def test_a_no_after_the_yes_says_what_still_can_be_done(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.ask(terms=ONE)
    assert run(["escalations", "approve", "x-q1", "--as", "p-7"]) == 0
    assert run(["escalations", "deny", "x-q1", "--as", "p-7"]) == 2
    assert "until it starts `tertius kill` makes it void" in err(capsys)


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
    state, follows = out(capsys).splitlines()[-2:]
    assert state == "x-q1: granted; 1 of 1 approve (p-7)"
    assert re.fullmatch(
        "aid may now do exactly this, one time, until [-0-9]+ [:0-9]+ UTC, "
        "if nothing forbids it then",
        follows,
    )
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
    assert "not counted: the question is denied" in err(capsys)


def test_a_denial_says_what_follows(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.ask(terms=ONE)
    assert run(["escalations", "deny", "x-q1", "--as", "p-7", "--why", "too much"]) == 0
    follows = out(capsys).splitlines()[-1]
    assert follows == "aid may not do this, and no later yes to this question counts"
    [ruling] = office.desk.show("x-q1", now=office.now).question.rulings
    assert ruling.reason == "too much"


def test_an_approval_that_is_not_enough_says_who_else_must(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.ask(terms=Terms(quorum=2))
    assert run(["escalations", "approve", "x-q1", "--as", "p-7"]) == 0
    follows = out(capsys).splitlines()[-1]
    assert follows.startswith("nothing happens yet: 1 more of p-1, p-2 must approve, until 2")


@pytest.mark.parametrize("columns", ["20", "80"])
def test_an_id_stands_whole_at_the_start_of_a_line_however_narrow_it_is(
    columns: str,
    office: Office,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    name = "a-run-with-a-name/of-some-length/" + "9" * 40
    loose = Terms(approvers=("p-7",), blocking=False)
    ids = [office.ask(a_request(f"{name}{n}"), terms=loose) for n in (1, 2)]
    assert run(["escalations", "list"]) == 0
    shown = out(capsys).splitlines()
    assert shown[0].split()[0] in ids
    assert {shown[0].split()[0], shown[2].split()[1]} == set(ids), "also of one that is alike"


def test_what_is_settled_is_refused_before_a_passphrase_is_asked_for(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ask(terms=ONE)
    assert run(["escalations", "approve", "x-q1", "--as", "p-7"]) == 0

    def asked(prompt: str) -> str:
        raise AssertionError(prompt)

    monkeypatch.setattr("tertius.cli.escalations_rule.ask_passphrase", asked)
    for choice in ("approve", "deny"):
        assert run(["escalations", choice, "x-q1", "--as", "p-7"]) == 2
        assert "not counted: the question is granted" in capsys.readouterr().err


@both
def test_a_wrong_passphrase_signs_nothing(
    office: Office,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    defended: bool,
) -> None:
    if not defended:  # the key lies under a passphrase that nobody looks at
        stretch = approver_key._stretch
        monkeypatch.setattr(approver_key, "_stretch", lambda _, *more: stretch(PASSPHRASE, *more))
    office.ask(terms=ONE)
    monkeypatch.setattr("tertius.cli.escalations_rule.ask_passphrase", lambda prompt: "guess guess")
    code = run(["escalations", "approve", "x-q1", "--as", "p-7"])
    assert (code == 2 and "check the passphrase" in err(capsys)) is defended
    assert (office.state("x-q1") is S.OPEN) is defended


@both
def test_an_approver_whom_an_agent_enrolled_itself_rules_nothing(
    office: Office, capsys: pytest.CaptureFixture[str], tmp_path: Path, defended: bool
) -> None:
    office.ask(terms=Terms())
    path = tmp_path / "p-8.approver"
    key = write_key(path, "p-8", PASSPHRASE, entropy=os.urandom, cost=10)
    person = Person(person="p-8", keys=(key.public_key().public_bytes_raw().hex(),))
    forged = Register(version=2, people=(*office.register.people, person))
    roots = "elsewhere" if defended else "roots"  # the defence: agents cannot write the roots
    enrol(office.folder, forged, keeper="mallory", roots=roots)
    code = run(["escalations", "approve", "x-q1", "--as", "p-8", "--key", str(path)])
    said = capsys.readouterr().err
    if defended:
        assert code == 4 and "signed by 0 of 1 people" in said
        assert office.state("x-q1") is S.OPEN
    else:  # it is in force; that this question asked other people is the next defence
        assert code == 2 and "may not rule" in said


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["escalations", "--help"]) == 0
    [line] = [each for each in out(capsys).splitlines() if each.startswith("Answer what waits")]
    assert line.endswith(f": {', '.join(ESCALATION_VERBS)}."), line


def test_a_key_is_made_for_the_register(
    office: Office,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "p-8.approver"
    assert run(["escalations", "enrol", "p-8", "--out", str(path), "--json"]) == 0
    made = json.loads(out(capsys))
    assert made["person"] == "p-8" and len(made["keys"][0]) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    other = str(tmp_path / "p-9.approver")
    assert run(["escalations", "enrol", "p-9", "--out", other]) == 0
    said = "add the line above to `people` in `policy/approvers.yaml`, and sign a new version"
    assert out(capsys).endswith(f"{other}\n{said}\n")
    monkeypatch.setattr("tertius.cli.escalations_rule.ask_new_passphrase", nobody_asks)
    assert run(["escalations", "enrol", "p-8", "--out", str(path)]) == 2
    assert "never overwritten" in err(capsys)


def nobody_asks(person: str) -> str:
    raise AssertionError("asked for a passphrase that nothing needs")


def test_a_card_that_was_altered_is_not_shown(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.ask()
    rewrite(office, "x-q1", lambda q: q["escalation"].update(quorum=1))
    for words in (["show", "x-q1"], ["approve", "x-q1", "--as", "p-7"]):
        assert run(["escalations", *words]) == 4
        assert "the store was altered" in err(capsys)


# -- beside the gate's own log ---------------------------------------------------------------------


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a standing gate that has asked `a0`, and the dean's key."""
    folder, keys = tmp_path / "gate", tmp_path / "XDG_CONFIG_HOME" / "tertius" / "private"
    found(folder)
    keys.mkdir(parents=True, mode=0o700, exist_ok=True)
    seed = approver("dean").private_bytes_raw()
    write_key(keys / "dean.approver", "dean", PASSPHRASE, entropy=lambda n: seed[:n], cost=10)
    monkeypatch.setattr("tertius.cli.escalations_rule.ask_passphrase", lambda prompt: PASSPHRASE)
    monkeypatch.setattr("time.time_ns", lambda: NOW)
    award = {"student": "s-07", "amount": 1500, "approved_by": "dean"}
    with open_gate(folder, clock=lambda: NOW, names=lambda: "a0", checkpoint_every=None) as stands:
        asked = stands.gate.ask(
            "financial-aid", "tool.call", award, run="r", chain=REGISTRAR, task="s-07",
            resource="aid.award",
        )  # fmt: skip
        assert asked.decision.code == "needs-human"
        yield folder


def test_one_folder_is_all_that_a_person_needs_to_name(
    gate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["escalations", "list", "--gate", str(gate)]) == 0
    assert "may financial-aid" in out(capsys)
    assert run(["escalations", "show", "a0", "--gate", str(gate)]) == 0
    assert out(capsys).endswith("log       holds the same\n")
    assert run(["escalations", "approve", "a0", "--as", "dean", "--gate", str(gate)]) == 0
    assert "a0: granted; 1 of 1 approve (dean)" in out(capsys)


def forge(gate: Path) -> None:
    """Change card and terms alike, as whoever can write the file may."""
    store = Store(gate / "escalations.db")
    with store.transaction(0) as tx:
        row = tx.load("a0")
        assert row.card is not None
        card = replace(row.card, reason="routine", affected=())
        question = replace(row.question, escalation=escalation_of(card))
        values = (msgspec.json.encode(question), msgspec.json.encode(card))
        tx._db.execute("UPDATE question SET question = ?, card = ?", values)
    store.close()


@pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])
def test_a_store_that_was_rewritten_is_told_by_the_log(
    gate: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    defended: bool,
) -> None:
    forge(gate)
    if not defended:
        monkeypatch.setattr("tertius.escalation.desk.require_asked", lambda row, asked: None)
    for words in (["show", "a0"], ["approve", "a0", "--as", "dean"]):
        code = run(["escalations", *words, "--gate", str(gate)])
        said = capsys.readouterr()
        if defended:
            assert code == 4 and "the log says that `a0` asked something else" in said.err
            assert "routine" not in said.out
        else:
            assert code == 0 and "why       routine" in said.out
    with closing(Store(gate / "escalations.db")) as store, store.transaction(0) as tx:
        assert (tx.load("a0").question.state is S.OPEN) is defended


def test_without_a_log_the_card_says_that_nobody_compared_it(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.ask()
    assert run(["escalations", "show", "x-q1"]) == 0
    assert "log       unchecked: no log was found" in out(capsys)
    assert run(["escalations", "show", "x-q1", "--json"]) == 0
    assert json.loads(out(capsys))["checked"] is False


def test_the_log_that_is_named_must_be_the_questions_own(
    office: Office, gate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office.ask()
    assert run(["escalations", "show", "x-q1", "--log", str(gate / "log")]) == 2
    assert "no log `campus/1`" in err(capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "x-9"], "no question `x-9`"),
        (["show"], "missing `ESCALATION`"),
        (["show", "\x1b[2J"], r"no question `\x1b[2J`"),
        (["approve", "x-q1"], "`--as` needs a value"),
        (["approve", "x-q1", "--as", "p7"], "`p7` is not enrolled; did you mean `p-7`"),
        (
            ["approve", "x-q1", "--as", "bob"],
            "; to enrol, add the line that `tertius escalations enrol` printed to "
            "`policy/approvers.yaml`, raise its `version` and sign it",
        ),
        (["approve", "x-q1", "--as", "p-1"], "cannot read key file"),
        (["approve", "x-q1", "--as", "p-7", "--key", "/none"], "cannot read key file `/none`"),
        (["list", "--store", "/none/x.db"], "cannot open `/none/x.db`: no such file"),
        (
            ["list", "--gate", "/none"],
            "no folder `/none`; name the gate's, the one that holds `roots`",
        ),
        (["approve", "x-q1", "--as", "p-7", "--why", " "], "expected the reason, in words"),
        (["deny", "x-q1", "--as", "p-7", "--why", ""], "expected the reason, in words"),
        (["deny", "x-q1", "--as", "p-7", "--reason", ""], "expected the reason, in words"),
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


FROM_STDIN = (
    "import sys; from tertius.cli import escalations_rule, main;"
    "escalations_rule.ask_passphrase = lambda prompt: input();"
    "sys.exit(main.run(sys.argv[1:]))"
)
"""The same command, that takes the passphrase from wherever it comes."""


@both
def test_an_agent_that_runs_the_command_without_a_terminal_rules_nothing(
    office: Office, defended: bool
) -> None:
    office.ask(terms=ONE)
    words = command("approve", "x-q1", "--as", "p-7")
    done = subprocess.run(
        words if defended else [sys.executable, "-c", FROM_STDIN, *words[3:]],
        input=f"{PASSPHRASE}\n" * 3,
        env=environment(),
        capture_output=True,
        text=True,
        start_new_session=True,  # no controlling terminal, as an agent's shell has none
    )
    assert (done.returncode == 2) is defended
    assert ("a person rules at a terminal" in done.stderr) is defended
    assert (office.state("x-q1") is S.OPEN) is defended


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
