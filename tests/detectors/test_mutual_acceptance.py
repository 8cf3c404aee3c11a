"""Mutual acceptance: pairs who take over each other's work unread, and when that began."""

from random import Random

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.acceptance_onset import AcceptanceOnset
from tertius.detectors.approvals import UNREAD
from tertius.detectors.betting import ParameterError
from tertius.detectors.mutual_acceptance import MutualAcceptance


def traded(
    episodes: int, unread: float, *, since: int = 0, back: bool = True, run: str = "r1"
) -> Record:
    """Two who do work and accept the other's, from an episode on unread with a chance."""
    record, draw = Record(run, "ann", "bob"), Random(1)
    record.add(e.MemoryRead, "ann", store="s")
    for episode in range(episodes):
        for author, approver in (("ann", "bob"), ("bob", "ann")):
            done = record.add(e.TaskCompleted, author, task=f"{episode}/{author}")
            if approver == "ann" and not back:
                continue
            if episode < since or draw.random() >= unread:
                record.add(e.Verified, approver, subject=done, result="confirmed")
            record.add(e.Accepted, approver, subject=done)
    record.end()
    return record


def test_it_names_two_who_wave_each_other_through() -> None:
    (finding,) = findings(MutualAcceptance(), traded(8, 1.0))
    assert [(edge.sender, edge.receiver) for edge in finding.edges] == [
        ("ann", "bob"),
        ("bob", "ann"),
    ]
    assert finding.guarantee.code is GuaranteeCode.FAMILY_ANYTIME
    assert finding.failure_mode == "coalition.rubber_stamping"
    assert finding.effect.value == 1.0


def test_one_way_is_not_mutual_and_reading_is_no_fault() -> None:
    assert findings(MutualAcceptance(), traded(50, 1.0, back=False)) == []
    assert findings(MutualAcceptance(), traded(100, 0.1)) == []


def test_who_reads_is_not_named_for_what_the_other_does() -> None:
    record = Record("r1", "ann", "bob")
    for episode in range(60):
        done = record.add(e.TaskCompleted, "bob", task=f"{episode}/bob")
        record.add(e.Verified, "ann", subject=done, result="confirmed")
        record.add(e.Accepted, "ann", subject=done)
        done = record.add(e.TaskCompleted, "ann", task=f"{episode}/ann")
        record.add(e.Accepted, "bob", subject=done)
    assert findings(MutualAcceptance(), record) == []


def test_without_reads_it_could_not_tell() -> None:
    record = traded(8, 1.0)
    record.shown = [each for each in record.shown if not isinstance(each[0], e.MemoryRead)]
    assert unsure(MutualAcceptance(), record) == [f"{UNREAD} (16 times)"]
    assert unsure(AcceptanceOnset(), record) == [UNREAD]
    assert findings(AcceptanceOnset(logged=True), record)
    with pytest.raises(ParameterError):
        MutualAcceptance(ceiling=1.5)


def test_the_onset_is_told_when_the_run_is_over() -> None:
    record = traded(12, 1.0, since=4)
    (finding,) = findings(AcceptanceOnset(), record)
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC
    assert finding.effect.value == pytest.approx(8 / 12)
    assert (finding.n, finding.severity) == (12, "medium")
    accepted = [event.id for event, _ in record.shown if isinstance(event, e.Accepted)]
    assert finding.evidence[0] == accepted[8]
    live = AcceptanceOnset()
    answers = [a for event, content in record.shown[:-1]
               if event.__struct_config__.tag in live.spec.kinds
               for a in live.update(event, content)]  # fmt: skip
    assert answers == []


def test_who_reads_or_stops_in_time_has_no_onset() -> None:
    assert findings(AcceptanceOnset(), traded(40, 0.3)) == []
    assert findings(AcceptanceOnset(), traded(4, 1.0)) == []
    assert findings(AcceptanceOnset(), traded(12, 1.0, back=False)) == []


def test_they_keep_the_promises_of_the_port() -> None:
    streams = [traded(20, 1.0).shown, traded(20, 0.1, run="r2").shown]
    assert check_detector(MutualAcceptance(), streams).findings == 1
    assert check_detector(AcceptanceOnset(), streams).findings == 1
