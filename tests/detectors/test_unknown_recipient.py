"""Unknown recipient: something goes to an agent that neither joins nor acts."""

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.events import TaskAssigned
from tertius.core.guarantee import GuaranteeCode
from tertius.core.oversight_events import Gap
from tertius.detectors.unknown_recipient import UnknownRecipient


def lost(run: str = "r1", to: str = "revewer", times: int = 1) -> Record:
    record = Record(run, "coder", "reviewer")
    for _ in range(times):
        record.say("coder", "please look", to)
    record.say("reviewer", "waiting", "coder")
    record.end()
    return record


def test_it_fires_at_the_end_of_the_run() -> None:
    (finding,) = findings(UnknownRecipient(), lost())
    assert finding.evidence == ("r1/3",)
    assert (finding.edges[0].sender, finding.edges[0].receiver) == ("coder", "revewer")
    assert (finding.guarantee.code, finding.mast_mode) == (GuaranteeCode.FACT, None)


def test_it_counts_how_often() -> None:
    (finding,) = findings(UnknownRecipient(), lost(times=6))
    assert (finding.effect.value, finding.severity) == (6, "high")


def test_it_stays_silent_on_members_who_keep_silent_and_on_late_ones() -> None:
    assert findings(UnknownRecipient(), lost(to="reviewer")) == []
    record = Record()
    record.say("a", "hello", "b")
    record.say("b", "hello", "a")
    assert findings(UnknownRecipient(), record) == []
    assert unsure(UnknownRecipient(), record) == []


def test_people_and_tools_outside_are_nobodys_agents() -> None:
    assert findings(UnknownRecipient(), lost(to="User")) == []
    assert findings(UnknownRecipient(outside=()), lost(to="User"))
    record = Record()
    record.say("a", "done", "somebody", via="human")
    record.say("a", "ls", "shell", via="tool")
    assert findings(UnknownRecipient(), record) == []


def test_work_can_go_to_nobody_too() -> None:
    record = Record("r1", "lead")
    record.hand("lead", "ghost")
    record.add(TaskAssigned, "lead", to="ghost")
    (finding,) = findings(UnknownRecipient(), record)
    assert finding.effect.value == 2


def test_unknown_recipients_and_gaps_cannot_be_told() -> None:
    record = Record()
    record.say("a", "hello")
    assert unsure(UnknownRecipient(), record) == ["no recipients are recorded in this run"]
    record = lost()
    record.shown.insert(0, Record("r1").shown[0])
    record.shown.pop()
    record.add(Gap)
    assert unsure(UnknownRecipient(), record)[0].endswith("gap of the record")


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [lost("a").shown, lost("b", "reviewer").shown, lost("c", times=90).shown]
    assert check_detector(UnknownRecipient(), streams).findings == 2
