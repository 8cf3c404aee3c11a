"""One pass over a log for everybody who remembers, and the desk's events on their way into it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tertius.core.events import ToolCalled
from tertius.core.oversight_events import Escalated, PolicyChanged, Ruled
from tertius.escalation.asked import Logged, NotWhatWasAskedError
from tertius.escalation.transaction import Record
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.runtime.past import EscalationsTold, Past

NOW = 1_800_000_000_000_000_000
ASKED = Escalated(id="q1/0", time=NOW, run="r", escalation="q1", request="0" * 64, deadline=NOW + 9)
ENDED = Ruled(id="q1/1", time=NOW, run="r", escalation="q1", ruling="expired")


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    key = SigningKey("tertius/test", bytes(32))
    with Writer(tmp_path / "log", key=key, clock=lambda: NOW) as log:
        yield log


def test_everybody_hears_every_event_and_contents_are_at_hand(writer: Writer) -> None:
    sealed = writer.seal(b"{}")
    called = ToolCalled(id="t1", time=NOW, run="r", tool="x", content=sealed.digest)
    load = PolicyChanged(id="l1", time=NOW, run="policy", subject="constitution", change="load")
    writer.extend([(called, sealed), (load, None), (ASKED, None), (ENDED, None)])
    writer.checkpoint()
    past = Past(LogReader(writer.folder))
    heard: list[str] = []
    found = [
        (event.id, past.content(event))
        for event in past.events(lambda event: heard.append(event.id))
    ]
    assert found[1:] == [("t1", b"{}"), ("l1", None), ("q1/0", None), ("q1/1", None)]
    assert heard == [id for id, _ in found]
    assert past.escalations == {"q1/0", "q1/1"} and past.loads == 1
    assert past.asked == {"q1": Logged(ASKED.request, ASKED.deadline, "")}


def test_what_the_log_has_is_not_told_twice(writer: Writer) -> None:
    asked: dict[str, Logged] = {}
    tell = EscalationsTold(writer, {"q1/0"}, asked)
    records = [Record(1, ASKED, b"the card"), Record(2, ENDED, None)]
    tell(records, True)
    assert writer.status().durable == writer.status().accepted
    writer.checkpoint()
    assert [event.id for event in LogReader(writer.folder).events()][1:] == ["q1/1"]
    tell(records[:1], False)
    writer.checkpoint()
    reader = LogReader(writer.folder)
    assert reader.event(2).id == "q1/0" and reader.content(2) == b"the card"
    tell([], False)
    assert asked["q1"].times == 1 and asked["q1"].shown
    tell(records[:1], False)
    assert asked["q1"].times == 2  # a forged one: no question of that name counts any more


def test_nothing_but_questions_gets_in_by_way_of_the_desk(writer: Writer) -> None:
    forged = PolicyChanged(id="x", time=NOW, run="policy", subject="policy", change="resume")
    with pytest.raises(NotWhatWasAskedError, match="no desk puts down"):
        EscalationsTold(writer, set(), {})([Record(1, forged, None)], False)
