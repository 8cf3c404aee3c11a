"""Waits: what claims, releases and the keeper's word tell of who holds and who waits."""

from typing import Any

from tests.detectors.record import Record

from tertius.core import events as e
from tertius.detectors.waits import Waits


def told(record: Record) -> Waits:
    waits = Waits("r1")
    for event, _ in record.shown:
        if isinstance(event, e.ResourceClaimed):
            waits.claim(event)
        elif isinstance(event, e.ResourceReleased):
            waits.release(event)
        elif isinstance(event, e.OutcomeObserved):
            waits.wait(event)
    return waits


def wait(record: Record, about: str, value: Any = True) -> str:
    return record.add(e.OutcomeObserved, "ann", about=about, value=value)


def test_claims_add_up_and_releases_take_away() -> None:
    record = Record()
    for amount in (3, 2):
        record.add(e.ResourceClaimed, "ann", resource="pool", amount=amount)
    record.add(e.ResourceReleased, "ann", resource="pool", amount=4)
    record.add(e.ResourceReleased, "ben", resource="pool", amount=4)
    waits = told(record)
    assert {name: held.amount for name, held in waits.held["pool"].items()} == {"ann": 1}
    record.add(e.ResourceReleased, "ann", resource="pool", amount=1)
    assert told(record).held == {}


def test_a_wait_begins_once_and_ends_with_the_claim() -> None:
    record = Record()
    first = wait(record, "refused/lock")
    wait(record, "refused/lock")
    (found,) = told(record).waiting.values()
    assert (found.event, found.blocked) == (first, False)
    wait(record, "wait/lock")
    assert told(record).waiting["ann", "lock"].blocked
    record.add(e.ResourceClaimed, "ann", resource="lock")
    assert told(record).waiting == {}


def test_who_gives_up_waits_no_more_and_other_outcomes_are_no_waits() -> None:
    record = Record()
    wait(record, "wait/lock")
    wait(record, "wait/lock", False)
    wait(record, "wait/")
    wait(record, "price")
    assert told(record).waiting == {}
