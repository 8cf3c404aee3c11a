"""`tertius kill`: thrown at once, for every gate of the folder, until a person resets it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.escalation.office import Office, S, a_request

from tertius.cli.main import run
from tertius.core.escalation import Token
from tertius.escalation.desk import NotStartedError
from tertius.policy.kill import KillSwitch

Told = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with KillSwitch(tmp_path / "kill"):
        return tmp_path


def test_a_gate_that_stands_sees_it_at_once(folder: Path, capsys: Told) -> None:
    with KillSwitch(folder / "kill") as standing:
        assert run(["kill", str(folder)]) == 0
        assert standing.thrown
        assert "nothing starts any more" in capsys.readouterr().out
        assert run(["kill", str(folder), "--reset"]) == 0
        assert not standing.thrown


def test_it_stays_thrown(folder: Path, capsys: Told) -> None:
    assert run(["kill", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "switch": str(folder / "kill"), "thrown": True, "void": [], "running": []
    }  # fmt: skip
    with KillSwitch(folder / "kill") as later:
        assert later.thrown


def test_without_a_name_the_folder_is_this_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert run(["kill"]) == 0
    with KillSwitch(folder / "kill") as later:
        assert later.thrown


def test_where_no_gate_stood_no_switch_is_made(tmp_path: Path, capsys: Told) -> None:
    assert run(["kill", str(tmp_path)]) == 2
    assert "name the folder of a gate that has stood" in capsys.readouterr().err
    assert not (tmp_path / "kill").exists()


def test_what_is_no_switch_is_left_alone(tmp_path: Path, capsys: Told) -> None:
    (tmp_path / "kill").write_text("notes")
    assert run(["kill", str(tmp_path)]) == 2
    assert "is no kill switch" in capsys.readouterr().err
    assert (tmp_path / "kill").read_text() == "notes"


@pytest.fixture
def office(folder: Path) -> Iterator[Office]:
    """A gate's desk in the folder of the switch."""
    made = Office(folder, now=time.time_ns())
    yield made
    made.store.close()


def starts(office: Office, token: Token) -> bool:
    try:
        office.desk.consume(token, a_request(), now=office.now)
    except NotStartedError:
        return False
    return True


def test_what_was_approved_before_the_switch_never_starts_after_its_reset(
    office: Office, capsys: Told
) -> None:
    token = office.granted()
    assert run(["kill", str(office.folder)]) == 0
    assert "void: x-q1; whoever still wants it asks again" in capsys.readouterr().out
    assert run(["kill", str(office.folder), "--reset"]) == 0
    assert not starts(office, token)


def test_what_was_approved_while_it_was_thrown_is_void_at_the_reset(
    office: Office, capsys: Told
) -> None:
    with KillSwitch(office.folder / "kill") as switch:
        switch.throw()
    token = office.granted()  # by a desk that knows no switch
    assert run(["kill", str(office.folder), "--reset"]) == 0
    assert "void: x-q1" in capsys.readouterr().out
    assert not starts(office, token)


def test_what_runs_already_is_named(office: Office, capsys: Told) -> None:
    assert starts(office, office.granted())
    assert run(["kill", str(office.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["running"] == ["x-q1"]


def test_a_store_that_cannot_be_written_holds_up_the_reset_and_not_the_switch(
    office: Office, capsys: Told
) -> None:
    token = office.granted()
    office.path.chmod(0o644)  # a store that others could have written is not opened
    assert run(["kill", str(office.folder)]) == 0
    said = capsys.readouterr()
    assert "thrown" in said.out and "questions are not void yet" in said.err
    assert run(["kill", str(office.folder), "--reset"]) == 2
    assert "still thrown" in capsys.readouterr().err
    office.path.chmod(0o600)
    assert run(["kill", str(office.folder), "--reset"]) == 0
    assert office.state("x-q1") is S.VOID and not starts(office, token)
