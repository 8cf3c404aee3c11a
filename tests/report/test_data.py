"""What is gathered for the page."""

from pathlib import Path

import pytest
from tests.report import small
from tests.report.small import ANSWERS, SPECS, START, finding, write

from tertius.core.events import MessageSent, RunStarted
from tertius.core.finding import CouldNotTell
from tertius.log.content import SeededSalts
from tertius.log.deployment import Deployment, KeyFolder
from tertius.report import data
from tertius.report.data import NoRunsInLogError, NoSuchRunError, gather
from tertius.report.run import ERASED, MISSING


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "log")


def test_every_run_is_counted_and_answers_go_home(log: Path) -> None:
    found = gather(log, ANSWERS, SPECS, None)
    assert [(run.name, run.events) for run in found.runs] == [("dull", 2), ("r", 10)]
    assert [len(run.findings) for run in found.runs] == [0, 1]
    assert [answer.why for answer in found.runs[1].unsure] == [small.UNSURE.why]
    assert found.unknown.times == 2
    assert (found.unknown.senders, found.unknown.channels) == (1, 2)


def test_an_answer_about_no_run_is_kept_apart(log: Path) -> None:
    lost = CouldNotTell(asked="votes", why="too few runs")
    assert gather(log, [lost], SPECS, None).unsure == [lost]


def test_only_the_runs_that_were_asked_for(log: Path) -> None:
    found = gather(log, ANSWERS, SPECS, None, runs=["dull"])
    assert [run.name for run in found.runs] == ["dull"]
    assert (found.elsewhere, found.findings, found.unsure) == (1, [], [])
    assert found.kinds.total() == 2


def test_an_unknown_run_is_a_mistake_and_an_empty_log_is_not_evaluated(
    log: Path, tmp_path: Path
) -> None:
    with pytest.raises(NoSuchRunError, match="no run `dul` in this log; did you mean `dull`"):
        gather(log, (), (), None, runs=["dul"])
    with pytest.raises(NoRunsInLogError):
        gather(write(tmp_path / "empty", []), (), (), None)


def test_erased_and_missing_contents_are_told_apart(log: Path) -> None:
    texts = gather(log, (), (), None).pictures[1].events.text
    assert texts[6] == ERASED
    (log / "payload" / "00000000").unlink()
    texts = gather(log, (), (), None).pictures[1].events.text
    assert (texts[6], texts[2]) == (ERASED, MISSING)


def test_what_does_not_fit_is_listed_but_not_drawn_and_the_severe_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "MOST_EVENTS", 12)
    log = write(tmp_path / "log", [*small.story("dull"), *small.story("bad"), *small.story("sad")])
    found = gather(log, [finding(("bad/2",), run="bad")], SPECS, None)
    assert [run.name for run in found.pictures] == ["bad"]
    assert [run.drawn for run in found.runs] == [False, True, False]
    monkeypatch.setattr(data, "MOST_EVENTS", 4)
    found = gather(log, (), SPECS, None)
    assert [(run.name, run.left_out) for run in found.pictures] == [("dull", 6)]


def test_events_of_several_writers_come_by_time(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    keys = KeyFolder(tmp_path / "keys", outside=folder)
    with Deployment(folder, keys=keys, salts=SeededSalts(1)) as deployment:
        one, two = deployment.writer("one"), deployment.writer("two")
        one.append(RunStarted(id="s", time=START, run="r"))
        one.append(MessageSent(id="m3", time=START + 3, run="r", agent="a"))
        two.append(MessageSent(id="m2", time=START + 2, run="r", agent="b"))
        two.append(MessageSent(id="m-unknown", time=0, run="r", agent="b"))
        two.append(MessageSent(id="m4", time=START + 4, run="r", agent="b"))
    (run,) = gather(folder, (), (), None).pictures
    assert run.events.id == ["s", "m2", "m-unknown", "m3", "m4"]
