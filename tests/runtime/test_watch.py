"""The watch: each finding said once, also over restarts, and what it says is what a replay says."""

import json
from pathlib import Path

import pytest

from tertius.cli.main import run
from tertius.core.events import BaseEvent, MessageSent, RunEnded, ToolCalled
from tertius.core.finding import Finding
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.runtime.detect import battery, detect_log
from tertius.runtime.mapping import Mapping
from tertius.runtime.rules import EventRule
from tertius.runtime.watch import Watch
from tertius.runtime.watch_state import OtherWatchError

KEY = SigningKey("tertius/test", bytes(32))
NAMES = ["unknown_recipient", "unreturned_result"]


def lost(run: str) -> list[BaseEvent]:
    """A run in which a message goes to nobody."""
    return [
        MessageSent(id=f"{run}/1", time=0, run=run, agent="a", recipients=("ghost",)),
        RunEnded(id=f"{run}/2", time=0, run=run),
    ]


def add(log: Writer, events: list[BaseEvent]) -> None:
    log.wait(log.extend([(event, None) for event in events])[-1])


def test_a_finding_is_said_once_also_after_a_restart(tmp_path: Path) -> None:
    state, said = tmp_path / "state", []
    with Writer(tmp_path / "log", key=KEY) as log:
        for number in range(3):
            with Watch(tmp_path / "log", battery(NAMES), state=state) as watch:
                add(log, lost(f"r{number}"))
                said += [told.finding.run for told in watch.look()]
                assert [told.finding.run for told in watch.told] == said
    assert said == ["r0", "r1", "r2"]


def test_what_is_kept_at_hand_is_bounded_and_all_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertius.runtime.watch.LATEST", 3)
    monkeypatch.setattr("tertius.runtime.watch.SAID", 2)
    state = tmp_path / "state"
    with Writer(tmp_path / "log", key=KEY) as log:
        for runs in (range(4), range(4, 6)):
            with Watch(tmp_path / "log", battery(NAMES), state=state) as watch:
                for number in runs:
                    add(log, lost(f"r{number}"))
                    assert len(watch.look()) == 1
                last = [f"r{number}" for number in range(runs.stop - 3, runs.stop)]
                assert [told.finding.run for told in watch.told] == last
                assert watch.counts.total() == runs.stop


def test_what_was_said_long_ago_is_not_said_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same events under other ids give other findings; the very same one is known by its id."""
    monkeypatch.setattr("tertius.runtime.watch.SAID", 1)
    state = tmp_path / "state"
    with Writer(tmp_path / "log", key=KEY) as log:
        with Watch(tmp_path / "log", battery(NAMES), state=state) as watch:
            add(log, lost("r0") + lost("r1"))
            first, second = watch.look()
        with Watch(tmp_path / "log", battery(NAMES), state=state) as watch:
            assert [watch._is_new(each.finding.id) for each in (first, second)] == [False, False]
            assert watch._is_new("0" * 64)
            assert not watch._is_new("0" * 64)


def test_it_says_what_a_replay_says(tmp_path: Path) -> None:
    with (
        Writer(tmp_path / "log", key=KEY) as log,
        Watch(tmp_path / "log", battery(NAMES), state=tmp_path / "state") as watch,
    ):
        for number in range(4):
            add(log, lost(f"r{number}"))
            watch.look()
        live = [told.finding for told in watch.told]
    replay = detect_log(tmp_path / "log", battery(NAMES))
    assert live == [answer for answer in replay if isinstance(answer, Finding)]


def test_a_crash_between_acting_and_committing_acts_again_with_the_same_finding(
    tmp_path: Path,
) -> None:
    acted: list[str] = []

    def act(finding: object) -> str:
        acted.append(finding.id)  # type: ignore[attr-defined]
        if len(acted) == 1:
            raise KeyboardInterrupt
        return "q1"

    with Writer(tmp_path / "log", key=KEY) as log:
        add(log, lost("r0"))
        watch = Watch(tmp_path / "log", battery(NAMES), state=tmp_path / "s", act=act)
        with watch, pytest.raises(KeyboardInterrupt):
            watch.look()
        with Watch(tmp_path / "log", battery(NAMES), state=tmp_path / "s", act=act) as watch:
            (told,) = watch.look()
    assert acted == [told.finding.id] * 2
    assert told.escalation == "q1"


def test_a_state_of_other_detectors_or_another_log_is_refused(tmp_path: Path) -> None:
    other = SigningKey("tertius/other", bytes(32))
    for name, key in (("a", KEY), ("b", other)):
        with Writer(tmp_path / name / "log", key=key) as log:
            add(log, lost("r0"))
    state = tmp_path / "state"
    with Watch(tmp_path / "a" / "log", battery(NAMES), state=state) as watch:
        watch.look()
    with pytest.raises(OtherWatchError, match="other detectors"):
        Watch(tmp_path / "a" / "log", battery(["no_end"]), state=state)
    with pytest.raises(OtherWatchError, match="tertius/other"):
        Watch(tmp_path / "b" / "log", battery(NAMES), state=state)
    (tmp_path / "text").write_text("no database, a text of some length" * 9)
    with pytest.raises(OtherWatchError, match="no state of a watch"):
        Watch(tmp_path / "a" / "log", battery(NAMES), state=tmp_path / "text")
    with pytest.raises(OtherWatchError, match=r"no folder `.*nodir` for the state"):
        Watch(tmp_path / "a" / "log", battery(NAMES), state=tmp_path / "nodir" / "x")


def test_an_event_that_comes_twice_counts_once(tmp_path: Path) -> None:
    with Writer(tmp_path / "log", key=KEY) as log:
        call = ToolCalled(id="c1", time=0, run="r", agent="a", tool="t")
        add(log, [call, *lost("r"), *lost("r")])
    with Watch(tmp_path / "log", battery(NAMES)) as watch:
        assert len([t for t in watch.look() if t.finding.detector == "unknown_recipient"]) == 1


def test_the_command_prints_findings_as_lines_of_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Writer(tmp_path / "log", key=KEY) as log:
        add(log, lost("r0"))
    words = ["watch", "log", "--once", "--json"]
    assert run(words) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = [line["finding"]["detector"] for line in lines if "finding" in line]
    assert "unknown_recipient" in found
    assert lines[-1]["events"] == 3
    assert run([*words, "--fail-on", "low"]) == 1
    assert run(["watch", "log", "--once", "--every", "0"]) == 2
    assert run(["watch", "nothing-here", "--once"]) == 2
    assert "tertius.yaml" not in capsys.readouterr().err


def test_a_mapping_gives_detectors_what_the_log_does_not_name(tmp_path: Path) -> None:
    rule = {"event": "tool.called", "tool": "pass", "means": "handed.off", "with": {"to": "ghost"}}
    with Writer(tmp_path / "log", key=KEY) as log:
        add(log, [ToolCalled(id="c1", time=0, run="r", agent="a", tool="pass"), *lost("r")[1:]])
    meaning = Mapping([EventRule.model_validate(rule)])
    for meant, edges in ((None, []), (meaning, [("a", "ghost")])):
        with Watch(tmp_path / "log", battery(NAMES), meaning=meant) as watch:
            watch.look()
            assert [told.finding.detector for told in watch.told] == ["unknown_recipient"][
                : len(edges)
            ]
