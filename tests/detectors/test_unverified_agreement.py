"""Unverified agreement: approvals against a declared ceiling of unread ones."""

from random import Random
from typing import Any

import pytest
from msgspec.structs import replace
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.events import Accepted
from tertius.detectors.approvals import LOOSE, UNKNOWN, UNREAD
from tertius.detectors.betting import ParameterError
from tertius.detectors.unverified_agreement import UnverifiedAgreement


def merged(times: int, unread: float, *, run: str = "r1", seed: int = 1, **fields: Any) -> Record:
    """A boss who takes over a worker's results, some of them unread."""
    record, draw = Record(run, "boss", "worker"), Random(seed)
    record.call("worker", "open", task="t0")
    record.got("worker", "open", task="t0")
    for number in range(times):
        done = record.add(e.TaskCompleted, "worker", task=f"t{number}")
        if draw.random() >= unread:
            record.add(e.Verified, "boss", subject=done, result="confirmed")
        record.add(Accepted, "boss", subject=done, **fields)
    record.end()
    return record


def test_it_names_who_approves_unread_again_and_again() -> None:
    (finding,) = findings(UnverifiedAgreement(), merged(12, 1.0))
    assert finding.agents == ("boss",)
    assert finding.guarantee.title == "family-anytime(0.05)"
    assert (finding.failure_mode, finding.mast_mode) == ("coalition.rubber_stamping", "FM-3.2")
    assert (finding.effect.value, finding.severity, finding.n) == (1.0, "high", 4)
    assert "at most 0.2" in finding.null


def test_who_reads_and_who_stays_below_the_ceiling_is_not_named() -> None:
    assert findings(UnverifiedAgreement(), merged(300, 0.0)) == []
    assert not any(
        findings(UnverifiedAgreement(), merged(200, 0.15, seed=seed)) for seed in range(20)
    )


def test_a_higher_ceiling_takes_longer() -> None:
    strict, lax = (findings(UnverifiedAgreement(ceiling=m), merged(60, 1.0)) for m in (0.05, 0.6))
    assert strict[0].n < lax[0].n


def test_named_evidence_and_votes_that_rest_on_reads_are_read() -> None:
    record = Record("r1", "ann", "bob")
    for number in range(40):
        offer = record.add(e.Offered, "bob", to=("ann",))
        record.add(e.Asserted, "ann", act="vote", about=offer, value="Approve", evidence=("doc",))
        read = record.add(e.MemoryRead, "ann", store="s", key=str(number))
        record.add(Accepted, "ann", subject=offer, causes=(read,))
    assert findings(UnverifiedAgreement(), record) == []


def test_a_subject_may_be_the_name_of_a_task_that_was_completed() -> None:
    def approved(*, read: bool, by: str = "boss") -> Record:
        record = Record("r1", "boss", "worker")
        record.add(e.MemoryRead, "worker", store="pulls", task="pr-0")
        for number in range(12):
            record.add(e.TaskCompleted, "worker", task=f"pr-{number}")
            if read:
                record.add(e.MemoryRead, "boss", store="pulls", task=f"pr-{number}")
            record.add(Accepted, by, subject=f"pr-{number}")
        return record

    (finding,) = findings(UnverifiedAgreement(), approved(read=False))
    assert finding.agents == ("boss",)
    assert all(each.startswith("r1/") for each in finding.evidence)  # a task is no event
    assert findings(UnverifiedAgreement(), approved(read=True)) == []
    assert findings(UnverifiedAgreement(), approved(read=False, by="worker")) == []  # its own work


def test_votes_count_if_they_say_yes() -> None:
    def votes(value: Any) -> Record:
        record = Record("r1", "ann", "bob")
        record.add(e.MemoryRead, "bob", store="s")
        for number in range(12):
            record.add(e.Claimed, "bob", about=f"item-{number}")
            record.add(e.Asserted, "ann", act="vote", about=f"item-{number}", value=value)
        return record

    for yes in (True, "yes", " OK "):
        assert findings(UnverifiedAgreement(), votes(yes))[0].agents == ("ann",)
    for no in (False, "no", 1, None):
        assert findings(UnverifiedAgreement(), votes(no)) == []


def test_a_batch_waved_through_at_one_moment_is_one_decision() -> None:
    def batches(count: int) -> Record:
        record = Record("r1", "boss", "worker")
        record.add(e.MemoryRead, "worker", store="s")
        for number in range(count):
            done = [record.add(e.TaskCompleted, "worker") for _ in range(6)]
            for each in done:
                record.add(Accepted, "boss", subject=each)
                event, _ = record.shown[-1]
                record.shown[-1] = (replace(event, time=1 + number), None)
        return record

    assert findings(UnverifiedAgreement(), batches(2)) == []
    (finding,) = findings(UnverifiedAgreement(), batches(6))
    assert finding.n == 4


def test_without_reads_in_the_record_it_could_not_tell() -> None:
    record = Record("r1", "boss", "worker")
    for _ in range(12):
        done = record.add(e.TaskCompleted, "worker")
        record.add(Accepted, "boss", subject=done)
    assert findings(UnverifiedAgreement(), record) == []
    assert unsure(UnverifiedAgreement(), record) == [f"{UNREAD} (12 times)"]
    assert findings(UnverifiedAgreement(logged=True), record)


def test_reads_that_nothing_links_to_what_is_approved_are_no_accusation() -> None:
    """An honest team whose log says that it read, and not of what."""
    record = Record("r1", "boss", "worker")
    for number in range(60):
        done = record.add(e.TaskCompleted, "worker", task=f"t{number}")
        record.add(e.MemoryRead, "boss", store="repo", key="diff")
        record.add(Accepted, "boss", subject=done)
    record.end()
    assert findings(UnverifiedAgreement(logged=True), record) == []
    assert unsure(UnverifiedAgreement(logged=True), record) == [f"{LOOSE} (60 times)"]


def test_what_it_cannot_place_it_does_not_judge() -> None:
    record = Record("r1", "boss")
    record.add(e.MemoryRead, "boss", store="s")
    for _ in range(12):
        record.add(Accepted, "boss", subject="from-before-the-record")
        own = record.add(e.TaskCompleted, "boss")
        record.add(Accepted, "boss", subject=own)
        record.add(Accepted, "", subject=own)
    assert findings(UnverifiedAgreement(), record) == []
    assert unsure(UnverifiedAgreement(), record) == [f"{UNKNOWN} (1 times)"]
    assert "`subject` is no event id, task or item" in UNKNOWN


def test_too_few_approvals_are_below_the_evidence_ceiling() -> None:
    (why,) = unsure(UnverifiedAgreement(), merged(1, 1.0))
    assert "evidence ceiling" in why


def test_events_shown_twice_count_once() -> None:
    record = merged(2, 1.0)
    record.shown = [each for each in record.shown for _ in range(9)]
    assert findings(UnverifiedAgreement(), record) == []


def test_a_ceiling_is_a_share() -> None:
    for wrong in (0.0, 1.0, -1.0):
        with pytest.raises(ParameterError, match="expected a share between 0 and 1"):
            UnverifiedAgreement(ceiling=wrong)


def test_it_keeps_the_promises_of_the_port() -> None:
    report = check_detector(
        UnverifiedAgreement(), [merged(40, 1.0).shown, merged(60, 0.1, run="r2").shown, []]
    )
    assert report.findings == 1
