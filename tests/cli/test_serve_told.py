"""What a gate's terminal tells while it stands: a line each, with its time."""

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from tests.runtime.test_governed import AWARD, ask

from tertius.cli.demo_scenes.university.founding import approver, found
from tertius.cli.serve_told import Told, timed
from tertius.core.oversight_events import PolicyChanged
from tertius.escalation.approvers import Choice, sign
from tertius.policy.kill import KillSwitch
from tertius.runtime.governed import Governed, open_gate

TIMED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  (.*)")
Seen = pytest.CaptureFixture[str]


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Governed]:
    found(tmp_path / "u")
    with open_gate(tmp_path / "u", checkpoint_every=None) as governed:
        yield governed


def told(standing: Governed) -> Told:
    return Told(standing, standing.log.parent / "escalations.db")


def new(watcher: Told, seen: Seen) -> list[str]:
    """Return what the next look tells, behind its time."""
    watcher.look()
    found = [TIMED.fullmatch(line) for line in seen.readouterr().err.splitlines()]
    assert all(found)
    return [line[1] for line in found if line]


def rules(standing: Governed, id: str, choice: Choice) -> None:
    assert standing.desk is not None
    asked = standing.desk.show(id, now=time.time_ns()).question.escalation
    ruling = sign(
        approver("dean"), standing.desk.origin, asked,
        person="dean", choice=choice, view=asked.view, time=time.time_ns(),
    )  # fmt: skip
    standing.desk.rule(ruling, now=time.time_ns())


def observes(standing: Governed, change: Literal["quarantine", "resume"]) -> None:
    standing.gate.observe(
        PolicyChanged(
            id=f"ops/{change}", time=time.time_ns(), run="ops", what="edge", subject="tutoring",
            peer="advising", change=change, reason="by hand: odd\x1b[2J advice",
        )
    )  # fmt: skip


def test_a_cut_and_a_lift_are_told_once(standing: Governed, capsys: Seen) -> None:
    watcher = told(standing)
    assert new(watcher, capsys) == []
    observes(standing, "quarantine")
    assert new(watcher, capsys) == [
        r"edge tutoring to advising is quarantined: by hand: odd\x1b[2J advice"
    ]
    assert new(watcher, capsys) == []
    observes(standing, "resume")
    assert new(watcher, capsys) == ["edge tutoring to advising passes again"]
    assert new(watcher, capsys) == []


@pytest.mark.parametrize(
    ("choice", "said"),
    [("approve", "granted; 1 of 1 approve (dean)"), ("deny", "denied; dean said no")],
)
def test_a_question_and_what_is_ruled_are_told(
    choice: Choice, said: str, standing: Governed, capsys: Seen
) -> None:
    watcher = told(standing)
    asked = ask(standing, "financial-aid", "aid.award", AWARD)
    assert asked.request is not None
    id = asked.request.id
    [line] = new(watcher, capsys)
    assert line.startswith(f"question {id} is asked: may financial-aid ")
    assert new(watcher, capsys) == []
    rules(standing, id, choice)
    assert new(watcher, capsys) == [f"question {id}: {said}"]
    assert new(watcher, capsys) == []


def test_the_kill_switch_is_told_and_what_it_voids(standing: Governed, capsys: Seen) -> None:
    watcher = told(standing)
    asked = ask(standing, "financial-aid", "aid.award", AWARD)
    assert asked.request is not None
    new(watcher, capsys)
    with KillSwitch(standing.log.parent / "kill") as switch:
        switch.throw()
    void = f"question {asked.request.id}: void; 0 of 1 approve"
    assert new(watcher, capsys) == ["the kill switch is thrown", void]


def test_what_is_logged_carries_the_time_too(capsys: Seen) -> None:
    with timed():
        logging.getLogger("tertius.runtime.revoking").error("the gate is closed")
    assert [TIMED.fullmatch(each) for each in capsys.readouterr().err.splitlines()] != [None]
    logging.getLogger("tertius.runtime.revoking").error("not timed")
    assert "UTC" not in capsys.readouterr().err
