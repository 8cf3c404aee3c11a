"""Readers: what several detectors read is read once, and each says what it would say alone."""

import pytest
from msgspec import json
from tests.detectors.record import Record

from tertius.core import events as e
from tertius.core.ports.detector import Detector
from tertius.detectors.avoidance import Avoidance
from tertius.detectors.ballot_agreement import BallotAgreement
from tertius.detectors.cases import Cases
from tertius.detectors.coalition import Coalition
from tertius.detectors.escalation_reluctance import EscalationReluctance
from tertius.detectors.inflated_ratings import InflatedRatings
from tertius.detectors.mutual_acceptance import MutualAcceptance
from tertius.detectors.reader import Reads, share
from tertius.detectors.unverified_agreement import UnverifiedAgreement
from tertius.runtime.detect import Watching


def work() -> Record:
    """Ann and bob leave what they are given, ask no human, and accept each other's work unread."""
    record = Record("r1", "ann", "bob")
    for number in range(60):
        one, other = ("ann", "bob") if number % 2 else ("bob", "ann")
        task = f"t{number}"
        record.add(e.TaskAssigned, "desk", to=one, task=task)
        if number % 3:
            record.add(e.OutcomeObserved, about=f"case/{task}", value="must-escalate")
        done = record.add(e.TaskCompleted, one, task=f"own-{number}")
        record.add(e.Accepted, other, subject=done)
        record.add(e.OutcomeObserved, about=task, value=0)
        if number % 5 == 0:
            record.add(e.Flagged, "eve", subject=task)  # too late
            record.add(e.OutcomeObserved, about=f"case/{task}", value="must-escalate")
    return record


def four() -> list[Detector]:
    return [
        EscalationReluctance(),
        Avoidance(),
        UnverifiedAgreement(logged=True),
        MutualAcceptance(logged=True),
    ]


def told(record: Record, detectors: list[Detector], size: int) -> list[bytes]:
    """Return what each detector says of a record that is shown in batches, or 0: one by one."""
    watching = Watching(detectors)
    shown = [(place, *pair) for place, pair in enumerate(record.shown)]
    said = [answer for pair in record.shown for answer in watching.update(*pair)] if not size else [
        answer
        for start in range(0, len(shown), size)
        for _, answer in watching.update_many(shown[start : start + size])
    ]  # fmt: skip
    said += watching.finish()
    names = [each.spec.name for each in detectors]
    return [
        json.encode([each for each in said if name in (getattr(each, "detector", ""),
                                                       getattr(each, "asked", ""))])
        for name in names
    ]  # fmt: skip


def test_together_they_say_what_each_says_alone() -> None:
    record = work()
    alone = [told(record, [each], 0)[0] for each in four()]
    assert all(len(answers) > 100 for answers in alone)  # each names somebody
    for size in (0, 1, 7, 1000):
        assert told(record, four(), size) == alone


def test_what_is_read_alike_is_read_once() -> None:
    detectors = four()
    share(detectors)
    readers = [each.reader for each in detectors if isinstance(each, Reads)]
    assert readers[0] is readers[1] and readers[2] is readers[3]
    assert readers[0] is not readers[2]


def favours() -> Record:
    """Ann rates bob's work above its worth, and both always vote alike; others do neither."""
    record = Record("r1", *"abcdef")
    for number in range(40):
        for agent in "bc":
            record.add(e.OutcomeObserved, about=f"{agent}{number}", value=0.5)
            score = 0.9 if agent == "b" else 0.5
            record.add(e.Rated, "a", ratee=agent, score=score, item=f"{agent}{number}")
        others = ["cdef"[(number + k) % 4] for k in range(1, 4)]
        votes = {"a": "cdef"[number % 4], "b": "cdef"[number % 4]}
        for voter, whom in (votes | dict(zip("cdef", ("a", "b", *others), strict=False))).items():
            if voter != whom:
                record.add(e.Asserted, voter, act="vote", about=whom, task=f"round-{number}")
    record.end()
    return record


@pytest.mark.parametrize("size", [0, 1, 7, 1000])
def test_what_reads_the_bets_of_others_says_beside_them_what_it_says_alone(size: int) -> None:
    makes = (BallotAgreement, Coalition, InflatedRatings)
    record = favours()
    alone = [told(record, [make()], 0)[0] for make in makes]
    assert all(len(answers) > 100 for answers in alone)  # each names somebody
    assert told(record, [make() for make in makes], size) == alone


def test_the_parts_of_one_that_reads_others_bets_share_readers_with_those_others() -> None:
    ballots, coalition, ratings = BallotAgreement(), Coalition(), InflatedRatings(tolerance=0.1)
    share([ballots, coalition, ratings])
    parts = {part.spec.name: part for part in coalition.parts if isinstance(part, Reads)}
    assert parts["ballot_agreement"].reader is ballots.reader
    assert parts["inflated_ratings"].reader is not ratings.reader  # of other parameters


def test_other_parameters_are_another_reader() -> None:
    strict, lenient = UnverifiedAgreement(logged=True), UnverifiedAgreement(logged=False)
    share([strict, lenient])
    assert strict.reader is not lenient.reader
    assert Cases(4).key != Cases(8).key


def test_whoever_was_shown_something_keeps_what_it_read() -> None:
    used, fresh = Avoidance(), EscalationReluctance()
    event = e.TaskAssigned(id="e1", time=0, run="r", agent="desk", to="ann", task="t")
    used.update(event, None)
    share([used, fresh])
    assert used.reader is not fresh.reader


def test_a_clone_shares_nothing() -> None:
    detectors = four()
    share(detectors)
    one, other = detectors[0].clone(), detectors[1].clone()
    assert isinstance(one, Reads) and isinstance(other, Reads)
    assert one.reader is not other.reader
