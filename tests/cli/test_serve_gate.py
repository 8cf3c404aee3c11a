"""`tertius serve gate`: a process that stands beside the agents, answers, and stops."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.test_governed import opened
from tests.runtime.test_shipped_triggers import approving

from tertius.cli.demo_scenes.university.campus import REGISTRAR
from tertius.cli.demo_scenes.university.founding import found
from tertius.cli.main import run
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Escalated, PolicyChanged
from tertius.log.read import LogReader
from tertius.log.verify import verify
from tertius.policy.kill import KillSwitch
from tertius.server.gate_client import SidecarGate

STRANGER = os.geteuid() + 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A signed folder that only its owner can look into, and beside it one for the socket."""
    found(tmp_path / "u")
    (tmp_path / "u").chmod(0o700)
    (tmp_path / "run").mkdir(mode=0o755)
    return tmp_path / "u"


def untimed(line: str) -> str:
    """Return a line of the gate's terminal behind its time."""
    found = re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  (.*\n)", line)
    assert found, line
    return found[1]


def words(folder: Path, agents: str) -> list[str]:
    path = folder.parent / "run" / "gate.sock"
    return ["serve", "gate", str(folder), "--socket", str(path), "--agents", agents]


def started(folder: Path, agents: str, *more: str) -> subprocess.Popen[str]:
    """Start a gate in a process of its own, which tells its socket on standard output."""
    return subprocess.Popen(
        [sys.executable, "-m", "tertius.cli.main", *words(folder, agents), "--json", *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_stands_answers_and_stops(folder: Path, end: signal.Signals) -> None:
    process = started(folder, f"{STRANGER}=retention")
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert told.keys() == {"socket", "key", "mode", "owed"}
    assert (told["mode"], told["owed"]) == ("enforce", [])
    gate = SidecarGate(Path(told["socket"]), gate_uid=os.geteuid())
    decision = gate.ask(
        "retention", "tool.call", {"student": "s-07"}, run="r", chain=REGISTRAR,
        resource="sis.attendance",
    ).decision  # fmt: skip
    assert decision.outcome is Outcome.FORBID  # this process is not that user's
    process.send_signal(signal.SIGHUP)  # nobody has broken glass
    assert process.stderr is not None
    doing = [untimed(process.stderr.readline()) for _ in range(2)]
    assert doing == [f"reading the policy in {folder}\n", f"answering on {told['socket']}\n"]
    door = untimed(process.stderr.readline())
    assert door.startswith("the emergency door stays closed: cannot read")
    with KillSwitch(folder / "kill") as switch:
        switch.throw()
    assert untimed(process.stderr.readline()) == "the kill switch is thrown\n"
    process.send_signal(end)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, untimed(errors)) == (0, "stopped\n")
    assert not Path(told["socket"]).exists()
    assert not verify(folder / "log", now=0, keys=[told["key"]]).problems


def test_with_a_watch_it_acts_on_what_the_log_shows_and_says_so_once(folder: Path) -> None:
    with opened(folder) as governed:
        for event in approving(False):  # the office for aid accepts advice that it never read
            governed.gate.observe(event)
    (folder / "tertius.yaml").write_text("watch: {shipped: true}\n")
    said = []
    for _ in range(2):
        process = started(folder, f"{STRANGER}=retention", "--watch")
        assert process.stdout is not None and process.stderr is not None
        doing = [untimed(process.stderr.readline()) for _ in range(3)]
        assert doing[0].startswith("reading the policy in ")
        assert doing[1] == "warming up the detectors\n"
        assert doing[2].startswith("answering on ") and doing[2].endswith(", watching\n")
        process.stdout.readline()
        said += [] if said else [untimed(process.stderr.readline())]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        said.append(untimed(errors.splitlines(keepends=True)[-1]))
        assert process.returncode == 0
    assert "unverified_agreement: financial-aid, " in said[0], said
    assert said[1:] == ["stopped\n"] * 2  # once, also over a restart
    assert (folder / "private" / "watch.db").exists()
    kept = list(LogReader(folder / "log" / "writers" / "gate").events())
    changes = [each for each in kept if isinstance(each, PolicyChanged) and each.run == "watch"]
    assert [(each.change, each.subject) for each in changes] == [("narrow", "financial-aid")]
    assert sum(isinstance(each, Escalated) for each in kept) == 1


def test_a_gate_without_a_watch_does_not_load_what_compiles() -> None:
    code = "import sys, tertius.cli.serve_gate; print('numba' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"


def test_a_watch_with_a_mistake_in_its_settings_stops_the_start(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = "{name: gone-quiet, why: w, detectors: [avoidance]}"
    (folder / "tertius.yaml").write_text(f"watch: {{rules: [{rule}]}}\n")
    assert run([*words(folder, f"{STRANGER}=retention"), "--watch"]) == 2
    assert "a second rule named `gone-quiet`" in capsys.readouterr().err


ASKS_NOBODY = [
    ("{approvers: [deen]}", "watch rule `cut`: unknown approver `deen`; did you mean `dean`"),
    ("{quorum: 9}", "watch rule `cut` wants 9 approvals, and 2 people are enrolled"),
]


@pytest.mark.parametrize(("terms", "why"), ASKS_NOBODY)
def test_a_rule_of_the_watch_that_nobody_could_answer_stops_the_start(
    folder: Path, terms: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = f"{{name: cut, why: w, detectors: [avoidance], measure: quarantine, terms: {terms}}}"
    (folder / "tertius.yaml").write_text(f"watch: {{rules: [{rule}]}}\n")
    for asked in ([], ["--watch"]):
        assert run([*words(folder, f"{STRANGER}=retention"), *asked]) == 2
        assert why in capsys.readouterr().err
    settings = str(folder / "tertius.yaml")
    assert run(["watch", str(folder / "log"), "--once", "--config", settings]) == 2
    assert why in capsys.readouterr().err
    assert run(["lint", str(folder)]) == 1
    assert why in capsys.readouterr().out


@pytest.mark.parametrize(
    ("agents", "why"),
    [
        ("4=retention", "give it a user of its own"),
        ("0=retention", "no agent may run as user 0"),
        ("retention", "names no user and agents; expected `1003=tutor,aid`"),
        ("no-such-user-here=retention", "no user `no-such-user-here` on this machine"),
    ],
)
def test_it_does_not_stand_where_it_would_not_be_apart(
    folder: Path, agents: str, why: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4)
    assert run(words(folder, agents)) == 2
    assert why in capsys.readouterr().err
    assert not (folder / "log").exists()


def test_a_folder_that_agents_can_look_into_stops_the_start(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.chmod(0o755)
    assert run(words(folder, f"{STRANGER}=retention")) == 2
    assert "others can look into" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gate: {levl: sidecar}", "1:8: unknown key `levl`; did you mean `level`"),
        ("gate: {level: in_process}", "`level` is `in_process`, and this would be `sidecar`"),
        ("gate: {folder: elsewhere}", "`folder` is `elsewhere`; expected `.`"),
        (
            "escalation: {triggers: [{name: t, why: w, agents: [tutor]}]}",
            "trigger `t`: unknown agent `tutor`; did you mean `tutoring`",
        ),
    ],
)
def test_a_configuration_that_is_wrong_stops_the_start(
    folder: Path, text: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tertius.yaml").write_text(text)
    assert run(words(folder, f"{STRANGER}=retention")) == 2
    assert why in capsys.readouterr().err
    assert not (folder.parent / "run" / "gate.sock").exists()


def test_an_agent_that_has_no_manifest_stops_the_start(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(folder, f"{STRANGER}=retentoin")) == 2
    said = capsys.readouterr().err
    assert "agent `retentoin` has no manifest in force; did you mean `retention`" in said


@pytest.mark.parametrize("gone", [False, True])
def test_one_agent_without_a_manifest_does_not_stop_the_others(folder: Path, gone: bool) -> None:
    path = folder / "policy" / "manifests" / "tutoring.signed.json"
    with opened(folder):  # the agent had one once
        pass
    if gone:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"garbage")
    process = started(folder, f"{STRANGER}=retention,tutoring")
    assert process.stdout is not None
    shown = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert json.loads(shown)["mode"] == "enforce", errors
    assert "`tutoring` may do nothing: " in errors and process.returncode == 0


@pytest.mark.parametrize("thrown", [False, True])
def test_a_thrown_kill_switch_is_told_at_the_start(folder: Path, thrown: bool) -> None:
    with opened(folder) as standing:
        if thrown:
            standing.kill.throw()
    process = started(folder, f"{STRANGER}=retention")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    said = f"nothing may start: the kill switch is thrown; `tertius kill {folder} --reset`"
    assert (said in errors) is thrown, errors


def test_a_manifest_that_cannot_be_read_is_named_by_its_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "policy" / "manifests" / "retention.signed.json").open("ab") as file:
        file.write(b"garbage")
    assert run(words(folder, f"{STRANGER}=retention")) == 2
    said = capsys.readouterr().err
    assert "agent `retention` has no manifest in force: retention.signed.json: " in said
