"""States of runs are opened, bounded and let go; parameters are part of a detector's identity."""

import pytest
from tests.detectors.record import Record, answers, findings, unsure

from tertius.core.finding import CouldNotTell
from tertius.detectors.no_end import NoEnd
from tertius.detectors.per_run import MAX_EVIDENCE, OVER
from tertius.detectors.unknown_recipient import UnknownRecipient


def talk(run: str) -> Record:
    record = Record(run)
    record.say("a", "hello", "b")
    return record


def test_more_runs_than_it_watches_are_let_go_oldest_first() -> None:
    found = answers(NoEnd(runs=2), *(talk(f"r{n}") for n in range(5)))
    gone = [each.run for each in found if isinstance(each, CouldNotTell)]
    assert gone == ["r0", "r1", "r2"]
    assert [each.run for each in findings(NoEnd(runs=2), talk("r3"), talk("r4"))] == ["r3", "r4"]


def test_a_run_that_is_over_stays_over_until_it_starts_again() -> None:
    record = talk("r1")
    record.end()
    record.say("b", "late", "a")
    assert answers(NoEnd(), record) == []
    record.start()
    record.say("a", "and again", "b")
    (finding,) = findings(NoEnd(), record)
    assert finding.evidence == ("r1/4", "r1/5")


def test_names_of_runs_that_are_over_are_bounded() -> None:
    detector = UnknownRecipient()
    for number in range(OVER + 9):
        record = Record(f"r{number}")
        record.say("a", "x", "a")
        record.end()
        for event, content in record.shown[1:]:
            detector.update(event, content)
    assert len(detector._over) == OVER
    assert not detector._runs


def test_events_of_no_run_are_passed_over() -> None:
    assert answers(NoEnd(), talk("")) == []


def test_many_agents_are_cut_to_the_first_and_the_last() -> None:
    record = Record("r1")
    for number in range(99):
        record.say("a", "x", f"n{number}")
    assert all(len(each.agents) <= MAX_EVIDENCE for each in findings(UnknownRecipient(), record))


def test_a_parameter_that_there_is_not() -> None:
    with pytest.raises(TypeError):
        NoEnd(run=3)  # type: ignore[call-arg]  # the mistake under test


def test_unsure_names_the_run() -> None:
    (answer,) = answers(UnknownRecipient(), Record("r9"), *[]) or [None]
    assert answer is None
    assert unsure(NoEnd(), Record("r9")) == ["no agent acted in this run"]
