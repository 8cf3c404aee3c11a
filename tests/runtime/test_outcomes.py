"""Outcomes become events of a writer of their own, joined to what they are about."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tertius.core.events import MessageSent, OutcomeObserved
from tertius.log.content import SeededSalts
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.read import LogReader
from tertius.log.verify import verify
from tertius.runtime.outcome_rows import OutcomeFileError, Row
from tertius.runtime.outcomes import append, outcomes


def row(subject: str, name: str, value: object, line: int = 2, **more: object) -> Row:
    plain = {"run": name if subject == "run" else "", "time": 0, "id": "", "note": "", **more}
    return Row(line=line, subject=subject, name=name, value=value, **plain)  # type: ignore[arg-type]


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "keys", outside=tmp_path / "log")


@pytest.fixture
def log(tmp_path: Path, keys: KeyFolder) -> Iterator[Path]:
    with Deployment(tmp_path / "log", keys=keys, salts=SeededSalts(1)) as deployment:
        writer = deployment.writer("analyze")
        for run, task in (("r1", "order"), ("r2", "order"), ("r2", "refund")):
            writer.append(MessageSent(id=f"{run}/{task}", time=0, run=run, agent="ann", task=task))
    yield tmp_path / "log"


def added(log: Path, keys: KeyFolder, *rows: Row) -> list[OutcomeObserved]:
    events, _ = outcomes(rows, log, file="o.csv")
    with Deployment(log, keys=keys) as deployment:
        append(events, deployment)
        key = deployment.key
    assert verify(log, now=1_800_000_000, pinned=[key.vkey]).status == "verified"
    found = LogReader(log / "writers" / "outcomes").events()
    return [event for event in found if isinstance(event, OutcomeObserved)]


def test_events_runs_and_tasks_are_found_and_the_log_still_verifies(
    log: Path, keys: KeyFolder
) -> None:
    event, run, task, about = added(
        log,
        keys,
        row("event", "r1/order", "delivered", note="all of it"),
        row("run", "r2", True),
        row("task", "refund", 42.5),
        row("about", "r2/order", 1),
    )
    assert (event.run, event.about, event.value) == ("r1", "r1/order", "delivered")
    (cause,) = event.causes
    assert cause.log is not None
    assert (cause.id, cause.log.index) == ("r1/order", 1)
    assert (run.run, run.about, run.causes) == ("r2", "r2", ())
    assert (task.run, task.task, task.about) == ("r2", "refund", "refund")
    assert (about.run, about.causes[0].id) == ("r2", "r2/order")
    assert LogReader(log / "writers" / "outcomes").content(1) == b"all of it"


def test_harm_to_a_party_is_about_a_run(log: Path, keys: KeyFolder) -> None:
    (harm,) = added(log, keys, row("about", "harm/client", 12.5, run="r2"))
    assert (harm.run, harm.about, harm.value) == ("r2", "harm/client", 12.5)
    for run, problem in (("r3", "no run `r3` in the log"), ("", "no event, run or task `harm/cli")):
        with pytest.raises(OutcomeFileError, match=problem):
            outcomes([row("about", "harm/client", 1, run=run)], log, file="o.csv")


def test_importing_again_adds_only_what_is_new(log: Path, keys: KeyFolder) -> None:
    rows = [row("run", "r1", 1), row("run", "r1", 1), row("run", "r2", 0, id="case-7")]
    assert len(added(log, keys, *rows)) == 3
    events, already = outcomes([*rows, row("run", "r1", 2)], log, file="o.csv")
    assert ([record.event.value for record in events], already) == ([2], 3)  # type: ignore[union-attr]


def test_a_row_that_says_something_else_than_before_is_refused(log: Path, keys: KeyFolder) -> None:
    added(log, keys, row("run", "r1", 1, id="case-7"))
    with pytest.raises(OutcomeFileError, match="row `case-7` says `2` about `r1`, and said before"):
        outcomes([row("run", "r1", 2, id="case-7")], log, file="o.csv")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (row("event", "r1/ordr", 1), "no event `r1/ordr` in the log; did you mean `r1/order`"),
        (row("run", "r3", 1), "no run `r3` in the log; expected one of `r1`, `r2`"),
        (row("task", "refun", 1), "no task `refun` in the log; did you mean `refund`"),
        (row("about", "refun", 1), "no event, run or task `refun` in the log"),
        (row("task", "order", 1), "task `order` is in 2 runs; name one under `run`"),
        (row("task", "refund", 1, run="r1"), "no task `refund` in run `r1`"),
        (row("event", "r1/order", 1, run="r2"), "event `r1/order` is of run `r1`, not `r2`"),
    ],
)
def test_what_is_not_there_is_answered_with_the_nearest(
    log: Path, wrong: Row, problem: str
) -> None:
    with pytest.raises(OutcomeFileError) as caught:
        outcomes([row("run", "r1", 1), wrong], log, file="o.csv")
    assert problem in str(caught.value)
    assert str(caught.value).startswith("o.csv:2: ")
    assert not (log / "writers" / "outcomes").exists()
