"""`tertius init`: from an empty folder to two governed agents, and everything that stops it."""

import json
import os
import runpy
import shlex
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tertius.cli import init
from tertius.cli.main import run
from tertius.core.events import ToolCalled
from tertius.core.oversight_events import Decided, Ruled
from tertius.escalation import approver_key
from tertius.escalation.approvers import sign
from tertius.escalation.card import view_digest
from tertius.log.keys import read_pins
from tertius.log.read import LogReader
from tertius.runtime.configured import from_config

PASSPHRASE = "correct horse battery"
Told = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def quickly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody types a passphrase, and stretching it costs little."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(init, "ask_new_passphrase", lambda person: PASSPHRASE)
    write = approver_key.write_key
    monkeypatch.setattr(init, "write_key", lambda *given, **more: write(*given, cost=10, **more))


def begun(capsys: Told, folder: str = "team") -> list[str]:
    """Begin a deployment and return the commands that it tells to run next."""
    assert run(["init", folder, "--person", "ann"]) == 0
    shown = capsys.readouterr().out
    return [line.strip() for line in shown.partition("next:\n")[2].splitlines()]


@pytest.fixture
def team(tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment on which every command was run that `tertius init` tells to run."""
    for command in begun(capsys):
        words = shlex.split(command)
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
        elif words[0] == "tertius":
            files = [str(each) for word in words[1:] for each in _globbed(word)]
            assert run(files) == 0, command
    capsys.readouterr()
    return tmp_path / "team"


def _globbed(word: str) -> list[Any]:
    return sorted(Path().glob(word)) if "*" in word else [os.path.expanduser(word)]


@pytest.fixture
def play(team: Path, capsys: Told) -> Iterator[Callable[..., str]]:
    """Runs the agents, and returns what they print."""

    def played(*words: str) -> str:
        runpy.run_path(str(team / "agents.py"))["main"](list(words))
        return capsys.readouterr().out

    yield played


def accept(team: Path) -> None:
    """Name the path that is not governed."""
    config = team / "tertius.yaml"
    text = config.read_text()
    assert "ungoverned: []" in text
    config.write_text(text.replace("ungoverned: []", "ungoverned: [storage:desk]"))


def approve(team: Path) -> None:
    """Rule as ann does, with her own key."""
    with from_config(team) as standing:
        desk, now = standing.desk, standing.clock()
        assert desk is not None
        row = desk.show((team / "waiting").read_text(), now=now)
        assert row.card is not None
        path = Path(os.environ["XDG_CONFIG_HOME"]) / "tertius" / "private" / "ann.approver"
        key = approver_key.read_key(path, "ann", lambda: PASSPHRASE)
        asked = row.question.escalation
        view = view_digest(row.card)
        yes = sign(key, desk.origin, asked, person="ann", choice="approve", view=view, time=now)
        desk.rule(yes, now=now)


# -- what it writes --------------------------------------------------------------------------------


def test_keys_lie_outside_and_only_their_owner_reads_them(
    tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(capsys)
    private = tmp_path / "XDG_CONFIG_HOME" / "tertius" / "private"
    names = {path.name for path in private.iterdir()}
    assert names == {"ann.approver", "constitution.key", "manifests.key", "approvers.key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in private.iterdir()} == {0o600}
    assert len(read_pins(private.parent / "keys")) == 1


def test_it_tells_in_json(tmp_path: Path, capsys: Told) -> None:
    assert run(["init", "team", "--person", "ann", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told.keys() == {"folder", "files", "keys", "log"}
    assert all(Path(name).is_file() for name in told["files"])
    assert told["log"] in (tmp_path / "XDG_CONFIG_HOME/tertius/keys").read_text()


def test_signed_at_once_it_is_what_the_commands_would_sign(team: Path, capsys: Told) -> None:
    assert run(["init", "../quick", "--person", "ann", "--sign"]) == 0
    assert "tertius sign" not in capsys.readouterr().out
    signed = sorted(path.relative_to(team) for path in team.rglob("*.signed.json"))
    assert len(signed) == 8
    for name in signed:
        assert (team.parent / "quick" / name).read_bytes() == (team / name).read_bytes()


def test_what_it_writes_lints_clean_and_a_slip_in_it_does_not(team: Path, capsys: Told) -> None:
    assert run(["lint", "."]) == 0
    assert capsys.readouterr().out == "2 manifests, 3 other documents, 0 flaws\n"
    constitution = team / "policy" / "constitution.yaml"
    constitution.write_text(constitution.read_text().replace("refunds.pay", "refund.pay"))
    assert run(["lint", "."]) == 1
    said = "no manifest knows `refund.pay`; did you mean `refunds.pay`"
    assert f"shop:one-agent-pays: misspelt: no granted request satisfies it; {said}" in (
        capsys.readouterr().out
    )


def test_a_second_deployment_is_signed_with_the_same_keys(capsys: Told) -> None:
    begun(capsys)
    assert run(["init", "other", "--person", "ann"]) == 0
    assert "using the keys that lie there already (manifests.key, " in capsys.readouterr().out
    for name in ("roots/manifests.yaml", "policy/approvers.yaml"):
        assert Path("team", name).read_text() == Path("other", name).read_text()


def test_nothing_starts_before_it_is_signed(tmp_path: Path, capsys: Told) -> None:
    begun(capsys)
    with pytest.raises(Exception, match="constitution"):
        from_config(tmp_path / "team")


# -- the agents ------------------------------------------------------------------------------------


def test_what_is_not_governed_stops_the_start_until_it_is_named(
    team: Path, play: Callable[..., str]
) -> None:
    with pytest.raises(Exception, match=r"ungoverned `storage:desk` .*wrap it, or name it"):
        play()
    accept(team)
    assert "not governed: storage:desk\n" in play()


def test_one_call_is_permitted_one_denied_and_one_waits_for_a_person(
    team: Path, play: Callable[..., str]
) -> None:
    accept(team)
    shown = play()
    assert "support may not pay: denied\n" in shown
    assert "cashier: 35 euros paid back for o-16\n" in shown
    assert "240 euros paid back" not in shown
    with pytest.raises(Exception, match="needs-human"):
        play("resume")
    approve(team)
    assert "cashier: 240 euros paid back for o-17\n" in play("resume")
    with pytest.raises(Exception, match="not permitted"):
        play("resume")


def test_in_the_gates_folder_its_questions_are_found_without_naming_it(
    team: Path, play: Callable[..., str], capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(team)
    play()
    assert run(["escalations", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == (team / "waiting").read_text()
    monkeypatch.chdir("policy")
    assert run(["escalations", "list"]) == 2


def test_the_act_leads_to_the_ruling_and_the_ruling_to_the_question(
    team: Path, play: Callable[..., str]
) -> None:
    accept(team)
    play()
    approve(team)
    play("resume")
    events = list(LogReader(team / "log" / "writers" / "gate").events())
    called = [each for each in events if isinstance(each, ToolCalled)][-1]
    above = {each.id: [cause.id for cause in each.causes] for each in events}
    started, ruled = (f"{called.id.rpartition('/')[0]}/{what}" for what in ("started", "1"))
    assert started in above[called.id]
    assert above[started] == [ruled]
    assert above[ruled] == [f"{called.id.rpartition('/')[0]}/0"]
    times = {each.id: each.time for each in events}
    assert times[called.id] >= times[started] >= times[ruled]
    ruling = next(each for each in events if isinstance(each, Ruled) and each.id == ruled)
    assert (ruling.ruling, ruling.approver) == ("approved", "ann")
    forbidden = [e for e in events if isinstance(e, Decided) and e.outcome == "forbid"]
    assert any("one-agent-pays" in rule for rule in forbidden[0].rules)


def test_the_log_verifies_with_the_key_that_was_pinned(
    team: Path, play: Callable[..., str], capsys: Told
) -> None:
    accept(team)
    play()
    assert run(["verify", str(team / "log")]) == 0
    assert "VERIFIED" in capsys.readouterr().out


# -- what stops it ---------------------------------------------------------------------------------


def complaint(capsys: Told, *words: str) -> str:
    assert run(["init", *words]) == 2
    [line] = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["team"], "`--person` needs a value"),
        (["team", "--person", "two words"], "bad pseudonym `two words`; expected 1 to 128"),
        (["team", "--person", "shop"], "`shop` is a name in the example; choose another"),
        (["file", "--person", "ann"], "`file` is no folder that you can write to; name another"),
        (["team", "--person", "ann", "--keys", "team/keys"], "keep keys out of"),
        (["busy", "--person", "ann"], "`busy/agents.py` exists; nothing is overwritten"),
        (["file/team", "--person", "ann"], "file` is no folder that you can write to"),
    ],
)
def test_bad_words_are_one_line_and_nothing_is_written(
    words: list[str], why: str, tmp_path: Path, capsys: Told
) -> None:
    Path("file").touch()
    Path("busy").mkdir()
    Path("busy/agents.py").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    assert why in complaint(capsys, *words)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_second_time_in_the_same_folder_nothing_is_overwritten(capsys: Told) -> None:
    begun(capsys)
    before = Path("team/policy/manifests/support.yaml").read_bytes()
    assert "exists; nothing is overwritten" in complaint(capsys, "team", "--person", "bob")
    assert Path("team/policy/manifests/support.yaml").read_bytes() == before


def test_without_a_terminal_nothing_is_written(
    tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(person: str) -> str:
        raise approver_key.NoTerminalError("no terminal to ask for the passphrase")

    monkeypatch.setattr(init, "ask_new_passphrase", nobody)
    assert "no terminal" in complaint(capsys, "team", "--person", "ann")
    assert list(tmp_path.iterdir()) == []


def test_pinned_keys_that_others_may_write_stop_it(tmp_path: Path, capsys: Told) -> None:
    pins = tmp_path / "XDG_CONFIG_HOME" / "tertius" / "keys"
    pins.parent.mkdir(parents=True)
    pins.touch()
    pins.chmod(0o666)
    assert "others may write" in complaint(capsys, "team", "--person", "ann")
    assert not Path("team").exists() and list(pins.parent.iterdir()) == [pins]


def test_a_key_file_of_somebody_else_stops_it(capsys: Told) -> None:
    begun(capsys)
    private = Path(os.environ["XDG_CONFIG_HOME"]) / "tertius" / "private"
    (private / "ann.approver").rename(private / "bob.approver")
    assert "is the key of `ann`; expected `bob`'s" in complaint(capsys, "new", "--person", "bob")
    (private / "constitution.key").write_text("nonsense")
    (private / "bob.approver").rename(private / "ann.approver")
    assert "holds no private key" in complaint(capsys, "new", "--person", "ann")
    assert not Path("new").exists()
