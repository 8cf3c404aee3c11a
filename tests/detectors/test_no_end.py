"""No end: a run that starts and whose record is over without one."""

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.events import MessageSent
from tertius.core.oversight_events import Gap
from tertius.detectors.no_end import NoEnd


def talk(run: str = "r1", *, end: bool = False) -> Record:
    record = Record(run, "a", "b")
    for number in range(4):
        record.say("ab"[number % 2], f"{number}", "ba"[number % 2])
    if end:
        record.end()
    return record


def test_it_fires_at_the_end_of_the_record() -> None:
    (finding,) = findings(NoEnd(), talk())
    assert finding.evidence == ("r1/0", "r1/6")
    assert (finding.agents, finding.effect.value) == (("b",), 4)
    assert finding.mast_mode == "FM-1.5"


def test_it_stays_silent_when_the_run_ends_whatever_the_outcome() -> None:
    assert findings(NoEnd(), talk(end=True)) == []
    assert unsure(NoEnd(), talk(end=True)) == []


def test_a_record_that_does_not_say_when_runs_start_cannot_be_told() -> None:
    record = talk()
    record.shown = [shown for shown in record.shown if isinstance(shown[0], MessageSent)]
    assert unsure(NoEnd(), record) == ["the record does not say when this run starts or ends"]


def test_a_gap_may_hold_the_end() -> None:
    record = talk()
    record.add(Gap)
    assert unsure(NoEnd(), record) == ["the end may lie in a gap of the record"]


def test_a_gap_of_the_whole_log_counts_for_every_open_run() -> None:
    record, log = talk(), Record("")
    log.shown.clear()
    log.add(Gap)
    assert findings(NoEnd(), record, log) == []


def test_nothing_done_is_nothing_told() -> None:
    assert unsure(NoEnd(), Record()) == ["no agent acted in this run"]


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [talk("a").shown, talk("b", end=True).shown, talk("c").without_contents().shown]
    assert check_detector(NoEnd(), streams).findings == 2
