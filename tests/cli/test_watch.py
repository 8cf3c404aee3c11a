"""`tertius watch`: lines for machines and people, state over restarts, and a way to leave."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tertius.cli.main import run
from tertius.core.events import BaseEvent, MessageSent, RunEnded, TaskAssigned
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer

KEY = SigningKey("tertius/test", bytes(32))


def lost(name: str) -> list[BaseEvent]:
    """A run in which a message goes to nobody."""
    return [
        MessageSent(id=f"{name}/1", time=0, run=name, agent="a", recipients=("ghost",)),
        RunEnded(id=f"{name}/2", time=0, run=name),
    ]


def write(folder: Path, *events: BaseEvent) -> None:
    with Writer(folder, key=KEY) as log:
        log.extend([(event, None) for event in events])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(each) for each in capsys.readouterr().out.splitlines()]


def test_a_recording_is_told_from_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "week.jsonl").write_text("{}\n")
    assert run(["watch", str(tmp_path / "week.jsonl")]) == 2
    told = capsys.readouterr().err
    assert "week.jsonl` is a file, no log; `tertius analyze " in told
    assert "week.jsonl --log DIR` makes one of a recording" in told


def test_people_read_findings_as_lines_and_what_could_not_be_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assigned = TaskAssigned(id="t", time=0, run="open", agent="lead", to="ann", task="t1")
    write(Path("log"), *lost("r0"), assigned)
    assert run(["watch", "log", "--once"]) == 0
    said = capsys.readouterr().out.splitlines()
    (lost_to,) = (each for each in said if "unknown_recipient: a" in each)
    assert "  fact  under no rule  held against: " in lost_to
    assert any(each.startswith("4 events, ") for each in said)
    assert any(each.startswith("could not tell: ") for each in said)
    assert "had nothing to read, such as " in said[-1]
    assert run(["watch", "log", "--once", "--json"]) == 0
    seen = {each["name"]: each for each in lines(capsys)[-1]["detectors"]}
    assert "message.sent" in seen["unknown_recipient"]["seen"]
    assert seen["outcome_divergence"]["seen"] == []


def test_with_a_state_nothing_is_said_twice(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["watch", "log", "--once", "--json", "--state", "seen.db"]
    for number in range(3):
        write(Path("log"), *lost(f"r{number}"))
        assert run(words) == 0
        runs = [each["finding"]["run"] for each in lines(capsys) if "finding" in each]
        assert set(runs) == {f"r{number}"}
    assert run([*words, "--fail-on", "low"]) == 1  # what was said before counts
    assert [each for each in lines(capsys) if "finding" in each] == []


def test_a_finding_for_machines_says_what_it_promises(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("log"), *lost("r0"))
    assert run(["watch", "log", "--once", "--json"]) == 0
    first = next(each for each in lines(capsys) if "finding" in each)
    assert first.keys() == {
        "position", "id", "guarantee_words", "rule", "measure", "escalation", "finding"
    }  # fmt: skip
    assert (first["rule"], first["measure"]) == (None, None)
    assert first["finding"]["null"]
    assert first["guarantee_words"].startswith("follows from the record, no statistics; given: ")
    assert first["escalation"] == ""


def test_a_finding_says_under_which_rule_of_the_configuration_it_falls(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(Path("log"), *lost("r0"))
    Path("tertius.yaml").write_text(
        "watch: {rules: [{name: nobody-there, why: w, detectors: [unknown_recipient],"
        " measure: verify}]}\n"
    )
    assert run(["watch", "log", "--once", "--json"]) == 0
    rules = {each["finding"]["detector"]: each["rule"] for each in lines(capsys) if "rule" in each}
    assert rules["unknown_recipient"] == "nobody-there"
    assert run(["watch", "log", "--once"]) == 0
    assert "under rule nobody-there (verify)" in capsys.readouterr().out


@pytest.mark.parametrize("once", [["--once"], []])
@pytest.mark.parametrize("log", ["gate/log", "gate/log/writers/gate"])
def test_the_configuration_is_that_of_the_gate_whose_log_it_is(
    log: str, once: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(Path(log), *lost("r0"))
    rule = "watch: {{rules: [{{name: {}, why: w, detectors: [unknown_recipient]}}]}}\n"
    Path("tertius.yaml").write_text(rule.format("here"))

    def pause(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", pause)
    for expected in ("here", "theirs"):
        assert run(["watch", log, "--json", *once]) == 0
        told = [each for each in lines(capsys) if "rule" in each]
        rules = {each["finding"]["detector"]: each["rule"] for each in told}
        assert rules["unknown_recipient"] == expected
        Path("gate/tertius.yaml").write_text(rule.format("theirs"))


def test_ctrl_c_ends_it_when_it_follows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(Path("log"), *lost("r0"))
    waits = iter([lambda: write(Path("log"), *lost("r1")), lambda: None])

    def pause(seconds: float) -> None:
        assert seconds == 0.5
        try:
            next(waits)()
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(time, "sleep", pause)
    assert run(["watch", "log", "--json", "--every", "0.5"]) == 0
    told = capsys.readouterr()
    found = [json.loads(each) for each in told.out.splitlines()]
    assert {each["finding"]["run"] for each in found} == {"r0", "r1"}
    assert told.err.endswith("events watched\n")


def test_a_configuration_says_which_detectors_run(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("log"), *lost("r0"))
    Path("mine.yaml").write_text("detectors: {run: [no_end]}\n")
    assert run(["watch", "log", "--once", "--json", "--config", "mine.yaml"]) == 0
    assert lines(capsys)[-1]["findings"] == 0
    Path("tertius.yaml").write_text("detectors: {run: [no_ende]}\n")
    assert run(["watch", "log", "--once"]) == 2
    assert "did you mean `no_end`" in capsys.readouterr().err


@pytest.mark.parametrize("every", ["0", "0.001", "4000", "nan", "-1"])
def test_a_pause_that_means_nothing_is_refused(
    every: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["watch", "log", "--once", f"--every={every}"]) == 2
    assert "expected seconds from 0.02 to 3600" in capsys.readouterr().err
